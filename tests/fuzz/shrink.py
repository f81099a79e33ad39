"""The smallest program that still differs in the same way."""

import dataclasses
import time
from collections.abc import Iterator

from .found import REAL, Difference
from .program import Program
from .run import compare


def shrink(program: Program, found: Difference, seconds: float = 40.0
           ) -> tuple[Program, Difference]:
    """Try simpler programs, keep those whose difference is real in the same way of training."""
    until, going = time.monotonic() + seconds, True
    while going:
        going = False
        for simpler in simpler_ones(program):
            if time.monotonic() > until:
                return program, found
            try:
                real = [one for one in compare(simpler, [found.way]).differences
                        if one.kind == REAL and like(one, found)]
            except Exception:  # no program at all
                continue
            if real:
                program, found, going = simpler, real[0], True
                break
    return program, found


def like(one: Difference, other: Difference) -> bool:
    """Whether the two may have one cause: names of one attribute, texts of one sort."""
    return one.sort[2][:25] == other.sort[2][:25] and (
        one.name.rpartition(".")[2] == other.name.rpartition(".")[2])


def simpler_ones(program: Program) -> Iterator[Program]:
    """Simpler programs, the most hopeful first."""
    usual = {field.name: field.default for field in dataclasses.fields(Program)}
    for name in ("epochs", "samples", "validation", "inputs", "again", "tested"):
        now = getattr(program, name)
        least = 0 if name in ("validation", "again", "tested") else 1
        for value in sorted({least, now // 4, now // 2, now - 1}):
            if least <= value < now:
                yield program.but(**{name: value})
    for n in range(len(program.layers)):
        dense = [i for i, (name, _) in enumerate(program.layers) if name == "Dense"]
        if len(program.layers) > 1 and n != dense[-1]:
            yield program.but(layers=program.layers[:n] + program.layers[n + 1:])
    for name in ("batch_size", "log_every", "lines", "x_layout", "y_layout", "x_spice", "y_spice",
                 "weights_spice", "weights_type", "again_samples", "tested_batch", "misfit",
                 "x_type", "accuracy", "optimizer", "y_type"):
        value = usual[name]
        if name == "y_type" and program.y_kind != "labels":
            value = "float32"
        if name == "accuracy" and program.y_kind not in ("labels", "one-hot"):
            value = None
        if name == "optimizer":
            value = (program.optimizer[0], {})
        if getattr(program, name) != value:
            yield program.but(**{name: value})
    if program.optimizer != ("SGD", {}):
        yield program.but(optimizer=("SGD", {}))
    for n, (name, options) in enumerate(program.layers):
        for option, value in options.items():
            if option == "n_neurons":
                values = sorted({1, value // 4, value // 2, value - 1})
                changed = [options | {option: v} for v in values if 1 <= v < value]
            else:
                changed = [{k: v for k, v in options.items() if k != option or k == "rate"}]
            for new in changed:
                if new != options:
                    yield program.but(layers=(*program.layers[:n], (name, new),
                                              *program.layers[n + 1:]))
    if program.batch_size and program.batch_size > 1:
        yield program.but(batch_size=program.batch_size // 2)


def script(program: Program, found: Difference) -> str:
    """A program that shows the difference."""
    return (f"# {found}\n"
            "# python this.py, from the project's root\n"
            "from tests.fuzz.program import Program\n"
            "from tests.fuzz.run import compare\n\n"
            f"for one in compare({program!r}, [{found.way!r}]).differences:\n"
            "    print(one)\n")

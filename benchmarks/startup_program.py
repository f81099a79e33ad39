"""Train the book's spiral for some epochs, in a process of its own; what took how long, as JSON.

    python startup_program.py numpy|objects|fit EPOCHS

"numpy" is the book's program in plain NumPy: it must not pay for importing Numba, so of fastnn
only the reference is imported.
"""

import hashlib
import importlib.util
import json
import sys
import time
import types


def main(who: str, epochs: int) -> dict[str, object]:
    """Import what is needed, train one epoch, train the others."""
    clock = [time.perf_counter()]
    if who == "numpy":
        hide_all_but_the_reference()
    import nnfs

    import fastnn
    from fastnn import reference
    from fastnn.bench.loops import fit, loop
    from fastnn.bench.nets import Network
    from fastnn.bench.workloads import SPIRAL_64
    nnfs.init()
    network = Network(SPIRAL_64, reference if who == "numpy" else fastnn)
    train = fit if who == "fit" else loop
    clock.append(time.perf_counter())
    for count in (1, epochs - 1):
        if count:
            train(network, count)
        clock.append(time.perf_counter())
    weights = b"".join(layer.weights.tobytes() for layer in network.dense)
    imports, first, others = (b - a for a, b in zip(clock, clock[1:], strict=False))
    return {"imports": imports, "first": first, "epoch": others / max(1, epochs - 1),
            "weights": hashlib.sha256(weights).hexdigest(), **compiled()}


def hide_all_but_the_reference() -> None:
    """Put a bare package in fastnn's place: its modules can be imported, it imports none."""
    spec = importlib.util.find_spec("fastnn")
    package = types.ModuleType("fastnn")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["fastnn"] = package


def compiled() -> dict[str, float]:
    """How many kernels this process had to compile, and the seconds it took."""
    clock = getattr(sys.modules.get("fastnn.compile.waiting"), "COMPILING", None)
    return {"kernels": clock.kernels if clock else 0,
            "compiling": clock.seconds if clock else 0.0, "ours": "fastnn.engine" in sys.modules}


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1], int(sys.argv[2]))))

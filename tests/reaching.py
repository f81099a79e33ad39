"""Every instruction with operands of exactly the size that it says it needs, and numbers for it."""

import itertools
import os

import numpy as np

from fastnn.compile.jit import INSTRUCTIONS
from fastnn.engine.program import Program, shared
from fastnn.kernels import handshake
from fastnn.kernels import training as t
from fastnn.kernels.packing import NARROW, SHORT
from fastnn.support import numerics, room

_KINDS = {"f4": np.float32, "f8": np.float64, "i8": np.int64, "u1": np.uint8, "u4": np.uint32}
ROWS = (1, 2, 7, 8, 9, 33)
_SIDES = (1, 2, 3, 4, 5, 8, 9, 16, 17, 33)
_THIN = [{"inner": i, "width": w, "outer": o}
         for i, w, o in itertools.product((1, 2, 3, 4), (16, 32, 48), (1, 2, 3, 4))]


def _sides():
    return [{"I": i, "O": o} for i, o in itertools.product(_SIDES, _SIDES)]


def _products():
    for one in _sides():
        for relu in (False, True):
            if not relu or one["I"] > SHORT and one["O"] > NARROW:
                yield {**one, "relu": relu}


def _named(*names):
    """The thin sides with these names alone, each once."""
    return [dict(one) for one in {tuple((name, sides[name]) for name in names) for sides in _THIN}]


_WIDTHS = [{"width": w} for w in (1, 2, 3, 7, 8, 9, 33)]
_BOOK = [{**one, "book": book} for one in _WIDTHS for book in (0, 1)]

def _with_relu(numbers):
    return [{**one, "relu": relu} for one in numbers for relu in (0, 1)]


_SIZE = [{"size": n} for n in (1, 3, 16, 33, 100)]

# Numbers for each instruction, by its name.
NUMBERS = {
    "pack_weights": [{**one, "transposed": turned} for one in _sides() for turned in (0, 1)],
    "dense_forward": [{**one, "o_step": 0, "k_step": 0, "turned": turned}
                      for one in _products() for turned in (0, 1)],
    "dense_gradients": _sides(), "dense_dweights": _sides(),
    "bias_gradients": [{"O": n} for n in _SIDES], "bias_gradient": [{}], "add_other": _SIZE,
    "dense_penalty": _SIZE,
    "copy_matrix": [{"inner": i, "width": w, "transposed": turned, "summed": summed}
                    for i, w, turned, summed in itertools.product((1, 3), (1, 16), (0, 1), (0, 1))],
    "thin_forward": _with_relu(_named("inner", "width")), "thin_through": _THIN,
    "thin_through_rows": _THIN,
    "thin_backward": _THIN, "thin_first": _with_relu(_named("inner", "width")),
    "thin_last": _with_relu(_named("width", "outer")),
    "relu_and_bias_backward": _named("width"),
    "blas_forward": _with_relu(_sides()),
    "blas_dinputs": _sides(), "blas_dweights": _sides(),
    "draw_mask": [{**one, "miss": 2**52, "limit": 2**53} for one in _WIDTHS],
    "softmax_forward_few": [one for one in _WIDTHS if one["width"] < 8],
    "record_losses": [{}], "start_penalty": [{}], "set_rates": [{}], "adam_corrections": [{}],
    "record_penalty": [{"weights": w, "biases": b, "alone": alone}
                       for w, b, alone in itertools.product((1, 9, 100), (1, 9), (0, 1))],
    "take_rows": [{**one, "samples": n} for one in _WIDTHS for n in (1, 50)],
    "sgd_update": _SIZE, "momentum_update": _SIZE, "adagrad_update": _SIZE,
    "rmsprop_update": _SIZE, "adam_update": _SIZE, "adam_update_native": _SIZE,
}
NUMBERS |= {one.__name__: _SIZE for one in INSTRUCTIONS if one.__name__.endswith("_update_step")}
NUMBERS |= {one.__name__: _BOOK if "book" in one.numbers else _WIDTHS
            for one in INSTRUCTIONS if one.__name__ not in NUMBERS}


def needed(instruction, declared, numbers, rows, total):
    """(type, elements) of each operand; `declared`: a signature as the instruction has it."""
    kinds = [_KINDS[word] for word in declared.split()]
    known = dict(numbers, rows=rows, total=total, sizes=[np.dtype(k).itemsize for k in kinds])
    return list(zip(kinds, instruction.reach(known)))


def operands_of(instruction, sizes):
    """Operands of these types and sizes, for all blocks: small whole numbers, and 0 as labels."""
    made = []
    for name, (kind, count) in zip(instruction.operands, sizes):
        array = room.empty((max(count, 0),), kind)
        array[...] = 0 if name == "labels" else np.arange(array.size) % 5
        made.append(shared(array))
    return made


def run_all(precision):
    """Run every instruction with every signature and all its numbers; how many runs that were."""
    runs = 0
    for instruction in INSTRUCTIONS:
        for declared, rows in itertools.product(instruction.declared, ROWS):
            for numbers in NUMBERS[instruction.__name__]:
                _run(instruction, declared, dict(numbers), rows, precision)
                runs += 1
    return runs


def unnoticed(precision):
    """Of which "instruction.operand" a reach of one element less would not end a process.

    Each is so declared in a child, which runs the instruction with all its numbers.
    """
    found, rows = [], ROWS[-1]
    for instruction in INSTRUCTIONS:
        declared = instruction.declared[0]
        _run(instruction, declared, dict(NUMBERS[instruction.__name__][-1]), rows, precision)
        for j, name in enumerate(instruction.operands):
            child = os.fork()
            if not child:
                true = instruction.reach
                instruction.reach = lambda known, j=j, true=true: [
                    count - (k == j) for k, count in enumerate(true(known))]
                for numbers in NUMBERS[instruction.__name__]:
                    _run(instruction, declared, dict(numbers), rows, precision)
                os._exit(0)
            if not os.waitpid(child, 0)[1]:
                found.append(f"{instruction.__name__}.{name}")
    return found


def _run(instruction, declared, numbers, rows, precision):
    sizes = needed(instruction, declared, numbers, rows, rows)
    if "k_step" in numbers:
        lanes = 64 // np.dtype(sizes[1][0]).itemsize
        numbers.update(o_step=numbers["I"],
                       k_step=lanes if numbers["O"] <= lanes else 2 * lanes)
    operands = operands_of(instruction, sizes)
    if instruction.__name__ == "draw_mask":
        operands[0].array[...] = numerics.legacy_stream()[0]
        operands[1].array[...] = 0.5
    if instruction.__name__ == "take_rows":
        operands[1].array[...] = numbers["samples"] - 1
    made = Program(rows, rows)
    made.emit(t.BLOCK, instruction, *operands, **numbers)
    code, sections = made.assembled()
    counters = np.zeros(t.N_COUNTERS, np.int64)
    counters[[t.STEPS, t.STEPS_PER_EPOCH, t.EPOCHS, t.LOG_EVERY, t.N_SAMPLES, t.BATCH]] = (
        1, 1, 1, 1, rows, rows)
    counters[t.FLUSH] = precision == "native"
    status = t.train(code, sections, counters, np.zeros(t.N_RESULTS), np.empty(
        (1, t.N_RESULTS + 1)), np.zeros(handshake.size_of(1), np.int64))
    assert status == 0, (instruction.__name__, declared, numbers, rows, status)

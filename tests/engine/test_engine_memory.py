"""All that compiled runs write lies in their own arrays."""

import warnings

import pytest
from guarded import GuardedNumpy
from networks import (
    Case,
    assert_same_rows,
    build,
    fit,
    name_of,
    sample,
    state,
)
from nnfs_context import fast_lane, nnfs_in_force
from orders import ORDERS, in_order
from programs import assert_same

import fastnn
from fastnn.compile.instruction import Instruction
from fastnn.compile.jit import INSTRUCTIONS
from fastnn.engine.plan import blocks, dense
from fastnn.support import proofs, room

pytestmark = pytest.mark.filterwarnings("error")


def guard(monkeypatch):
    """All memory that a fit makes lies between guards from now on."""
    made = GuardedNumpy()
    for make in ("empty", "result"):
        monkeypatch.setattr(room, make, made.empty)
    return made


GUARDED = sample(40, seed=1)
FUSED = Case(hidden=(32,))  # with 2 inputs: a thin layer
WIDE = Case(hidden=(32, 48, 32))  # ReLUs behind dense layers of whole vectors
THIN = Case("squared 1", activation="Tanh", hidden=(32, 16))  # thin layers without a ReLU


def assert_writes_nowhere_else(monkeypatch, case, *sizes):
    expected = build(fastnn, case, *sizes)
    rows = fit(expected, epochs=3, batch_size=case.batch)
    got = build(fastnn, case, *sizes)
    memory = guard(monkeypatch)
    for layer in got.layers:
        for name in ("weights", "biases"):
            if hasattr(layer, name):
                setattr(layer, name, memory.copy_of(getattr(layer, name)))
    got = got._replace(X=memory.copy_of(got.X), y=memory.copy_of(got.y))
    history = fit(got, epochs=3, batch_size=case.batch)
    assert memory.arrays > 20
    assert memory.intact
    # what was read beyond an array would be NaN, or no class
    assert_same(state(got), state(expected))
    assert_same_rows(history, list(rows))


@pytest.mark.parametrize("case", GUARDED, ids=name_of)
def test_instructions_write_nowhere_else(book_numpy, monkeypatch, case):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "fit: the loss is")  # the book's gradient climbs
        assert_writes_nowhere_else(monkeypatch, case)


@pytest.fixture
def proved(monkeypatch):
    """Our own instructions, whatever the digits of this machine's BLAS."""
    monkeypatch.setattr(proofs, "holds", lambda *asked: 1)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("case", [FUSED, WIDE], ids=name_of)
def test_fused_instructions_write_nowhere_else(book_numpy, proved, monkeypatch, case, order):
    in_order(monkeypatch, order)
    assert_writes_nowhere_else(monkeypatch, case, 45, 2)


@pytest.mark.parametrize("case", [FUSED, WIDE], ids=name_of)
def test_native_instructions_write_nowhere_else(native_numpy, monkeypatch, case):
    assert_writes_nowhere_else(monkeypatch, case, 45, 2)


@pytest.mark.parametrize("case", [FUSED, WIDE], ids=name_of)
def test_halved_instructions_write_nowhere_else(native_numpy, monkeypatch, case):
    monkeypatch.setattr(blocks, "_MANY", 1)
    monkeypatch.setattr(blocks, "_MUCH", 1)
    assert_writes_nowhere_else(monkeypatch, case, 45, 2)


def test_blas_writes_nowhere_else(native_numpy, monkeypatch):
    monkeypatch.setattr(dense, "_large", lambda: 0)
    assert_writes_nowhere_else(monkeypatch, WIDE, 45, 2)


@pytest.mark.parametrize("numpy", ["book_numpy", "native_numpy"])
def test_thin_layers_write_nowhere_else(request, monkeypatch, numpy):
    request.getfixturevalue(numpy)
    for columns in (1, 2, 4):
        with monkeypatch.context() as guarded:
            assert_writes_nowhere_else(guarded, THIN, 45, columns)
            assert_writes_nowhere_else(guarded, THIN._replace(loss="squared 3"), 45, columns)


def test_every_instruction_is_among_them(monkeypatch):
    used, address = set(), Instruction.address

    def noted(instruction, signature):
        used.add(instruction)
        return address(instruction, signature)
    monkeypatch.setattr(Instruction, "address", noted)
    with nnfs_in_force(dot_precision_workaround=True):
        for case in GUARDED:
            fit(build(fastnn, case), epochs=1, batch_size=case.batch)
        fit(build(fastnn, THIN), epochs=1, batch_size=16, shuffle=1)
        with monkeypatch.context() as proved:
            proved.setattr(proofs, "holds", lambda *asked: 1)
            for order in ORDERS:
                in_order(proved, order)
                for case in (FUSED, WIDE, THIN):
                    fit(build(fastnn, case, 45, 2), epochs=1)
    with fast_lane():
        for large, much in ((1e9, 1e9), (1e9, 1), (0, 1e9)):
            monkeypatch.setattr(dense, "_large", lambda large=large: large)
            monkeypatch.setattr(blocks, "_MANY", 1)
            monkeypatch.setattr(blocks, "_MUCH", much)
            for case in (FUSED, WIDE, THIN):
                fit(build(fastnn, case, 45, 2), epochs=1)
    # Those of batch normalization, smoothed labels and the estimators' losses have tests of their
    # own, the first two guarded in .ci/run.
    elsewhere = {"batch_norm_forward_step", "batch_norm_backward_step",
                 *(one.__name__ for one in INSTRUCTIONS
                   if "smoothed" in one.__name__.lower() or one.__name__.startswith("_"))}
    assert {one.__name__ for one in INSTRUCTIONS if one not in used} <= elsewhere

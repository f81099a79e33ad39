"""No instruction reaches beyond its operands: what it says of itself is true, and is asked.

The rule is `fastnn/engine/reach.py`'s. Here every instruction is put before operands that have
exactly what it says it needs, and with one element less; and it is run, in a process of its own,
on memory that ends where it says, at pages that nobody may touch.
"""

import inspect

import numpy as np
import pytest
from networks import Case, Net, assert_fit_is_the_loop
from reaching import NUMBERS, needed, operands_of, run_all

import fastnn
from fastnn import Activation_ReLU
from fastnn.compile.jit import INSTRUCTIONS
from fastnn.engine import program
from fastnn.engine.program import Program, Unfit, by_data, by_sample, scratch, shared
from fastnn.kernels import training as t

SECTIONS = [t.BLOCK, t.AFTER]
EACH = [pytest.param(one, id=one.__name__) for one in INSTRUCTIONS]


def emit(section, instruction, operands, numbers, batch=20, block=8):
    Program(batch, block).emit(section, instruction, *operands, **numbers)


@pytest.mark.parametrize("section", SECTIONS, ids=["block", "after"])
@pytest.mark.parametrize("instruction", EACH)
def test_operands_of_just_the_size_are_taken_and_shorter_ones_refused(instruction, section):
    for numbers in NUMBERS[instruction.__name__]:
        rows = 8 if section == t.BLOCK else 20
        sizes = needed(instruction, instruction.declared[0], numbers, rows, 20)
        emit(section, instruction, operands_of(instruction, sizes), numbers)
        for j, (kind, count) in enumerate(sizes):
            shorter = [*sizes[:j], (kind, count - 1), *sizes[j + 1:]]
            with pytest.raises(AssertionError, match=instruction.operands[j]):
                emit(section, instruction, operands_of(instruction, shorter), numbers)


@pytest.mark.parametrize("instruction", EACH)
def test_what_is_written_must_be_writable_and_not_shared_by_two_threads(instruction):
    for numbers in NUMBERS[instruction.__name__]:
        sizes = needed(instruction, instruction.declared[0], numbers, 8, 8)
        for j in range(len(sizes)):
            operands = operands_of(instruction, sizes)
            operands[j].array.flags.writeable = False
            if j in instruction.written:
                with pytest.raises(AssertionError, match="read-only"):
                    emit(t.AFTER, instruction, operands, numbers, 8)
            else:
                emit(t.AFTER, instruction, operands, numbers, 8)
        with pytest.raises(AssertionError, match="several threads"):
            Program(8, 8, shares=2).emit(t.BLOCK, instruction, *operands_of(
                instruction, sizes), **numbers)


def test_arrays_with_a_row_a_sample_may_be_read_for_their_own_rows_only():
    relu = Activation_ReLU._compiled.forward.instruction
    data, own = np.zeros((50, 3), np.float32), np.zeros((20, 3), np.float32)
    emit(t.BLOCK, relu, [by_data(data), by_sample(own)], {"width": 3})
    with pytest.raises(AssertionError, match="inputs has 96 bytes for 8 of 20 samples"):
        emit(t.BLOCK, relu, [by_data(data), by_sample(own)], {"width": 4})
    with pytest.raises(AssertionError, match="output"):  # a batch has more samples than it
        emit(t.BLOCK, relu, [by_data(data), by_sample(own[:19])], {"width": 3})


def test_numbers_have_to_be_those_that_the_instruction_names():
    relu = Activation_ReLU._compiled.forward.instruction
    operands = [shared(np.zeros(60, np.float32))] * 2
    for numbers in ({}, {"width": 3, "book": 1}, {"O": 3}):
        with pytest.raises(AssertionError, match="numbers"):
            emit(t.AFTER, relu, operands, numbers)


def test_users_get_a_run_through_the_objects_instead(monkeypatch):
    """Outside the tests a program that is wrong in itself is not run, and the fit is right."""
    monkeypatch.setattr(program, "STRICT", False)
    relu = Activation_ReLU._compiled.forward.instruction
    with pytest.raises(Unfit, match="Activation_ReLU_forward_step: inputs has"):
        emit(t.AFTER, relu, [shared(np.zeros(59, np.float32))] * 2, {"width": 3})


@pytest.mark.parametrize("instruction", EACH)
def test_an_instruction_says_of_each_operand_how_far_it_goes_and_whether_it_writes(instruction):
    arguments = list(inspect.signature(instruction.py_func).parameters)
    assert list(instruction.operands) == arguments[:-1] and arguments[-1] == "d"
    assert instruction.written
    assert len(instruction.declared[0].split()) == len(arguments) - 1
    assert len(instruction.numbers) <= t.WORDS - t.NUMBERS - t.OWN


# Sums in float64 in runs of 8 terms, however small the product.
SHORT_RUNS = "from fastnn.compile import sums_order; sums_order._table[2:] = 8, 4, 0; "


@pytest.mark.parametrize(("precision", "before"), [
    ("book", ""), ("native", ""), ("book", SHORT_RUNS)])
def test_every_instruction_keeps_to_what_it_says(fresh_process, precision, before):
    """On memory that ends at forbidden pages: one element too far would end the process."""
    said = fresh_process(f"{before}import reaching; print(reaching.run_all({precision!r}))",
                         env={"FASTNN_GUARD": "1"}, timeout=600)
    assert int(said) >= len(INSTRUCTIONS)


def test_reaching_too_far_does_end_a_process_under_guard(fresh_process):
    said = fresh_process("""
        import multiprocessing, os
        import numpy as np
        from fastnn.support import room

        def reach(too_far):
            array = room.empty((5,), np.float32)
            np.lib.stride_tricks.as_strided(array, (5 + too_far,), (4,))[...] = 1

        for too_far in (0, 1):
            child = os.fork()
            if not child:
                reach(too_far)
                os._exit(0)
            print(os.waitpid(child, 0)[1])
        """, env={"FASTNN_GUARD": "1"})
    fine, ended = map(int, said.split())
    assert fine == 0 and ended != 0


def test_an_instruction_that_says_one_element_less_than_it_reaches_is_found(fresh_process):
    """Of every instruction, and of each of its operands but those that have some room to spare:
    the tables that all share, of which each uses its part, and scratch.
    """
    said = fresh_process(f"{SHORT_RUNS}import reaching; print(*reaching.unnoticed('book'))",
                         env={"FASTNN_GUARD": "1"}, timeout=600)
    assert {one.partition(".")[2] for one in said.split()} <= {"rates", "results", "work", "part"}
    # `rates` has room for the numbers of anybody's optimizer: nobody uses the last of it.
    assert len([one for one in said.split() if not one.endswith(".rates")]) <= 7


# ------------------------------------------------------------------ the faults that led to this


def test_what_wants_a_whole_batch_is_not_given_the_scratch_of_a_block():
    bias_gradient = next(one for one in INSTRUCTIONS if one.__name__ == "bias_gradient")
    block, batch, dbias = (np.zeros(n, np.float32) for n in (8, 20, 1))
    for operand in scratch(block), shared(block), by_sample(block.reshape(8, 1)):
        with pytest.raises(AssertionError, match="bias_gradient: dvalues has 32 bytes for 20 of 20 "
                                                 "samples, and 80 are reached"):
            emit(t.AFTER, bias_gradient, [operand, shared(dbias)], {})
    emit(t.AFTER, bias_gradient, [by_sample(batch.reshape(20, 1)), shared(dbias)], {})


def test_one_neuron_behind_softmax_has_the_bias_of_the_objects():
    """Its gradient was that of one block, read as if it were that of 100,000 samples."""
    layer = fastnn.Layer_Dense(2, 1)
    fastnn.fit([layer], fastnn.Activation_Softmax_Loss_CategoricalCrossentropy(),
               fastnn.Optimizer_SGD(), np.ones((100_000, 2), "f4"), np.zeros(100_000, int),
               epochs=3)
    assert np.array_equal(layer.biases, [[0.0]])


def single_columns():
    """Networks that end in one neuron, or have one within, by every loss and activation."""
    for name in ("ReLU", "LeakyReLU", "Sigmoid", "Tanh", "Linear", "Softmax"):
        for widths in ((1,), (1, 1), (5, 1), (1, 5, 1), (16, 1), (1, 16, 3)):
            yield name, widths


COLUMNS = ["MeanSquaredError", "MeanAbsoluteError", "BinaryCrossentropy",
           "CategoricalCrossentropy", "combined"]


@pytest.mark.parametrize("loss", COLUMNS)
@pytest.mark.parametrize("activation, widths", list(single_columns()))
def test_single_columns_of_many_samples_are_the_loops(book_numpy, activation, widths, loss):
    N = 1500  # more than a block

    def network(nn, case):
        np.random.seed(len(widths))
        chain = []
        for I, O in zip((2, *widths), widths):
            chain += [nn.Layer_Dense(I, O, weight_scale=1.0),
                      getattr(nn, f"Activation_{activation}")()]
        X, classes = np.random.randn(N, 2), np.random.randint(0, widths[-1], N)
        accuracy, y = nn.Accuracy_Categorical(), classes
        if loss == "combined":
            objective = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        else:
            objective = getattr(nn, f"Loss_{loss}")()
            softmax = loss.startswith("Cat")
            chain.append(nn.Activation_Softmax() if softmax else nn.Activation_Sigmoid())
            if not softmax:
                accuracy, y = None, np.random.randint(0, 2, (N, widths[-1])).astype("f4")
        return Net(chain, objective, nn.Optimizer_SGD(0.1), accuracy, X.astype("f4"), y)
    assert_fit_is_the_loop(Case(), make=network, epochs=2)


def test_all_instructions_are_run_here():
    assert set(NUMBERS) == {one.__name__ for one in INSTRUCTIONS}
    assert callable(run_all)

"""The fuzz itself: it runs, and it finds a fault that is planted."""

import numpy as np
import pytest
from fuzz.__main__ import fuzz
from fuzz.generate import MODES, generate
from fuzz.order import in_order
from fuzz.program import Program
from fuzz.run import ORDER, REAL, compare
from fuzz.shrink import script, shrink

import fastnn

SMALL = Program(samples=7, inputs=3, layers=(("Dense", {"n_neurons": 5}), ("ReLU", {}),
                                              ("Dense", {"n_neurons": 3})), epochs=2)


@pytest.mark.slow
def test_half_a_minute_of_random_networks():
    assert fuzz(30.0, shrinking=False) == 0


def test_a_seed_is_always_the_same_program_and_its_repr_is_a_program():
    for mode in MODES:
        for seed in range(30):
            program = generate(seed, mode)
            assert program == generate(seed, mode) == eval(repr(program))


@pytest.mark.parametrize("mode", MODES)
def test_a_small_network_has_no_difference(mode):
    result = compare(SMALL.but(mode=mode))
    assert not [one for one in result.differences if one.kind == REAL]
    assert result.elements > 100


def plant(monkeypatch, owner, method, attribute, change):
    """The method leaves an array changed."""
    plain = getattr(owner, method)

    def faulty(self, *arguments):
        found = plain(self, *arguments)
        change(getattr(self, attribute))
        return found

    monkeypatch.setattr(owner, method, faulty)


def last_bit(array):
    array.flat[0] = np.nextafter(array.flat[0], np.float32(9))


def far(array):
    array.flat[0] += 1


def zero(array):
    array[array == 0] = -0.0


@pytest.mark.parametrize(("owner", "method", "attribute", "change", "kind"), [
    (fastnn.Layer_Dense, "forward", "output", far, REAL),
    (fastnn.Layer_Dense, "forward", "output", last_bit, ORDER),
    (fastnn.Layer_Dense, "backward", "dbiases", last_bit, REAL),
    (fastnn.Activation_ReLU, "forward", "output", zero, REAL),
    (fastnn.Activation_ReLU, "backward", "dinputs", zero, REAL)])
def test_a_planted_fault_is_found_where_it_was_planted(monkeypatch, owner, method, attribute,
                                                       change, kind):
    plant(monkeypatch, owner, method, attribute, change)
    found = compare(SMALL, ["hand"]).differences
    assert [(one.kind, one.name.rpartition(".")[2], one.steps) for one in found] == [
        (kind, attribute, 1)]


def test_a_program_shrinks_to_what_still_differs(monkeypatch):
    plant(monkeypatch, fastnn.Activation_ReLU, "forward", "output", zero)
    found = compare(SMALL, ["hand"]).differences[0]
    program, smaller = shrink(SMALL, found, seconds=5.0)
    assert program.epochs == 1 and program.samples <= 3 and program.inputs <= 3
    assert "ReLU" in dict(program.layers)
    assert repr(program) in script(program, smaller)


def test_arrays_stand_in_the_order_of_computation():
    names = ["layers[0].weights", "layers[0].dweights", "layers[1].dinputs", "loss.dinputs",
             "layers[1].output", "layers[0].output"]
    assert in_order(names) == names[::-1]

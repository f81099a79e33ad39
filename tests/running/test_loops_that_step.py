"""Loops over layers that step as they go backward, with losses that are functions."""

import pytest
from adopted_ways import same_adopted
from both_ways import changed
from own_formulas import forgotten
from step_programs import GRAD, LEFT, MIDWAY, PLAIN, STEPS

from fastnn.adopting import own_formulas, own_slopes
from fastnn.running import loops


@pytest.fixture(autouse=True, scope="module")
def formulas_are_forgotten():
    """Others list all kernels."""
    own_formulas._made.clear()
    with forgotten():
        yield
    own_formulas._made.clear()
    own_slopes._made.clear()


@pytest.mark.parametrize("name", STEPS)
def test_layers_that_step_are_trained_at_once(name, tmp_path):
    assert same_adopted(STEPS[name], tmp_path) > 110, loops.report()


@pytest.mark.parametrize("name", LEFT)
def test_what_only_looks_like_it_runs_as_it_is(name, tmp_path):
    source, words = LEFT[name]
    assert same_adopted(source, tmp_path) == 0, loops.report()
    assert words in "\n".join(loops.report())


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", MIDWAY)
def test_what_is_changed_midway_is_noticed(name, tmp_path):
    assert same_adopted(MIDWAY[name], tmp_path) > 30, loops.report()


def test_with_nnfs_it_prints_the_same(tmp_path, book_numpy):
    same_adopted(PLAIN, tmp_path)


@pytest.mark.parametrize("power, trained", [("2", True), ("2.0", True), ("-1", False),
                                            ("[2]", False)])
def test_a_power_that_cannot_raise_is_plain(power, trained, tmp_path):
    source = changed(PLAIN, ("np.power(y_true - y_pred, 2)", f"np.power(y_true - y_pred, {power})"))
    assert (same_adopted(source, tmp_path) > 0) is trained


def test_a_slope_that_nobody_uses(tmp_path):
    """It is an event then that no step has."""
    same_adopted(changed(PLAIN, (GRAD, f"{GRAD}    other = mse_prime(Y, output)\n")), tmp_path)

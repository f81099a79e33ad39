"""The optimizers that updates of people's own may be: none is one of the book's with a mistake."""

import itertools

import numpy as np
import pytest

from fastnn import optimizers
from fastnn.adopting import known_updates, sound_updates
from fastnn.adopting.update_text import Formula
from fastnn.checking import steps

PAIRS = [(book, mistake) for book, mistakes in steps.MISTAKES.items() for mistake in mistakes
         if mistake not in steps.OF_RATES]


def known(*states, step, options=()):
    """What an update is: texts of states and of the step, which is subtracted."""
    return known_updates.kind_of(Formula(states, (("-", step),), options, (), False, None))


@pytest.mark.parametrize(("book", "mistake"), PAIRS)
def test_no_known_update_is_a_mistake_of_the_checker(book, mistake):
    names = tuple(one for one in steps.HYPERS[book] if one != "decay")

    def update(p, g, t, *kept, **hypers):
        kept = list(kept)
        return p + steps.change_of(book, g, kept, hypers["learning_rate"], t - 1, hypers,
                                   mistake), *kept
    theirs = known_updates.Run(names, 2, update)
    for family in itertools.chain.from_iterable(known_updates._families().values()):
        for order in itertools.permutations(family.hypers, len(names)):
            roles = dict(zip(names, order))
            if len(family.hypers) == len(names):
                assert not theirs.agrees(roles, known_updates._stepping(family, roles),
                                         len(family.states)), family.name


@pytest.mark.parametrize("book", steps.HYPERS)
def test_the_books_own_are_known(book):
    names = tuple(one for one in steps.HYPERS[book] if one != "decay")

    def update(p, g, t, *kept, **hypers):
        kept = list(kept)
        return p + steps.change_of(book, g, kept, hypers["learning_rate"], t - 1, hypers), *kept
    theirs = known_updates.Run(names, 2, update)
    found = {family.name for family in itertools.chain.from_iterable(
        known_updates._families().values()) for order in itertools.permutations(family.hypers)
        if len(order) == len(names) and theirs.agrees(
            dict(zip(names, order)), known_updates._stepping(family, dict(zip(names, order))),
            len(family.states))}
    assert found == {"momentum, with the rate in it" if book == "SGD" else book}


@pytest.mark.parametrize(("name", "is_called"), [
    ("Optimizer_AdamW", "Adam with weight decay beside the step"), ("Optimizer_Nadam", "Nadam")])
def test_our_own_are_known(name, is_called):
    made = getattr(optimizers, name)
    hypers = ("lr", "epsilon", "beta_1", "beta_2", "weight_decay")[:4 + ("W" in name)]
    roles = dict(zip(hypers, ("lr", "eps", "b1", "b2", "wd")))

    def update(p, g, t, *kept, lr, **more):
        return made.update(p, g, *kept, lr, t, **more)
    theirs = known_updates.Run(hypers, 2, update)
    assert [family.name for family in known_updates._families()[2, len(hypers)]
            if set(family.hypers) == set(roles.values()) and theirs.agrees(
                roles, known_updates._stepping(family, roles), 2)] == [is_called]


def test_no_two_of_them_are_one():
    """Else an update would be two things, with other bounds for its numbers."""
    for several in known_updates._families().values():
        for one, other in itertools.combinations(several, 2):
            if set(one.hypers) != set(other.hypers):
                continue
            roles = {name: name for name in one.hypers}

            def update(p, g, t, *kept, one=one, roles=roles, **hypers):
                p, kept = known_updates._stepping(one, roles)(hypers, t, p, g, list(kept))
                return p, *kept
            theirs = known_updates.Run(one.hypers, len(one.states), update)
            same = theirs.agrees(roles, known_updates._stepping(other, roles), len(other.states))
            assert not same or {one.name, other.name} == {
                "SGD with weight decay", "SGD with weight decay beside the step"}


def test_constants_are_numbers_and_what_they_lack_to_1():
    state = "momentums", "((0.9 * momentums) + (0.1 * gradient))"
    (found,) = known(state, step="(lr * np.sign(new_momentums))")
    assert found.name == "signs of means" and found.numbers == {"constant_0": 0.9}
    assert found.roles == {"lr": "lr", "constant_0": "b1"}
    assert not known((state[0], state[1].replace("0.1", "0.2")), step="(lr * new_momentums)")
    assert not known(("cache", "((0.1 * cache) + (0.9 * (gradient ** 2)))"),
                     step="((lr * gradient) / (np.sqrt(new_cache) + 1e-07))")


def test_small_constants_are_seen():
    """1e-12 beside a root, and within it, are one to fifteen digits."""
    cache = "cache", "(cache + (gradient ** 2))"
    (found,) = known(cache, step="((lr * gradient) / (np.sqrt(new_cache) + 1e-12))")
    assert found.name == "Adagrad"
    assert not known(cache, step="((lr * gradient) / np.sqrt((new_cache + 1e-12)))")
    assert not known(cache, step="((lr * gradient) / np.sqrt(new_cache))")


def test_a_number_is_one_thing():
    state = "momentums", "((option_a * momentums) + ((1 - option_a) * gradient))"
    cache = "cache", "((option_a * cache) + ((1 - option_a) * (gradient ** 2)))"
    assert not known(state, cache, step=(
        "((lr * (new_momentums / (1 - (option_a ** t)))) / "
        "(np.sqrt((new_cache / (1 - (option_a ** t)))) + option_e))"),
        options=("option_a", "option_e"))


def test_what_is_no_number_at_all_is_none():
    assert not known(step="(lr * (gradient * (1 / 0)))")
    formula = Formula((), (("-", "(lr * (gradient * (1 / 0)))"),), (), (), False, None)
    assert "none of those that are known" in sound_updates._mistaken(formula)
    assert np.isfinite(known_updates.data()[1]).all()

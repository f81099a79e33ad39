"""Classes of the corpus changed by chance, beside themselves: whatever is adopted of them does what
they do, and adopting raises nothing.
"""

import pytest
from class_mutants import mutant
from driven import differences_of
from programs_of_classes import load, made
from test_corpus_adopted import FILES, LISTED
from twins import Twins

from fastnn.adopting.adoption import adopt_things
from fastnn.adopting.conditions import Conditions
from fastnn.adopting.found import proof_of

NAMES = sorted(LISTED)
SHAPE = 7, 3


def differences(seed):
    """What the mutant of this number does otherwise when it is adopted; None where it is not, or
    is none: nobody can define it, or make one.
    """
    file, _, name = NAMES[seed * 31 % len(NAMES)].partition(".")
    source = mutant(FILES[file].code, name, seed)
    try:
        load(source, "mutant")
    except Exception:  # of what was changed by chance
        return None
    plain, other = load(source, "mutant"), load(source, "mutant")
    kind = getattr(other, name)
    if name not in adopt_things([kind]).adopted:
        return None
    twins = Twins(name, getattr(plain, name), kind, proof_of(kind))
    try:
        made(twins.original, twins.proof, SHAPE)
    except Exception:
        return None
    said = differences_of(twins, 97, seed % 97)
    return said and f"{source}\n{said}"


def all_of(seeds):
    """Those that differ, and how many were adopted."""
    found = {seed: said for seed in seeds if (said := differences(seed)) is not None}
    return {seed: said for seed, said in found.items() if said}, len(found)


@pytest.mark.parametrize("first", range(0, 150, 50))
def test_a_changed_class_does_what_it_would(first):
    differ, adopted = all_of(range(first, first + 50))
    assert not differ, "\n".join(differ.values())
    assert adopted >= 10


@pytest.mark.slow
@pytest.mark.parametrize("first", range(200, 2200, 500))
def test_many_changed_classes_do_what_they_would(first):
    differ, adopted = all_of(range(first, first + 500))
    assert not differ, "\n".join(differ.values())
    assert adopted >= 100


def test_a_guard_that_is_not_asked_for_is_found(monkeypatch):
    """Else nobody knew whether these can fail."""
    monkeypatch.setattr(Conditions, "_guards", lambda self: [])
    differ, _ = all_of(range(200, 350))  # one adopted class in twenty
    assert differ

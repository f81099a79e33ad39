"""What the registry keeps of classes stays as it was when they were made, whoever adds more."""

import sys

import own_formulas
import pytest
from networks import Case, assert_fit_is_the_loop

import fastnn
from fastnn import registry
from fastnn.registry import Entry


@pytest.fixture(autouse=True)
def clean():
    with own_formulas.forgotten():
        yield


def test_property_stays_seen_when_another_class_is_derived(book_numpy, stepwise_runs, monkeypatch):
    """Of each class it is known how many names it had: not those of a later day."""
    def get(self):
        return vars(self)["output"] * 0.5

    def put(self, value):
        vars(self)["output"] = value

    for nn in fastnn, fastnn.reference:
        monkeypatch.setattr(nn.Activation_ReLU, "output", property(get, put), raising=False)
    type("Own", (fastnn.Activation_ReLU,), {
        "formula": lambda inputs: 2 * inputs, "slope": lambda dvalues, inputs: 2 * dvalues})
    assert not registry.is_as_made(fastnn.Activation_ReLU)
    assert_fit_is_the_loop(Case("combined", "SGD"), epochs=3)
    assert stepwise_runs


@pytest.mark.parametrize("look", [registry.entries, registry.results, registry.public,
                                  registry.bases])
def test_class_that_is_made_while_a_run_looks(look):
    """Another thread may define one, or import a dialect, between any two instructions."""
    added = []

    def adding(frame, event, _):
        frame.f_trace_opcodes = frame.f_code.co_filename == registry.__file__
        if event == "opcode":
            kind = type("Own", (), {})
            registry._entries[kind] = Entry(kind, "layer")
            added.append(kind)
        return adding

    before = sys.gettrace()
    sys.settrace(adding)
    try:
        look()
    finally:
        sys.settrace(before)
    assert len(added) > 5

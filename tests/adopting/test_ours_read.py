"""Of our own forms only what a method of somebody's may be is read, and nothing is lost by that."""

import pytest
from programs_of_classes import load
from updates_of_their_own import RATES, UPDATES, class_of

from fastnn.adopting import adopt, own_updates
from fastnn.adopting.effects import operations
from fastnn.adopting.forms import forms, readings
from fastnn.adopting.ours import TOLD, Ours

every_form = pytest.mark.parametrize("number", range(len(forms())))


@every_form
def test_what_the_code_says_holds_of_what_is_read(number):
    assert_it_says_what_is_read(readings(number))


@pytest.mark.parametrize("name", UPDATES)
def test_what_it_says_of_updates_of_their_own(name):
    own_updates._made.clear()
    for rate in RATES:
        adopt(load(class_of(UPDATES[name], rate)))
    made = [form for found in own_updates._made.values() for form in found]
    assert made
    for form in made:
        assert_it_says_what_is_read(Ours(form))


def assert_it_says_what_is_read(ours):
    for name, found in ours.items():
        needed, words = ours.told(name)
        for reading in found:
            assert len(reading.needed) == needed
            assert operations(reading) & TOLD <= words, name
            assert ours.may_be(name, reading)


def test_what_cannot_be_is_not_read():
    by_name = {form.pattern.__name__: Ours(form) for form in forms()[:20]}
    relu, softmax = by_name["Activation_ReLU"], by_name["Activation_Softmax"]
    dense, entropy = by_name["Layer_Dense"], by_name["Loss_CategoricalCrossentropy"]
    (theirs, *_) = softmax["forward"]
    assert not relu.may_be("forward", theirs)  # no exp
    assert not dense.may_be("forward", theirs)
    assert not entropy.may_be("forward", theirs)  # no targets
    assert not relu._read and not dense._read and not entropy._read


def test_it_is_a_mapping_of_the_forms_methods():
    ours = Ours(forms()[0])
    assert list(ours) == list(forms()[0].methods) and len(ours) == len(forms()[0].methods)
    with pytest.raises(KeyError):
        ours["step"]

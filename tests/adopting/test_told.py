"""What became of classes, in words; and that nothing is adopted where nothing may be compiled."""

import pytest
from beside import DENSE, RELU, assert_same_beside, numbers
from programs_of_classes import load

import fastnn
from fastnn.adopting.sources import original
from fastnn.running.adoptions import Adoptions

ODD = DENSE + RELU + '''
class Odd:
    def forward(self, inputs):
        self.output = inputs ** 3
class Other:
    pass
class Another:
    pass
'''


def test_the_report_has_the_adopted_first_and_a_line_for_each_reason():
    made = fastnn.adopt(load(ODD))
    lines = str(made).splitlines()
    assert lines[:3] == ["adopted: 2 classes", "  Dense: Layer_Dense: forward, backward",
                         "  ReLU: Activation_ReLU: forward, backward"]
    assert lines[3] == "left as they are:" and len(lines) == 6
    assert lines[4] == f"  Odd: {made.left['Odd']}"
    assert lines[5] == f"  Other, Another: {made.left['Other']}"
    assert repr(made) == str(made)  # what a cell of a notebook ends with
    made.undo()
    for namespace in {"__name__": "nobody"}, {"__name__": "nobody", "Dense": load(DENSE).Dense}:
        assert str(fastnn.adopt(namespace)) == (
            "no class to adopt (of a namespace or a module those count that were defined in it: "
            "for imported ones give adopt their module, or the classes)")


def test_run_says_it_in_the_same_words():
    adoptions = Adoptions()
    adoptions.all_of(load(ODD))
    said = str(adoptions)
    adoptions.undo()
    made = fastnn.adopt(load(ODD))
    assert said == str(made)
    made.undo()


def test_where_nothing_may_be_compiled_classes_stay_as_they_are():
    def trained(module):
        dense = module.Dense(3, 4)
        dense.forward(numbers(5, 3))
        return original(module.Dense.forward) is module.Dense.forward, dense

    with fastnn.compile_policy("never"):
        report = assert_same_beside(ODD, trained)
        module = load(DENSE + RELU)
        forward = module.Dense.forward
        made = fastnn.adopt(module)
    assert not report.adopted and module.Dense.forward is forward
    assert str(made).splitlines() == [
        "adopted: 0 classes", "left as they are:",
        "  Dense, ReLU: nothing is to be compiled (FASTNN_COMPILE=never), and without kernels "
        "their own methods are faster"]


def test_what_was_adopted_before_stays_so():
    module = load(DENSE + RELU)
    made = fastnn.adopt(module.Dense)
    with fastnn.compile_policy("never"):
        again = fastnn.adopt(module)
    assert again.adopted == {"Dense": "Layer_Dense, as before"} and set(again.left) == {"ReLU"}
    made.undo()


@pytest.mark.parametrize(("line", "reason"), [
    ("np.einsum('ij,jk->ik', inputs, self.weights)", "np.einsum, which is not understood"),
    ("np.array([x @ self.weights for x in inputs if len(x)])",
     "line 3 of it: a list comprehension that is not understood"),
    ("self.product(inputs)", "line 3 of it: it calls self.product, of which nothing is known"),
    ("np.dot(*inputs)", "line 3 of it: how many there are in *inputs is not known"),
    ("np.dot(*[inputs, *self.more])",
     "line 3 of it: how many there are in *self.more is not known")])
def test_a_reason_is_a_sentence_with_the_line_of_the_method(line, reason):
    code = DENSE.replace("np.dot(inputs, self.weights)", line, 1)
    assert line in code
    assert fastnn.adopt(load(code)).left["Dense"] == (
        "too little of it is, operation by operation, in one of fastnn's classes; "
        f"forward: {reason}")

"""Loops over objects of classes of the program's own, adopted: trained at once by fastnn."""

import pytest
from adopted_ways import run_file, with_own_classes
from both_ways import changed
from loop_programs import SPIRAL
from programs import assert_same
from recognised import RECOGNISED

from fastnn.running import loops
from fastnn.running.loops.sites import SITES

NAMES = ["spiral", "penalties and dropout", "binary", "regression", "in a function", "in a method",
         "one-hot targets", "updates alone", "float32", "the loop ends early", "best so far",
         "a validation now and then", "samples exchanged now and then",
         "weights exchanged now and then", "keeps losses", "keeps losses with penalties"]
# Their own regularization_loss only computes; that it gives what fit records is not proved.
LEFT = ["keeps losses with penalties"]


@pytest.mark.parametrize("name", NAMES)
def test_loops_over_adopted_objects_leave_the_same(name, tmp_path):
    source = with_own_classes(RECOGNISED[name])
    plain = run_file(source, tmp_path / "program.py", False)
    adopted = run_file(source, tmp_path / "program.py", True)
    assert adopted.lines == plain.lines
    assert_same(adopted.left, plain.left)
    trained = sum(site.trained for site in SITES.values())
    assert (trained > 30) == (name not in LEFT), loops.report()


OF_THEIRS = {
    "forward": "def forward(self, inputs):\n    self.inputs = inputs\n    print(inputs.sum())\n"
               "    self.output = np.maximum(0, inputs)\nActivation_ReLU.forward = forward\n",
    "post_update_params": "def post_update_params(self):\n    self.iterations += 2\n"
                          "Optimizer_Adam.post_update_params = post_update_params\n",
    "np": "class Own:\n    def __getattr__(self, name):\n        return getattr(numpy, name)\n"
          "import numpy\nnp = Own()\n",
}


@pytest.mark.parametrize("what", OF_THEIRS)
def test_what_is_changed_after_the_proof_runs_as_it_is(what, tmp_path):
    source = with_own_classes(changed(SPIRAL, ("for epoch", OF_THEIRS[what] + "for epoch")))
    plain = run_file(source, tmp_path / "program.py", False)
    adopted = run_file(source, tmp_path / "program.py", True)
    assert adopted.lines == plain.lines
    assert sum(site.trained for site in SITES.values()) == 0, loops.report()


def test_what_is_adopted_and_no_step_of_fits_is_said_to_be_that(tmp_path):
    """The rate is a quotient: adopted, bit for bit, and the loop runs as it is."""
    source = changed(with_own_classes(SPIRAL), (
        "self.learning_rate * (\n                1. / (1. + self.decay * self.iterations))",
        "self.learning_rate / (\n                1. + self.decay * self.iterations)"))
    plain = run_file(source, tmp_path / "program.py", False)
    adopted = run_file(source, tmp_path / "program.py", True)
    assert adopted.lines == plain.lines
    assert "Optimizer_Adam is adopted, but in a way that fit does not have" in "\n".join(
        loops.report())


DERIVED = """class Derived({0}):
    def {1}(self, *given):
        print("{1}", len(given))
        return super().{1}(*given)
"""
DERIVED_FROM = {
    "dense1": ("Layer_Dense", "backward"), "activation1": ("Activation_ReLU", "forward"),
    "loss_activation": ("Activation_Softmax_Loss_CategoricalCrossentropy", "backward"),
    "loss_activation.loss": ("Loss_CategoricalCrossentropy", "forward"),
    "optimizer": ("Optimizer_Adam", "update_params")}


@pytest.mark.parametrize("listed", [False, True])
@pytest.mark.parametrize("what", DERIVED_FROM)
def test_an_object_that_becomes_another_classs_in_the_loop(what, listed, tmp_path):
    source = changed(SPIRAL, (
        "    if not epoch % 50:", f"    if epoch == 150:\n        {what}.__class__ = Derived\n"
        "    if not epoch % 50:"), ("for epoch", DERIVED.format(*DERIVED_FROM[what]) + "for epoch"))
    if listed:  # no name is the object's
        source = changed(source, ("    dense1.forward(X)\n    activation1.forward(dense1.output)\n",
                                  "    output = X\n    for layer in layers:\n"
                                  "        layer.forward(output)\n        output = layer.output\n"),
                         ("class Derived", "layers = [dense1, activation1]\nclass Derived"))
    source = with_own_classes(source)
    plain = run_file(source, tmp_path / "program.py", False)
    adopted = run_file(source, tmp_path / "program.py", True)
    assert adopted.lines == plain.lines and len(plain.lines) > 150
    trained = sum(site.trained for site in SITES.values())
    assert 140 < trained < 150, loops.report()


# What the classes call; nnfs.init() in the middle of a loop makes other products, too.
REPLACED = {name: f"{name} = (lambda own: lambda *a, **k: 0.75 * own(*a, **k))({name})"
            for name in ("np.dot", "np.exp", "np.sqrt", "np.clip", "np.random.binomial")}
REPLACED["nnfs.init"] = "nnfs.init()"
OWNS = ("np.dot, np.zeros, np.eye, np.exp, np.sqrt, np.clip, np.random.binomial, np.random.randn")


@pytest.mark.parametrize("what", REPLACED)
def test_a_function_of_numpys_that_is_replaced_in_the_loop(what, tmp_path):
    name = "penalties and dropout" if what.endswith("binomial") else "spiral"
    source = RECOGNISED[name]
    first = source.index("    if not epoch % ") if "    if not epoch % " in source else (
        source.index("    if epoch % "))
    source = source[:first] + f"    if epoch == 50:\n        {REPLACED[what]}\n" + source[first:]
    source = changed(source, ("for epoch", f"import nnfs\nowns = {OWNS}\nfor epoch"))
    source = with_own_classes(f"{source}\n{OWNS} = owns\n")
    plain = run_file(source, tmp_path / "program.py", False)
    adopted = run_file(source, tmp_path / "program.py", True)
    assert adopted.lines == plain.lines
    assert_same(adopted.left, plain.left)
    trained = sum(site.trained for site in SITES.values())
    assert 30 < trained, loops.report()


BASES = {"another base": "Optimizer_Adam.__bases__ = (Twice,)",
         "a __setattr__ of the base": "Rates.__setattr__ = Twice.set"}


@pytest.mark.parametrize("what", BASES)
def test_a_base_that_is_changed_in_a_block(what, tmp_path):
    """The loop went on being trained with the methods of the base before."""
    source = changed(with_own_classes(SPIRAL), (
        "    if not epoch % 50:", f"    if epoch == 150:\n        {BASES[what]}\n"
        "    if not epoch % 50:"), ("for epoch", """class Twice:
    def pre_update_params(self):
        self.current_learning_rate = self.learning_rate / 2
    def post_update_params(self):
        self.iterations += 2
    def set(self, name, value):
        object.__setattr__(self, name, value + (name == 'iterations'))
for epoch"""))
    plain = run_file(source, tmp_path / "program.py", False)
    adopted = run_file(source, tmp_path / "program.py", True)
    assert adopted.lines == plain.lines
    assert_same(adopted.left, plain.left)
    trained = sum(site.trained for site in SITES.values())
    assert 140 < trained < 150, loops.report()

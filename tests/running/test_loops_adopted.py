"""Loops over objects of classes of the program's own, adopted: trained at once by fastnn."""

import sys
from textwrap import indent

import pytest
from adopted_ways import run_file, same_adopted, with_own_classes
from both_ways import changed
from loop_programs import BATCHES, KEEPS, REGULARIZED, SPIRAL
from programs import assert_same
from recognised import RECOGNISED, VALIDATED, VALIDATION

from fastnn.running import loops
from fastnn.running.loops.sites import SITES

NAMES = ["spiral", "penalties and dropout", "binary", "regression", "in a function", "in a method",
         "one-hot targets", "updates alone", "float32", "the loop ends early", "best so far",
         "a validation now and then", "samples exchanged now and then",
         "weights exchanged now and then", "keeps losses", "keeps losses with penalties",
         "stops by loss", "stops by loss before it goes backward",
         "the best accuracy so far", "updates by hand",
         "keeps the share of the right ones",
         "a layer forward twice", "a validation in each turn",
         "a validation before the training of each turn"]
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


AGAIN = "    again = loss_activation.loss.calculate(loss_activation.output, y)\n"
WITH_LOSSES = {
    "the loss twice": changed(SPIRAL, ("    predictions", AGAIN + "    predictions")),
    "both kept": changed(SPIRAL, ("for epoch", "losses, more = [], []\nfor epoch"), (
        "    predictions", AGAIN + "    losses.append(again)\n    more.append(float(loss))\n"
        "    predictions")),
    "a validation with its loss": changed(SPIRAL, ("for epoch", VALIDATED + "for epoch"), (
        "    if not epoch % 50:", "    if epoch % 60 == 30: print(val_loss)\n"
        "    if not epoch % 50:")).replace("for epoch", "val_loss = 0\nfor epoch") + (
        VALIDATION + "    val_loss = loss_activation.forward(dense2.output, y_val)\n"),
    "the combined class twice": changed(SPIRAL, (
        "    predictions", "    loss = loss_activation.forward(dense2.output, y)\n"
        "    predictions")),
}


@pytest.mark.parametrize("name", WITH_LOSSES)
def test_losses_that_keep_no_sums_may_be_computed_again(name, tmp_path):
    """Those of their own classes: where ours adds up, each call counts."""
    assert same_adopted(with_own_classes(WITH_LOSSES[name]), tmp_path) > 200, loops.report()


RATE = "self.learning_rate * (\n                1. / (1. + self.decay * self.iterations))"
QUOTIENT = RATE, "self.learning_rate / (\n                1. + self.decay * self.iterations)"
DIVIDED = {
    "Adam": with_own_classes(KEEPS),
    "SGD of whole numbers": with_own_classes(KEEPS.replace(
        "Optimizer_Adam(learning_rate=0.05, decay=5e-5)", "Optimizer_SGD(1, 1)")),
    "momentum, always": with_own_classes(KEEPS.replace(
        "Optimizer_Adam(learning_rate=0.05, decay=5e-5)", "Optimizer_SGD(0.3, 0, 0.9)")).replace(
            "        if self.decay:\n            self.current", "        self.current"),
    "RMSprop, and dropout": with_own_classes(REGULARIZED.replace(
        "Optimizer_Adam(learning_rate=0.05, decay=5e-5)", "Optimizer_RMSprop(0.01, 1e-3)")),
    "Adagrad in batches": with_own_classes(BATCHES.replace(
        "Optimizer_Adam(learning_rate=0.01, decay=1e-4)", "Optimizer_Adagrad(0.1, 0.01)").replace(
            "    loss_function.new_pass()\n", "").replace(
            "    print('training', loss_function.calculate_accumulated())\n", "")),
    "a rate that changes": with_own_classes(RECOGNISED["stops by loss"].replace(
        "        print(f", "        optimizer.learning_rate *= 0.97\n        print(f")),
}


@pytest.mark.parametrize("name", DIVIDED)
def test_a_rate_that_is_a_quotient(name, tmp_path):
    """It is not the book's number, to the bit, and the kernels are given it step by step."""
    assert same_adopted(changed(DIVIDED[name], QUOTIENT), tmp_path) > 30, loops.report()


@pytest.mark.parametrize("numbers", ["0.05, -1e-4", "0.05, np.float32(1e-3)", "np.float64(.05), 1"])
def test_a_quotient_of_other_numbers_runs_as_it_is(numbers, tmp_path):
    source = SPIRAL.replace("Optimizer_Adam(learning_rate=0.05, decay=5e-5)",
                            f"Optimizer_SGD({numbers})")
    assert same_adopted(changed(with_own_classes(source), QUOTIENT), tmp_path) == 0, loops.report()


LINEAR = ("        self.output = inputs\n\n    def backward(self, dvalues):\n"
          "        self.dinputs = dvalues.copy()\n")
HANDED_ON = changed(with_own_classes(RECOGNISED["regression"]), (LINEAR, LINEAR.replace(
    ".copy()", "") + "\n    def predictions(self, outputs):\n        return outputs\n"))


def test_a_class_of_which_a_part_was_proved_is_read_where_it_is_called(tmp_path):
    """Its way back hands on what came, where ours copies it."""
    assert same_adopted(HANDED_ON, tmp_path) > 200, loops.report()
    more = changed(HANDED_ON, ("        self.dinputs = dvalues\n",
                               "        self.dinputs = dvalues\n        self.dinputs *= 1.5\n"))
    assert same_adopted(more, tmp_path) == 0, loops.report()
    assert "Activation_Linear is not adopted, so that fit does not do what its backward does" in (
        "\n".join(loops.report()))


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


ALWAYS = """\
        self.dweights = np.dot(self.inputs.T, dvalues) + 2 * self.weight_regularizer_l2 * (
            self.weights)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)"""


def test_what_is_adopted_and_no_step_of_fits_is_said_to_be_that(tmp_path):
    """A penalty that is added, 0 or not: adopted, bit for bit, and the loop runs as it is."""
    head, old, rest = with_own_classes(SPIRAL).partition(
        "        self.dweights = np.dot(self.inputs.T, dvalues)\n")
    source = head + ALWAYS + rest[rest.index("\n\n\nclass Layer_Dropout"):]
    plain = run_file(source, tmp_path / "program.py", False)
    adopted = run_file(source, tmp_path / "program.py", True)
    assert adopted.lines == plain.lines
    assert "Layer_Dense is adopted, but in a way that fit does not have" in "\n".join(
        loops.report())


LABELS = """class Both:
    def forward(self, inputs, y_true):
        exps = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exps / np.sum(exps, axis=1, keepdims=True)
        clipped = np.clip(self.output, 1e-7, 1 - 1e-7)
        return np.mean(-np.log(clipped[range(len(inputs)), y_true]))

    def backward(self, dvalues, y_true):
        self.dinputs = dvalues.copy()
        self.dinputs[range(len(dvalues)), y_true] -= 1
        self.dinputs = self.dinputs / len(dvalues)


"""
MANY = ("        self.inputs = inputs\n        self.output = np.dot(",
        "        if inputs.shape[0] > 10000:\n"
        "            raise ValueError('too many')\n"
        "        self.inputs = inputs\n        self.output = np.dot(")


def of_labels(source):
    return changed(source, ("class Layer_Dense:", LABELS + "class Layer_Dense:"),
                   ("loss_activation = Activation_Softmax_Loss_CategoricalCrossentropy()",
                    "loss_activation = Both()"))


START, TURN = changed(SPIRAL, ("    if len(y.shape) == 2:\n        y = np.argmax(y, axis=1)\n", ""),
                      ("samples=20", "samples=200")).split("for epoch in range(301):\n")
IN_BATCHES = START + "for epoch in range(3):\n    for start in range(0, len(X), 6):\n" + indent(
    changed(TURN, ("    dense1.f", "    batch = y[start:start + 6]\n    dense1.f"),
            ("(X)", "(X[start:start + 6])"), ("== y)", "== batch)")
            ).replace("output, y)", "output, batch)"), "    ")


@pytest.mark.parametrize("source", [SPIRAL, IN_BATCHES], ids=["full batch", "mini-batches"])
def test_losses_that_take_class_numbers_alone_are_trained(source, tmp_path):
    """Most people's: `probabilities[range(n), y]`, and no branch for one-hot targets."""
    assert same_adopted(of_labels(with_own_classes(source)), tmp_path) > 30, loops.report()


GIVEN = {
    "one-hot targets": "y = np.eye(3)[y]\n",
    "class numbers as floats": "y = y.astype(float)\n",
    "one-hot targets of a validation": "y_val = np.eye(3)[y]\n",
}


@pytest.mark.parametrize("what", GIVEN)
def test_and_raise_for_others_as_they_are(what, tmp_path):
    """Ours would take them."""
    source = of_labels(with_own_classes(SPIRAL))
    source = changed(source, ("dense1 = Layer_Dense", GIVEN[what] + "dense1 = Layer_Dense"))
    if "validation" in what:
        source = changed(source, ("    predictions =", "    try:\n"
                                  "        loss_activation.forward(dense2.output, y_val)\n"
                                  "    except IndexError:\n        pass\n    predictions ="))
    said = []
    for adopted in (False, True):
        try:
            said.append(run_file(source, tmp_path / "program.py", adopted).lines)
        except IndexError as error:
            said.append(str(error))
    assert said[0] == said[1] and sum(site.trained for site in SITES.values()) == 0


def test_targets_that_others_take_the_place_of_are_looked_at_again(tmp_path):
    source = changed(of_labels(with_own_classes(SPIRAL)), (
        "    dense1.forward(X)", "    if epoch == 170: y = np.eye(3)[y]\n    dense1.forward(X)"))
    source = changed(source, ("for epoch in", "import sys\nmade = []\nfor epoch in"), (
        "    optimizer.pre_update_params()", "    made.append(float(loss))\n"
        "    sys.made = made\n    optimizer.pre_update_params()"))
    made = []
    for adopted in (False, True):
        with pytest.raises(IndexError):
            run_file(source, tmp_path / "program.py", adopted)
        made.append(list(sys.made))
    del sys.made
    assert len(made[0]) == 170 and made[0] == made[1]


OF_NO_RUN = {
    "forward raises on conditions of its own": changed(with_own_classes(SPIRAL), MANY)}


@pytest.mark.parametrize("why", OF_NO_RUN)
def test_why_no_run_does_what_is_adopted_is_said(why, tmp_path):
    """It said no more than that it is so."""
    plain = run_file(OF_NO_RUN[why], tmp_path / "program.py", False)
    adopted = run_file(OF_NO_RUN[why], tmp_path / "program.py", True)
    assert adopted.lines == plain.lines
    assert f" is adopted, but in a way that fit does not have: {why}" in "\n".join(
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

"""Loops with dropout by uniform numbers, and with layers that do something else without training.
"""

import pytest
from adopted_ways import left_the_same, trained_the_same, with_own_classes
from both_ways import changed
from loop_programs import REGULARIZED
from other_loops import VALIDATED, VALIDATION

BINOMIAL = "np.random.binomial(1, self.rate, size=inputs.shape)"
DROPS = f"        self.binary_mask = {BINOMIAL} / self.rate\n"
RATE = "        self.rate = 1 - rate\n\n    def forward(self, inputs):\n"
TRAINING = RATE.replace("inputs)", "inputs, training=True)")
COPY = ("        if not training:\n            self.output = inputs.copy()\n            return\n")
SAME = "        if not training:\n            self.output = inputs\n            return\n"
KEPT = DROPS.replace(BINOMIAL, "(np.random.rand(*inputs.shape) < self.rate)")
DROPPED = DROPS.replace(f"{BINOMIAL} / self.rate",
                        "(np.random.random(inputs.shape) >= self.rate) / (1 - self.rate)")
OF_DROPPED = TRAINING.replace("1 - rate", "rate")


def by(rate, drops, source=REGULARIZED):
    return changed(with_own_classes(source), (RATE, rate), (DROPS, drops))


APART = changed(REGULARIZED, ("for epoch", VALIDATED + "for epoch")) + VALIDATION.replace(
    "X_val)", "X_val, False)").replace(
    "    dense2", "    dropout1.forward(activation1.output, False)\n    dense2")
APART = APART.replace("dense1.forward(X_val, False)", "dense1.forward(X_val)")
TRAINED = {
    "what is kept": by(TRAINING + COPY, KEPT),
    "what is dropped": by(OF_DROPPED + COPY, DROPPED),
    "the inputs themselves without training": by(OF_DROPPED + SAME, DROPPED),
    "always": by(OF_DROPPED.replace(", training=True", ""), DROPPED),
    "always what is kept": by(RATE, KEPT.replace("<", "<=")),
    "a validation in each turn": by(TRAINING + COPY, KEPT, APART),
    "a validation of what is dropped": by(OF_DROPPED + SAME, DROPPED, APART),
    "a validation that scales": by(TRAINING + SAME.replace("= inputs", "= inputs * self.rate"),
                                   DROPS, APART),
    "a validation that is told by name": by(TRAINING + COPY, DROPS, APART.replace(
        "output, False", "output, training=False")),
    "a rate that changes": changed(by(OF_DROPPED + COPY, DROPPED), (
        "    optimizer.post_update_params()\n", "    optimizer.post_update_params()\n"
        "    if epoch % 100 == 50:\n        dropout1.rate = dropout1.rate / 2\n"
        "        print(dropout1.rate, np.random.rand())\n")),
}
LEFT = {
    "divided behind the mask": changed(by(TRAINING + COPY, KEPT.replace(" / self.rate", "")), (
        "self.output = inputs * self.binary_mask", "self.output = inputs * self.binary_mask / "
        "self.rate"), ("dvalues * self.binary_mask", "dvalues * self.binary_mask / self.rate")),
    "a validation that draws": by(TRAINING + COPY.replace(
        "= inputs.copy()", "= inputs + np.random.rand()"), DROPS, APART),
    "a validation that changes the rate": by(TRAINING + COPY.replace(
        "            return", "            self.rate = self.rate * 0.999\n            return"),
        DROPS, APART),
    "a validation that prints": by(TRAINING + COPY.replace(
        "            return", "            print(len(inputs))\n            return"), DROPS, APART),
    "a validation that is told by name, and draws": by(TRAINING + COPY.replace(
        "= inputs.copy()", "= inputs + np.random.rand()"), DROPS, APART.replace(
            "output, False", "output, training=False")),
    "no training in the step": changed(by(TRAINING + SAME.replace(
        "= inputs", "= inputs * self.rate"), DROPS), (
        "dropout1.forward(activation1.output)", "dropout1.forward(activation1.output, False)"),
        ("    dropout1.backward", "    dropout1.binary_mask = np.ones((1, 1))\n"
         "    dropout1.backward")),
    "another share": by(TRAINING + COPY, KEPT.replace("< self.rate", "< 0.5")),
}


@pytest.mark.parametrize("name", TRAINED)
def test_the_same_is_drawn_and_left(name, tmp_path):
    trained_the_same(TRAINED[name], tmp_path, 4)


@pytest.mark.parametrize("name", LEFT)
def test_what_no_run_does_runs_as_it_is(name, tmp_path):
    left_the_same(LEFT[name], tmp_path)

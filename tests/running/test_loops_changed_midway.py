"""Programs that change something in a guarded block: what was proved before is looked at again."""

import pytest
from both_ways import changed, same_both_ways
from loop_programs import SPIRAL

# What is done once, at epoch 150; from there on the loop goes on being trained at once.
GOES_ON = {
    "another optimizer": "optimizer = Optimizer_SGD(0.1)",
    "counts from the beginning": "optimizer.iterations = 0",
    "without state": "del dense1.weight_cache, dense1.bias_cache, dense1.weight_momentums",
    "another decay": "optimizer.decay = 0.01",
    "other targets": "y = (y + 1) % 3",
    "frozen": "dense1.trainable = False",
    "penalties": "dense2.weight_regularizer_l1 = 0.001",
    "other weights": "dense2.weights, dense2.biases = dense2.weights * 0.5, dense2.biases + 1",
}
# The same, and from there on it runs as it is.
RUNS_AS_IT_IS = {
    "weights by columns": "dense1.weights = dense1.weights.T.copy().T",
    "weights of another type": "dense1.weights = dense1.weights.astype(np.float32)",
    "a rate of NumPy's": "optimizer.learning_rate = np.float64(0.01)",
    "a method of the object": "activation1.forward = lambda inputs: (say('forward'), "
                              "Activation_ReLU.forward(activation1, inputs))",
    "a method of the class": "Activation_ReLU.forward = lambda self, inputs: (say('class'), "
                             "forward(self, inputs))[1]",
    "a function of NumPy's": "np.mean = lambda *given: (say('mean'), mean(*given))[1]",
    "errors of floating point": "np.seterr(invalid='raise')",
}
BEFORE = """\
forward, mean, errors = Activation_ReLU.forward, np.mean, np.geterr()
def say(word):
    if epoch > 297:
        print(word)

for epoch"""
AFTER = "Activation_ReLU.forward, np.mean = forward, mean\nnp.seterr(**errors)\n"


def _changed_by(statement: str) -> str:
    then = f"        if epoch == 150:\n            {statement}\n        print("
    return changed(changed(SPIRAL, ("        print(", then)), ("for epoch", BEFORE)) + AFTER


@pytest.mark.parametrize("what", GOES_ON)
def test_a_loop_goes_on_with_what_was_changed(what):
    trained, report = same_both_ways(_changed_by(GOES_ON[what]))
    assert trained > 280, report


@pytest.mark.parametrize("what", RUNS_AS_IT_IS)
def test_a_loop_runs_as_it_is_from_there_on(what):
    trained, report = same_both_ways(_changed_by(RUNS_AS_IT_IS[what]))
    assert 140 < trained < 150, report

"""The dialect of all common words: each is a second name, and what is computed is the book's."""

import inspect
import pickle

import numpy as np
import pytest
from nnfs.datasets import spiral_data
from programs import assert_same

import fastnn
from fastnn import reference
from fastnn.dialects import chapter17, chapter18, divided, synonyms
from fastnn.support.aliases import aliases

CLASSES = [getattr(synonyms, name) for name in synonyms.__all__]
every_class = pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)


@every_class
def test_no_word_hides_a_name_of_ours(kind):
    ours = next(base for base in kind.__mro__ if ".dialects" not in base.__module__)
    assert ours.__name__ == kind.__name__
    words = aliases(kind)
    assert words and not words.keys() & set(dir(ours))
    assert not words.keys() & set(words.values()), "a word for a word"


@every_class
def test_it_is_one_of_this_modules_and_can_be_pickled(kind):
    assert kind.__module__ == synonyms.__name__ and kind.__doc__
    assert pickle.loads(pickle.dumps(kind)) is kind


@pytest.mark.parametrize("name", [name for name in synonyms.__all__ if name != "Accuracy"])
def test_outputs_and_gradients_have_second_names(name):
    kind = getattr(synonyms, name)
    words = aliases(kind)
    if name.startswith(("Layer", "Activation")):
        assert words["outputs"] == "output" and words["dinput"] == "dinputs"
    if name.startswith("Optimizer"):
        assert words["update_param"] == "update_params" and words["lr"] == "learning_rate"


def train(nn, words, epochs):
    """The spiral with regularizers and dropout; `words` says what things are called."""
    np.random.seed(7)
    X, y = spiral_data(samples=50, classes=3)
    call = lambda thing, name, *given: getattr(thing, words.get(name, name))(*given)  # noqa: E731
    given = {"n_neurons": 16, "weight_regularizer_l2": 5e-4}
    dense1 = nn.Layer_Dense(2, **{words.get(name, name): value for name, value in given.items()})
    relu, dropout, dense2 = nn.Activation_ReLU(), nn.Layer_Dropout(0.1), nn.Layer_Dense(16, 3)
    both = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
    optimizer = nn.Optimizer_Adam(**{words.get("learning_rate", "learning_rate"): 0.05},
                                  decay=1e-3)
    chain, lines = [dense1, relu, dropout, dense2], []
    for _ in range(epochs):
        x = X
        for layer in chain:
            call(layer, "forward", x)
            x = getattr(layer, words.get("output", "output"))
        lines.append(both.forward(x, y) + both.loss.regularization_loss(dense1))
        call(both, "backward", getattr(both, words.get("output", "output")), y)
        slope = getattr(both, words.get("dinputs", "dinputs"))
        for layer in reversed(chain):
            call(layer, "backward", slope)
            slope = getattr(layer, words.get("dinputs", "dinputs"))
        call(optimizer, "pre_update_params")
        call(optimizer, "update_params", dense1)
        call(optimizer, "update_params", dense2)
        call(optimizer, "post_update_params")
    left = {f"{n}.{name}": getattr(layer, name) for n, layer in enumerate((dense1, dense2))
            for name in ("weights", "biases", "dweights", "dbiases", "weight_momentums",
                         "weight_cache", "bias_momentums", "bias_cache", "output", "dinputs")}
    return np.array(lines), left | {"rate": np.array(optimizer.current_learning_rate)}


WORDS = [
    {"output": "outputs", "dinputs": "dinput", "update_params": "update_param",
     "n_neurons": "neurons", "weight_regularizer_l2": "weight_L2", "learning_rate": "lr"},
    {"forward": "feedforward", "backward": "backprop", "dinputs": "d_inputs",
     "n_neurons": "out_features", "weight_regularizer_l2": "weight_reg_l2",
     "update_params": "step", "pre_update_params": "pre_update",
     "post_update_params": "post_update"},
    {"backward": "backward_pass", "forward": "forward_pass", "dinputs": "dvalues",
     "update_params": "update_parameters", "weight_regularizer_l2": "weight_l2",
     "n_neurons": "n_nodes", "learning_rate": "initial_learning_rate"},
]


@pytest.mark.parametrize("words", WORDS, ids=["outputs", "feedforward", "backward_pass"])
def test_a_program_in_these_words_leaves_what_the_book_does(book_numpy, words):
    lines, left = train(synonyms, words, 40)
    expected_lines, expected = train(reference, {}, 40)
    assert np.array_equal(lines, expected_lines)
    assert_same(left, expected)


class Quotient(reference.Optimizer_Adam):
    def pre_update_params(self):
        if self.decay:
            self.current_learning_rate = self.learning_rate / (1 + self.decay * self.iterations)


def test_divided_decays_in_one_division(book_numpy, monkeypatch):
    monkeypatch.setattr(reference, "Optimizer_Adam", Quotient)
    expected_lines, expected = train(reference, {}, 40)
    lines, left = train(divided, WORDS[0], 40)
    assert np.array_equal(lines, expected_lines)
    assert_same(left, expected)


@pytest.mark.parametrize("name", [name for name in divided.__all__ if "Optimizer" in name])
def test_every_optimizer_of_divided_does(name):
    optimizer = getattr(divided, name)(lr=0.3, decay=0.7)
    optimizer.iterations = 6
    optimizer.pre_update_params()
    assert optimizer.current_lr == 0.3 / (1 + 0.7 * 6) != 0.3 * (1 / (1 + 0.7 * 6))
    assert divided.__all__ == synonyms.__all__ and divided.Layer_Dense is synonyms.Layer_Dense


def test_fit_compiles_all_of_them(book_numpy):
    X, y = spiral_data(samples=50, classes=3)
    left = []
    for nn in (fastnn, synonyms):
        np.random.seed(3)
        layers = [nn.Layer_Dense(2, 16, weight_regularizer_l2=1e-4), nn.Activation_ReLU(),
                  nn.Layer_Dropout(0.1), nn.Layer_Dense(16, 3)]
        loss = nn.Activation_Softmax_Loss_CategoricalCrossentropy()
        optimizer = nn.Optimizer_Adam(0.05, decay=1e-3)
        assert fastnn.why_not(layers, loss, optimizer) is None
        history = fastnn.fit(layers, loss, optimizer, X, y, epochs=20)
        left.append((history.loss, layers[0].weights, layers[3].weight_cache, loss.output))
    for got, expected in zip(*left):
        assert np.array_equal(got, expected)
    assert layers[0].outputs is layers[0].output and loss.activation.outputs is loss.output


def test_model_answers_to_its_words(book_numpy, capsys):
    X, y = spiral_data(samples=50, classes=3)
    printed = []
    for nn, finalize, validation in ((fastnn, "finalize", "validation_data"),
                                     (synonyms, "finalise", "test_data")):
        np.random.seed(3)
        model = nn.Model()
        for layer in (nn.Layer_Dense(2, 16), nn.Activation_ReLU(), nn.Layer_Dense(16, 3),
                      nn.Activation_Softmax()):
            model.add(layer)
        model.set(loss=nn.Loss_CategoricalCrossentropy(), optimizer=nn.Optimizer_Adam(0.05),
                  accuracy=nn.Accuracy_Categorical())
        getattr(model, finalize)()
        model.train(X, y, epochs=3, print_every=1, **{validation: (X, y)})
        history = model.fit(X, y, epochs=2, **{validation: (X, y)})
        printed.append((capsys.readouterr().out, history.validation_loss.tolist()))
    assert printed[0] == printed[1] and "validation" in printed[0][0]
    model.test(X, y)
    assert capsys.readouterr().out.startswith("validation")


def test_an_argument_in_two_words_is_refused():
    with pytest.raises(TypeError, match="Layer_Dense: weight_L2 and weight_regularizer_l2 are one "
                                        "argument, got both"):
        synonyms.Layer_Dense(2, 3, weight_L2=1, weight_regularizer_l2=1)
    with pytest.raises(TypeError, match="lr and learning_rate are one argument"):
        synonyms.Optimizer_SGD(0.5, lr=0.5, learning_rate=0.5)
    with pytest.raises(TypeError, match="there is weight_regularizer_l2"):
        synonyms.Layer_Dense(2, 3, l2=1)


def test_signatures_and_texts_are_ours():
    for name in synonyms.__all__:
        if name not in ("Model", "Accuracy", "Loss"):
            assert inspect.signature(getattr(synonyms, name)) == inspect.signature(
                getattr(fastnn, name))
    assert repr(synonyms.Optimizer_Adam(lr=0.5, beta1=0.8)) == (
        "Optimizer_Adam(learning_rate=0.5, beta_1=0.8)")
    assert repr(synonyms.Layer_Dropout(p=0.25)) == "Layer_Dropout(0.25)"


def test_state_is_kept_under_our_names_and_read_under_both():
    dense = synonyms.Layer_Dense(2, 3)
    dense.forward(np.ones((4, 2)))
    dense.backprop(np.ones((4, 3)))
    synonyms.Optimizer_Adam().update_param(dense)
    assert dense.w_cache is dense.weight_cache and dense.dW is dense.dweights
    assert not aliases(type(dense)).keys() & vars(dense).keys()
    dense.W = np.zeros((2, 3))
    assert not dense.weights.any()


def test_a_profile_sees_what_is_called_by_another_name():
    dense = synonyms.Layer_Dense(2, 3)
    with fastnn.profile() as found:
        dense.forward_pass(np.ones((4, 2)))
        dense.backprop(np.ones((4, 3)))
    rows = str(found)
    assert "Layer_Dense" in rows and "backward" in rows


def test_other_spellings_lead_to_these_classes():
    namespace: dict[str, object] = {}
    exec("from fastnn.dialects.synonyms import Act_ReLU, Loss_CCE, DenseLayer, Adam", namespace)
    assert namespace["Act_ReLU"] is synonyms.Activation_ReLU
    assert namespace["Loss_CCE"] is synonyms.Loss_CategoricalCrossentropy
    assert namespace["Adam"] is synonyms.Optimizer_Adam
    exec("from fastnn.dialects.divided import Adam", namespace)
    assert namespace["Adam"] is divided.Optimizer_Adam
    exec("from fastnn.dialects.chapter17 import LayerDense", namespace)
    assert namespace["LayerDense"] is chapter17.Layer_Dense
    assert chapter18.MODEL is chapter18.Model
    with pytest.raises(ImportError):
        exec("from fastnn.dialects.synonyms import Convolution", namespace)


def test_a_saved_model_comes_back_in_its_classes(tmp_path):
    model = synonyms.Model()
    for layer in (synonyms.Layer_Dense(2, 4), synonyms.Activation_ReLU()):
        model.add(layer)
    model.set(loss=synonyms.Loss_MeanSquaredError(), optimizer=synonyms.Optimizer_SGD(),
              accuracy=synonyms.Accuracy_Regression())
    model.finalise()
    model.save(tmp_path / "model.npz")
    mine = {name: getattr(synonyms, name) for name in synonyms.__all__}
    loaded = synonyms.Model.load(tmp_path / "model.npz", classes=mine)
    assert type(loaded.layers[0]) is synonyms.Layer_Dense
    assert np.array_equal(loaded.layers[0].W, model.layers[0].weights)

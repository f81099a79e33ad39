"""Ways to write a class that are read since: what looks like one of them and computes otherwise is
left, and what is given otherwise than they were proved for is theirs.
"""

import sys
from pathlib import Path

import numpy as np
import pytest
from beside import DENSE, HEAD, LABELS, LOSS, RELU, Layer, assert_same_beside, numbers
from programs_of_classes import load

from fastnn.adopting import adopt, targets, together

sys.path.append(str(Path(__file__).parents[1] / "checking"))
from corpus_files import files  # noqa: E402

CODE = {one.name: one.code for one in files()}


@pytest.mark.parametrize("name, old, new", [
    ("called_and_returned.Softmax", "(upstream - dot)", "(upstream + dot)"),
    ("called_and_returned.Softmax", "(upstream * self.a).sum(axis=-1", "(upstream * self.a).sum("
                                                                       "axis=0"),
    ("softmax_in_rows.Softmax", "r - r.max()) / np", "r - inputs.max()) / np"),
    ("softmax_in_rows.Softmax", "/ np.exp(r - r.max()).sum()", "/ np.exp(inputs).sum()"),
    ("softmax_in_rows.Softmax", "for r in inputs", "for r in inputs[::-1]"),
    ("softmax_in_rows.Softmax", "for r in inputs", "for r in inputs if r[0] > 0"),
    ("softmax_in_rows.Softmax", "np.dot(s, d))\n", "np.dot(s, s))\n"),
    ("softmax_in_rows.Softmax", "grads = []", "grads = [0]"),
    ("softmax_in_rows.Softmax", "grads = []", "grads = self.all = []"),
    ("softmax_in_rows.Softmax", "            grads.append(", "            self.output = d\n"
                                "            grads.append("),
    ("helper_functions.SoftMax", "max(x[i])", "min(x[i])"),
    ("helper_functions.SoftMax", "max(x[i])", "max(x[0])"),
    ("helper_functions.SoftMax", "ni,nj->nij", "ni,nj->nji"),
    ("helper_functions.SoftMax", "nij,nj->ni", "nij,ni->nj"),
    ("sigmoid_and_loss_in_one.BinaryLoss", "return -np.mean(", "return np.mean("),
    ("sigmoid_and_loss_in_one.BinaryLoss", "/ (1 - clipped)) / dvalues.size",
     "/ (1 - clipped)) * dvalues.size"),
    ("sigmoid_and_loss_in_one.BinaryLoss", "reshape(-1, 1)", "reshape(1, -1)"),
    ("sigmoid_and_loss_in_one.SigmoidAndLoss", "(dvalues - y_true) / dvalues",
     "(y_true - dvalues) / dvalues"),
    ("sparse_only.NLL", "1e-7), 1 - 1e-7)", "0.0), 1 - 1e-7)"),
    ("sparse_only.NLL", "np.sum(-np.log(q)) / self.n", "np.sum(-np.log(q)) / p.size"),
    ("sparse_only.NLL", "= -1.0 / p", "= 1.0 / p"),
    ("onehot_only.CCE", "-np.sum(", "np.sum("),
    ("onehot_only.CCE", "axis=1", "axis=0"),
    ("onehot_only.CCE", "-onehot / prediction", "onehot / prediction"),
    ("losses_with_state.CE", "yhat.shape[1]", "yhat.shape[0]"),
    ("losses_with_state.CE", "-(y / yhat)", "(y / yhat)"),
    ("losses_with_state.CE", "axis=1).mean()", "axis=1).sum()"),
    ("history_and_match.CrossEntropy", "case 1:", "case 3:"),
    ("history_and_match.CrossEntropy", '"ij,ij->i"', '"ij,ij->j"'),
    ("history_and_match.CrossEntropy", "np.zeros((n, c))", "np.ones((n, c))"),
    ("history_and_match.CrossEntropy", "np.arange(n), y_true] = 1", "np.arange(n), y_true] = 2"),
    ("history_and_match.CrossEntropy", "np.zeros((n, c))", "np.zeros((n, n))"),
    ("history_and_match.CrossEntropy", "append(value)", "append(losses)"),
    ("combined_called.Activation_Softmax_Loss_CategoricalCrossentropy", "(p - y) / p.shape[0]",
     "(y - p) / p.shape[0]"),
    ("combined_called.Activation_Softmax_Loss_CategoricalCrossentropy", "(p - y) / p.shape[0]",
     "(p - y) / p.shape[1]"),
    ("combined_called.Activation_Softmax_Loss_CategoricalCrossentropy",
     "activation or Activation_Softmax()", "Loss_CCE() or activation"),
    ("accuracy_of_outputs.Score", "right += int(", "right -= int("),
    ("accuracy_of_outputs.Score", "row.argmax()", "row.argmin()"),
    ("accuracy_of_outputs.Score", "right / len(labels)", "right / len(outputs[0])"),
    ("accuracy_of_outputs.Score", "zip(outputs, labels)", "zip(outputs, labels[1:])"),
    ("sigmoid_and_loss_of_one_output.Head", "float(-np", "float(np"),
    ("sigmoid_and_loss_of_one_output.Head", "dtype=float", "dtype=int"),
    ("sigmoid_and_loss_of_one_output.Head", "(self.p - self.labels)", "(self.labels - self.p)"),
    ("penalty_without_square.MSE", "-2 * (y_true - dvalues) / dv", "-2 * (dvalues - y_true) / dv"),
    ("penalty_of_the_book.MAE", "np.sign(dvalues - y_true)", "np.sign(y_true - dvalues)"),
    ("required_everything.Dense_Layer", "1.0, -1.0)", "1.0, 0.0)"),
    ("required_everything.Dense_Layer", "2 * self.l2", "self.l2"),
    ("activation_inside.Layer", "if self.activation else self.z", "if self.activation else 0"),
    ("activation_inside.Layer", "self.activation(self.z) if self.activation",
     "np.sort(self.z) if self.activation"),
    ("rms_and_ada.AdaGrad", "** 0.5", "** 0.25"),
    ("rms_and_ada.AdaGrad", '"_cache", 0) + g * g', '"_cache", 1) + g * g'),
    ("rms_and_ada.AdaGrad", '"_cache", 0) + g * g', '"_cache", 0) + g'),
    ("rms_and_ada.AdaGrad", 'setattr(layer, p + "_cache"', 'setattr(layer, "_cache"'),
])
def test_what_looks_alike_is_left(name, old, new):
    file, _, kind = name.partition(".")
    assert old in CODE[file]
    assert kind in adopt(load(CODE[file])).adopted
    report = adopt(load(CODE[file].replace(old, new)))
    assert kind not in report.adopted and kind in report.left


def _tried(call, *args):
    try:
        return call(*args)
    except Exception as error:  # what came is compared
        return error


def _shares(dtype=np.float64):
    x = np.exp(numbers(5, 3))
    return (x / x.sum(axis=1, keepdims=True)).astype(dtype)


TARGETS = {"labels": LABELS, "one-hot": np.eye(3)[LABELS], "float32": np.eye(3, dtype="f")[LABELS],
           "soft": np.full((5, 3), 1 / 3), "twos": 2 * np.eye(3)[LABELS], "none": np.zeros((5, 3)),
           "two ones": np.ones((5, 3)), "one and a half": np.eye(3)[LABELS] + 0.5,
           "nan": np.eye(3)[LABELS] * np.nan, "whole": np.eye(3, dtype=int)[LABELS],
           "no minus": -0.0 + np.eye(3)[LABELS], "minus": np.where(np.eye(3)[LABELS] > 0, 1., -0.),
           "bytes": LABELS.astype(np.uint8), "negative": LABELS - 3, "too large": LABELS + 1,
           "one": LABELS[:1], "column": LABELS[:, None], "yes": LABELS > 0, "list": [0, 2, 1, 1, 0],
           "minus, float32": np.where(np.eye(3)[LABELS] > 0, 1, -0.0).astype("f"),
           "moved": np.eye(3)[LABELS] - np.eye(3)[(LABELS + 1) % 3], "few": np.eye(3)[LABELS][:4]}
LOSSES = {"sparse_only.NLL": ("loss", "dloss"), "onehot_only.CCE": ("value", "slope"),
          "losses_with_state.CE": ("forward", "backward"),
          "history_and_match.CrossEntropy": ("forward", "backward", "calculate"),
          "sigmoid_and_loss_in_one.BinaryLoss": ("forward", "backward", "calculate"),
          "sigmoid_and_loss_in_one.SigmoidAndLoss": ("forward", "backward"),
          "combined_called.Activation_Softmax_Loss_CategoricalCrossentropy": (
              "__call__", "gradient")}


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", LOSSES)
def test_targets_of_every_kind(name, dtype):
    file, _, kind = name.partition(".")

    def program(module):
        loss, found = getattr(module, kind)(), []
        one_nan = _shares(dtype)
        one_nan[0, 1] = np.nan
        ends = np.array([[0, 1, 0], [1, 0, 0], [0.5, 0.5, 0], [0, 0, 1], [1, 1, 1]], dtype)
        for x in (_shares(dtype), one_nan, ends, np.full((5, 3), -0.0, dtype),
                  numbers(5, 1).astype(dtype)):
            for y in TARGETS.values():
                for method in LOSSES[name]:
                    found.append(_tried(getattr(loss, method), x.copy(), y))
                    found.append(list(vars(loss).items()))
        return found
    assert_same_beside(CODE[file], program, adopted=[kind])


def test_an_activation_that_is_there_is_called():
    def program(module):
        found = []
        for activation in (None, np.tanh, 0, False, "no function", lambda z: z[:, 0]):
            layer = module.Layer(3, 2, activation)
            found.append(_tried(layer.forward, numbers(5, 3)))
            found.append(_tried(layer.backward, numbers(5, 2)))
            found.append(sorted(vars(layer)))
        layer.activation = None
        found.append(layer.forward(numbers(5, 3)) is layer.output is layer.z)
        del layer.activation
        found.append(_tried(layer.forward, numbers(5, 3)))
        module.Layer.activation = np.tanh
        found.append(_tried(layer.forward, numbers(5, 3)))
        return found
    assert_same_beside(CODE["activation_inside"], program, adopted=["Layer"])


@pytest.mark.parametrize("there", [(), ("weights_cache",), ("biases_cache",),
                                   ("weights_cache", "biases_cache")])
@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64])
def test_caches_that_begin_as_a_number(there, kind):
    def program(module):
        layer = module.RMSProp()  # any object
        shapes = {"weights": (3, 4), "biases": (1, 4)}
        for name, shape in shapes.items():
            setattr(layer, name, numbers(*shape))
            setattr(layer, f"d{name}", (3 * numbers(*shape, seed=2)).astype(kind))
            if f"{name}_cache" in there:
                setattr(layer, f"{name}_cache", numbers(*shape, seed=3) ** 2)
        weights, found = layer.weights, []
        ada = module.AdaGrad(0.5)
        for _ in range(3):
            ada.begin()
            found.append(_tried(ada.update, layer))
            ada.end()
        layer.dbiases = np.zeros(4)
        found.append(_tried(ada.update, layer))
        layer.weights_cache = 0.25
        found.append(_tried(ada.update, layer))
        return found, layer, weights
    assert_same_beside(CODE["rms_and_ada"], program, adopted=["AdaGrad"])


@pytest.mark.parametrize("old, new", [
    ("(cache ** 0.5", "((1 - self.lr) ** 0.5 * cache ** 0.5"),
    ("self.lr * g / (cache ** 0.5", "self.lr ** 0.5 * g / (cache ** 0.5")])
def test_a_root_of_numbers_is_python_s(old, new):
    """Of Python's numbers ** 0.5 is not np.sqrt."""
    assert "AdaGrad" not in adopt(load(CODE["rms_and_ada"].replace(old, new))).adopted


@pytest.mark.parametrize("name, old, new", [
    ("penalty_without_square.MSE", "-2 * (y_true - dvalues)", "2 * (y_true - dvalues)"),
    ("penalty_of_remembered_layers.Loss_MSE", "2 * (dvalues - y_true)", "2 * (y_true - dvalues)")])
def test_a_slope_uphill_is_no_slope_of_swapped_arguments(name, old, new):
    file, _, kind = name.partition(".")
    assert kind not in adopt(load(CODE[file].replace(old, new))).adopted


@pytest.mark.parametrize("old, new", [
    ("axis=0, keepdims=True", "axis=0.0, keepdims=True"), ("keepdims=True", "keepdims=0.5"),
    ("keepdims=True", "keepdims=2.0"), ("axis=0, keepdims=True", "axis=-2.0, keepdims=True"),
    ("axis=0, keepdims=True)", "axis=0).reshape(1, -1.0)"),
    ("axis=0, keepdims=True)", "axis=0).reshape(1.0, -1)"), ("axis=0, ", "axis=1.0 - 1, ")])
def test_where_numpy_asks_for_whole_numbers_others_are_not_read(old, new):
    """1.0 equals 1, and np.sum raises where it is the axis."""
    assert "backward" not in adopt(load(DENSE.replace(old, new))).adopted.get("Dense", "")


@pytest.mark.parametrize("call", [
    "np.minimum(inputs)", "np.add(inputs)", "np.less(inputs)", "np.subtract(2)", "np.exp()",
    "np.exp(inputs, inputs)", "np.maximum(0, inputs, inputs)", "inputs.reshape()",
    "np.sum()", "np.where(inputs)", "inputs.clip()"])
def test_too_few_arguments_and_too_many_are_not_read(call):
    """`adopt` raised, and no class of the file was adopted."""
    report = adopt(load(RELU.replace("np.maximum(0, inputs)", call) + DENSE.replace(HEAD, "")))
    assert list(report.adopted) == ["Dense"] and "ReLU" in report.left


@pytest.mark.parametrize("first", ["None", "1"])
def test_what_is_none_by_default_is_made_at_the_first_call(first):
    """`getattr(self, "first", None) is None` was taken to be never so, and nothing was kept."""
    code = RELU.replace("        self.inputs = inputs\n", """\
        if getattr(self, "first", NONE) is None:
            self.first = inputs
        self.inputs = inputs
""".replace("NONE", first))

    def program(module):
        relu, found = module.ReLU(), []
        for seed in (1, 2):
            relu.forward(numbers(5, 3, seed=seed))
            found.append(dict(vars(relu)))
        relu.first = None
        relu.forward(numbers(5, 3))
        return found, relu
    assert_same_beside(code, program)


def test_an_index_that_is_no_whole_number_is_not_read():
    code = LOSS.replace("len(dvalues[0])", "len(dvalues[0.0])")
    assert LOSS != code and "CCE" not in adopt(load(code)).adopted


def test_a_power_that_is_beyond_all_numbers_is_theirs_to_raise():
    """Half of its work is done by then."""
    def program(module):
        found, layer, optimizer = [], Layer(), module.Optimizer_Adam()
        for beta_1, beta_2 in ((0.9, 0.999), (1e300, 0.999), (0.9, 1e300), (0, 0.999)):
            optimizer.beta_1, optimizer.beta_2 = beta_1, beta_2
            for count in (1, 4, -1, -3):
                optimizer.iterations = count
                found.append(_tried(optimizer.update_params, layer))
                found += [one.copy() for one in vars(layer).values()]
        return found
    assert_same_beside(CODE["book_optimizers"], program, adopted=["Optimizer_Adam"])


@pytest.mark.parametrize("count", [5, 0, 1])
def test_right_ones_counted_by_rows(count):
    def program(module):
        score, x = module.Score(), numbers(count, 3)
        return [_tried(score.of, given, np.asarray(y)[:count]) for given in (
            x, x.astype("f"), x[:, ::2], x * np.nan, list(x), x[:4], x[:, :0], x[:, 0],
            x.astype(int)) for y in TARGETS.values()]
    assert_same_beside(CODE["accuracy_of_outputs"], program, adopted=["Score"])


@pytest.mark.parametrize("name, method, does, shape", [
    ("accuracy_of_outputs.Score", "of", "together.accuracy_by_rows", (50, 3)),
    ("sigmoid_and_loss_of_one_output.Head", "score", "targets.sigmoid_mean_kept", (50, 1))])
def test_of_what_the_others_are_not_driven_with_it_is_ours(name, method, does, shape):
    """Labels are no outputs, and of three outputs theirs runs."""
    file, _, kind = name.partition(".")
    module, called = load(CODE[file]), []
    adopt(module)
    where, function = does.split(".")
    code = getattr({"together": together, "targets": targets}[where], function).__code__

    def see(frame, event, _):
        called.append(event == "call" and frame.f_code is code)
    sys.setprofile(see)
    try:
        getattr(getattr(module, kind)(), method)(numbers(*shape), np.arange(50) % 2)
    finally:
        sys.setprofile(None)
    assert any(called)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_column_of_labels(dtype):
    """What is kept of an array of floats is that array, looked at as a column."""
    def program(module):
        head, found = module.Head(), []
        x = numbers(5, 1).astype(dtype)
        for y in (LABELS > 0, (LABELS > 0) * 1, (LABELS > 0) * 1.0, ((LABELS > 0) * 1.0)[:, None],
                  ((LABELS > 0) * 1.0)[:, None].astype("f"), LABELS * 0.3, LABELS[:4], [0, 1] * 3,
                  np.full((5, 1), np.nan), np.full((5, 1), 0.5), LABELS, np.ones((5, 2))):
            for given in (x, x * 1e3, x * np.nan, numbers(5, 2).astype(dtype), x[:0], x[::-1]):
                found.append(_tried(head.score, given, y))
                found.append(_tried(head.slope))
                if isinstance(y, np.ndarray) and y.size and hasattr(head, "labels"):
                    kept = y[0].copy()
                    y[0] = 1
                    found.append(head.labels.copy())
                    y[0] = kept
        return found, head
    assert_same_beside(CODE["sigmoid_and_loss_of_one_output"], program, adopted=["Head"])


def test_rows_of_nothing():
    def program(module):
        softmax, found = module.Softmax(), []
        for x in numbers(0, 3), numbers(3, 0), numbers(1, 1), numbers(5, 3)[:, ::2]:
            found.append(_tried(softmax.forward, x))
            found.append(_tried(softmax.backward, x))
        return found, softmax
    assert_same_beside(CODE["softmax_in_rows"], program, adopted=["Softmax"])


def test_parts_that_are_given():
    """`activation or Activation_Softmax()`: of another nothing is known."""
    class Other:
        def forward(self, x):
            return np.full(x.shape, 0.25)

    def program(module):
        kind = module.Activation_Softmax_Loss_CategoricalCrossentropy
        both, found = [kind(Other()), kind(None, lambda p, y: 42), kind()], []
        both[2].softmax.forward = lambda x: 3 * x
        for one in [*both, kind()]:
            found.append(_tried(one, numbers(5, 3), LABELS))
        module.Loss_CCE.__call__ = lambda self, p, y: "other"
        found.append(_tried(kind(), numbers(5, 3), LABELS))
        return found
    assert_same_beside(CODE["combined_called"], program, adopted=[
        "Activation_Softmax_Loss_CategoricalCrossentropy"])


def test_the_list_of_means_grows_as_it_did():
    def program(module):
        loss = module.CrossEntropy()
        kept = loss.history
        found = [loss.calculate(_shares(), y) for y in (LABELS, np.eye(3)[LABELS])]
        return found, loss.history is kept, kept, [type(one) for one in found]
    assert_same_beside(CODE["history_and_match"], program, adopted=["CrossEntropy"])

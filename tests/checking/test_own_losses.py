"""Losses that the book has not and that are not 0 at their targets: their gradient's mistakes."""

import pytest
from test_own_slopes import checked

LOSSES = {
    "hinge": ("np.maximum(0, 1 - y_true * y_pred)", "np.where(y_true * y_pred < 1, -y_true, 0)"),
    "squared hinge": ("np.maximum(0, 1 - y_true * y_pred) ** 2",
                      "-2 * y_true * np.maximum(0, 1 - y_true * y_pred)"),
    "Poisson": ("y_pred - y_true * np.log(y_pred + 1e-7)", "1 - y_true / (y_pred + 1e-7)"),
    "KL": ("np.clip(y_true, 1e-7, 1) * np.log(np.clip(y_true, 1e-7, 1) / np.clip(y_pred, 1e-7, 1))",
           "-np.clip(y_true, 1e-7, 1) / y_pred")}
MISTAKES = {"wrong sign": "-({}) / y_pred.size",
            "missing mean over outputs": "({}) / len(y_pred)",
            "missing mean over outputs and samples": "{}",
            "factor of 2 too much": "2 * ({}) / y_pred.size"}


def written(loss, gradient, mean="np.mean({}, axis=-1)"):
    value, slope = LOSSES[loss]
    return (f"    def forward(self, y_pred, y_true):\n        return {mean.format(value)}\n"
            "    def backward(self, y_pred, y_true):\n"
            f"        self.dinputs = {gradient.format(slope)}\n")


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_gradient_is_named(tmp_path, capsys, loss, mistake):
    one = checked(tmp_path, capsys, written(loss, MISTAKES[mistake], "np.mean({})"))
    assert (one["verdict"], one["role"]) == ("differs", "loss of its own")
    (row,) = one["differences"]
    assert (row["method"], row["mistake"]) == ("backward", mistake)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("mean, gradient", [
    ("np.mean({})", "({}) / y_pred.size"), ("np.mean({}, axis=-1)", "({}) / y_pred.size"),
    ("np.sum({}, axis=1)", "({}) / len(y_pred)"), ("np.sum({}, axis=1)", "{}"),
    ("np.sum({})", "{}"), ("np.sum({}) / len(y_pred)", "({}) / len(y_pred)")])
def test_a_right_one_is_not_accused(tmp_path, capsys, loss, mean, gradient):
    one = checked(tmp_path, capsys, written(loss, gradient, mean))
    assert one["verdict"] in ("right", "not recognised") and one["differences"] == []


def test_what_is_to_be_large_has_the_other_sign(tmp_path, capsys):
    """A likelihood, and its logarithm: their gradient is that of what is to be small."""
    for value, slope in (("y_pred * y_true", "-y_true"),
                         ("y_true * np.log(y_pred + 1)", "-y_true / (y_pred + 1)")):
        one = checked(tmp_path, capsys, f"""
    def forward(self, y_pred, y_true):
        return np.mean({value})
    def backward(self, y_pred, y_true):
        return ({slope}) / y_pred.size
""")
        assert one["verdict"] == "not recognised" and one["differences"] == []

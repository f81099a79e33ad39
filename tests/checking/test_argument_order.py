"""Which argument of a loss is the predictions: where its value does not tell, its names do."""

import numpy as np
import pytest

import fastnn


class Uphill:
    """The mean squared error without the minus of its slope."""

    def forward(self, y_pred, y_true):
        return np.mean((y_true - y_pred) ** 2, axis=-1)

    def backward(self, dvalues, y_true):
        self.dinputs = 2 * (y_true - dvalues) / dvalues.size


def test_a_wrong_sign_is_not_taken_for_swapped_arguments():
    (row,) = fastnn.check(Uphill)["Uphill"]["differences"]
    assert (row["method"], row["mistake"]) == ("backward", "wrong sign")


class TargetsFirst:
    def forward(self, targets, outputs):
        return np.mean((targets - outputs) ** 2, axis=-1)

    def backward(self, targets, outputs):
        self.dinputs = -2 * (targets - outputs) / outputs.size


class TargetsKept:
    def forward(self, target, output):
        self.difference = target - output
        return np.mean(self.difference ** 2, axis=-1)

    def backward(self):
        return -2 * self.difference / self.difference.size


def test_targets_may_come_first():
    for kind in TargetsFirst, TargetsKept:
        one = fastnn.check(kind)[kind.__name__]
        assert (one["verdict"], one["role"]) == ("right", "mean squared error")
        assert one["remarks"] == []


class Unnamed:
    def forward(self, a, b):
        return np.mean((a - b) ** 2, axis=-1)

    def backward(self, a, b):
        self.dinputs = 2 * (b - a) / a.size


def test_where_names_say_nothing_it_is_as_in_the_book_and_told():
    one = fastnn.check(Unnamed)["Unnamed"]
    (row,) = one["differences"]
    assert row["mistake"] == "wrong sign"
    (remark,) = one["remarks"]
    assert remark.startswith("the names of backward's arguments do not say which is the prediction")


class Told:
    """Its forward's names say which comes first, and its backward's do not."""

    def forward(self, y_true, y_pred):
        return np.mean((y_true - y_pred) ** 2, axis=-1)

    def backward(self, a, b):
        self.dinputs = 2 * (b - a) / a.size


def test_one_method_may_tell_of_another():
    one = fastnn.check(Told)["Told"]
    assert (one["verdict"], one["remarks"]) == ("right", [])


SHORT = [("p", "y"), ("a", "y"), ("o", "t"), ("y", "t"), ("x", "y"), ("p", "t"), ("y", "y_true"),
         ("out", "y"), ("Z", "Y")]


@pytest.mark.parametrize("one, two", SHORT)
@pytest.mark.parametrize("value", ["({0} - {1}) ** 2", "np.log(np.cosh({0} - {1}))"])
def test_short_names_say_it_too(tmp_path, one, two, value):
    slope = "2 * ({0} - {1})" if "**" in value else "np.tanh({0} - {1})"
    for predictions, targets, verdict in ((one, two, "right"), (two, one, "differs")):
        for first, second in (one, two), (two, one):
            path = tmp_path / "program.py"
            path.write_text(f"""import numpy as np
class Mine:
    def forward(self, {first}, {second}):
        return np.mean({value.format(one, two)})
    def backward(self, {first}, {second}):
        return {slope.format(predictions, targets)} / {one}.size
""")
            (found,) = fastnn.check(path).classes
            assert (found["verdict"], found["remarks"][1:]) == (verdict, [])
            assert [row["mistake"] for row in found["differences"]] == (
                ["wrong sign"] if verdict == "differs" else [])

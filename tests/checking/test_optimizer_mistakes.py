"""Optimizers with one mistake each, as people make them: found, and named."""

import json

import pytest

from fastnn.checking import command

SIDES = """        for p, g, m, c in (("weights", "dweights", "wm", "wc"),
                           ("biases", "dbiases", "bm", "bc")):
            P, G = getattr(layer, p), getattr(layer, g)
            M, C = getattr(layer, m, np.zeros_like(P)), getattr(layer, c, np.zeros_like(P))
"""
HEAD = """import numpy as np
class Optimizer_NAME:
    def __init__(self, learning_rate=1.0, decay=0.0, ARGUMENTS):
        self.learning_rate = self.current_learning_rate = learning_rate
        self.decay, self.iterations = decay, 0
        KEPT
    def pre_update_params(self):
        if self.decay:
            self.current_learning_rate = self.learning_rate * (
                1.0 / (1.0 + self.decay * self.iterations))
    def update_params(self, layer):
        rate = self.current_learning_rate
""" + SIDES + """            STEP
            P += U
            setattr(layer, m, M)
            setattr(layer, c, C)
    def post_update_params(self):
        self.iterations += 1
"""


def optimizer(name, arguments, step):
    names = [one.partition("=")[0] for one in arguments.split(", ")]
    kept = f"{', '.join('self.' + one for one in names)} = {', '.join(names)}"
    lines = "\n            ".join(step.split("; "))
    return HEAD.replace("NAME", name).replace("ARGUMENTS", arguments).replace(
        "KEPT", kept).replace("STEP", lines)


SCALED = "U = -rate * G / (np.sqrt(C) + self.epsilon)"
BOOK = {
    "SGD": optimizer("SGD", "momentum=0.9", "M = self.momentum * M - rate * G; U = M"),
    "Adagrad": optimizer("Adagrad", "epsilon=1e-7", f"C = C + G ** 2; {SCALED}"),
    "RMSprop": optimizer("RMSprop", "epsilon=1e-7, rho=0.9",
                         f"C = self.rho * C + (1 - self.rho) * G ** 2; {SCALED}"),
    "Adam": optimizer(
        "Adam", "epsilon=1e-7, beta_1=0.9, beta_2=0.999",
        "t = self.iterations; M = self.beta_1 * M + (1 - self.beta_1) * G; "
        "C = self.beta_2 * C + (1 - self.beta_2) * G ** 2; "
        "N = M / (1 - self.beta_1 ** (t + 1)); D = C / (1 - self.beta_2 ** (t + 1)); "
        "U = -rate * N / (np.sqrt(D) + self.epsilon)")}
RATE = "self.learning_rate * (\n                1.0 / (1.0 + self.decay * self.iterations))"
# of all four: what is changed into what, and its name
EVERY = [
    ("P += U", "P -= U", "wrong sign"),
    ("P += U", "P[...] = U", "parameters replaced"),
    ("= self.learning_rate * (", "= self.current_learning_rate * (", "decay of what has decayed"),
    ("rate = self.current_learning_rate\n", "rate = self.learning_rate\n",
     "decayed rate not used"),
    (RATE, "self.learning_rate * (1.0 / 1.0 + self.decay * self.iterations)",
     "decay without parentheses"),
    (RATE, "self.learning_rate * 1.0 / 1.0 + self.decay * self.iterations", "decay added"),
    (RATE, "self.learning_rate * self.decay ** self.iterations", "decay as a power"),
    (RATE, "self.learning_rate * (1 - self.decay * self.iterations)", "decay subtracted")]
CACHED = [
    ("G ** 2", "G", "square forgotten"), ("G ** 2", "G * 2", "doubled where squared"),
    (") + self.epsilon)", " + self.epsilon))", "epsilon within the root"),
    (" + self.epsilon)", ")", "epsilon forgotten")]
OWN = {
    "SGD": [("M = self.momentum", "M = -self.momentum", "wrong sign of momentum"),
            ("- rate * G", "- (1 - self.momentum) * rate * G", "running mean")],
    "Adagrad": [*CACHED, ("/ (np.sqrt(C)", "* (np.sqrt(C)", "root multiplied"),
                ("np.sqrt(C)", "C", "root forgotten")],
    "RMSprop": [*CACHED, ("C = self.rho * C", "C = C", "rho forgotten"),
                ("(1 - self.rho) * G", "G", "1 - rho forgotten"),
                ("self.rho * C + (1 - self.rho)", "(1 - self.rho) * C + self.rho",
                 "rho and 1 - rho swapped")],
    "Adam": [*CACHED,
             ("(t + 1)", "t", "bias correction with the wrong iteration"),
             ("(t + 1)", "(t + 2)", "bias correction one iteration late"),
             ("** (t + 1)", "* (t + 1)", "product for power"),
             ("self.iterations = decay, 0", "self.iterations = decay, 1",
              "iterations begin at 1"),
             ("-rate * N", "-rate * G", "gradient for the momentum"),
             ("G ** 2", "M ** 2", "square of the momentum"),
             ("C = self.beta_2 * C + (1 - self.beta_2)", "C = self.beta_1 * C + (1 - self.beta_1)",
              "beta_1 for the cache"),
             ("M = self.beta_1 * M + (1 - self.beta_1)", "M = self.beta_2 * M + (1 - self.beta_2)",
              "beta_2 for the momentum"),
             ("C / (1 - self.beta_2", "C / (1 - self.beta_1", "beta_1 in the cache's correction"),
             ("M / (1 - self.beta_1", "M / (1 - self.beta_2",
              "beta_2 in the momentum's correction"),
             ("beta_1=0.9, beta_2=0.999", "beta_1=0.999, beta_2=0.9", "arguments swapped"),
             ("self.beta_1, self.beta_2 = ", "self.beta_2, self.beta_1 = ", "arguments swapped")]}
CASES = [(name, *change) for name, rows in OWN.items() for change in [*EVERY, *rows]]


def checked(tmp_path, capsys, text):
    path = tmp_path / "program.py"
    path.write_text(text)
    status = command.main([str(path), "--json"])
    report = json.loads(capsys.readouterr().out)
    assert status == (0 if report["right"] else 1)
    return report["classes"][0]


@pytest.mark.parametrize("name", BOOK)
def test_without_a_mistake_each_is_right(tmp_path, capsys, name):
    one = checked(tmp_path, capsys, BOOK[name])
    assert (one["verdict"], one["role"], one["remarks"]) == ("right", f"optimizer {name}", [])


@pytest.mark.parametrize(("name", "old", "new", "mistake"), CASES,
                         ids=[f"{one[0]} {one[3]} {one[2][:9]}" for one in CASES])
def test_a_mistake_is_named(tmp_path, capsys, name, old, new, mistake):
    assert old in BOOK[name]
    one = checked(tmp_path, capsys, BOOK[name].replace(old, new))
    assert (one["verdict"], one["role"]) == ("differs", f"optimizer {name}")
    assert {row["mistake"] for row in one["differences"] if row["mistake"] != "argument not used"
            } == {mistake}
    assert all(row["sentence"] for row in one["differences"])


@pytest.mark.parametrize(("old", "new", "sentence"), [
    ("beta_1=0.9, beta_2=0.999", "beta_1=0.999, beta_2=0.9",
     "the default of beta_1 is 0.999, and that of beta_2 0.9; the book's beta_1 is 0.9, and beta_2 "
     "0.999: the two defaults are exchanged"),
    ("self.beta_1, self.beta_2 = ", "self.beta_2, self.beta_1 = ",
     "beta_2 is used where beta_1 should be, and beta_1 where beta_2 should be: they are "
     "exchanged")])
def test_of_two_that_are_exchanged_is_said_which_is_which(tmp_path, capsys, old, new, sentence):
    one = checked(tmp_path, capsys, BOOK["Adam"].replace(old, new))
    (row,) = one["differences"]
    assert (row["method"], row["attribute"], row["sentence"]) == (
        "__init__", "beta_1 and beta_2", sentence)
    command.main([str(tmp_path / "program.py")])
    assert "__init__: beta_1 and beta_2 are not as they should be\n" in capsys.readouterr().out


def test_momentum_and_decay_are_told_by_their_names(tmp_path, capsys):
    text = BOOK["SGD"].replace("self.decay, self.iterations = decay, 0",
                               "self.decay, self.iterations = momentum, 0").replace(
        "self.momentum = momentum", "self.momentum = decay")
    (row,) = checked(tmp_path, capsys, text)["differences"]
    assert row["mistake"] == "arguments swapped" and row["attribute"] == "decay and momentum"


def test_what_is_wrong_without_momentum_alone_is_found(tmp_path, capsys):
    text = BOOK["SGD"].replace("            P += U", "            if not self.momentum:\n"
                               "                U = rate * G\n            P += U")
    (row,) = checked(tmp_path, capsys, text)["differences"]
    assert row["case"] == "momentum = 0, step 1, layer 1" and row["attribute"] == "weights"
    assert row["element"] == [0, 0] and "not without" in row["sentence"]


@pytest.mark.parametrize(("added", "beside"), [
    ("G = G + self.weight_decay * P if p == 'weights' else G", ""),
    ("G = G + self.weight_decay * P", ""),
    ("", "P -= rate * self.weight_decay * P")])
def test_weight_decay_is_no_mistake(tmp_path, capsys, added, beside):
    text = optimizer("SGD", "momentum=0.9, weight_decay=0.01",
                     f"{added or 'pass'}; M = self.momentum * M - rate * G; U = M; "
                     f"{beside or 'pass'}")
    one = checked(tmp_path, capsys, text)
    assert (one["verdict"], one["role"]) == ("right", "optimizer SGD")
    assert one["remarks"][0].startswith("weight_decay times the ")


DECOUPLED = "decoupled weight decay, which is AdamW's"
ADAM = ("t = self.iterations; M = self.beta_1 * M + (1 - self.beta_1) * G; "
        "C = self.beta_2 * C + (1 - self.beta_2) * G ** 2; "
        "N = M / (1 - self.beta_1 ** (t + 1)); D = C / (1 - self.beta_2 ** (t + 1)); "
        "U = -rate * N / (np.sqrt(D) + self.epsilon)")


def adam(arguments, added="pass", beside="pass", name="Adam"):
    """The book's Adam with something more in the gradient G, or beside the step of P."""
    return optimizer(name, "epsilon=1e-7, beta_1=0.9, beta_2=0.999" + arguments,
                     f"{added}; {ADAM}; {beside}")


@pytest.mark.parametrize(("arguments", "beside", "said"), [
    (", weight_decay=0.01", "P -= rate * self.weight_decay * P", "weight_decay times the rate"),
    (", wd=0.01", "P -= rate * self.wd * P", "wd times the rate"),
    (", wd=0.01", "P -= self.wd * P if p == 'weights' else 0", "wd is taken off the weights"),
    ("", "P -= rate * 0.01 * P", "0.01 times the rate"),
    ("", "P *= 1 - rate * 0.05", "0.05 times the rate")])
@pytest.mark.parametrize("name", ["Adam", "AdamW"])
def test_a_right_adamw_is_said_to_be_one(tmp_path, capsys, arguments, beside, said, name):
    one = checked(tmp_path, capsys, adam(arguments, beside=beside, name=name))
    assert (one["verdict"], one["role"]) == ("right", "optimizer Adam")
    (remark,) = one["remarks"]
    assert remark.startswith(said) and DECOUPLED in remark


def test_an_adamw_whose_decay_goes_into_the_gradients_is_none(tmp_path, capsys):
    added = "G = G + self.wd * P"
    (row,) = checked(tmp_path, capsys, adam(", wd=0.01", added, name="AdamW"))["differences"]
    assert row["mistake"] == "weight decay not decoupled"
    one = checked(tmp_path, capsys, adam(", wd=0.01", added))
    assert one["verdict"] == "right" and DECOUPLED not in one["remarks"][0]


def test_a_decay_of_the_wrong_sign_is_no_adamw(tmp_path, capsys):
    assert checked(tmp_path, capsys, adam("", beside="P += rate * 0.01 * P"))[
        "verdict"] == "differs"

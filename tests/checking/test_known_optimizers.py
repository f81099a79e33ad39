"""Optimizers that the book has not: named, and right; with a mistake: named, and wrong."""

import pytest
from test_optimizer_mistakes import BOOK, SIDES, checked, optimizer

ARGS = "beta_1=0.9, beta_2=0.99, epsilon=1e-8"
T = "t = self.iterations + 1; "
MEANS = (T + "M = self.beta_1 * M + (1 - self.beta_1) * G; "
         "C = self.beta_2 * C + (1 - self.beta_2) * G ** 2; ")
MEAN, SQUARES = "M / (1 - self.beta_1 ** t)", "C / (1 - self.beta_2 ** t)"
NESTEROV = "M = self.momentum * M - rate * G; U = self.momentum * M - rate * G"
NADAM = MEANS + (f"A = self.beta_1 * {MEAN} + (1 - self.beta_1) * G / (1 - self.beta_1 ** t); "
                 f"U = -rate * A / (np.sqrt({SQUARES}) + self.epsilon)")
BELIEF = MEANS.replace("G ** 2", "(G - M) ** 2") + (
    f"U = -rate * {MEAN} / (np.sqrt({SQUARES}) + self.epsilon)")
LION = ("U = -rate * np.sign(self.beta_1 * M + (1 - self.beta_1) * G); "
        "M = self.beta_2 * M + (1 - self.beta_2) * G")
RIGHT = {
    "Nesterov": ("momentum=0.9", NESTEROV, "Nesterov's momentum, with the rate in it"),
    "NAG": ("mu=0.9", "V = M; M = self.mu * M - rate * G; U = -self.mu * V + (1 + self.mu) * M",
            "Nesterov's momentum, with the rate in it"),
    "Nadam": (ARGS, NADAM, "Nadam, with the mean of now"),
    "AdaBelief": (ARGS, BELIEF, "AdaBelief"),
    "AdaBelief_Paper": (ARGS, BELIEF.replace(") ** 2;", ") ** 2 + self.epsilon;"),
                        "AdaBelief, with epsilon in what is kept"),
    "Lion": ("beta_1=0.9, beta_2=0.99", LION, "Lion"),
    "AdaMax": (ARGS, MEANS.replace("self.beta_2 * C + (1 - self.beta_2) * G ** 2",
                                   "np.maximum(self.beta_2 * C, np.abs(G))")
               + f"U = -rate * {MEAN} / (C + self.epsilon)", "AdaMax"),
    "Adadelta": ("rho=0.95, eps=1e-6", "C = self.rho * C + (1 - self.rho) * G ** 2; "
                 "S = np.sqrt(M + self.eps) / np.sqrt(C + self.eps) * G; "
                 "M = self.rho * M + (1 - self.rho) * S ** 2; U = -rate * S",
                 "AdaDelta with a rate"),
    "Signed": ("unused=0.5", "U = -rate * np.sign(G) * (self.unused > 0)", "signs"),
    "Clipped": ("limit=1.0", "U = -rate * np.clip(G, -self.limit, self.limit)",
                "SGD of clipped gradients")}
WRONG = [
    ("Nesterov", "- rate * G; U = self.momentum * M -", "- rate * G; U = self.momentum * M +",
     "wrong sign"),
    ("Nesterov", "U = self.momentum * M", "U = M", "momentum forgotten"),
    ("Nesterov", "U = self.momentum * M - rate * G", "U = M", "no look ahead"),
    ("Nadam", "(1 - self.beta_1) * G /", "G /", "1 - beta_1 forgotten"),
    ("Nadam", SQUARES, "C", "bias correction of cache forgotten"),
    ("Nadam", "np.sqrt(", "(", "root forgotten"),
    ("AdaBelief", "(1 - self.beta_2) * ", "", "1 - beta_2 forgotten"),
    ("AdaBelief", "U = -rate", "U = rate", "wrong sign"),
    ("Lion", "np.sign(", "(", "sign forgotten"), ("Lion", "U = -rate", "U = rate", "wrong sign"),
    ("AdaMax", "np.abs(G)", "G", "absolute value forgotten")]
PLAIN = BOOK["SGD"].replace("momentum=0.9", "warmup=10").replace("self.momentum = momentum",
                                                                "self.warmup = warmup")
STEP = "M = self.momentum * M - rate * G\n            U = M"
RATE = PLAIN[PLAIN.index("        if self.decay:"):PLAIN.index("    def update_params")]
GIVEN = "        self.current_learning_rate = self.learning_rate * "
SCHEDULES = {  # of t, and of the argument `warmup`
    "warm-up": "min(1.0, (self.iterations + 1) / self.warmup)",
    "five steps": "min(1.0, (self.iterations + 1) / 5)",
    "cosine": "0.5 * (1 + np.cos(np.pi * self.iterations / self.warmup))",
    "steps": "0.5 ** (self.iterations // self.warmup)",
    "exponential": "np.exp(-self.decay * self.iterations)"}


def scheduled(share, text):
    assert RATE in text
    return text.replace("class Optimizer_", "class ").replace(RATE, f"{GIVEN}{share}\n")


@pytest.mark.parametrize("name", RIGHT)
def test_one_that_the_book_has_not_is_named_and_right(tmp_path, capsys, name):
    arguments, step, known = RIGHT[name]
    one = checked(tmp_path, capsys, optimizer(name, arguments, step))
    assert (one["verdict"], one["role"], one["book"]) == ("right", f"optimizer {known}", "")
    assert one["remarks"][0].startswith(f"the book does not have it; it follows the formula of "
                                        f"{known}: ")


@pytest.mark.parametrize(("name", "old", "new", "mistake"), WRONG)
def test_a_mistake_in_one_is_named(tmp_path, capsys, name, old, new, mistake):
    arguments, step, _ = RIGHT[name]
    assert old in step
    one = checked(tmp_path, capsys, optimizer(name, arguments, step.replace(old, new)))
    (row,) = one["differences"]
    assert (one["verdict"], row["mistake"], row["method"]) == ("differs", mistake, "update_params")
    assert row["sentence"] and row["formula"]


@pytest.mark.parametrize("share", SCHEDULES)
def test_a_schedule_of_its_own_is_no_mistake(tmp_path, capsys, share):
    text = scheduled(SCHEDULES[share], PLAIN).replace(STEP, "U = -rate * G")
    one = checked(tmp_path, capsys, text)
    assert (one["verdict"], one["role"]) == ("right", "optimizer SGD"), one
    assert "of its own, which the book does not have: " in one["remarks"][0]


def test_a_warm_up_hides_no_mistake(tmp_path, capsys):
    share = SCHEDULES["five steps"]
    for old, new, mistake in (("M / (1 - self.beta_1 ** (t + 1))", "M",
                               "bias correction of momentum forgotten"),
                              ("P += U", "P -= U", "wrong sign")):
        one = checked(tmp_path, capsys, scheduled(share, BOOK["Adam"]).replace(old, new))
        assert one["verdict"] == "differs" and one["role"] == "optimizer Adam"
        assert {row["mistake"] for row in one["differences"]} == {mistake}


def test_a_rate_that_is_computed_and_not_used_stays_one(tmp_path, capsys):
    text = BOOK["Adam"].replace("rate = self.current_learning_rate\n",
                                "rate = self.learning_rate\n")
    (row,) = checked(tmp_path, capsys, text)["differences"]
    assert row["mistake"] == "decayed rate not used"


@pytest.mark.parametrize(("name", "arguments"), [
    ("RMSprop", "epsilon=1e-7, rho=0.9"), ("RMSprop", "epsilon=1e-7"),
    ("Mine", "epsilon=1e-7, rho=0.9")])
def test_an_rmsprop_with_adagrads_sum_is_told_so(tmp_path, capsys, name, arguments):
    text = optimizer(name, arguments, "C = C + G ** 2; "
                     "U = -rate * G / (np.sqrt(C) + self.epsilon)")
    one = checked(tmp_path, capsys, text)
    (row,) = one["differences"]
    assert (one["role"], row["mistake"]) == ("optimizer RMSprop", "rho forgotten")
    assert "which is Adagrad" in row["sentence"]


def test_a_running_mean_is_right_where_it_is_not_called_momentum(tmp_path, capsys):
    step = "M = self.{0} * M + (1 - self.{0}) * G; U = -rate * M"
    one = checked(tmp_path, capsys, optimizer("SGD", "beta=0.9", step.format("beta")))
    assert one["verdict"] == "right" and one["remarks"][0].startswith("it is a running mean")
    (row,) = checked(tmp_path, capsys, optimizer("SGD", "momentum=0.9", step.format("momentum")))[
        "differences"]
    assert row["mistake"] == "running mean"


def test_what_nobody_knows_is_not_judged_but_uphill(tmp_path, capsys):
    step = "U = -rate * G / (np.linalg.norm(G) + self.eps)"
    one = checked(tmp_path, capsys, optimizer("ByNorm", "eps=1e-8", step))
    assert one["verdict"] == "not recognised" and one["why"].endswith("not judged")
    (row,) = checked(tmp_path, capsys, optimizer("ByNorm", "eps=1e-8", step.replace("= -", "= ")))[
        "differences"]
    assert row["mistake"] == "wrong sign"
    assert SIDES in optimizer("ByNorm", "eps=1e-8", step)

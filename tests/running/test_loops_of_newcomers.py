"""Loops of programs in a spelling of their own are handed over, and leave what they would leave."""

import signal
from textwrap import indent

import numpy as np
import pytest
from adopted_ways import run_file, same_adopted
from both_ways import changed
from newcomers import BINARY, REGRESSION, SPIRAL
from programs import assert_same

from fastnn.running import loops
from fastnn.running.loops import plan, pure
from fastnn.running.loops.questions import question
from fastnn.running.loops.sites import SITES

PROGRAMS = {"spiral": SPIRAL, "regression": REGRESSION, "binary": BINARY}
TO_FLOAT32 = "X, y = X.astype('f'), y.astype('f')\nfor one in (d1, d2, d3):\n" \
    "    one.weights, one.biases = one.weights.astype('f'), one.biases.astype('f')\n"
TARGETS_GIVEN = (("        self.t = t\n", ""), ("head.backward()", "head.backward(y)"),
                 ("{head.t.sum()}", ""), ("backward(self):", "backward(self, t):"),
                 ("range(many), self.t]", "range(many), t]"))
OF_COUNT = ("    def step(self, layers):\n", "    count = 0\n    def step(self, layers):\n")
WITH_ALL = (("rule.step([a, c])", "rule.step([a, b, c, d])"), (
    "            if not hasattr(one, 'cw'):",
    "            if not hasattr(one, 'w'):\n                continue\n"
    "            if not hasattr(one, 'cw'):"))

HANDED_OVER = {
    **PROGRAMS,
    "with losses kept": changed(SPIRAL, ("for turn", "kept = []\nfor turn"), (
        "    if turn % 50", "    kept.append((turn, loss))\n    if turn % 50")),
    "targets given to what goes backward": changed(SPIRAL, *TARGETS_GIVEN),
    "one by one": changed(SPIRAL, (
        "    one.backward(ramp.backward(two.backward(head.backward())))\n",
        "    g = head.backward()\n    for layer in (two, ramp, one):\n"
        "        g = layer.backward(g)\n")),
    "what is given back, and not kept": changed(SPIRAL, (
        "        self.a = np.maximum(0, z)\n        return self.a",
        "        return np.maximum(0, z)")),
    "sharing what it has kept": changed(SPIRAL, ("ramp.forward(one.forward(X))",
                                                 "ramp.forward(one.forward(X)); h = ramp.a")),
    "reversed": changed(REGRESSION, ("in (d3, r2, d2, r1, d1)", "in reversed(net)"), (
        "in (d1, r1, d2, r2, d3)", "in net"), ("losses = []", "net = [d1, r1, d2, r2, d3]\n"
                                               "losses = []")),
    "of float32": changed(REGRESSION, ("losses = []\n", f"losses = []\n{TO_FLOAT32}")),
    "two outputs, no losses kept": changed(
        REGRESSION, ("Sheet(8, 1)", "Sheet(8, 2)"), ("y = np.cos(3 * X)",
                                                     "y = np.hstack([np.cos(3 * X), X * X])"),
        ("    losses.append(loss)\n", ""), ("losses[-1]", "loss")),
    "the absolute error": changed(
        REGRESSION, ("(truth - guess) ** 2", "np.abs(truth - guess)"),
        ("-2 * (truth - guess)", "np.sign(guess - truth)")),
    "the squared error by rows": changed(REGRESSION, (
        "np.mean((truth - guess) ** 2)", "np.mean(np.mean((truth - guess) ** 2, axis=-1))")),
    "the difference the other way": changed(REGRESSION, (
        "(truth - guess) ** 2", "(guess - truth) ** 2")),
    "squares of differences the other way": changed(REGRESSION, (
        "np.mean((truth - guess) ** 2)", "np.mean(np.mean(np.square(guess - truth), axis=-1))")),
    "the absolute error the other way, by a method": changed(
        REGRESSION, ("np.mean((truth - guess) ** 2)", "np.abs(guess - truth).mean()"),
        ("-2 * (truth - guess)", "np.sign(guess - truth)")),
    "the mean by a method": changed(REGRESSION, (
        "np.mean((truth - guess) ** 2)", "((truth - guess) ** 2).mean()")),
    "steps alone": changed(
        BINARY[:BINARY.index("            if not hasattr")] + BINARY[BINARY.index(
            "            one.w -="):], (" / (np.sqrt(one.cw) + self.tiny)", ""),
        (" / (np.sqrt(one.cb) + self.tiny)", ""), ("rate=0.004", "rate=0.3")),
    "accuracies kept": changed(SPIRAL, ("for turn", "kept = []\nfor turn"), (
        "    one.backward", "    kept.append(np.mean(np.argmax(head.shares, axis=1) == y))\n"
        "    one.backward")),
    "becomes infinite": changed(REGRESSION, ("Descent(0.02, 0.8)", "Descent(9.0, 0.8)")),
    "all at once": changed(BINARY, ("np.mean(np.mean(s, axis=-1))", "np.mean(s)"), (
        "    for turn", "    kept = []\n    for turn"), (
        "        cost.backward", "        kept.append(loss)\n        cost.backward"), (
        "return a, b", "print(kept)\n    return a, b")),
    "layers without weights too": changed(BINARY, *WITH_ALL),
    "a rate set before": changed(BINARY, ("        rule.step", (
        "        if turn % 90 == 89:\n            rule.rate *= 0.9\n        rule.step"))),
}
LEFT = {
    "what is given back is changed": changed(SPIRAL, (
        "    loss = head", "    h += 0.1\n    loss = head")),
    "what is given back is written into": changed(SPIRAL, (
        "    loss = head", "    np.add(h, 0.1, h)\n    loss = head")),
    "what is kept is written into": changed(SPIRAL, (
        "    loss = head", "    np.max(one.a, 0, one.c[0]); np.round(h, 2, h)\n    loss = head")),
    "what goes backward is changed": changed(SPIRAL, (
        "    one.backward(ramp.backward(two.backward(head.backward())))\n",
        "    g = two.backward(head.backward())\n    g *= 0.5\n    one.backward(ramp.backward(g))\n"
        )),
    "other targets are kept": changed(SPIRAL, (
        "    one.backward", "    head.t = y[::-1]\n    one.backward")),
    "one forward is behind another": changed(SPIRAL, (
        "    one.backward", "    head.forward(two.a, y[::-1].copy())\n    one.backward")),
    "targets of the turn before": changed(SPIRAL, (
        "    loss = head.forward(two.forward(h), y)\n", "    two.forward(h)\n"), (
        "for turn", "head.forward(two.forward(ramp.forward(one.forward(X))), y)\nloss = 0\n"
        "for turn")),
    "goes backward twice": changed(SPIRAL, (
        "    rule.before()", "    two.backward(head.backward())\n    rule.before()")),
    "a column of labels": changed(SPIRAL, (
        "one, ramp, two", "y = y.reshape(-1, 1)\none, ramp, two")),
    "two outputs, and losses kept": changed(
        REGRESSION, ("Sheet(8, 1)", "Sheet(8, 2)"), ("y = np.cos(3 * X)",
                                                     "y = np.hstack([np.cos(3 * X), X * X])")),
    "targets without columns": changed(REGRESSION, (
        "losses = []\n", "losses = []\ny = y.reshape(-1)\n")),
    "another slope": changed(REGRESSION, ("-2 * (truth", "-1 * (truth")),
    "an order of its own": changed(REGRESSION, ("guess.shape[1] / many", "many / 3")),
    "two steps": changed(BINARY, ("rule.step([a, c])", "rule.step([a, c]); rule.step([a, c])")),
    "of one layer": changed(BINARY, ("rule.step([a, c])", "rule.step([a])")),
    "of one layer twice": changed(BINARY, ("rule.step([a, c])", "rule.step([a, a])")),
    "too early": changed(BINARY, ("        rule.step([a, c])\n", ""), (
        "        cost.backward", "        if turn:\n            rule.step([a, c])\n"
        "        cost.backward")),
    "a round that counts": changed(BINARY, OF_COUNT, (
        "        for one in layers:", "        self.count += 1\n        for one in layers:")),
    "a round that prints": changed(BINARY, OF_COUNT, (
        "        for one in layers:", "        print(end='')\n        for one in layers:")),
    "a rate of its own": changed(BINARY, (
        "        for one in lay", "        rate = self.rate * 0.5\n        for one in lay"), (
        "one.w -= self.rate", "one.w -= rate")),
}


@pytest.mark.parametrize("name", HANDED_OVER)
def test_it_is_handed_over(name, tmp_path):
    assert same_adopted(HANDED_OVER[name], tmp_path) > 200, loops.report()


@pytest.mark.parametrize("name", LEFT)
def test_what_does_something_else_runs_as_it_is(name, tmp_path):
    def ran(adopted):
        try:
            return run_file(LEFT[name], tmp_path / "program.py", adopted)
        except Exception as error:  # what came is compared
            return type(error), str(error)
    plain, adopted = ran(False), ran(True)
    assert sum(site.trained for site in SITES.values()) == 0
    if isinstance(plain, tuple) and not hasattr(plain, "lines"):
        assert plain == adopted
    else:
        assert adopted.lines == plain.lines
        assert_same(adopted.left, plain.left)


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_exception_midway_comes_in_its_turn(name, tmp_path):
    last = {"spiral": "rule.after()", "regression": "rule.update(layer)",
            "binary": "rule.step([a, c])"}[name]
    deep = "        " if name == "binary" else "    "
    source = changed(PROGRAMS[name], (last, f"{last}\n{deep}if turn == 277:\n"
                                            f"{deep}    raise ZeroDivisionError(turn)"))
    before, where, rest = source.partition("    for turn" if name == "binary" else "for turn")
    if name == "binary":
        loop, end, rest = rest.partition("    print('done'")
    else:
        loop, end, rest = rest, "", ""
    space = "    " if name == "binary" else ""
    source = (f"{before}{space}try:\n{indent(where + loop, '    ')}{space}except ZeroDivisionError "
              f"as error:\n{space}    print('raised', error)\n{end}{rest}")
    assert same_adopted(source, tmp_path) > 200, loops.report()


@pytest.mark.parametrize("name", ["spiral", "regression"])
def test_ctrl_c_leaves_whole_turns(name, tmp_path, monkeypatch):
    train = plan.Plan.train

    def interrupted(self, *given):
        made = train(self, *given)
        if not came and made > 20:
            came.append(made)
            signal.raise_signal(signal.SIGINT)
        return made

    came: list[int] = []
    monkeypatch.setattr(plan.Plan, "train", interrupted)
    before, where, loop = PROGRAMS[name].partition("for turn")
    source = (f"{before}try:\n{indent(where + loop, '    ')}except KeyboardInterrupt:\n"
              "    stopped = turn\n")
    left = run_file(source, tmp_path / "program.py", True).left
    stopped = int(left.pop("stopped"))
    assert came and 20 < stopped < 300
    shorter = changed(PROGRAMS[name], ("range(301)", f"range({stopped + 1})"))
    plain = run_file(shorter, tmp_path / "program.py", False).left
    assert_same(left, plain)


def test_where_functions_write():
    assert [pure.before_out(name) for name in ("add", "exp", "clip", "mean", "round", "copy")] == [
        2, 1, 3, 3, 2, 99]

    class Penalty:
        def computes(self, layer):
            return np.multiply(layer.weights, 2)

        def writes(self, layer):
            return np.multiply(layer.weights, 2, layer.weights)
    assert question(Penalty, "computes") and question(Penalty, "writes") is None


def test_the_mean_of_a_column_is_the_mean_of_its_rows():
    """To the bit, however long: else losses kept would be others."""
    rng = np.random.default_rng(3)
    for dtype in (np.float32, np.float64):
        for count in (1, 7, 8, 9, 127, 128, 129, 1000, 8191, 8192, 8193, 20_001):
            column = (rng.standard_normal((count, 1)) ** 2).astype(dtype)
            for one in (column, np.asfortranarray(column)):
                rows = np.mean(one, axis=-1)
                assert np.mean(one).tobytes() == np.mean(rows).tobytes()

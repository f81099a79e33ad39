"""Dropout by uniform numbers, in the ways that people write it, beside itself; and what is not it.
"""

import itertools
import zlib

import numpy as np
import pytest
from beside import HEAD, numbers
from driven import differences_of
from programs_of_classes import load
from twins import twins_of

import fastnn
from fastnn import registry

DRAWS = ["np.random.rand(*x.shape)", "np.random.rand(x.shape[0], x.shape[1])",
         "np.random.random(x.shape)", "np.random.random_sample(size=x.shape)",
         "np.random.uniform(0, 1, x.shape)", "np.random.uniform(0.0, 1.0, size=x.shape)",
         "np.random.uniform(size=x.shape)", "np.random.rand(len(x), x.shape[1])"]
# (what is kept of the draws, the share that is kept, whether the object has that share)
KEPT = [("{} < self.r", "self.r", True), ("{} <= self.r", "self.r", True),
        ("self.r > {}", "self.r", True), ("{} > 1 - self.r", "self.r", True),
        ("{} >= 1 - self.r", "self.r", True), ("{} < 1 - self.r", "(1 - self.r)", False),
        ("{} <= 1.0 - self.r", "(1 - self.r)", False), ("{} > self.r", "(1 - self.r)", False),
        ("{} >= self.r", "(1.0 - self.r)", False), ("self.r < {}", "(1 - self.r)", False)]
MASKS = ["({}) / {}", "{}", "({}).astype(x.dtype)", "({}).astype(float)"]
OTHERWISE = {"copy": "y = x.copy()", "same": "y = x", "ones": "self.mask = np.ones_like(x)",
             "always": ""}


def written(draw, kept, mask, otherwise, switch="training", returns=False):
    """A class that drops in these words."""
    condition, share, has_share = kept
    scale = "" if mask.startswith("({}) /") else f" / {share}"
    if otherwise == "ones" and scale:
        otherwise = "same"
    mask = mask.format(condition.format(draw), share)
    given = {"training": ", training=True"}.get(switch, "") if otherwise != "always" else ""
    put = "return y" if returns else "self.out = y"
    lines = [f"self.mask = {mask}", f"y = x * self.mask{scale}"]
    if otherwise == "ones":
        body = [f"if {switch}:", "    " + lines[0], "else:", "    " + OTHERWISE["ones"], lines[1]]
    elif otherwise == "always":
        body = lines
    else:
        body = [f"if {switch}:", *("    " + one for one in lines), "else:",
                "    " + OTHERWISE[otherwise]]
    return HEAD + (
        "class Drop:\n    def __init__(self, rate=0.4):\n"
        f"        self.r = {'1 - rate' if has_share else 'rate'}\n        self.training = True\n"
        f"    def forward(self, x{given}):\n"
        + "".join(f"        {one}\n" for one in [*body, put])
        + f"    def backward(self, d):\n        self.dx = d * self.mask{scale}\n")


def ways():
    """Each kind of draw, comparison, mask and switch with a few of the others."""
    for number, (kept, mask, otherwise) in enumerate(itertools.product(KEPT, MASKS, OTHERWISE)):
        draw = DRAWS[number % len(DRAWS)]
        yield pytest.param(draw, kept, mask, otherwise,
                           ("training", "self.training")[number // 3 % 2], number % 4 == 1,
                           id=f"{kept[0].format('u')}; {mask.format('.', '.')}; {otherwise}")


@pytest.mark.parametrize(("draw", "kept", "mask", "otherwise", "switch", "returns"), [*ways()])
def test_a_class_beside_itself(draw, kept, mask, otherwise, switch, returns):
    code = written(draw, kept, mask, otherwise, switch, returns)
    (pair,), report = twins_of(code)
    assert "forward" in report.adopted["Drop"], code
    first = zlib.crc32(code.encode())
    said = differences_of(pair, 61, first % 61)
    assert not said, (code, said)


@pytest.mark.parametrize("rate", [0, 0.0, 0.1, 0.25, 0.5, 0.999, 2**-60, 1 - 2**-53, 1, -0.5, 2])
@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept[0])
@pytest.mark.parametrize("mask", MASKS)
def test_shares_of_all_kinds(rate, kept, mask):
    code = written(DRAWS[0], kept, mask, "copy")
    one, other = load(code).Drop(rate), load(code).Drop(rate)
    adoption = fastnn.adopt(type(other))
    for dtype in (np.float64, np.float32):
        x = numbers(40, 31).astype(dtype)
        x[::5, ::3] = -0.0
        found = []
        for drop in (one, other):
            np.random.seed(3)
            with np.errstate(all="ignore"):
                drop.forward(x)
                drop.backward(x)
            found.append([drop.out, drop.mask, drop.dx, np.random.random(3)])
        for first, second in zip(*found):
            assert first.dtype == second.dtype and first.tobytes() == second.tobytes()
    adoption.undo()


@pytest.mark.parametrize("share", [5e-324, 5e-309, 2.0**-1022])
def test_a_share_whose_inverse_is_too_large(share):
    """0 / share is 0, and 0 * (1 / share) no number."""
    kind = load(written(DRAWS[0], KEPT[0], MASKS[0], "copy")).Drop
    one, other, adoption = kind(), fastnn.Layer_Dropout(0.5), fastnn.adopt(kind)
    one.r = other.rate = share
    with np.errstate(all="ignore"):
        for drop in (one, one, other):  # the first time theirs has no mask yet
            drop.forward(numbers(4, 3))
    for mask in (one.mask, other.binary_mask):
        assert not mask.any()
    adoption.undo()


def test_it_is_ours_that_runs():
    code = written(DRAWS[0], KEPT[0], MASKS[0], "copy")
    kind = load(code).Drop
    adoption = fastnn.adopt(kind)
    assert adoption.adopted == {"Drop": "Layer_Dropout_Uniform: forward, backward"}
    assert registry.lender(kind) is not None  # runs have it, too
    drop, asked = kind(0.3), []
    drop.forward(numbers(5, 4))
    plain = np.random.rand
    try:  # whoever replaces it has theirs run
        np.random.rand = lambda *shape: asked.append(shape) or plain(*shape)
        drop.forward(numbers(5, 4))
    finally:
        np.random.rand = plain
    assert asked == [(5, 4)]
    adoption.undo()


def test_a_mask_that_the_class_has_is_not_the_objects():
    """Where nothing is dropped theirs sets none."""
    code = written(DRAWS[0], KEPT[0], MASKS[0], "copy").replace(
        "class Drop:\n", "class Drop:\n    mask = None\n")
    kind = load(code).Drop
    adoption = fastnn.adopt(kind)
    assert "forward" in adoption.adopted["Drop"]
    drop = kind(0.3)
    drop.forward(numbers(5, 4), False)
    assert "mask" not in vars(drop)
    drop.forward(numbers(5, 4))
    assert type(drop.mask) is np.ndarray
    adoption.undo()


LIKE = written(DRAWS[0], KEPT[0], MASKS[0], "copy")
DIVIDED = written(DRAWS[0], KEPT[7], MASKS[1], "same")


@pytest.mark.parametrize(("code", "old", "new"), [
    (LIKE, "< self.r) / self.r", "> self.r) / self.r"),
    (LIKE, "< self.r) / self.r", "< self.r) / (1 - self.r)"),
    (LIKE, "< self.r) / self.r", "< 0.5) / self.r"),
    (LIKE, "< self.r) / self.r", "< self.r)"),
    (LIKE, "< self.r) / self.r", "< self.r) * self.r"),
    (LIKE, "self.r = 1 - rate", "self.r = rate"),
    (LIKE, "rand(*x.shape)", "randn(*x.shape)"),
    (LIKE, "rand(*x.shape)", "rand(*x.T.shape)"),
    (LIKE, "rand(*x.shape)", "rand(*x.shape[1:])"),
    (LIKE, "rand(*x.shape)", "rand(x.shape[1], x.shape[0])"),
    (LIKE, "rand(*x.shape)", "rand(x.shape[0], 1)"),
    (LIKE, "np.random.rand(*x.shape)", "np.random.random()"),
    (LIKE, "np.random.rand(*x.shape)", "np.random.uniform(0, 2, x.shape)"),
    (LIKE, "np.random.rand(*x.shape)", "np.random.uniform(-1, 1, x.shape)"),
    (LIKE, "np.random.rand(*x.shape)", "np.random.default_rng(1).random(x.shape)"),
    (LIKE, "np.random.rand(*x.shape)", "np.random.rand(*x.shape) * np.random.rand(*x.shape)"),
    (LIKE, "y = x * self.mask", "y = x + self.mask"),
    (LIKE, "y = x * self.mask", "y = x * self.mask * np.random.rand(*x.shape)"),
    (LIKE, "self.dx = d * self.mask", "self.dx = d / self.mask"),
    (LIKE, "self.dx = d * self.mask", "self.dx = d * self.mask / self.r"),
    (DIVIDED, "> self.r\n", "< self.r\n"),
    (DIVIDED, "y = x * self.mask / (1 - self.r)", "y = x * self.mask / self.r"),
    (DIVIDED, "y = x * self.mask / (1 - self.r)", "y = x * self.mask * (1 - self.r)"),
    (DIVIDED, "y = x * self.mask / (1 - self.r)", "y = x * self.mask"),
    (DIVIDED, "y = x * self.mask / (1 - self.r)", "y = x / (1 - self.r) * self.mask"),
    (DIVIDED, "self.dx = d * self.mask / (1 - self.r)", "self.dx = d * self.mask"),
    (DIVIDED, "self.r = rate", "self.r = 1 - rate")])
def test_what_looks_like_it_is_left(code, old, new):
    assert old in code
    (before,), _ = twins_of(code)
    assert before
    pairs, report = twins_of(code.replace(old, new, 1))
    assert not pairs, report

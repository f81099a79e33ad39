"""Arrays that are one or the other, and changed in place: whoever else has them sees it."""

import numpy as np
import pytest
from beside import assert_same_beside, numbers

BACKWARDS = {
    "d = g if flag else g.copy()\n{0}",
    "d = g.copy() if not flag else g\nd *= self.x > 0",
    "if flag:\n    d = g\nelse:\n    d = g.copy()\n{0}",
    "h = g.copy()\nself.h = h\nd = h if flag else h.copy()\n{0}",
    "h = g * 1\nd = h if flag else g * 1\nh[self.x <= 0] = 0",
    "h = g.copy()\nd = h if flag else g.copy()\nh *= self.x > 0\nd = h",
    "h = g.copy()\nif flag:\n    d = h\nelse:\n    d = g.copy()\nd += 0\nself.h = h\n{0}",
    "self.d = g if flag else g.copy()\nself.d[self.x <= 0] = 0\nd = self.d",
    "d = same(g) if flag else g.copy()\n{0}",
    "d = e = g.copy()\ne[self.x <= 0] = 0",
    "d, e = g.copy(), g\nif flag:\n    d, e = e, d\n{0}",
    "if (d := g) is not None and not flag:\n    d = g.copy()\n{0}",
    "d = (g.copy(), g)[flag]\n{0}",
    "d = g[:]\n{0}",
}
FORWARDS = {"self.x = x\ny = np.maximum(0, x)",
            "self.x = x if flag else x.copy()\ny = np.maximum(0, x)",
            "self.x = x\ny = x if flag else x.copy()\ny[y < 0] = 0",
            "self.x = x\nself.out = np.maximum(0, x)\ny = self.out if flag else self.out.copy()"}


def _class(forward, backward):
    def body(text, result):
        text = text.format("d[self.x <= 0] = 0")
        return "".join(f"        {line}\n" for line in [*text.splitlines(), f"return {result}"])
    return ("import numpy as np\ndef same(g):\n    return g\nclass Act:\n"
            f"    def forward(self, x, flag=False):\n{body(forward, 'y')}"
            f"    def backward(self, g, flag=False):\n{body(backward, 'd')}")


@pytest.mark.parametrize("forward, backward", [
    *(("self.x = x\ny = np.maximum(0, x)", one) for one in sorted(BACKWARDS)),
    *((one, "d = g if flag else g.copy()\n{0}") for one in sorted(FORWARDS))])
def test_who_else_sees_it(forward, backward):
    def program(module):
        act, found = module.Act(), []
        for one in (False, True, False):
            for other in (True, False):
                x, g = numbers(5, 3), numbers(5, 3, seed=2)
                y, d = act.forward(x, one), act.backward(g, other)
                y[0] += 1
                d[1] += 1
                found += [x.tolist(), g.tolist(), y.tolist(), d.tolist(), y is x, d is g, {
                    name: (value.tolist(), value is x, value is y, value is g, value is d)
                    for name, value in vars(act).items() if isinstance(value, np.ndarray)}]
        return found
    assert_same_beside(_class(forward, backward), program)


def test_some_of_them_are_adopted():
    code = _class("self.x = x\ny = np.maximum(0, x)", "d = g if flag else g.copy()\n{0}")
    assert_same_beside(code, lambda module: module.Act().forward(numbers(5, 3)), adopted=["Act"])

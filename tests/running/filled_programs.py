"""Programs that keep what they compute in arrays and lists that are there before the loop, and the
best so far in a tuple; and what looks like that.
"""

from both_ways import changed
from loop_programs import BINARY, REGULARIZED, SPIRAL

FOR = "for epoch in range(301):\n"


def also(*lines: str, before: str = "", of: str = SPIRAL) -> str:
    """The spiral with these lines in the end of each turn, and others before the loop."""
    return changed(of, (FOR, before + FOR)) + "".join(f"    {line}\n" for line in lines)


BEST = ("if loss < best[0]:", "    best = (loss, epoch)")

FILLED = {
    "an array": also("losses[epoch] = loss", before="losses = np.zeros(301)\n"),
    "a list": also("losses[epoch] = loss", before="losses = [None] * 301\n"),
    "of another number": also("a[epoch + 5] = accuracy; a[-1] = loss", before="a = np.ones(400)\n"),
    "two columns": also("h[epoch, 0] = loss", "h[epoch, 1] = accuracy",
                        before="h = np.empty((301, 2)); h[:] = 0\n"),
    "in a dictionary": also("h['loss'][epoch] = loss; h['acc'][epoch] = accuracy",
                            before="h = {'loss': np.zeros(301), 'acc': [0] * 301}\n"),
    "on an object": also("h.loss[epoch] = loss", before=(
        "class H:\n    pass\n\nh = H()\nh.loss = np.zeros(301)\n")),
    "what is computed of it": also("a[epoch] = loss * 100", before="a = np.zeros(301)\n"),
    "a Python float": also("a[epoch] = float(loss)", before="a = np.zeros(301)\n"),
    "with penalties": also("a[epoch] = loss", before="a = np.zeros(301)\n", of=REGULARIZED),
    "binary": changed(BINARY, ("for epoch", "a = np.zeros(251)\nfor epoch"),
                      ("    if not epoch", "    a[epoch] = accuracy\n    if not epoch")),
    "read where it is printed": also("a[epoch] = loss", "if epoch % 60 == 3:",
                                     "    print(a[:epoch + 1].sum(), a[epoch - 1])",
                                     before="a = np.zeros(301)\n"),
    "every third turn": also("a[epoch // 3] = loss", before="a = np.zeros(101)\n"),
    "the best with its turn": also(*BEST, before="best = (np.inf, -1)\n"),
    "the best with more": also("if accuracy > best[1]:", "    best = (epoch + 1, accuracy, loss)",
                               before="best = (0, 0.0, None)\n"),
    "the best and patience": also(*BEST, "    waited = 0", "else:", "    waited += 1",
                                  "    if waited > 40: break",
                                  before="best, waited = (9.0, -1), 0\n"),
    "the best on an object": also(
        "if loss < h.best[0]:", "    h.best = (loss, epoch)",
        before="class H:\n    best = None\n\nh = H()\nh.best = (9., 0)\n"),
}

# name: (program, words of the sentence that says why; None where its last turns run, or all raise)
UNFILLED = {
    "an array that is read": (also("a[epoch] = loss", "z = a[0] * 2",
                                   before="a = np.zeros(301)\n"), "each turn changes"),
    "an array that another is a part of": (
        also("a[epoch] = loss", "b = part[0] + 1", before="a = np.zeros(301); part = a[:9]\n"),
        "a part of another"),
    "a part of an array": (also("a[epoch] = loss", before="a = np.zeros(400)[9:]\n"), "elsewhere"),
    "whole numbers": (also("a[epoch] = loss", before="a = np.zeros(301, int)\n"), "elsewhere"),
    "float32": (also("a[epoch] = loss", before="a = np.zeros(301, 'f')\n"), "elsewhere"),
    "rows": (also("a[epoch] = loss", before="a = np.zeros((301, 2))\n"), "elsewhere"),
    "a dictionary": (also("a['n'] = loss", before="a = {}\n"), "elsewhere"),
    "a list of another kind": (also("a[epoch] = loss", before=(
        "class L(list):\n    def __setitem__(self, n, one):\n        print(n)\n\na = L([0] * 301)\n"
    )), "elsewhere"),
    "an array of another kind": (also("a[epoch] = loss", before=(
        "class A(np.ndarray):\n    def __setitem__(self, n, one):\n        print(n)\n\n"
        "a = np.zeros(301).view(A)\n")), "elsewhere"),
    "whose elements tell of their end": (also("a[epoch] = loss", before=(
        "class Last:\n    def __del__(self):\n        print('gone')\n\n"
        "a = [Last() for n in range(301)]\n")), "elsewhere"),
    "weights": (also("w[0, 0] = loss", before="w = dense1.weights\n"), "or is trained"),
    "biases": (also("b[0, 3] = loss", before="b = dense1.biases\n"), "or is trained"),
    "samples": (also("X[0, 0] = loss"), None),
    "a list that grows": (also("a[0] = loss", "a.append(loss)", before="a = [0]\n"),
                          "grows with each turn"),
    "a list that grows now and then": (
        also("a[0] = loss", "if loss < a[0]: a.append(3)", before="a = [0]\n"), ""),
    "too short an array": (also("a[epoch] = loss", before="a = np.zeros(12)\n"), None),
    "places that are true or false": (
        also("a[epoch > 5] = loss", before="a = np.zeros(9)\n"), None),
    "places in float": (also("a[epoch / 1] = loss", before="a = [0] * 301\n"), None),
    "a tuple's number by a name": (also("n = 0", "if loss < best[n]:", "    best = (loss, epoch)",
                                        before="best = (9.0, 0)\n"), "again and again"),
    "a tuple of weights": (also("if loss < best[0]:", "    best = (loss, dense1.weights.copy())",
                                before="best = (9.0, 0)\n"), "again and again"),
    "a best list": (also("if loss < best[0]:", "    best[0] = loss", before="best = [9.0, 0]\n"),
                    "again and again"),
}

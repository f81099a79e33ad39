"""Programs whose loops keep account of what they compute: the best so far, patience, sums, lists;
and `while` loops, which count their turns themselves.
"""

from textwrap import indent

from both_ways import changed
from loop_programs import REGULARIZED, SPIRAL

FOR = "for epoch in range(301):\n"
BACK = "    loss_activation.backward(loss_activation.output, y)\n"
ADAM = "Adam(learning_rate=0.05, decay=5e-5)"
BODY = SPIRAL.partition(FOR)[2]


def _also(*lines: str, before: str = "", of: str = SPIRAL) -> str:
    """The spiral with these lines in the end of each turn, and others before the loop."""
    return changed(of, (FOR, before + FOR)) + "".join(f"    {line}\n" for line in lines)


def _best(*more: str, test: str = "loss < best", before: str = "best, kept = 9.0, None\n",
          of: str = SPIRAL) -> str:
    """The same that remembers the best loss, and something else with it."""
    return _also(f"if {test}:", "    best = loss", *(f"    {one}" for one in more), before=before,
                 of=of)


def _while(test: str, *lines: str, before: str = "epoch = 0\n", first: str = "") -> str:
    return changed(SPIRAL, (FOR, f"{before}while {test}:\n{first}")) + "".join(
        f"    {line}\n" for line in lines)


def _within(head: str, loop: str, tail: str) -> str:
    """The loop in a function or a class."""
    return SPIRAL.partition(FOR)[0] + head + indent(loop, "    ") + tail


COPY = "kept = dense1.weights.copy()"
WAITS = ("if loss < best - 1e-3:", "    best, waited = loss, 0", "else:", "    waited += 1",
         "    if waited >= 9:", "        print('stops', epoch, best)", "        break")
TRAINED = (FOR + BODY + "    if loss < best:\n        best = loss\n"
           "        kept = dense1.weights.copy()\n        waited = 0\n    else:\n"
           "        waited += 1\n    if waited > 5:\n        break\n")

ACCURACY = "accuracy = np.mean(np.argmax(loss_activation.output, axis=1) == y)"
BOOKS = {
    "percents in a list": _also(ACCURACY, "kept.append(accuracy * 100)", before="kept = []\n"),
    "percents by a name in a list": _also(
        ACCURACY, "percent = accuracy * 100", "kept.append(percent)", before="kept = []\n"),
    "rows of dictionaries": _also(
        ACCURACY, "kept.append({'epoch': epoch, 'loss': loss, 'acc': float(accuracy)})",
        before="kept = []\n"),
    "numbers of Python's": _also("kept.append(loss.item())", "also.append(loss.item() - 1)",
                                 before="kept, also = [], []\n"),
    "rounded": _also("kept.append(round(loss, 3))", "also.append(round(float(loss), 4))",
                     "more.append(np.round(loss, 2))", before="kept, also, more = [], [], []\n"),
    "stops where math says so": _also(
        "if math.isnan(loss) or not math.isfinite(loss):", "    break", before="import math\n"),
    "the best loss": _best("at = epoch", COPY),
    "the best loss, named before": _best(
        "at = epoch", COPY, before="best = float('inf')\nat = -1\n"),
    "none is the best at first": _best(COPY, test="best is None or loss < best",
                                       before="best = kept = None\n"),
    "the best weights are the same array": _best("kept = dense1.weights"),
    "the best gradients and outputs": _best("kept = dense1.dweights, dense2.output"),
    "the best of all layers": _best(
        "kept = [layer.weights.copy() for layer in (dense1, dense2)]"),
    "the best by name": _best(
        "kept = {'w': dense1.weights.copy(), 'b': np.array(dense1.biases), 'at': epoch}"),
    "the best, all in one line": _also(
        "if loss < best:", "    best, at, kept = loss, epoch, dense1.weights.copy()",
        before="best, at = 9.0, 0\n"),
    "the best before the way back": changed(
        SPIRAL, (FOR, "best, kept = 9.0, None\n" + FOR), (BACK, "    if loss < best:\n"
        "        best = loss\n        kept = dense1.weights.copy()\n" + BACK)),
    "no number is the best": _best(COPY, test="not loss >= best"),
    "losses that are no numbers": _best(
        COPY, of=changed(SPIRAL, (ADAM, "SGD(learning_rate=1e60)"))),
    "losses that tie": _best(
        COPY, test="loss <= best", of=changed(SPIRAL, (ADAM, "SGD(learning_rate=0.0)"))),
    "losses that tie, the first counts": _best(
        COPY, of=changed(SPIRAL, (ADAM, "SGD(learning_rate=0.0)"))),
    "of float32": _best(COPY, of=changed(
        SPIRAL, ("dense1 = Lay", "X = X.astype(np.float32)\ndense1 = Lay"))),
    "with penalties and dropout": _best(COPY, "at = epoch", of=REGULARIZED),
    "the data's loss, with dropout": _also(
        "if data_loss < best:", f"    {COPY}", "    best = float(data_loss)",
        before="best, kept = 9.0, 0\n", of=REGULARIZED),
    "the best accuracy, the last that has it": _also(
        "if accuracy >= best:", "    best = float(accuracy)", f"    {COPY}",
        before="best, kept = 0, ()\n"),
    "two that are the best": _also(
        "if loss < best:", "    best = loss", f"    {COPY}", "if accuracy > top:",
        "    top = accuracy", "    other = dense2.weights.copy()",
        before="best, top, other = 9.0, 0, 0\n"),
    "kept of some turns": _also("if epoch % 17 == 4:", f"    {COPY}", "if loss < best:",
                                "    best = loss", "    other = dense1.weights.copy()",
                                before="best, kept, other = 9.0, None, None\n"),
    "the best is printed now and then": _best(COPY) + (
        "    if epoch % 77 == 5:\n        print(best, kept.sum())\n"),
    "a function prints the best": _best(COPY, before=(
        "best, kept = 9.0, None\ndef show():\n    print(best, kept is None)\n\n")) + (
        "    if epoch % 80 == 5:\n        show()\n"),
    "patience": _also(*WAITS, before="best, waited = 9.0, 0\n"),
    "patience, and the best put back": _also(
        *WAITS[:2], f"    {COPY}", *WAITS[2:6], "        dense1.weights = kept", WAITS[6],
        before="best, waited, kept = 9.0, 0, None\n"),
    "patience in a function": _within(
        "def train(X, y):\n    best, waited, kept = 9.0, 0, None\n", TRAINED,
        "    return best, kept, epoch, waited\n\nprint(train(X, y))\n"),
    "patience with a closure": _within(
        "def train(X, y):\n    best, waited, kept = 9.0, 0, None\n    def say():\n"
        "        print(best, waited, kept is None)\n\n",
        TRAINED + "    if epoch % 80 == 5:\n        say()\n",
        "    say()\n    return best, kept\n\nprint(train(X, y))\n"),
    "patience of the module": _within(
        "best, waited, kept = 9.0, 0, None\n\ndef train(X, y):\n    global best, kept, waited\n",
        TRAINED, "\ntrain(X, y)\n"),
    "patience in a class": _within(
        "class Trained:\n    y, best, waited, kept = y, 9.0, 0, None\n", TRAINED,
        "\nprint(Trained.best, Trained.waited, Trained.epoch)\n"),
    "a flag": _also("better = loss < best", "if better:", "    best = loss",
                    before="better, best = False, 9.0\n"),
    "the loss of the turn before": _also(
        "if abs(before - loss) < 1e-5:", "    print(epoch)", "    break", "before = loss",
        before="before = 0.0\n"),
    "the loss of the turn before, first": changed(SPIRAL, (FOR, "before = loss = 2\n" + FOR), (
        "    dense1.forward(X)\n", "    if before > 0: before = loss\n    dense1.forward(X)\n")),
    "the loss of the turn before, as it is": changed(SPIRAL, (FOR, "loss = 2\n" + FOR), (
        "    dense1.forward(X)\n", "    before = loss\n    dense1.forward(X)\n")),
    "sums and counts": _also("total += loss", "count += 1", before="total = count = 0\n"),
    "a mean that moves": _also(
        "smooth = 0.9 * smooth + 0.1 * loss", "if smooth < 1.05 and not said:",
        "    print('low', smooth, epoch)", "    said = True", before="smooth, said = 1.0, False\n"),
    "the least of all": _also("best = min(best, loss)", "top = max(accuracy, top)",
                              before="best, top = 9.0, 0\n"),
    "either of two": _also("best = loss if loss < best else best", before="best = 9.0\n"),
    "a whole number that grows": _also("n = n * 3", before="n = 1\n"),
    "raises when it has counted": _also("z = 1 / (count - 200)", "count += 1",
                                        before="z = count = 0\n"),
    "from a turn on": _best(COPY, test="epoch > 20 and loss < best"),
    "a list of the best": _best(before="best, found = 9.0, []\n") + "    found.append(best)\n",
    "a list of the better ones": _best("found.append((epoch, loss))",
                                       before="best, found = 9.0, []\n"),
    "a list of some": _also("if epoch % 5 == 0:", "    found.append(loss)", "if epoch % 7 == 0:",
                            "    found.append(float(accuracy))", before="found = []\n"),
    "a list of some, and printed": _also("if epoch % 50 == 0:", "    found.append(loss)",
                                         "    print(len(found))", before="found = []\n"),
    "a history by name": _also(
        "history['loss'].append(loss)", "if epoch % 5 == 0:",
        "    history['acc'].append(accuracy)", before="history = {'loss': [], 'acc': []}\n"),
    "a list of a number whose sign changes": _also(
        "if epoch % 5 == 0:", "    found.append(zero)", "if epoch == 100:", "    zero = -zero",
        "    print(zero)", before="found, zero = [], 0.0\n"),
    "prints by loss": changed(SPIRAL, ("if not epoch", "if loss < 1.09 and not epoch")),
    "prints by loss or epoch": changed(SPIRAL, ("epoch % 50:", "epoch % 50 or loss < 0.9:")),
    "keeps what is there already": _also("if loss > 0: z = loss"),
    "who is let go of tells": _best(
        "told = dense1.weights.copy()", before=(
            "best = 1.06\nclass Told:\n    def __del__(self):\n        print('gone', epoch)\n\n"
            "told = Told()\n")),
    "who is told by a weak reference": _best(COPY, before=(
        "import weakref\nbest, kept = 9.0, None\n")) + (
        "    if epoch == 40:\n        weakref.finalize(kept, lambda: print('gone', epoch))\n"),
    "prints where the loss grows": _also("if loss > before: print(loss)", "before = loss",
                                         before="before = 9\n"),
}

WHILES = {
    "counts to the end": _while("epoch < 301", "epoch += 1"),
    "for ever": _while("True", "if epoch >= 250:", "    break", "epoch += 1"),
    "counts first": _while("True", "if epoch == 233:", "    break", first="    epoch += 1\n"),
    "ends in the middle": changed(_while("1 < 2", "epoch += 1"), (
        BACK, "    if epoch >= 199: break\n" + BACK)),
    "by twos": _while("epoch <= 599", "epoch += 2"),
    "there and back": _while("epoch <= 301", "epoch += 2", "epoch -= 1"),
    "as long as the loss is high": _while("loss > 1.0 and epoch < 400", "epoch += 1",
                                          before="loss, epoch = 9.0, 0\n"),
    "as long as it is not done": _while(
        "not done", "if loss < 1.0:", "    done = True", "epoch += 1",
        before="done, epoch = False, 0\n"),
    "with patience": _while(
        "waited < 6 and epoch < 1000", "if loss < best:", "    best, waited = loss, 0", "else:",
        "    waited += 1", "epoch += 1", before="best, waited, epoch = 9.0, 0, 0\n"),
    "counts where it likes": _while("epoch < 99", "if loss > 0: epoch += 1"),
    "jumps": _while("epoch < 300", "if epoch == 100: epoch = 150", "epoch += 1"),
    "jumps unseen": _while("epoch < 300", "if epoch == 100: globals()['epoch'] = 150",
                           "epoch += 1"),
    "goes on early": _while("epoch < 300", "epoch += 1", "if epoch % 70 == 0: continue",
                            "z = epoch"),
    "raises in the test": _while("1 / (epoch - 140) < 2", "epoch += 1"),
    "an error in a block": _while("epoch < 300", "if epoch == 200: raise ValueError(loss)",
                                  "epoch += 1"),
    "in a function": _within(
        "def train(X, y, epochs):\n    epoch = 0\n",
        f"while epoch < epochs:\n{BODY}    epoch += 1\n",
        "    return epoch, loss\n\nprint(train(X, y, 300))\n"),
    "in a loop": _within(
        "for rate in (0.1, 0.02):\n    optimizer.learning_rate, epoch = rate, 0\n",
        f"while epoch < 100:\n{BODY}    epoch += 1\n", "    print(epoch)\n"),
}

# name: (source, words of the sentence that says why it runs as it is)
NONE = {
    "what is kept is read in each turn": (_best(COPY) + "    z = kept\n", "came true again"),
    "a block that goes forward": (_best("kept = dense1.forward(X[:3])"), "came true again"),
    "a block that prints": (_best("print(epoch)"), "came true again"),
    "a block that changes a layer": (_best("dense1.kept = loss"), "came true again"),
    "a block that fills an array": (_best("kept[:] = dense1.weights", before=(
        "best, kept = 9.0, np.zeros((2, 16))\n")), "came true again"),
    "a number of one's own kind": (_also("count += 1", before=(
        "class Count(int):\n    def __add__(self, n):\n        print('adds')\n"
        "        return Count(int(self) + n)\n\ncount = Count(0)\n")), "from turn to turn"),
    "an array that grows": (_also("total += loss", before="total = np.zeros(2)\n"),
                            "from turn to turn"),
    "what is computed decides": (_also("high = dense2.output.max() > best", "if high:",
                                       "    best = 3", before="high, best = False, 9\n"),
                                 "which fit does not record; under a condition like `if not epoch"),
    "a list that grows twice over": (_also(
        "if epoch % 5 == 0:", "    found.append(loss)", "found.append(accuracy)",
        before="found = []\n"), "too few of its turns follow"),
    "a list that is asked, and grows": (_also(
        "if loss < best:", "    best = loss", "    found.append(loss)", "if len(found) > 2:",
        "    z = 1", before="best, found = 9.0, []\n"), "came true again"),
    "while with an else": (_while("epoch < 100", "epoch += 1") + "else:\n    print('else')\n",
                           "with an else"),
    "while it counts in parts": (_while("epoch < 100", "epoch += 1", before="epoch = 0.0\n"),
                                 "whole number"),
    "while what is computed": (_while("dense2.weights.sum() < 9 and epoch < 99", "epoch += 1"),
                               ""),
}

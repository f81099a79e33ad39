"""Programs whose loops are no plain trainings, each by one thing; they have to run as they are."""

from both_ways import changed
from loop_programs import BATCHES, IN_A_FUNCTION, REGULARIZED, SEPARATE, SPIRAL

FOR = "for epoch in range(301):\n"
FORWARD = "    dense1.forward(X)\n"
PRINT = "    if not epoch % 50:\n"
POST = "    optimizer.post_update_params()\n"
UPDATES = ("    optimizer.pre_update_params()\n    optimizer.update_params(dense1)\n"
           "    optimizer.update_params(dense2)\n    optimizer.post_update_params()\n")
BACK = "    loss_activation.backward(loss_activation.output, y)\n"
PREDICTIONS = "    predictions = np.argmax(loss_activation.output, axis=1)\n"


def _also(*lines: str, before: str = "") -> str:
    """The spiral with these lines in the end of each turn, and others before the loop."""
    return changed(SPIRAL, (FOR, before + FOR)) + "".join(f"    {line}\n" for line in lines)


def _first(*lines: str, before: str = "") -> str:
    """The same in the beginning of each turn."""
    return changed(SPIRAL, (FOR, before + FOR), (
        FORWARD, "".join(f"    {line}\n" for line in lines) + FORWARD))


VALIDATED = ("X_val, y_val = spiral_data(samples=9, classes=3)\n"
             "softmax = Activation_Softmax()\n")
VALIDATION = ("    dense1.forward(X_val)\n    activation1.forward(dense1.output)\n"
              "    dense2.forward(activation1.output)\n")

LIST = ("class Losses(list):\n    def append(self, value):\n        print(value)\n\n"
        "losses = Losses()\n")



def _by_hand(old: str, new: str, before: str = "", rate: str = "0.3") -> str:
    """The spiral with updates by hand, one of them another."""
    lines = "".join(f"    dense{n}.{name} -= lr * dense{n}.d{name}\n" for n in "12"
                    for name in ("weights", "biases"))
    return changed(SPIRAL, (FOR, f"{before}lr = {rate}\n{FOR}"), (UPDATES, changed(
        lines, (old, new))))


ONE = "    dense1.biases -= lr * dense1.dbiases\n"

# name: (source, words of the sentence that says why)
OTHERS = {
    # what each turn computes decides what happens
    "prints each loss": (_also("print(loss)"), "calls print in each turn"),
    "stops by outputs": (_also("if dense2.output.sum() > 9: break"), "asks for a value"),
    "stops by other numbers": (_also("if predictions.sum() > 1e9: break"), "asks for a value"),
    "stops by the rate": (_also("if optimizer.current_learning_rate < 0.01: break"),
                          "asks for a value"),
    "stops by the loss of a batch": (changed(
        BATCHES, ("        if not step % 20", "        if loss < 0.1:\n            break\n"
                  "        if not step % 20")), "of which fit records none"),
    "asks a function of the program": (_also("if isnan(loss): break", before=(
        "def isnan(n):\n    print(n)\n    return n != n\n\n")), "calls isnan"),
    "asks NumPy's function by the program": (_also("if np.isnan(loss): break", before=(
        "asked = []\nold, np.isnan = np.isnan, lambda n: asked.append(n)\n"))
        + "np.isnan = old\n", "calls np.isnan"),
    "asks by another accuracy": (_also("if np.mean(predictions == z) > 2: break", before=(
        "z = y[::-1].copy()\n")), ""),
    "walrus in a condition": (changed(
        SPIRAL, ("if not epoch % 50:", "if not (n := epoch) % 50:")), "not a plain computation"),
    "a condition with an effect": (changed(
        SPIRAL, (FOR, "def now():\n    print('asked')\n    return False\n\n" + FOR),
        ("if not epoch % 50:", "if now():")), "calls now in each turn"),
    "a condition by the clock": (changed(
        SPIRAL, (FOR, "import time\n" + FOR),
        ("if not epoch % 50:", "if time.time() < 0:")), "time"),
    "a condition by a method of a number's own kind": (changed(
        SPIRAL, (FOR, "class Every(int):\n    def __rmod__(self, n):\n        print('asked', n)\n"
                      "        return 1\n\nevery = Every(50)\n" + FOR),
        ("if not epoch % 50:", "if not epoch % every:")), ""),
    # what is seen or changed beside the objects
    "a timer": (_also("seconds.append(time.perf_counter() > 0)",
                      before="import time\nseconds = []\n"), "perf_counter"),
    "stops by the clock": (_also("if time.time() < begin: break", before=(
        "import time\nbegin = time.time() * 0\n")), "asks for a value"),
    "a clock of the program's": (_also("time.time()", before=(
        "import time\nold, asked = time.time, []\ntime.time = lambda: asked.append(1)\n"))
        + "time.time = old\ndel old\n", "calls time.time"),
    "adds up seconds": (_also("spent += time.time() * 0", before="import time\nspent = 0\n"),
                        "is of the turn before"),
    "waits a moment": (_also("time.sleep(0)", before="import time\n"), "calls time.sleep"),
    "changes X": (_also("X += 0.001"), "changes something in place"),
    "rebinds X": (_also("X = X * 1.001"), "X"),
    "changes an element": (_also("X[0, 0] = epoch"), "is read that each turn changes"),
    "changes an element in place": (_also("X[0, 0] += 1"), "changes X[0, 0]"),
    "changes targets": (_also("y = np.roll(y, 1)"), "np.roll"),
    "learning rate by hand": (_also("optimizer.learning_rate *= 0.999"),
                              "changes optimizer.learning_rate"),
    "learning rate set by hand": (_also("optimizer.learning_rate = 0.1 / (1 + epoch)"),
                                  "sets optimizer.learning_rate, which fit changes by decay alone"),
    "learning rate by a cosine": (
        _also("optimizer.learning_rate = 0.1 + 0.1 * math.cos(epoch / 300)",
              before="import math\n"), "if not epoch % 10:` it may stand (line 37)"),
    "a logarithm of what is computed": (
        _also("z = math.log(loss)", before="import math\n"), "may raise in one turn"),
    "another cosine": (_also("z = math.cos(epoch)", before=(
        "import math\n\ndef cos(x):\n    print(x)\n    return 1.\n\nmath.cos = cos\n")), None),
    "clips weights": (_also("np.clip(dense1.weights, -1, 1, out=dense1.weights)"), "not known"),
    "clips weights by another array": (_also("dense1.weights = np.clip(dense1.weights, -1, 1)"),
                                       "may be seen from elsewhere"),
    "clips gradients": (changed(SPIRAL, ("    optimizer.pre", "    dense1.dweights *= 0.5\n"
                                         "    optimizer.pre")), "changes dense1.dweights"),
    "output in place by another name": (changed(
        SPIRAL, (PREDICTIONS, PREDICTIONS + "    out = loss_activation.output\n    out += 0.01\n")),
        "changes something in place"),
    "random numbers": (_also("noise = np.random.random()"), "random"),
    "keeps what fit does not record": (
        _also("sums.append(predictions.sum())", before="sums = []\n"), "does not record"),
    "a list that is read, too": (
        _also("losses.append(loss)", "if len(losses) % 50 == 0: print(epoch)",
              before="losses = []\n"), "grows with each turn"),
    "keeps the loss with penalties one by one": (changed(
        REGULARIZED, (FOR, "losses = []\n" + FOR),
        ("    loss = data_loss + regularization_loss\n",
         "    loss = data_loss + loss_activation.loss.regularization_loss(dense1)\n"
         "    loss = loss + loss_activation.loss.regularization_loss(dense2)\n"
         "    losses.append(loss)\n")), "keeps what fit does not record"),
    "keeps the penalty behind the update": (changed(
        SPIRAL, (FOR, "losses = []\n" + FOR)) + "    penalty = loss_activation.loss."
        "regularization_loss(dense1)\n    losses.append(loss + penalty)\n",
        "keeps what fit does not record"),
    "keeps another accuracy": (changed(
        SPIRAL, (FOR, "kept = []\nz = y[::-1].copy()\n" + FOR))
        + "    kept.append(np.mean(predictions == z))\n", "not that of the last outputs"),
    "keeps the share of other numbers": (
        _also("kept.append(np.sum(predictions == y) / 50)", before="kept = []\n"),
        "does not record"),
    "keeps the share by a number of Python's": (
        _also("kept.append(np.count_nonzero(predictions == y) / len(y))", before="kept = []\n"),
        "does not record"),
    "keeps a name's number beside the loss": (
        _also("kept.append((loss, rate))", before="kept, rate = [], 0.0\n"), "does not record"),
    "keeps a list of the loss": (
        _also("kept.append([loss, 1])", before="kept = []\n"), "does not record"),
    "extends a list": (_also("losses.extend([loss])", before="losses = []\n"), "extend"),
    "inserts into a list": (_also("losses.insert(0, loss)", before="losses = []\n"), "insert"),
    "keeps the losses of batches": (changed(
        BATCHES, ("for epoch", "losses = []\nfor epoch"),
        ("        if not step % 20", "        losses.append(loss)\n        if not step % 20")),
        "of which fit records none"),
    "a list of its own kind": (_also("losses.append(loss)", before=LIST), "append"),
    "a function of the program": (_also("f(epoch)", before="def f(n):\n    pass\n\n"),
                                  "calls f in each turn"),
    "a closure": (_also("say()", before=(
        "def made():\n    said = []\n    def say():\n        said.append(loss)\n    return say\n\n"
        "say = made()\n")),
                  "calls say"),
    "exec": (_also("exec('z = 1')"), "calls exec"),
    "del": (_also("del predictions"), "del predictions"),
    "global": (changed(IN_A_FUNCTION, (
        "        output = X\n", "        global turns\n        output = X\n")), "global turns"),
    "try": (_also("try:\n        pass\n    finally:\n        pass"), "try"),
    "with": (_also("with np.errstate(all='ignore'):\n        pass"), "with"),
    "assert": (_also("assert loss < 9"), "assert"),
    "a function defined in each turn": (_also("def f(): pass"), "def f"),
    "an import in each turn": (_also("import math"), "import"),
    "continue": (_also("if loss > 0: continue"), "came true again"),
    "continue at the end of each turn": (_also("continue"), "continue"),
    "a comprehension": (_also("squares = [n * loss for n in X]"), "is no list of layers"),
    "a lambda": (_also("f = lambda: loss"), "not a plain computation"),
    "a set of the loop's variable": (_also("epoch = 5"), "the loop's own variable"),
    "an annotation": (_also("z: print('annotated') = loss"), "more than a plain training"),
    "a dictionary's item": (_also("seen['loss'] = loss", before="seen = {}\n"), "seen"),
    "an attribute of one's own": (_also("dense1.kept = loss"), "dense1.kept"),
    "divides what is computed": (_also("z = loss / epoch"), "with the loop's variable"),
    "an index that is computed": (
        _also("z = table[predictions]", before="table = np.arange(3)\n"), "may raise"),
    "a whole number of what is computed": (_also("z = int(loss * 10)"), "may raise in one turn"),
    "NumPy's function by the program": (_also("z = np.mean(y)", before=(
        "old = np.mean\nasked = []\ndef mean(*a, **k):\n    asked.append(1)\n"
        "    return old(*a, **k)\nnp.mean = mean\n")) + "np.mean = old\n", "np.mean"),
    "its own np": (changed(SPIRAL, (
        FOR, "class Own:\n    asked = []\n    def __getattr__(self, name):\n"
        "        self.asked.append(name)\n        import numpy\n"
        "        return getattr(numpy, name)\n\nnp = Own()\n" + FOR)), "np."),
    # no range
    "a list": (changed(SPIRAL, ("range(301)", "list(range(301))")), "over a list"),
    "a generator": (changed(SPIRAL, ("range(301)", "(n for n in range(301))")), "over a generator"),
    "an object that counts": (changed(SPIRAL, (
        FOR, "def counted():\n    for n in range(301):\n        print('turn', n)\n"
        "        yield n\n\nfor epoch in counted():\n")), "over a generator"),
    "two variables": (changed(SPIRAL, (FOR, "for epoch, _ in enumerate(range(301)):\n")),
                      "more than one variable"),
    "range of one's own": (changed(SPIRAL, (FOR, "class range(list):\n    def __init__(self, n):\n"
                                            "        super().__init__([0] * n)\n\n" + FOR)),
                           "over a range, not over range"),
    # what is said in words
    "lists in a defaultdict": (_also("kept['loss'].append(loss)", before=(
        "from collections import defaultdict\nkept = defaultdict(list)\n")),
        """'kept["loss"]' computes with a defaultdict, not with numbers and arrays alone"""),
    # not the step that fit does
    "a layer forward again before it goes backward": (changed(
        SPIRAL, (BACK, "    dense1.forward(X[:60] * 1)\n" + BACK)), "twice"),
    "a validation before the way back": (changed(
        SPIRAL, (FOR, "X_val = X[::-1].copy()\n" + FOR), (BACK, VALIDATION + BACK)), "twice"),
    "outputs of the first of two go backward": (changed(
        SPIRAL, (PREDICTIONS, PREDICTIONS + "    first = loss_activation.output\n"
                 "    loss_activation.forward(dense2.output, y)\n"),
        ("backward(loss_activation.output, y)", "backward(first, y)")), "twice"),
    "a validation with dropout": (changed(
        REGULARIZED, (FOR, VALIDATED + FOR)) + VALIDATION.replace(
            "(activation1.output)", "(dropout1.output)").replace(
            "    dense2", "    dropout1.forward(activation1.output)\n    dense2"),
        "may do more than to compute"),
    "a validation of a layer as in a training": (
        changed(SPIRAL, (FOR, VALIDATED + FOR)) + VALIDATION.replace("X_val)", "X_val, True)"),
        "may do more than to compute"),
    "a validation of other samples each turn": (
        changed(SPIRAL, (FOR, VALIDATED + FOR)) + VALIDATION.replace(
            "X_val)", "X_val[epoch % 3:9])"), "may do more than to compute"),
    "a validation whose loss adds up": (
        changed(SPIRAL, (FOR, VALIDATED + FOR)) + VALIDATION
        + "    loss_activation.forward(dense2.output, y_val)\n", "may do more than to compute"),
    "one object by two names": (changed(
        SPIRAL, ("dense1 = Layer_Dense(2, 16)", "dense1 = Layer_Dense(2, 2)"),
        ("dense2 = Layer_Dense(16, 3)", "dense2 = dense1\nlast = Layer_Dense(2, 3)"),
        ("    loss = loss_activation.forward(dense2.output, y)",
         "    last.forward(dense2.output)\n    loss = loss_activation.forward(last.output, y)"),
        ("    dense2.backward(loss_activation.dinputs)",
         "    last.backward(loss_activation.dinputs)\n    dense2.backward(last.dinputs)")),
        "twice"),
    "skips a layer": (changed(SPIRAL, ("dense2.forward(activation1.output)",
                                       "dense2.forward(dense1.output)")), "backward"),
    "the output of the turn before": (changed(
        SPIRAL, (FORWARD, ""), ("    dense2.forward(activation1.output)\n",
                                "    dense2.forward(activation1.output)\n" + FORWARD),
        (FOR, "dense1.forward(X)\n" + FOR)), "first layer"),
    "backward without the activation": (changed(
        SPIRAL, ("    activation1.backward(dense2.dinputs)\n", ""),
        ("dense1.backward(activation1.dinputs)", "dense1.backward(dense2.dinputs)")), "backward"),
    "backward in another order": (changed(
        SPIRAL, ("    dense2.backward(loss_activation.dinputs)\n", ""),
        ("    dense1.backward(activation1.dinputs)\n", "    dense1.backward(activation1.dinputs)\n"
         "    dense2.backward(loss_activation.dinputs)\n"),
        (FOR, "dense2.dinputs = np.zeros((60, 16))\n" + FOR)), "backward"),
    "backward from other numbers": (changed(
        SPIRAL, ("backward(loss_activation.output, y)", "backward(loss_activation.output * 1, y)")),
        "something else than the output"),
    "other targets backward": (changed(
        SPIRAL, ("backward(loss_activation.output, y)", "backward(loss_activation.output, z)"),
        (FOR, "z = y[::-1].copy()\n" + FOR)), "not of the same targets"),
    "update before backward": (changed(
        SPIRAL, (UPDATES, ""), (BACK, BACK + UPDATES), (
            FOR, "dense1.dweights, dense1.dbiases = np.zeros((2, 16)), np.zeros((1, 16))\n"
            "dense2.dweights, dense2.dbiases = np.zeros((16, 3)), np.zeros((1, 3))\n" + FOR)),
        "before it has gone backward"),
    "one layer is not updated": (changed(SPIRAL, ("    optimizer.update_params(dense1)\n", "")),
                                 "does not update each layer"),
    "one layer is updated twice": (changed(
        SPIRAL, ("    optimizer.update_params(dense1)\n",
                 "    optimizer.update_params(dense1)\n" * 2)),
        "does not update each layer"),
    "another layer is updated, too": (changed(
        SPIRAL, (FOR, "other = Layer_Dense(2, 2)\nother.dweights = other.weights * 1\n"
                 "other.dbiases = other.biases * 1\n" + FOR),
        (POST, "    optimizer.update_params(other)\n" + POST)), "something else than these layers"),
    "no post": (changed(SPIRAL, (POST, "")), "in this order"),
    "post twice": (changed(SPIRAL, (POST, POST + POST)), "in this order"),
    "pre at the end": (changed(SPIRAL, ("    optimizer.pre_update_params()\n", ""), (
        POST, POST + "    optimizer.pre_update_params()\n")), "in this order"),
    "no pre, but decay": (changed(SPIRAL, ("    optimizer.pre_update_params()\n", "")),
                          "in this order"),
    "two optimizers": (changed(
        SPIRAL, (FOR, "other = Optimizer_SGD()\n" + FOR),
        ("optimizer.update_params(dense1)", "other.update_params(dense1)")), "more than one"),
    "the loss twice": (changed(
        SPIRAL, (PREDICTIONS, PREDICTIONS + "    again = loss_activation.loss.calculate("
                 "loss_activation.output, y)\n")), "more than once"),
    "a loss of other outputs": (changed(
        SEPARATE, ("calculate(activation2.output, y)", "calculate(activation2.output * 1, y)")),
        "not that of the output"),
    "not as in a training": (changed(SPIRAL, ("dense1.forward(X)", "dense1.forward(X, False)")),
                             "not go forward as in a training"),
    # updates by hand
    "biases are not updated by hand": (_by_hand(ONE, ""), "are not updated once"),
    "biases are updated twice by hand": (_by_hand(ONE, ONE + ONE), "are not updated once"),
    "biases are updated by hand at another rate": (
        _by_hand(ONE, ONE.replace("lr", "0.2")), "at one rate"),
    "biases are updated by hand by a number of NumPy's": (
        _by_hand(ONE, ONE.replace("lr", "np.float32(0.3)")), "calls np.float32"),
    "updates by hand by a number of NumPy's": (
        _by_hand(ONE, ONE, rate="np.float64(0.3)"), "changes dense1.weights"),
    "updates by hand with another type": (
        _by_hand(ONE, ONE.replace("lr", "1"), rate="1.0"), "at one rate"),
    "updates by hand into another array": (_by_hand(
        ONE, "    dense1.biases = dense1.biases - lr * dense1.dbiases\n"),
        "may be seen from elsewhere"),
    "updates by hand uphill": (_by_hand(ONE, ONE, rate="-0.1"), "at one rate"),
    "updates by hand by the number of the turn": (
        _by_hand(ONE, ONE.replace("lr", "0.1 / (1 + epoch)")), "changes dense1.biases"),
    "updates by hand by another layer's slopes": (
        _by_hand(ONE, ONE.replace("dense1.dbiases", "dense2.dbiases.sum()")),
        "changes dense1.biases"),
    "updates a frozen layer by hand": (
        _by_hand(ONE, ONE, before="dense1.trainable = False\n"), "are not updated once"),
    "updates by hand, and an optimizer": (_by_hand(
        ONE, ONE + "    optimizer.update_params(dense2)\n"), "more than one optimizer"),
    "updates by hand before the way back": (changed(_by_hand(ONE, ""), (
        BACK, ONE + BACK), (FOR, "dense1.dbiases = np.zeros((1, 16))\n" + FOR)),
        "changes dense1.biases"),
    # objects with a will of their own
    "a method on the object": (changed(SPIRAL, (
        FOR, "def forward(inputs):\n    dense1.output = inputs @ dense1.weights\n"
        "    dense1.inputs = inputs\n\ndense1.forward = forward\n" + FOR)), "dense1.forward"),
    "a method on the class": (changed(SPIRAL, (
        FOR, "class Own(Activation_ReLU):\n    def forward(self, inputs):\n"
        "        super().forward(inputs)\n        print(self.output.sum())\n\n"
        "activation1 = Own()\n" + FOR)), "activation1.forward"),
    "an attribute that looks": (changed(SPIRAL, (
        FOR, "class Own(Activation_ReLU):\n    @property\n    def output(self):\n"
        "        print('seen')\n        return self.kept\n    @output.setter\n"
        "    def output(self, value):\n        self.kept = value\n\nactivation1 = Own()\n" + FOR)),
        "activation1.output"),
    "a layer that is set with a will": (changed(SPIRAL, (
        FOR, "class Own(Activation_ReLU):\n    def __setattr__(self, name, value):\n"
        "        print(name)\n        object.__setattr__(self, name, value)\n\n"
        "activation1 = Own()\n" + FOR)), "__setattr__"),
    "a layer of one's own": (changed(SPIRAL, (
        FOR, "class Own:\n    def forward(self, x):\n        self.output = x * 1\n"
        "    def backward(self, d):\n        self.dinputs = d * 1\n\nactivation1 = Own()\n" + FOR)),
        "activation1.forward"),
    "samples with a will": (changed(SPIRAL, (
        FOR, "class Own(np.ndarray):\n    pass\n\nX = X.view(Own)\n" + FOR)), "plain array"),
    "a list of samples": (changed(SPIRAL, (FOR, "X = X.tolist()\n" + FOR)), "plain array"),
    "samples in the weights": (changed(
        SPIRAL, ("X, y = spiral_data(samples=20, classes=3)", "y = np.arange(2) % 3"),
        ("Layer_Dense(2, 16)", "Layer_Dense(2, 2)"), ("Layer_Dense(16, 3)", "Layer_Dense(2, 3)"),
        (FOR, "X = dense1.weights\n" + FOR)), "share memory"),
    # somebody looks
    "a trace": (changed(SPIRAL, (
        FOR, "import sys\nbefore = sys.gettrace()\nsys.settrace(lambda *a: None)\n" + FOR))
        + "sys.settrace(before)\n", "debugger"),
    "a thread": (changed(SPIRAL, (
        FOR, "import threading\ndone = threading.Event()\n"
        "thread = threading.Thread(target=done.wait)\nthread.start()\n" + FOR))
                 + "done.set()\nthread.join()\ndel thread, done\n", "another thread"),
    "a signal's handler": (changed(SPIRAL, (
        FOR, "import signal\nold = signal.signal(signal.SIGTERM, lambda *a: print(loss))\n" + FOR))
        + "signal.signal(signal.SIGTERM, old)\ndel old\n", "handler of signals"),
    "errors of floating point": (changed(SPIRAL, (FOR, "old = np.seterr(over='raise')\n" + FOR))
                                 + "np.seterr(**old)\n", "np.seterr"),
    "warnings as errors": (changed(SPIRAL, (FOR, "import warnings\nwarnings.simplefilter('error')\n"
                                            + FOR)), "warnings are errors"),
    "a profile": (changed(SPIRAL, (FOR, "with profile() as p:\n  for rate in [0.1]:\n    pass\n"
                                   "p = profile()\np.__enter__()\n" + FOR))
                  + "p.__exit__(None, None, None)\ndel p\n", "profile"),
    # batches that are not those of fit
    "batches that overlap": (changed(BATCHES, ("X[step*BATCH_SIZE:(step+1)*BATCH_SIZE]",
                                               "X[step*BATCH_SIZE:(step+1)*BATCH_SIZE+1]"),
                                     ("y[step*BATCH_SIZE:(step+1)*BATCH_SIZE]",
                                      "y[step*BATCH_SIZE:(step+1)*BATCH_SIZE+1]")), None),
    "batches backwards": (changed(BATCHES, ("range(steps)", "range(steps - 1, -1, -1)")), None),
    "other targets of a batch": (changed(
        BATCHES, ("range(steps)", "range(steps - 1)"), (
            "y[step*BATCH_SIZE:(step+1)*BATCH_SIZE]",
            "y[step*BATCH_SIZE+1:(step+1)*BATCH_SIZE+1]")), "not the same rows"),
    "batches with gaps": (changed(BATCHES, ("X[step*BATCH_SIZE:(step+1)*BATCH_SIZE]",
                                            "X[step*BATCH_SIZE:(step+1)*BATCH_SIZE:2]"),
                                  ("y[step*BATCH_SIZE:(step+1)*BATCH_SIZE]",
                                   "y[step*BATCH_SIZE:(step+1)*BATCH_SIZE:2]")),
                          "one after another"),
    "batches drawn": (changed(BATCHES, ("X[step*BATCH_SIZE:(step+1)*BATCH_SIZE]",
                                        "X[keys[step*BATCH_SIZE:(step+1)*BATCH_SIZE]]")), ""),
    "one batch again and again": (changed(
        BATCHES, ("X[step*BATCH_SIZE:(step+1)*BATCH_SIZE]", "X[16:32]"),
        ("y[step*BATCH_SIZE:(step+1)*BATCH_SIZE]", "y[16:32]")), None),
}

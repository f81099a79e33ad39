"""All programs whose loops are trainings, by name."""

from textwrap import indent

from both_ways import changed
from loop_programs import (
    BATCHES,
    BATCHES_BY_START,
    BATCHES_OR_NONE,
    BINARY,
    IN_A_FUNCTION,
    IN_A_METHOD,
    KEEPS,
    REGRESSION,
    REGULARIZED,
    SEPARATE,
    SPIRAL,
)


def _in_a_function(old: str, new: str, rest: str) -> str:
    """The spiral with its loop in a function of X and y, and with more lines behind it."""
    head, loop, body = changed(SPIRAL, (old, new)).partition("for epoch")
    return f"{head}def train(X, y):\n{indent(loop + body, '    ')}\n{rest}"


VALIDATED = ("X_val, y_val = spiral_data(samples=9, classes=3)\n"
             "softmax = Activation_Softmax()\n")
VALIDATION = ("    dense1.forward(X_val)\n    activation1.forward(dense1.output)\n"
              "    dense2.forward(activation1.output)\n    softmax.forward(dense2.output)\n")

UPDATES = SPIRAL[SPIRAL.index("    optimizer.pre_update"):]


def _by_hand(*lines: str) -> str:
    """The spiral without its optimizer."""
    return changed(SPIRAL, (UPDATES, "".join(f"    {line}\n" for line in lines)), (
        "optimizer = Optimizer_Adam(learning_rate=0.05, decay=5e-5)", "lr = 0.3"), (
        " '\n              f'lr: {optimizer.current_learning_rate}'", "'"))


# Not among the others: a line of it changed leaves what the clock said.
A_CLOCK = changed(
    SPIRAL, ("for epoch", "import time\nfrom time import perf_counter as now\n"
             "begin = now()\nfor epoch"),
    ("    dense1.forward(X)", "    turn = time.time_ns()\n"
                                          "    dense1.forward(X)")) + (
    "    seconds = round(now() - begin, 2) * 0\n    turn = (time.time_ns() - turn) * 0\n"
    "    if epoch % 90 == 0:\n        print(f'{seconds:.2f} s, {turn}')\nbegin = 0\n")

RECOGNISED = {
    "spiral": SPIRAL,
    "softmax and loss apart": SEPARATE,
    "penalties and dropout": REGULARIZED,
    "binary": BINARY,
    "regression": REGRESSION,
    "in a function": IN_A_FUNCTION,
    "in a method": IN_A_METHOD,
    "batches": BATCHES,
    "batches by where they start": BATCHES_BY_START,
    "batches or none": BATCHES_OR_NONE,
    "one-hot targets": changed(SPIRAL, (
        "dense1 = Lay", "y = np.eye(3)[y]\nlabels = y\ndense1 = Lay")),
    "float32": changed(SPIRAL, ("dense1 = Lay", "X = X.astype(np.float32)\ndense1 = Lay")),
    "no decay, no pre": changed(
        SPIRAL, (", decay=5e-5", ""), ("    optimizer.pre_update_params()\n", "")),
    "updates alone": changed(
        SPIRAL, ("Optimizer_Adam(learning_rate=0.05, decay=5e-5)", "Optimizer_SGD(0.5)"),
        ("    optimizer.pre_update_params()\n", ""), ("    optimizer.post_update_params()\n", "")),
    "other targets by a condition": changed(
        SPIRAL, ("        y = np.argmax(y, axis=1)\n    accuracy = np.mean(predictions == y)",
                 "        labels = np.argmax(y, axis=1)\n    else:\n        labels = y\n"
                 "    accuracy = np.mean(predictions == labels)")),
    "guarded by several": changed(
        SPIRAL, ("if not epoch % 50:", "if epoch == 3 or epoch % 50 == 0 and epoch > 90:")),
    "guarded by the first part": changed(
        SPIRAL, ("if not epoch % 50:", "if epoch % 50 == 0 and loss < 1.08:")),
    "or else nothing": changed(
        SPIRAL, ("    loss_activation.backward(",
                 "    else:\n        pass\n    loss_activation.backward(")),
    "another learning rate now and then": changed(
        SPIRAL, ("        print(", "        optimizer.learning_rate *= 0.9\n        print(")),
    "the loop ends early": changed(
        SPIRAL, ("              f'lr: {optimizer.current_learning_rate}')\n",
                 "              f'lr: {optimizer.current_learning_rate}')\n"
                 "        if loss < 1.05:\n            break\n")),
    "stops by loss": SPIRAL + (
        "    if loss < 0.96 and accuracy > 0.2:\n        print('stops', epoch)\n        break\n"),
    "stops by loss before it goes backward": changed(
        KEEPS, ("    loss_activation.backward(", "    if 100 * float(loss) < 98 or loss != loss:\n"
                "        break\n    loss_activation.backward(")),
    "raises by loss": SPIRAL + "    if abs(loss) < 0.99:\n        raise ValueError(loss, epoch)\n",
    "never is no number": SPIRAL + (
        "    if np.isnan(loss) or not np.isfinite(loss): raise ValueError\n"),
    "waits for one of two losses, with dropout": changed(
        REGULARIZED, ("    loss_activation.backward(",
                      "    if loss < 1.07:\n        if epoch % 40 == 0:\n            print('low', "
                      "loss)\n    elif data_loss > 1.0985 and epoch > 60:\n        print('high', "
                      "np.random.random(), loss)\n    else:\n        pass\n"
                      "    loss_activation.backward(")),
    "the best accuracy so far": changed(
        SPIRAL, ("for epoch", "best, kept = 0, []\nfor epoch"), (
            "    loss_activation.backward(", "    if accuracy > best:\n        best = accuracy\n"
            "        kept.append((epoch, dense1.weights.copy(), vars(dense2).copy()))\n"
            "    loss_activation.backward(")),
    "stops by loss, and sums of losses": changed(
        SEPARATE, ("    loss_function.backward(", "    if 0.9 > loss:\n        break\n"
                   "    loss_function.backward(")),
    "best so far": changed(
        SPIRAL, ("for epoch", "best, kept = 9.0, None\nfor epoch"),
        ("        print(", "        if loss < best:\n            best = loss\n"
         "            kept = [dense1.weights.copy(), dict(vars(dense1))]\n        print(")),
    "a validation now and then": changed(
        SPIRAL, ("for epoch", "X_val, y_val = spiral_data(samples=9, classes=3)\nfor epoch"),
        ("    optimizer.post_update_params()\n",
         "    optimizer.post_update_params()\n    if epoch % 60 == 1:\n"
         "        dense1.forward(X_val)\n        activation1.forward(dense1.output)\n"
         "        dense2.forward(activation1.output)\n"
         "        print('validation', loss_activation.forward(dense2.output, y_val))\n")),
    "keeps the share of the right ones": changed(
        KEEPS, ("    accuracies.append(accuracy)\n", "    accuracies.append(np.sum("
                "y == predictions) / len(y))\n"
                "    accuracies.append(float((predictions == y).sum() / y.size))\n")),
    "keeps how many are right": changed(
        KEEPS, ("    accuracies.append(accuracy)\n", "    accuracies.append(np.sum("
                "predictions == y))\n    accuracies.append((y == predictions).sum())\n")),
    "keeps several together": changed(
        KEEPS, ("    losses.append(loss)\n", "    losses.append((epoch, loss, float(accuracy)))\n"
                "    losses.append((optimizer.current_learning_rate, (loss, 'x', 1 + epoch)))\n"),
        ("np.mean(losses)", "losses[-1]")),
    "updates by hand": _by_hand(
        "dense1.weights -= lr * dense1.dweights", "dense1.biases -= dense1.dbiases * lr",
        "dense2.weights += -lr * dense2.dweights", "dense2.biases += -lr * dense2.dbiases"),
    "updates by hand of each layer, the rate lowered": changed(_by_hand(
        "for layer in dense1, dense2:", "    layer.biases += -lr * layer.dbiases",
        "    layer.weights -= layer.dweights * lr"), (
            "        print(", "        lr = round(lr * 0.9, 3)\n        print(")),
    "updates by hand by one, of float32": changed(_by_hand(*[
        f"dense{n}.{one} -= 1 * dense{n}.d{one}" for n in "12" for one in ("weights", "biases")]),
        ("dense1 = Lay", "X = X.astype(np.float32)\ndense1 = Lay"), (
            "lr = 0.3", "for layer in (dense1, dense2):\n    layer.weights = layer.weights.astype("
            "np.float32)\n    layer.biases = layer.biases.astype(np.float32)")),
    "a layer forward twice": changed(SPIRAL, (
        "    dense1.forward(X)\n", "    dense1.forward(X)\n    dense1.forward(X)\n")),
    "the accuracy of a validation is kept": changed(
        SPIRAL, ("for epoch", VALIDATED + "kept = []\nfor epoch")) + VALIDATION + (
        "    kept.append(np.mean(np.argmax(softmax.output, axis=1) == y_val))\n"),
    "the accuracy of a validation of as many": changed(
        SEPARATE, ("for epoch", "kept = []\nX_val = X[::-1].copy()\nfor epoch"), (
            "print(loss_function", VALIDATION.partition("    softmax")[0]
            + "    activation2.forward(dense2.output)\n"
            "    kept.append(np.mean(np.argmax(activation2.output, axis=1) == y))\n"
            "print(loss_function")),
    "a validation in each turn": changed(SPIRAL, ("for epoch", VALIDATED + "for epoch")) + (
        VALIDATION + "    guess = np.argmax(softmax.output, "
        "axis=1)\n    if epoch % 60 == 0:\n        print('validation', np.mean(guess == y_val))\n"),
    "a validation that is told to be none": changed(
        REGULARIZED, ("for epoch", VALIDATED + "for epoch")) + VALIDATION.replace(
            "X_val)", "X_val, False)").replace(
            "    dense2", "    dropout1.forward(activation1.output, False)\n    dense2"),
    "a validation before the training of each turn": changed(
        SPIRAL, ("for epoch", VALIDATED + "for epoch"), ("    dense1.forward(X)\n", VALIDATION
        + "    if epoch % 60 == 7:\n        print(softmax.output.sum())\n    dense1.forward(X)\n")),
    "a validation of as many, and losses kept": changed(
        SEPARATE, ("for epoch", "losses, right, X_val = [], [], X[::-1].copy()\nsoftmax = "
                   "activation2\nfor epoch"),
        ("    if epoch % 100 == 0", "    losses.append(loss)\n    right.append(np.mean(np.argmax("
         "activation2.output, axis=1) == y))\n    if epoch % 100 == 0")).replace(
             "print(loss_function", VALIDATION + "print(loss_function"),
    "samples exchanged now and then": changed(
        SPIRAL, ("    dense1.forward(X)", "    if epoch % 100 == 99:\n        X = X * 1.01\n"
                 "        y = y.copy()\n    dense1.forward(X)")),
    "samples changed in place now and then": changed(
        SPIRAL, ("    dense1.forward(X)", "    if epoch % 100 == 99:\n        X *= 1.01\n"
                 "        y[:5] = 1\n    dense1.forward(X)")),
    "weights exchanged now and then": changed(
        SPIRAL, ("        print(",
                 "        dense1.weights = dense1.weights * 0.9\n        print(")),
    "printed before anything": changed(
        SPIRAL, ("    dense1.forward(X)", "    if epoch % 70 == 69:\n        print(accuracy, "
                 "dense1.dinputs.sum(), dense2.output.sum())\n    dense1.forward(X)")),
    "a function looks at the names": changed(
        SPIRAL, ("for epoch", "def look():\n    print(accuracy, predictions.sum())\n"
                 "    print(dense1.dinputs)\n\nfor epoch"),
        ("    dense1.forward(X)",
         "    if epoch % 70 == 69:\n        look()\n    dense1.forward(X)")),
    "the optimizer's state kept": changed(
        SPIRAL, ("for epoch", "kept = []\nfor epoch"),
        ("        print(", "        if epoch:\n            kept += [dense1.weight_momentums, "
         "dense2.bias_cache]\n        print(")),
    "an array of the names kept": changed(
        SPIRAL, ("for epoch", "kept = []\nfor epoch"),
        ("        print(", "        kept.append((dense1.output, dense2.dinputs) if epoch else 0)\n"
         "        print(")),
    "a text made in each turn": changed(
        SPIRAL, ("    if not epoch % 50:\n        print(f'epoch", "    text = (f'epoch"),
        ("{optimizer.current_learning_rate}')\n",
         "{optimizer.current_learning_rate}')\n    if not epoch % 50:\n        print(text)\n")),
    "updates before the layers in front went backward": changed(
        SPIRAL, ("    optimizer.pre_update_params()\n", ""),
        ("    optimizer.update_params(dense2)\n", ""),
        ("    activation1.backward(", "    optimizer.pre_update_params()\n"
         "    optimizer.update_params(dense2)\n    activation1.backward(")),
    "raises in one turn": SPIRAL + "    z = 1 / (epoch - 277)\n",
    "asks what is not so any more": changed(
        SPIRAL, ("    dense1.forward(X)",
                 "    if previous > 1: previous = loss\n    dense1.forward(X)"),
        ("for epoch", "previous = loss = 2\nfor epoch")),
    "keeps losses": KEEPS,
    "keeps losses with penalties": changed(
        REGULARIZED, ("for epoch", "losses, rates = [], []\nfor epoch"),
        ("    loss = data_loss + regularization_loss\n",
         "    loss = data_loss + regularization_loss\n    losses.append(loss)\n"
         "    losses.append(float(data_loss))\n"
         "    rates.append(optimizer.current_learning_rate)\n"),
        ("    optimizer.update_params(dense2)\n", "    optimizer.update_params(dense2)\n"
         "    rates.append(optimizer.current_learning_rate)\n")),
    "keeps a constant rate": changed(
        SPIRAL, ("for epoch", "rates = []\nfor epoch"), ("learning_rate=0.05, decay=5e-5", "1"),
        ("    optimizer.update_params(dense2)\n", "    optimizer.update_params(dense2)\n"
         "    rates.append(optimizer.current_learning_rate)\n")),
    "keeps a number that cannot be in one turn": changed(
        SPIRAL, ("for epoch", "kept = []\nfor epoch")) + "    kept.append(1 / (epoch - 277))\n",
    "in a generator": _in_a_function(
        "        print(", "        yield epoch, loss, vars(dense1).copy()\n        print(",
        "for step in train(X, y):\n    print(step)\n    dense1.weights *= 0.99\n"),
    "in a function in a function": _in_a_function(
        "        print(", "        print(",
        "def outer():\n    samples = X\n    def inner():\n        nonlocal samples\n"
        "        samples = samples * 2\n        return train(samples, y)\n    return inner\n\n"
        "outer()()\n"),
    "in a class": SPIRAL.partition("for epoch")[0] + "class Trained:\n" + indent(
        "y = y\nfor epoch" + SPIRAL.partition("for epoch")[2], "    "),
    "settings in a dictionary": changed(
        SPIRAL, ("for epoch", "settings = {'every': 40, 'loud': True}\nfor epoch"),
        ("if not epoch % 50:", "if settings['loud'] and epoch % settings['every'] == 0:\n"
         "        settings['every'] = 60")),
    "other ranges": changed(SPIRAL, ("range(301)", "range(600, 2, -2)")),
    "a range with a name": changed(SPIRAL, ("for epoch in range(301):", "turns = range(301)\n"
                                            "for epoch in turns:")),
    "frozen": changed(SPIRAL, ("for epoch", "dense1.trainable = False\nfor epoch")),
    "an else of the loop": SPIRAL + "else:\n    print('all', epoch)\n",
    "a loop in a loop": SPIRAL.partition("for epoch")[0] + (
        "for rate in (0.1, 0.02):\n    optimizer.learning_rate = rate\n"
        + indent("for epoch" + SPIRAL.partition("for epoch")[2], "    ")),
}

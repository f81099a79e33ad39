"""Programs that look at samples kept apart in each turn, and keep what they find or stop by it; and
what looks like that and is not.
"""

from adopted_ways import with_own_classes
from both_ways import changed
from epoch_programs import IN_ONE
from generator_programs import SHUFFLED, by
from loop_programs import SPIRAL
from shuffled_programs import TRAINED as SHUFFLES

_IF = "    if epoch % 10 == 0:\n"
_APART = ("apart, wanted = np.random.rand(30, 6), np.random.randint(0, 3, 30)\n"
          "history, best, at, weights, waited = [], 9.0, -1, None, 0\n")
FORWARD = """\
    hidden.forward(apart)
    rectifier.forward(hidden.output)
    drop.forward(rectifier.output, training=False)
    last.forward(drop.output)
"""
LOOKS = FORWARD + """\
    found = output.forward(last.output, wanted)
    right_there = np.mean(np.argmax(output.output, axis=1) == wanted)
"""
KEEPS = "    history.append(found)\n"


def of(lines: str, source: str = IN_ONE, before: str = "", looks: str = LOOKS) -> str:
    """With this behind each epoch, and that before the loop."""
    return changed(source, (_IF, looks + lines + _IF), ("for epoch", _APART + before + "for epoch"))


EVALUATE = '''\
def evaluate(X, y):
    hidden.forward(X)
    rectifier.forward(hidden.output)
    drop.forward(rectifier.output, False)
    last.forward(drop.output)
    loss = output.forward(last.output, y)
    return loss, np.mean(np.argmax(output.output, axis=1) == y)


'''
_FULL = with_own_classes(SPIRAL)
_POST = "    optimizer.post_update_params()\n"
_FULL_LOOKS = """\
    dense1.forward(X_val)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
    val_loss = loss_activation.forward(dense2.output, y_val)
    val_acc = np.mean(np.argmax(loss_activation.output, axis=1) == y_val)
"""


def of_all(lines: str, looks: str = _FULL_LOOKS) -> str:
    """The same of a loop whose turns take all samples at once."""
    return changed(_FULL, (_POST, _POST + looks + lines), (
        "for epoch", "X_val, y_val = spiral_data(samples=7, classes=3)\nhistory = []\n"
                     "best, waited, kept = 9.0, 0, None\nfor epoch"))


TRAINED = {
    "kept": of(KEEPS),
    "kept, of a generator's batches": of(KEEPS, by(SHUFFLED)),
    "kept, of shuffled samples": of(KEEPS, SHUFFLES["a permutation"]),
    "kept, of samples left in their order": of(KEEPS, SHUFFLES["left in that order"]),
    "printed": of("").replace("print(epoch,", "print(found, right_there, epoch,"),
    "both kept": of("    history.append((epoch, found, right_there))\n"),
    "kept as floats": of("    history.append(float(found))\n"
                         "    shares.append(right_there.item())\n", before="shares = []\n"),
    "kept in a dictionary of lists": of(
        "    lists['loss'].append(total / 74)\n    lists['there'].append(found)\n"
        "    lists['right'].append(right_there)\n",
        before="lists = {'loss': [], 'there': [], 'right': []}\n"),
    "kept as dictionaries": of("    history.append({'epoch': epoch, 'found': found})\n"),
    "kept without a name": of("    history.append(output.forward(last.output, wanted))\n",
                              looks=FORWARD),
    "the mean is computed there": of("    history.append(np.mean(np.argmax(output.output, axis=1) "
                                     "== wanted))\n"),
    "by a function": of("    found, right_there = evaluate(apart, wanted)\n" + KEEPS,
                        before=EVALUATE, looks=""),
    "the epoch's number": of("    found = found * (epoch + 1)\n" + KEEPS),
    "only where there is any": of(
        "    if apart is not None:\n" + "".join(
            f"    {line}\n" for line in (LOOKS + KEEPS).splitlines()), looks=""),
    "stops by it": of("    if found < 1.0:\n        print(epoch)\n        break\n"),
    "the best so far": of("    if found < best:\n        best, at = found, epoch\n"
                          "        weights = hidden.weights.copy()\n"),
    "waits for the best": of(
        "    if found < best:\n        best, waited = found, 0\n    else:\n        waited += 1\n"
        "        if waited > 3:\n            print(epoch)\n            break\n"),
    "a mean as it goes": of("    best = 0.9 * best + 0.1 * found\n    history.append(best)\n"),
    "by a list of layers": of(
        "    out = apart\n    for layer in (hidden, rectifier, last):\n        layer.forward(out)\n"
        "        out = layer.output\n    history.append(output.forward(out, wanted))\n", looks=""),
    "in a while loop": changed(of(KEEPS), (
        "for epoch in range(60):\n", "epoch = -1\nwhile epoch < 59:\n    epoch += 1\n")),
    "biases in a row": changed(of(KEEPS), ("self.biases = np.zeros((1, fan_out))", (
        "self.biases = np.zeros(fan_out)")), ("axis=0, keepdims=True)\n        if", (
            "axis=0)\n        if"))),
    "the sums of the weights, too": of("    history.append(np.sum(hidden.weights ** 2))\n"),
    "in arrays": of("    places[epoch] = found\n    h[epoch, 1] = total / 74\n"
                    "    h[epoch, 0] = np.mean(np.argmax(output.output, axis=1) == wanted)\n",
                    before="places, h = np.zeros(60), np.zeros((60, 2))\n"),
    "in a list, all at once": changed(of_all("    lists[epoch] = val_loss\n"),
                                      ("history = []", "history, lists = [], [0] * 301")),
    "all at once": of_all("    history.append(val_loss)\n"),
    "all at once, the best": of_all(
        "    if val_acc > best:\n        best, kept = val_acc, dense1.weights.copy()\n").replace(
        "best, waited, kept = 9.0", "best, waited, kept = 0.0"),
    "all at once, patience": of_all(
        "    if val_loss < best - 1e-3:\n        best, waited = val_loss, 0\n    else:\n"
        "        waited += 1\n    if waited > 9:\n        print(epoch)\n        break\n"),
    "all at once, printed": of_all(
        "    if not epoch % 50:\n        print(val_loss, val_acc)\n"),
}



def anew(source: str) -> str:
    """Of an optimizer that makes weights and biases anew."""
    return changed(source, *[(f"layer.{name} += {one}_updates", f"layer.{name} = layer.{name} + "
                              f"{one}_updates") for name, one in (
                                  ("weights", "weight"), ("biases", "bias"))])


TRAINED |= {f"{name}, weights made anew": anew(TRAINED[name]) for name in (
    "kept", "by a function", "waits for the best", "biases in a row",
    "the sums of the weights, too", "kept, of shuffled samples")} | {
    "made anew, and held before": anew(of(
        "    history.append((found, np.sum(hidden.weights)))\n", before=(
            "first = hidden.weights, hidden.biases\n"))) + "print(first[0] is hidden.weights)\n"}

# name: (source, words of the sentence that says why the loop over epochs runs as it is)
LEFT = {
    "by the number of a while loop": (changed(of("    found = found * epoch\n" + KEEPS), (
        "for epoch in range(60):\n", "epoch = -1\nwhile epoch < 59:\n    epoch += 1\n")), ""),
    "weights in columns": (of(
        KEEPS, before="hidden.weights = np.asfortranarray(hidden.weights)\n"), "C order"),
    "says it": (of("    print(found)\n"), ""),
    "draws": (of(KEEPS).replace("drop.forward(rectifier.output, training=False)",
                                "drop.forward(rectifier.output)", 1), ""),
    "the gradients": (of("    history.append(np.sum(hidden.dweights ** 2))\n"), ""),
    "the rates": (of("    history.append((found, sgd.current_learning_rate))\n"), ""),
    "the counts": (of("    history.append((found, sgd.iterations))\n"), ""),
    "of the last batch": (of("    history.append(output.forward(last.output, their))\n",
                             looks="    hidden.forward(some)\n"
                                   "    rectifier.forward(hidden.output)\n"
                                   "    last.forward(rectifier.output)\n"), ""),
    "with the sum of the batches": (of("    found = found + total\n" + KEEPS), ""),
    "the outputs": (of("    history.append(last.output)\n"), ""),
    "trains with it": (of("    output.backward(output.output, wanted)\n"
                          "    last.backward(output.dinputs)\n" + KEEPS), ""),
    "changes a layer": (of("    hidden.biases = hidden.biases * 0.99\n" + KEEPS), ""),
    "adds noise": (of("    found += np.random.rand()\n" + KEEPS), ""),
    "other samples in each epoch": (of(
        KEEPS, looks=LOOKS.replace("(apart)", "(apart[epoch % 3:20 + epoch % 3])").replace(
            "wanted", "wanted[epoch % 3:20 + epoch % 3]")), ""),
    "changes the samples": (of("    apart += 1e-3\n" + KEEPS), ""),
    "two ends": (of("    history.append(found)\n    hidden.forward(apart)\n    total += np.sum("
                    "hidden.output)\n    history.append(total)\n"), ""),
    "a function that keeps it": (of(
        "    evaluate(apart, wanted)\n", before=EVALUATE.replace(
            "    return loss,", "    history.append(loss)\n    return loss,"), looks=""), ""),
}

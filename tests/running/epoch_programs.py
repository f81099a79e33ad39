"""Programs that train in batches, one loop in the other, as people write them who have read the
book: classes of their own, sums of each epoch, a Network with a method that trains.
"""

from both_ways import changed
from epoch_classes import CLASSES

IN_ONE = CLASSES + '''\
class Output:
    def __init__(self):
        self.activation = Probabilities()
        self.loss = LogLoss()

    def forward(self, inputs, y_true):
        self.activation.forward(inputs)
        self.output = self.activation.output
        return self.loss.calculate(self.output, y_true)

    def backward(self, dvalues, y_true):
        samples = len(dvalues)
        if len(y_true.shape) == 2:
            y_true = np.argmax(y_true, axis=1)
        self.dinputs = dvalues.copy()
        self.dinputs[range(samples), y_true] -= 1
        self.dinputs = self.dinputs / samples


class Momentum:
    def __init__(self, learning_rate=1., decay=0., momentum=0.):
        self.learning_rate = learning_rate
        self.current_learning_rate = learning_rate
        self.decay = decay
        self.iterations = 0
        self.momentum = momentum

    def pre_update_params(self):
        if self.decay:
            self.current_learning_rate = self.learning_rate * (
                1. / (1. + self.decay * self.iterations))

    def update_params(self, layer):
        if self.momentum:
            if not hasattr(layer, 'weight_momentums'):
                layer.weight_momentums = np.zeros_like(layer.weights)
                layer.bias_momentums = np.zeros_like(layer.biases)
            weight_updates = (self.momentum * layer.weight_momentums
                              - self.current_learning_rate * layer.dweights)
            layer.weight_momentums = weight_updates
            bias_updates = (self.momentum * layer.bias_momentums
                            - self.current_learning_rate * layer.dbiases)
            layer.bias_momentums = bias_updates
        else:
            weight_updates = -self.current_learning_rate * layer.dweights
            bias_updates = -self.current_learning_rate * layer.dbiases
        layer.weights += weight_updates
        layer.biases += bias_updates

    def post_update_params(self):
        self.iterations += 1


# ADOPT
samples = np.random.rand(74, 6)
labels = np.random.randint(0, 3, 74)
hidden, rectifier, drop, last = Linear(6, 16), Rectifier(), Drop(0.1), Linear(16, 3)
output = Output()
sgd = Momentum(0.5, 1e-3, 0.9)
SIZE = 10
for epoch in range(60):
    total, right = 0, 0
    for start in range(0, len(samples), SIZE):
        some, their = samples[start:start + SIZE], labels[start:start + SIZE]
        hidden.forward(some)
        rectifier.forward(hidden.output)
        drop.forward(rectifier.output)
        last.forward(drop.output)
        loss = output.forward(last.output, their)
        total += loss * len(some)
        right += (np.argmax(output.output, axis=1) == their).sum()
        output.backward(output.output, their)
        last.backward(output.dinputs)
        drop.backward(last.dinputs)
        rectifier.backward(drop.dinputs)
        hidden.backward(rectifier.dinputs)
        sgd.pre_update_params()
        sgd.update_params(hidden)
        sgd.update_params(last)
        sgd.post_update_params()
    if epoch % 10 == 0:
        print(epoch, repr(total / len(samples)), right / len(samples), repr(loss), start, len(some))
print(repr(total), type(total), right, type(right), sgd.current_learning_rate)
hidden.forward(samples)
rectifier.forward(hidden.output)
drop.forward(rectifier.output, training=False)
last.forward(drop.output)
print(repr(output.forward(last.output, labels)))
'''
NETWORK = CLASSES + '''\
class Both:
    def backward(self, dvalues, y_true):
        count = len(dvalues)
        self.dinputs = dvalues.copy()
        self.dinputs[range(count), y_true] -= 1
        self.dinputs /= count


class Moments:
    def __init__(self, lr=0.001, decay=0.):
        self.lr = lr
        self.current = lr
        self.decay = decay
        self.iterations = 0

    def pre(self):
        if self.decay:
            self.current = self.lr * (1. / (1. + self.decay * self.iterations))

    def update(self, layer):
        if not hasattr(layer, 'weight_cache'):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.weight_cache = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
            layer.bias_cache = np.zeros_like(layer.biases)
        layer.weight_momentums = 0.9 * layer.weight_momentums + (1 - 0.9) * layer.dweights
        layer.bias_momentums = 0.9 * layer.bias_momentums + (1 - 0.9) * layer.dbiases
        wm = layer.weight_momentums / (1 - 0.9 ** (self.iterations + 1))
        bm = layer.bias_momentums / (1 - 0.9 ** (self.iterations + 1))
        layer.weight_cache = 0.999 * layer.weight_cache + (1 - 0.999) * layer.dweights ** 2
        layer.bias_cache = 0.999 * layer.bias_cache + (1 - 0.999) * layer.dbiases ** 2
        wc = layer.weight_cache / (1 - 0.999 ** (self.iterations + 1))
        bc = layer.bias_cache / (1 - 0.999 ** (self.iterations + 1))
        layer.weights += -self.current * wm / (np.sqrt(wc) + 1e-7)
        layer.biases += -self.current * bm / (np.sqrt(bc) + 1e-7)

    def post(self):
        self.iterations += 1


class Network:
    def __init__(self):
        self.layers = []

    def add(self, layer):
        self.layers.append(layer)

    def use(self, loss, optimizer):
        self.loss = loss
        self.optimizer = optimizer
        self.both = Both()

    def forward(self, X, training):
        found = X
        for layer in self.layers:
            layer.forward(found, training)
            found = layer.output
        return found

    def backward(self, output, y):
        self.both.backward(output, y)
        self.layers[-1].dinputs = self.both.dinputs
        slope = self.both.dinputs
        for layer in reversed(self.layers[:-1]):
            layer.backward(slope)
            slope = layer.dinputs

    def train(self, X, y, epochs=1, batch_size=None, print_every=1):
        steps = 1
        if batch_size is not None:
            steps = len(X) // batch_size
            if steps * batch_size < len(X):
                steps += 1
        for epoch in range(1, epochs + 1):
            for step in range(steps):
                if batch_size is None:
                    xs, ys = X, y
                else:
                    xs = X[step * batch_size:(step + 1) * batch_size]
                    ys = y[step * batch_size:(step + 1) * batch_size]
                output = self.forward(xs, training=True)
                loss = self.loss.calculate(output, ys)
                found = self.layers[-1].predictions(output)
                accuracy = np.mean(found == ys)
                self.backward(output, ys)
                self.optimizer.pre()
                for layer in self.layers:
                    if hasattr(layer, 'weights'):
                        self.optimizer.update(layer)
                self.optimizer.post()
            if not epoch % print_every:
                print(epoch, accuracy, repr(loss), self.optimizer.current)


# ADOPT
X, y = np.random.rand(74, 6), np.random.randint(0, 3, 74)
network = Network()
for part in (Linear(6, 16, l2=5e-4), Rectifier(), Linear(16, 16), Rectifier(), Linear(16, 3),
             Probabilities()):
    network.add(part)
del part
network.use(LogLoss(), Moments(lr=0.005, decay=5e-5))
network.train(X, y, epochs=50, batch_size=10, print_every=10)
print(repr(network.loss.calculate(network.forward(X, False), y)))
'''
_TRAINED = "    if epoch % 10 == 0:\n"
_SUM = "        total += loss * len(some)\n"


def behind(text: str, before: str = "") -> str:
    """With this behind each epoch, and that before the loop."""
    return changed(IN_ONE, (_TRAINED, text + _TRAINED), ("for epoch", before + "for epoch"))


def within(text: str, before: str = "") -> str:
    """With this in each batch, and that before the loop."""
    return changed(IN_ONE, (_SUM, _SUM + text), ("for epoch", before + "for epoch"))


def listed(mean: str, value: str = "loss") -> str:
    """With a list of the batches' losses, of which something is kept."""
    return changed(IN_ONE, ("total, right = 0, 0", "total, right, found = 0, 0, []"), (
        _SUM, _SUM + f"        found.append({value})\n"), (
        _TRAINED, f"    kept.append({mean})\n" + _TRAINED), ("for epoch", "kept = []\nfor epoch"))


TRAINED = {
    "a list that is printed": changed(IN_ONE, (
        "total, right = 0, 0", "total, right = 0, 0\n    found = []"), (
        _SUM, _SUM + "        found.append(loss)\n"), (
        _TRAINED, "    mean = sum(found) / len(found)\n" + _TRAINED), (
        "repr(total / len(samples))", "repr(total / len(samples)), repr(mean), found[-1], found")),
    "counts its batches": changed(IN_ONE, (
        "total, right = 0, 0", "total, right, batches = 0, 0, 0"), (
        _SUM, "        total += loss.item()\n        batches += 1\n"), (
        _TRAINED, "    mean = total / batches\n" + _TRAINED), (
        "repr(total / len(samples))", "repr(mean), batches")),
    "prints by the number of batches": changed(IN_ONE, (
        "total, right = 0, 0", "total, right, batches = 0, 0, 0"), (
        _SUM, _SUM + "        batches += 1\n        if epoch % 20 == 0 and batches % 3 == 0:\n"
                     "            print(batches, loss)\n")),
    "in one": IN_ONE,
    "a network": NETWORK,
    "a network, all at once": changed(NETWORK, ("batch_size=10", "batch_size=None")),
    "no decay": changed(IN_ONE, ("Momentum(0.5, 1e-3, 0.9)", "Momentum(0.1)")),
    "whole batches": changed(IN_ONE, ("SIZE = 10", "SIZE = 37")),
    "one batch": changed(IN_ONE, ("SIZE = 10", "SIZE = 74")),
    "a batch larger than all": changed(IN_ONE, ("SIZE = 10", "SIZE = 100")),
    "single samples": changed(IN_ONE, ("range(60)", "range(24)"), ("SIZE = 10", "SIZE = 1")),
    "without the rest": changed(IN_ONE, ("range(0, len(samples), SIZE)",
                                         "range(0, len(samples) // SIZE * SIZE, SIZE)")),
    "by number": changed(IN_ONE, ("for start in range(0, len(samples), SIZE):",
                                  "for k in range(7):"),
                         ("samples[start:start + SIZE]", "samples[k * SIZE:(k + 1) * SIZE]"),
                         ("labels[start:start + SIZE]", "labels[k * SIZE:(k + 1) * SIZE]"),
                         ("repr(loss), start", "repr(loss), k")),
    "to a bound with a name": changed(
        IN_ONE, ("        some, their", "        end = min(start + SIZE, len(samples))\n"
                 "        some, their"),
        ("samples[start:start + SIZE]", "samples[start:end]"),
        ("labels[start:start + SIZE]", "labels[start:end]")),
    "a sum of floats": changed(IN_ONE, ("total += loss * len(some)", "total += float(loss)")),
    "the sum before the step": changed(
        IN_ONE, ("        loss = output.forward(last.output, their)\n", ""),
        (_SUM, "        total += output.forward(last.output, their) * len(some)\n"),
        (", repr(loss), start", ", start")),
    "a mean as it goes": within("        mean = 0.9 * mean + 0.1 * loss\n").replace(
        "total, right = 0, 0", "total, right, mean = 0, 0, 0."),
    "what the last batch found": behind("    last_found = loss * 2\n    places = len(some)\n"),
    "counts the epochs": behind("    done += 1\n", "done = 0\n"),
    "counts the batches": within("        done += 1\n", "done = 0\n"),
    "keeps the numbers of the epochs": behind("    kept.append(epoch)\n", "kept = []\n"),
    "prints a batch of some epochs": within(
        "        if epoch % 20 == 7 and start == 30:\n            print(epoch, start, loss)\n"),
    "numbers that grow too large": within("        large = loss * 2 ** (9 + epoch)\n"),
    "a validation in each epoch": behind(
        "    hidden.forward(samples)\n    rectifier.forward(hidden.output)\n"),
    "overflows": changed(IN_ONE, ("Momentum(0.5, 1e-3, 0.9)", "Momentum(1e200, 1e-3, 0.9)")),
}

# What is kept or asked of sums of the batches, of which each is recorded then.
ASKED = {
    "keeps the sums": behind("    kept.append((total, right))\n", "kept = []\n"),
    "keeps means": behind("    kept.append(total / len(samples))\n"
                          "    shares.append((epoch, right / len(samples)))\n",
                          "kept, shares = [], []\n"),
    "keeps the losses of batches": within("        kept.append(loss)\n", "kept = []\n"),
    "keeps the means of a list": listed("np.mean(found)"),
    "keeps the means of a list, divided": listed("sum(found) / len(found)"),
    "keeps the means of a list of floats": listed("float(np.mean(found))", "float(loss)"),
    "keeps the largest of a list": listed("max(found)", "loss.item() * 2"),
    "keeps the means of a list by a name": changed(listed("mean"), (
        "    kept.append(mean)", "    mean = np.mean(found)\n    kept.append(mean)")),
    "stops by the mean of a list": changed(listed("1"), (
        "    kept.append(1)", "    if np.mean(found) < 1.0:\n        print(found)\n        break")),
    "keeps sums of numbers of Python's": changed(
        behind("    kept.append(total / 74)\n    shares.append(right / batches)\n", (
            "kept, shares = [], []\n")), ("total += loss * len(some)", "total += loss.item()"), (
            "axis=1) == their).sum()", "axis=1) == their).sum())\n        batches += 1"), (
            "right += (np", "right += int((np"), ("total, right = 0, 0", (
                "total, right, batches = 0, 0, 0"))),
    "keeps the last loss": behind("    kept.append(loss)\n", "kept = []\n"),
    "a sum of shares": changed(behind("    kept.append(share / 8)\n", "kept = []\n"), (
        _SUM, _SUM + "        share += np.mean(np.argmax(output.output, axis=1) == their)\n"), (
        "total, right = 0, 0", "total, right, share = 0, 0, 0.0")),
    "floats": changed(behind("    kept.append(total)\n", "kept = []\n"), (
        "total += loss * len(some)", "total += float(loss)")),
    "computed where it is added": changed(
        behind("    kept.append(total / 74)\n", "kept = []\n"),
        ("        loss = output.forward(last.output, their)\n", ""),
        (_SUM, "        total += output.forward(last.output, their) * len(some)\n"),
        (", repr(loss), start", ", start")),
    "a mean as it goes": changed(
        within("        mean = 0.9 * mean + 0.1 * loss\n", "mean = 1.0\n"),
        (_TRAINED, "    kept.append(mean)\n" + _TRAINED),
        ("mean = 1.0\n", "mean, kept = 1.0, []\n")),
    "stops by the sum": behind("    if total / 74 < 1.0:\n        break\n"),
    "stops by the count": behind("    if right / len(samples) > 0.55:\n        break\n"),
    "stops by a batch": within("        if loss < 0.6:\n            break\n"),
    "the best so far": behind(
        "    if total < best:\n        best, at = total, epoch\n"
        "        weights = hidden.weights.copy()\n", "best, at, weights = 1e9, -1, None\n"),
    "waits for the best": behind(
        "    if total < best:\n        best, waited = total, 0\n    else:\n        waited += 1\n"
        "        if waited > 4:\n            print(epoch)\n            break\n",
        "best, waited = 1e9, 0\n"),
    "a sum that never begins anew": changed(IN_ONE, (
        "    total, right = 0, 0\n", "    right = 0\n"), ("for epoch", "total = 0\nfor epoch")),
    "the loss of the batch before": changed(IN_ONE, (
        "        loss = output", "        before = loss\n        loss = output"), (
        "for epoch", "loss = 0.\nfor epoch")),
}

# name: (source, words of the sentence that says why the loop over epochs runs as it is)
LEFT = {
    "prints every epoch": (changed(IN_ONE, ("epoch % 10 == 0", "epoch % 1 == 0")), ""),
    "says each epoch": (behind("    print(total)\n"), "calls print in each turn"),
    "keeps the rates": (behind("    kept.append(sgd.current_learning_rate)\n", "kept = []\n"),
                        "a learning rate of each turn"),
    "keeps the losses of batches in a list that it reads": (within(
        "        kept.append(loss)\n        last_found = kept[0] * 2\n", "kept = []\n"),
        "not known to be the same"),
    "a list with two names": (changed(
        listed("np.mean(found)"), ("found = 0, 0, []", "= 0, 0\n    found = other = []")).replace(
            "right, = 0", "right = 0"), "one list with two names"),
    "keeps the lists": (listed("found"), "does not record"),
    "a list of all epochs": (changed(listed("np.mean(found)"), (
        "right, found = 0, 0, []", "right = 0, 0"), ("kept = []\n", "kept, found = [], []\n")),
        "of which fit records none"),
    "whole numbers that may not be": (within("        size = int(loss * 100)\n"),
                                      "may raise in one turn"),
    "divides by what may be 0": (changed(IN_ONE, (
        _SUM, _SUM + "        wrong += int((np.argmax(output.output, axis=1) == their).sum())\n"), (
        "total, right = 0, 0", "total, right, wrong = 0, 0, 0"), (
        _TRAINED, "    ratio = right / wrong\n" + _TRAINED)), "may raise"),
    "prints a batch of each epoch": (within("        if start == 30:\n            print(loss)\n"),
                                     "in some batch of each turn"),
    "overlapping batches": (changed(
        IN_ONE, ("samples[start:start + SIZE]", "samples[start:start + SIZE + 1]"),
        ("labels[start:start + SIZE]", "labels[start:start + SIZE + 1]")), "are not those"),
    "batches backwards": (changed(IN_ONE, ("range(0, len(samples), SIZE)",
                                           "range(70, -1, -SIZE)")), "are not those"),
    "twice the same": (changed(IN_ONE, (
        "range(0, len(samples), SIZE)", "range(0, len(samples) * 2, SIZE)"), (
        "samples[start:start + SIZE], labels[start:start + SIZE]",
        "samples[start % 74:start % 74 + SIZE], labels[start % 74:start % 74 + SIZE]")),
        "are not those"),
    "other batches in each epoch": (changed(IN_ONE, (
        "samples[start:start + SIZE], labels[start:start + SIZE]",
        "samples[start + epoch % 2:start + SIZE], labels[start + epoch % 2:start + SIZE]")),
        "other batches"),
    "fewer batches in later epochs": (changed(IN_ONE, (
        "range(0, len(samples), SIZE)", "range(0, len(samples) - epoch, SIZE)")),
        "not known to be the same"),
    "other labels": (changed(IN_ONE, ("labels[start:start + SIZE]",
                                      "labels[start + 1:start + SIZE + 1]"), (
        "range(0, len(samples), SIZE)", "range(0, 70, SIZE)")), "are not those"),
    "a sum of arrays": (within("        both = both + some.sum(axis=0)\n").replace(
        "total, right = 0, 0", "total, right, both = 0, 0, 0"), "both is no number"),
    "two loops over batches": (behind("    for k in range(3):\n        total += k\n"),
                               "a loop more"),
    "the rate of each epoch": (changed(IN_ONE, ("        sgd.pre_update_params()\n", ""), (
        "    total, right = 0, 0\n", "    total, right = 0, 0\n    sgd.pre_update_params()\n")),
        ""),
    "a slope in each epoch": (behind(
        "    hidden.forward(samples)\n    hidden.backward(hidden.output)\n"),
        "behind its batches"),
}

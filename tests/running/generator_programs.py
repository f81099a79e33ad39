"""Programs whose epochs go over batches that a generator of their own makes, in the ways that
people write it, and what looks like that and is not.
"""

from both_ways import changed
from epoch_programs import IN_ONE

_FOR = "    for start in range(0, len(samples), SIZE):\n"
_TAKEN = "        some, their = samples[start:start + SIZE], labels[start:start + SIZE]\n"
_PRINTED = "repr(loss), start, len(some))"
_LOOP = "for some, their in batches(samples, labels, SIZE):"


def by(source: str, loop: str = _LOOP, more: tuple[tuple[str, str], ...] = ()) -> str:
    """Batches that this source makes, and a loop over them."""
    return changed(IN_ONE, (_FOR, f"    {loop}\n"), (_TAKEN, ""), (
        _PRINTED, "repr(loss), len(some))"), ("for epoch", f"{source}for epoch"), *more)


def generator(*lines: str, head: str = "batches(X, y, size)") -> str:
    """A generator of these lines."""
    return f"def {head}:\n" + "".join(f"    {line}\n" for line in lines) + "\n\n"


PLAIN = generator("for i in range(0, len(X), size):", "    yield X[i:i + size], y[i:i + size]")
SHUFFLED = generator("keys = np.random.permutation(len(X))", "for i in range(0, len(X), size):",
                     "    yield X[keys[i:i + size]], y[keys[i:i + size]]")
LOADER = '''\
class Loader:
    def __init__(self, X, y, size):
        self.X, self.y, self.size = X, y, size

    def __iter__(self):
        order = np.random.permutation(len(self.X))
        for i in range(0, len(self.X), self.size):
            rows = order[i:i + self.size]
            yield self.X[rows], self.y[rows]

    def parts(self):
        for i in range(0, len(self.X), self.size):
            yield self.X[i:i + self.size], self.y[i:i + self.size]


loader = Loader(samples, labels, SIZE)
'''
_LIST = ("[(samples[i:i + SIZE], labels[i:i + SIZE]) "
         "for i in range(0, len(samples), SIZE)]")
_PART = generator("for i in range(0, len(X), size):", "    yield X[i:i + size]",
                  head="parts(X, size)")

TRAINED = {
    "one after the other": by(PLAIN),
    "shuffled": by(SHUFFLED),
    "shuffled in place, if asked": by(generator(
        "n = X.shape[0]", "keys = np.arange(n)", "if shuffle:", "    np.random.shuffle(keys)",
        "for i in range(0, n, size):", "    part = keys[i:i + size]", "    yield X[part], y[part]",
        head="batches(X, y, size=32, shuffle=True)")),
    "not shuffled, if not asked": by(generator(
        "if shuffle:", "    keys = np.random.permutation(len(X))", "    X, y = X[keys], y[keys]",
        "for i in range(0, len(X), size):", "    yield X[i:i + size], y[i:i + size]",
        head="batches(X, y, size=32, shuffle=True)"),
        "for some, their in batches(samples, labels, size=SIZE, shuffle=False):"),
    "all taken, whole batches": by(generator(
        '"""Batches."""', "keys = np.random.permutation(len(X))", "X, y = X[keys], y[keys]",
        "for k in range(len(X) // size):", "    start, end = k * size, (k + 1) * size",
        "    yield X[start:end], y[start:end]")),
    "counted": by(SHUFFLED, "for n, (some, their) in enumerate(batches(samples, labels, SIZE)):",
                  (("repr(loss), len", "repr(loss), n, len"),)),
    "counted from 1": by(PLAIN, "for n, (some, their) in enumerate(batches("
                         "samples, labels, SIZE), start=1):", (
                             ("total += loss * len(some)", "total += loss * n"),)),
    "side by side": by(_PART, "for some, their in zip(parts(samples, SIZE), parts(labels, SIZE)):"),
    "side by side, counted": by(
        _PART, "for n, (some, their) in enumerate(zip(parts(samples, SIZE), "
               "parts(labels, SIZE))):"),
    "beside numbers": by(_PART, "for i, some in zip(range(0, 74, SIZE), parts(samples, SIZE)):", (
        ("        hidden.forward", "        their = labels[i:i + SIZE]\n        hidden.forward"),)),
    "numbers, counted": by("", "for n, i in enumerate(range(0, 74, SIZE)):", (
        ("        hidden.forward", "        some, their = samples[i:i + SIZE], labels[i:i + SIZE]\n"
         "        hidden.forward"),)),
    "a loader": by(LOADER, "for some, their in loader:"),
    "a loader, counted": by(LOADER, "for n, (some, their) in enumerate(loader):"),
    "a loader's method": by(LOADER, "for some, their in loader.parts():"),
    "a list": by("", f"for some, their in {_LIST}:"),
    "a list with a name": by("", _LOOP, ((f"    {_LOOP}", f"    made = {_LIST}\n"
                                          "    for n, (some, their) in enumerate(made, 1):"), (
                                              "repr(loss), len", "repr(loss), n / len(made), len"),
                                         )),
    "a list by a function, shuffled": by(
        "def made(X, y, size):\n    keys = np.random.permutation(len(X))\n"
        "    X, y = X[keys], y[keys]\n"
        "    return [(X[i:i + size], y[i:i + size]) for i in range(0, len(X), size)]\n\n\n",
        "for some, their in made(samples, labels, SIZE):"),
    "a list that is there before": by(f"made = {_LIST}\n", "for some, their in made:"),
    "a list whose length is asked for": by(f"made = {_LIST}\n", "for some, their in made:", (
        ("total += loss * len(some)", "total += loss / len(made)"),)),
    "a tuple, counted": by(f"made = tuple({_LIST})\n",
                           "for n, (some, their) in enumerate(made):"),
    "a list of whole batches": by(
        f"samples, labels = samples[4:], labels[4:]\nmade = {_LIST}\n",
        "for some, their in made:"),
    "a list with the targets of the next": by(
        f"made = {_LIST}\nmade = [(x, t) for (x, _), (_, t) in zip(made[:-2], made[1:])]\n",
        "for some, their in made:"),
    "a generator in another": by(PLAIN + generator(
        "for x, t in batches(X, y, size):", "    yield t, x", head="turned(X, y, size)"),
        "for their, some in turned(samples, labels, SIZE):"),
    "one batch": by(SHUFFLED, more=(("SIZE = 10", "SIZE = 74"),)),
    "single samples": by(SHUFFLED, more=(("range(60)", "range(24)"), ("SIZE = 10", "SIZE = 1"))),
    "a generator of random numbers": by(
        "rng = np.random.default_rng(3)\n" + SHUFFLED.replace("np.random", "rng")),
    "more than batches": by(generator(
        "for i in range(0, len(X), size):", "    yield i, X[i:i + size], y[i:i + size]"),
        "for i, some, their in batches(samples, labels, SIZE):", (
            ("repr(loss), len", "repr(loss), i, len"),)),
    "keeps the sums": by(SHUFFLED, more=(
        ("    if epoch % 10", "    kept.append(total / len(samples))\n    if epoch % 10"),
        ("for epoch", "kept = []\nfor epoch"))),
    "stops by the sum": by(SHUFFLED, more=(
        ("    if epoch % 10", "    if total / 74 < 1.0:\n        break\n    if epoch % 10"),)),
}

_NAMED = f"    made = {_LIST}\n    for some, their in made:"
_ENDS = generator("for i in range(0, len(X), size):", "    yield X[i:i + size], y[i:i + size]",
                  "print('over')")

# name: (source, words of the sentence that says why the loop over epochs runs as it is)
LEFT = {
    "a list backwards": (by("", _LOOP, ((f"    {_LOOP}", _NAMED.replace(
        "in made", "in made[::-1]")),)), ""),
    "a list without the first": (by("", _LOOP, ((f"    {_LOOP}", _NAMED.replace(
        "in made", "in made[1:]")),)), ""),
    "a list that grows": (by("", _LOOP, ((f"    {_LOOP}", _NAMED.replace(
        "    for", "    made.append((samples, labels))\n    for")),)), ""),
    "a list of some": (by("", _LOOP, ((f"    {_LOOP}", _NAMED.replace(
        "SIZE)]", "SIZE) if i != 20]")),)), ""),
    "a list that is turned round": (by("", _LOOP, ((f"    {_LOOP}", _NAMED.replace(
        "    for", "    made.reverse()\n    for")),)), ""),
    "a list of copies": (by(f"made = [(x.copy(), t) for x, t in {_LIST}]\n",
                            "for some, their in made:"), ""),
    "a list in another order": (by(f"made = {_LIST}[::-1]\n", "for some, their in made:"), ""),
    "a list with a gap": (by(f"made = {_LIST}\ndel made[3]\n", "for some, their in made:"), ""),
    "a list of columns": (by(f"samples = np.asfortranarray(samples)\nmade = {_LIST}\n",
                             "for some, their in made:"), ""),
    "a list of other sizes": (by(
        "made = [(samples[i:j], labels[i:j]) for i, j in ((0, 10), (10, 30), (30, 74))]\n",
        "for some, their in made:"), ""),
    "a list that is changed where it prints": (by(
        f"made = {_LIST}\n", "for some, their in made:", (
            ("        print(epoch,", "        made.insert(0, made.pop())\n        print(epoch,"),)),
        ""),
    "a list twice": (by("", _LOOP, ((f"    {_LOOP}", _NAMED.replace("in made", "in made * 2")),)),
                     ""),
    "does more at its end": (by(_ENDS), "in another way"),
    "does more behind each": (by(PLAIN.replace("\n\n\n", "\n        print(i)\n\n\n")),
                              "in another way"),
    "says its batches": (by(PLAIN.replace("    yield", "    print(i)\n        yield")),
                         "in another way"),
    "yields twice": (by(PLAIN + PLAIN.replace("batches", "both").replace(
        "\n\n\n", "\n        yield X[i:i + size], y[i:i + size]\n\n\n"),
        "for some, their in both(samples, labels, SIZE):"), "in another way"),
    "yields a rest": (by(PLAIN.replace("\n\n\n", "\n    yield X[:size], y[:size]\n\n\n")),
                      "in another way"),
    "draws for each batch": (by(generator(
        "for i in range(0, len(X), size):", "    keys = np.random.permutation(len(X))",
        "    yield X[keys[i:i + size]], y[keys[i:i + size]]")), "elsewhere than once"),
    "draws batches": (by(generator(
        "for i in range(8):", "    keys = np.random.choice(len(X), size)",
        "    yield X[keys], y[keys]")), ""),
    "is changed midway": (by(PLAIN.replace("len(X), size", "len(X) - epoch, size")),
                          "read before it is set"),
    "goes over what is left": (by(
        PLAIN + "made = batches(samples, labels, SIZE)\n", "for some, their in made:"), ""),
    "catches what is thrown": (by(generator(
        "try:", "    for i in range(0, len(X), size):",
        "        yield X[i:i + size], y[i:i + size]", "finally:", "    print('over')")),
        "in another way"),
    "asks for what the loop has changed": (by(
        generator("for i in range(0, len(X), size):", "    yield X[i:i + size], y[i:i + size]",
                  head="batches(X, y, size)").replace("y[i:i + size]", "y[i + shift:i + size]"),
        more=(("total += loss", "shift = 0\n        total += loss"),
              ("for epoch", "shift = 0\nfor epoch"))), ""),
    "is counted from a variable": (by(
        PLAIN, "for n, (some, their) in enumerate(batches(samples, labels, SIZE), epoch):"),
        "not known"),
    "other numbers of both": (by(
        _PART, "for some, their in zip(parts(samples[:60], SIZE), parts(labels, SIZE)):"), ""),
    "targets in another order": (by(SHUFFLED.replace("y[keys[i:i + size]]", "y[i:i + size]")),
                                 "not in the same order"),
    "changes what it is given": (by(PLAIN.replace(
        "    for i", "    X += 1e-3\n    for i")), ""),
    "is decorated": (by("def twice(f):\n    return lambda *given: list(f(*given)) * 2\n\n\n@twice\n"
                        + PLAIN), ""),
    "a loader of one's own range": (by(LOADER.replace(
        "class Loader:", "class range(list):\n    def __init__(self, *given):\n"
        "        print(given)\n        super().__init__(__builtins__['range'](*given))\n\n\n"
        "class Loader:"), "for some, their in loader:"), ""),
}

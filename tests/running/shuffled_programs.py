"""Programs that put their samples into another order in each epoch, in the ways that people do it,
and what looks like that and is not.
"""

from both_ways import changed
from epoch_programs import IN_ONE

_TOTAL = "    total, right = 0, 0\n"
_TAKEN = "samples[start:start + SIZE], labels[start:start + SIZE]"
_FOR = "for epoch"
_PRINT = "    if epoch % 10 == 0:\n"
_WHOLE = "    shuffled, theirs = samples[keys], labels[keys]\n"
_SUM = "        total += loss * len(some)\n"
_LABELS = "labels[keys[start:start + 10]]"
_SLICES = "shuffled[start:start + SIZE], theirs[start:start + SIZE]"


def whole(draw: str, before: str = "", taken: str = _WHOLE, batch: str = _SLICES,
          more: tuple[tuple[str, str], ...] = ()) -> str:
    """All samples are taken in an order, and then batches one after the other."""
    return changed(IN_ONE, (_TOTAL, _TOTAL + f"    {draw}\n" + taken), (_TAKEN, batch),
                   (_FOR, before + _FOR), *more)


def by_keys(draw: str, before: str = "", batch: str = "keys[start:start + SIZE]",
            more: tuple[tuple[str, str], ...] = ()) -> str:
    """Each batch takes its samples by their numbers."""
    return changed(IN_ONE, (_TOTAL, _TOTAL + f"    {draw}\n"),
                   ("        some, their = " + _TAKEN,
                    f"        batch = {batch}\n"
                    "        some, their = samples[batch], labels[batch]"),
                   (_FOR, before + _FOR), *more)


PERMUTATION = "keys = np.random.permutation(len(samples))"
SHUFFLE = "np.random.shuffle(keys)"
KEYS = "keys = np.arange(len(samples))\n"
MOVED = "    samples, labels = samples[keys], labels[keys]\n"

TRAINED = {
    "a permutation": whole(PERMUTATION),
    "a permutation, by its parts": by_keys(PERMUTATION),
    "of a shape": whole("keys = np.random.permutation(samples.shape[0])"),
    "of numbers": by_keys("keys = np.random.permutation(keys_of)", "keys_of = np.arange(74)\n"),
    "a choice without replacement": by_keys("keys = np.random.choice(74, 74, replace=False)"),
    "a choice, its size by name": by_keys("keys = np.random.choice(74, size=74, replace=False)"),
    "in place": by_keys(SHUFFLE, KEYS),
    "in place, all taken": whole(SHUFFLE, KEYS),
    "in place, from the beginning": whole("keys = np.arange(74); np.random.shuffle(keys)"),
    "a generator": whole("keys = rng.permutation(74)", "rng = np.random.default_rng(3)\n"),
    "a generator in place": by_keys("rng.shuffle(keys)", "rng = np.random.default_rng(3)\n" + KEYS),
    "a random state": by_keys("keys = rng.permutation(74)", "rng = np.random.RandomState(3)\n"),
    "rows with all their columns": whole(PERMUTATION, taken=_WHOLE.replace(
        "samples[keys]", "samples[keys, :]")),
    "taken at once": whole("keys = np.random.permutation(74)", more=(
        ("range(0, len(samples), SIZE)", "range(0, shuffled.shape[0], SIZE)"),)),
    "all in one batch": whole(PERMUTATION, more=(("SIZE = 10", "SIZE = 74"),)),
    "single samples": by_keys(PERMUTATION, more=(("range(60)", "range(24)"),
                                                 ("SIZE = 10", "SIZE = 1"))),
    "without dropout": whole(PERMUTATION, more=(("Drop(0.1)", "Drop(0.0)"),)),
    "by a function": whole("shuffled, theirs = mixed(samples, labels)", (
        "def mixed(a, b):\n    keys = np.random.permutation(len(a))\n"
        "    return a[keys], b[keys]\n\n\n"), ""),
    "without the rest": by_keys(PERMUTATION, more=(
        ("range(0, len(samples), SIZE)", "range(0, 70, SIZE)"),)),
    "without the rest, in place": whole(SHUFFLE, KEYS, more=(
        ("range(0, len(samples), SIZE)", "range(0, len(samples) // SIZE * SIZE, SIZE)"),)),
    "without the rest, one batch": whole(PERMUTATION, more=(
        ("range(0, len(samples), SIZE)", "range(0, 1, SIZE)"),)),
    "without the rest, left in that order": whole(PERMUTATION, "", MOVED, _TAKEN, more=(
        ("range(0, len(samples), SIZE)", "range(0, 70, SIZE)"),)),
    "without the rest, of other types": by_keys(
        PERMUTATION, "labels = labels.astype(np.int16)\nsamples = samples.astype('f')\n", more=(
            ("range(0, len(samples), SIZE)", "range(0, 70, SIZE)"),)),
    "without the rest, and stops by the sum": by_keys(PERMUTATION, more=(
        ("range(0, len(samples), SIZE)", "range(0, 70, SIZE)"),
        (_PRINT, "    if total / 70 < 1.0:\n        print(keys)\n        break\n" + _PRINT))),
    "batches asked for their size": by_keys(PERMUTATION, more=((_SUM, "".join(
        _SUM.replace("len(some)", count) for count in (
            "len(batch)", "batch.shape[0]", "batch.size", "some.shape[0]", "their.size"))),)),
    "the same part written twice": by_keys(PERMUTATION, more=(
        ("(last.output, their)", f"(last.output, {_LABELS})"),
        ("(output.output, their)", f"(output.output, {_LABELS})"))),
    "left in that order": whole(PERMUTATION, "", MOVED, _TAKEN),
    "left in that order, one by one": whole(
        PERMUTATION, "", "    samples = samples[keys]\n    labels = labels[keys]\n", _TAKEN),
    "left in that order, by numbers in place": whole(SHUFFLE, KEYS, MOVED, _TAKEN),
    "left in that order by a function": whole("samples, labels = mixed(samples, labels)", (
        "def mixed(a, b):\n    keys = np.random.permutation(len(a))\n"
        "    return a[keys], b[keys]\n\n\n"), "", _TAKEN),
    "keeps the sums": whole(PERMUTATION, "kept = []\n", more=(
        (_PRINT, "    kept.append((total, right))\n" + _PRINT),)),
    "stops by the sum": whole(PERMUTATION, more=(
        (_PRINT, "    if total / 74 < 1.0:\n        print(keys)\n        break\n" + _PRINT),)),
    "left in that order, and stops by the sum": whole(PERMUTATION, "", MOVED, _TAKEN, (
        (_PRINT, "    if total / 74 < 1.0:\n        print(samples[0])\n        break\n"
         + _PRINT),)),
    "in place, and stops by the sum": by_keys("rng.shuffle(keys)", (
        "rng = np.random.default_rng(3)\n" + KEYS), more=(
        (_PRINT, "    if total / 74 < 1.0:\n        print(keys, rng.random())\n        break\n"
         + _PRINT),)),
    "draws where it prints": whole(PERMUTATION, more=(
        (_PRINT, _PRINT + "        print(np.random.random(), keys)\n"),)),
}

# name: (source, words of the sentence that says why the loop over epochs runs as it is)
LEFT = {
    "draws twice": (whole("other = np.random.permutation(74)\n    " + PERMUTATION),
                    "elsewhere than once at the beginning"),
    "draws behind the batches": (changed(
        by_keys("pass", KEYS), (_PRINT, "    np.random.shuffle(keys)\n" + _PRINT)), ""),
    "draws in each batch": (by_keys("pass", batch="np.random.permutation(74)[:SIZE]"),
                            "elsewhere than once at the beginning"),
    "draws in some turns": (by_keys(
        "if epoch % 2:\n        np.random.shuffle(keys)", KEYS), ""),
    "draws for nothing": (changed(IN_ONE, (_TOTAL, f"{_TOTAL}    {PERMUTATION}\n")),
                          "for something else than the order"),
    "with replacement": (by_keys("keys = np.random.choice(74, 74)"), "not known"),
    "another size": (by_keys("keys = np.random.choice(74, 70, replace=False)"), "not known"),
    "of fewer samples": (by_keys("keys = np.random.permutation(70)", more=(
        ("range(0, len(samples), SIZE)", "range(0, 70, SIZE)"),)), "something else than all"),
    "numbers that are there twice": (by_keys(
        SHUFFLE, KEYS + "keys[3] = 4\n"), "is called in a way that is not known"),
    "numbers that are there twice midway": (by_keys(SHUFFLE, KEYS, more=(
        (_PRINT, "    if epoch == 0:\n        keys[3] = 4\n" + _PRINT),)), ""),
    "targets in another order": (by_keys(PERMUTATION, more=(
        ("labels[batch]", "labels[start:start + SIZE]"),)), "not in the same order"),
    "targets as they were": (whole(PERMUTATION, taken="    shuffled, theirs = samples[keys], "
                                   "labels\n"), "not in the same order"),
    "the targets are what is shuffled": (whole(
        "np.random.shuffle(labels)", "labels = np.arange(74)\nlast = Linear(16, 74)\n", "",
        _TAKEN), ""),
    "only samples are left in that order": (whole(
        PERMUTATION, "", "    samples, theirs = samples[keys], labels[keys]\n",
        "samples[start:start + SIZE], theirs[start:start + SIZE]"), "not both"),
    "samples in columns": (by_keys(PERMUTATION, "samples = np.asfortranarray(samples)\n"),
                           "something else than all samples"),
    "the share of the targets as they were": (changed(whole(PERMUTATION, "kept = []\n", more=(
        ("SIZE = 10", "SIZE = 74"),)), (
        _PRINT, "    kept.append(np.mean(np.argmax(output.output, axis=1) == labels))\n" + _PRINT)),
        "not that of the last outputs"),
    "a permutation of one's own": (whole(PERMUTATION, (
        "def permutation(n):\n    print(n)\n    return np.arange(n)\n\n\n"
        "old, np.random.permutation = np.random.permutation, permutation\n")) + (
        "np.random.permutation = old\ndel old\n"), "print"),
    "a generator of one's own": (whole("keys = rng.permutation(74)", (
        "class Own(np.random.RandomState):\n    def permutation(self, n):\n        print(n)\n"
        "        return super().permutation(n)\n\n\nrng = Own(3)\n")), "is not known"),
}

"""Chapter 9's timing: the gradient of softmax and cross-entropy, combined against separate.

The notebook makes its objects within the timed code and calls each way 10,000 times on three
samples of three classes. So it is here, with the reference's classes and with fastnn's, under
`nnfs.init()` and without; then at three larger sizes. The arrays are float64 as the chapter's.

A row is either one library's separate way against its combined one, or one way of fastnn against
the same of NumPy; all four are timed in turn. pytest-benchmark's own figures are of a call, at the
largest size of a call with an eighth of the samples.
"""

from functools import cache

import pytest
from rows import Row
from softmax_pair import (
    SIZES,
    Size,
    assert_one_gradient,
    data,
    measured,
    numpy_of,
    part,
    sides,
)

from fastnn.bench.pairs import summary

PUBLISHED = {"the notebook": 8.41, "the book (about)": 7.0,
             "NumPy 2.4 on two Zen 4 cores, nnfs.init()": 6.5,
             "NumPy 2.4 on two Zen 4 cores, without": 4.05}
measured_once = cache(measured)  # four rows are about one measurement

BOOK = pytest.mark.parametrize("book", [True, False], ids=["nnfs.init()", "plain"])
EVERY_SIZE = pytest.mark.parametrize(
    "size", [pytest.param(one, id=str(one), marks=[pytest.mark.quick] if one.N < 10_000
                          and one.C == 3 else []) for one in SIZES])


@pytest.fixture
def row(benchmark, record, smoke):
    """Record how many times as fast one of the four sides is as another."""
    def run(size, book, what, one, other, **more):
        if not smoke:
            times = measured_once(size, book)
            found = summary(list(zip(times[one], times[other], strict=True)))
        outputs, targets = data(size.N, size.C)
        few = slice(8) if smoke else part(size, 0)
        calls = sides(outputs[few], targets[few])
        with numpy_of(book):
            if smoke:
                assert_one_gradient({key: call() for key, call in calls.items()}, book)
                benchmark(calls[one])
                return None
            benchmark.pedantic(calls[one], rounds=1 if size.parts > 1 else 5)
        record(Row("softmax pair", f"{size}, {what}, {_mode(book)}", **more), found)
        return found
    return run


@BOOK
@EVERY_SIZE
@pytest.mark.parametrize("library", ["NumPy", "fastnn"])
def test_combined_against_separate(size: Size, book, library, row, tell):
    found = row(size, book, library, (library, "combined"), (library, "separate"),
                ours="combined", theirs="separate", curve=f"{library}, {_mode(book)}",
                x=size.N * size.C, headline=size.N == 3)
    if found:
        tell(f"what this says: {size.meaning}.", meaning=size.meaning)
    if found and size.N == 3:
        beside = "; ".join(f"{value:g} {who}" for who, value in PUBLISHED.items())
        tell(f"{found.median:.2f} here; published: {beside}", published=PUBLISHED)


@BOOK
@EVERY_SIZE
@pytest.mark.parametrize("way", ["combined", "separate"])
def test_fastnn_against_numpy(size: Size, book, way, row):
    row(size, book, way, ("fastnn", way), ("NumPy", way),
        bytes=2 * 8 * size.N * size.C if size.N > 300 else None)  # below, calls are what counts


def _mode(book):
    return "nnfs.init()" if book else "without nnfs.init()"

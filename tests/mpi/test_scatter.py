"""Each rank gets the rows that one process would have in its batches."""

import numpy as np
import pytest
from comms import on_ranks, succeed

from fastnn.mpi import rows, scatter

X = np.arange(60.0).reshape(30, 2)
y = np.arange(30)


@pytest.mark.parametrize("batch_size", [None, 30, 100, 10, 7, 8])
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("everywhere", [True, False])
def test_ranks_one_behind_the_other_have_the_batches(batch_size, size, everywhere):
    if batch_size == 7 and size == 3:
        pytest.skip("its last batch has 2 samples")

    def program(comm):
        given = (X, y) if everywhere or comm.Get_rank() == 0 else (None, None)
        return scatter(comm, *given, batch_size=batch_size)
    found, width = succeed(size, program), min(30, batch_size or 30)
    for start in range(0, 30, width):
        total = min(width, 30 - start)
        pieces = [place for rank in range(size)
                  for place in np.arange(30)[rows(30, rank, size, batch_size)]
                  if start <= place < start + total]
        assert pieces == list(range(start, start + total))
    for rank, (mine, targets) in enumerate(found):
        assert np.array_equal(mine, X[rows(30, rank, size, batch_size)])
        assert np.array_equal(targets, mine[:, 0] // 2)
        assert (mine.dtype, targets.dtype) == (X.dtype, y.dtype)


def test_rows_of_a_memory_map_are_a_map(tmp_path):
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    for (mine,) in succeed(2, lambda comm: scatter(comm, mapped)):
        assert np.shares_memory(mine, mapped)


@pytest.mark.parametrize(("given", "words"), [
    ([(X, y[1:]), (None, None)], "one row for each sample"),
    ([(X,), (X[1:],)], "the same arrays"), ([(None,), (X,)], "missing on"),
    ([(None,), (None,)], "missing on"), ([(X[:1],), (None,)], "a sample for each of 2 ranks"),
    ([(np.array([None, 3]),), (None,)], "of numbers"), ([(3.0,), (None,)], "of numbers")])
def test_what_cannot_be_divided_is_refused_on_all_ranks(given, words):
    for one in on_ranks(2, lambda comm: scatter(comm, *given[comm.Get_rank()])):
        assert type(one) in (TypeError, ValueError), one
        assert words in str(one)


@pytest.mark.parametrize(("arguments", "error"), [
    ((0, 0, 1), ValueError), ((5, 2, 2), ValueError), ((5, 0, 0), ValueError),
    ((5, 0, 2, 1), ValueError), ((5.0, 0, 2), TypeError), ((5, 0, 2, "all"), TypeError)])
def test_rows_that_are_none_are_refused(arguments, error):
    with pytest.raises(error, match="^rows: "):
        rows(*arguments)

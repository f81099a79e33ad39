"""Orders of sums that this machine's BLAS may not have, for our kernels."""

from fastnn.compile import sums_order

ORDERS = {"SkylakeX": sums_order._SKYLAKE, "Haswell": sums_order._HASWELL}


def in_order(monkeypatch, name):
    """Have kernels and plans sum in this order, for the length of a test."""
    order = ORDERS[name]
    monkeypatch.setattr(sums_order, "ORDER", order)
    monkeypatch.setattr(Words(), "words", (*order.single, *order.double, order.small))


class Words:
    """The table that compiled code reads."""

    @property
    def words(self):
        return sums_order._table[:]

    @words.setter
    def words(self, words):
        sums_order._table[:] = words

"""No machine is measured here."""

from collections.abc import Iterator

import pytest

from fastnn.profiling import profiles, rates
from fastnn.support import watching


@pytest.fixture(autouse=True)
def rates_of_no_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is measured for the tables: it takes a tenth of a second."""
    monkeypatch.setattr(rates, "product_rate", lambda: 1e11)
    monkeypatch.setattr(rates, "copy_rate", lambda: 1e10)
    yield
    assert profiles._recorder is None and watching.watcher() is None

"""What these tests adopt is nobody's afterwards: a profile would time all of it."""

import pytest

from fastnn import registry
from fastnn.adopting.proof import adopted


@pytest.fixture(autouse=True, scope="module")
def nothing_stays_adopted():
    before = set(adopted)
    yield
    for kind in set(adopted) - before:
        adopted.pop(kind)
        registry.lend(kind, None)

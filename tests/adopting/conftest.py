"""What these tests adopt is nobody's afterwards: a profile would time all of it, and formulas of
somebody's own are among all kernels.
"""

import pytest
from own_formulas import forgotten

from fastnn import registry
from fastnn.adopting import own_formulas
from fastnn.adopting.proof import adopted


@pytest.fixture(autouse=True, scope="module")
def nothing_stays_adopted():
    before = set(adopted)
    with forgotten():
        yield
    own_formulas._made.clear()
    for kind in set(adopted) - before:
        adopted.pop(kind)
        registry.lend(kind, None)

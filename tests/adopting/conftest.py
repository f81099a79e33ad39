"""What these tests adopt is nobody's afterwards: a profile would time all of it, and formulas of
somebody's own are among all kernels.
"""

import warnings

import pytest
from own_formulas import forgotten

from fastnn import registry
from fastnn.adopting import own_formulas, own_updates, within_layers
from fastnn.adopting.found import adopted


@pytest.fixture(autouse=True, scope="module")
def nothing_stays_adopted():
    before = set(adopted)
    with forgotten():
        yield
    own_formulas._made.clear()
    own_updates._made.clear()
    within_layers._made.clear()
    for kind in set(adopted) - before:
        adopted.pop(kind)
        registry.lend(kind, None)


@pytest.fixture(autouse=True)
def warnings_are_no_errors():
    """As by default: where pytest has them raised, adopted classes are left to themselves."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", RuntimeWarning)
        yield

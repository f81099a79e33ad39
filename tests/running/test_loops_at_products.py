"""Loops over layers that multiply with `@`, which `nnfs.init()` leaves as it is."""

import re

import pytest
from adopted_ways import same_adopted, with_own_classes
from loop_programs import SPIRAL
from nnfs_context import nnfs_in_force

from fastnn.running import loops

AT = re.sub(r"np\.dot\((self\.inputs\.T|dvalues|inputs), (dvalues|self\.weights(?:\.T)?)\)",
            r"\1 @ \2", with_own_classes(SPIRAL))


def test_without_nnfs_they_are_trained(tmp_path):
    assert AT.count(" @ ") == 3 and same_adopted(AT, tmp_path) > 200, loops.report()


@pytest.mark.parametrize("workaround", [True, False])
def test_under_init_they_print_the_same(workaround, tmp_path):
    with nnfs_in_force(workaround):
        same_adopted(AT, tmp_path)

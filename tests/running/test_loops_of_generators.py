"""Loops over batches that a generator of the program's makes: the same bits, and the same draws."""

import pytest
from adopted_ways import left_the_same, trained_the_same
from generator_programs import LEFT, TRAINED

from fastnn.running import loops


@pytest.mark.parametrize("name", TRAINED)
def test_batches_of_a_generator_are_trained_at_once(name, tmp_path):
    trained_the_same(TRAINED[name], tmp_path, 4)
    assert "more than one variable" not in "\n".join(loops.report())


@pytest.mark.parametrize("name", LEFT)
def test_generators_that_do_more_run_as_they_are(name, tmp_path):
    source, words = LEFT[name]
    left_the_same(source, tmp_path, words)

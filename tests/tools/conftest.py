"""A folder like a checkout, for the tests of the report."""

import pytest
from checkouts import README_BLOCKS, RESULTS_BLOCKS, everything, marked
from made_up_rows import written


@pytest.fixture
def checkout(tmp_path):
    """A folder with a README and a RESULTS of markers, and a file of all made-up rows."""
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "README.md").write_text(marked(README_BLOCKS))
    (tmp_path / "benchmarks" / "RESULTS.md").write_text(marked(RESULTS_BLOCKS))
    written(tmp_path / "out.json", everything())
    return tmp_path

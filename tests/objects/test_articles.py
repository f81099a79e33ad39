"""The word before a name in a sentence."""

import pytest

from fastnn.support.articles import with_article


@pytest.mark.parametrize(("name", "said"), [
    ("list", "a list"), ("ndarray", "an ndarray"), ("FCLayer", "an FCLayer"), ("ReLU", "a ReLU"),
    ("MSE", "an MSE"), ("Unit", "a Unit"), ("Optimizer_Adam", "an Optimizer_Adam"), ("L", "an L"),
    ("BatchNorm", "a BatchNorm"), ("int", "an int")])
def test_names_begin_as_they_are_said(name, said):
    assert with_article(name) == said

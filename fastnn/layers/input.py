"""The head of a Model's chain."""

from fastnn import reference
from fastnn.registry import register, remember
from fastnn.support import reprs

remember(reference.Layer_Input)


@register("layer")
class Layer_Input(reference.Layer_Input):
    """Head of a Model's chain: `output` is the batch itself.

    Source: book ch. 18.  Differs: none.
    """

    __repr__ = reprs.constructed

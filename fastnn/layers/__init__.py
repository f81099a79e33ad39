"""The layers. Each class is the reference's, with its hot methods compiled.

Every method tries its kernel first: the kernel's signature and its own look at the shapes are the
cheapest checks there are. What a kernel refuses, and what is no np.ndarray itself, goes the careful
way: `arrays` says what the value is taken as, the checks raise a clear error, and the kernel is
called again with tidy copies. Where the digits need it (a mixture of types, integers, sums over
rows that lie column by column) NumPy computes, as the reference does.
"""

from fastnn.layers.batch_norm import Layer_BatchNorm
from fastnn.layers.dense import Layer_Dense
from fastnn.layers.dropout import Layer_Dropout
from fastnn.layers.input import Layer_Input

__all__ = ["Layer_BatchNorm", "Layer_Dense", "Layer_Dropout", "Layer_Input"]

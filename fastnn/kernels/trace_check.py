"""Whether the code that was traced computes what the formula does: somebody's own may look at what
it is given, or give something else at each call.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from fastnn.kernels.trace import Code, Untraceable

# Numbers to try a formula with, each array of it with others.
_TRIED = np.array([-4.1234, -1.7171, -0.6137, -0.0931, 0.0717, 0.3853, 0.8911, 1.2793, 3.3719])


def check(code: Code, formula: Callable, arrays: Sequence[str], numbers: Sequence[str]) -> None:
    """Refuse a formula that does with arrays what it did not do with symbols.

    It may ask what its arguments are, or change from call to call: what is compiled would be
    something else than what NumPy computes. The arguments are those of `traced`.
    """
    tried = [np.roll(_TRIED, shift) for shift in range(len(arrays))]
    with np.errstate(all="ignore"):
        made = formula(*tried, *[0.5] * len(numbers))
        expected = [np.broadcast_to(np.asarray(one, float), _TRIED.shape)
                    for one in (made if isinstance(made, tuple) else (made,))]
        found = [_element(code, dict(zip((*arrays, *numbers), (*values, *[0.5] * len(numbers)))))
                 for values in zip(*tried)]
    # Not to the bit: NumPy's loops and its scalars may take different roads to exp.
    if len(expected) != len(code.results) or not np.allclose(
            np.transpose(found), expected, rtol=1e-9, atol=1e-12, equal_nan=True):
        raise Untraceable(f"{getattr(formula, '__qualname__', 'formula')}: it computes something "
                          "else of arrays than of what it is compiled from: it must neither ask "
                          "for the type of its arguments nor change from call to call")


def _element(code: Code, known: dict[str, Any]) -> list[Any]:
    """What the code makes of one element, in float64."""
    space = {"exp": np.exp, "log": np.log, "tanh": np.tanh, "sqrt": np.sqrt, "pow": pow,
             "float64": np.float64,
             "inf": math.inf, "nan": math.nan, **known}
    exec("\n".join([*code.once, *code.each]), space)
    return [space[name] if name in space else float(name) for name in code.results]

"""fastnn: the classes of "Neural Networks from Scratch in Python", compiled, digit for digit.

    from fastnn import *        instead of the book's class definitions
"""

import importlib
import typing

from fastnn import accuracy, activations, layers, losses, optimizers
from fastnn.accuracy import *
from fastnn.activations import *
from fastnn.compile.jit import warmup as warmup
from fastnn.compile.policy import compile_policy as compile_policy
from fastnn.engine import fit as fit
from fastnn.engine import why_not as why_not
from fastnn.engine.history import History as History
from fastnn.files.storage import StorageError as StorageError
from fastnn.info import info as info
from fastnn.layers import *
from fastnn.losses import *
from fastnn.model import Model as Model
from fastnn.optimizers import *
from fastnn.profiling import profile as profile
from fastnn.support import spelling
from fastnn.support.numerics import set_dot_precision as set_dot_precision

if typing.TYPE_CHECKING:
    from fastnn.adopting import adopt as adopt
    from fastnn.checking import check as check
    from fastnn.sweeps import sweep as sweep

__version__ = "0.1.0"

if not typing.TYPE_CHECKING:  # who cannot add up lists takes the stars, and what is named twice
    __all__ = ["History", "Model", "StorageError", "compile_policy", "fit", "info", "profile",
               "set_dot_precision", "warmup", "why_not"]
    __all__ += accuracy.__all__ + activations.__all__ + layers.__all__
    __all__ += losses.__all__ + optimizers.__all__


# What stands around a training is imported by its first use: folders, and functions of some.
_FOLDERS = frozenset(("callbacks", "data", "exports", "sklearn"))
_FUNCTIONS: dict[str, str] = {
    "adopt": "adopting", "check": "checking", "sweep": "sweeps",
    "load_ipython_extension": "running.extension",  # which %load_ext fastnn looks for
    "unload_ipython_extension": "running.extension"}


def __getattr__(name: str) -> "typing.Any":
    """What is imported by its first use, `fastnn.callbacks`, `fastnn.sweep`; and a class under
    another spelling, `fastnn.Activation_Relu`, `fastnn.Optimizer_RMSProp`.
    """
    if name in _FOLDERS:
        return importlib.import_module(f"fastnn.{name}")
    if name in _FUNCTIONS:
        return getattr(importlib.import_module(f"fastnn.{_FUNCTIONS[name]}"), name)
    return spelling.find(name, globals())

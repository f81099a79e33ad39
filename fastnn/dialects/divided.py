"""The classes of `synonyms`, with optimizers whose decay is one division.

    from fastnn.dialects.divided import *

Differs: the decayed rate is lr / (1 + decay * iterations) in every optimizer. The book multiplies
by 1 / (1 + decay * iterations), which differs in the last digit. `fit` goes step by step.
"""

from typing import Any

from fastnn.dialects import synonyms
from fastnn.dialects._parts import Divided, spoken
from fastnn.dialects.synonyms import *  # noqa: F403  all but the optimizers below
from fastnn.dialects.synonyms import __all__ as __all__
from fastnn.support import spelling

Optimizer_Adagrad = spoken(synonyms.Optimizer_Adagrad, Divided, __name__)
Optimizer_Adam = spoken(synonyms.Optimizer_Adam, Divided, __name__)
Optimizer_AdamW = spoken(synonyms.Optimizer_AdamW, Divided, __name__)
Optimizer_Nadam = spoken(synonyms.Optimizer_Nadam, Divided, __name__)
Optimizer_RMSprop = spoken(synonyms.Optimizer_RMSprop, Divided, __name__)
Optimizer_SGD = spoken(synonyms.Optimizer_SGD, Divided, __name__)


def __getattr__(name: str) -> Any:
    """These classes in other spellings, as `fastnn` has them: Opt_Adam."""
    return spelling.find(name, globals())

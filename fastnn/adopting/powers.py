"""Powers of numbers in updates of somebody's own: 1 - beta ** t.

Of numbers beyond 1 they leave the floats in the end, and Python raises an error where compiled code
goes on with infinity. So ours is for shares: objects are asked at each call; of what is registered
as a share runs ask whether they get there (engine/sound.py).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from fastnn import formulas, registry
from fastnn.optimizers.base import settings
from fastnn.support import rules

if TYPE_CHECKING:
    from typing import Any

    from fastnn.adopting.form import Form


def with_powers(form: Form, names: tuple[str, ...]) -> Form:
    """The form for objects whose numbers of these names are shares."""
    ours = form.ours
    own = dict.fromkeys(ours._made.numbers, formulas.option) | dict.fromkeys(names, rules.SHARE)
    registry.register("optimizer", compiled=lambda optimizer: ours._made,
                      settings=settings() | own)(ours)
    (name, does), = [(name, does) for name, does in form.methods.items()
                     if name in ("update_params", "step")]
    does = getattr(ours, does) if isinstance(does, str) else does

    def checked(optimizer: Any, layer: Any) -> None:
        held = vars(optimizer)
        if not all(0 <= held[name] <= 1 for name in names):
            raise TypeError("not what was proved")
        does(optimizer, layer)
    if name == "step":
        return replace(form, methods={name: checked})
    return replace(form, does={name: checked})

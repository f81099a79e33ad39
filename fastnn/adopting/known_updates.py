"""The optimizers that an update of somebody's own may be: formulas of the literature, each a line.

An update is adopted with its own digits, whatever its brackets are; so its formula alone has to
tell that it is meant. One that goes downhill may still be Adam with a mistake in it. Therefore: it
is one of these, or it is left. Whether it is one is found in float64, over some steps of random
gradients with another rate at each: two that agree there in all are one.
"""

from __future__ import annotations

import ast
import itertools
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastnn.adopting.syntax import walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from fastnn.adopting.update_text import Formula

_CACHE = "c = rho * c + (1 - rho) * g**2; "
_MEANS = "m = b1 * m + (1 - b1) * g; c = b2 * c + (1 - b2) * g**2; "
_BELIEF = "m = b1 * m + (1 - b1) * g; c = b2 * c + (1 - b2) * (g - m)**2; "
_MEAN = "mean = m / (1 - b1**t); "
_CORRECTED = _MEAN + "squares = c / (1 - b2**t); "
_DELTA = (_CACHE + "step = sqrt(d + eps) / sqrt(c + eps) * g; d = rho * d + (1 - rho) * step**2; ")
# p: parameters, g: gradient, t: the step's number; of one letter else: what is kept.
FORMULAS = {
    "SGD": "p = p - lr * g",
    "momentum, with the rate in it": "v = mu * v - lr * g; p = p + v",
    "momentum": "v = mu * v + g; p = p - lr * v",
    "momentum with dampening": "v = mu * v + (1 - damp) * g; p = p - lr * v",
    "Nesterov's momentum, with the rate in it": "v = mu * v - lr * g; p = p + mu * v - lr * g",
    "Nesterov's momentum": "v = mu * v + g; p = p - lr * (g + mu * v)",
    "signs": "p = p - lr * sign(g)",
    "signs of means": "m = b1 * m + (1 - b1) * g; p = p - lr * sign(m)",
    "Lion": "p = p - lr * sign(b1 * m + (1 - b1) * g); m = b2 * m + (1 - b2) * g",
    "Adagrad": "c = c + g**2; p = p - lr * g / (sqrt(c) + eps)",
    "RMSprop": _CACHE + "p = p - lr * g / (sqrt(c) + eps)",
    "RMSprop with momentum": _CACHE + "v = mu * v + g / (sqrt(c) + eps); p = p - lr * v",
    "RMSprop with momentum, with the rate in it":
        _CACHE + "v = mu * v + lr * g / (sqrt(c) + eps); p = p - v",
    "centred RMSprop":
        _CACHE + "a = rho * a + (1 - rho) * g; p = p - lr * g / (sqrt(c - a**2) + eps)",
    "AdaDelta": _DELTA + "p = p - step",
    "AdaDelta with a rate": _DELTA + "p = p - lr * step",
    "Adam": _MEANS + _CORRECTED + "p = p - lr * mean / (sqrt(squares) + eps)",
    "AdaMax":
        "m = b1 * m + (1 - b1) * g; u = maximum(b2 * u, abs(g)); " + _MEAN
        + "p = p - lr * mean / (u + eps)",
    "AdaMax, with epsilon beside the gradient":
        "m = b1 * m + (1 - b1) * g; u = maximum(b2 * u, abs(g) + eps); " + _MEAN
        + "p = p - lr * mean / u",
    "Nadam":
        _MEANS + _CORRECTED + "ahead = b1 * m / (1 - b1**(t + 1)) + (1 - b1) * g / (1 - b1**t); "
        "p = p - lr * ahead / (sqrt(squares) + eps)",
    "Nadam, with the mean of now":
        _MEANS + _CORRECTED + "ahead = b1 * mean + (1 - b1) * g / (1 - b1**t); "
        "p = p - lr * ahead / (sqrt(squares) + eps)",
    "AMSGrad": _MEANS + "u = maximum(u, c); p = p - lr * m / (sqrt(u) + eps)",
    "AMSGrad, corrected":
        _MEANS + _MEAN + "u = maximum(u, c); "
        "p = p - lr * mean / (sqrt(u / (1 - b2**t)) + eps)",
    "AMSGrad of what is corrected":
        _MEANS + _CORRECTED + "u = maximum(u, squares); p = p - lr * mean / (sqrt(u) + eps)",
    "AMSGrad without momentum": _CACHE + "u = maximum(u, c); p = p - lr * g / (sqrt(u) + eps)",
    "AdaBelief": _BELIEF + _CORRECTED + "p = p - lr * mean / (sqrt(squares) + eps)",
}
_HYPERS = ("lr", "mu", "rho", "b1", "b2", "eps", "wd", "damp", "limit")
_AROUND = (  # the gradient, or the step, with what stands beside it
    ("", "{}"), (" with weight decay", "g = g + wd * p; {}"),
    (" with weight decay beside the step", "less = lr * wd * p; {}; p = p - less"),
    (" of clipped gradients", "g = clip(g, -limit, limit); {}"))
_WORDS = {name: getattr(np, name) for name in ("sqrt", "sign", "abs", "maximum", "clip")}
_STEPS, _ELEMENTS = 8, 48
_PROBES = (0.31, 0.83, 0.47, 0.72, 0.94, 0.58, 0.66)  # what stands for numbers, whatever they are
_PLAIN = (0, 1, 2)


class Known(NamedTuple):
    """An optimizer that an update is.

    roles: what its numbers are, by their names. numbers: what constants among them are.
    """

    name: str
    roles: Mapping[str, str]
    numbers: Mapping[str, float]


class _Family(NamedTuple):
    name: str
    code: Any
    states: tuple[str, ...]
    hypers: tuple[str, ...]


@cache
def _families() -> dict[tuple[int, int], list[_Family]]:
    """All of them, by how much they keep, and how many numbers they have."""
    found: dict[tuple[int, int], list[_Family]] = {}
    for (name, formula), (more, around) in itertools.product(FORMULAS.items(), _AROUND):
        text = around.format(formula)
        code = compile(text, "<a known update>", "exec")
        hypers = tuple(one for one in _HYPERS if one in code.co_names)
        if "lr" not in hypers and "wd" in hypers or name == "signs" and "limit" in hypers:
            continue
        states = tuple(sorted(one for one in set(code.co_names) - {"p", "g", "t"} if len(one) == 1))
        family = _Family(f"{name}{more}", code, states, hypers)
        found.setdefault((len(states), len(hypers)), []).append(family)
    return found


@cache
def kind_of(formula: Formula) -> list[Known]:
    """What an update may be; nothing where it is none that is known.

    Each number of it is one of the optimizer's, and no two are the same: of Adam with one beta for
    both means nobody can tell whether that was meant.
    """
    function, names, numbers = abstract(formula)
    theirs = Run(names, len(formula.states), function)
    families = _families().get((len(formula.states), len(names)), ())
    try:
        rates, found = theirs.rates() if families else [], []
    except ArithmeticError:  # of Python's own numbers: 1 / 0
        return []
    for family in families:
        for order in itertools.permutations(family.hypers):
            roles = dict(zip(names, order))
            if any(role == "lr" and name not in rates for name, role in roles.items()):
                continue
            if theirs.agrees(roles, _stepping(family, roles), len(family.states)):
                found.append(Known(family.name, roles, numbers))
    return found


def _stepping(family: _Family, roles: Mapping[str, str]) -> Callable[..., Any]:
    """One step of a known optimizer: new parameters and states."""
    def step(values: Mapping[str, float], t: int, p: Any, g: Any, states: list[Any]) -> Any:
        space = {"__builtins__": {}, **_WORDS, "p": p, "g": g, "t": t,
                 **dict(zip(family.states, states)),
                 **{roles[name]: value for name, value in values.items()}}
        exec(family.code, space)
        return space["p"], [space[one] for one in family.states]
    return step


class Run:
    """Some steps of an update, for each of its numbers that may be the rate."""

    def __init__(self, names: tuple[str, ...], states: int, function: Any) -> None:
        self.names, self.states, self.function = names, states, function
        self._known: dict[str | None, list[Any]] = {}

    def agrees(self, roles: Mapping[str, str], step: Callable[..., Any], states: int, *,
               equal_nan: bool = False) -> bool:
        """Whether another optimizer leaves the same parameters behind each step.

        states: how many it has. equal_nan: whether roots of what is negative are the same.
        """
        rate = next((name for name, role in roles.items() if role == "lr"), None)
        p, slopes = data()
        kept = [np.zeros(_ELEMENTS)] * states
        with np.errstate(all="ignore"):
            for number, g in enumerate(slopes):
                p, kept = step(self._values(rate, number), number + 1, p, g, kept)
                if not _are_same(p, self._row(rate, number), equal_nan=equal_nan):
                    return False
        return True

    def rates(self) -> list[str]:
        """The numbers by which the first step is multiplied; a rate is one in all that are known.
        """
        found = []
        with np.errstate(all="ignore"):
            p, (g, *_) = data()
            values = self._values(None, 0)
            kept = [np.zeros(_ELEMENTS)] * self.states
            step = self.function(p, g, 1, *kept, **values)[0] - p
            for name, value in values.items():
                other = self.function(p, g, 1, *kept, **{**values, name: 2 * value})[0] - p
                if _are_same(other, 2 * step):
                    found.append(name)
        return found

    def _values(self, rate: str | None, number: int) -> dict[str, float]:
        return {name: np.float64(value * (1 + 0.3 * (number * 5 % 7)) if name == rate else value)
                for name, value in zip(self.names, _PROBES)}

    def _row(self, rate: str | None, number: int) -> Any:
        if rate not in self._known:
            p, slopes = data()
            states, rows = [np.zeros(_ELEMENTS)] * self.states, []
            for at, g in enumerate(slopes):
                p, *states = self.function(p, g, at + 1, *states, **self._values(rate, at))
                rows.append(p)
            self._known[rate] = rows
        return self._known[rate][number]


def _are_same(one: Any, other: Any, *, equal_nan: bool = False) -> bool:
    near = np.abs(one - other) <= 1e-11 + 1e-9 * np.abs(other)
    if equal_nan:
        near |= np.isnan(one) & np.isnan(other)
    return bool(near.all())


@cache
def data() -> tuple[Any, Any]:
    """Parameters, and gradients of all sizes: not all grow, and not all are clipped."""
    draw = np.random.default_rng(17)
    sizes = 10.0 ** draw.uniform(-2, 1, size=(_STEPS, _ELEMENTS))
    return draw.normal(size=_ELEMENTS), draw.normal(size=(_STEPS, _ELEMENTS)) * sizes


def abstract(formula: Formula) -> tuple[Any, tuple[str, ...], dict[str, float]]:
    """An update as a function of NumPy arrays, the names of its numbers, and what constants among
    these are: `0.9 * kept + 0.1 * gradient` is the one of a number and what it lacks to 1.
    """
    lines = [ast.parse(f"new_{name} = {text}").body[0] for name, text in formula.states]
    step = "".join(f" {sign} ({text})" for sign, text in formula.steps)
    new = "".join(f", new_{name}" for name, _ in formula.states)
    lines.append(ast.parse(f"return parameters{step}{new},").body[0])
    seen = {one.value for line in lines for one in _constants(line)}
    constants = sorted(seen, reverse=True)
    named: dict[float, ast.expr] = {}
    numbers: dict[str, float] = {}
    for value in constants:
        whole = next((one for one in numbers if abs(numbers[one] + value - 1) < 1e-9), None)
        if whole is None:
            numbers[whole := f"constant_{len(numbers)}"] = value
            named[value] = ast.Name(whole, ast.Load())
        else:
            named[value] = ast.parse(f"(1 - {whole})", mode="eval").body
    body = [_Named(named).visit(line) for line in lines]
    text = "\n    ".join(ast.unparse(line) for line in body)
    used = {one.id for line in body for one in walk(line) if isinstance(one, ast.Name)}
    names = tuple(one for one in ("lr", *formula.options, *numbers) if one in used)
    states = "".join(f"{name}, " for name, _ in formula.states)
    space: dict[str, Any] = {"np": np}
    exec(f"def update(parameters, gradient, t, {states}*, {', '.join(names)}):\n    {text}"
         if names else f"def update(parameters, gradient, t, {states}):\n    {text}", space)
    return space["update"], names, numbers


def _constants(tree: ast.AST) -> Iterator[Any]:
    """Those that could be any other number: no exponents, and not what formulas are made of."""
    plain = {id(one.right) for one in walk(tree)
             if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Pow)}
    for one in walk(tree):
        if isinstance(one, ast.Constant) and id(one) not in plain and one.value not in _PLAIN:
            yield one


class _Named(ast.NodeTransformer):
    """Puts names in the place of constants."""

    def __init__(self, named: Mapping[Any, ast.expr]) -> None:
        self.named = named

    def visit_BinOp(self, node: ast.BinOp) -> ast.BinOp:
        """All but exponents."""
        node.left = self.visit(node.left)
        if not isinstance(node.op, ast.Pow):
            node.right = self.visit(node.right)
        elif not isinstance(node.right, ast.Constant):
            node.right = self.visit(node.right)
        return node

    def visit_Constant(self, node: ast.Constant) -> Any:
        """A number by its name."""
        return self.named.get(node.value, node) if node.value not in _PLAIN else node

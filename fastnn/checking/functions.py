"""Functions: activations, losses, and derivatives of both, as programs without classes have them.

What equals a value of the book's is that, whatever its name. What does not is judged where its name
says what it should be; all others are helpers, and the report says that they were not judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, frame, mistakes, probing, roles
from fastnn.checking.cases import Case
from fastnn.checking.findings import Finding
from fastnn.checking.order import PAIRS, names_of, order_of
from fastnn.checking.raised import Raised
from fastnn.checking.values import agree, as_array, first_difference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from fastnn.checking.roles import Quantity, Role

_DERIVED = ("derivative", "prime", "gradient", "backward", "slope")
_LOSSES = (roles.CLASSES, roles.BINARY, *roles.NUMBERS)


@dataclass(frozen=True)
class Target:
    """What a function may compute: of which arguments, in which cases."""

    role: Role
    quantity: Quantity
    words: str  # "" for the value itself, "slope", "gradient"
    arguments: tuple[str, ...]
    value: Callable[[Case], Any]
    tried: tuple[Case, ...]
    remark: str = ""
    apart: bool = False  # a way of its own: what is wrong is told of the book's
    late: bool = False  # tried when nothing else was found

    @property
    def called(self) -> str:
        """The role in words."""
        return f"{self.role.name}'s {self.words}" if self.words else self.role.name


def judged(function: Any, layout: str = "",
           order: tuple[str, str] | None = None) -> Finding | None:
    """The finding of a function that is one of the book's, or is called like one; None else.

    `layout`: whether its file's samples are rows, where that is known; `order`: of predictions and
    targets, where the file tells.
    """
    order = order_of(function) or order
    targets = [one for one in _targets() if probing.takes(function, len(one.arguments))
               and (order is None or one.role not in roles.NUMBERS or one.arguments == order)
               and not (layout == "rows" and one.remark == frame.REMARK)]
    meant = _meant(function.__name__)
    own = [one for role, words in meant for one in targets
           if one.role is role and one.words in words]
    looks: list[Callable[[], Finding | None]] = [
        *(lambda one=one: _right(function, one) for one in own if not one.late),  # type: ignore[misc]
        *(lambda one=one: _mistaken(function, one) for one in own if not one.apart),  # type: ignore[misc]
        *(lambda one=one: _right(function, one) for one in own if one.late)]  # type: ignore[misc]
    found = next(filter(None, (look() for look in looks)), None)
    if found:
        return found if order else _with_its_argument(function, found)
    other = next(filter(None, (_right(function, one) for one in targets if not one.late)), None)
    if not own:
        return other if order or not other else _with_its_argument(function, other)
    return _otherwise(function, own, f"it is {other.role}" if other else "")


def _with_its_argument(function: Any, found: Finding) -> Finding:
    """The finding; of a slope of squares, which has one sign at one argument and the other at the
    other, what nothing tells.
    """
    arguments = found.vocabulary.get("arguments", [])
    if found.role in {f"{one.name}'s gradient" for one in roles.NUMBERS} and len(arguments) == 2:
        index = arguments.index("y_pred")
        name, which = names_of(function)[index], ("first", "second")[index]
        found.remarks.append(f"it is the slope at {name}, its {which} argument, and right where "
                             "that is the prediction: nothing tells which is; at the other the "
                             "sign is the other")
    return found


def _right(function: Any, target: Target) -> Finding | None:
    right = all(agree(_got(function, target, case), target.value(case), case.single)
                for case in target.tried)
    return _finding(function, target) if right else None


def _got(function: Any, target: Target, case: Case) -> Any:
    given = tuple(np.array(case.arrays[name]) for name in target.arguments)
    got = probing.attempt(function, *given)
    return got if isinstance(got, Raised) else as_array(got)


def _finding(function: Any, target: Target) -> Finding:
    made = Finding(function.__name__, "right", target.called, "", score=1.0)
    made.book = target.role.book if not target.words else ""
    made.vocabulary = {"arguments": list(target.arguments)}
    made.same_bits = all(np.array_equal(_got(function, target, case), target.value(case),
                                        equal_nan=True) for case in target.tried)
    made.remarks += [target.remark] * bool(target.remark)
    return made


def _mistaken(function: Any, target: Target) -> Finding | None:
    """A mistake that is known, of a function whose name says what it should be."""
    got = [_got(function, target, case) for case in target.tried]
    for mistake in mistakes.known(target.role, target.quantity):
        if target.words == "slope" and mistake.name == "inputs for dvalues":
            continue  # relu itself: `_otherwise` says so
        if not all(agree(one, _of(mistake.wrong, case), case.single)
                   for one, case in zip(got, target.tried)):
            continue
        summed = mistake.name == "missing mean over samples" and target.role is roles.CLASSES
        if mistake.harmless or summed or (
                target.words == "gradient" and "mean over" in mistake.name):
            found = _finding(function, target)
            found.remarks.append(mistake.sentence)
            return found
        found = _differing(function, target, got, mistake.name, mistake.sentence)
        found.vocabulary = {"arguments": list(target.arguments)}
        return found
    return None


def _of(formula: Callable[[Case], Any], case: Case) -> Any:
    try:
        with np.errstate(all="ignore"):
            return np.asarray(formula(case))
    except Exception as error:
        return Raised(error)


def _otherwise(function: Any, targets: list[Target], sentence: str) -> Finding | None:
    """One that has the shape of what it is called like, and not its values; or that raises."""
    for target in targets:
        got = [_got(function, target, case) for case in target.tried]
        if all(one is not None and not isinstance(one, Raised)
               and one.shape == target.value(case).shape
               for one, case in zip(got, target.tried)):
            return _differing(function, target, got, "", sentence)
    ends = [_got(function, target, case) for target in targets for case in target.tried]
    if ends and all(isinstance(one, Raised) and one.at for one in ends):
        found = _differing(function, targets[0], ends[:len(targets[0].tried)])
        found.verdict = "raises"
        return found
    return None


def _differing(function: Any, target: Target, got: list[Any], mistake: str = "",
               sentence: str = "") -> Finding:
    found = Finding(function.__name__, role=target.called, score=0.85)
    for one, case in zip(got, target.tried):
        difference = first_difference(one, target.value(case), case.single)
        if difference:
            found.differ(function.__name__, "returned value", target.quantity.formula,
                         target.quantity.chapter, mistake, sentence, case.name, difference)
            break
    return found.settle()


def _meant(name: str) -> list[tuple[Role, tuple[str, ...]]]:
    """The roles that a name has in it, and whether it is the value or what is derived of it."""
    plain = name.lower().replace("_", "")
    found: list[tuple[Role, tuple[str, ...]]] = []
    if roles.leaky(0.01).name.replace(" ", "") in plain:
        return found  # no ReLU's, and of any slope below 0
    for role in (*roles.ACTIVATIONS, *_LOSSES):
        if role is roles.LINEAR:
            continue
        known = [role.name.replace(" ", "").replace("-", ""),
                 role.book.partition("_")[2].lower(), _letters(role.name),
                 role.name.rpartition(" ")[2].replace("-", "")]  # of two: the categorical first
        long = max((one for one in known if one in plain and len(one) > 2), key=len, default="")
        rest = plain.replace(long, "", 1)
        if long and not rest:
            found.append((role, ("",)))
        elif long and max(probing.alike(rest, word) for word in _DERIVED) > 0.6:
            found.append((role, ("slope", "gradient")))
    return found


def _letters(name: str) -> str:
    """The first letters of a name's words: mse."""
    return "".join(word[0] for word in name.replace("-", " ").split())


def _targets() -> Iterator[Target]:
    for role in (*roles.ACTIVATIONS, roles.leaky(0.01), roles.leaky(0.1)):
        if role is not roles.LINEAR:
            yield from _of_activation(role)
    for role in _LOSSES:
        tried = {roles.CLASSES.name: cases.classification(), roles.BINARY.name:
                 cases.regression(True)}.get(role.name, cases.regression(False))
        tried = [one for one in tried if one.for_role(role.name)]
        yield from _of_loss(role, tried)


def _of_activation(role: Role) -> Iterator[Target]:
    value, slope = role.quantities
    tried = tuple(one for one in cases.layers() if one.for_role(role.name) and not one.edge)
    yield Target(role, value, "", ("X",), lambda case: roles.expected(role, value, case), tried)
    if role.name == "softmax":
        yield from _of_one_sample(role, tried)
    made = tuple(_with_output(role, case) for case in tried if "forward_only" not in case.arrays)
    alone = tuple(Case(case.name, {**case.arrays, "slopes": np.ones_like(case.X)})
                  for case in made)

    def gradient(case: Case) -> Any:
        return np.asarray(slope.value(case))

    for at, words in (("X", "inputs"), ("output", "output")):
        if role.name != "softmax":
            yield Target(role, slope, "slope", (at,), gradient, alone,
                         f"it takes the {words}, without dvalues")
        for arguments in (("slopes", at), (at, "slopes")):
            yield Target(role, slope, "gradient", arguments, gradient, made)


def _with_output(role: Role, case: Case) -> Case:
    return Case(case.name, {**case.arrays, "output": np.asarray(role.quantities[0].value(case))})


def _of_one_sample(role: Role, tried: tuple[Case, ...]) -> Iterator[Target]:
    """Softmax of one sample, or of samples in columns."""
    value = role.quantities[0]
    for turn, remark in ((lambda X: X.T, frame.REMARK),
                         (lambda X: X[0], "it is of one sample")):
        made = tuple(Case(case.name, {**case.arrays, "X": turn(case.X), "rows": case.X})
                     for case in tried)
        yield Target(role, value, "", ("X",), lambda case, turn=turn: turn(np.asarray(  # type: ignore[misc]
            value.value(Case(case.name, {**case.arrays, "X": case.rows})))), made, remark, True)


def _of_loss(role: Role, tried: list[Case]) -> Iterator[Target]:
    losses, loss, slope = role.quantities
    kinds = [tuple(tried)]
    if role is roles.CLASSES:  # a function may take one kind of targets alone
        kinds += [tuple(one for one in tried if one.y_true.ndim == 2),
                  tuple(one for one in tried if one.y_true.ndim == 1)]
    single = tuple(one for one in tried if len(one.y_pred) == 1)
    for arguments in PAIRS:
        for these in kinds:
            remark = "" if these == kinds[0] else (
                "it takes one-hot targets alone" if these[0].y_true.ndim == 2
                else "it takes class numbers alone")
            for quantity in (losses, loss):
                yield Target(role, quantity, "", arguments, lambda case, quantity=quantity:  # type: ignore[misc]
                             roles.expected(role, quantity, case), these, remark)
            with_slopes = tuple(one for one in these if "forward_only" not in one.arrays)
            yield Target(role, slope, "gradient", arguments, lambda case: roles.expected(
                role, slope, case), with_slopes, remark)
        if role is roles.CLASSES:
            yield from _of_columns(role, arguments, kinds[1])
    for arguments in PAIRS:
        yield Target(role, loss, "", arguments, lambda case: roles.expected(role, loss, case),
                     single, "it is of one sample", True, True)


def _of_columns(role: Role, arguments: tuple[str, str],
                tried: tuple[Case, ...]) -> Iterator[Target]:
    """Loss and gradient where each column is a sample, and so are its targets."""
    _, loss, slope = role.quantities
    made = tuple(Case(one.name, {**one.arrays, "y_pred": one.y_pred.T, "y_true": one.y_true.T,
                                 "rows": one}) for one in tried)
    for quantity, words in ((loss, ""), (slope, "gradient")):
        yield Target(role, quantity, words, arguments, lambda case, quantity=quantity: (  # type: ignore[misc]
            roles.expected(role, quantity, case.rows).T), made, frame.REMARK, True)

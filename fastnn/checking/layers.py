"""Dense layers: their vocabulary, and what they compute; and what activations share with them."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import cases, central, penalties, probing, roles
from fastnn.checking.findings import NO_BACKWARD, Finding
from fastnn.checking.matching import Look, Match, weigh
from fastnn.checking.raised import Raised
from fastnn.checking.through import IDLE, activations_of, made_in_vain
from fastnn.checking.using import Trace, Use, calls, column, draws, made_of, traces
from fastnn.checking.values import agree, lacks_state

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from fastnn.checking.cases import Case
    from fastnn.checking.probing import Place
    from fastnn.checking.roles import Quantity, Role

FOUND = ("right", "harmless", "mistake")
FORWARD = (("X",), ("X", "True"))


def laid_out(quantity: Quantity, value: Any, look: Look) -> Any:
    """An expected gradient in the layout of the class's own parameters."""
    if quantity.name == "dweights" and look.layout.get("transposed"):
        return value.T
    if quantity.name == "dbiases" and look.layout.get("biases") and np.ndim(value):
        shape = look.layout["biases"]
        return value.reshape(shape) if value.size == np.prod(shape) else value
    return value


def _constructions(kind: Any) -> list[tuple[Any, ...]]:
    count = len(probing.required(kind))
    plans: list[tuple[Any, ...]] = [("I", "O"), ("O", "I"), ("W", "b")]
    if count < 2 and len(probing.parameters(kind)) < 2:
        plans = []
    if count == 1:
        plans.append(("O",))
    more = max(count - 2, 0)
    fills = [(value,) * more for value in (0.0, *IDLE)] if more != 2 else [
        *itertools.product((0.0, *IDLE), repeat=2)]
    return [(*plan, *fill) for fill in fills[:1 if not more else None] for plan in plans]


def _parameters(kind: Any, plan: tuple[Any, ...], case: Case,
                options: tuple[tuple[str, Any], ...]) -> Iterator[Use]:
    """Uses with all pairs of places that may hold weights and biases; without biases last."""
    use = Use(kind, plan, options)
    firsts: list[tuple[tuple[str, tuple[str, ...]], ...]] = [()]
    if plan == ("O",):
        firsts = [((name, form),) for name, form in calls(kind, FORWARD)]
    for first in firsts:
        np.random.seed(1)
        thing = made_of(use, case)
        if isinstance(thing, Raised):
            return
        for name, form in first:
            probing.call(thing, name, tuple(case.arrays.get(word, True) for word in form))
        seen = probing.observe(thing)
        I, O = case.W.shape
        weights = [place for place, value in seen.items() if value.shape in ((I, O), (O, I))]
        weights.sort(key=lambda place: -float(np.any(seen[place])))  # what is not all zeros first
        biases: list[Place | None] = [
            place for place, value in seen.items() if value.shape in ((1, O), (O,), (O, 1))]
        for weight in weights[:4]:
            for bias in [*biases[:4], None]:
                yield Use(kind, plan, options, weight, bias, seen[weight].shape == (O, I))


def dense(kind: Any) -> Finding | None:
    """What a class is as a dense layer; None when it has no weights."""
    IDLE[0].guessed = False
    found = dense_use(kind)
    if not found:
        return None
    ends = [look.after for look in column(traces(found[0], cases.layers()), 0)]
    more = probing.required(kind)[2:]
    if more and all(isinstance(one, Raised) for one in ends):
        return Finding(kind.__name__, score=0.5, why=made_in_vain(more, ends[0]))
    findings = [_dense_finding(kind, *found, cases.layers())]
    if findings[0].differences or len(found[0].calls) < 2:
        others = [dense_use(kind, ((name, idle),)) for name in activations_of(kind)
                  for idle in IDLE]
        findings += [_dense_finding(kind, *one, cases.layers()) for one in others if one]
    best = min(findings, key=lambda one: ("backward" not in one.vocabulary, len(one.differences)))
    if best.differences and IDLE[0].guessed:
        return Finding(kind.__name__, score=0.5, why="what its activation has to do is not known")
    return best


def dense_places(kind: Any) -> tuple[Use, tuple[Place, ...]] | None:
    """How a dense layer is used, and where weights, biases and their gradients are."""
    found = dense_use(kind)
    if found is None or score(found[1], 4) < 0.5:
        return None
    places = {one.quantity.name: one.place for one in found[1]}
    whole = (found[0].weights, found[0].biases, places.get("dweights"), places.get("dbiases"))
    if any(place is None or place[0] == probing.RETURNED or place[0][0] == probing.STEP
           for place in whole):
        return None
    return found[0], whole  # type: ignore[return-value]


def dense_use(kind: Any, options: tuple[tuple[str, Any], ...] = ()
              ) -> tuple[Use, list[Match]] | None:
    """How a class is used as a dense layer, and what it computes; None when it has no weights."""
    tried = cases.layers()
    output, *gradients = roles.DENSE.quantities
    best: tuple[float, Use, Match] | None = None
    for plan in _constructions(kind):
        for use in _parameters(kind, plan, tried[0], options):
            for name, form in calls(kind, FORWARD):
                whole = use.then(name, form)
                looks = column(traces(whole, tried), 0)
                match = weigh(roles.DENSE, output, looks)
                worth = match.worth + (0.01 if use.biases else 0)
                if all(isinstance(look.after, Raised) for look in looks):
                    worth -= 0.2  # with other arguments it may not
                if best is None or worth > best[0]:
                    best = worth, whole, match
                if match.status == "right" and use.biases:
                    break
            if best and best[0] > 1:
                break
        if best and best[0] > 1:
            break
    if best is None:
        return None
    _, use, match = best
    forms = (("dvalues",), ("dvalues", "X"), ("X", "dvalues"), ("dvalues", "rate"), ())
    use, matches = backward(roles.DENSE, use, gradients, forms, tried)
    return use, [match, *matches]


def score(matches: list[Match], count: int) -> float:
    """How well a role fits, from 0 to 1; what is not there at all counts half."""
    found = any(one.status in ("right", "harmless", "mistake") for one in matches)
    absent = 0.5 * (count - len(matches)) if found else 0.0
    return (sum(one.worth for one in matches) + absent) / count


def backward(role: Role, use: Use, gradients: Any, forms: Any,
              tried: list[Case]) -> tuple[Use, list[Match]]:
    """The method that computes most of the gradients, and what it computes."""
    best: tuple[float, Use, list[Match]] = (0.0, use, [])
    for name, form in calls(use.kind, forms, (use.calls[0][0],)):
        whole = use.then(name, form)
        looks = column(traces(whole, tried), 1)
        matches = [weigh(role, one, looks, laid_out) for one in gradients]
        likeness = max(probing.alike(name, word) for word in ("backward", "gradient"))
        if not any(one.status in ("right", "harmless", "mistake") for one in matches) and (
                likeness < 0.3):
            continue  # any method does something
        if likeness < 0.5 and not probing.touches_self(use.kind, name) and len(gradients) == 1 and (
                matches[0].status != "right"):
            continue  # a method such as `predictions`
        worth = sum(one.worth for one in matches) + 0.01 * likeness
        if worth > best[0] + 1e-9:
            best = worth, whole, matches
    return best[1], best[2]


def _dense_finding(kind: Any, use: Use, matches: list[Match], tried: list[Case]) -> Finding:
    finding = Finding(kind.__name__)
    finding.of_role(roles.DENSE)
    write(finding, use, matches, tried, roles.DENSE)
    if use.arguments[:2] == ("O", "I"):
        finding.remarks.append("its constructor takes the number of neurons first")
    if any(one in IDLE for one in (*use.arguments[2:], *dict(use.options).values())):
        finding.remarks.append("it was tried without an activation in it")
    if use.transposed:
        finding.remarks.append("its weights are (O, I), the book's transposed")
    finding.vocabulary["weights"] = probing.words(use.weights) if use.weights else ""
    if use.biases:
        finding.vocabulary["biases"] = probing.words(use.biases)
    if len(use.calls) > 1:
        penalties.check(finding, use, {one.quantity.name: one for one in matches})
    finding.score = score(matches, 4)
    return finding.settle()


def write(finding: Finding, use: Use, matches: list[Match], tried: list[Case],
           role: Role) -> None:
    """Methods, differences, changed arguments and what a second round shows."""
    names = [name for name, _ in use.calls]
    finding.vocabulary["forward"] = names[0]
    finding.add(matches[0], names[0])
    if len(names) < 2:
        finding.remarks.append(NO_BACKWARD)
    else:
        finding.vocabulary["backward"] = names[1]
        for one in matches[1:]:
            if not matches[0].good and _follows(matches[0], one, traces(use, tried), role):
                finding.vocabulary[one.quantity.name] = one.attribute
                continue  # it is wrong as forward is, and by nothing of its own
            if one.status == "differs" and any(one.place == other.place for other in matches
                                               if other.status in FOUND):
                one = replace(one, status="missing", place=None)  # that place is another's
            before = len(finding.differences)
            finding.add(one, names[1])
            if one.status == "missing":
                finding.differ(names[1], one.quantity.name, one.quantity.formula,
                               one.quantity.chapter, "missing", "it is computed nowhere")
            elif one.status == "raised" and len(finding.differences) > before:
                _explain(finding.differences[-1], names)
        _said_once(finding, names)
    _changed(finding, use, tried)
    _drawn(finding, use, matches, tried)
    if not finding.differences:
        _again(finding, use, matches, tried, role)
    finding.same_bits = all(one.same_bits for one in matches)
    if len(names) > 1 and matches[0].status == "right":
        finding.gradients = central.of_layer(use, matches, tried[0])


def _explain(row: dict[str, Any], names: list[str]) -> None:
    """What an exception in backward tells."""
    words = str(row.get("raised", ""))
    if lacks_state(words) and not row["mistake"]:
        row["mistake"] = "state not kept"
        row["sentence"] = f"{names[0]} keeps nothing that {names[1]} needs ({words})"


def _follows(output: Match, gradient: Match, found: list[Trace], role: Role) -> bool:
    """Whether a gradient is what it must be for the output that the class has."""
    given = gradient.quantity.given
    if given is None or gradient.status != "differs" or not (output.place and gradient.place):
        return False
    for one in found:
        case, after = one.looks[1].case, one.looks[1].after
        if case.edge or not case.for_role(role.name) or "forward_only" in case.arrays:
            continue
        if isinstance(after, Raised) or isinstance(one.looks[0].after, Raised):
            return False
        got, own = after.get(gradient.place), one.looks[0].after.get(output.place)
        if own is None or own.shape != case.X.shape or not agree(
                got, np.asarray(given(case, own)), case.single):
            return False
    return True


def _said_once(finding: Finding, names: list[str]) -> None:
    """One cause, one difference: what backward lacks or raises is missing for all its gradients,
    and what forward raises is raised before there is a backward.
    """
    raised = {row.get("raised") for row in finding.differences if row["method"] == names[0]}
    finding.differences = [row for row in finding.differences if row["method"] == names[0]
                           or not row.get("raised") or row["raised"] not in raised]
    said: set[tuple[str, str]] = set()
    kept = []
    for row in finding.differences:
        cause = row["method"], row.get("raised", "")
        if not cause[1] or cause not in said:
            kept.append(row)
        said.add(cause)
    finding.differences = kept


def _drawn(finding: Finding, use: Use, matches: list[Match], tried: list[Case]) -> None:
    """Only dropout draws. What else differs may do so because of that, and is not told."""
    for match in matches:
        index = 0 if match.quantity.stage == "forward" else 1
        if match.place is None or index >= len(use.calls) or not draws(
                use, tried, index, match.place):
            continue
        method = use.calls[index][0]
        finding.differences.clear()
        finding.differ(method, match.attribute, match.quantity.formula, match.quantity.chapter,
                       "draws random numbers", f"{method} draws random numbers: the same inputs "
                       "give other values each time, which is for dropout, a layer of its own")
        return


def _changed(finding: Finding, use: Use, tried: list[Case]) -> None:
    said = set()
    for one in traces(use, tried):
        for method, word in one.changed:
            if (method, word) not in said:
                said.add((method, word))
                name = "inputs" if word == "X" else "dvalues"
                finding.differences = [row for row in finding.differences if row["mistake"]
                                       or row.get("raised")]  # those come of it
                finding.differ(method, name, f"{name} stay as they came", "chapter 9",
                               "forgotten copy", f"{method} changes the {name} that it is given: "
                               ".copy() is missing", one.looks[0].case.name)


def _again(finding: Finding, use: Use, matches: list[Match], tried: list[Case],
           role: Role) -> None:
    """A second round with the same object, after other numbers."""
    found = traces(use, tried, warm=True)
    for match in matches:
        index = 0 if match.quantity.stage == "forward" else 1
        if index >= len(use.calls) or match.status not in ("right", "harmless"):
            continue
        looks = [look for look in column(found, index) if not look.case.edge]
        for look in looks:  # what did not change from round to round is looked at as well
            look.before = {}
        again = weigh(role, match.quantity, looks, laid_out)
        if not again.good:
            finding.add(again, use.calls[index][0])
            row = finding.differences[-1]
            row["mistake"] = "state left from the call before"
            row["sentence"] = ("it is right at the first call alone: what an earlier call has "
                               "left is used or added to")
            return

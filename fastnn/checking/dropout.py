"""Dropout: its mask is drawn by the class itself, so it is read off the output.

    output = inputs * mask, mask = 0 or 1 / (1 - rate)        dinputs = dvalues * mask
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastnn.checking import dropout_later, probing
from fastnn.checking.findings import NO_BACKWARD, Finding
from fastnn.checking.raised import Raised
from fastnn.checking.using import calls
from fastnn.checking.values import agree, first_difference

if TYPE_CHECKING:
    from typing import Any

    from fastnn.checking.probing import Place, Seen

_RATE = 0.3
_FORMS = {"forward": "output = inputs * mask / (1 - rate), mask 0 for a share `rate`",
          "backward": "dinputs = dvalues * mask / (1 - rate)"}


def dropout(kind: Any) -> Finding | None:
    """What a class is as a dropout layer; None when it drops nothing."""
    if not probing.parameters(kind) or len(probing.required(kind)) > 1:
        return None
    draw = np.random.default_rng(5)
    inputs = draw.uniform(1.0, 2.0, size=(200, 100))
    for name, form in calls(kind, (("inputs",), ("inputs", "True"))):
        thing = _made(kind)
        if isinstance(thing, Raised):
            return None
        got, changed = probing.call(thing, name, (inputs, True)[:len(form)])
        if isinstance(got, Raised):
            continue
        for place, output in probing.observe(thing, got).items():
            if output.shape == inputs.shape and output.dtype.kind == "f" and _is_masked(
                    output, inputs):
                finding = Finding(kind.__name__, role="dropout", book="Layer_Dropout",
                                  vocabulary={"forward": name, "output": probing.words(place)})
                if changed[0]:
                    finding.differ(name, "inputs", "inputs stay as they came", "chapter 15",
                                   "forgotten copy", f"{name} changes the inputs that it is given")
                return _judged(finding, kind, thing, name, form, inputs, output / inputs, place)
    return None


def _made(kind: Any) -> Any:
    np.random.seed(3)
    name = probing.parameters(kind)[0].name
    if probing.required(kind):
        return probing.make(kind, _RATE)
    return probing.make(kind, **{name: _RATE})


def _is_masked(output: Any, inputs: Any) -> bool:
    ratios = output / inputs
    kept = ratios[ratios != 0]
    return bool(0 < kept.size < ratios.size and np.ptp(kept) < 1e-6)


def _judged(finding: Finding, kind: Any, thing: Any, name: str, form: tuple[str, ...], inputs: Any,
            mask: Any, output: Place) -> Finding:
    argument = probing.parameters(kind)[0].name
    finding.vocabulary["rate"] = argument
    share, scale = float(np.mean(mask != 0)), float(np.max(mask))
    kept = 1 - _RATE
    if any(not np.ptp((mask != 0).astype(int), axis=axis).any() for axis in (0, 1)):
        finding.differ(name, probing.words(output), _FORMS["forward"], "chapter 15",
                       "one mask for all", "the mask is drawn once for all samples, or for all "
                       "neurons, and should be for each element: size=inputs.shape")
    elif abs(share - kept) > 0.03:
        inverse = abs(share - _RATE) < 0.03
        if not (inverse and "keep" in argument.lower() and abs(scale * _RATE - 1) < 1e-6):
            finding.differ(name, probing.words(output), _FORMS["forward"], "chapter 15",
                           "rate is the share that is kept" if inverse else "wrong share",
                           f"{argument}={_RATE} keeps {share:.0%} of the inputs, and should drop "
                           f"{_RATE:.0%}", f"{argument}={_RATE}",
                           first_difference(np.asarray(share), np.asarray(kept)))
        kept = share if not inverse else _RATE
        if inverse and abs(scale * (1 - _RATE) - 1) < 1e-6:
            kept = 1 - _RATE  # the scale is that of the rate that was meant
    later = dropout_later.factor(kind, lambda: _made(kind), name, inputs)
    plain = abs(scale - 1) < 1e-6 and later is not None and abs(later - 1) > 1e-6
    if plain and later is not None and abs(later - kept) < 1e-6:
        finding.remarks.append(dropout_later.NOT_INVERTED)
    elif plain:
        finding.differ(name, probing.words(output), _FORMS["forward"], "chapter 15",
                       "wrong scaling without training", f"without training it is multiplied by "
                       f"{later:g}, and should be by the share that is kept, {kept:g}: it is not "
                       "divided in training", f"{argument}={_RATE}")
    elif abs(scale * kept - 1) > 1e-6:
        finding.differ(name, probing.words(output), _FORMS["forward"], "chapter 15",
                       "scaling forgotten" if abs(scale - 1) < 1e-6 else "wrong scaling",
                       "what is kept is not divided by the share that is kept",
                       f"{argument}={_RATE}",
                       first_difference(np.asarray(scale), np.asarray(1 / kept)))
    again, _ = probing.call(thing, name, (inputs, True)[:len(form)])
    second = probing.observe(thing, again).get(output)
    if second is not None and np.array_equal(second, mask * inputs):
        finding.differ(name, probing.words(output), _FORMS["forward"], "chapter 15",
                       "mask drawn once", "every forward must draw a new mask", "second call")
    elif second is not None:
        mask = second / inputs
    _backward(finding, kind, thing, name, mask)
    if later is not None and abs(later - kept) < 1e-6 and abs(scale * kept - 1) < 1e-6:
        finding.differ(name, probing.words(output), "output = inputs without training",
                       "chapter 18", "scaling twice", "without training it is multiplied by the "
                       "share that is kept, and in training it was divided by it already",
                       "training=False")
    elif not plain:
        _evaluation(finding, kind, name, inputs)
    finding.score = 1.0 if not finding.differences else 0.85
    finding.remarks.append("its digits depend on how it draws, and were not compared")
    return finding.settle()


def _backward(finding: Finding, kind: Any, thing: Any, forward: str, mask: Any) -> None:
    """A method that uses what forward kept, or is called like it; a rate to step by is taken."""
    dvalues = np.random.default_rng(6).uniform(1.0, 2.0, size=mask.shape)
    best: tuple[int, str, Place | None, Any] | None = None
    for name, form in calls(kind, (("dvalues",), ("dvalues", "rate")), (forward,)):
        called_so = probing.is_called(name, "backward")
        if not called_so and (len(form) > 1 or not probing.touches_self(kind, name)):
            continue
        before: Seen = probing.observe(thing)
        got, changed = probing.call(thing, name, (dvalues, _RATE)[:len(form)])
        if isinstance(got, Raised):
            continue
        for place, value in probing.observe(thing, got).items():
            if value.shape != mask.shape or (place in before and np.array_equal(
                    before[place], value)):
                continue
            rank = next((index for index, one in enumerate(_slopes(dvalues, mask))
                         if agree(value, one[1])), 9)
            if best is None or rank < best[0]:
                best = rank, name, place, (value, changed[0])
    if best is None:
        finding.remarks.append(NO_BACKWARD)
        return
    rank, name, where, (value, changed) = best
    finding.vocabulary.update(backward=name, dinputs=probing.words(where or ()))
    if rank:
        words = _slopes(dvalues, mask)[rank][0] if rank < 9 else (
            "another mask", f"{name} drops others than {forward} did: the mask has to be kept"
            ) if _is_masked(value, dvalues) else ("", "")
        finding.differ(name, probing.words(where or ()), _FORMS["backward"], "chapter 15",
                       *words, "", first_difference(value, dvalues * mask))
    if changed:
        finding.differ(name, "dvalues", "dvalues stay as they came", "chapter 15",
                       "forgotten copy", f"{name} changes the dvalues that it is given")


def _slopes(dvalues: Any, mask: Any) -> list[tuple[tuple[str, str], Any]]:
    return [(("", ""), dvalues * mask),
            (("scaling forgotten", "dvalues are not divided by the share that is kept"),
             dvalues * (mask != 0)),
            (("mask forgotten", "dvalues are handed on where the inputs were dropped too"),
             dvalues),
            (("scaling twice", "dvalues are divided twice by the share that is kept"),
             dvalues * mask * np.max(mask)),
            (("wrong scaling", "dvalues are divided by the share that is kept, and forward does "
              "not divide"), dvalues * mask / (1 - _RATE))]


def _evaluation(finding: Finding, kind: Any, name: str, inputs: Any) -> None:
    """Without training the inputs go through."""
    if not any(form == ("inputs", "False") for _, form in calls(kind, (("inputs", "False"),))):
        return
    thing = _made(kind)
    got, _ = probing.call(thing, name, (inputs, False))
    if isinstance(got, Raised):
        return
    values = [value for value in probing.observe(thing, got).values()
              if value.shape == inputs.shape]
    if not any(np.array_equal(value, inputs) for value in values) or any(
            _is_masked(value, inputs) for value in values):
        finding.differ(name, finding.vocabulary["output"], "output = inputs without training",
                       "chapter 18", "dropped in evaluation",
                       "without training nothing may be dropped", "training=False")

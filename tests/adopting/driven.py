"""A class as it was written and its adopted twin, driven through all cases: what differs, and which
methods have not been ours.
"""

import inspect
import itertools
import sys
from collections import Counter

import numpy as np
from cases import cases_of
from twins import Case, compared, play

from fastnn.adopting.sources import original


def differences_of(twins, stride, first=0):
    """How many of a class's cases differ, by call and attribute, and the first of each."""
    found, counts = {}, Counter()
    for case in cases_of(twins.proof.form.role)[first::stride]:
        difference = compared(twins, case, order=False)
        # Of too few rounds np.empty_like leaves what was in memory, of both classes.
        is_chance = {"no samples", "fewer samples"} & {case.inputs, case.dvalues} and (
            "Softmax" in twins.proof.form.ours.__name__)
        if difference and not is_chance:
            key = difference[0], difference[1].partition("[")[0]
            counts[key] += 1
            said = {name: value for name, value in case._asdict().items()
                    if value != case._field_defaults[name]}
            found.setdefault(key, (said, *difference))
    return "\n".join(f"{counts[key]} times: {one}" for key, one in found.items())


def left_to_theirs(twins):
    """The methods with ours before theirs that were called, and where ours never did it.

    From Python 3.11 on: of others it is not known where in a line they return.
    """
    stands = {one.name: inspect.getattr_static(twins.adopted, one.name)
              for one in twins.proof.methods if one.theirs.round is None}  # see test_rounds.py
    stands = {name: ours for name, ours in stands.items() if original(ours) is not ours}
    called, theirs = Counter(), Counter()

    def count(frame, event, _):
        if event == "return":
            called[frame.f_code] += 1
            _, _, *columns = list(frame.f_code.co_positions())[frame.f_lasti // 2]
            theirs[frame.f_code] += columns != [0, 0]  # at which our lines are
    for dtype, target in itertools.product((np.float64, np.float32), ("labels", "one-hot")):
        sys.setprofile(count)
        try:
            play(twins.adopted, twins.proof, Case(dtype=dtype, target=target))
        finally:
            sys.setprofile(None)
    return [name for name, ours in stands.items() if called[ours.__code__]
            and theirs[ours.__code__] == called[ours.__code__]]

"""Under a debugger, or whoever else follows a program line by line, its own lines are what runs: a
breakpoint in an adopted method was never met, and stepping into it led into fastnn.
"""

import sys

from beside import COMBINED, DENSE, HEAD, LABELS, SGD, numbers
from programs_of_classes import load

from fastnn.adopting import adopt

CODE = COMBINED + DENSE.replace(HEAD, "") + SGD.replace(HEAD, "")


def _lines_of(module):
    """(method, line) of each line that runs of the module, but for those at `def`."""
    dense, both, optimizer = module.Dense(3, 4), module.Both(), module.SGD(momentum=0.9)
    found, file = [], module.Dense.__init__.__code__.co_filename

    def follow(frame, event, _):
        if frame.f_code.co_filename != file:
            return None
        if event == "line" and frame.f_lineno != frame.f_code.co_firstlineno:
            found.append((frame.f_code.co_name, frame.f_lineno))
        return follow
    before = sys.gettrace()
    sys.settrace(follow)
    try:
        for _ in range(2):
            dense.forward(numbers(5, 3))
            both.forward(dense.output, LABELS)
            both.backward(both.output, LABELS)
            dense.backward(both.dinputs)
            optimizer.update_params(dense)
    finally:
        sys.settrace(before)
    return found


def test_each_of_its_own_lines_is_met():
    plain, other = load(CODE), load(CODE)
    report = adopt(other)
    assert {"Dense", "Both", "SGD"} <= set(report.adopted)
    of_one, of_other = _lines_of(plain), _lines_of(other)
    assert len(of_one) > 50 and of_other == of_one

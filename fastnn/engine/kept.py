"""A step whose arrays are left to the objects: written once, with new arrays at each use.

What the book's classes leave is new at each step, so an array that somebody keeps never changes. To
write the step anew for that, too, was most of what a halt of `fit` took (0.7 ms of 1.1).
"""

from fastnn.kernels import training as t
from fastnn.support import room


class Kept:
    """The code of such a Plan, and where in it its arrays are."""

    def __init__(self, plan):
        self.plan = plan
        self.code, self.sections = plan.program.assembled()
        self._is_fresh = True
        starts = {room.address_of(array): n for n, array in enumerate(plan.made)}
        self._places: list[list[int]] = [[] for _ in plan.made]
        for row in range(0, len(self.code), t.WORDS):
            for pointer in range(int(self.code[row + t.COUNT])):
                place = row + t.POINTERS + 3 * pointer
                made = starts.get(int(self.code[place]))
                if made is not None:
                    self._places[made].append(place)

    def renew(self):
        """Have new arrays in it, but for the first use, for which it was written."""
        if self._is_fresh:
            self._is_fresh = False
            return
        plan, new = self.plan, {}
        for n, old in enumerate(plan.made):
            plan.made[n] = new[id(old)] = room.result(old.shape, old.dtype)
            self.code[self._places[n]] = room.address_of(plan.made[n])
        owners = plan.program.owners
        owners[:] = [new.get(id(array), array) for array in owners]
        plan.bindings = [binding._replace(value=new.get(id(binding.value), binding.value))
                         for binding in plan.bindings]
        plan.copies = [(new.get(id(old), old), new.get(id(copy), copy))
                       for old, copy in plan.copies]

"""Instructions: compiled functions that other compiled code calls by their addresses."""

import functools
from typing import Any

from fastnn.compile.arguments import Types
from fastnn.compile.background import Request
from fastnn.compile.dispatcher import DISABLED, Kernel


class Instruction(Kernel):
    """A compiled function of pointers, for other compiled code to call by its address.

    Attributes, as `instruction` was told them: `numbers` and `operands`, names in their order
    (`named`: the numbers without the places that are not used); `written`, the places of the
    operands that are written.
    """

    is_called = False
    numbers: tuple[str, ...]
    operands: tuple[str, ...]
    named: frozenset[str]
    written: tuple[int, ...]

    def tell(self, how: dict[str, Any]) -> None:
        """The rest of what the constructor is told by name, too: numbers, reach, writes,
        multiply_adds.
        """
        super().tell(how)
        self._told = how

    def __getattr__(self, name: str) -> Any:
        """What is known once the function is written, found at the first question for any of it."""
        if name.startswith("__") or name not in _OF_INSTRUCTIONS:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        py_func, signatures = self._written()
        told, operands = self._told, names_of(py_func)[:-1]
        self.numbers, self.operands = tuple(told["numbers"].split()), operands
        self.named = frozenset(self.numbers) - {"_"}
        self.written = tuple(operands.index(one) for one in told["writes"].split())
        self._known = frozenset(signatures)
        self._reach, self._flops = told["reach"], told["multiply_adds"]
        self._reach_asks, self._flops_ask = names_of(self._reach), names_of(self._flops)
        return vars(self)[name]

    def reach(self, known: dict[str, Any]) -> Any:
        """How many elements each operand is read or written for, from where its pointer points.

        known: by their names, the instruction's numbers, those of the call (`rows`, `total`) and
        `sizes`, the bytes of an element of each operand.
        """
        return self._reach(*[known[name] for name in self._reach_asks])

    def multiply_adds(self, numbers: dict[str, Any]) -> Any:
        """Those of a sample, in products; 0 where there are none."""
        return self._flops(*[numbers[name] for name in self._flops_ask])

    def address(self, signature: str) -> int:
        """Where the code for this signature (pointers' types, as "f4 f8") lies in memory.

        KeyError for one that was not declared.
        """
        types = self.parsed(signature)
        if types not in self.overloads:
            if not self.has(signature):
                raise KeyError(f"{self.__name__}: {signature}")
            self.ready(types)
        return self.overloads[types]

    def awaited(self, types: Any) -> Request | None:
        """As of a kernel, of a signature as it is declared here."""
        return super().awaited(self.parsed(types))

    def is_wished(self, types: Any) -> bool:
        """As of a kernel, of a signature as it is declared here."""
        return super().is_wished(self.parsed(types))

    def is_still_missing(self, signature: str) -> bool:
        """`is_missing`, of a signature as it is declared here."""
        return self.is_missing(self.parsed(signature))

    def has(self, signature: str) -> bool:
        """Whether this signature was declared."""
        return signature in self._known and not DISABLED

    @staticmethod
    @functools.cache
    def parsed(signature: str) -> Types:
        """"f4 f8" as its arguments' types: f4*, f8*, i8*."""
        return (*(f"{word}*" for word in signature.split()), "i8*")


_OF_INSTRUCTIONS = frozenset((
    "numbers", "operands", "named", "written", "_known", "_reach", "_reach_asks", "_flops",
    "_flops_ask"))


def names_of(function: Any) -> tuple[str, ...]:
    """The names of a function's arguments."""
    return function.__code__.co_varnames[:function.__code__.co_argcount]

"""A formula in plain NumPy, as lines of code for one element.

A formula is a function of arrays written for NumPy, element by element:

    lambda inputs: inputs / (1 + np.exp(-inputs))

NumPy computes it as it stands. Here it is called once with symbols in the place of arrays, which
write down what is done with them. What comes out are the same operations in the same order for
one element, each in the type that NumPy would give it: a Python number, or an option of the object,
takes the type of the array that it meets; what only such numbers go into is computed once, in
float64, as Python does.

Only operations whose digits are NumPy's are taken; for all others `Untraceable` says what to write.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

ARRAY, NUMBER, TRUTH = "array", "number", "truth"

_BINARY = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/", "true_divide": "/"}
_COMPARED = {"less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=",
             "equal": "==", "not_equal": "!="}
_BOTH = {"logical_and": "&", "bitwise_and": "&", "logical_or": "|", "bitwise_or": "|"}
# Of one array. Those of TRANSCENDENTAL are in `elementary.py`.
TRANSCENDENTAL = ("exp", "log", "tanh")
_UNARY = {"negative": "-{0}", "positive": "{0}", "absolute": "abs({0})", "sqrt": "sqrt({0})",
          "square": "{0} * {0}", **{name: f"{name}({{0}})" for name in TRANSCENDENTAL}}
_TAKEN = ("+ - * /, ** 2, comparisons, & | ~, np.exp, np.log, np.tanh, np.sqrt, np.square, np.abs, "
          "np.sign, np.maximum, np.minimum, np.where, np.clip, np.isnan")


class Untraceable(TypeError):
    """The formula does what cannot be compiled; the text says what, and what to write."""


class Symbol(NDArrayOperatorsMixin):
    """An array, a plain number or a truth value in a formula.

    kind: ARRAY, NUMBER or TRUTH. text: the code for it, with the places of `parts` in braces.
    """

    def __init__(self, kind: str, text: str, parts: tuple["Symbol", ...] = (), uses: str = ""):
        self.kind, self.text, self.parts, self.uses = kind, text, parts, uses
        # The arrays it was made of.
        self.of: frozenset[str] = frozenset().union(*[part.of for part in parts])

    def __array_ufunc__(self, ufunc, method, *values, **options):
        name = ufunc.__name__
        if "out" in options:
            raise Untraceable("an argument cannot be changed: write x = x + y for x += y")
        if method != "__call__" or options:
            raise Untraceable(f"np.{name} can only be called plainly, as np.{name}(x)")
        found = [_symbol(value) for value in values]
        if name not in _COMPARED and all(symbol.kind == NUMBER for symbol in found):
            raise Untraceable(f"np.{name} of plain numbers makes a float64, and float32 arrays "
                              "with it: write Python's own operators for them, as in -abs(a) * b")
        if name in _BINARY:
            return _arithmetic(_BINARY[name], *found)
        if name in _COMPARED:
            return Symbol(TRUTH, f"{{0}} {_COMPARED[name]} {{1}}", _alike(name, *found))
        if name in _BOTH and all(symbol.kind == TRUTH for symbol in found):
            return Symbol(TRUTH, f"{{0}} {_BOTH[name]} {{1}}", tuple(found))
        if name in ("logical_not", "invert") and found[0].kind == TRUTH:
            return Symbol(TRUTH, "not {0}", tuple(found))
        if name in _UNARY:
            return _of_one(name, found[0])
        if name == "sign":
            x = _array(name, found[0])
            return where(x > 0, _like(x, 1), where(x < 0, _like(x, -1), where(
                x == 0, _like(x, 0), x)))
        if name == "isnan":
            x = _array(name, found[0])
            return x != x
        if name in ("maximum", "minimum"):
            a, b = _alike(name, *found)
            sign = ">" if name == "maximum" else "<"  # of two zeros the second
            text = f"{{0}} if {{0}} {sign} {{1}} or {{0}} != {{0}} else {{1}}"
            return Symbol(ARRAY, text, (a, b))
        raise Untraceable(f"np.{name} is not compiled. There are {_TAKEN}")

    def __array_function__(self, function, types, values, options):
        if options:
            raise Untraceable(f"np.{function.__name__} can only be called plainly")
        if function is np.where and len(values) == 3:
            return where(*map(_symbol, values))
        if function is np.clip and len(values) == 3:
            return _clip(*map(_symbol, values))
        raise Untraceable(f"np.{function.__name__} is not compiled. There are {_TAKEN}")

    def __neg__(self):
        return super().__neg__() if self.kind != NUMBER else _plainly("negative", self)

    def __pos__(self):
        return super().__pos__() if self.kind != NUMBER else _plainly("positive", self)

    def __abs__(self):
        return super().__abs__() if self.kind != NUMBER else _plainly("absolute", self)

    def __pow__(self, exponent):
        if self.kind == NUMBER:
            return Symbol(NUMBER, "pow({0}, {1})", (self, _number(exponent)))
        if type(exponent) is int and exponent == 2:
            return np.square(self)
        raise Untraceable("of the powers of arrays only ** 2 is compiled: write x * x * x for the "
                          "third, np.sqrt(x) for the root")

    def __rpow__(self, base):
        if self.kind == NUMBER:
            return Symbol(NUMBER, "pow({0}, {1})", (_number(base), self))
        raise Untraceable("no number to the power of an array is compiled: write "
                          "np.exp(np.log(base) * x), with np.log(base) as a float")

    def __bool__(self):
        raise Untraceable("a formula is of whole arrays: write np.where(x > 0, a, b) for "
                          "`a if x > 0 else b`, & and | for `and` and `or`")

    def _refuse_number(self):
        raise Untraceable("no number can be taken out of an array: np.exp(x) is compiled, not "
                          "math.exp(x), and float(x) or len(x) are not")

    __float__ = __int__ = __index__ = __complex__ = __len__ = _refuse_number

    def __setitem__(self, where, value):
        raise Untraceable("nothing is assigned to parts of arrays: write np.where(x > 0, a, b)")

    def __getitem__(self, where):
        raise Untraceable("a formula is of single elements: no part of an array can be taken")

    def __getattr__(self, name):
        if name.startswith("__"):  # Python's and NumPy's questions
            raise AttributeError(name)
        raise Untraceable(f"an array's .{name} is not compiled. There are {_TAKEN}")


def _operator(sign: str, name: str, swapped: bool) -> Callable:
    """Python's operator: of two plain numbers it is not NumPy's."""
    of_arrays = getattr(NDArrayOperatorsMixin, name)

    def operate(self, other):
        if self.kind != NUMBER or isinstance(other, np.generic | np.ndarray) or (
                isinstance(other, Symbol) and other.kind != NUMBER):
            return of_arrays(self, other)
        a, b = (_number(other), self) if swapped else (self, _number(other))
        if sign == "/" and (b.parts or not _is_constant(b)):
            raise Untraceable("a quotient of plain numbers raises in Python where the divisor is "
                              "0: divide the array by one after the other")
        return Symbol(NUMBER, f"{{0}} {sign} {{1}}", (a, b))
    return operate


for _name, _sign in {"add": "+", "sub": "-", "mul": "*", "truediv": "/"}.items():
    for _start in "", "r":
        setattr(Symbol, f"__{_start}{_name}__",
                _operator(_sign, f"__{_start}{_name}__", bool(_start)))


def _plainly(name: str, x: Symbol) -> Symbol:
    """What Python makes of a plain number."""
    return Symbol(NUMBER, _UNARY[name], (x,))


def _symbol(value: Any) -> Symbol:
    """A symbol, also for a plain number."""
    if isinstance(value, Symbol):
        return value
    return _number(value)


def _number(value: Any) -> Symbol:
    if isinstance(value, Symbol) and value.kind == NUMBER:
        return value
    if type(value) in (int, float, bool):
        return Symbol(NUMBER, repr(float(value)))  # inf and nan are names in kernels
    if isinstance(value, np.generic):
        raise Untraceable(f"{value!r} is a NumPy number, which makes float32 arrays "
                          f"{value.dtype}: write float(...)")
    raise Untraceable(f"{value!r} is neither an array of the formula nor a plain number")


def _array(name: str, x: Symbol) -> Symbol:
    if x.kind != ARRAY:
        what = {NUMBER: "a plain number makes it float64, and float32 arrays with it",
                TRUTH: "a truth value is no number"}[x.kind]
        raise Untraceable(f"np.{name} of {what}")
    return x


def _of_one(name: str, x: Symbol) -> Symbol:
    return Symbol(ARRAY, _UNARY[name], (_array(name, x),), name * (name in TRANSCENDENTAL))


def _arithmetic(sign: str, a: Symbol, b: Symbol) -> Symbol:
    return Symbol(ARRAY, f"{{0}} {sign} {{1}}", _alike(sign, a, b))


def _is_constant(x: Symbol) -> bool:
    return x.text[:1].isdigit()


def _alike(name: str, a: Symbol, b: Symbol) -> tuple[Symbol, Symbol]:
    """Two operands: of a plain number or a truth value the type is that of the array beside it."""
    if a.kind == ARRAY == b.kind:
        return a, b
    if a.kind == ARRAY:
        return a, _like(a, b)
    if b.kind == ARRAY:
        return _like(b, a), b
    raise Untraceable(f"{name} between {a.kind}s: one must be an array")


def _like(x: Symbol, number: Any) -> Symbol:
    """A plain number or a truth value in the type of an array."""
    return Symbol(ARRAY, "type({0})({1})", (x, _symbol(number)))


def where(condition: Symbol, a: Symbol, b: Symbol) -> Symbol:
    """np.where(condition, a, b)"""
    if condition.kind == NUMBER:
        condition = Symbol(TRUTH, "{0} != 0", (condition,))
    if condition.kind != TRUTH:
        raise Untraceable("np.where wants a comparison first, as in np.where(x > 0, a, b)")
    if a.kind == NUMBER == b.kind:  # an array of its own type, whatever the condition is of
        return Symbol(ARRAY, "float64({1}) if {0} else float64({2})", (condition, a, b))
    return Symbol(ARRAY, "{1} if {0} else {2}", (condition, *_alike("np.where", a, b)))


def _clip(x: Symbol, low: Symbol, high: Symbol) -> Symbol:
    x = _array("clip", x)
    for bound, sign in (low, "<"), (high, ">"):  # a bound that is no number is the result
        x = Symbol(ARRAY, f"{{1}} if {{0}} {sign} {{1}} or {{1}} != {{1}} else {{0}}",
                   _alike("clip", x, bound))
    return x


class Code(NamedTuple):
    """What a formula does, in lines of Python for a kernel.

    alone: the arrays with which something is computed before they meet another.
    under: the arrays that go into what is among `uses`.
    """

    once: list[str]  # before the loop: what only plain numbers go into
    each: list[str]  # for each element
    results: list[str]  # the names of what comes out
    uses: set[str]  # of TRANSCENDENTAL
    alone: set[str]
    under: set[str]

    def calling(self, new: str, old: str) -> "Code":
        """The same with this function in the place of the old one."""
        return self._replace(each=[re.sub(rf"\b{old}\(", f"{new}(", line) for line in self.each])


def traced(formula: Callable, arrays: Iterable[str], numbers: Iterable[str]) -> Code:
    """The code of formula(*arrays, *numbers), whose names are those of the variables in it.

    Raises Untraceable for what cannot be compiled, with the formula's name.
    """
    called = getattr(formula, "__qualname__", "formula")
    try:
        return _traced(formula, arrays, numbers)
    except Untraceable as error:
        raise Untraceable(f"{called}: {error}") from None
    except RecursionError:
        raise Untraceable(f"{called}: it has too many terms within one another") from None


def _traced(formula: Callable, arrays: Iterable[str], numbers: Iterable[str]) -> Code:
    arguments = [Symbol(kind, name) for kind, names in ((ARRAY, arrays), (NUMBER, numbers))
                 for name in names]
    for symbol in arguments:
        symbol.of = frozenset([symbol.text] if symbol.kind == ARRAY else [])
    made = formula(*arguments)
    code = Code([], [], [], set(), set(), set())
    names = {id(symbol): symbol.text for symbol in arguments}
    for result in made if isinstance(made, tuple) else (made,):
        if not isinstance(result, Symbol) or result.kind != ARRAY:
            raise Untraceable("a formula must give an array that depends on its arguments, got "
                              f"{result.kind if isinstance(result, Symbol) else repr(result)}")
        code.results.append(_written(result, code, names))
    return code


def _written(symbol: Symbol, code: Code, names: dict[int, str]) -> str:
    """The name of the variable that holds a symbol, after lines that compute it."""
    if id(symbol) not in names:
        if not symbol.parts:
            return symbol.text  # a constant
        parts = [_written(part, code, names) for part in symbol.parts]
        names[id(symbol)] = name = f"v{len(names)}"
        lines = code.once if symbol.kind == NUMBER else code.each
        lines.append(f"{name} = {symbol.text.format(*parts)}")
        code.uses.update({symbol.uses} - {""})
        code.under.update(symbol.of if symbol.uses else ())
        code.alone.update(symbol.of if len(symbol.of) == 1 and "type(" not in symbol.text else ())
    return names[id(symbol)]

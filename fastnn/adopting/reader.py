"""A method's source, read as what it computes: no line of it runs.

`read(function, kind)` follows the text with a tree (`nodes.py`) in the place of each value, into
functions and methods that it calls, and gives what the method does to its objects and gives back.
Whatever is not understood raises Unread: the class stays as it is then.

Names of a module are what they are now. What was relied on (that `np` is NumPy, a function of the
same file, a class) is kept as `premises`: they are looked at again at each call.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import types
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from fastnn.adopting import numpy_words
from fastnn.adopting.nodes import (
    FALSE,
    NONE,
    TRUE,
    Node,
    Unread,
    choose,
    const,
    given,
    op,
    size,
    truth,
)
from fastnn.adopting.state import Cell, Items, State, joined, node_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_DEEPEST = 12  # calls within calls
_MOST = 400  # statements that are followed
_LARGEST = 4000  # nodes
SELF: Node = ("arg", 0)
ORIGINAL = "__adopted__"  # what stood in the place of a method of ours


@dataclass(frozen=True)
class Thing:
    """Something that is no number: a module, a function, a class, as it is in the namespace."""

    value: Any


@dataclass(frozen=True)
class Bound:
    """A method of an object whose class is known, or of an array."""

    name: str
    owner: Any  # a node
    function: Any = None
    kind: Any = None
    cell: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Super:
    """super() in a method of this class."""

    after: type


@dataclass
class Reading:
    """What a method does: (object, attribute) -> Cell, what it returns, what it relies on."""

    attributes: dict[tuple[Node, str], Cell]
    result: Any
    draws: Node
    arguments: tuple[str, ...]
    fixed: frozenset[str]  # arguments that were left out
    needed: tuple[int, ...]  # arguments that have no default
    premises: list[tuple[dict[str, Any], str, Any]]
    followed: list[tuple[type, str]]  # methods that it calls


def read(function: Any, kind: type, inner: dict[str, type] | None = None,
         fixed: frozenset[str] = frozenset()) -> Reading:
    """What a method of a class does. Unread.

    inner: the classes of objects that it holds; fixed: arguments that are left out.
    """
    reader = _Reader(kind, inner or {})
    function = original(function)
    state = State()
    node = source_of(function)
    names = _plain_arguments(node)
    if not names:
        raise Unread("a function without self")
    parameters = inspect.signature(function).parameters
    for number, name in enumerate(names):
        came: Node = ("arg", number)
        state.names[name] = state.names["as it came", number] = (
            Cell(const(parameters[name].default)) if name in fixed else Cell(came, came))
    made = reader.run(function, node, state)
    for number, name in enumerate(names):
        if name not in fixed and made.names["as it came", number].node != ("arg", number):
            raise Unread(f"it changes {name}, which it was given")
    for (base, name), cell in made.attributes.items():
        if isinstance(cell, Cell) and size(cell.node) > _LARGEST:
            raise Unread(f"{name} is too long a formula")
        if not isinstance(cell, Cell):
            raise Unread(f"{_words(base)}.{name} is no number and no array")
    return Reading(dict(made.attributes), made.result, made.draws, tuple(names), fixed,
                   tuple(number for number, name in enumerate(names)
                         if parameters[name].default is inspect.Parameter.empty),
                   reader.premises, reader.followed)


def in_all_ways(function: Any, kind: type, inner: dict[str, type]) -> tuple[list[Reading], str]:
    """The readings of a method, whole and with arguments left out; why there is none of the whole.

    What a method does with all that it may be given is often more than can be read.
    """
    found, why = [], ""
    optional = [name for name, one in inspect.signature(function).parameters.items()
                if one.default is not one.empty]
    for count in range(len(optional) + 1):
        try:
            made = read(function, kind, inner, frozenset(optional[len(optional) - count:]))
        except (Unread, RecursionError) as error:
            why = why or str(error)
        else:
            found.append(made)
    return found, why


def original(function: Any) -> Any:
    """Their own function, where ours stands in its place."""
    return getattr(function, ORIGINAL, function)


def _words(base: Node) -> str:
    return "self" if base == SELF else "an argument"


@lru_cache(2048)
def source_of(function: Any) -> ast.FunctionDef:
    """The source of a function, where what runs is what stands there. Unread."""
    function = original(function)
    if not isinstance(function, types.FunctionType):
        raise Unread(f"{getattr(function, '__name__', 'it')} is not a plain function")
    if hasattr(function, "__wrapped__"):
        raise Unread(f"{function.__name__} is decorated")
    try:
        text = inspect.getsource(function)
        if text[:1].isspace():  # not dedented: that would change strings of several lines
            text = f"if True:\n{text}"
        tree: Any = ast.parse(text)
    except (OSError, SyntaxError, TypeError, ValueError, IndexError):
        raise Unread(f"the source of {function.__name__} is not to be had") from None
    node = tree.body[0].body[0] if isinstance(tree.body[0], ast.If) else tree.body[0]
    if not isinstance(node, ast.FunctionDef) or node.name != function.__name__:
        raise Unread(f"{function.__name__} is not a plain function")
    if any(not (isinstance(one, ast.Name) and one.id == "staticmethod")
           for one in node.decorator_list):
        raise Unread(f"{function.__name__} is decorated")
    if not _same_code(node, function):
        raise Unread(f"the source of {function.__name__} is not what runs")
    return node


def _same_code(node: ast.FunctionDef, function: types.FunctionType) -> bool:
    """Whether the text gives this code: files change after they were read."""
    bare = ast.FunctionDef(**{name: getattr(node, name) for name in node._fields})
    bare.decorator_list = []
    whole = ast.Module([bare], [])
    if function.__closure__:  # super() without arguments, and what else is around
        names = function.__code__.co_freevars
        outer = ast.parse(f"def _outer({', '.join(names)}):\n    pass").body[0]
        assert isinstance(outer, ast.FunctionDef)
        outer.body = [bare]
        whole = ast.Module([outer], [])
    flags = function.__code__.co_flags & _FUTURE
    # Methods of what a module has imported are called by other instructions.
    for imported in (_imported(function), []):
        module = ast.Module([*imported, *whole.body], [])
        try:
            code = compile(ast.fix_missing_locations(module), "<read>", "exec", flags=flags,
                           dont_inherit=True)
        except (SyntaxError, ValueError):
            return False
        for _ in range(2 if function.__closure__ else 1):
            code = next((one for one in code.co_consts if isinstance(one, types.CodeType)), code)
        if _bare(code) == _bare(function.__code__):
            return True
    return False


def _imported(function: types.FunctionType) -> list[ast.stmt]:
    names, here = function.__globals__, function.__module__
    return [ast.Import([ast.alias(name)]) for name in function.__code__.co_names if name in names
            and (isinstance(names[name], types.ModuleType)
                 or getattr(names[name], "__module__", here) != here)]


_FUTURE = 0x1000000 | 0x20000  # annotations, and the old division's way


def _bare(code: types.CodeType) -> Any:
    return (code.co_code, code.co_names, code.co_varnames, code.co_freevars,
            tuple((type(one), _bare(one) if isinstance(one, types.CodeType) else repr(one))
                  for one in code.co_consts))


def _plain_arguments(node: ast.FunctionDef) -> list[str]:
    a = node.args
    if a.vararg or a.kwarg or a.posonlyargs:
        raise Unread(f"{node.name} takes any number of arguments")
    return [one.arg for one in [*a.args, *a.kwonlyargs]]


class _Reader:
    """Follows one method, and what it calls."""

    def __init__(self, kind: type, inner: dict[str, type]) -> None:
        self.kind, self.inner = kind, inner
        self.premises: list[tuple[dict[str, Any], str, Any]] = []
        self.left = _MOST
        self.followed: list[tuple[type, str]] = []
        self.functions: list[Any] = []
        self.loops = 0

    # ---------------------------------------------------------------- statements

    def run(self, function: Any, node: ast.FunctionDef, state: State) -> State:
        """The state after a function's body, with what it returned."""
        if len(self.functions) > _DEEPEST or function in self.functions:
            raise Unread("a function that calls itself")
        self.functions.append(function)
        try:
            made = self.block(node.body, state)
        finally:
            self.functions.pop()
        if not made.left:
            made.result, made.left = Cell(NONE), True
        return made

    def block(self, body: list[ast.stmt], state: State) -> State:
        """The state after these lines."""
        for number, statement in enumerate(body):
            self.left -= 1
            if self.left < 0:
                raise Unread("too many lines")
            if isinstance(statement, ast.If):
                rest = body[number + 1:] if _leaves(statement) else []
                state = self._if(statement, rest, state)
                if _leaves(statement):  # both ways have gone to the end
                    return state
                if state.left:
                    return state
                continue
            do = getattr(self, f"_do_{type(statement).__name__.lower()}", None)
            if do is None:
                raise Unread(f"line {statement.lineno}: {_NAMES.get(type(statement), 'a statement')}"
                             " that is not understood")
            state = do(statement, state) or state
            if state.left:
                return state
        return state

    def _if(self, statement: ast.If, rest: list[ast.stmt], state: State) -> State:
        condition = self._condition(statement.test, state)
        return self._ways(condition, [*statement.body, *rest], [*statement.orelse, *rest],
                          _leaves(statement), state)

    def _way(self, body: list[ast.stmt], to_the_end: bool, state: State) -> State:
        state = self.block(body, state)
        if to_the_end and not state.left:
            state.result, state.left = Cell(NONE), True
        return state

    def _ways(self, condition: Node, body: list[ast.stmt], other: list[ast.stmt], end: bool,
              state: State) -> State:
        if condition[0] == "bool":
            return self._way(body if condition[1] else other, end, state)
        if condition[0] == "if":  # a condition that is another in each of two cases
            yes, no = _known(state, condition[1])
            return joined(condition[1], self._ways(condition[2], body, other, end, yes),
                          self._ways(condition[3], body, other, end, no))
        if condition[:2] == ("op", "not"):
            return self._ways(condition[2], other, body, end, state)
        if condition in state.known:
            return self._way(body if state.known[condition] else other, end, state)
        yes, no = _known(state, condition)
        return joined(condition, self._way(body, end, yes), self._way(other, end, no))

    def _condition(self, node: ast.expr, state: State) -> Node:
        """What an `if` asks."""
        if isinstance(node, ast.BoolOp):
            made = self._condition(node.values[-1], state)
            for one in reversed(node.values[:-1]):
                first = self._condition(one, state)
                made = (choose(first, made, FALSE) if isinstance(node.op, ast.And)
                        else choose(first, TRUE, made))
            return made
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return op("not", self._condition(node.operand, state))
        return truth(self.value(node, state).node)

    def _do_pass(self, statement: ast.Pass, state: State) -> None:
        pass

    def _do_expr(self, statement: ast.Expr, state: State) -> None:
        if not isinstance(statement.value, ast.Constant):
            self.any(statement.value, state)

    def _do_return(self, statement: ast.Return, state: State) -> None:
        state.result = Cell(NONE) if statement.value is None else self.any(statement.value, state)
        state.left = True

    def _do_assign(self, statement: ast.Assign, state: State) -> None:
        value = self.any(statement.value, state)
        for target in statement.targets:
            self._put(target, value, state)

    def _do_annassign(self, statement: ast.AnnAssign, state: State) -> None:
        if statement.value is not None:
            self._put(statement.target, self.any(statement.value, state), state)

    def _put(self, target: ast.expr, value: Any, state: State) -> None:
        if isinstance(target, ast.Name):
            if target.id in self._globals():
                raise Unread(f"the global {target.id} is set")
            state.names[target.id] = value
        elif isinstance(target, ast.Attribute):
            base = self.value(target.value, state)
            self._set_attribute(base, target.attr, value, state)
        elif isinstance(target, ast.Subscript):
            cell = self.value(target.value, state)
            index = self._index(target.slice, state)
            self._change(cell, op("set", cell.node, index, node_of(value)), state)
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, Items) and len(
                value.values) == len(target.elts):
            for one, part in zip(target.elts, value.values):
                self._put(one, part, state)
        elif isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, Cell) and (
                value.node[:2] == ("op", "shape") and len(target.elts) == 2):
            for one, word in zip(target.elts, ("len", "width")):
                self._put(one, Cell(op(word, value.node[2])), state)
        else:
            raise Unread("an assignment that is not understood")

    def _globals(self) -> tuple[str, ...]:
        return _declared(self.functions[-1])

    def _set_attribute(self, base: Cell, name: str, value: Any, state: State) -> None:
        if base.node[0] not in ("arg", "attr") or base.origin != base.node:
            raise Unread("an attribute of something that is no known object")
        if not isinstance(value, Cell):
            raise Unread(f"{name} is no number and no array")
        state.attributes[base.node, name] = value

    def _change(self, cell: Cell, node: Node, state: State) -> None:
        if cell.viewed:
            raise Unread("an array that is changed while another looks at it")
        others = [one for one in _cells(state) if one is not cell]
        if cell.origin == ("view",) or any(
                cell.parts & {one.number, *one.parts} for one in others):
            raise Unread("a part of an array that is changed in place")
        if cell.node[0] in ("const", "bool", "none", "text"):
            raise Unread("an item of a number")
        cell.node = node

    def _do_augassign(self, statement: ast.AugAssign, state: State) -> None:
        name = _BINARY.get(type(statement.op))
        if name is None:
            raise Unread("an assignment that is not understood")
        target, value = statement.target, self.value(statement.value, state)
        if isinstance(target, ast.Subscript):
            cell = self.value(target.value, state)
            index = self._index(target.slice, state)
            made = op(name, op("item", cell.node, index), value.node)
            self._change(cell, op("set", cell.node, index, made), state)
            return
        cell = self.value(target, state)
        made = op(name, cell.node, value.node)
        if self._is_alone(cell, target, state):
            self._put(target, Cell(made), state)
        elif isinstance(target, ast.Attribute):
            # An array changes in place, a number does not: either way the attribute is it.
            if sum(value is cell for value in state.names.values()):
                raise Unread(f"{ast.unparse(target)} has another name while it changes")
            self._change(cell, made, state)
            self._put(target, cell, state)
        else:
            raise Unread(f"{ast.unparse(target)} may be changed in place for others")

    def _is_alone(self, cell: Cell, target: ast.expr, state: State) -> bool:
        """Whether nothing else stands for this, so that in place or not is the same."""
        if cell.origin is not None:
            return False
        if cell.node[0] in ("const", "bool"):
            return True
        count = sum(value is cell for value in state.names.values())
        count += sum(value is cell for value in state.attributes.values())
        return count <= 1 and not cell.viewed

    def _do_for(self, statement: ast.For, state: State) -> State | None:
        if statement.orelse or _leaves(statement) or any(isinstance(
                one, (ast.Break, ast.Continue)) for one in ast.walk(statement)):
            raise Unread("a loop that is not understood")
        over = self.any(statement.iter, state)
        if isinstance(over, Items):
            for value in over.values:
                self._put(statement.target, value, state)
                state = self.block(statement.body, state)
            return state
        return self._loop(statement, over, state)

    def _loop(self, statement: ast.For, over: Any, state: State) -> State:
        """A loop whose rounds each set one item of an array, or add to one number."""
        index: Node = ("index", self.loops)
        sofar: Node = ("sofar", self.loops)
        self.loops += 1
        inside = state.branch()
        self._put(statement.target, _element(over, index), inside)
        targets = {one.id for one in ast.walk(statement.target) if isinstance(one, ast.Name)}
        carried = _carried(inside, self.block(statement.body, inside.branch()), targets)
        if len(carried) != 1:
            raise Unread("a loop that is not understood")
        start = _slot(inside, carried[0])
        again = inside.branch()
        _fill(again, carried[0], sofar)
        last = _slot(self.block(statement.body, again), carried[0])
        made = op("loop", _count(over), start.node, last.node)
        if last.number == start.number:
            _slot(state, carried[0]).node = made
        else:
            _fill(state, carried[0], made)
        for name in targets:
            state.names.pop(name, None)
        return state

    # --------------------------------------------------------------- expressions

    def value(self, node: ast.expr, state: State) -> Cell:
        """A value that is a number or an array."""
        found = self.any(node, state)
        if not isinstance(found, Cell):
            return Cell(node_of(found))
        if found.node == ("undefined",):
            raise Unread("a name that is not always there")
        return found

    def any(self, node: ast.expr, state: State) -> Any:
        """What an expression stands for."""
        look = getattr(self, f"_see_{type(node).__name__.lower()}", None)
        if look is None:
            raise Unread(f"line {node.lineno}: {type(node).__name__} is not understood")
        return look(node, state)

    def _see_constant(self, node: ast.Constant, state: State) -> Cell:
        return Cell(const(node.value))

    def _see_name(self, node: ast.Name, state: State) -> Any:
        if node.id in state.names:
            found = state.names[node.id]
            if found is None:
                raise Unread("a name that is not always there")
            return found
        function = self.functions[-1]
        if node.id in function.__code__.co_freevars:
            if node.id == "__class__":
                return Thing(self.kind)
            raise Unread(f"{node.id} of the function around")
        names = function.__globals__
        if node.id in names:
            value = names[node.id]
            self._rely(names, node.id, value)
            return self._known(node.id, value)
        if hasattr(builtins, node.id):
            self._rely(names, node.id, _MISSING)
            return Thing(getattr(builtins, node.id))
        raise Unread(f"{node.id} is not defined yet")

    def _rely(self, names: dict[str, Any], name: str, value: Any) -> None:
        if not any(one[0] is names and one[1] == name for one in self.premises):
            self.premises.append((names, name, value))

    def _known(self, name: str, value: Any) -> Any:
        if isinstance(value, (types.ModuleType, type, types.FunctionType,
                              types.BuiltinFunctionType, np.ufunc)) or _is_numpys(value):
            return Thing(value)
        if type(value) in (int, float, bool):  # another one is another program: see premises
            return Cell(const(value))
        if isinstance(value, tuple) and all(type(one) is str for one in value):
            return Items(tuple(Cell(const(one)) for one in value))
        raise Unread(f"it reads the global {name}, which may change")

    def _see_attribute(self, node: ast.Attribute, state: State) -> Any:
        base = self.any(node.value, state)
        if isinstance(base, Thing):
            return self._of_thing(base.value, node.attr)
        if isinstance(base, Super):
            return self._of_class(SELF, node.attr, base.after)
        if not isinstance(base, Cell):
            raise Unread(f".{node.attr} of something that is not known")
        return self._attribute(base, node.attr, state)

    def _of_thing(self, thing: Any, name: str) -> Thing:
        if numpy_words.is_numpy(thing):
            return Thing(_Numpy(name))
        if isinstance(thing, _Numpy) and thing.name == "random":
            return Thing(_Numpy(f"random.{name}"))
        if isinstance(thing, types.ModuleType) and isinstance(
                getattr(thing, name, None), types.FunctionType):
            self._rely(vars(thing), name, getattr(thing, name))
            return Thing(getattr(thing, name))
        raise Unread(f".{name} of {getattr(thing, '__name__', 'something')}")

    def _attribute(self, base: Cell, name: str, state: State) -> Any:
        is_object = base.node == SELF or self._kind_of(base.node) is not None
        if not is_object and (base.node, name) not in state.attributes:
            found = numpy_words.attribute(name, base.node)
            if found is not None:
                base.viewed = base.viewed or name == "T"
                return Cell(found, ("view",) if name == "T" else None)
            if numpy_words.is_method(name):
                return Bound(name, base.node, cell=base)
        if base.node[0] not in ("arg", "attr") and not _is_element(base.node):
            raise Unread(f".{name} of something that is not known")
        key = base.node, name
        if key in state.attributes:
            return state.attributes[key]
        kind = self.kind if base.node == SELF else self._kind_of(base.node)
        if kind is not None:
            found = inspect.getattr_static(kind, name, None)
            if isinstance(found, (types.FunctionType, staticmethod)):
                return self._of_class(base.node, name, kind)
            if found is not None and hasattr(type(found), "__get__"):
                raise Unread(f"{name} is a property")
        cell = Cell(("attr", *key), ("attr", *key))
        state.attributes[key] = cell
        return cell

    def _kind_of(self, node: Node) -> type | None:
        if node[0] == "attr" and node[1] == SELF:
            return self.inner.get(node[2])
        return None

    def _of_class(self, owner: Node, name: str, kind: type) -> Bound:
        found = inspect.getattr_static(kind, name, None)
        if isinstance(found, staticmethod):
            return Bound(name, None, found.__func__, kind)
        if not isinstance(found, types.FunctionType):
            raise Unread(f"{name} is not a plain method")
        if (kind, name) not in self.followed:
            self.followed.append((kind, name))
        return Bound(name, owner, original(found), kind)

    def _see_binop(self, node: ast.BinOp, state: State) -> Any:
        a, b = self.any(node.left, state), self.any(node.right, state)
        if isinstance(a, Items) and isinstance(b, Items) and isinstance(node.op, ast.Add):
            return Items(a.values + b.values)
        name = _BINARY.get(type(node.op))
        if name is None:
            raise Unread("an operator that is not understood")
        return Cell(op(name, node_of(a), node_of(b)))

    def _see_unaryop(self, node: ast.UnaryOp, state: State) -> Cell:
        if isinstance(node.op, ast.Not):
            return Cell(self._condition(node, state))
        value = self.value(node.operand, state).node
        if isinstance(node.op, ast.USub):
            return Cell(op("neg", value))
        raise Unread("an operator that is not understood")

    def _see_compare(self, node: ast.Compare, state: State) -> Cell:
        if len(node.ops) != 1:
            raise Unread("a comparison of more than two")
        a, b = self.value(node.left, state).node, self.value(node.comparators[0], state).node
        kind = type(node.ops[0])
        if kind in (ast.Gt, ast.GtE):
            a, b = b, a
        name = _COMPARED.get(kind)
        if name is None:
            raise Unread("a comparison that is not understood")
        made = op(name, a, b)
        return Cell(op("not", made) if kind is ast.IsNot else made)

    def _see_ifexp(self, node: ast.IfExp, state: State) -> Any:
        condition = self._condition(node.test, state)
        yes, no = _known(state, condition)
        if condition[0] == "bool":
            return self.any(node.body if condition[1] else node.orelse, state)
        return Cell(choose(condition, self.value(node.body, yes).node,
                           self.value(node.orelse, no).node))

    def _see_tuple(self, node: ast.Tuple, state: State) -> Items:
        values: list[Any] = []
        for one in node.elts:
            if isinstance(one, ast.Starred):
                inner = self.any(one.value, state)
                if not isinstance(inner, Items):
                    raise Unread("a star before something that is not known")
                values += inner.values
            else:
                values.append(self.any(one, state))
        return Items(tuple(values))

    _see_list = _see_tuple

    def _see_subscript(self, node: ast.Subscript, state: State) -> Any:
        base = self.any(node.value, state)
        index = self._index(node.slice, state)
        if isinstance(base, Items):
            return _item(base, index)
        cell = base if isinstance(base, Cell) else Cell(node_of(base))
        shape = cell.node
        if shape[:2] == ("op", "shape") and index in (("const", 0), ("const", 1)):
            return Cell(op("len" if index[1] == 0 else "width", shape[2]))
        if index[0] != "tuple" and index[0] != "arg":
            cell.viewed = True
        return Cell(op("item", cell.node, index), ("view",) if cell.viewed else None)

    def _index(self, node: ast.expr, state: State) -> Node:
        if isinstance(node, ast.Slice):
            parts = [NONE if one is None else self.value(one, state).node
                     for one in (node.lower, node.upper, node.step)]
            return ("slice", *parts)
        if isinstance(node, ast.Tuple):
            return ("tuple", *(self._index(one, state) for one in node.elts))
        return node_of(self.any(node, state))

    # --------------------------------------------------------------------- calls

    def _see_call(self, node: ast.Call, state: State) -> Any:
        function = self.any(node.func, state) if not _is_super(node) else None
        if function is None:
            self._rely(self.functions[-1].__globals__, "super", _MISSING)
            return Super(_after(self.functions[-1], self.kind))
        args: list[Any] = []
        for one in node.args:
            value = self.any(one.value if isinstance(one, ast.Starred) else one, state)
            if isinstance(one, ast.Starred):
                if not isinstance(value, Items):
                    raise Unread("a star before something that is not known")
                args += value.values
            else:
                args.append(value)
        named = {}
        for word in node.keywords:
            if word.arg is None:
                raise Unread("two stars in a call")
            named[word.arg] = self.any(word.value, state)
        return self._call(function, args, named, state)

    def _call(self, function: Any, args: list[Any], named: dict[str, Any], state: State) -> Any:
        if isinstance(function, Bound):
            if function.function is None:
                return self._array_method(function, args, named)
            first = [] if function.owner is None else [Cell(function.owner, function.owner)]
            return self._follow(function.function, [*first, *args], named, state)
        if not isinstance(function, Thing):
            raise Unread("a call of something that is not known")
        thing = function.value
        if isinstance(thing, _Numpy):
            return self._numpy(thing.name, args, named, state)
        if isinstance(thing, np.ufunc):
            return self._numpy(thing.__name__, args, named, state)
        if isinstance(thing, types.FunctionType):
            if thing.__module__ and thing.__module__.partition(".")[0] in ("numpy", "nnfs"):
                raise Unread(f"{thing.__name__} by a name of its own")
            return self._follow(thing, args, named, state)
        known = _BUILTINS.get(thing) if _hashable(thing) else None
        if known is None or named:
            raise Unread(f"it calls {getattr(thing, '__name__', 'something')}")
        return known(self, args, state)

    def _array_method(self, function: Bound, args: list[Any], named: dict[str, Any]) -> Cell:
        made = numpy_words.method(function.name, function.owner, [node_of(one) for one in args],
                                  {name: node_of(one) for name, one in named.items()})
        view = function.name in ("reshape", "transpose")
        if view:
            function.cell.viewed = True
        return Cell(made, ("view",) if view else None)

    def _numpy(self, name: str, args: list[Any], named: dict[str, Any], state: State) -> Cell:
        nodes = [node_of(one) for one in args]
        words = {word: node_of(one) for word, one in named.items()}
        if name == "random.binomial":
            made = op("binomial", *nodes, *(words[word] for word in sorted(words)))
            if made[0] == "if" or state.draws != NONE:
                raise Unread("random numbers are drawn more than once")
            state.draws = made
            return Cell(made)
        made = numpy_words.function(name, nodes, words)
        if name in ("transpose", "reshape") and isinstance(args[0], Cell):
            args[0].viewed = True
            return Cell(made, ("view",))
        return Cell(made)

    def _follow(self, function: Any, args: list[Any], named: dict[str, Any], state: State) -> Any:
        node = source_of(function)
        names = _plain_arguments(node)
        defaults = {name: one.default for name, one in inspect.signature(
            function).parameters.items() if one.default is not one.empty}
        inner = dict(zip(names, args))
        if len(args) > len(names) or named.keys() & inner.keys() or not named.keys() <= set(names):
            raise Unread(f"{node.name} with these arguments")
        inner |= named
        for name in names:
            if name not in inner:
                if name not in defaults:
                    raise Unread(f"{node.name} without {name}")
                inner[name] = Cell(const(defaults[name]))
        depth, outer = len(self.functions), state.names
        for name, value in outer.items():  # they go along, for what is done in place is theirs too
            inner[depth, name] = value
        state.names = inner
        made = self.run(function, node, state)
        state.attributes, state.draws = made.attributes, made.draws
        state.names = {name: made.names[depth, name] for name in outer}
        result, state.result, state.left = made.result, None, False
        return result


class _Numpy:
    """np.NAME, whatever it is just now."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.__name__ = f"np.{name}"


_MISSING = object()
MISSING = _MISSING
_BINARY: dict[type, str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div",
                            ast.Pow: "pow", ast.MatMult: "matmul", ast.Mod: "mod"}
_COMPARED: dict[type, str] = {ast.Lt: "lt", ast.LtE: "le", ast.Gt: "lt", ast.GtE: "le",
                              ast.Eq: "eq", ast.NotEq: "ne", ast.Is: "is", ast.IsNot: "is"}
_NAMES: dict[type, str] = {ast.While: "a while", ast.With: "a with", ast.Try: "a try",
                           ast.Raise: "a raise", ast.Assert: "an assert", ast.Global: "a global",
                           ast.Import: "an import", ast.ImportFrom: "an import",
                           ast.Delete: "a del"}


@lru_cache(2048)
def _declared(function: Any) -> tuple[str, ...]:
    """The names that a function declares to be others' than its own."""
    return tuple(name for one in ast.walk(source_of(function))
                 if isinstance(one, (ast.Global, ast.Nonlocal)) for name in one.names)


@lru_cache(4096)
def _leaves(statement: ast.stmt) -> bool:
    """Whether there is a return within."""
    return any(isinstance(one, ast.Return) for one in ast.walk(statement))


def _known(state: State, condition: Node) -> tuple[State, State]:
    """The state where a condition holds, and where it does not."""
    ways = state.branch(), state.branch()
    for way, holds in zip(ways, (True, False)):
        way.known[condition] = holds
        for cell in _cells(way):
            cell.node = given(cell.node, condition, holds)
    return ways


def _cells(state: State) -> list[Cell]:
    found = {value.number: value for value in [*state.names.values(), *state.attributes.values(),
                                               state.result] if isinstance(value, Cell)}
    return list(found.values())


def _carried(before: State, after: State, targets: set[str]) -> list[Any]:
    """The names and attributes that a round of a loop leaves otherwise than it found them, but
    for the loop's own.
    """
    new = after.attributes.keys() - before.attributes.keys()
    if any(after.attributes[key].origin is None for key in new):
        raise Unread("a loop that makes attributes")
    found: list[Any] = []
    numbers = set()
    for key in [*before.names, *before.attributes]:
        if key in targets:
            continue
        was, now = _slot(before, key), _slot(after, key)
        if isinstance(was, Cell) and isinstance(now, Cell) and was.node != now.node and not (
                was.number == now.number and was.number in numbers):
            numbers.add(was.number)
            found.append(key)
        elif isinstance(was, Cell) != isinstance(now, Cell):
            raise Unread("a loop that is not understood")
    return found


def _slot(state: State, key: Any) -> Any:
    return state.attributes[key] if key in state.attributes else state.names.get(key)


def _fill(state: State, key: Any, node: Node) -> None:
    """Let a name or an attribute, and all that is the same array, hold this."""
    cell = _slot(state, key)
    others = [one for one in [*state.names.values(), *state.attributes.values()] if one is cell]
    if len(others) > 1:
        cell.node = node
    elif key in state.attributes:
        state.attributes[key] = Cell(node, cell.origin, number=cell.number)
    else:
        state.names[key] = Cell(node, cell.origin, number=cell.number)


def _is_super(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args


def _after(function: Any, kind: type) -> type:
    """The class of which super() in this function is the next."""
    line = kind.__mro__
    for number, one in enumerate(line):
        if function in vars(one).values() and number + 1 < len(line):
            made = type("_Rest", (), {})
            rest = {name: value for base in reversed(line[number + 1:-1])
                    for name, value in vars(base).items() if isinstance(
                        value, (types.FunctionType, staticmethod))}
            for name, value in rest.items():
                setattr(made, name, value)
            return made
    raise Unread("super() that is not understood")


def _item(items: Items, index: Node) -> Any:
    """An item or a slice of a tuple."""
    plain = [one[1] if one[0] == "const" else None for one in index[1:]] if (
        index[0] == "slice") else []
    if index[0] == "const" and type(index[1]) is int and abs(index[1]) < len(items.values):
        return items.values[index[1]]
    if index[0] == "slice" and all(one is None or type(one) is int for one in plain) and all(
            one[0] in ("const", "none") for one in index[1:]):
        return Items(items.values[slice(*plain)])
    raise Unread("an item of a tuple")


def _element(over: Any, index: Node) -> Any:
    """What a loop's variable stands for in a round."""
    if isinstance(over, Cell):
        node = over.node
        if node[:2] == ("op", "range"):
            return Cell(index)
        if node[:2] == ("op", "enumerate"):
            return Items((Cell(index), _element(Cell(node[2]), index)))
        if node[:2] == ("op", "zip"):
            return Items(tuple(_element(Cell(one), index) for one in node[2:]))
        item = op("item", node, index)
        return Cell(item, ("view",))
    raise Unread("a loop that is not understood")


def _count(over: Any) -> Node:
    node = over.node
    if node[:2] == ("op", "range"):
        return node[2]
    if node[:2] in (("op", "enumerate"), ("op", "zip")):
        return _count(Cell(node[2]))
    return op("len", node)


def _is_element(node: Node) -> bool:
    """Whether it is one of several objects that an attribute holds."""
    return node[:2] == ("op", "item") and node[2][0] == "attr" and node[3][0] == "index"


def _hashable(thing: Any) -> bool:
    return isinstance(thing, (type, types.BuiltinFunctionType))


def _is_numpys(value: Any) -> bool:
    return callable(value) and getattr(value, "__module__", "") == "numpy"


def _len(reader: _Reader, args: list[Any], state: State) -> Cell:
    (one,) = args
    if isinstance(one, Items):
        return Cell(const(len(one.values)))
    node = one.node
    if node[:2] == ("op", "shape"):
        return Cell(op("ndim", node[2]))
    if node[:2] == ("op", "item") and node[3] == ("const", 0):
        return Cell(op("width", node[2]))
    return Cell(op("len", node))


def _has(reader: _Reader, args: list[Any], state: State) -> Cell:
    base, name = args
    key = base.node, name.node[1]
    if name.node[0] != "text" or base.node[0] not in ("arg", "attr"):
        raise Unread("hasattr of something that is not known")
    held = state.attributes.get(key)
    if held is not None and held.origin != ("attr", *key):
        return Cell(TRUE)
    return Cell(op("has", ("attr", *key)))


def _getattr(reader: _Reader, args: list[Any], state: State) -> Any:
    if len(args) not in (2, 3) or args[1].node[0] != "text":
        raise Unread("getattr of something that is not known")
    base, name = args[0], args[1].node[1]
    kind = reader.kind if base.node == SELF else reader._kind_of(base.node)
    known = kind is not None and (inspect.getattr_static(kind, name, None) is not None
                                  or base.node == SELF and name in reader.inner)
    if len(args) == 3 and not known and base.node[0] in ("arg", "attr", "op"):
        held = state.attributes.get((base.node, name))
        if held is None or held.origin == ("attr", base.node, name):
            return Cell(op("get", ("attr", base.node, name), node_of(args[2])))
    return reader._attribute(base, name, state)


def _setattr(reader: _Reader, args: list[Any], state: State) -> Cell:
    base, name, value = args
    if name.node[0] != "text":
        raise Unread("setattr of something that is not known")
    reader._set_attribute(base, name.node[1], value, state)
    return Cell(NONE)


def _plainly(name: str) -> Callable[..., Cell]:
    def made(reader: _Reader, args: list[Any], state: State) -> Cell:
        return Cell(op(name, *(node_of(one) for one in args)))
    return made


def _absolute(reader: _Reader, args: list[Any], state: State) -> Cell:
    return Cell(op("abs", *(node_of(one) for one in args)))


_BUILTINS: dict[Any, Callable[..., Any]] = {
    max: _plainly("greater of"), min: _plainly("less of"),
    len: _len, hasattr: _has, getattr: _getattr, setattr: _setattr, range: _plainly("range"),
    enumerate: _plainly("enumerate"), zip: _plainly("zip"), abs: _absolute}

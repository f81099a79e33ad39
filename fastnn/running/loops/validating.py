"""What stands at the end of a turn and asks the objects themselves: most often a validation.

    for xb, yb in batches(X, y, 64):
        ...
    dense1.forward(X_val); activation1.forward(dense1.output); ...
    val_loss = loss.calculate(activation2.output, y_val)
    history.append(val_loss)

`fit` records nothing of it. So its statements are done as they stand, by a function of our own,
between the turns that are trained: the parameters are then what the turn would have left. They may
read names that stay what they are, what they have computed themselves and the loop's variable; of
layers what they have computed themselves, and parameters. What they give is a value of the turn as
its loss is one (`keeping.py`, `books.py`).
"""

import ast
from collections.abc import Callable, Iterable
from types import CodeType, FrameType, FunctionType
from typing import Any

from fastnn.running.loops.aside import is_for_nothing
from fastnn.running.loops.chains import Chains
from fastnn.running.loops.lookups import shown
from fastnn.running.loops.names import Names, look_up
from fastnn.running.loops.roles import Role
from fastnn.running.loops.symbols import Computed, Known, Read, Unread
from fastnn.running.loops.values import Rate, Validated, is_recorded

_TRAINING = frozenset(("backward", "descend", "hand over", "pre_update_params", "update_params",
                       "post_update_params", "step"))
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_PARAMETERS = "weights", "biases", "weight_regularizer", "bias_regularizer"


class Validating(Chains):
    """Reads the statements of a turn, and those at its end so, if it is to.

    ends: the number of statements in which a turn is trained, as far as that is known.
    """

    def __init__(self, names: Names, own: str, carried: Iterable[str] | None,
                 fixed: set[str]) -> None:
        super().__init__(names, own, carried, fixed)
        self.ends = 0
        self._tail: int | None = None  # the events before it
        self._set_before: set[tuple[int, str]] = set()
        self._asks = False  # whether a statement there asks the objects
        self._own: set[str] = set()  # names that they have set
        self._given: set[str] = set()  # names that they read besides
        self._has_asked = False
        self._code: list[ast.stmt] = []
        self._found: list[str] = []

    def run_turn(self, body: list[ast.stmt], ends: int | None) -> None:
        """Read a turn. ends: where what is done between the turns begins; None for nowhere."""
        for number, statement in enumerate(body[:ends], 1):
            had, over = len(self.events), self.over
            self.run([statement])
            if over is not self.over or any(
                    event.name in _TRAINING for event in self.events[had:]):
                self.ends = number
        if ends is not None:
            self._tail, self._set_before = len(self.events), set(self.set)
            self._run_tail(body[ends:])
            if not self._has_asked:
                raise Unread("nothing at the end of each turn asks the objects")

    @property
    def of_step(self) -> list[Any]:
        """The events of one step."""
        return super().of_step if self.has_batches else self.events[:self._tail]

    @property
    def validation(self) -> "Validation | None":
        """What is done between the turns; None for nothing."""
        if not self._has_asked:
            return None
        return Validation(self._code, self._found, sorted(self._given), self.variable,
                          self.names.frame)

    # ---------------------------------------------------------------------------- statements

    def _run_tail(self, statements: list[ast.stmt]) -> None:
        for statement in statements:
            if isinstance(statement, ast.If):
                test = self.tried(lambda: self.value(statement.test))  # noqa: B023
                if isinstance(test, Known):
                    self._run_tail(statement.body if test.value else statement.orelse)
                    continue
            if isinstance(statement, ast.Assign) and all(
                    isinstance(one, ast.Subscript) for one in statement.targets):
                self._keeps_of(statement, statement.value, lambda value: ast.Assign(
                    statement.targets, value))  # noqa: B023
            elif isinstance(statement, ast.Assign | ast.For):
                self._runs_between(statement)
            elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
                self._called_between(statement, statement.value)
            else:
                self.run([statement])

    def _called_between(self, statement: ast.Expr, call: ast.Call) -> None:
        """losses.append(loss.calculate(...)) is done in two steps; any other call as it stands."""
        if not isinstance(call.func, ast.Attribute) or call.func.attr != "append" or (
                len(call.args) != 1):
            self._runs_between(statement)
            return
        self._keeps_of(statement, call.args[0], lambda value: ast.Expr(ast.copy_location(
            ast.Call(call.func, [value], []), statement)))

    def _keeps_of(self, statement: ast.stmt, node: ast.expr,
                  with_value: Callable[[ast.expr], ast.stmt]) -> None:
        """Read a statement that keeps a value, in two steps."""
        env = set(self.env)
        made = with_value(self._in_two_steps(node))
        self.run([ast.copy_location(made, statement)])
        for name in set(self.env) - env:
            del self.env[name]  # of ours

    def _in_two_steps(self, node: ast.expr) -> ast.expr:
        """An expression, with names in the place of what the objects are asked for."""
        if isinstance(node, ast.Tuple):
            return ast.copy_location(
                ast.Tuple(list(map(self._in_two_steps, node.elts)), ast.Load()), node)
        if isinstance(node, ast.Dict):
            return ast.copy_location(
                ast.Dict(node.keys, list(map(self._in_two_steps, node.values))), node)
        if isinstance(node, ast.Name | ast.Constant) or not (
                self._calls_a_function(node) or self._would_ask(node)):
            return node
        name = ast.Name(f"_given{len(self._code)}", ast.Store())
        self._runs_between(ast.copy_location(ast.Assign([name], node), node))
        return ast.copy_location(ast.Name(name.id, ast.Load()), node)

    def _calls_a_function(self, node: ast.expr) -> bool:
        """Whether it is a call of a function of the program's, which is read as it is done."""
        found = self.tried(lambda: self.value(node.func)) if isinstance(node, ast.Call) and (
            isinstance(node.func, ast.Name)) else None
        return isinstance(found, Known) and type(found.value) is FunctionType

    def _would_ask(self, node: ast.expr) -> bool:
        """Whether an expression asks the objects, or is made of what they have told."""
        had, self._asks = len(self.events), False
        found = self.tried(lambda: (self.value(node), len(self.events)))
        return found is not None and not self.carries(node) and (
            found[1] > had or self._asks
            or bool(self._loads(node) & self._own) and not is_recorded(found[0]))

    def _runs_between(self, statement: ast.stmt) -> None:
        """Read a statement; it is done between the turns, if it asks the objects."""
        kept: list[list[Any]] = [self.appends, self.grows, self.lines, self.remembers]
        had, lengths, self._asks = len(self.events), [len(one) for one in kept], False
        env = dict(self.env)
        self.run([statement])
        asks = len(self.events) > had or self._asks
        if not asks and (not self._loads(statement) & self._own
                         or self._stored(statement) & self.carried):
            self._names_what_stays(statement, env)
            return
        if not all(map(is_for_nothing, self.events[had:])):
            raise Unread(f"'{shown(statement)}' does more than to compute")
        if lengths != [len(one) for one in kept]:
            raise Unread(f"'{shown(statement)}' keeps what it computes")
        if not self._takes(statement, env):
            raise Unread(f"'{shown(statement)}' is of what a turn computes before")
        self._has_asked = True
        for name in sorted(self._stored(statement) & set(self.env)):
            symbol = self.env[name]
            if isinstance(symbol, Computed) and symbol.is_scalar:
                self._found.append(f"_found{len(self._found)}")
                self._code.append(ast.copy_location(ast.Assign(
                    [ast.Name(self._found[-1], ast.Store())], ast.Name(name, ast.Load())),
                    statement))
                self.env[name] = Validated(True, symbol.is_python, self._found[-1])

    def _names_what_stays(self, statement: ast.stmt, env: dict[str, Any]) -> None:
        """out = X_val: done there, too, for those that ask with it."""
        if isinstance(statement, ast.Assign) and all(
                isinstance(one, ast.Name) and isinstance(self.env.get(one.id), Known)
                for one in statement.targets):
            self._takes(statement, env)

    def _takes(self, statement: ast.stmt, env: dict[str, Any]) -> bool:
        """Have a statement done between the turns, if what it reads is there then. env: before it.
        """
        stored, given = self._stored(statement), set()
        first: set[str] = set()
        if isinstance(statement, ast.For):  # what it sets before it reads
            first = self._stored(statement.target) - self._loads(statement.iter)
        for name in self._loads(statement) - self._own - first:
            if "." in name or name in self.carried or name in env and (
                    name != self.variable or getattr(env[name], "text", "") != "_n"):
                return False
            if name not in stored or name in self.names.read():
                given.add(name)
        self._given |= given
        self._own |= stored & set(self.env)  # a loop over nothing sets none
        self._code.append(statement)
        return True

    @staticmethod
    def _loads(node: ast.AST) -> set[str]:
        return _used(node, ast.Load)

    @staticmethod
    def _stored(node: ast.AST) -> set[str]:
        return _used(node, ast.Store)

    # --------------------------------------------------------------------------- what is asked

    def _of_a_loss(self, node: ast.Call, function: FunctionType) -> Any:
        """Behind the training a function that is a loss computes, and no more: of other outputs."""
        return None if self._tail is not None else super()._of_a_loss(node, function)

    def _of_a_thing(self, role: Role, node: ast.Attribute) -> Any:
        """Of what objects have, what a turn that is trained does not leave is not read."""
        found = super()._of_a_thing(role, node)
        if self._tail is None or not isinstance(found, Read | Computed):
            return found
        of_turn = any(event.name == "forward" and event.thing.thing is role.thing and (
            not isinstance(found, Read) or event.time == found.time)
            for event in self.events[self._tail:])
        if of_turn and (not isinstance(found, Read) or found.is_fresh):
            self._asks = True
        elif isinstance(found, Rate) or not isinstance(found, Read) or (
                not found.name.startswith(_PARAMETERS)):
            raise Unread(f"'{shown(node)}' is what the training has left there")
        else:
            self._asks = True
        return found

    def _of_a_value(self, base: Known, node: ast.Attribute) -> Any:
        if self._tail is not None and (id(base.value), node.attr) in self._set_before:
            raise Unread(f"'{shown(node)}' is of what a turn computes before")
        return super()._of_a_value(base, node)


def _used(node: ast.AST, how: type[ast.expr_context]) -> set[str]:
    """The names that are read, or set; those of a comprehension are its own, whatever else is
    called so.
    """
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, how) else set()
    found = {name for one in ast.iter_child_nodes(node) for name in _used(one, how)}
    if isinstance(node, _COMPREHENSIONS):
        own = {name for one in node.generators for name in _used(one.target, ast.Store)}
        found = found - own | _used(node.generators[0].iter, how)
    elif isinstance(node, ast.Lambda):
        found -= {one.arg for one in ast.walk(node.args) if isinstance(one, ast.arg)}
    return found


class Validation:
    """Such statements, and what they found in each turn.

    given: the names that they are given, of the program; found: ours for what they find.
    """

    def __init__(self, statements: list[ast.stmt], found: list[str], given: list[str],
                 variable: str, frame: FrameType) -> None:
        self._given = [name for name in given if name != variable]
        names = [variable or "_", *self._given]
        ends = ast.Return(ast.Tuple([ast.Name(one, ast.Load()) for one in found], ast.Load()))
        made = ast.parse(f"def turn({', '.join(names)}): pass").body[0]
        assert isinstance(made, ast.FunctionDef)
        made.body = [*statements, ast.copy_location(ends, statements[-1])]
        whole = ast.fix_missing_locations(ast.Module([made], []))
        code = compile(whole, frame.f_code.co_filename, "exec", dont_inherit=True)
        (inner,) = [one for one in code.co_consts if isinstance(one, CodeType)]
        self._turn = FunctionType(inner, frame.f_globals)
        self._places = {name: place for place, name in enumerate(found)}
        self._arguments: list[Any] = []
        self._told: dict[int, tuple[Any, ...]] = {}

    def begin(self, frame: FrameType) -> None:
        """Look at the program's names: a training begins."""
        self._arguments = [look_up(frame, name) for name in self._given]
        self._told = {}

    def end(self) -> None:
        """Hold nothing of the program's any more."""
        self._arguments = []

    def __call__(self, turn: int, value: Any) -> None:
        """The turn of this number was trained. value: of the loop's variable."""
        self._told[turn] = self._turn(value, *self._arguments)

    def column(self, value: Validated, turns: range) -> list[Any]:
        """What was found in these turns."""
        place = self._places[value.name]
        return [self._told[turn][place] for turn in turns]

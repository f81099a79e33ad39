"""What a program keeps account of from turn to turn, in numbers under names of its own.

    if loss < best_loss:
        best_loss, waited = loss, 0
        best_weights = dense1.weights.copy()
    else:
        waited += 1
        if waited >= patience: break

Such numbers decide nothing of a step, and all that they are computed from is what `fit` records: so
they are computed behind the training, turn by turn, as the program would. What is kept of the
objects then, their weights above, is overwritten by whoever keeps it next: only the last turn that
does has to, and runs as it is. In any block that does more, the turn runs as it is, too.
"""

import ast
import copy
from collections.abc import Iterable
from typing import Any

from fastnn.running.loops import pure, values
from fastnn.running.loops.asking import Asked, variable
from fastnn.running.loops.frames import can_put
from fastnn.running.loops.lookups import shown
from fastnn.running.loops.names import Names, is_account, look_up
from fastnn.running.loops.symbols import Carried, Carry, Known, Listed, Unread
from fastnn.running.loops.trying import Trying, is_nobodys

RUNS = "return None"


class Books(Trying):
    """Reads such statements as lines of a function of one turn, of our own.

    carried: names of numbers that are carried; None where no such line is to be written, and each
    block that waits for a value has its turn run as it is. remembers: names that blocks set to what
    they keep of the objects; grows: lists that they append numbers to. fixed: names of which no
    account is kept.
    """

    def __init__(self, names: Names, own: str, carried: Iterable[str] | None,
                 fixed: set[str]) -> None:
        super().__init__(names, own)
        self._fixed = fixed
        self.own_lists = {name for name in carried or () if type(
            look_up(names.frame, name)) is list}  # which each turn makes, and asks for
        self.carried, self.keeps_books = set(carried or ()) - self.own_lists, carried is not None
        self.lines: list[str] = []
        self.remembers: list[str] = []
        self.grows: list[Any] = []  # lists, and what is filled (`filling.py`)
        self.waits_for = ""
        self.why: dict[str, str] = {}  # for what names are carried, as far as that is known
        self.asked = Asked(self.counting, values.is_asked, pure.asks)
        for name in self.carried:
            self._check(name)

    def _check(self, name: str) -> None:
        held = look_up(self.names.frame, name)
        if not is_account(held) or not can_put(self.names.frame, name):
            raise Unread(f"{name} is carried from turn to turn, and is no plain number")

    def _name(self, node: ast.Name) -> Any:
        if self.scope is None and node.id in self.carried and node.id not in self.env:
            return Carried(node.id)
        return super()._name(node)

    def carry(self, names: set[str], why: str) -> None:
        """Raise Carry, if these names may be of numbers that are carried; else Unread."""
        if self.keeps_books and not names & self.carried and all(
                is_account(look_up(self.names.frame, name)) or name not in self.own_lists
                and isinstance(self.env.get(name), Listed) for name in names):
            raise Carry(names, why)
        raise Unread(why)

    def carries(self, node: ast.AST) -> bool:
        """Whether it is of names that are carried, and were not set in this turn."""
        return self.scope is None and any(
            isinstance(one, ast.Name) and one.id in self.carried
            and one.id not in self.env for one in ast.walk(node))

    def note(self, name: str, value: Any, node: ast.expr | None) -> bool:
        """A name that is carried stands for this from here on in the turn; whether it is known
        what that is. node: the expression, where there is one.
        """
        text = self.asked.symbol(value)
        if text is not None:
            self.lines.append(f"{variable(name)} = {text}")
            return True
        text = None if node is None else self.asked.read(node, self.value)
        if text is None:
            raise self._uncarried(name, node)
        self.lines.append(f"{variable(name)} = {text}")
        self.env.pop(name, None)
        return False

    def _uncarried(self, name: str, node: ast.expr | None) -> Unread:
        """Behind a training nobody knows what a name that is carried was set to."""
        is_set, line = "", getattr(node, "lineno", None)
        if node is not None:
            is_set = f" is '{shown(node)}'" + (f" (line {line})" if line else "")
        why = self.why.get(name, f"{name} goes from turn to turn")
        reason = Unread(f"{why}: {name}{is_set or ' is set by a loop'}, which fit does not record; "
                        f"under a condition like `if not {self.variable or 'epoch'} % 100:` it may "
                        "stand")
        reason.line = 0
        return reason

    def computes(self, target: ast.expr, node: ast.expr) -> None:
        """A number that is made of others that are carried: best = min(best, loss)."""
        text = self.asked.read(node, self.value)
        if text is None and isinstance(target, ast.Name) and self.scope is None:
            text = self.asked.read(_Hoisting(self).visit(copy.deepcopy(node)), self.value)
        if self.fills(target, text):
            return
        if text is None or not isinstance(target, ast.Name):
            raise Unread(f"'{shown(node)}' is of the turn before, and more than a number of it")
        self._may_set(target.id, f"{target.id} is computed from what comes from the turn before")
        self.lines.append(f"{variable(target.id)} = {text}")
        self.env.pop(target.id, None)

    def fills(self, target: ast.expr, text: str | None) -> bool:
        """losses[epoch] = ...: whether it is that."""
        raise NotImplementedError

    def makes_list(self, name: str) -> Listed:
        """A list that a turn makes, under a name."""
        text = variable(name) if self.scope is None and name in self.own_lists else ""
        self.lines += [f"{text} = []"] if text else []
        return Listed(name, text)

    def goes_into(self, target: Listed, node: ast.Call) -> None:
        """losses.append(loss), of such a list."""
        if len(node.args) != 1 or node.keywords:
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        self._plain(node, self.value(node.args[0]))
        if target.text:
            text = self.asked.read(node.args[0], self.value)
            if text is None:
                raise Unread(f"'{shown(node)}' in each turn keeps what fit does not record")
            self.lines.append(f"{target.text}.append({text})")

    def _may_set(self, name: str, why: str) -> None:
        if name == self.variable:
            raise Unread(f"the body sets {name}, the loop's own variable")
        if name not in self.carried:
            self.carry({name}, why)

    # ------------------------------------------------------------------------- blocks that wait

    def waits(self, test: ast.expr, text: str, body: list[ast.stmt],
              orelse: list[ast.stmt]) -> None:
        """Such a block: what it does where it comes true, or the turn runs as it is."""
        lines = self._either(text, body, orelse)
        self.lines += lines
        if RUNS in map(str.strip, lines):
            self.waits_for = self.waits_for or f"if {shown(test)}"

    def keeps(self, test: ast.expr, body: list[ast.stmt]) -> bool:
        """Such a block without an else, if it only keeps account; else nothing is read of it."""
        if not self.keeps_books or self.scope is not None:
            return False
        before, seen = dict(self.env), self.names.seen
        lengths = [(one, len(one)) for one in (
            self.remembers, self.grows, self.lists, self.asked.values)]
        text = self._text(test)
        lines = [RUNS] if text is None else self._either(text, body, [])
        if RUNS not in map(str.strip, lines):
            self.lines += lines
            return True
        self.env = before
        self.names.go_back(seen)
        for one, length in lengths:
            del one[length:]
        return False

    def _either(self, text: str, body: list[ast.stmt], orelse: list[ast.stmt]) -> list[str]:
        """Both blocks; a number that one of them sets is from there on what it was, or not."""
        before = dict(self.env)
        lines = [f"if {text}:", *_within(self._block(body))]
        self.env = dict(before)
        if orelse:
            lines += ["else:", *_within(self._block(orelse))]
        stored = {one.id for part in (*body, *orelse) for one in ast.walk(part)
                  if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
        self.env = {name: value for name, value in before.items()
                    if name not in self.carried & stored or self.scope is not None}
        return lines

    def _block(self, block: list[ast.stmt]) -> list[str]:
        lines: list[str] = []
        for one in block:
            if isinstance(one, ast.Pass) or isinstance(one, ast.Expr) and isinstance(
                    one.value, ast.Constant):
                continue
            made = self._statement(one)
            lines += [RUNS] if made is None else made
            if made is None:
                break  # the turn runs as it is, and what it does then with it
        return lines or ["pass"]

    def _statement(self, one: ast.stmt) -> list[str] | None:
        """Lines for a statement of a block; None where its turn has to run as it is."""
        if isinstance(one, ast.If):
            text = self._text(one.test)
            return None if text is None else self._either(text, one.body, one.orelse)
        if not self.keeps_books or self.scope is not None:
            return None
        if isinstance(one, ast.Expr) and isinstance(one.value, ast.Call):
            return self.appended(one.value)
        if isinstance(one, ast.AugAssign) and isinstance(one.target, ast.Name):
            whole = ast.BinOp(ast.Name(one.target.id, ast.Load()), one.op, one.value)
            return self._sets([one.target], [whole])
        if isinstance(one, ast.Assign) and len(one.targets) == 1:
            (target,), value = one.targets, one.value
            if isinstance(target, ast.Name):
                return self._sets([target], [value])
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(
                    target.elts) == len(value.elts):
                return self._sets(target.elts, value.elts)
        return None

    def _sets(self, targets: list[ast.expr], nodes: list[ast.expr]) -> list[str] | None:
        """Names that are set: to numbers, or to something that is kept of the objects."""
        names, texts, kept = [], [], 0
        for target, node in zip(targets, nodes, strict=True):
            if not isinstance(target, ast.Name) or target.id == self.variable:
                return None
            text = self._text(node)
            if text is not None and (target.id in self.carried or self._can_carry(target.id)):
                names.append(target.id)
                texts.append(text)
            elif self._can_keep(target.id) and self.only_computes(node):
                self.remembers += [target.id] if target.id not in self.remembers else []
                kept |= 1 << self.remembers.index(target.id)
            else:
                return None
        missing = set(names) - self.carried
        if missing:
            self.carry(missing, f"{min(missing)} comes from the turn before")
        for name in names:
            self.env.pop(name, None)
        said = ", ".join(map(variable, names))
        numbers = [f"{said} = {', '.join(texts)}"] if names else []
        return [*numbers, f"_keeps |= {kept}"] if kept else numbers

    def appended(self, node: ast.Call) -> list[str] | None:
        """losses.append(best): a number that goes into a list."""
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "append" or len(
                node.args) != 1 or node.keywords:
            return None
        text, lists = self._text(node.args[0]), node.func.value
        if text is None or any(isinstance(one, ast.Call) for one in ast.walk(lists)):
            return None
        target = self.tried(lambda: self.value(lists))
        if not isinstance(target, Known) or type(target.value) is not list:
            return None
        self.grows.append(target.value)
        return [f"_told += (({len(self.grows) - 1}, {text}), )"]

    def _text(self, node: ast.expr) -> str | None:
        """The text of a number; None for what has none."""
        return self.tried(lambda: self.asked.read(node, self.value))

    def _can_carry(self, name: str) -> bool:
        held = look_up(self.names.frame, name)
        return is_account(held) and held is not None and can_put(self.names.frame, name)

    def _can_keep(self, name: str) -> bool:
        """Whether nobody could tell when it was let go what a name stands for."""
        return name not in self.carried | self._fixed and is_nobodys(
            look_up(self.names.frame, name))


class _Hoisting(ast.NodeTransformer):
    """An expression with names in the place of calls, which then have been read: of objects'
    methods, in the order in which they are called.
    """

    def __init__(self, books: Books) -> None:
        self._books = books

    def visit_Call(self, node: ast.Call) -> ast.AST:
        books = self._books
        if isinstance(node.func, ast.Name) and pure.asks(books.value(node.func)) == len(node.args):
            return self.generic_visit(node)
        name = f"<call {len(books.env)}>"
        books.env[name] = books.value(node)
        return ast.Name(name, ast.Load())


def _within(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]

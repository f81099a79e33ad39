"""A loop's body, read as the program stands: what each turn does, and when more.

Each statement is one of these, or the loop is not known to be a plain training:

    dense1.forward(X)                   an event: a call of a layer, loss or optimizer
    accuracy = np.mean(predictions == y)    a computation that nothing depends on
    if not epoch % 100: ...             a guarded block: anything at all may be in it
    if accuracy > 0.95: break           a block that waits for what fit records
    dense1.weights -= 0.1 * dense1.dweights     an event, too, where the biases follow
    if len(y.shape) == 2: ...           a question that has one answer for the whole loop
    for layer in layers: ...            the same for each object of a list
"""

import ast
from typing import Any

from fastnn.running.loops import values
from fastnn.running.loops.attributes import as_names
from fastnn.running.loops.events import Append
from fastnn.running.loops.filling import Filling, Unfilled
from fastnn.running.loops.lookups import shown
from fastnn.running.loops.methods import Returned
from fastnn.running.loops.names import Names
from fastnn.running.loops.sites import Kept, Site
from fastnn.running.loops.symbols import (
    Carry,
    Computed,
    Counted,
    Known,
    Listed,
    Rows,
    Several,
    Unread,
)

_MOST = 12  # times that a body is read, each time with more names that are carried


def read(names: Names, site: Site, ends: int | None = None) -> "Reading":
    """The body of a loop, with books where it keeps any; else as if it kept none. ends: where what
    is done between the turns begins; None for nowhere.
    """
    reason: Unread | None = None
    try:
        books = site.books if ends is None else site.books_of_validation
        for _ in range(_MOST):
            names.go_back({})
            try:
                return Reading(names, site, books, ends)
            except Carry as more:
                (books.fixed if more.fixed else books.carried).update(more.names)
                for name in more.names:
                    books.why.setdefault(name, more.said)
                reason = more
            except Unread as other:
                reason = other
                break
        names.go_back({})
        try:
            return Reading(names, site, None, ends)
        except Unread as without:
            is_plainer = not books.carried and not isinstance(without, Unfilled)
            raise without if is_plainer or reason is None else reason from None
    finally:
        del reason  # it leads to this frame, and frames to the program's objects


class Reading(Filling):
    """Reads the statements of a body. Unread where one is more than it knows."""

    def __init__(self, names: Names, site: Site, books: Kept | None,
                 ends: int | None = None) -> None:
        super().__init__(names, site.variable, None if books is None else books.carried,
                         site.books.fixed if books is None else books.fixed)
        self.why = {} if books is None else books.why
        self.moved: dict[str, Rows] = {}  # names of samples that are left in another order
        self._step = site.step
        body, places = (site.body, []) if books is None else as_names(site.body, names)
        self.set_on += places
        try:
            self.run_turn(body, ends)
        finally:
            if ends is None:
                site.ends = self.ends
        if self._step and self.counting.text(self.env[self.variable]) != self._counted_on():
            raise Unread(f"{self.variable} does not count the turns one by one")
        both = set(self.remembers) & (self._assigned | names.read())
        if both:
            raise Carry(both, f"{min(both)} is kept of one turn, and read in another", fixed=True)
        self.check_growing()
        if any(key in self.set for key in self._looked_at):
            raise Unread("an attribute is read before it is set: it comes from the turn before")
        self.moved = {name: rows for name, rows in self.moved.items() if self.env[name] is rows}
        before = (self._assigned - set(self.moved) | {self.variable}) & names.read()
        if before:
            why = f"{min(before)} is read before it is set: it comes from the turn before"
            if before & set(self.remembers):
                raise Carry(before & set(self.remembers), why, fixed=True)
            self.carry(before - {self.variable} or before, why)
        for name in self.carried & names.read():
            raise Unread(f"{name} is carried from turn to turn, and read elsewhere")

        for name in {*self.carried, *self.remembers, *self._assigned}:
            attribute = name.partition(".")[2]
            if attribute and (names.leads_to(attribute) or any(
                    one == attribute for _, one in self.set)):
                raise Unread(f"{name} is carried from turn to turn, and read elsewhere")

    def _counted_on(self) -> str:
        return f"(_n + {self._step})"

    def run(self, statements: list[ast.stmt]) -> None:
        """Read statements, one after the other."""
        for statement in statements:
            read = getattr(self, f"_run_{type(statement).__name__.lower()}", self._run_other)
            try:
                read(statement)
            except Unread as reason:
                if self.scope is None and reason.line is None:
                    reason.line = getattr(statement, "lineno", None)
                raise

    # ------------------------------------------------------------------------- statements

    def _run_other(self, statement: ast.stmt) -> None:
        raise Unread(f"'{shown(statement)}' in each turn is more than a plain training")

    def _run_return(self, statement: ast.Return) -> None:
        if self.scope is None:
            raise Unread(f"'{shown(statement)}' in each turn is more than a plain training")
        raise Returned(Known(None) if statement.value is None else self.value(statement.value))

    def _run_pass(self, statement: ast.Pass) -> None:
        """Nothing."""

    def _run_expr(self, statement: ast.Expr) -> None:
        if isinstance(statement.value, ast.BoolOp):  # not epoch % 100 and print(...)
            condition = self.leading(statement.value)
            if condition is not None:
                self.guards.append(condition.text)
                return
        if isinstance(statement.value, ast.IfExp):  # print(...) if not epoch % 100 else None
            self.branch(statement.value.test, [ast.Expr(statement.value.body)],
                         [ast.Expr(statement.value.orelse)])
            return
        if isinstance(statement.value, ast.Call):
            lines = self.appended(statement.value) if any(
                map(self.carries, statement.value.args)) else None
            self.lines += lines or []
            if lines or self._appends(statement.value):
                return
        self.value(statement.value)

    def _appends(self, node: ast.Call) -> bool:
        """losses.append(loss): whether it is that; the list then gets what `fit` has recorded."""
        if not isinstance(node.func, ast.Attribute) or node.func.attr != "append" or any(
                isinstance(one, ast.Call) for one in ast.walk(node.func.value)):
            return False
        target = self.value(node.func.value)
        if isinstance(target, Listed):
            self.goes_into(target, node)
            return True
        if not isinstance(target, Known) or type(target.value) is not list:
            return False
        if self.is_within and self._computes_what_goes_in(node, target.value):
            return True
        if len(node.args) != 1 or node.keywords:
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        value = values.together(self._kept_value(node.args[0]), node.args[0])
        if not values.is_recorded(value):
            if not isinstance(node.args[0], ast.Tuple) and self._computes_what_goes_in(
                    node, target.value):
                return True
            why = f"'{shown(node)}' in each turn keeps what fit does not record"
            self._sums(node.args[0], why)
            raise Unread(why)
        self.numbers += [one.text for one in values.singly(value) if isinstance(one, Counted)]
        self.appends.append(Append(target.value, value))
        return True

    def _computes_what_goes_in(self, node: ast.Call, target: list[Any]) -> bool:
        """losses.append(loss * 100): whether what goes in can be computed turn by turn."""
        lines = self.appended(node) if self.keeps_books and self.scope is None else None
        if lines is None:
            return False
        self.lines += lines
        del self.lists[max(n for n, one in enumerate(self.lists) if one is target)]  # read twice
        return True

    def _kept_value(self, node: ast.expr) -> Any:
        """What is appended: also {"epoch": epoch, "loss": loss}."""
        if not isinstance(node, ast.Dict):
            return self.value(node)
        names = [one.value for one in node.keys if isinstance(one, ast.Constant)]
        if len(set(names)) < len(node.keys) or {type(one) for one in names} != {str}:
            raise Unread(f"'{shown(node)}' is not a plain computation")
        return Several(tuple(map(self.value, node.values)))

    def _sums(self, node: ast.expr, why: str) -> None:
        """Raise Carry where what is kept is of sums of the batches."""
        names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)
                 and isinstance(self.env.get(one.id), Computed | Listed)}
        if names and self.scope is None:
            self.carry(names, why)

    def _run_assign(self, statement: ast.Assign) -> None:
        for target in statement.targets:
            self.check_rate(target)
        if self.carries(statement.value):
            for target in statement.targets:
                self.computes(target, statement.value)
            return
        try:
            value = self.value(statement.value)
        except Unread as reason:  # best = loss if loss < best else best
            named = {one.id for part in statement.targets for one in ast.walk(part)
                     if isinstance(one, ast.Name)}
            again = named & {one.id for one in ast.walk(statement.value)
                             if isinstance(one, ast.Name)} - set(self.env)
            if again and self.scope is None:
                self.carry(again, str(reason))
            raise
        if isinstance(value, Listed) and len(statement.targets) > 1:
            raise Unread(f"'{shown(statement)}' is one list with two names")
        for target in statement.targets:
            self._bind(target, value, statement.value)

    def binds(self, target: ast.expr, value: Any) -> None:
        """Have a target stand for this."""
        self._bind(target, value)

    def _bind(self, target: ast.expr, value: Any, node: ast.expr | None = None) -> None:
        if isinstance(target, ast.Name):
            if target.id == self.variable and self.scope is None:
                raise Unread(f"the body sets {target.id}, the loop's own variable")
            if self.scope is None and isinstance(value, Rows) and value.is_whole and (
                    value.order is not None and self.names.is_only(target.id, value.array)):
                self.moved[target.id] = value
            if self.scope is None and target.id in self.carried and not self.note(
                    target.id, value, node):
                return
            if isinstance(value, Counted):
                self.numbers.append(value.text)
            if isinstance(value, Listed) and not value.name:
                value = self.makes_list(target.id)
            self.env[target.id] = value
            if self.scope is None:
                self._assigned.add(target.id)
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, Known) and (
                type(value.value) is tuple and value.path is None):
            self._bind(target, Several(tuple(map(Known, value.value))))
        elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, Several) and len(
                value.items) == len(target.elts):
            for one, item in zip(target.elts, value.items):
                self._bind(one, item)
        elif isinstance(target, ast.Subscript):
            self._fills(target, value, node)
        elif not isinstance(target, ast.Attribute) or not self.sets(target, value):
            raise self.cannot_set(target)

    def _fills(self, target: ast.Subscript, value: Any, node: ast.expr | None) -> None:
        """losses[epoch] = loss, or of sums of the batches."""
        text = self.asked.symbol(value)
        if text is None and node is not None:
            text = self.asked.read(node, self.value)
        if text is None and node is not None:
            self._sums(node, f"'{shown(target)} = {shown(node)}' in each turn keeps what fit does "
                             "not record")
        if not self.fills(target, text):
            raise self.cannot_set(target)

    def _run_augassign(self, statement: ast.AugAssign) -> None:
        target = statement.target
        if isinstance(target, ast.Attribute) and self.descends(target, statement):
            return
        if not isinstance(target, ast.Name):
            self.check_rate(target, "changes")
            raise Unread(f"each turn changes {shown(target)}")
        if self._step and target.id == self.variable and self.scope is None:
            self._counts_on(statement)
            return
        whole = ast.BinOp(ast.Name(target.id, ast.Load()), statement.op, statement.value)
        if self.carries(whole) or self.scope is None and target.id in self.carried:
            self.computes(target, whole)
            return
        before = self.env.get(target.id)
        if before is None and self.scope is None:
            self.carry({target.id}, f"'{shown(statement)}' changes something in place, or from "
                                    "turn to turn")
        if not self.counting.takes(before) and not (
                isinstance(before, Computed) and before.is_scalar):
            raise Unread(f"'{shown(statement)}' changes something in place, or from turn to turn")
        self._bind(target, self.value(whole))

    def _counts_on(self, statement: ast.AugAssign) -> None:
        """epoch += 1, of a loop that counts its turns itself."""
        if not isinstance(self.env[self.variable], Counted) or not isinstance(
                statement.op, ast.Add) or self.env[self.variable].text != "_n":
            raise Unread(f"{self.variable} does not count the turns one by one")
        self.env[self.variable] = Counted(self._counted_on())

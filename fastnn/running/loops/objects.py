"""What a turn does to layers, losses and optimizers, and what it sets on other objects."""

import ast
import inspect
from typing import Any

from fastnn.running.loops import adopted, values
from fastnn.running.loops.events import Event
from fastnn.running.loops.given import told_besides
from fastnn.running.loops.lookups import is_own, said_of, shown
from fastnn.running.loops.names import MOST, can_be_set, is_array
from fastnn.running.loops.roles import Role
from fastnn.running.loops.slopes import Slopes
from fastnn.running.loops.symbols import (
    Computed,
    Counted,
    InRound,
    Known,
    Method,
    Read,
    Rows,
    Several,
    Thing,
    Unread,
)
from fastnn.running.loops.texts import Text, own

_RESULTS = {"forward": ("inputs", "output", "binary_mask"),
            "backward": ("dweights", "dbiases", "dinputs")}
_STEPS = frozenset(("forward", "backward", "pre_update_params", "update_params",
                    "post_update_params", "step", "calculate", "new_pass"))

_UPDATES = frozenset(("update_params", "step", "descend"))


class Objects(Slopes):
    """Reads calls of their methods, too."""

    def method(self, node: ast.Call, method: Method) -> Any:
        """An event, or a question to an object that changes nothing."""
        if any(isinstance(one, ast.Starred) for one in node.args):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        if not isinstance(method, InRound) and adopted.has_rounds(method.role.proof, method.name):
            return self._rounds(node, method)
        arguments = tuple(self.value(one) for one in node.args)
        ordered = method.role.arguments(method.name, arguments)
        if ordered is None:
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        ordered, *descents = self.steps(node, method, ordered)
        if method.ours not in _STEPS:
            return self._asked(node, method, ordered)
        if any(whose == id(method.role.thing) for whose, _ in self.set):
            raise Unread(f"'{shown(node)}' comes behind what was handed to it")
        if method.role.keeps_all and method.ours == "backward":
            ordered = *self.kept(node, method.role)[:2 - len(ordered)], *ordered
        if method.ours == "calculate" and adopted.is_even(method.role.proof) and len(
                ordered) == 2 and isinstance(ordered[1], Read):
            ordered = ordered[::-1]  # which of them is the target its formula does not tell
        if adopted.takes_labels_alone(method.role.proof):
            _check_labels(ordered, node)
        asks_more = method.ours == "calculate" and method.role.role == "loss" and node.keywords
        words = [] if asks_more else self._words(node, method)
        time = 1 + sum(one.name == method.ours and one.thing.thing is method.role.thing
                       for one in self.events)
        event = Event(method.ours, method.role, (*ordered, *words), time)
        self.events += [event, *descents]
        self.called |= {(id(method.role.thing), result): time
                        for result in _RESULTS.get(method.ours, ())}
        loss = self._given_back(node, method, event)
        return Several((loss, self._more(node, method))) if asks_more else loss

    def _given_back(self, node: ast.Call, method: Method, event: Event) -> Any:
        """What a call gives: the very array that it has set, the loss, or anything else."""
        role = method.role
        is_loss = role.role != "accuracy" and (
            method.ours == "calculate" or method.ours == "forward" and role.is_combined)
        if role.proof is not None:
            given = adopted.gives(role.proof, method.name)
            if given is not None and given in _RESULTS.get(method.ours, ()):
                return Read(role.thing, given, event.time)
            if given == "":
                return Known(None)
            if given is not None and role.keeps_all:
                return values.kept(given, *self.kept(node, role), event)
            if given is not None or not is_loss and role.role != "accuracy":
                return Computed()
            if is_loss and adopted.means_all(role.proof) and not _of_one_output(event):
                return Computed(is_scalar=True)  # another sum than that of the samples' means
        return values.Loss(is_scalar=True, event=event) if is_loss else Computed(is_scalar=True)

    def _rounds(self, node: ast.Call, method: Method) -> Any:
        """A method of an optimizer that goes over the layers: as it stands, but for the work of a
        round, which is an event.
        """
        kind = type(method.role.thing)
        function = own(inspect.getattr_static(kind, method.name))
        tree, update, count = adopted.with_updates(method.role.proof, method.name)
        each = InRound(method.role, method.name, method.ours)
        counts = InRound(method.role, method.name, "post_update_params")
        return self.called_within(node, function, tree, [Thing(method.role)],
                                  f"{kind.__name__}.{method.name}",
                                  lambda: Text.of(kind, method.name), {update: each, count: counts})

    def _words(self, node: ast.Call, method: Method) -> list[Any]:
        """What forward is told by name: that this is a training."""
        for word in node.keywords:
            if word.arg != "training" or method.ours != "forward" or len(node.args) != 1:
                raise Unread(f"'{shown(node)}' is called in a way that is not known")
        words = [self.value(word.value) for word in node.keywords]
        if not words or method.role.proof is None:
            return words
        told = told_besides(method.role.proof, method.name, "training", words[0])
        if told is None:
            raise Unread(f"what {method.role.ours.__name__} does otherwise is not known of "
                         f"'{shown(node)}'")
        return list(told)

    def _more(self, node: ast.Call, method: Method) -> Any:
        """What a loss gives besides its mean, asked for by name: include_regularization=True."""
        (word, *others) = node.keywords
        if not others and isinstance(word.value, ast.Constant) and word.value.value is True:
            role = method.role
            if role.proof is None and word.arg == "include_regularization":
                path = (self.names.root(role.thing), "trainable_layers")
                self.items_of(self.names[path], node)
                return Computed(is_scalar=True)
            found = role.proof and adopted.more(role.proof, method.name, word.arg)
            if found:
                self.texts.append(Text.of(role.proof.kind, method.name))
                return self.with_names(found.function, {found.receiver: Thing(role)},
                                       lambda: self.value(found.given))
        raise Unread(f"'{shown(node)}' is called in a way that is not known")

    def _asked(self, node: ast.Call, method: Method, arguments: tuple[Any, ...]) -> Any:
        known = all(isinstance(one, Thing | Read | Computed | Known) for one in arguments)
        if method.ours not in ("regularization_loss", "predictions") or node.keywords or (
                not known):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        if method.ours == "predictions":
            (given,) = arguments if len(arguments) == 1 else (None,)
            of_own = isinstance(given, Read) and given.name == "output" and given.is_fresh and (
                given.thing is method.role.thing)
            return values.Predictions(of=given if of_own else None)
        updated = any(event.name in _UPDATES for event in self.events)
        if len(arguments) == 1 and isinstance(arguments[0], Thing) and not updated:
            return values.Penalty(True, False, (arguments[0].role.thing,))
        return Computed(is_scalar=True)

    def sets(self, target: ast.Attribute, value: Any) -> bool:
        """An attribute that each turn sets anew, of an object of the program's own; or what the
        combined class hands to the softmax. Whether it is that: the turn that runs as it is before
        anybody looks sets it, too.
        """
        base = self.value(target.value)
        if isinstance(base, Thing):
            thing, is_known = base.role.thing, self._hands_over(base.role, target.attr, value)
        else:
            thing = getattr(base, "value", None)
            is_known = isinstance(base, Known) and base.path is not None and is_own(thing)
        if not is_known or not can_be_set(thing, target.attr):
            return False
        if isinstance(value, Counted):
            self.numbers.append(value.text)
        self.set[id(thing), target.attr] = value
        self.set_on.append((thing, target.attr))
        return True

    def check_rate(self, target: ast.expr, does: str = "sets") -> None:
        """Refuse what sets an optimizer's learning rate in each turn, before what to is read."""
        if not isinstance(target, ast.Attribute) or any(
                isinstance(one, ast.Call) for one in ast.walk(target)):
            return
        seen, looked_at, lists = self.names.seen, set(self._looked_at), len(self.lists)
        try:
            base = self.value(target.value)
        except Unread:
            return
        finally:  # whoever sets it looks at it, too, behind what it is set to
            self.names.go_back(seen)
            self._looked_at = looked_at
            del self.lists[lists:]
        role = base.role if isinstance(base, Thing) else None
        if role is not None and role.role == "optimizer":
            raise Unread(
                f"each turn {does} {shown(target)}, which fit changes by decay alone; under a "
                f"condition like `if not {self.variable or 'epoch'} % 10:` it may stand")

    def descends(self, target: ast.Attribute, statement: ast.AugAssign) -> bool:
        """layer.weights -= 0.1 * layer.dweights, or += -0.1 * ...: whether it is that; SGD's step.

        In place, as SGD does it. To subtract is to add the negative, to the bit.
        """
        node = statement.value
        base = self.value(target.value)
        if not isinstance(base, Thing) or base.role.role != "layer" or not isinstance(
                node, ast.BinOp) or not isinstance(node.op, ast.Mult):
            return False
        name = base.role.attribute(target.attr)
        rate, slope = self.value(node.left), self.value(node.right)
        if isinstance(rate, Read):
            rate, slope = slope, rate
        if name not in ("weights", "biases") or not isinstance(statement.op, ast.Add | ast.Sub) or (
                not isinstance(slope, Read) or slope.thing is not base.role.thing) or (
                slope.name != f"d{name}" or not slope.is_fresh) or not isinstance(
                rate, Known) or type(rate.value) not in (int, float):
            return False
        number = rate.value if isinstance(statement.op, ast.Sub) else -rate.value
        self.events.append(Event("descend", base.role, (name, number)))
        return True

    def _hands_over(self, role: Role, name: str, value: Any) -> bool:
        """self.layers[-1].dinputs = self.softmax_classifier_output.dinputs"""
        if not isinstance(value, Read) or (value.name, value.is_fresh) != ("dinputs", True) or (
                not _takes_slopes(role, name) or (id(role.thing), "dinputs") in self.called):
            return False
        self.events.append(Event("hand over", role, (value,)))
        return True

    def items_of(self, value: Any, node: ast.expr) -> list[Any]:
        """The members of a list."""
        if type(value) in (list, tuple) and len(value) < MOST:
            return [self._inner(one, node) for one in value]
        raise Unread(f"'{shown(node)}' is gone through in each turn, and is no list of layers")


def _of_one_output(event: Event) -> bool:
    """Whether a loss is computed of a column of targets."""
    targets = event.arguments[1] if len(event.arguments) > 1 else None
    array: Any = targets.array if isinstance(targets, Rows) else getattr(targets, "value", None)
    return is_array(array) and array.ndim == 2 and array.shape[1] == 1


def _takes_slopes(role: Role, name: str) -> bool:
    """Whether an attribute is that of the gradient, or one that nothing of a class is about which
    does not go backward itself.
    """
    ours = role.attribute(name)
    return ours == "dinputs" or ours is None and role.proof is not None and (
        "dinputs" not in role.names and name in vars(role.thing))


def _check_labels(arguments: tuple[Any, ...], node: ast.Call) -> None:
    """Refuse targets that are not known to be class numbers, one of each sample."""
    if not any(isinstance(one, Rows | Known) for one in arguments[1:2]):
        raise Unread(f"'{shown(node)}' is given targets that are not known to be those of samples "
                     "in a row, y[start:end], or in an order that the same loop draws")
    targets = arguments[1] if len(arguments) > 1 else None
    array: Any = targets.array if isinstance(targets, Rows) else getattr(targets, "value", None)
    if not is_array(array) or array.ndim != 1 or array.dtype.kind not in "iu":
        given = f"{array.dtype} of shape {array.shape}" if is_array(array) else said_of(targets)
        raise Unread(f"'{shown(node)}' takes whole numbers of classes, one of each sample, and is "
                     f"given {given}")

"""What a turn does to layers, losses and optimizers, and what it sets on other objects."""

import ast
from typing import Any

from fastnn.running.loops import adopted, values
from fastnn.running.loops.events import Event
from fastnn.running.loops.lookups import is_own, shown
from fastnn.running.loops.methods import Methods
from fastnn.running.loops.names import MOST, can_be_set, is_array
from fastnn.running.loops.roles import Role
from fastnn.running.loops.symbols import (
    Computed,
    Counted,
    Known,
    Method,
    Read,
    Rows,
    Several,
    Thing,
    Unread,
)
from fastnn.running.loops.texts import Text

_RESULTS = {"forward": ("inputs", "output", "binary_mask"),
            "backward": ("dweights", "dbiases", "dinputs")}
_STEPS = frozenset(("forward", "backward", "pre_update_params", "update_params",
                    "post_update_params", "step", "calculate", "new_pass"))

_UPDATES = frozenset(("update_params", "step", "descend"))


class Objects(Methods):
    """Reads calls of their methods, too."""

    def method(self, node: ast.Call, method: Method) -> Any:
        """An event, or a question to an object that changes nothing."""
        if any(isinstance(one, ast.Starred) for one in node.args):
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        arguments = tuple(self.value(one) for one in node.args)
        ordered = method.role.arguments(method.name, arguments)
        if ordered is None:
            raise Unread(f"'{shown(node)}' is called in a way that is not known")
        if method.ours not in _STEPS:
            return self._asked(node, method, ordered)
        if any(whose == id(method.role.thing) for whose, _ in self.set):
            raise Unread(f"'{shown(node)}' comes behind what was handed to it")
        if method.role.keeps_all and method.ours == "backward":
            ordered = self.kept(node, method.role)
        if adopted.takes_labels_alone(method.role.proof):
            _check_labels(ordered, node)
        asks_more = method.ours == "calculate" and method.role.role == "loss" and node.keywords
        words = [] if asks_more else self._words(node, method)
        time = 1 + sum(one.name == method.ours and one.thing.thing is method.role.thing
                       for one in self.events)
        event = Event(method.ours, method.role, (*ordered, *words), time)
        self.events.append(event)
        self.called |= {(id(method.role.thing), result): time
                        for result in _RESULTS.get(method.ours, ())}
        if method.role.keeps_all:
            return Known(None)
        if method.role.role == "accuracy" or method.ours != "calculate" and not (
                method.ours == "forward" and method.role.is_combined):
            return Computed(is_scalar=True)
        loss = values.Loss(is_scalar=True, event=event)
        return Several((loss, self._more(node, method))) if asks_more else loss

    def _words(self, node: ast.Call, method: Method) -> list[Any]:
        """What forward is told by name: that this is a training."""
        for word in node.keywords:
            if word.arg != "training" or method.ours != "forward" or len(node.args) != 1:
                raise Unread(f"'{shown(node)}' is called in a way that is not known")
        return [self.value(word.value) for word in node.keywords]

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
        raise Unread(f"'for ... in {shown(node)}' in each turn is no list of layers")


def _takes_slopes(role: Role, name: str) -> bool:
    """Whether an attribute is that of the gradient, or one that nothing of a class is about which
    does not go backward itself.
    """
    ours = role.attribute(name)
    return ours == "dinputs" or ours is None and role.proof is not None and (
        "dinputs" not in role.names and name in vars(role.thing))


def _check_labels(arguments: tuple[Any, ...], node: ast.Call) -> None:
    """Refuse targets that are not known to be class numbers, one of each sample."""
    targets = arguments[1] if len(arguments) > 1 else None
    array: Any = targets.array if isinstance(targets, Rows) else getattr(targets, "value", None)
    if not is_array(array) or array.ndim != 1 or array.dtype.kind not in "iu":
        raise Unread(f"'{shown(node)}' takes class numbers alone, and is given something else")

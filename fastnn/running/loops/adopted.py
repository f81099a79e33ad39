"""What the methods of an adopted class mean, as long as they are those that were proved.

`fastnn.adopting` is not imported for that: where nobody has, nothing is adopted.
"""

import ast
import copy
import inspect
import sys
import types
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastnn.activations import Activation_Softmax
from fastnn.losses import (
    Activation_Softmax_Loss_CategoricalCrossentropy,
    Loss_MeanAbsoluteError,
    Loss_MeanSquaredError,
)
from fastnn.running.loops.texts import defaults_of, own, source_of
from fastnn.support import own_numpy
from fastnn.support.bodies import is_made_of, takes_as


def proof_of(thing: Any) -> Any:
    """The proof of an object's class, of which a run does all that its own methods do; else None.

    Of the combined class it is enough that it goes backward: a Model has it beside its loss. Of a
    loss that it computes, and of a softmax that it goes forward: the combined class goes backward
    in their place. Of an optimizer the rate may be a quotient (`divides`), each layer may have a
    step of its own (`steps_alone`), and its method may be given all layers (`goes_round`).
    Whether a loss that takes class numbers alone is given them (`takes_labels_alone`) is for its
    callers to look at.
    """
    if "fastnn.adopting" not in sys.modules:
        return None
    from fastnn.adopting.found import proof_of as found_of
    from fastnn.adopting.whole import (
        divides,
        goes_round,
        is_as_proved,
        is_plain,
        is_whole,
        keeps_all,
        steps_alone,
    )

    proof = found_of(type(thing))
    if proof is None or not (is_whole(proof, thing) or divides(proof, thing) or (
            _goes_backward(proof)) or steps_alone(proof, thing) or (
            (keeps_all(proof) or _computes_in_loops(proof)) and is_as_proved(proof, thing)) or (
            goes_round(proof, thing)) or (
            steps_itself(proof) and is_as_proved(proof, thing)) or (
            proof.form.role == "loss" and is_plain(proof, thing) and has(proof, "calculate")) or (
            issubclass(proof.form.ours, Activation_Softmax) and is_plain(proof, thing)
            and has(proof, "forward"))):
        return None
    return proof


def is_bound(proof: Any) -> bool:
    """Whether it holds of an object only as long as that has what it has now."""
    from fastnn.adopting.whole import is_bound as of

    return proof is not None and of(proof)


def held(proof: Any, thing: Any, name: str, default: Any) -> Any:
    """What an object of an adopted class has under a name of ours."""
    from fastnn.adopting.whole import held as of

    return of(proof, thing, name, default)


def has_quotient(proof: Any) -> bool:
    """Whether an optimizer's rate is learning_rate / (1 + decay * iterations), and ours is not."""
    from fastnn.adopting.whole import has_quotient as of

    return proof is not None and of(proof)


def keeps_all(proof: Any) -> bool:
    """Whether it is softmax and loss in one, which goes backward from what it keeps."""
    from fastnn.adopting.whole import keeps_all as keeps

    return proof is not None and keeps(proof)


def gives(proof: Any, name: str) -> str | None:
    """Our name of the attribute whose very array a method gives back; "" for nothing, and None for
    anything else.
    """
    from fastnn.adopting.whole import gives as of

    return of(proof, name)


def is_known(kind: type) -> bool:
    """Whether a class is adopted at all, even if no run does what it does."""
    if "fastnn.adopting" not in sys.modules:
        return False
    from fastnn.adopting.found import proof_of as found_of

    return found_of(kind) is not None


def asks_if_trainable(proof: Any) -> str | None:
    """The attribute of layers by which an adopted optimizer leaves some as they are; None where it
    updates them all.
    """
    from fastnn.adopting.names import CONSTANTS

    held, name = proof.names.attributes.get((("layer",), "trainable"), (("bool",), True))
    return None if held in CONSTANTS or name is True or held != ("layer",) else name


def what_no_run_does(thing: Any) -> str:
    """Why no run does what an object of an adopted class does, where that is known."""
    from fastnn.adopting.found import proof_of as found_of
    from fastnn.adopting.whole import what_no_run_does as of

    found = found_of(type(thing))
    return of(found, thing) if found is not None else ""


def takes_labels_alone(proof: Any) -> bool:
    """Whether an adopted loss was proved for targets that are class numbers, and no others."""
    return proof is not None and ("labels" in proof.names.flags or getattr(
        proof.form.ours, "of_labels", False))


def keeps_sums(proof: Any) -> bool:
    """Whether objects of an adopted loss, or what they hold, have sums of what was computed."""
    from fastnn.adopting.names import CONSTANTS

    return any(key[1] in ("accumulated_sum", "accumulated_count") and theirs[0] not in CONSTANTS
               for key, theirs in proof.names.attributes.items())


def _goes_backward(proof: Any) -> bool:
    return proof.form.whole and has(
        proof, "backward") and issubclass(
        proof.form.ours, Activation_Softmax_Loss_CategoricalCrossentropy)


def names(kind: type) -> Mapping[str, str]:
    """The names of its attributes, ours: theirs."""
    from fastnn.adopting.mirrors import meaning

    found = meaning(kind)
    return {} if found is None else found.attributes


def method(proof: Any, name: str) -> str | None:
    """Our method that one of theirs is; None for one that was not proved, or is not what it was."""
    found = proved(proof, name)
    if found is None or not proof.stands.holds() or not all(
            is_made_of(*one) for one in found.theirs.made_of.items()) or not all(
            _is_theirs(kind, one, found.theirs.made_of)
            for kind, one in ((proof.kind, name), *found.theirs.followed)):
        return None
    for table, global_name, value in found.theirs.premises:
        now = table.get(global_name, value if global_name not in table else None)
        if now is not value:
            return None
    if not all(map(own_numpy.is_own, found.theirs.of_numpy)):
        return None
    ours = proof.form.methods[found.pattern]
    if isinstance(ours, str):
        return ours
    return found.pattern if found.pattern == "step" else proof.form.runs.get(found.pattern)


def has(proof: Any, ours: str) -> bool:
    """Whether one of its methods is this one of ours."""
    return any(ours in (proof.form.methods[one.pattern], proof.form.runs.get(one.pattern))
               for one in proof.methods)


def is_of_loops(proof: Any, thing: Any) -> bool:
    """Whether runs of loops have ours in the place of an object, where no other run has."""
    from fastnn.adopting.whole import goes_round

    return proof is not None and (goes_round(proof, thing) or _computes_in_loops(proof)
                                  or steps_itself(proof))


def steps_itself(proof: Any) -> bool:
    """Whether a layer's way back is a step of SGD, too, by a rate that it is given."""
    return proof is not None and proof.form.steps and has(proof, "forward") and (
        has(proof, "backward"))


def _computes_in_loops(proof: Any) -> bool:
    """Whether a loss is one of which loops know what a run records of it."""
    return proof.form.role == "loss" and bool(proof.form.runs) and not issubclass(
        proof.form.ours, Activation_Softmax_Loss_CategoricalCrossentropy)


def mirrored(thing: Any) -> Any:
    """An object as ours."""
    from fastnn.adopting.mirrors import Mirror

    return Mirror(thing)


def means_all(proof: Any) -> bool:
    """Whether a loss is the mean of all at once, which is that of the samples' means of one output
    alone.
    """
    return proof.form.means_all


def is_even(proof: Any) -> bool:
    """Whether a loss is the same number, to the bit, of outputs and targets exchanged: the mean of
    (a - b) ** 2 or |a - b|.
    """
    return proof is not None and bool(proof.form.runs) and issubclass(
        proof.form.ours, Loss_MeanSquaredError | Loss_MeanAbsoluteError)


def has_rounds(proof: Any, name: str) -> bool:
    """Whether a method goes over layers."""
    return proof is not None and proved(proof, name).theirs.round is not None


def asks_for_count(proof: Any) -> bool:
    """Whether an adopted optimizer asks how many steps there were."""
    from fastnn.adopting.names import CONSTANTS

    held, _ = proof.names.attributes.get(((), "iterations"), ("const", 0))
    return held not in CONSTANTS


def with_updates(proof: Any, name: str) -> tuple[ast.FunctionDef, str, str]:
    """The tree of a method that goes over layers, with a call in the place of the work of a round,
    and another where it counts a step at its end; and what those calls name.
    """
    found = proved(proof, name).theirs.round
    tree = source_of(own(inspect.getattr_static(proof.kind, name)))
    assert not isinstance(tree, str), "it was read"
    tree, update = copy.deepcopy(tree), "(update)"  # no name that a program has
    block = found.block(tree.body)
    call = ast.Call(ast.Name(update, ast.Load()), [ast.Name(found.target, ast.Load())], [])
    block[found.first:] = [ast.Expr(call)]
    loop = tree.body[found.path[0]]
    assert isinstance(loop, ast.For)
    loop.body = _without_continue(loop.body)
    counted, count = proof.names.attributes.get(((), "iterations"), ((), ""))[1], "(count)"
    counting = f"{tree.args.args[0].arg}.{counted} += 1"
    if asks_for_count(proof) and tree.body[-1] is not loop and (
            ast.unparse(tree.body[-1]) == counting):
        tree.body[-1] = ast.Expr(ast.Call(ast.Name(count, ast.Load()), [], []))
    return tree, update, count


def _without_continue(block: list[ast.stmt]) -> list[ast.stmt]:
    """What follows `if ...: continue` as a block under the contrary, to the end of the block."""
    for place, one in enumerate(block):
        if not isinstance(one, ast.If) or one.orelse:
            continue
        if len(one.body) == 1 and isinstance(one.body[0], ast.Continue):
            rest = _without_continue(block[place + 1:])
            return [*block[:place], ast.If(ast.UnaryOp(ast.Not(), one.test), rest, [])]
        if one is block[-1]:
            one.body = _without_continue(one.body)
    return block


class More(NamedTuple):
    """What a method gives besides, where it is asked for by name: the last expression in

        if not include_regularization:
            return data_loss
        return data_loss, self.regularization_loss()
    """

    function: types.FunctionType
    receiver: str  # what it calls its object
    given: ast.expr


def more(proof: Any, name: str, word: str | None) -> More | None:
    """That of a method which was proved for the argument left out; None where it is not that."""
    found = proved(proof, name)
    function = own(inspect.getattr_static(proof.kind, name))
    if word is None or word not in found.theirs.fixed or (
            defaults_of(function).get(word) is not False):
        return None
    tree = source_of(function)
    if isinstance(tree, str) or len(tree.body) < 2:
        return None
    *before, test, last = tree.body
    if not (isinstance(test, ast.If) and isinstance(last, ast.Return) and not test.orelse
            and isinstance(last.value, ast.Tuple) and len(last.value.elts) == 2):
        return None
    first, given = last.value.elts
    asked = ast.If(ast.UnaryOp(ast.Not(), ast.Name(word, ast.Load())), [ast.Return(first)], [])
    if ast.dump(test) != ast.dump(asked) or not isinstance(first, ast.Name) or any(
            isinstance(one, ast.Return) or isinstance(one, ast.Name) and one.id == word
            for statement in before for one in ast.walk(statement)):
        return None
    return More(function, function.__code__.co_varnames[0], given)


def proved(proof: Any, name: str) -> Any:
    """A method as it was proved, by its name of theirs; None for others."""
    return next((one for one in proof.methods if one.name == name), None)


def _is_theirs(kind: type, name: str, read: Mapping[Any, Any]) -> bool:
    """Whether a method is one of the functions that were read, or ours in its place; where ours
    stands for what is inherited, that has to be, too.
    """
    from fastnn.adopting.standing import is_inherited

    for base in kind.__mro__:
        if name not in vars(base):
            continue
        function = vars(base)[name]
        if not isinstance(function, types.FunctionType):
            return False
        theirs = own(function)
        if theirs not in read or not (theirs is function or takes_as(function, theirs)):
            return False
        if not is_inherited(function):
            return True
    return False


def stands_for(function: Any) -> bool:
    """Whether ours stands there for what its class inherits, which may be another by now."""
    if "fastnn.adopting" not in sys.modules:
        return False
    from fastnn.adopting.standing import is_inherited

    return is_inherited(function)

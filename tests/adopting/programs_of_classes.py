"""Classes of the corpus as modules, and calls of them that no name has to be known for."""

import inspect
import itertools
import linecache
import sys
import types

import numpy as np

from fastnn.activations import Activation, Activation_Softmax
from fastnn.adopting.found import proof_of
from fastnn.adopting.names import CONSTANTS, bare, is_item
from fastnn.adopting.slots import Slots

_numbers = itertools.count()


def load(code, name="program"):
    """A module with this source, which can be had again as that of a file can."""
    name = f"adopted_{name}_{next(_numbers)}"
    path = f"<{name}>"
    linecache.cache[path] = len(code), None, code.splitlines(True), path
    module = types.ModuleType(name)
    sys.modules[name] = module
    exec(compile(code, path, "exec"), module.__dict__)
    return module


class Bag:
    """A layer of nobody's: what an optimizer or a loss looks for lies in it."""


def theirs(proof, whose, name):
    """Their name of an attribute of ours; None where it is a constant or not there."""
    found = proof.names.attributes.get((whose, name))
    return None if found is None or found[0] in CONSTANTS else bare(found[1])


def place(thing, proof, whose, name, make=False):
    """What holds an attribute of ours on this thing of theirs, and under which name: a dict."""
    found = proof.names.attributes.get((whose, name), ((), name))
    held = () if found[0] in CONSTANTS else found[0][len(whose):]
    if held and make and held[0] not in vars(thing):
        setattr(thing, held[0], {} if is_item(found[1]) else Bag())
    holder = vars(thing).get(held[0], thing) if held else thing
    if not isinstance(holder, (dict, list)):
        holder = vars(holder) if hasattr(holder, "__dict__") else Slots(holder)
    return holder, (
        bare(found[1]) if found[0] not in CONSTANTS else name)


# What a constructor that cannot be called without is given, by what the class is.
_NEEDED = {"Layer_Dense": (6, 5, 0.1), "Layer_Dropout": (0.3,), "Activation_LeakyReLU": (0.1,)}


def keeps_layers(kind, proof):
    """Whether an optimizer is given its layers when it is made: `step()` goes over them."""
    return any(one.theirs.round is not None and len(inspect.signature(
        getattr(kind, one.name)).parameters) == 1 for one in proof.methods)


def made(kind, proof, shape, seed=0, layers=()):
    """An object of a class, by its own constructor."""
    np.random.seed(seed)
    if keeps_layers(kind, proof):
        return kind(list(layers))
    needed = [one for one in inspect.signature(kind).parameters.values()
              if one.default is one.empty and one.kind in (
                  one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    ours = proof.form.ours.__name__
    values = _NEEDED.get(ours, (0.1, 0.2, 0.3))
    is_dense = ours.startswith("Layer_Dense")
    if is_dense or ours == "Layer_BatchNorm":
        values = (*shape, 0.1, 0.2) if is_dense else shape[1:]
    made = kind(*values[:len(needed)])
    if (held := theirs(proof, (), "activation_object")) is not None:
        setattr(made, held, _activation_beside(kind, proof))
    if is_dense:
        holder, weights = place(made, proof, (), "weights")
        if getattr(holder[weights], "shape", None) != shape:  # None until it is called
            holder[weights] = 0.01 * np.random.randn(*shape)
            holder, biases = place(made, proof, (), "biases")
            holder[biases] = np.zeros((1, shape[1]))
    return made


def _activation_beside(kind, proof):
    """An object of the first activation of the class's module that is adopted in its twin's."""
    beside = vars(sys.modules[proof.kind.__module__])
    name = next(name for name, one in beside.items() if isinstance(one, type)
                and (found := proof_of(one)) and issubclass(found.form.ours, (
                    Activation, Activation_Softmax)))
    activation = getattr(sys.modules[kind.__module__], name)
    return activation(*[0.1] * (len(inspect.signature(activation).parameters)))


def arguments_of(kind, proved, values):
    """The positional arguments of a proved method of theirs, for values by our names."""
    ours = {place: proved.ours.arguments[number] for number, place in proved.arguments.items()}
    found = []
    parameters = inspect.signature(getattr(kind, proved.name)).parameters.values()
    if proved.theirs.round is not None:  # it takes several layers
        *_, last = parameters
        return [] if len(parameters) == 1 else values["layers"] if (
            last.kind is last.VAR_POSITIONAL) else [values["layers"]]
    for number, one in enumerate(parameters):
        if number == 0 or one.kind is one.KEYWORD_ONLY:
            continue
        if ours.get(number) in values:
            found.append(values[ours[number]])
        else:
            found.append(values["training"] if one.default is one.empty else one.default)
    return found


def layer_for(proof, weights, biases, dweights, dbiases, strengths=0):
    """A Bag with the names that an optimizer asks a layer for."""
    bag = Bag()
    for name, value in (("weights", weights), ("biases", biases), ("dweights", dweights),
                        ("dbiases", dbiases)):
        holder, key = place(bag, proof, ("layer",), name, make=True)
        holder[key] = value
    for name in ("weight_regularizer_l1", "weight_regularizer_l2", "bias_regularizer_l1",
                 "bias_regularizer_l2"):
        setattr(bag, theirs(proof, ("layer",), name) or name, strengths)
    if any(key[0] == "has" for key in proof.names.attributes):  # layers begin with these
        for name, like in (("weight_momentums", weights), ("bias_momentums", biases),
                           ("weight_cache", weights), ("bias_cache", biases)):
            whose = proof.names.attributes.get((("layer",), name), ((),))[0]
            if whose == ("layer",) and isinstance(like, np.ndarray):
                setattr(bag, theirs(proof, ("layer",), name), np.zeros(like.shape, like.dtype))
    return bag

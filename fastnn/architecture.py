"""Objects of a network <-> plain data: a description for a header, and named arrays.

It knows classes, not files (`storage.py` knows files, not networks). A description is a dict of a
class's name and its plain settings; arrays and NumPy scalars go beside it, named by the path to
their attribute, such as `layers.0.weights`. Only this library's own classes are described: a file
must never decide which code runs.
"""

import numpy as np

from fastnn import accuracy, activations, layers, losses, optimizers
from fastnn.storage import StorageError

CLASSES = {
    name: value
    for module in (layers, activations, losses, optimizers, accuracy)
    for name, value in vars(module).items()
    if isinstance(value, type) and value.__module__ == module.__name__
    and not name.startswith("_") and name not in ("Loss", "Accuracy")
}

# What a step leaves behind, and the links between the objects: made anew, not saved.
_PASSING = frozenset(("inputs", "output", "dinputs", "dweights", "dbiases", "binary_mask", "prev",
                      "next", "trainable_layers", "accumulated_sum", "accumulated_count"))


def describe(thing, path, arrays):
    """The description of one object; its arrays go to `arrays` under names that start with path.

    Raises TypeError for an object of a class that is not this library's, or that holds an
    attribute which is no number, text or array.
    """
    name = _known_as(type(thing))
    if name is None:
        name = type(thing).__name__
        raise TypeError(f"Model.save: {path} is a {name}, which is no class of fastnn's and "
                        "could not be loaded again; save_parameters saves the weights and biases "
                        "of any layer")
    settings = {}
    for attribute, value in vars(thing).items():
        if attribute in _PASSING:
            continue
        if isinstance(value, np.ndarray | np.generic):
            arrays[f"{path}.{attribute}"] = np.asarray(value)
        elif value is None or isinstance(value, bool | int | float | str):
            settings[attribute] = value
        elif name != "Activation_Softmax_Loss_CategoricalCrossentropy":
            raise TypeError(f"Model.save: {path}.{attribute} is a {type(value).__name__}; only "
                            "numbers, text and arrays can be saved")
    return {"class": name, "settings": settings}


def _known_as(kind):
    """The name of our class that this one is, or merely renames; None where it does more."""
    for one in kind.__mro__:
        if CLASSES.get(one.__name__) is one:
            return one.__name__
        if any(callable(value) for value in vars(one).values()):
            return None
    return None


def rebuild(description, path, arrays):
    """The object that `describe` described. Raises StorageError for a description of no use."""
    try:
        made = CLASSES[description["class"]]
        settings = dict(description["settings"])
    except (KeyError, TypeError, ValueError):
        raise StorageError(f"the file's description of {path} is not one of fastnn's: "
                           f"{str(description)[:80]}") from None
    thing = made.__new__(made)
    vars(thing).update(settings)
    start = f"{path}."
    for name, value in arrays.items():
        attribute = name[len(start):]
        if name.startswith(start) and "." not in attribute:
            vars(thing)[attribute] = value if value.ndim else value[()]
    return thing

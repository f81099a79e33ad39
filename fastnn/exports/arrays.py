"""Parameters from plain arrays, as Keras, PyTorch or we name them and lay them out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastnn import registry
from fastnn.callbacks import parameters
from fastnn.exports import chain
from fastnn.files.names import Named, named
from fastnn.layers import Layer_BatchNorm, Layer_Dense
from fastnn.support import checks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any, Literal

    from fastnn.support.annotations import Array, ArrayLike

_WHO = "load_arrays"
_NUMBER = re.compile(r"[_.]?\d+")  # the second layer is dense_1 beside dense, or fc2, or 0.1


class _Layout(NamedTuple):
    """How another library names what a layer holds.

    dense, norm: its names -> ours. transposed: whether a dense layer's weights are (O, I) there.
    passed: names without values that predicting needs. ends: what separates the name of a layer
    from those.
    """

    dense: dict[str, str]
    norm: dict[str, str]
    transposed: bool
    passed: tuple[str, ...]
    separators: str


_LAYOUTS = {
    "keras": _Layout({"kernel": "weights", "bias": "biases"},
                     {"gamma": "weights", "beta": "biases", "moving_mean": "running_mean",
                      "moving_variance": "running_variance"}, False, (), "/."),
    "torch": _Layout({"weight": "weights", "bias": "biases"},
                     {"weight": "weights", "bias": "biases", "running_mean": "running_mean",
                      "running_var": "running_variance"}, True, ("num_batches_tracked",), "."),
}


def load_arrays(network: Any, arrays: Mapping[str, ArrayLike] | Iterable[ArrayLike], *,
                layout: Literal["keras", "torch", "fastnn"]) -> None:
    """Give the layers of a network these arrays for parameters.

        load_arrays(model, keras_model.get_weights(), layout="keras")
        load_arrays(model, {w.path: w.numpy() for w in keras_model.weights}, layout="keras")
        load_arrays(layers, torch_model.state_dict(), layout="torch")
        load_arrays(layers, np.load("arrays.npz"), layout="fastnn")

    Parameters
    ----------
    network : a Model, or a list of layers, whose parameters are there already
    arrays : by name, or without names in the order of the layers
    layout : which names they have, and how they lie
        "keras"   `kernel` (I, O), `bias` (O,); of a batch normalization `gamma`, `beta`,
                  `moving_mean`, `moving_variance` (O,)
        "torch"   `weight` (O, I), `bias` (O,); of a batch normalization `weight`, `bias`,
                  `running_mean`, `running_var` (O,)
        "fastnn"  `weights` (I, O), `biases` (1, O) and so on; names are `dense1.weights`,
                  `dense2.weights`, `batchnorm1.weights`, as in the files of `save_safetensors`

    Nothing is guessed from shapes: those of square matrices say nothing. Of Keras' and PyTorch's
    names the last word counts (`dense_3/kernel`, `layers.0.weight`); what stands before it tells
    layers apart, which are taken in the order in which they come. From a file names may come
    sorted, the bias before the weights: then their numbers say the order (`0`, `2`, `10`), and
    names without numbers are refused. A layer there without bias is one whose biases are 0, where
    arrays have names; without names each array has to be there.

    Values are brought to the type that each parameter has here. Layers are given new arrays; what
    an optimizer has kept of the old ones stays. Raises ValueError or TypeError that names the array
    where one is missing, is not needed, or is of another shape; nothing is changed then.

    Source: this library.  Differs: not in the book.
    """
    if layout not in ("fastnn", *_LAYOUTS):
        raise ValueError(f'{_WHO}: layout must be "keras", "torch" or "fastnn", got '
                         f"{checks.shown(layout)}")
    whole = named(network, _WHO)
    held = chain.held(whole, _WHO)
    layers = [one for one in whole if parameters.names(one.layer)]
    once(layers, _WHO)
    if layout == "fastnn":
        found = _by_our_names(arrays, held)
    elif isinstance(arrays, Mapping):
        found = _by_their_names(_LAYOUTS[layout], layout, arrays, layers)
    else:
        found = _in_order(_LAYOUTS[layout], arrays, layers)
    put(network, whole, _fitting(found, held))


def once(layers: list[Named], who: str) -> None:
    """Refuse a layer that stands twice: it would be given two sets of arrays."""
    seen: dict[int, str] = {}
    for name, layer in layers:
        if seen.setdefault(id(layer), name) != name:
            raise ValueError(f"{who}: {seen[id(layer)]} and {name} are one layer")


def put(network: Any, layers: Iterable[tuple[str, Any]], found: Mapping[str, Array]) -> list[Any]:
    """Give a network's layers the arrays by our names. layers: what `named` makes of it. Returns
    them, objects of adopted classes as they are.
    """
    given = []
    for theirs, (name, layer) in zip(getattr(network, "layers", network), layers, strict=True):
        make = registry.lender(type(theirs))
        mirror = make(theirs) if make else None
        ours = layer if mirror is None else mirror.ours
        for attribute in parameters.names(ours):
            setattr(ours, attribute, found[f"{name}.{attribute}"])
        if mirror is not None:
            mirror.agree()
        given.append(layer if ours is not theirs and mirror is None else theirs)
    return given


def _fitting(found: dict[str, tuple[str, Any, bool]], held: dict[str, Array]) -> dict[str, Array]:
    """Copies in the types that are held. found: (what the array is called, itself, whether it is
    (O, I)), by our names.
    """
    made = {}
    for name, (called, given, transposed) in found.items():
        array, like = checks.array(given, _WHO, called), held[name]
        wanted = like.shape[::-1] if transposed else like.shape
        flat = like.ndim == 2 and like.shape[0] == 1 and not transposed
        if array.shape != wanted and not (flat and array.shape == like.shape[1:]) and not (
                like.ndim == 1 and array.shape == (1, *like.shape)):
            hint = ", which is that transposed: is the layout right?" if (
                array.ndim == 2 and array.shape == wanted[::-1]) else ""
            shape = like.shape[1:] if flat else wanted
            raise ValueError(f"{_WHO}: {called} must be {shape} for {name}, got {array.shape}"
                             f"{hint}")
        ours = (array.T if transposed else array).reshape(like.shape)
        made[name] = np.array(ours, like.dtype.newbyteorder("="), order="C")
    return made


def _by_our_names(arrays: Any, held: dict[str, Array]) -> dict[str, tuple[str, Any, bool]]:
    if not isinstance(arrays, Mapping):
        raise TypeError(f'{_WHO}: layout="fastnn" is for arrays by name, got '
                        f"{checks.shown(arrays)}")
    missing, more = sorted(set(held) - set(arrays)), sorted(map(str, set(arrays) - set(held)))
    if missing:
        raise ValueError(f"{_WHO}: there is no array {missing[0]!r}, only "
                         f"{checks.shown(sorted(map(str, arrays)))}")
    if more:
        raise ValueError(f"{_WHO}: the network has nothing that {more[0]!r} is for")
    return {name: (name, arrays[name], False) for name in held}


def _words(layout: _Layout, name: str, layer: Any) -> dict[str, str]:
    """Their names for what a layer holds -> ours."""
    if isinstance(layer, Layer_Dense):
        return layout.dense
    if isinstance(layer, Layer_BatchNorm):
        return layout.norm
    raise TypeError(f'{_WHO}: {name} is {checks.a_thing_of(type(layer).__name__)}, for which other '
                    'libraries have no names; layout="fastnn" takes it')


def _by_their_names(layout: _Layout, called: str, arrays: Any,
                    layers: list[Named]) -> dict[str, tuple[str, Any, bool]]:
    groups: dict[str, dict[str, str]] = {}
    for name in arrays:
        if not isinstance(name, str):
            raise TypeError(f"{_WHO}: names must be text, got {checks.shown(name)}")
        start, word = _split(name, layout.separators)
        if word not in layout.passed:
            groups.setdefault(start, {})[word] = name
    if len(groups) != len(layers):
        raise ValueError(f"{_WHO}: the network has {len(layers)} layers with parameters, the "
                         f"arrays are of {len(groups)}: {checks.shown(list(groups))}")
    found: dict[str, tuple[str, Any, bool]] = {}
    for (name, layer), group in zip(layers, _ordered(groups, layout)):
        words = _words(layout, name, layer)
        strange = sorted(set(group) - set(words))
        if strange:
            raise ValueError(f"{_WHO}: {group[strange[0]]!r} is no {called} name of what a "
                             f"{type(layer).__name__} ({name}) has: {', '.join(words)}")
        for word, ours in words.items():
            attribute = f"{name}.{ours}"
            if word in group:
                found[attribute] = (group[word], arrays[group[word]],
                                    layout.transposed and ours == "weights" and _is_dense(layer))
            elif ours == "biases" and _is_dense(layer):
                found[attribute] = ("no bias", np.zeros_like(layer.biases), False)
            else:
                some = next(iter(group.values()))
                raise ValueError(f"{_WHO}: there is no {word!r} beside {some!r}, for {attribute}")
    return found


def _ordered(groups: dict[str, dict[str, str]], layout: _Layout) -> list[dict[str, str]]:
    """The groups in the order of the layers."""
    pairs = [(weights, bias) for names in (layout.dense, layout.norm)
             for weights, bias in [list(names)[:2]]]
    is_sorted = any(bias in (words := list(group)) and weights in words
                    and words.index(bias) < words.index(weights)
                    for group in groups.values() for weights, bias in pairs)
    if not is_sorted or len(groups) < 2:
        return list(groups.values())
    if len({_NUMBER.sub("", start) for start in groups}) > 1:
        raise ValueError(f"{_WHO}: names that come sorted do not say the order of the layers: "
                         f"{checks.shown(list(groups))}; pass them in that order, or as the other "
                         "library gives them")
    return [groups[start] for start in sorted(groups, key=lambda start: [
        int(number) for number in re.findall(r"\d+", start)])]


def _split(name: str, separators: str) -> tuple[str, str]:
    """What tells the layer, and the word for the parameter; Keras 2 wrote `dense/kernel:0`."""
    name = name.removesuffix(":0")
    place = max(name.rfind(separator) for separator in separators)
    return name[:max(place, 0)], name[place + 1:]


def _is_dense(layer: Any) -> bool:
    return isinstance(layer, Layer_Dense)


def _in_order(layout: _Layout, arrays: Any,
              layers: list[Named]) -> dict[str, tuple[str, Any, bool]]:
    try:
        given = list(arrays)
    except TypeError:
        raise TypeError(f"{_WHO}: arrays must be a list of arrays, or arrays by name, got "
                        f"{checks.shown(arrays)}") from None
    wanted = [(f"{name}.{ours}", layout.transposed and ours == "weights" and _is_dense(layer))
              for name, layer in layers for ours in _words(layout, name, layer).values()]
    if len(given) != len(wanted):
        raise ValueError(f"{_WHO}: the network takes {len(wanted)} arrays, "
                         f"{', '.join(name for name, _ in wanted)}; got {len(given)}")
    return {name: (f"array {n}", array, transposed)
            for n, ((name, transposed), array) in enumerate(zip(wanted, given))}

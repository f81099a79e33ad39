"""The parameters of a network as a file of safetensors, and back."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import numpy as np

from fastnn import registry
from fastnn.engine.kinds import entry_of
from fastnn.engine.program import Unfit
from fastnn.exports import chain
from fastnn.exports.arrays import once, put
from fastnn.files import architecture, plain
from fastnn.files.names import Named, named
from fastnn.files.storage import StorageError, Unreadable, explained, open_regular
from fastnn.registry import ours_of
from fastnn.support import checks

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from fastnn.model.model import Model
    from fastnn.support.annotations import Array, FilePath, Layer

_FORMAT = "fastnn"
_FLOATS: dict[Any, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F64": np.dtype("<f8")}


def save_safetensors(network: Any, path: FilePath) -> None:
    """Write the parameters of a Model, or of a list of layers, to a safetensors file.

        save_safetensors(model, "model.safetensors")
        safetensors.numpy.load_file("model.safetensors")["dense1.weights"]      # (I, O)

    Keys are `dense1.weights` (I, O), `dense1.biases` (1, O), `dense2.weights` and so on, of a batch
    normalization `batchnorm1.weights`, `.biases`, `.running_mean`, `.running_variance` (1, O): the
    layer's class and the how-manieth of it. The metadata say what each layer is (`layers`: JSON).
    Neither optimizer nor loss is in it; `Model.save` keeps them.

    The file appears whole or not at all. Raises TypeError for parameters that are not float32 or
    float64, ValueError for layers that share them, ImportError without safetensors.

    Source: the format of Hugging Face.  Differs: not in the book.
    """
    who = "save_safetensors"
    library = _library(who)
    layers = [Named(name, ours_of(layer)) for name, layer in named(network, who)]
    arrays = chain.held(layers, who)
    plain.apart(arrays, who)
    about = [_described(name, layer, f"{who}: {name}") for name, layer in layers]
    held = {name: np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
            for name, array in arrays.items()}
    data = library.numpy.save(held, {"format": _FORMAT, "layers": json.dumps(about)})
    chain.land(chain.to_path(path, who), data, who)


def load_safetensors(path: FilePath | Model | Sequence[Layer],
                     network: Any = None) -> list[Layer]:
    """The layers of a file that `save_safetensors` wrote, or `network`'s with its parameters.

        layers = load_safetensors("model.safetensors")          # made anew
        load_safetensors(model, "model.safetensors")            # into these, as it was saved

    network: a Model, or a list of layers, of the classes and shapes that the file has; nothing of
    it is changed but the parameters, which come in the file's type. The path may stand first, too.
    Layers that are made anew have the settings they had (penalties, rates), if all are of fastnn's
    classes.

    Raises StorageError for a damaged or foreign file, ValueError for one of another network, which
    say what does not fit; nothing is changed then. Files that others wrote: `load_arrays`.

    Source: the format of Hugging Face.  Differs: not in the book.
    """
    who = "load_safetensors"
    target: Any = path
    paths = (str, bytes, os.PathLike)
    if isinstance(network, paths) and not isinstance(path, paths):
        target, network = network, path
    name = chain.to_path(target, who)
    about, arrays = _read(name, who)
    if network is None:
        return _made(name, about, arrays)
    layers = named(network, who)
    held = chain.held(layers, who)
    once([one for one in layers if f"{one.name}.weights" in held], who)
    _check_classes(f"{who}: {name}", about, layers)
    missing = sorted(set(held) ^ set(arrays))
    if missing:
        whose = "the network" if missing[0] in held else "the file"
        raise ValueError(f"{who}: {name}: {missing[0]} is in {whose} alone")
    for key, like in held.items():
        if arrays[key].shape != like.shape:
            raise ValueError(f"{who}: {name}: {key} must be {like.shape} as in the network, got "
                             f"{arrays[key].shape}")
    return put(network, layers, arrays)


def _library(who: str) -> Any:
    try:
        import safetensors
        import safetensors.numpy
    except ImportError:
        raise ImportError(f"{who} needs safetensors, which is not installed: "
                          "pip install safetensors") from None
    return safetensors


def _described(name: str, layer: Layer, who: str) -> dict[str, Any]:
    """What a layer is: its class, and the settings that its class keeps."""
    described: dict[str, Any] = {"name": name, "class": type(layer).__name__, "fastnn": False}
    try:
        entry: Any = entry_of(layer, "layer")
    except Unfit:
        return described
    kind: type = entry.kind
    if kind not in registry.public().values():
        return described
    settings: dict[str, Any] = {}
    for attribute in (*entry.settings, *entry.options):
        if attribute in vars(layer):
            value = getattr(layer, attribute)
            settings[attribute] = value.item() if isinstance(value, np.generic) else value
            plain.setting(settings[attribute], f"{who}.{attribute}")
    return {"name": name, "class": kind.__name__, "fastnn": True, "settings": settings}


def _read(path: str, who: str) -> tuple[list[dict[str, Any]], dict[str, Array]]:
    """What the file says of the layers, and its arrays."""
    library = _library(who)
    with explained(path, "a safetensors file of fastnn's"):
        with open_regular(path) as stream:
            data = stream.read(os.fstat(stream.fileno()).st_size)
        try:
            found = library.deserialize(data)
        except library.SafetensorError as error:
            raise Unreadable(f"a damaged or foreign file ({error})") from None
        header = json.loads(data[8:8 + int.from_bytes(data[:8], "little")])
        metadata = header.get("__metadata__") or {}
        if metadata.get("format") != _FORMAT or "layers" not in metadata:
            raise Unreadable(f"one of {checks.shown(metadata)}; for what others wrote there is "
                             "load_arrays(network, safetensors.numpy.load_file(path), layout=...)")
        about = json.loads(metadata["layers"])
        if not isinstance(about, list) or not about or not all(
                isinstance(layer, dict) and isinstance(layer.get("name"), str)
                and isinstance(layer.get("class"), str) for layer in about):
            raise Unreadable("metadata that do not describe layers")
        return about, {name: _array(name, tensor) for name, tensor in found}


def _array(name: str, tensor: Any) -> Array:
    dtype = _FLOATS.get(tensor["dtype"])
    if dtype is None:
        raise Unreadable(f"{name} of type {tensor['dtype']}, where parameters are F32 or F64")
    stored: Array = np.frombuffer(tensor["data"], dtype).reshape(tensor["shape"])
    return stored.astype(stored.dtype.newbyteorder("="))  # its own memory


def _check_classes(who: str, about: list[dict[str, Any]], layers: list[Named]) -> None:
    """Refuse layers that are called otherwise than those of the file."""
    wanted = [layer["name"] for layer in about if _counts(layer["name"])]
    given = [name for name, _ in layers if _counts(name)]
    if wanted != given:
        raise ValueError(f"{who}: the file is of the layers {', '.join(wanted)}, the network has "
                         f"{', '.join(given)}")


def _counts(name: str) -> bool:
    """Whether a network without this layer is another one: softmax may stand in the loss, and who
    predicts alone needs no dropout.
    """
    return name.rstrip("0123456789") not in ("dropout", "linear", "softmax")


def _made(path: str, about: list[dict[str, Any]], arrays: dict[str, Array]) -> list[Layer]:
    """The layers anew."""
    made = []
    for layer in about:
        if layer.get("fastnn") is not True:
            raise StorageError(f"{path}: {layer['name']} is "
                               f"{checks.a_thing_of(layer['class'])}, which is no class "
                               "of fastnn's: make the layers, and pass them as network")
        try:
            made.append(architecture.rebuild(layer, layer["name"], arrays, "layer", {}))
        except StorageError as error:
            raise StorageError(f"{path}: {error}") from None
    try:
        layers = named(made, "layers")
        held = chain.held(layers, "layers")
    except (TypeError, ValueError) as error:
        raise StorageError(f"{path}: {error}") from None
    names = [layer["name"] for layer in about]
    if names != [name for name, _ in layers] or set(arrays) != set(held):
        raise StorageError(f"{path}: the layers {checks.shown(names)} are not those of the arrays "
                           f"{checks.shown(sorted(arrays))}")
    return made

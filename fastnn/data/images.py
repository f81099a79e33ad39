"""Folders of images, named by their class, as arrays."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fastnn.data.decoding import gray, pillow, turned_gray
from fastnn.data.trees import tree
from fastnn.files.storage import StorageError, Unreadable, open_regular
from fastnn.support import checks

if TYPE_CHECKING:
    from typing import Any

    from fastnn.data.trees import Folder, Path, Zip
    from fastnn.support.annotations import Array, FilePath


class Images(NamedTuple):
    """Images and their classes.

    X (N, height, width) uint8; y (N,) uint8, numbers of names; names: of the classes, which are
    those of the folders.

    Source: this library.  Differs: not in the book.
    """

    X: Array
    y: Array
    names: tuple[str, ...]


def load_images(path: FilePath) -> Images:
    """The images of a folder, or of a zip, with a folder for each class.

        X, y, names = load_images("pictures")        # pictures/cat/01.png, pictures/dog/01.png
        names[y[0]]                                  # 'cat'

    Folders come in the order of their names (of numbers in that of the numbers), and files within
    them. All images are 8-bit gray and of one size. Hidden files are passed over, and nothing else.

    Raises StorageError, which names the file, for what is no such image; FileNotFoundError for a
    folder that is missing; ImportError without Pillow.

    Source: this library.  Differs: not in the book; `load_mnist_dataset` is.
    """
    return read(path, (), "load_images")


def load_image(path: FilePath, size: tuple[int, int] | None = None) -> Array:
    """One image in gray (height, width) uint8, whatever its colours.

    size: (height, width) to bring it to, as (28, 28) for a network of the book's chapter 22:

        X = 255 - load_image("tshirt.png", (28, 28))
        X = (X.reshape(1, -1).astype(np.float32) - 127.5) / 127.5

    What is transparent is white. Raises StorageError, which names the file, for what is no image;
    ImportError without Pillow.

    Source: book ch. 22, which calls cv2.  Differs: Pillow's weights of pixels and colours are not
    cv2's, so that values may differ by some units.
    """
    who, name = "load_image", os.fsdecode(path)
    if size is not None:
        if not isinstance(size, tuple | list) or len(size) != 2:
            raise TypeError(f"{who}: size must be (height, width), got {checks.shown(size)}")
        height, width = (checks.whole(side, who, "size") for side in size)
        size = height, width
    Image = pillow(who)
    try:
        with open_regular(name) as stream:
            return turned_gray(Image, stream, name, size)
    except Unreadable as found:
        raise StorageError(f"cannot read {name!r}: expected an image, found {found}") from None


def read(path: FilePath, inside: Path, who: str) -> Images:
    """The images of a folder that lies inside of what is at the path."""
    Image = pillow(who)
    with tree(path, inside, who) as files:
        names, strange = files.names(inside)
        if strange:
            raise StorageError(f"{who}: expected nothing but a folder for each class in "
                               f"{files.said(inside)!r}, found the file {strange[0]!r}")
        if not names:
            raise StorageError(f"{who}: expected a folder for each class in "
                               f"{files.said(inside)!r}, found none")
        if len(names) > 256:
            raise StorageError(f"{who}: expected at most 256 folders in {files.said(inside)!r}, "
                               f"found {len(names)}")
        if all(name.isascii() and name.isdigit() for name in names):
            names.sort(key=lambda name: (int(name), name))
        found = [(number, (*inside, name, file)) for number, name in enumerate(names)
                 for file in _files(files, (*inside, name), who)]
        X = _decoded(Image, files, [place for _, place in found], who)
    return Images(X, np.array([number for number, _ in found], np.uint8), tuple(names))


def _files(files: Folder | Zip, folder: Path, who: str) -> list[str]:
    """The files of a class."""
    strange, found = files.names(folder)
    if strange:
        raise StorageError(f"{who}: expected nothing but images in {files.said(folder)!r}, found "
                           f"the folder {strange[0]!r}")
    if not found:
        raise StorageError(f"{who}: expected images in {files.said(folder)!r}, found none")
    return found


def _decoded(Image: Any, files: Folder | Zip, places: list[Path], who: str) -> Array:
    """All images in one array."""
    X: Array | None = None
    for n, place in enumerate(places):
        with files.open(place) as stream:
            image = gray(Image, stream, files.said(place))
        if X is None:
            X = np.empty((len(places), *image.shape), np.uint8)
        elif image.shape != X.shape[1:]:
            raise StorageError(f"{who}: expected images (height, width) of {X.shape[1:]} like "
                               f"{files.said(places[0])!r}, found {image.shape} in "
                               f"{files.said(place)!r}")
        X[n] = image
    assert X is not None  # each class has an image
    return X

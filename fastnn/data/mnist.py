"""The book's two functions for images, under the book's names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from fastnn.data.idx import load_idx
from fastnn.data.images import read
from fastnn.files.storage import StorageError
from fastnn.support import checks

if TYPE_CHECKING:
    from fastnn.support.annotations import Array, FilePath

# As the files are published.
_PARTS = {"train": "train", "test": "t10k"}


def load_mnist_dataset(dataset: str, path: FilePath) -> tuple[Array, Array]:
    """(X, y) of the images in the folder `dataset` ("train", "test") at this path.

    path : a folder as `fashion_mnist_images`, with `train/0/0000.png` and so on; the book's
        `fashion_mnist_images.zip`, which is read without being unpacked; or a folder with the four
        IDX files as they are published (`train-images-idx3-ubyte`, with `.gz` or without)
    X (N, 28, 28) uint8, y (N,) uint8: the numbers that the folders are named by

    Raises StorageError, which names the file or folder, for what is no such image, for images of
    two sizes and for folders not named by a number from 0 to 255; FileNotFoundError for a folder
    that is missing; ImportError without Pillow.

    Source: book ch. 19.  Differs: folders and files come sorted, where the book takes them as the
    disk lists them; an image that cannot be read is an error, and hidden files are none; no cv2.
    """
    who = "load_mnist_dataset"
    if not isinstance(dataset, str) or not dataset or {"/", "\\", ".."} & {*dataset, dataset}:
        raise ValueError(f'{who}: dataset must be the name of a folder, as "train" or "test", got '
                         f"{checks.shown(dataset)}")
    files = _published(dataset, os.fsdecode(path))
    if files is not None:
        return load_idx(*files)
    X, y, names = read(path, (dataset,), who)
    for name in names:
        if not (name.isascii() and name.isdigit() and int(name) < 256):
            raise StorageError(f"{who}: expected folders named by a number from 0 to 255 in "
                               f"{os.path.join(os.fsdecode(path), dataset)!r}, found {name!r}; "
                               "load_images takes any name")
    return X, np.array([int(name) for name in names], np.uint8)[y]


def create_data_mnist(path: FilePath) -> tuple[Array, Array, Array, Array]:
    """(X, y, X_test, y_test) of the images at this path: both of `load_mnist_dataset`.

        X, y, X_test, y_test = create_data_mnist("fashion_mnist_images")
        X = (X.reshape(X.shape[0], -1).astype(np.float32) - 127.5) / 127.5

    Source: book ch. 19.  Differs: as `load_mnist_dataset` does.
    """
    return (*load_mnist_dataset("train", path), *load_mnist_dataset("test", path))


def _published(dataset: str, path: str) -> tuple[str, str] | None:
    """The IDX files of images and labels, where these are there and no folder of images is."""
    start = _PARTS.get(dataset)
    if start is None or os.path.isdir(os.path.join(path, dataset)):
        return None
    found = []
    for kind in ("images-idx3", "labels-idx1"):
        names = [os.path.join(path, f"{start}-{kind}-ubyte{end}") for end in ("", ".gz")]
        found.append(next((name for name in names if os.path.isfile(name)), None))
    images, labels = found
    return None if images is None or labels is None else (images, labels)

"""Small files of data, written for the tests that read them."""

import gzip
import struct
import zipfile

import numpy as np

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx_bytes(array):
    """An array as an IDX file, written from the format's description."""
    code = CODES[array.dtype.str[1:]]
    return (bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
            + array.astype(array.dtype.newbyteorder(">")).tobytes())


def write_idx(path, array, compress=False):
    data = idx_bytes(array)
    path.write_bytes(gzip.compress(data) if compress else data)
    return path


def write_image(path, pixels, mode=None):
    from PIL import Image
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(np.asarray(pixels))
    (image if mode is None else image.convert(mode)).save(path)
    return path


def pixels(seed, shape=(5, 4)):
    return np.random.default_rng(seed).integers(0, 256, shape).astype("u1")


def write_fashion(root, classes=("0", "1", "10", "2"), each=3):
    """train and test, with some images in each class; the X and y that they hold, by part."""
    found = {}
    for part in ("train", "test"):
        X, y = [], []
        for name in sorted(classes, key=int):
            for n in range(each):
                image = pixels(len(X) + 100 * (part == "test"))
                write_image(root / part / name / f"{n:04}.png", image)
                X.append(image)
                y.append(int(name))
        found[part] = np.array(X), np.array(y, "u1")
    return found


def zipped(folder, path, below=""):
    """The files of a folder in a zip, below a folder of that."""
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, below + str(file.relative_to(folder)))
    return path

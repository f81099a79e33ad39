"""One image as an array, by Pillow."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from fastnn.files.storage import StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, BinaryIO

    from fastnn.support.annotations import Array

# Formats whose readers are plain and much used; others may start programs, or read other files.
_FORMATS = ("PNG", "JPEG", "BMP", "PPM")
MOST_PIXELS = 4096 * 4096


def pillow(who: str) -> Any:
    """Pillow's module Image. ImportError, in one sentence, where it is not installed."""
    try:
        from PIL import Image
    except ImportError:
        raise ImportError(f"{who} reads images with Pillow, which is not installed: "
                          "pip install pillow") from None
    return Image


def gray(Image: Any, stream: BinaryIO, name: str) -> Array:
    """The image (height, width) in uint8; StorageError where it is not 8-bit gray."""
    with _opened(Image, stream, name) as image:
        if image.mode != "L":
            raise StorageError(f"cannot read {name!r}: expected an 8-bit gray image, found one of "
                               f"Pillow's mode {image.mode!r}")
        return np.array(image)


def turned_gray(Image: Any, stream: BinaryIO, name: str, size: tuple[int, int] | None) -> Array:
    """The image in gray, whatever its colours, and in this size (height, width) where one is given.

    What is transparent is white.
    """
    with _opened(Image, stream, name) as image:
        if "transparency" in image.info or image.mode in ("LA", "PA", "RGBA", "La", "RGBa"):
            image = image.convert("RGBA")
            behind = Image.new("RGBA", image.size, "white")
            image = Image.alpha_composite(behind, image)
        if image.mode in ("I", "I;16", "I;16B", "F"):
            raise StorageError(f"cannot read {name!r}: expected an image of 8 bits a colour, found "
                               f"one of Pillow's mode {image.mode!r}")
        image = image.convert("L")
        if size is not None:
            image = image.resize((size[1], size[0]), Image.Resampling.BILINEAR)
        return np.array(image)


@contextmanager
def _opened(Image: Any, stream: BinaryIO, name: str) -> Iterator[Any]:
    """The image, small enough to be decoded; what Pillow raises becomes one sentence."""
    too_large = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    expected = f"cannot read {name!r}: expected an image ({', '.join(_FORMATS)})"
    try:
        with Image.open(stream, formats=_FORMATS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise StorageError(f"{expected} of at most {MOST_PIXELS:,} pixels, found one of "
                                   f"{width:,} x {height:,}")
            yield image
    except too_large:
        raise StorageError(f"{expected} of at most {MOST_PIXELS:,} pixels, found a larger one"
                           ) from None
    except Image.UnidentifiedImageError:
        raise StorageError(f"{expected}, found something else") from None
    except (OSError, SyntaxError, EOFError, ValueError, TypeError, ArithmeticError, LookupError,
            RuntimeError) as error:
        if isinstance(error, StorageError) or getattr(error, "errno", None) is not None:
            raise  # said already, or the disk's own trouble
        found = " ".join(str(error).split())[:200]
        raise StorageError(f"{expected}, found a damaged one ({found})") from error

"""Small pictures of clothes, where the book's Fashion images are not at hand.

Ten outlines, each drawn a little otherwise every time: moved, stretched, brighter or darker, noisy.
They are far easier to tell apart than the real ones, and good for nothing but an example.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from fastnn.support import checks
from fastnn.support.annotations import FilePath

NAMES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
         "Ankle boot")

_Corners = list[tuple[float, float]]

# Corners (x, y), 0 to 28 each, of what is bright; a second list is cut out of it.
_SLEEVES: _Corners = [(9, 4), (19, 4), (27, 10), (24, 13), (20, 11), (20, 25), (8, 25), (8, 11),
                      (4, 13), (1, 10)]
_LONG: _Corners = [(10, 3), (18, 3), (23, 7), (26, 23), (22, 24), (20, 12), (20, 25), (8, 25),
                   (8, 12), (6, 24), (2, 23), (5, 7)]
_OUTLINES: list[tuple[_Corners, _Corners]] = [
    (_SLEEVES, []),
    ([(9, 2), (19, 2), (21, 26), (16, 26), (14, 9), (12, 26), (7, 26)], []),
    (_LONG, []),
    ([(11, 2), (17, 2), (16, 11), (21, 26), (7, 26), (12, 11)], []),
    (_LONG, [(13.3, 3), (14.7, 3), (14.7, 25), (13.3, 25)]),
    ([(2, 17), (10, 15), (19, 10), (25, 8), (26, 20), (2, 21)],
     [(7, 17.5), (13, 15.5), (21, 12), (22, 18), (8, 19)]),
    (_SLEEVES, [(11, 4), (17, 4), (14, 10)]),
    ([(2, 16), (9, 15), (15, 11), (24, 11), (26, 20), (2, 20)], []),
    ([(3, 11), (8, 11), (10, 4), (18, 4), (20, 11), (25, 11), (25, 24), (3, 24)],
     [(10, 11), (11.5, 6), (16.5, 6), (18, 11)]),
    ([(13, 3), (24, 3), (25, 24), (2, 24), (3, 18), (12, 15)], []),
]
_FINER = 4  # drawn so many times as large, then shrunk: soft edges


def write_pictures(folder: FilePath, *, train: int = 100, test: int = 20, seed: int = 0) -> None:
    """Write pictures of ten kinds of clothes into a new folder, in the book's layout.

        folder/train/0/0000.png ...    gray, 28 by 28; train and test are pictures of each kind

    Raises FileExistsError where the folder is there, ImportError without Pillow.
    """
    who = "write_pictures"
    try:
        from PIL import Image, ImageDraw
    except ImportError:
        raise ImportError(f"{who} draws with Pillow, which is not installed: "
                          "pip install pillow") from None
    counts = {"train": checks.whole(train, who, "train"), "test": checks.whole(test, who, "test")}
    random = np.random.default_rng(checks.whole(seed, who, "seed", 0))
    os.makedirs(folder)
    for part, count in counts.items():
        for kind in range(len(NAMES)):
            place = os.path.join(os.fsdecode(folder), part, str(kind))
            os.makedirs(place)
            for number in range(count):
                picture = Image.fromarray(_drawn(kind, random, Image, ImageDraw))
                picture.save(os.path.join(place, f"{number:04}.png"))


def _drawn(kind: int, random: np.random.Generator, Image: Any, ImageDraw: Any) -> Any:
    """One picture (28, 28) uint8."""
    stretch, move = random.uniform(0.8, 1.05, 2), random.uniform(-1.5, 1.5, 2)
    gray, size = int(random.uniform(110, 255)), 28 * _FINER
    image = Image.new("L", (size, size))
    for corners, shade in zip(_OUTLINES[kind], (gray, gray // 4)):
        if corners:
            bent = np.array(corners) + random.normal(0, 0.4, (len(corners), 2))
            placed = ((bent - 14) * stretch + 14 + move) * _FINER
            ImageDraw.Draw(image).polygon([(float(x), float(y)) for x, y in placed], fill=shade)
    small = np.asarray(image.resize((28, 28), Image.Resampling.BOX), float)
    texture = 1 + random.normal(0, 0.12, (28, 28))
    return np.clip(small * texture, 0, 255).astype(np.uint8)

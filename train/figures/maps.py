"""Grids of activation maps (Figs. 3 and 4): the same faces under each run, an axis a grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...model.metrics import AXES
from .style import Style, digits, new_figure, plain

SMALLEST_TILE, LARGEST_TILE = 160, 224
OPACITY = 0.6
NARROWEST, WIDEST = 6, 12
"""How many faces a row has room for at least and at most."""
COLOURS = "inferno"


@dataclass(frozen=True, slots=True, eq=False)
class MapRow:
    """A run's name, its maps [2, h, w] by face and its estimates [N, 2]."""

    name: str
    maps: dict[int, NDArray[np.float32]]
    va: NDArray[np.float32]


def choose_faces(
    target: NDArray[np.floating], found: NDArray[np.bool_], count: int
) -> NDArray[np.int64]:
    """Faces [<= count] spread over the plane of labels [N, 2], by the labels alone.

    The one farthest from neutral first, then each time the one whose label is farthest from those
    taken already; of equals the first. Faces that the finder did not see come last of all. So no
    estimate has a say, and every run gets the same faces.
    """
    labels = np.asarray(target, np.float64)
    score = np.linalg.norm(labels, axis=1)
    # No label is farther from another than the plane's diagonal.
    score = score - np.where(found, 0.0, 10.0)
    nearest = np.full(len(labels), np.inf)
    chosen: list[int] = []
    for _ in range(min(count, len(labels))):
        index = int(np.argmax(score))
        chosen.append(index)
        nearest = np.minimum(nearest, np.linalg.norm(labels - labels[index], axis=1))
        score = nearest - np.where(found, 0.0, 10.0)
        score[chosen] = -np.inf
    return np.array(chosen, np.int64)


def tile(image: NDArray[np.uint8] | None, heat: NDArray[np.float32] | None) -> NDArray[np.uint8]:
    """An image [S, S, 3] with a map [h, w] in [0, 1] on it, the more opaque the higher; RGB uint8.

    Either may be left out: an image alone, or a map on nothing.
    """
    if image is None:
        image = np.zeros((SMALLEST_TILE, SMALLEST_TILE, 3), np.uint8)
        opacity = 1.0
    else:
        opacity = OPACITY
    side = int(np.clip(len(image), SMALLEST_TILE, LARGEST_TILE))
    if side != len(image):
        method = cv2.INTER_AREA if side < len(image) else cv2.INTER_CUBIC
        image = np.asarray(cv2.resize(image, (side, side), interpolation=method), np.uint8)
    if heat is None:
        return image
    large = np.clip(cv2.resize(heat, (side, side), interpolation=cv2.INTER_CUBIC), 0.0, 1.0)
    colour = colormaps[COLOURS](large)[..., :3] * 255.0
    weight = opacity * np.asarray(large)[..., None] if opacity < 1 else 1.0
    return np.rint(image * (1.0 - weight) + colour * weight).astype(np.uint8)


def show(axes: Any, pixels: NDArray[np.uint8], style: Style, below: str = "") -> None:
    """A tile without ticks, with a line of text under it."""
    axes.set_axis_on()
    axes.imshow(pixels, interpolation="none")
    axes.set(xticks=[], yticks=[])
    axes.set_xlabel(below, color=style.text, fontsize=8, labelpad=2)
    for spine in axes.spines.values():
        spine.set_visible(False)


def draw_grid(
    axis: str,
    faces: Sequence[int],
    rows: Sequence[MapRow],
    images: dict[int, NDArray[np.uint8]] | None,
    target: NDArray[np.floating],
    style: Style,
) -> Figure:
    """A row of faces (unless `images` is None) over a row of maps a run, in the labels' order.

    More than `WIDEST` faces go on below in a second bank of such rows.
    """
    number = AXES.index(axis)
    ordered = sorted(faces, key=lambda index: (float(target[index, number]), index))
    banks = -(-len(ordered) // WIDEST)
    columns = -(-len(ordered) // banks)
    across, height = max(columns, NARROWEST), len(rows) + (images is not None)
    tall = 0.35 + banks * height * (9.0 / across + 0.24)
    figure = new_figure(style, 9.6, tall, "compressed")
    grid = figure.subplots(banks * height, across, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for place, index in enumerate(ordered):
        bank, column = divmod(place, columns)
        tiles = list(grid[bank * height : (bank + 1) * height, column])
        word = "label " if column == 0 else ""
        title = word + digits(target[index, number])
        tiles[0].set_title(title, color=style.text, fontsize=8, pad=3)
        image = None if images is None else images[index]
        if image is not None:
            show(tiles.pop(0), tile(image, None), style)
        for axes, row in zip(tiles, rows, strict=True):
            below = digits(row.va[index, number])
            show(axes, tile(image, row.maps[index][number]), style, below)
            if column == 0:
                name = plain(row.name, 18 if across < WIDEST else 12)
                axes.set_ylabel(name, color=style.axis(axis), fontsize=8)
    return figure

"""The latent z in two dimensions (Fig. 5): t-SNE coloured by valence, by arousal and by class,
and with the faces themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ..datasets.base import EMOTIONS
from .maps import tile
from .style import Style, colour_bar, dress, new_figure

MOST, LEAST = 2000, 10
SEED = 0
PERPLEXITY = 30.0
CELLS = 14
"""Faces along a side of the plane at most."""
# Okabe and Ito's colours, apart in every common colour blindness; neutral is the theme's grey.
CLASS_COLOURS = (
    *("", "#e69f00", "#56b4e9", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#c9b81c"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """`rows` [M] of the faces shown, rising, and their `place` [M, 2] in the plane."""

    rows: NDArray[np.int64]
    place: NDArray[np.float64]


def embed(z: NDArray[np.floating], most: int = MOST) -> Embedding | None:
    """Lay z [N, D] out by t-SNE (van der Maaten & Hinton, 2008), the same way every time.

    At most `most` faces, drawn with a fixed seed. None where there are too few faces, or where z
    is the same for all: then there is nothing to lay out.
    """
    from sklearn.manifold import TSNE

    rows = np.arange(len(z))
    if len(z) > most:
        rows = np.sort(np.random.default_rng(SEED).choice(len(z), most, replace=False))
    chosen = np.asarray(z, np.float64)[rows]
    if len(rows) < LEAST or len(np.unique(chosen, axis=0)) < 3:
        return None
    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    layout = TSNE(perplexity=perplexity, init="pca", random_state=SEED).fit_transform(chosen)
    return Embedding(rows, np.asarray(layout, np.float64))


def spread_faces(embedding: Embedding, cells: int = CELLS) -> dict[int, NDArray[np.float64]]:
    """Faces that stand for their surroundings: the row and where to draw it [2], for each cell of a
    cells x cells grid over the layout that holds any. The face nearest the cell's middle is taken.
    """
    place = embedding.place
    low, side = place.min(axis=0), _side(embedding, cells)
    cell = np.minimum((place - low) // side, cells - 1)
    middle = low + (cell + 0.5) * side
    away = np.linalg.norm(place - middle, axis=1)
    chosen: dict[tuple[float, ...], int] = {}
    for i in np.argsort(away, kind="stable"):
        chosen.setdefault(tuple(cell[i]), int(i))
    return {int(embedding.rows[i]): middle[i] for i in sorted(chosen.values())}


def _side(embedding: Embedding, cells: int) -> float:
    """Of a cell; square, so that faces are."""
    extent = np.ptp(embedding.place, axis=0).max()
    return float(extent / cells) or 1.0


def draw_faces(
    embedding: Embedding,
    places: dict[int, NDArray[np.float64]],
    images: dict[int, NDArray[np.uint8]],
    style: Style,
) -> Figure:
    """The layout with faces in it: `places` are those of `spread_faces`, `images` [S, S, 3]."""
    figure = new_figure(style, 9.6, 9.0)
    axes = figure.subplots()
    half = 0.48 * _side(embedding, CELLS)
    axes.scatter(*embedding.place.T, color=style.muted, s=2, linewidths=0, rasterized=True)
    for row, (x, y) in places.items():
        axes.imshow(
            tile(images[row], None), extent=(x - half, x + half, y - half, y + half), zorder=2
        )
    low, high = embedding.place.min(axis=0), embedding.place.max(axis=0)
    axes.set(xlim=(low[0] - 2 * half, high[0] + 2 * half), aspect="equal")
    axes.set(ylim=(low[1] - 2 * half, high[1] + 2 * half))
    _bare(axes, "", style)
    return figure


def draw_by_value(embedding: Embedding, values: NDArray[np.floating], title: str,
                  style: Style) -> Figure:  # fmt: skip
    """The layout, coloured by a label [N] in [-1, 1]."""
    figure = new_figure(style, 4.4, 3.9)
    axes = figure.subplots()
    points = axes.scatter(
        *embedding.place.T, c=values[embedding.rows], cmap="coolwarm", vmin=-1, vmax=1,
        s=_size(len(embedding.rows)), linewidths=0, rasterized=True,
    )  # fmt: skip
    _bare(axes, title, style)
    colour_bar(figure, points, axes, style, title)
    return figure


def draw_by_class(embedding: Embedding, emotion: NDArray[np.integer], style: Style) -> Figure:
    """The layout, coloured by the emotion [N]; -1 is not drawn."""
    figure = new_figure(style, 4.4, 3.9)
    axes = figure.subplots()
    shown = emotion[embedding.rows]
    # The most frequent first: the rare ones lie on top of them.
    for index in sorted(np.unique(shown[shown >= 0]), key=lambda i: -int((shown == i).sum())):
        place = embedding.place[shown == index]
        axes.scatter(
            *place.T, color=CLASS_COLOURS[index] or style.muted, s=_size(len(shown)),
            linewidths=0, rasterized=True, label=EMOTIONS[index],
        )  # fmt: skip
    _bare(axes, "class", style)
    axes.legend(
        frameon=False, fontsize=8, labelcolor=style.text, loc="center left",
        bbox_to_anchor=(1.0, 0.5), handletextpad=0.1, markerscale=22 / _size(len(shown)) ** 0.5 / 3,
    )  # fmt: skip
    return figure


def _size(count: int) -> float:
    return float(np.clip(9000 / count, 5, 30))


def _bare(axes: object, title: str, style: Style) -> None:
    # Neither position nor unit means anything in a t-SNE layout.
    axes.set(xticks=[], yticks=[], title=title)  # type: ignore[attr-defined]
    dress(axes, style, grid=False)
    axes.spines[["top", "right"]].set_visible(True)  # type: ignore[attr-defined]

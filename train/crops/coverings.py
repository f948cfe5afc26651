"""Things that hide part of a face, drawn into its upright crop: masks, scarves, hands, dark glasses
and other objects, each of a shape, colour and place that are drawn by chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Crop = NDArray[np.uint8]
"""An upright crop uint8 [S, S] or [S, S, 3], RGB."""
Floats = NDArray[np.float32]
Draw = np.random.Generator
Place = tuple[float, float]
"""x and y as shares of a crop's side."""

# Where an upright crop has them.
MOUTH: Final[Place] = (0.5, 0.74)
EYES: Final[Place] = (0.5, 0.34)
EYE: Final[Place] = (0.34, 0.34)
_FINER = 4  # how much finer than the crop an outline is drawn


class Thing(NamedTuple):
    """What lies over a face: where it is [S, S] in 0 to 1, its colour [C] in grey levels, and by
    which share of it each place is lighter or darker [S, S]."""

    where: Floats
    colour: Floats
    relief: Floats


Drawn = Callable[[Crop, Draw], Thing]


def lay(crop: Crop, thing: Thing, draw: Draw) -> Crop:
    """The crop with the thing over it, lit from a side that is drawn and with some grain."""
    side = len(crop)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    angle, slope, grain = draw.uniform(0, 2 * np.pi), draw.uniform(0, 0.5), draw.uniform(0, 5)
    light = 1.0 + slope * (x * np.cos(angle) + y * np.sin(angle)) + thing.relief
    image = crop.reshape(side, side, -1).astype(np.float32)
    over = light[..., None] * thing.colour + draw.normal(0.0, grain, (side, side, 1))
    where = thing.where[..., None]
    mixed = image * (1 - where) + over * where
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8).reshape(crop.shape)


def face_mask(crop: Crop, draw: Draw) -> Thing:
    """From the bridge of the nose to the chin and from cheek to cheek, with pleats or a print."""
    side, top = len(crop), 0.5 + draw.uniform(-0.07, 0.1)
    half = np.array(
        [
            (0.0, top - draw.uniform(0, 0.06)),
            (0.2, top + draw.uniform(0, 0.06)),
            (0.38, top + draw.uniform(0.02, 0.1)),
            (0.36, 0.78),
            (0.26, 0.92),
            (0.12, 1.0),
            (0.0, 1.02),
        ]
    )
    half[2:5] += draw.normal(0, 0.025, (3, 2))
    middle = 0.5 + draw.normal(0, 0.025)
    mirrored = half[::-1] * (-1, 1)
    outline = np.concatenate([half, mirrored])
    outline[:, 0] += middle
    canvas, scale = _canvas(side)
    cv2.fillPoly(canvas, [np.rint(outline * scale).astype(np.int32)], 255)
    rows = np.linspace(0, 2 * np.pi, side, dtype=np.float32)[:, None]
    pleats = draw.uniform(0, 0.06) * np.sin(rows * draw.uniform(6, 14) + draw.uniform(0, 6))
    relief = pleats + draw.uniform(0, 0.06) * _blobs(side, int(draw.integers(3, 7)), draw)
    if draw.random() < 0.3:
        print_ = _blobs(side, int(draw.integers(6, 20)), draw) > 0.3
        relief = relief + draw.uniform(0.1, 0.5) * print_
    return Thing(_filled(canvas), _cloth(crop, draw), relief.astype(np.float32))


def scarf(crop: Crop, draw: Draw) -> Thing:
    """Everything below the nose, plain, woven or striped."""
    side = len(crop)
    across = np.linspace(0, 1, side)
    waves = np.sin(across * np.pi * draw.uniform(1, 4) + draw.uniform(0, 6))
    slanted = draw.uniform(-0.15, 0.15) * (across - 0.5)
    edge = draw.uniform(0.52, 0.66) + draw.uniform(0, 0.05) * waves + slanted
    down = across[:, None]
    where = np.clip((down - edge) * side, 0, 1)
    if draw.random() < 0.5:  # within the face
        where = where * np.clip((draw.uniform(0.36, 0.5) - np.abs(across - 0.5)) * side, 0, 1)
    relief = draw.uniform(0.05, 0.2) * _blobs(side, int(draw.integers(4, 12)), draw)
    if draw.random() < 0.5:
        along = (down + draw.uniform(-0.6, 0.6) * across) * 2 * np.pi
        relief = relief + draw.uniform(0.05, 0.3) * np.sign(np.sin(along * draw.uniform(5, 20)))
    return Thing(where.astype(np.float32), _cloth(crop, draw), relief.astype(np.float32))


def hand(place: Place) -> Drawn:
    """Three or four fingers and the back of a hand, from any side, of the skin's colour."""

    def drawn(crop: Crop, draw: Draw) -> Thing:
        side, middle = len(crop), _near(place, draw)
        angle, length = draw.uniform(0, 2 * np.pi), draw.uniform(0.3, 0.5)
        thick, fingers = draw.uniform(0.075, 0.12), int(draw.integers(3, 5))
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]])
        canvas, scale = _canvas(side)
        gaps, _ = _canvas(side)
        for finger in range(fingers):
            offset = (finger - (fingers - 1) / 2) * thick * draw.uniform(0.9, 1.1)
            tip = middle + across * offset + along * length * draw.uniform(0.35, 0.6)
            root = middle + across * offset - along * length * 0.5
            cv2.line(canvas, _at(tip, scale), _at(root, scale), 255, round(thick * scale))
            beside = across * thick / 2
            ends = _at(tip + beside, scale), _at(root + beside, scale)
            cv2.line(gaps, *ends, 255, max(2, round(0.012 * scale)))
        back = _at(middle - along * length * 0.75, scale)
        axes = round(length * 0.55 * scale), round(thick * fingers * 0.62 * scale)
        cv2.ellipse(canvas, back, axes, float(np.degrees(angle)), 0, 360, 255, -1)
        shadows = cv2.GaussianBlur(_filled(gaps), (0, 0), side * 0.008)
        relief = 0.05 * _blobs(side, 5, draw) - draw.uniform(0.1, 0.4) * shadows
        return Thing(_filled(canvas), _skin(crop, draw), relief.astype(np.float32))

    return drawn


def dark_glasses(crop: Crop, draw: Draw) -> Thing:
    """Two dark glasses, round or square, with what they mirror."""
    side, middle = len(crop), 0.35 + draw.normal(0, 0.015)
    width, height, apart = (
        draw.uniform(0.13, 0.2),
        draw.uniform(0.08, 0.15),
        draw.uniform(0.15, 0.19),
    )
    canvas, scale = _canvas(side)
    round_ = draw.random() < 0.6
    for x in (0.5 - apart, 0.5 + apart):
        if round_:
            axes = round(width * scale), round(height * scale)
            cv2.ellipse(canvas, _at((x, middle), scale), axes, 0, 0, 360, 255, -1)
        else:
            low = _at((x - width * 0.95, middle - height * 0.8), scale)
            high = _at((x + width * 0.95, middle + height * 0.9), scale)
            cv2.rectangle(canvas, low, high, 255, -1)
    bar = middle - 0.03
    from_, to = (0.0, 1.0) if draw.random() < 0.7 else (0.42, 0.58)
    cv2.line(canvas, _at((from_, bar), scale), _at((to, bar), scale), 255, round(0.02 * scale))
    where = _filled(canvas) * np.float32(draw.uniform(0.85, 1.0))
    grey = draw.uniform(5, 60) + draw.uniform(0, 15, _channels(crop))
    return Thing(where, grey.astype(np.float32), draw.uniform(0, 0.5) * _blobs(side, 3, draw))


def item(place: Place, width: tuple[float, float], height: tuple[float, float]) -> Drawn:
    """A round or square thing: a cup, a telephone, a microphone, a bar."""

    def drawn(crop: Crop, draw: Draw) -> Thing:
        side, (x, y) = len(crop), _near(place, draw)
        size = np.array([draw.uniform(*width), draw.uniform(*height)])
        tilt = draw.uniform(0, 180) if size[0] < 0.5 else draw.uniform(-15, 15)
        canvas, scale = _canvas(side)
        box = (x * scale, y * scale), (size[0] * scale, size[1] * scale), float(tilt)
        if draw.random() < 1 / 3:
            cv2.ellipse(canvas, box, 255, -1)
        else:
            cv2.fillPoly(canvas, [np.rint(cv2.boxPoints(box)).astype(np.int32)], 255)
        colour = _skin(crop, draw) if draw.random() < 0.2 else _cloth(crop, draw)
        relief = draw.uniform(0, 0.15) * _blobs(side, int(draw.integers(2, 6)), draw)
        return Thing(_filled(canvas), colour, relief)

    return drawn


COVERINGS: Final[Mapping[str, Mapping[str, Drawn]]] = MappingProxyType(
    {
        "mouth": {
            "mask": face_mask,
            "scarf": scarf,
            "hand": hand(MOUTH),
            "object": item(MOUTH, (0.22, 0.5), (0.18, 0.5)),
        },
        "eyes": {
            "dark glasses": dark_glasses,
            "hand": hand(EYES),
            "bar": item(EYES, (0.55, 0.9), (0.14, 0.3)),
        },
        "an eye": {"hand": hand(EYE), "object": item(EYE, (0.22, 0.5), (0.18, 0.4))},
    }
)
"""What may hide each part of a face."""


def covered(crop: Crop, part: str, draw: Draw) -> tuple[Crop, Floats]:
    """A copy with that part of the face hidden by one of `COVERINGS`, and where it is [S, S]."""
    kinds = [*COVERINGS[part].values()]
    return covered_by(crop, kinds[int(draw.integers(len(kinds)))], draw)


def covered_by(crop: Crop, drawn: Drawn, draw: Draw) -> tuple[Crop, Floats]:
    """A copy with that thing over it, and where it is [S, S]."""
    thing = drawn(crop, draw)
    return lay(crop, thing, draw), thing.where


def _channels(crop: Crop) -> int:
    return crop.shape[2] if crop.ndim == 3 else 1


def _near(place: Place, draw: Draw) -> NDArray[np.float64]:
    """About there; beside the middle, on either side."""
    x = 1 - place[0] if draw.random() < 0.5 else place[0]
    return np.array([x, place[1]]) + draw.normal(0, 0.035, 2)


def _canvas(side: int) -> tuple[Crop, int]:
    """What an outline is drawn on, and its side in pixels."""
    return np.zeros((side * _FINER, side * _FINER), np.uint8), side * _FINER


def _at(place: Place | NDArray[np.float64], scale: int) -> tuple[int, int]:
    return round(float(place[0]) * scale), round(float(place[1]) * scale)


def _filled(canvas: Crop) -> Floats:
    side = len(canvas) // _FINER
    small = cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) / np.float32(255)


def _blobs(side: int, cells: int, draw: Draw) -> Floats:
    """Smooth noise [S, S] of deviation about 1, so many waves across."""
    small = draw.normal(0.0, 1.0, (cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(small, (side, side), interpolation=cv2.INTER_CUBIC), np.float32)


def _skin(crop: Crop, draw: Draw) -> Floats:
    """The crop's usual colour, somewhat lighter or darker."""
    usual = np.median(crop.reshape(-1, _channels(crop)), axis=0)
    return np.asarray(usual * draw.uniform(0.75, 1.2), dtype=np.float32)


def _cloth(crop: Crop, draw: Draw) -> Floats:
    """Black, white, a surgeon's blue or any colour."""
    channels, kind = _channels(crop), draw.integers(4)
    if kind == 0:
        colour = np.full(channels, draw.uniform(10, 60))
    elif kind == 1:
        colour = np.full(channels, draw.uniform(180, 245))
    elif kind == 2 and channels == 3:
        colour = draw.uniform((110, 170, 200), (170, 210, 235))
    else:
        colour = draw.uniform(0, 255, channels)
    return np.asarray(colour, np.float32)

"""Copies of images as poorer conditions would have shown them: dark, blurred, covered ...

`KINDS` are drawn from to learn from, and made of a crop, so that a copy is the same face in the
same place: what the face finder makes of such frames is not in them. Most changes take a whole
photograph as well, for whoever measures that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Crop = NDArray[np.uint8]
Pixels = NDArray[np.uint8]
"""An image uint8 [H, W] or [H, W, 3], RGB."""
Draw = np.random.Generator
Change = Callable[[Crop, Draw], Crop]
"""A crop uint8 [S, S] or [S, S, 3], and where chance comes from, to its copy of that shape."""

READ_NOISE, SHOT_NOISE = 1.5, 0.08
"""Of a small sensor: its deviation in grey levels, and the variance that a grey level adds."""
# Where an upright crop has them, as shares of its side: (centre x, centre y).
_MOUTH, _EYES, _EYE = (0.5, 0.74), (0.5, 0.34), (0.34, 0.34)


def darkened(image: Pixels, gain: float, draw: Draw) -> Pixels:
    """A share of the light, with the noise of a small sensor."""
    light = image.astype(np.float32) * gain
    noise = draw.normal(0.0, 1.0, image.shape) * np.sqrt(READ_NOISE**2 + SHOT_NOISE * light)
    return np.clip(np.rint(light + noise), 0, 255).astype(np.uint8)


def overexposed(image: Pixels, gain: float) -> Pixels:
    """More light than the sensor holds."""
    return np.clip(image.astype(np.float32) * gain, 0, 255).astype(np.uint8)


def blurred(image: Pixels, sigma: float) -> Pixels:
    """Out of focus, by a Gaussian of that deviation in pixels."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.uint8)


def shrunk(image: Pixels, scale: float) -> Pixels:
    """At that share of its resolution, enlarged again."""
    height, width = image.shape[:2]
    size = max(2, round(width * scale)), max(2, round(height * scale))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def encoded(image: Pixels, quality: float) -> Pixels:
    """Through JPEG."""
    grey = image.ndim == 2
    bgr = image if grey else np.ascontiguousarray(image[..., ::-1])
    _, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    back = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR)
    assert back is not None  # just encoded
    return np.asarray(back if grey else np.ascontiguousarray(back[..., ::-1]), np.uint8)


def rolled(image: Pixels, degrees: float) -> Pixels:
    """Turned about its middle; an upright crop is that much off where landmarks are."""
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2.0, height / 2.0), degrees, 1.0)
    out = cv2.warpAffine(image, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(out, np.uint8)


def covered(
    crop: Crop, centre: tuple[float, float], size: tuple[float, float], grey: float, *, oval: bool
) -> Crop:
    """A patch of one grey level over a place, all in shares of the side; nan has the crop's own
    median, as a hand would."""
    side, copy = len(crop), crop.copy()
    x, y = (round(part * side) for part in centre)
    width, height = (round(part * side / 2) for part in size)
    channels = crop.reshape(side * side, -1)
    level = np.median(channels, axis=0) if np.isnan(grey) else np.full(channels.shape[1], grey)
    colour = [int(value) for value in level]
    if oval:
        cv2.ellipse(copy, (x, y), (width, height), 0, 0, 360, colour, -1)
    else:
        cv2.rectangle(copy, (x - width, y - height), (x + width, y + height), colour, -1)
    return copy


def _cover(
    place: tuple[float, float],
    width: tuple[float, float],
    height: tuple[float, float],
    *,
    either_side: bool = False,
) -> Change:
    def change(crop: Crop, draw: Draw) -> Crop:
        x, y = (part + draw.normal(0.0, 0.03) for part in place)
        if either_side and draw.random() < 0.5:
            x = 1.0 - x
        size = (draw.uniform(*width), draw.uniform(*height))
        grey = float(draw.choice([np.nan, draw.uniform(0, 40), draw.uniform(0, 255)]))
        return covered(crop, (x, y), size, grey, oval=draw.random() < 0.5)

    return change


def _log_uniform(draw: Draw, low: float, high: float) -> float:
    return float(np.exp(draw.uniform(np.log(low), np.log(high))))


KINDS: Final[Mapping[str, Change]] = MappingProxyType(
    {
        "dark": lambda crop, draw: darkened(crop, _log_uniform(draw, 0.03, 0.5), draw),
        "bright": lambda crop, draw: overexposed(crop, draw.uniform(1.3, 3.2)),
        "blurred": lambda crop, draw: blurred(crop, _log_uniform(draw, 0.01, 0.08) * len(crop)),
        "small": lambda crop, draw: shrunk(crop, _log_uniform(draw, 12, 48) / len(crop)),
        "re-encoded": lambda crop, draw: encoded(crop, draw.uniform(3, 30)),
        "rolled": lambda crop, draw: rolled(crop, draw.uniform(-45, 45)),
        "mouth covered": _cover(_MOUTH, (0.36, 0.8), (0.2, 0.44)),
        "eyes covered": _cover(_EYES, (0.5, 0.9), (0.14, 0.3)),
        "an eye covered": _cover(_EYE, (0.22, 0.42), (0.16, 0.34), either_side=True),
    }
)
"""How copies to learn from are made, each of a strength that is drawn."""


def degraded(crops: NDArray[np.uint8], change: Change, first: int = 0) -> NDArray[np.uint8]:
    """The copies of crops uint8 [N, S, S] or [N, S, S, 3]; `first` is the number of the first one,
    by which chance is drawn: a face has the same copy whatever it is copied along with."""
    made = [
        change(np.asarray(crop), np.random.default_rng([first + i, 17]))
        for i, crop in enumerate(crops)
    ]
    return np.stack(made) if made else crops

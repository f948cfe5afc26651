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

from .coverings import COVERINGS, covered

Crop = NDArray[np.uint8]
Pixels = NDArray[np.uint8]
"""An image uint8 [H, W] or [H, W, 3], RGB."""
Draw = np.random.Generator
Change = Callable[[Crop, Draw], Crop]
"""A crop uint8 [S, S] or [S, S, 3], and where chance comes from, to its copy of that shape."""

READ_NOISE, SHOT_NOISE = 1.5, 0.08
"""Of a small sensor: its deviation in grey levels, and the variance that a grey level adds."""


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


def _log_uniform(draw: Draw, low: float, high: float) -> float:
    return float(np.exp(draw.uniform(np.log(low), np.log(high))))


POORER: Final[Mapping[str, Change]] = MappingProxyType(
    {
        "dark": lambda crop, draw: darkened(crop, _log_uniform(draw, 0.03, 0.5), draw),
        "bright": lambda crop, draw: overexposed(crop, draw.uniform(1.3, 3.2)),
        "blurred": lambda crop, draw: blurred(crop, _log_uniform(draw, 0.01, 0.08) * len(crop)),
        "small": lambda crop, draw: shrunk(crop, _log_uniform(draw, 12, 48) / len(crop)),
        "re-encoded": lambda crop, draw: encoded(crop, draw.uniform(3, 30)),
        "rolled": lambda crop, draw: rolled(crop, draw.uniform(-45, 45)),
    }
)
"""How copies are made that show the whole face, each of a strength that is drawn."""


def _covering(part: str) -> Change:
    return lambda crop, draw: covered(crop, part, draw)[0]


KINDS: Final[Mapping[str, Change]] = MappingProxyType(
    {**POORER, **{f"{part} covered": _covering(part) for part in COVERINGS}}
)
"""How copies to learn from are made: those, and with a part of the face hidden."""


def degraded(crops: NDArray[np.uint8], change: Change, first: int = 0) -> NDArray[np.uint8]:
    """The copies of crops uint8 [N, S, S] or [N, S, S, 3]; `first` is the number of the first one,
    by which chance is drawn: a face has the same copy whatever it is copied along with."""
    made = [
        change(np.asarray(crop), np.random.default_rng([first + i, 17]))
        for i, crop in enumerate(crops)
    ]
    return np.stack(made) if made else crops

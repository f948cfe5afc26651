"""How well a face can be read as it was seen: a number from 0 to 1, and the reason in words.

The number is what is left of the model's advantage over knowing nothing: 1 where its error is that
of frontal, sharp, well lit faces, 0 where it is that of answering with the mean label. Each
condition has its own curve, from errors on withheld photographs that were turned, darkened, blurred
and so on (`benchmarks/reading_conditions.py` prints them); the worst condition decides. Too few of
them show heads turned more than 40 or nodded more than 20 degrees: those ends are assumed. The
curve of confidence was set by eye.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isnan, nan
from operator import itemgetter
from typing import Final

import numpy as np

GOOD: Final = 0.75
"""Quality from which on conditions are good."""
POOR: Final = 0.5
"""Quality below which they are poor; between the two they are fair."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """How a face was seen; nan for what is not known.

    Args:
        yaw, pitch, roll: degrees, as in `HeadPose`.
        sharpness, brightness: of the crop, as in `image_measures`.
        width: pixels across the square around the face.
        confidence: of the detection, 0 to 1.
        eyes_covered, mouth_covered: the share of them that something hides, 0 to 1.
    """

    yaw: float = nan
    pitch: float = nan
    roll: float = nan
    sharpness: float = nan
    brightness: float = nan
    width: float = nan
    confidence: float = nan
    eyes_covered: float = nan
    mouth_covered: float = nan


@dataclass(frozen=True, slots=True)
class Quality:
    """`value` from 0 to 1, nan where nothing is known; what lowers it most, and what helps ("" for
    both where conditions are good)."""

    value: float
    reason: str = ""
    advice: str = ""

    @property
    def level(self) -> str:
        """ "good", "fair", "poor", or "" where nothing is known."""
        if isnan(self.value):
            return ""
        return "good" if self.value >= GOOD else "fair" if self.value >= POOR else "poor"


@dataclass(frozen=True, slots=True)
class _Rule:
    """A condition: what is measured, the quality at some of its values (linear between them, the
    ends go on), the reason in words and what helps."""

    measured: Callable[[Conditions], float]
    curve: tuple[tuple[float, float], ...]
    reason: Callable[[Conditions], str]
    advice: str

    def quality(self, seen: Conditions) -> float:
        """nan where the condition is not known."""
        value = self.measured(seen)
        places, qualities = zip(*self.curve, strict=True)
        return nan if isnan(value) else float(np.interp(value, places, qualities))


def _up_or_down(seen: Conditions) -> str:
    return f"head turned {'up' if seen.pitch > 0 else 'down'} {abs(seen.pitch):.0f} degrees"


_DARK: Final = 100.0
"""Grey level that divides what is dark from what is bright."""
_CONFIDENCE: Final = _Rule(
    lambda c: c.confidence,
    ((0.75, 0.0), (0.86, 0.35), (0.885, 0.55), (0.9, 0.8), (0.915, 1.0)),
    lambda _: "face covered or unclear",
    "keep it free",
)
_USUAL: Final = 0.98
"""Quality below which a condition may be why a face is unclear."""
_RULES: Final = (
    _Rule(
        lambda c: abs(c.yaw),
        ((40.0, 1.0), (60.0, 0.6), (85.0, 0.0)),
        lambda c: f"head turned {abs(c.yaw):.0f} degrees",
        "face the camera",
    ),
    _Rule(
        lambda c: c.pitch,
        (
            (-60.0, 0.0),
            (-35.0, 0.6),
            (-20.0, 1.0),
            (5.0, 1.0),
            (15.0, 0.75),
            (35.0, 0.5),
            (60.0, 0.0),
        ),
        _up_or_down,
        "hold the head level",
    ),
    _Rule(
        lambda c: abs(c.roll),
        ((35.0, 1.0), (60.0, 0.5), (90.0, 0.0)),
        lambda c: f"head tilted {abs(c.roll):.0f} degrees",
        "hold the head upright",
    ),
    _Rule(
        lambda c: min(c.brightness, _DARK) if c.brightness == c.brightness else nan,
        # Of models that even exposure, as the shipped ones do.
        ((2.0, 0.0), (4.0, 0.4), (6.0, 0.92), (10.0, 0.96), (25.0, 1.0)),
        lambda _: "too dark",
        "light from the front",
    ),
    _Rule(
        lambda c: max(c.brightness, _DARK) if c.brightness == c.brightness else nan,
        ((160.0, 1.0), (175.0, 0.93), (200.0, 0.8), (217.0, 0.56), (232.0, 0.48), (255.0, 0.0)),
        lambda _: "too bright",
        "less light on the face",
    ),
    _Rule(
        lambda c: c.sharpness,
        ((0.03, 0.0), (0.04, 0.21), (0.06, 0.51), (0.08, 0.82), (0.105, 0.92), (0.13, 1.0)),
        lambda _: "blurred",
        "hold still, focus the camera",
    ),
    _Rule(
        lambda c: c.width,
        ((8.0, 0.0), (16.0, 0.56), (24.0, 0.81), (32.0, 0.96), (48.0, 1.0)),
        lambda c: f"face {c.width:.0f} px wide",
        "move closer",
    ),
    _CONFIDENCE,
    _Rule(
        lambda c: c.eyes_covered,
        ((0.1, 1.0), (0.5, 0.6), (0.75, 0.55), (1.0, 0.4)),
        lambda _: "eyes covered",
        "keep them free",
    ),
    _Rule(
        lambda c: c.mouth_covered,
        ((0.1, 1.0), (0.42, 0.22), (0.55, 0.0)),
        lambda _: "mouth covered",
        "keep it free",
    ),
)


def judged(seen: Conditions) -> Quality:
    """How well a face can be read that was seen like this."""
    known = [(q, rule) for rule in _RULES if not isnan(q := rule.quality(seen))]
    if not known:
        return Quality(nan)
    value, worst = min(known, key=itemgetter(0))
    if value >= GOOD:
        return Quality(value)
    if worst is _CONFIDENCE:
        # A face is unclear for a reason, which helps more than that it is.
        causes = [each for each in known if each[0] < _USUAL and each[1] is not _CONFIDENCE]
        _, worst = min(causes, key=itemgetter(0), default=(value, worst))
    return Quality(value, worst.reason(seen), worst.advice)

"""How well the faces of a session were seen, and what their poor readings make of the means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.face.quality import GOOD, POOR
from ...model.metrics import AXES

Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Seen:
    """Readings whose quality is known.

    Args:
        readings: how many.
        good, poor: shares of them in good and in poor conditions, 0 to 1; the rest is fair.
        mean: mean raw estimate of all of them (valence, arousal).
        mean_without_poor: the same without those in poor conditions, nan where there are none.
    """

    readings: int
    good: float
    poor: float
    mean: Pair
    mean_without_poor: Pair

    @property
    def share(self) -> str:
        """The shares in words: "83 % of readings in good conditions, 5 % in poor"."""
        return f"{self.good:.0%} of readings in good conditions, {self.poor:.0%} in poor".replace(
            "%", " %"
        )

    def means(self, axis: str) -> str:
        """A mean in words: "+0.12, without poor readings +0.15"."""
        number = AXES.index(axis)
        words = f"{self.mean[number]:+.2f}"
        rest = self.mean_without_poor[number]
        if self.poor and np.isfinite(rest):
            words += f", without poor readings {rest:+.2f}"
        return words.replace("-", "\N{MINUS SIGN}")

    @property
    def words(self) -> str:
        """Everything in a line."""
        return "; ".join([self.share, *(f"mean {axis} {self.means(axis)}" for axis in AXES)])


def seen(readings: Mapping[str, NDArray[Any]]) -> Seen | None:
    """Of columns [N] by name, as `Session.readings` or `Session.of_face` give them; None where
    none has a quality and an estimate, as in sessions of before there was one."""
    values = np.stack([readings[axis].astype(np.float64) for axis in AXES])
    quality = readings["quality"]
    known = readings["success"] & np.isfinite(quality) & np.isfinite(values).all(axis=0)
    if not known.any():
        return None
    quality, values = quality[known], values[:, known]
    usable = quality >= POOR
    return Seen(
        readings=len(quality),
        good=float((quality >= GOOD).mean()),
        poor=float(1.0 - usable.mean()),
        mean=_mean(values),
        mean_without_poor=_mean(values[:, usable]),
    )


def _mean(values: NDArray[np.float64]) -> Pair:
    if not values.shape[1]:
        return float("nan"), float("nan")
    valence, arousal = values.mean(axis=1)
    return float(valence), float(arousal)

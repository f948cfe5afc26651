"""One row of results, a face in a frame, and what is said of its columns wherever they go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import inf, isnan, nan
from types import MappingProxyType
from typing import Any, Literal

from ...model.anchors import EMOTIONS
from ...model.face.blendshapes import BLENDSHAPES
from ...model.face.quality import Conditions, Quality, judged

Dtype = Literal["int64", "float64", "float32", "bool", "str"]


@dataclass(frozen=True, slots=True)
class Column:
    """What a column of readings holds: for tables, sidecars, streams and the documentation.

    Args:
        name: as it stands in the header.
        dtype: NumPy's name for its values; "str" is text.
        unit: "s", "px" (pixels), "deg" (degrees), "arbitrary" (a scale of its own), "" for none.
        description: a sentence without its full stop.
        low, high: what values may be; infinite where nothing limits them.
    """

    name: str
    dtype: Dtype
    unit: str
    description: str
    low: float = -inf
    high: float = inf

    @property
    def range(self) -> str:
        """What values may be, in words: "-1 to 1", "from 0", "" for anything."""
        low, high = (f"{end:g}" for end in (self.low, self.high))
        if self.high < inf:
            return f"{low} to {high}"
        return f"from {low}" if self.low > -inf else ""


def _column(
    dtype: Dtype, unit: str, description: str, low: float = -inf, high: float = inf
) -> dict[str, Any]:
    """The metadata of a field of `Reading`."""
    return {"dtype": dtype, "unit": unit, "description": description, "low": low, "high": high}


def _estimate(description: str, reach: float = 1.0) -> dict[str, Any]:
    return _column("float32", "arbitrary", description, -reach, reach)


def _halfwidth(axis: str) -> dict[str, Any]:
    what = f"Half the width of the 90 % interval around {axis}"
    return _column("float32", "arbitrary", what, 0.0, 1.0)


def _covered(part: str) -> dict[str, Any]:
    return _column("float32", "arbitrary", f"Share of the {part} that something hides", 0.0, 1.0)


def _angle(description: str) -> dict[str, Any]:
    return _column("float32", "deg", description, -180, 180)


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known of one face in one frame; a frame without a face gives one row of its own.

    The fields are the columns of `frames.csv` in their order. A new one goes to the end, with nan
    (or "" for text) as its default, and needs no other change: see `COLUMNS`. `emotions` and
    `blendshapes` hold the columns of `OPTIONAL`, () where they are not known.
    """

    frame: int = field(metadata=_column("int64", "", "Number of the frame in its source", 0))
    timestamp: float = field(
        metadata=_column(
            "float64", "s", "Presentation time in a file; time since a live source was opened"
        )
    )
    face_id: int = field(
        metadata=_column("int64", "", "Number of the face, -1 in a frame without a face", -1)
    )
    confidence: float = field(
        default=nan,
        metadata=_column("float32", "arbitrary", "Confidence of the face detection", 0, 1),
    )
    success: bool = field(
        default=False, metadata=_column("bool", "", "Whether there is a face: 1 or 0")
    )
    x: float = field(
        default=nan,
        metadata=_column("float32", "px", "Left edge of the square around the face"),
    )
    y: float = field(
        default=nan, metadata=_column("float32", "px", "Top edge of the square around the face")
    )
    width: float = field(
        default=nan, metadata=_column("float32", "px", "Width of the square around the face", 0)
    )
    height: float = field(
        default=nan,
        metadata=_column("float32", "px", "Height of the square around the face", 0),
    )
    valence: float = field(
        default=nan,
        metadata=_estimate("Estimated valence, negative to positive"),
    )
    arousal: float = field(
        default=nan,
        metadata=_estimate("Estimated arousal, calm to excited"),
    )
    valence_smooth: float = field(
        default=nan, metadata=_estimate("Valence after the One-Euro filter")
    )
    arousal_smooth: float = field(
        default=nan, metadata=_estimate("Arousal after the One-Euro filter")
    )
    valence_relative: float = field(
        default=nan, metadata=_estimate("Valence minus that of the person's neutral baseline", 2.0)
    )
    arousal_relative: float = field(
        default=nan, metadata=_estimate("Arousal minus that of the person's neutral baseline", 2.0)
    )
    valence_halfwidth: float = field(default=nan, metadata=_halfwidth("valence"))
    arousal_halfwidth: float = field(default=nan, metadata=_halfwidth("arousal"))
    yaw: float = field(
        default=nan,
        metadata=_angle("Head turned to a side, positive where the face looks to the right edge"),
    )
    pitch: float = field(default=nan, metadata=_angle("Head turned up (positive) or down"))
    roll: float = field(
        default=nan,
        metadata=_angle("Head tilted, positive where its top leans to the right edge"),
    )
    sharpness: float = field(
        default=nan,
        metadata=_column(
            "float32",
            "arbitrary",
            "Sharpness of the crop: deviation of its Laplacian over that of its grey levels",
            0,
        ),
    )
    brightness: float = field(
        default=nan,
        metadata=_column(
            "float32", "arbitrary", "Mean grey level of the crop, black to white", 0, 255
        ),
    )
    quality: float = field(
        default=nan,
        metadata=_column(
            "float32",
            "arbitrary",
            "How well the face can be read as it was seen, 1 is best",
            0,
            1,
        ),
    )
    file: str = field(
        default="",
        metadata=_column("str", "", "Name of the image, where the source is a folder of images"),
    )
    valence_smooth_halfwidth: float = field(default=nan, metadata=_halfwidth("smoothed valence"))
    arousal_smooth_halfwidth: float = field(default=nan, metadata=_halfwidth("smoothed arousal"))
    eyes_covered: float = field(default=nan, metadata=_covered("eyes, of the one hidden more,"))
    mouth_covered: float = field(default=nan, metadata=_covered("mouth"))
    emotions: tuple[float, ...] = ()
    blendshapes: tuple[float, ...] = ()

    @property
    def judged(self) -> Quality:
        """The quality with its reason; without a value where `quality` has none."""
        return Quality(nan) if isnan(self.quality) else judged(self.conditions)

    @property
    def conditions(self) -> Conditions:
        """How the face was seen."""
        pose = (self.yaw, self.pitch, self.roll)
        taken = (self.sharpness, self.brightness, self.width, self.confidence)
        return Conditions(*pose, *taken, self.eyes_covered, self.mouth_covered)


COLUMNS: tuple[Column, ...] = tuple(
    Column(each.name, **each.metadata) for each in fields(Reading) if each.metadata
)
"""What each field of `Reading` holds that is a column, in their order."""
FIELDS: tuple[str, ...] = tuple(column.name for column in COLUMNS)


def _shares(prefix: str, names: tuple[str, ...], what: str) -> tuple[Column, ...]:
    return tuple(
        Column(f"{prefix}_{name}", "float32", "arbitrary", what.format(name), 0.0, 1.0)
        for name in names
    )


OPTIONAL: Mapping[str, tuple[Column, ...]] = MappingProxyType(
    {
        "emotions": _shares("emotion", EMOTIONS, "Estimated share of a crowd's votes for {}"),
        "blendshapes": _shares(
            "blendshape", BLENDSHAPES, "Score of MediaPipe's blendshape {}, none to full"
        ),
    }
)
"""Columns that are written where they are asked for, after all others, by the field of `Reading`
that holds their values."""
COLUMN = {column.name: column for group in (COLUMNS, *OPTIONAL.values()) for column in group}
"""Every column, also those of `OPTIONAL`, by its name."""
Extras = tuple[str, ...]
"""Which of `OPTIONAL` are wanted, in its order."""


def optional_columns(extras: Extras) -> tuple[str, ...]:
    """The names of the optional columns that are wanted, in their order."""
    return tuple(column.name for name in extras for column in OPTIONAL[name])


def optional_values(reading: Reading, extras: Extras) -> tuple[float, ...]:
    """Their values, nan where they are not known."""
    return tuple(
        value for name in extras for value in getattr(reading, name) or (nan,) * len(OPTIONAL[name])
    )


NO_FACE = -1


def no_face(frame: int, timestamp: float, file: str = "") -> Reading:
    """The row of a frame in which no face was found."""
    return Reading(frame, timestamp, NO_FACE, file=file)

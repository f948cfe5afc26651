"""Segments to one row a participant, condition and window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any

import numpy as np

from .measures import MEASURES
from .words import Faces

Row = Mapping[str, Any]


def summarise(segments: Sequence[Row], faces: Faces) -> list[dict[str, Any]]:
    """The rows of `SUMMARY`: each measure is its mean over the segments used, every one counting
    alike; shares are those of all segments together.

    Several recordings of a participant in one condition go together, unless every face stands for
    itself (`all`): a number in one recording says nothing of the same number in another.
    """
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in segments:
        whose = (row["recording"], row["face_id"]) if faces == "all" else ("", -1)
        key = (row["participant"], row["condition"], row["window"], *whose)
        groups.setdefault(key, []).append(row)
    return [
        _together(rows, faces == "all")
        for _, rows in sorted(groups.items(), key=lambda each: each[0])
    ]


def _together(rows: Sequence[Row], alone: bool) -> dict[str, Any]:
    used = [row for row in rows if row["used"]]
    sessions = sorted({row["session"] for row in rows})
    first = rows[0]
    frames = sum(row["frames"] for row in rows)
    return {
        "participant": first["participant"],
        "session": "+".join(sessions),
        "condition": first["condition"],
        "face_id": first["face_id"] if alone else None,
        "window": first["window"],
        "recordings": len({row["recording"] for row in rows}),
        "segments": len(rows),
        "segments_used": len(used),
        "frames": frames,
        "n": sum(row["n"] for row in used),
        "share_recorded": _mean([row["share_recorded"] for row in rows]),
        **{
            name: sum(row[name] * row["frames"] for row in rows if row["frames"]) / frames
            if frames
            else nan
            for name in ("share_valid", "share_good")
        },
        "valence_between_sd": _sd([row["valence_mean"] for row in used]),
        "arousal_between_sd": _sd([row["arousal_mean"] for row in used]),
        **{column.name: _mean([row[column.name] for row in used]) for column in MEASURES},
        "recording": first["recording"] if alone else "",
        "face_name": first.get("face_name", "") if alone else "",
    }


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else nan


def _sd(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else nan

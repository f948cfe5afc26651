"""Folders of small sessions for the tests of studies: each is what its arrays say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from avce.app.analysis.reading import COLUMNS
from avce.app.session.rows import EVENTS_HEADER, event_line, table

Values = NDArray[Any]


def columns(times: Values, **given: Values | float) -> dict[str, Values]:
    """The columns of `frames.csv` at those times (s): one face, number 0, unless told otherwise."""
    n = len(times)
    fill: dict[str, Any] = {"frame": np.arange(n), "timestamp": times, "face_id": 0}
    fill |= {"success": True, "confidence": 0.9, "width": 80.0, "height": 80.0, **given}
    types = {"str": object}
    return {
        c.name: np.full(n, fill.get(c.name, "" if c.dtype == "str" else np.nan)).astype(
            types.get(c.dtype, c.dtype)
        )
        for c in COLUMNS
    }


def session(
    folder: Path,
    rows: Mapping[str, Values],
    events: Sequence[tuple[float, str]] = (),
    **about: Any,
) -> Path:
    """Write a session folder; `about` goes to its `session.json`."""
    folder.mkdir(parents=True)
    (folder / "frames.csv").write_bytes(table(dict(rows)))
    lines = b"".join(event_line(seconds, label) for seconds, label in events)
    (folder / "events.csv").write_bytes(EVENTS_HEADER + lines)
    info = {"format": 1, "status": "complete", "model": {"sha256": "ab"}, **about}
    (folder / "session.json").write_text(json.dumps(info), encoding="utf-8")
    return folder


def wandering(seed: int, seconds: float = 20.0, rate: float = 25.0) -> dict[str, Values]:
    """Irregular frames of one face that comes and goes, with quality and half-widths."""
    random = np.random.default_rng(seed)
    times = np.cumsum(random.uniform(0.5, 1.5, int(seconds * rate))) / rate
    times = times[(times < 6.0) | (times > 7.3)]
    n = len(times)
    found = random.random(n) > 0.15
    v = np.where(found, np.clip(np.cumsum(random.normal(0, 0.05, n)), -1, 1), np.nan)
    a = np.where(found, np.clip(np.cumsum(random.normal(0, 0.05, n)), -1, 1), np.nan)
    return columns(
        times,
        success=found,
        face_id=np.where(found, 0, -1),
        valence=v,
        arousal=a,
        valence_halfwidth=np.where(found, random.uniform(0.1, 0.3, n), np.nan),
        arousal_halfwidth=np.where(found, random.uniform(0.1, 0.3, n), np.nan),
        quality=np.where(found, random.random(n), np.nan),
    )

"""A session for the tests of exports, whose curve is a straight line."""

from __future__ import annotations

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

from avce.app.analysis.analyser import Analysis
from avce.app.analysis.baseline import Baseline
from avce.app.analysis.reading import Reading, no_face
from avce.app.session.writer import SessionWriter
from avce.app.settings import RecordingOptions
from avce.app.sources.base import Frame

from ..stand_ins import ModelInfo, SourceInfo

IMAGE = np.zeros((6, 8, 3), np.uint8)


def valence(t: float) -> float:
    """A straight line, which linear interpolation must give back at any rate."""
    return 0.1 * t - 0.4


def session_of(
    folder: Path, *, rate: float | None = 10.0, start: float = 2.0, **recording: Any
) -> Path:
    """3 s at 10 Hz from `start`: face 0 always but 1-2 s, face 1 in the last second alone."""
    writer = SessionWriter(
        RecordingOptions(folder, **recording),
        source=SourceInfo("video", "clip.mp4", rate=rate),
        model=ModelInfo(Path("net.onnx"), "ab", "cpu"),
        baselines=lambda: {0: Baseline(0.1, 0.2, 0.02, 0.01, start, start + 1, 10)},
    )
    for i in range(31):
        t = i / 10
        at = start + t
        v = valence(t)
        rows = []
        if not 1.0 < t < 2.0:
            rows.append(Reading(i, at, 0, 0.9, True, 0, 0, 5, 5, v, -v, v, -v, v, -v))
        if t >= 2.0:
            rows.append(Reading(i, at, 1, 0.8, True, 0, 0, 5, 5, 0.5, 0.5, 0.5, 0.5))
        found = tuple(rows) or (no_face(i, at),)
        writer.write(Analysis(Frame(i, at, IMAGE, 0.0), found))
    writer.event("a\tb\nc", start + 0.5)
    writer.close()
    return writer.path


def at_times(
    folder: Path, times: list[float], *, faces: int = 1, rate: float | None = None
) -> Path:
    """A session with these faces in frames at these times."""
    writer = SessionWriter(
        RecordingOptions(folder),
        source=SourceInfo("video", "clip.webm", rate=rate),
        model=ModelInfo(Path("net.onnx"), "ab", "cpu"),
    )
    for i, at in enumerate(times):
        rows = tuple(
            Reading(i, at, face, 0.9, True, 0, 0, 5, 5, 0.1, 0.1, 0.1, 0.1) for face in range(faces)
        )
        writer.write(Analysis(Frame(i, at, IMAGE, 0.0), rows))
    writer.close()
    return writer.path


def columns(path: Path) -> dict[str, list[str]]:
    """The cells of a recording by the names in its sidecar."""
    names = sidecar(path)["Columns"]
    text = gzip.decompress(path.read_bytes()).decode()
    rows = list(csv.reader(text.splitlines(), delimiter="\t"))
    assert all(len(row) == len(names) for row in rows)
    return {name: [row[i] for row in rows] for i, name in enumerate(names)}


def sidecar(path: Path) -> dict[str, Any]:
    """What a recording's sidecar says."""
    return json.loads(path.with_name(path.name.replace(".tsv.gz", ".json")).read_text("utf-8"))


def recordings(root: Path) -> list[Path]:
    """The recordings of a data set."""
    return sorted(root.rglob("*_physio.tsv.gz"))

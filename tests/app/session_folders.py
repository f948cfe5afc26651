"""Small sessions for the tests of sessions."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np

from avce.app.analysis.analyser import Analysis
from avce.app.analysis.reading import Reading, no_face
from avce.app.session.writer import SessionWriter
from avce.app.settings import RecordingOptions
from avce.app.sources.base import Frame

from .stand_ins import ModelInfo, SourceInfo

NOON = datetime(2026, 3, 4, 12, 0, 5, tzinfo=timezone(timedelta(hours=1)))
MODEL = ModelInfo(Path("somewhere") / "net.onnx", "ab" * 32, "cpu")
CLIP = SourceInfo("video", "clip.mp4", size=(8, 6), rate=30.0, duration=1.0)


def writer(folder: Path, **options: Any) -> SessionWriter:
    facts = {"source": CLIP, "model": MODEL, "clock": lambda: NOON} | options
    names = {field.name for field in fields(RecordingOptions)}
    recording = {name: facts.pop(name) for name in names & set(facts)}
    return SessionWriter(RecordingOptions(folder, **recording), **facts)


def analysis(index: int, *readings: Reading, seconds: float | None = None) -> Analysis:
    at = index / 30 if seconds is None else seconds
    frame = Frame(index, at, np.zeros((6, 8, 3), np.uint8), captured=0.0)
    return Analysis(frame, readings or (no_face(index, at),))


def face(index: int, face_id: int = 0, valence: float = 0.25) -> Reading:
    v = float(np.float32(valence))
    return Reading(index, index / 30, face_id, 0.5, True, 1.5, -2.0, 3.0, 3.0, v, -v, v, -v)

"""Everything that is known of the run, as one page."""

from __future__ import annotations

import math
from pathlib import Path

from ....model.anchors import EMOTIONS
from ....model.version import __version__
from ...analysis.pipeline import Statistics
from ..qt.help_pages import table
from ..qt.theme import Theme
from ..widgets.camera_view import CameraView
from ..widgets.time_axis import clock
from .ports import Running

Rows = list[tuple[str, str]]


def page(
    theme: Theme,
    running: Running | None,
    statistics: Statistics | None,
    view: CameraView,
    *,
    plot_delay: tuple[float, float],
    folder: Path,
    markers: int,
) -> str:
    """Source, model, speed and session.

    Args:
        plot_delay: median and 95th percentile from capture to plot, in seconds.
        folder: where new sessions go.
        markers: how many were set.
    """
    parts = []
    for heading, rows in (
        ("Source", _source(running, view)),
        ("Model", _model(running)),
        ("Face", _face(view)),
        ("Speed", _speed(statistics, plot_delay, view.frames_painted)),
        ("Session", _session(running, folder, markers)),
    ):
        parts.append(f"<p style='margin-bottom:2px'><b>{heading}</b></p>{table(rows, theme)}")
    return "".join(parts)


def _source(running: Running | None, view: CameraView) -> Rows:
    if running is None:
        return [("state", view.state or "nothing is open")]
    source = running.source
    rows = [("name", source.name), ("kind", source.kind), ("state", view.state)]
    frame = view.frame
    if frame is not None:
        height, width = frame.rgb.shape[:2]
        number = f"number {frame.index}, " if frame.counted else ""
        rows.append(("frame", f"{number}{width} x {height} pixels"))
    if source.duration:
        rows.append(("duration", clock(source.duration)))
    return rows


def _model(running: Running | None) -> Rows:
    if running is None:
        return []
    model = running.model()
    if model is None:
        return [("name", "loading"), ("runs on", "–")]
    return [("name", model.name), ("runs on", model.provider)]


def _face(view: CameraView) -> Rows:
    """How a crowd's votes for the first face would be shared, where the model says that."""
    face = min(view.faces, key=lambda each: each.face_id, default=None)
    if face is None:
        return [("votes", "no face")]
    if not face.emotions:
        return [("votes", "not given by this model")]
    shares = sorted(zip(EMOTIONS, face.emotions, strict=True), key=lambda pair: -pair[1])
    words = ", ".join(f"{name} {share:.0%}".replace("%", " %") for name, share in shares)
    return [(f"expected votes, face {face.face_id}", words)]


def _speed(now: Statistics | None, plot_delay: tuple[float, float], painted: int) -> Rows:
    if now is None:
        return [("", "nothing measured yet")]
    return [
        ("video", f"{now.video_rate:.1f} fps"),
        ("analysis", f"{now.analysis_rate:.1f} fps"),
        ("capture to reading", _delay(now.latency_median, now.latency_p95)),
        ("capture to plot", _delay(*plot_delay)),
        ("frames seen", str(now.frames_seen)),
        ("frames dropped", str(now.frames_dropped)),
        ("frames without a face", str(now.frames_without_face)),
        ("frames painted", str(painted)),
    ]


def _delay(median: float, late: float) -> str:
    """Two delays in seconds as words."""
    if math.isnan(median):
        return "not known yet"
    return f"{median * 1000:.0f} ms, 95 % below {late * 1000:.0f} ms"


def _session(running: Running | None, folder: Path, markers: int) -> Rows:
    path = running.recorder.path if running is not None else None
    return [
        ("recording to", str(path) if path is not None else "not recording"),
        ("session folder", str(folder)),
        ("markers", str(markers)),
        ("app version", __version__),
    ]

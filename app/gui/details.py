"""Everything that is known of the run, as one page."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ...model.version import __version__
from .time_axis import clock
from .words import table

if TYPE_CHECKING:
    from .main_window import Window


def page(window: Window) -> str:
    """Source, network, speed and session."""
    parts = []
    for heading, rows in (
        ("Source", _source(window)),
        ("Network", _network(window)),
        ("Speed", _speed(window)),
        ("Session", _session(window)),
    ):
        body = table(rows, window.theme)
        parts.append(f"<p style='margin-bottom:2px'><b>{heading}</b></p>{body}")
    return "".join(parts)


def _source(window: Window) -> list[tuple[str, str]]:
    if window.running is None:
        return [("state", window.view.state or "nothing is open")]
    source = window.running.source
    rows = [("name", source.name), ("kind", source.kind), ("state", window.view.state)]
    frame = window.view.frame
    if frame is not None:
        height, width = frame.rgb.shape[:2]
        rows.append(("picture", f"{width} x {height}, frame {frame.index}"))
    if source.duration:
        rows.append(("length", clock(source.duration)))
    return rows


def _network(window: Window) -> list[tuple[str, str]]:
    if window.running is None:
        return []
    name, provider = window.running.network()
    return [("name", name or "being loaded"), ("runs on", provider or "-")]


def _speed(window: Window) -> list[tuple[str, str]]:
    now = window.statistics
    if now is None:
        return [("", "nothing measured yet")]
    return [
        ("pictures", f"{now.picture_rate:.1f} a second"),
        ("readings", f"{now.network_rate:.1f} a second"),
        ("capture to reading", _delay(now.latency_median, now.latency_p95)),
        ("capture to plot", _delay(*window.delay.seconds())),
        ("pictures seen", str(now.frames_seen)),
        ("skipped for newer ones", str(now.frames_dropped)),
        ("without a face", str(now.frames_without_face)),
        ("pictures painted", str(window.view.frames_painted)),
    ]


def _delay(median: float, late: float) -> str:
    """Two delays in seconds as words."""
    if math.isnan(median):
        return "not known yet"
    return f"{median * 1000:.0f} ms, 95 % below {late * 1000:.0f} ms"


def _session(window: Window) -> list[tuple[str, str]]:
    path = window.running.recorder.path if window.running is not None else None
    return [
        ("recording to", str(path) if path is not None else "nothing is recorded"),
        ("new sessions go to", str(window.recording.folder)),
        ("markers", str(len(window.timeline.plot.markers))),
        ("app", __version__),
    ]

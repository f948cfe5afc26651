"""Opens the window: what `avce-live run` calls."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from ...model.predictor import Predictor
from ..pipeline import Sink
from ..settings import RunSettings
from ..sources import open_source
from ..sources.base import Source
from . import commands, theme
from .app_backend import AppBackend
from .backend import Backend, Request
from .garbage import Collector
from .icons import application_icon
from .main_window import Window
from .open_review import show_review
from .preferences import Preferences


def forget_other_qt() -> None:
    """Undo what OpenCV's wheel does when it is imported: point Qt to the plugins that it brings.

    They belong to another Qt, and with them the window does not open.
    """
    for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if "cv2" in Path(os.environ.get(name, "")).parts:
            del os.environ[name]


def application() -> QApplication:
    """The one Qt application, made when there is none yet."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    forget_other_qt()
    made = QApplication(sys.argv[:1])
    made.setApplicationName("avce-live")
    made.setApplicationDisplayName("AVCE live")
    made.setDesktopFileName("avce-live")
    made.setWindowIcon(application_icon())
    # Python sees Ctrl+C only between two steps of its own: give it some.
    signal.signal(signal.SIGINT, lambda *_: made.closeAllWindows())
    heartbeat = QTimer(made)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start(250)
    return made


def _execute(app: QApplication) -> int:
    collector = Collector(app)
    try:
        return app.exec()
    finally:
        collector.stop()


def request_for(settings: RunSettings, preferences: Preferences) -> Request:
    """What to run first: the settings, and where they say nothing what was chosen last time."""
    remembered = Path(preferences.text("model")) if preferences.text("model") else None
    if remembered is not None and not remembered.is_file():
        remembered = None
    faces = settings.max_faces if settings.max_faces > 1 else round(preferences.number("max_faces"))
    return Request(
        source=settings.source,
        model=settings.model or remembered,
        provider=settings.provider,
        max_faces=max(faces, 1),
        loop=settings.loop,
        record=settings.record,
        record_video=settings.record_video,
        lossless=settings.lossless,
    )


def prepare(settings: RunSettings) -> Source:
    """The opened source of a run. Raises `InputError` for wrong use, before a window opens."""
    if settings.model is not None:
        Predictor(settings.model, provider=settings.provider)
    source = open_source(settings.source, loop=settings.loop)
    source.open()
    return source


def run_window(
    settings: RunSettings,
    *,
    sinks: Callable[[Source], Sequence[Sink]] = lambda source: (),
    backend: Backend | None = None,
    preferences: Preferences | None = None,
) -> int:
    """Show the window until it is closed; its exit status.

    Args:
        settings: what to run.
        sinks: made for each source, given every analysis.
        backend, preferences: stand-ins for tests.

    Raises `InputError` for a source or a network that cannot be had.
    """
    if backend is None:
        backend = AppBackend(sinks=sinks, duration=settings.duration, first=prepare(settings))
    app = application()
    chosen = preferences or Preferences()
    window = Window(backend, request_for(settings, chosen), chosen)
    window.close_at_end = settings.duration is not None
    window.show()
    window.start()
    if not chosen.flag("first_run_done") and settings.duration is None:
        commands.show_meaning(window, first=True)
    return _execute(app)


def run_review(path: Path, *, preferences: Preferences | None = None) -> int:
    """Review a session folder until its window is closed; the exit status.

    Raises `InputError` for a folder that is no session.
    """
    app = application()
    colours = theme.resolve((preferences or Preferences()).text("theme"))
    theme.apply(colours)
    windows = [show_review(path, colours)]
    windows[0].opened.connect(lambda data: windows.append(show_review(data.path, colours)))
    return _execute(app)

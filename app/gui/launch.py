"""Opens the window: what `avce-live run` calls."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from ...model.errors import InputError
from ...model.predictor import Predictor
from ...model.system.signals import ending_signals
from ..lsl.streams import LslStreams
from ..rating.subject import Subject
from ..settings import RunSettings
from ..sources import open_source
from ..sources.base import Source
from .live.live_backend import LiveBackend
from .live.main_window import MainWindow
from .live.ports import Backend
from .qt import theme
from .qt.garbage import Collector
from .qt.preferences import Preferences
from .qt.window import application_icon
from .rate.rater_form import ORDERS, begin_sitting
from .rate.rates import Rates
from .review.reviews import Reviews
from .study.study_dialog import StudyDialog


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
    for number in ending_signals():
        signal.signal(number, lambda *_: close_all(made))
    heartbeat = QTimer(made)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start(250)
    return made


def close_all(app: QApplication) -> None:
    """Close every window without a question, for a signal; a session being written is kept."""
    for window in app.topLevelWidgets():
        if isinstance(window, MainWindow):
            window.close_now()
        else:
            window.close()


def _execute(app: QApplication) -> int:
    collector = Collector(app)
    try:
        return app.exec()
    finally:
        collector.stop()


def with_remembered(settings: RunSettings, preferences: Preferences) -> RunSettings:
    """The settings, and where they say nothing what was chosen last time."""
    remembered = Path(preferences.text("model")) if preferences.text("model") else None
    if remembered is not None and not remembered.is_file():
        remembered = None
    faces = settings.faces
    if faces is None:
        faces = max(round(preferences.number("max_faces")), 1)
    return replace(settings, model=settings.model or remembered, faces=faces)


def prepare(settings: RunSettings) -> Source:
    """The opened source of a run. Raises `InputError` for wrong use, before a window opens."""
    if settings.model is not None:
        Predictor(settings.model, provider=settings.provider)
    source = open_source(settings.source, loop=settings.loop)
    source.open()
    return source


def what_starts(settings: RunSettings, source: Source | None) -> str:
    """What begins when the first page is closed, in a sentence."""
    if source is None or source.kind != "demo":
        name = "the source" if source is None else source.name
        return f"Closing this page starts {name}."
    missing = "No camera was found. " if settings.source == "auto" else ""
    return f"{missing}Closing this page starts the demo clip, whose face is synthetic."


def join_reviews(window: MainWindow) -> Reviews:
    """The reviews that a live window asks for: in its theme, and closed with it."""
    reviews = Reviews(window.theme, window, preferences=window.preferences)
    rates = join_rates(reviews, window.theme)
    window.theme_changed.connect(rates.set_theme)
    rates.theme_chosen.connect(window.choose_theme)
    window.closed.connect(rates.close)
    window.review_wanted.connect(reviews.open)
    window.theme_changed.connect(reviews.set_theme)
    window.closed.connect(reviews.close)
    reviews.theme_chosen.connect(window.choose_theme)
    reviews.refused.connect(window.toast.say)
    window.study_wanted.connect(lambda folder: open_study(folder, window))
    return reviews


def open_study(folder: Path, window: QWidget | None = None) -> StudyDialog:
    """The window of a study, beginning with a folder if it is there."""
    dialog = StudyDialog(folder if folder.is_dir() else None, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.show()
    return dialog


def join_rates(reviews: Reviews, colours: theme.Theme) -> Rates:
    """The rating windows that reviews ask for."""
    rates = Rates(colours, reviews)
    reviews.rate_wanted.connect(rates.ask)
    reviews.theme_chosen.connect(lambda name: rates.set_theme(theme.resolve(name)))
    rates.refused.connect(reviews.say)
    rates.rated.connect(reviews.ratings_changed)
    return rates


def run_window(
    settings: RunSettings,
    *,
    backend: Backend | None = None,
    preferences: Preferences | None = None,
) -> int:
    """Show the window until it is closed; its exit status.

    Args:
        settings: what to run.
        backend, preferences: stand-ins for tests.

    Raises `InputError` for a source or a model that cannot be had.
    """
    streams = LslStreams(sending=settings.lsl, receiving=settings.lsl_markers)
    first: Source | None = None
    if backend is None:
        first = prepare(settings)
        backend = LiveBackend(
            sinks=lambda source, extras: [streams.attach(source, extras)],
            first=first,
            streams=streams.sent,
        )
    app = application()
    chosen = preferences or Preferences()
    window = MainWindow(backend, with_remembered(settings, chosen), chosen, streams)
    join_reviews(window)
    window.close_at_end = settings.duration is not None
    window.show()
    if chosen.flag("first_run_done") or settings.duration is not None:
        window.start()
    else:
        window.pages.welcome(what_starts(settings, first), window.start)
    return _execute(app)


def run_review(path: Path, *, preferences: Preferences | None = None) -> int:
    """Review a session folder until its window is closed; the exit status.

    Raises `InputError` for a folder that is no session.
    """
    app = application()
    colours = theme.resolve((preferences or Preferences()).text("theme"))
    theme.apply(colours)
    reviews = Reviews(colours, app, preferences=preferences)
    join_rates(reviews, colours)
    reviews.show(path)
    return _execute(app)


def run_study_window(folder: Path, *, preferences: Preferences | None = None) -> int:
    """Show the window of a study until it is closed; the exit status.

    Raises `InputError` where there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}: name the folder that holds the sessions.")
    app = application()
    theme.apply(theme.resolve((preferences or Preferences()).text("theme")))
    open_study(folder)
    return _execute(app)


def run_rating(
    subject: Subject,
    *,
    rater: str = "",
    order: str = "both",
    preferences: Preferences | None = None,
) -> int:
    """Rate a recording until its window is closed, and print where the ratings are; the exit
    status.

    Args:
        subject: what is rated.
        rater: who rates; asked for where that is "", or has rated it before.
        order: a name of `ORDERS`.
        preferences: stand-in for tests.

    Raises `InputError` for what is not a valid rater label.
    """
    fresh = rater and subject.next_pass(rater) == 1
    sitting = begin_sitting(subject, rater, ORDERS[order][1]) if fresh else None
    app = application()
    colours = theme.resolve((preferences or Preferences()).text("theme"))
    theme.apply(colours)
    rates = Rates(colours, app)
    if sitting is not None:
        rates.show(sitting)
    else:
        rates.ask_about(subject, rater=rater, order=order)
    status = _execute(app)
    for each in rates.sittings:
        print(subject.words(each.label))
    if not rates.sittings:
        print(f"nothing of {subject.name} was rated")
    return status

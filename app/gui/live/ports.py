"""What the window needs from the rest of the app, so that tests can put fakes in its place."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ....model.anchors import DEFAULT, RULES, AnchorRule
from ....model.errors import AvceError
from ...analysis.analyser import Analysis
from ...analysis.baseline import Baseline
from ...analysis.pipeline import Statistics
from ...session.written import Written
from ...settings import RecordingOptions, RunSettings
from ...sources.base import Frame, SourceFacts
from ..qt.background_task import BackgroundTask


@dataclass(frozen=True, slots=True)
class Card:
    """What a network's file says of itself, ready to be shown.

    Attributes:
        facts: (name, value).
        columns: names of the figures.
        metrics: (axis, figures), one figure a column.
        page: the card's full text as Markdown, "" when there is none.
        problem: why the file cannot be used, in one sentence; "" when it can.
    """

    facts: tuple[tuple[str, str], ...] = ()
    columns: tuple[str, ...] = ()
    metrics: tuple[tuple[str, tuple[str, ...]], ...] = ()
    page: str = ""
    problem: str = ""


class Engine(Protocol):
    """What the window asks of a pipeline."""

    @property
    def state(self) -> str: ...
    @property
    def error(self) -> Exception | None: ...
    def start(self) -> None: ...
    def stop(self, timeout: float = ...) -> bool: ...
    def newest_frame(self) -> Frame | None: ...
    def drain(self) -> list[Analysis]: ...
    def reports(self) -> list[str]: ...
    def statistics(self) -> Statistics: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def step(self) -> None: ...
    def seek(self, seconds: float) -> None: ...


class Neutral(Protocol):
    """What the window asks of an analyser."""

    def start_baseline(self, face_id: int, seconds: float = ...) -> None: ...
    def clear_baseline(self, face_id: int) -> None: ...
    def baseline(self, face_id: int) -> Baseline | None: ...
    def baselines(self) -> dict[int, Baseline]: ...
    def baseline_progress(self, face_id: int) -> float | None: ...


class Writer(Protocol):
    """What the window asks of a session writer."""

    @property
    def path(self) -> Path: ...
    @property
    def written(self) -> Written: ...
    def write(self, analysis: Analysis) -> None: ...
    def event(self, label: str, timestamp: float) -> None: ...
    def close(self, *, complete: bool = True) -> None: ...


class Recorder:
    """Hands every analysis to a session writer while there is one. Safe from any thread.

    It is a sink of the pipeline, so that nothing is lost while the window is busy, and so that the
    session ends with the pipeline: as incomplete where that failed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writer: Writer | None = None
        self._last_word: Callable[[], None] = lambda: None
        self._afterwards: Callable[[Path], BackgroundTask[Path] | None] = lambda path: None
        self.error: Exception | None = None
        self._latest: Writer | None = None
        self.summary: BackgroundTask[Path] | None = None

    @property
    def path(self) -> Path | None:
        """The session folder being written, or None."""
        writer = self._writer
        return None if writer is None else writer.path

    @property
    def written(self) -> Written:
        """What the session holds so far, or the last one did."""
        return Written() if self._latest is None else self._latest.written

    def begin(
        self,
        writer: Writer,
        last_word: Callable[[], None] = lambda: None,
        afterwards: Callable[[Path], BackgroundTask[Path] | None] = lambda path: None,
    ) -> None:
        """Write to a session from now on.

        `last_word` is called before it is closed, `afterwards` gets the finished folder and may
        draw its summary, which is then in `summary`.
        """
        self.end()
        with self._lock:
            self.error, self._latest = None, writer
            self._writer, self._last_word, self._afterwards = writer, last_word, afterwards

    def refresh(self) -> None:
        """Bring what the session says of itself up to date."""
        with self._lock:
            if self._writer is not None:
                self._last_word()

    def write(self, analysis: Analysis) -> None:
        """Called by the pipeline. A full disk ends the recording, not the app."""
        with self._lock:
            self._put(lambda writer: writer.write(analysis))

    def event(self, label: str, timestamp: float) -> None:
        """Write a marker, if anything is being recorded."""
        with self._lock:
            self._put(lambda writer: writer.event(label, timestamp))

    def _put(self, into: Callable[[Writer], None]) -> None:
        if self._writer is None:
            return
        try:
            into(self._writer)
        except OSError as error:
            self.error = error
            self._writer = None

    def end(self, *, complete: bool = True) -> Path | None:
        """Finish the session; its folder, or None if there was none."""
        with self._lock:
            writer, self._writer = self._writer, None
            if writer is None:
                return None
            try:
                self._last_word()
                writer.close(complete=complete)
            except OSError as error:
                self.error = error
                writer.close(complete=False)
            self.summary = self._afterwards(writer.path)
            return writer.path

    def close(self, *, complete: bool = True) -> None:
        """Called by the pipeline at its end."""
        path = self.end(complete=complete)
        if path is not None and not complete:
            self.error = AvceError(f"the run failed. {path.name} is kept, marked as interrupted.")


@dataclass(frozen=True, slots=True)
class ModelInUse:
    """The model that reads the frames: its name, where it runs, where its labels put emotions."""

    name: str
    provider: str
    anchors: AnchorRule = RULES[DEFAULT]


@dataclass(slots=True)
class Running:
    """One opened source with its pipeline and recorder.

    `analyser` gives the analyser once its thread has made it, `model` what it uses.
    """

    settings: RunSettings
    source: SourceFacts
    pipeline: Engine
    recorder: Recorder
    analyser: Callable[[], Neutral | None]
    model: Callable[[], ModelInUse | None]


class Backend(Protocol):
    """The way from the window to sources, pipelines, sessions and networks."""

    def open(self, settings: RunSettings) -> Running:
        """Make a pipeline, not started yet. Raises `AvceError` when the source cannot be had."""
        ...

    def cameras(self) -> Sequence[tuple[int, str]]:
        """Cameras as (number, name)."""
        ...

    def models(self) -> Sequence[Path]:
        """The networks that come with the app."""
        ...

    def card(self, path: Path) -> Card:
        """A network's card; never raises, a file that is none says so in `problem`."""
        ...

    def doctor(self) -> Sequence[tuple[str, str]]:
        """What was found on this computer, as (name, finding)."""
        ...

    def record(self, running: Running, recording: RecordingOptions) -> Path:
        """Start a session and hand it to the recorder; its folder."""
        ...

"""The real way from the window to cameras, files, networks and session folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ....model.errors import AvceError, InputError
from ....model.metrics import METRICS
from ....model.predictor import ModelCard, Predictor
from ....weights import available_weights, card_path
from ...analysis.analyser import Analyser
from ...analysis.pipeline import Pipeline, Sink
from ...analysis.reading import Extras
from ...doctor import Check, diagnose
from ...opening import open_analyser
from ...session.writer import Streams, open_session
from ...settings import RecordingOptions, RunSettings
from ...sources import list_cameras, open_source
from ...sources.base import Source
from ..qt.background_task import BackgroundTask
from .ports import Card, ModelInUse, Recorder, Running


class LiveBackend:
    """Opens what the user chooses.

    Args:
        sinks: made anew for each source, with the optional columns that it gives, and given every
            analysis, for example a stream to LSL.
        first: the first source, made and opened already.
        streams: by what the readings are sent right now, for `session.json`.
    """

    def __init__(
        self,
        *,
        sinks: Callable[[Source, Extras], Sequence[Sink]] = lambda source, extras: (),
        first: Source | None = None,
        streams: Streams = tuple,
    ) -> None:
        self._sinks = sinks
        self._streams = streams
        self._first = first

    def open(self, settings: RunSettings) -> Running:
        """A pipeline for a source, not started yet."""
        source, self._first = self._first, None
        if source is None:
            source = open_source(settings.source, loop=settings.loop)
        recorder = Recorder()

        def make_analyser() -> Analyser:
            analyser = open_analyser(settings, source)
            if settings.recording.folder is not None:
                # Before the first frame, so that none is missing.
                try:
                    self._begin(running, analyser, settings.recording)
                except BaseException:
                    analyser.close()
                    raise
            return analyser

        pipeline = Pipeline(
            source,
            make_analyser,
            sinks=(recorder, *self._sinks(source, settings.extras)),
            duration=settings.duration,
            give_up_after=settings.give_up_after,
        )

        def model() -> ModelInUse | None:
            analyser = pipeline.analyser
            if analyser is None or not isinstance(analyser.predictor, Predictor):
                return None
            used = analyser.predictor
            return ModelInUse(used.path.stem, used.provider, used.anchors)

        running = Running(settings, source, pipeline, recorder, lambda: pipeline.analyser, model)
        return running

    def cameras(self) -> Sequence[tuple[int, str]]:
        """Cameras as (number, name); the number is added where two have the same name."""
        found = list_cameras()
        names = [camera.name for camera in found]
        return [
            (
                camera.number,
                camera.name
                if names.count(camera.name) == 1
                else f"{camera.name} ({camera.number})",
            )
            for camera in found
        ]

    def models(self) -> Sequence[Path]:
        """The networks that come with the app."""
        return available_weights()

    def card(self, path: Path) -> Card:
        """A network's card, from the file itself and from the page beside it."""
        try:
            predictor = Predictor(path, provider="cpu", threads=1)
        except (AvceError, OSError) as error:
            return Card(problem=str(error))
        page = card_path(path)
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        facts = (*_facts(predictor.card), ("SHA-256", predictor.sha256[:16] + "…"))
        return Card(
            facts, tuple(metric.title for metric in METRICS), _metrics(predictor.card), text
        )

    def doctor(self) -> Sequence[tuple[str, str]]:
        """What was found on this computer; takes some seconds."""

        def said(check: Check) -> str:
            found = check.detail
            return f"{found.rstrip('.')}. {check.advice}" if check.advice else found

        return [(check.name, said(check)) for check in diagnose()]

    def record(self, running: Running, recording: RecordingOptions) -> Path:
        """Start a session; its folder."""
        analyser = running.analyser()
        if not isinstance(analyser, Analyser):
            raise InputError("the model is still being loaded, try again in a moment.")
        return self._begin(running, analyser, recording)

    def _begin(self, running: Running, analyser: Analyser, recording: RecordingOptions) -> Path:
        return _begin(running, analyser, recording, self._streams)


def _begin(
    running: Running, analyser: Analyser, recording: RecordingOptions, streams: Streams
) -> Path:
    pipeline = running.pipeline
    settings = replace(running.settings, recording=recording)
    # What is shown as it is played cannot wait for frames that come much later.
    writer = open_session(settings, running.source, analyser, streams, followed_back=False)
    before = pipeline.statistics().frames_dropped

    def last_word() -> None:
        dropped = pipeline.statistics().frames_dropped - before
        writer.update({"frames_dropped": dropped})

    def draw(session: Path) -> BackgroundTask[Path]:
        def work(_: BackgroundTask[Path]) -> Path:
            from ...session.summary import write_summary

            return write_summary(session, estimator=analyser.predictor)

        return BackgroundTask("summary", work)

    running.recorder.begin(writer, last_word, draw)
    return writer.path


def _facts(card: ModelCard) -> tuple[tuple[str, str], ...]:
    return (
        ("backbone", card.backbone),
        ("method", card.method),
        ("trained on", card.trained_on),
        ("version", card.version),
    )


def _metrics(card: ModelCard) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The card's figures, empty where it has none in the form that `avce-train evaluate` writes."""
    rows = []
    for axis in ("valence", "arousal"):
        figures = card.metrics.get(axis)
        if not isinstance(figures, dict):
            return ()
        cells = []
        for metric in METRICS:
            value = figures.get(metric.name)
            cells.append(f"{value:.3f}" if isinstance(value, (int, float)) else "–")
        rows.append((axis, tuple(cells)))
    return tuple(rows)

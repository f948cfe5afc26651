"""The real way from the window to cameras, files, networks and session folders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from ...model.errors import AvceError, InputError
from ...model.predictor import ModelCard, Predictor
from ...weights import available_weights, card_path
from ..analysis import Analyser, open_analyser
from ..doctor import Check, diagnose
from ..pipeline import Pipeline, Sink
from ..session import SessionWriter
from ..sources import list_cameras, open_source
from ..sources.base import Source
from ..summary import write_summary
from .backend import Card, Recorder, Request, Running
from .errand import Errand

_FIGURES = (("ccc", "CCC"), ("pcc", "PCC"), ("rmse", "RMSE"), ("sagr", "SAGR"))


class AppBackend:
    """Opens what the user chooses.

    Args:
        sinks: made anew for each source and given every analysis, for example a stream to LSL.
        duration: end after this many seconds of the source's time.
        first: what the first request names, made and opened already.
    """

    def __init__(
        self,
        *,
        sinks: Callable[[Source], Sequence[Sink]] = lambda source: (),
        duration: float | None = None,
        first: Source | None = None,
    ) -> None:
        self._sinks = sinks
        self._duration = duration
        self._first = first

    def open(self, request: Request) -> Running:
        """A pipeline for a source, not started yet."""
        source, self._first = self._first, None
        if source is None:
            source = open_source(request.source, loop=request.loop)
        recorder = Recorder()

        def make_analyser() -> Analyser:
            analyser = open_analyser(
                request.model,
                provider=request.provider,
                max_faces=request.max_faces,
                video=source.kind != "images",
            )
            if request.record is not None:
                # Before the first frame, so that none is missing.
                _begin(
                    running,
                    analyser,
                    request.record,
                    video=request.record_video,
                    lossless=request.lossless,
                )
            return analyser

        pipeline = Pipeline(
            source,
            make_analyser,
            sinks=(recorder, *self._sinks(source)),
            duration=self._duration,
        )

        def network() -> tuple[str, str]:
            analyser = pipeline.analyser
            if analyser is None or not isinstance(analyser.predictor, Predictor):
                return "", ""
            return analyser.predictor.path.stem, analyser.predictor.provider

        running = Running(request, source, pipeline, recorder, lambda: pipeline.analyser, network)
        return running

    def cameras(self) -> Sequence[tuple[str, str]]:
        """Cameras as (source, name); their number is added where two have the same name."""
        found = list_cameras()
        names = [camera.name for camera in found]
        return [
            (
                str(camera.number),
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
        return Card(facts, tuple(name for _, name in _FIGURES), _metrics(predictor.card), text)

    def doctor(self) -> Sequence[tuple[str, str]]:
        """What was found on this computer; takes some seconds."""

        def said(check: Check) -> str:
            found = check.detail
            return f"{found.rstrip('.')}. {check.advice}" if check.advice else found

        return [(check.name, said(check)) for check in diagnose()]

    def record(
        self, running: Running, folder: Path, *, video: bool, lossless: bool = False, note: str
    ) -> Path:
        """Start a session folder inside `folder`."""
        analyser = running.analyser()
        if not isinstance(analyser, Analyser):
            raise InputError("the network is still being loaded, try again in a moment.")
        return _begin(running, analyser, folder, video=video, lossless=lossless, note=note)


def _begin(
    running: Running,
    analyser: Analyser,
    folder: Path,
    *,
    video: bool,
    lossless: bool = False,
    note: str = "",
) -> Path:
    source, pipeline = running.source, running.pipeline
    if not isinstance(analyser.predictor, Predictor):
        raise InputError("there is no network whose name could be stored.")
    writer = SessionWriter(
        folder,
        source=source,
        model=analyser.predictor,
        max_faces=running.request.max_faces,
        smoothing=analyser.smoothing,
        record_video=video,
        lossless=lossless,
        # Pictures can be replayed only from where the face finder began.
        first_run=analyser.restart() if video else None,
        note=note,
        file=Path(source.location) if source.kind == "video" and source.location else None,
    )
    before = pipeline.statistics().frames_dropped

    def last_word() -> None:
        dropped = pipeline.statistics().frames_dropped - before
        writer.update({"frames_dropped": dropped}, analyser.baselines())

    def draw(session: Path) -> Errand[Path]:
        return Errand("summary", lambda _: write_summary(session, estimator=analyser.predictor))

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
        for key, _ in _FIGURES:
            value = figures.get(key)
            cells.append(f"{value:.3f}" if isinstance(value, (int, float)) else "–")
        rows.append((axis, tuple(cells)))
    return tuple(rows)

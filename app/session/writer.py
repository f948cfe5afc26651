"""Session folders, written: rows as they come, so that a killed program loses none of them.

`YYYYMMDD-HHMMSS[_sub-P01][_ses-1]_<source>/` holds `frames.csv`, `events.csv`, `session.json` and,
only when asked for, `video.mp4` or `video.mkv`. Reading them back is in `reader.py`.
"""

from __future__ import annotations

import errno
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from ...model.anchors import AnchorRule
from ...model.errors import InputError, storage_error
from ...model.face.face import CROP_SIZE, MARGIN
from ...model.version import __version__
from ..analysis.analyser import Analyser, Analysis
from ..analysis.baseline import Baseline
from ..analysis.reading import Extras
from ..analysis.smoothing import OneEuroConfig
from ..settings import ABOUT, RecordingOptions, RunSettings
from ..sources.base import SourceFacts
from .folder import (
    append_lines,
    as_json,
    file_facts,
    make_folder,
    padded,
    public_name,
    replace_padded,
    software,
)
from .gaps import GapWatch
from .reader import EVENTS, FORMAT, FRAMES, INFO
from .recording_lock import RecordingLock
from .rows import EVENTS_HEADER, encoded, event_line, header, row
from .written import Written

if TYPE_CHECKING:
    from .video import VideoWriter

_TELL_SECONDS = 1.0
"""How old what `session.json` says may be, and how soon a removed folder is noticed."""
COUNTS = ("frames_seen", "frames_dropped", "frames_without_face", "rows")


@runtime_checkable
class ModelFacts(Protocol):
    """What a session notes of its model, a `Predictor`."""

    @property
    def path(self) -> Path: ...
    @property
    def sha256(self) -> str: ...
    @property
    def provider(self) -> str: ...
    @property
    def anchors(self) -> AnchorRule: ...


Streams = Callable[[], Sequence[Mapping[str, str]]]
"""The streams that the readings are sent by right now, each by its facts."""
Baselines = Callable[[], Mapping[int, Baseline]]
"""The neutral baselines that readings are compared with right now, by face number."""


def open_session(
    settings: RunSettings,
    source: SourceFacts,
    analyser: Analyser,
    streams: Streams = tuple,
    *,
    followed_back: bool = True,
) -> SessionWriter:
    """The session into which everything goes that this analyser makes of the source from now on.

    `streams` tells by what the readings are sent to other programs meanwhile, and `followed_back`
    whether faces in a file are followed back to where they are first seen.
    Raises `InputError` where its folder cannot be made, or the analyser has no model of ours.
    """
    recording, model = settings.recording, analyser.predictor
    if not isinstance(model, ModelFacts):
        raise InputError("There is no model whose name could be stored.")
    return SessionWriter(
        recording,
        source=source,
        model=model,
        faces=settings.max_faces,
        smoothing=analyser.smoothing,
        min_quality=analyser.min_quality,
        extras=analyser.extras,
        # A video can be replayed only from where the face finder began.
        first_run=analyser.restart() if recording.video else None,
        followed_back=followed_back,
        streams=streams,
        baselines=analyser.baselines,
    )


def _now() -> datetime:
    return datetime.now().astimezone()


class SessionWriter:
    """Writes one session. Safe from any thread.

    Each analysis goes to the operating system as it comes, so that the death of the program
    loses nothing that was written; counts in `session.json` are a second old at most. The first
    `OSError` (a full disk, a folder that was removed) ends the session with what it has, status
    "interrupted", and is raised as a `StorageError`; calls after the end do nothing.

    Args:
        recording: what is recorded, and the folder in which the session folder is made.
        source: facts of the source; asked again later, when all of them are known.
        model: the model: `path` (its name is kept), `sha256`, active `provider` and `anchors`.
        faces: how many faces were tracked at most.
        smoothing: settings of the One-Euro filter.
        min_quality: of readings of less quality nothing was smoothed.
        extras: optional columns of `frames.csv`.
        first_run: leave out analyses of an earlier `run`: their face finder had seen frames that
            the video lacks. None where the finder may have seen some.
        followed_back: whether faces in a file were followed back to where they are first seen.
        streams: asked with every frame; each stream is listed once in `session.json`.
        baselines: asked whenever `session.json` is written, which lists those of its own faces.
        clock: gives the time of day with its zone.

    Raises `InputError` where the folder cannot be made, and `StorageError` where nothing can be
    written into it; then it is not there.
    """

    def __init__(
        self,
        recording: RecordingOptions,
        *,
        source: SourceFacts,
        model: ModelFacts,
        faces: int = 1,
        smoothing: OneEuroConfig | None = None,
        min_quality: float = 0.0,
        extras: Extras = (),
        first_run: int | None = None,
        followed_back: bool = False,
        streams: Streams = tuple,
        baselines: Baselines = dict,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._source, self._model = source, model
        self._counts: dict[str, int] = dict.fromkeys(COUNTS, 0)
        self._baselines, self._faces = baselines, set[int]()
        self._compared: dict[int, Baseline] = {}  # those of its faces, as they were asked for last
        self._earlier: list[dict[str, Any]] = []
        self._size: tuple[int, int] | None = None
        self._first_run, self._extras = first_run, extras
        self._gaps = GapWatch()
        self._streams, self._sent = streams, list[dict[str, str]]()
        self.written = Written()
        self._told = 0.0
        self._status, self._ended = "recording", ""
        started = clock()
        if recording.folder is None:
            raise ValueError("a session needs a folder to be made in")
        name, labels = source.name or source.kind, recording.labels()
        self.path = make_folder(recording.folder, name, started, labels)
        self._video: VideoWriter | None = None
        if recording.video:
            from .video import open_video

            self._video = open_video(self.path, lossless=recording.lossless)
        self._fixed: dict[str, Any] = {
            "started": started.isoformat(),
            "file": file_facts(source.file),
            "faces": {
                "max_faces": faces,
                "crop_margin": MARGIN,
                "crop_size": CROP_SIZE,
                "finder_began_here": first_run is not None,
                "looked_back": not source.live,
                "followed_back": followed_back and not source.live,
            },
            "software": software(),
            "smoothing": {
                "filter": "one-euro",
                **asdict(smoothing or OneEuroConfig()),
                "min_quality": min_quality,
            },
            "record_video": recording.video,
            **recording.about(),
        }
        self._begin()

    def _begin(self) -> None:
        with ExitStack() as undo:
            undo.callback(shutil.rmtree, self.path, ignore_errors=True)
            self._alive = RecordingLock(self.path)
            undo.callback(self._alive.release)
            try:
                self._write_info()
                self._frames = undo.enter_context(FileIO(self.path / FRAMES, "x"))
                self._events = undo.enter_context(FileIO(self.path / EVENTS, "x"))
                append_lines(self._frames, header(self._extras))
                append_lines(self._events, EVENTS_HEADER)
            except OSError as error:
                raise storage_error(error, self.path) from error
            undo.pop_all()

    def __enter__(self) -> SessionWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(complete=kind is None)

    def info(self) -> dict[str, Any]:
        """What `session.json` says, as of now."""
        source, model, fixed = self._source, self._model, self._fixed
        size = source.size or self._size
        return {
            "format": FORMAT,
            "app_version": __version__,
            "status": self._status,
            "started": fixed["started"],
            "ended": self._ended or None,
            "clock": {
                "origin": source.origin.astimezone(UTC).isoformat() if source.origin else None,
                "unit": "seconds",
                "meaning": "capture clock" if source.live else "file presentation time",
            },
            "source": {
                "kind": source.kind,
                "name": public_name(source.name),
                "live": source.live,
                "still": source.still,
                "width": size[0] if size else None,
                "height": size[1] if size else None,
                "rate": source.rate,
                "duration": source.duration,
                "file": fixed["file"],
                "skipped": list(source.skipped),
                "left_out": list(source.left_out),
                "damaged": source.damaged,
                "discontinuities": [asdict(jump) for jump in source.discontinuities],
            },
            "model": {
                "file": model.path.name,
                "sha256": model.sha256,
                "provider": model.provider,
                "anchors": model.anchors.as_dict(),
            },
            **{key: fixed[key] for key in ("software", "faces", "smoothing")},
            "baselines": {str(i): asdict(b) for i, b in sorted(self._compared.items())},
            "earlier_baselines": list(self._earlier),
            "counts": dict(self._counts),
            "record_video": fixed["record_video"],
            "video": self._video_name(),
            "gaps": [asdict(gap) for gap in self._gaps.gaps],
            "lsl": [dict(stream) for stream in self._sent],
            **{key: fixed[key] for key in ABOUT},
        }

    def _ask_for_baselines(self) -> None:
        """Note the baselines that hold now; one that was taken anew or cleared held before."""
        before = self._compared
        self._compared = {i: b for i, b in self._baselines().items() if i in self._faces}
        self._earlier += [
            {"face_id": i, **asdict(b)} for i, b in before.items() if self._compared.get(i) != b
        ]

    def _video_name(self) -> str | None:
        """The video's file: named from the first frame on, and after the end where it is there."""
        if self._video is None or self._size is None:
            return None
        path = self._video.path
        return path.name if self._status == "recording" or path.is_file() else None

    def write(self, analysis: Analysis) -> None:
        """Append the rows of one frame, and the frame itself where video is recorded."""
        with self._lock:
            if self._status != "recording" or analysis.run < (self._first_run or 0):
                return
            frame = analysis.frame
            self._sent += [dict(each) for each in self._streams() if each not in self._sent]
            with self._ended_by_errors():
                if self._size is None or frame.restarts:
                    # By now the source is open and knows its size and its clock's origin.
                    self._size = (frame.rgb.shape[1], frame.rgb.shape[0])
                    self._write_info()
                lines = "".join(row(reading, self._extras) for reading in analysis.readings)
                append_lines(self._frames, encoded(lines))
                self.written = self.written.with_more(len(analysis.readings), frame.timestamp)
                if self._source.live:
                    self._gaps.frame(frame.timestamp)
                self._counts["frames_seen"] += 1
                self._counts["rows"] += len(analysis.readings)
                seen = {r.face_id for r in analysis.readings if r.success}
                self._counts["frames_without_face"] += not seen
                self._faces |= seen
                if self._video is not None:
                    self._video.write(frame.rgb, frame.timestamp)
                if time.monotonic() - self._told >= _TELL_SECONDS:
                    self._check_place()
                    self._write_info()

    @contextmanager
    def _ended_by_errors(self) -> Iterator[None]:
        """End the session by the first `OSError`, and tell that in a sentence."""
        try:
            yield
        except OSError as error:
            self._end("interrupted")
            raise storage_error(error, self.path) from error

    def _check_place(self) -> None:
        """See that the rows still go into the folder: a file that was removed takes them too."""
        there, written = os.stat(self.path / FRAMES), os.fstat(self._frames.fileno())
        if not os.path.samestat(there, written):
            raise FileNotFoundError(errno.ENOENT, "another file is there", str(self.path / FRAMES))

    def event(self, label: str, timestamp: float) -> None:
        """Append a marker at a moment of the source's clock, in seconds."""
        line = event_line(timestamp, label)
        with self._lock:
            if self._status != "recording":
                return
            with self._ended_by_errors():
                append_lines(self._events, line)

    def update(self, counts: Mapping[str, int]) -> None:
        """Note what is known elsewhere, `frames_dropped` above all, and write `session.json` anew.

        `frames_seen` counts dropped frames too: without a count of its own it is what was written
        plus what was dropped.
        """
        unknown = set(counts) - set(COUNTS)
        if unknown:
            raise ValueError(f"no such counts: {sorted(unknown)}; there are {COUNTS}")
        with self._lock:
            if self._status != "recording":
                return
            given = dict(counts)
            more = given.get("frames_dropped", 0) - self._counts["frames_dropped"]
            if "frames_dropped" in given and "frames_seen" not in given:
                given["frames_seen"] = self._counts["frames_seen"] + more
            self._counts |= given
            with self._ended_by_errors():
                self._write_info()

    def close(self, *, complete: bool = True) -> None:
        """Finish the session, as "interrupted" where it is not complete or has no row; once."""
        with self._lock:
            if self._status == "recording":
                self._end("complete" if complete and self.written.rows else "interrupted")

    def _end(self, status: str) -> None:
        self._status, self._ended = status, self._clock().isoformat()
        self._gaps.end()
        self._frames.close()
        self._events.close()
        try:
            if self._video is not None:
                self._video.close()
            self._write_info()
        except OSError as error:
            # What interrupted it is on its way already; the rows are safe either way.
            if status == "complete":
                self._status = "interrupted"
                with suppress(OSError):
                    self._write_info()
                raise storage_error(error, self.path) from error
        finally:
            self._alive.release()

    def _write_info(self) -> None:
        self._ask_for_baselines()
        text = as_json(self.info())
        # Room for the last word, also where the disk is full by then.
        replace_padded(self.path / INFO, padded(text) if self._status == "recording" else text)
        self._told = time.monotonic()

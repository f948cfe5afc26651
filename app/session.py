"""Session folders, written: rows as they come, so that a killed program loses none of them.

`YYYYMMDD-HHMMSS_<source>/` holds `frames.csv`, `events.csv`, `session.json` and, only when asked
for, `video.mp4` or `video.mkv`. Reading them back is in `session_reading.py`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from ..model.face import CROP_SIZE, MARGIN
from ..model.version import __version__
from .analysis import Analysis
from .baseline import Baseline
from .session_files import (
    append_lines,
    file_facts,
    make_folder,
    public_name,
    replace_file,
    row,
    software,
)
from .session_reading import EVENTS, FORMAT, FRAMES, HEADER, INFO, Event, Session, read_session
from .session_rows import EVENTS_HEADER, event_line
from .smoothing import OneEuroConfig
from .sources.base import SourceFacts

if TYPE_CHECKING:
    from .session_video import VideoWriter

__all__ = ["Event", "ModelInfo", "Session", "SessionWriter", "SourceInfo", "read_session"]

COUNTS = ("frames_seen", "frames_dropped", "frames_without_face", "rows")


class ModelFacts(Protocol):
    """What a session notes of its network: a `Predictor` or a `ModelInfo`."""

    @property
    def path(self) -> Path: ...
    @property
    def sha256(self) -> str: ...
    @property
    def provider(self) -> str: ...


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A source's facts without the source, as `SourceFacts` names them."""

    kind: str
    name: str
    location: str = ""
    live: bool = False
    seekable: bool = False
    size: tuple[int, int] | None = None
    rate: float | None = None
    duration: float | None = None
    origin: datetime | None = None
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A network's facts without the network."""

    path: Path
    sha256: str
    provider: str


def _now() -> datetime:
    return datetime.now().astimezone()


class SessionWriter:
    """Writes one session. Safe from any thread.

    Each analysis goes to the operating system as it comes, so that the death of the program
    loses nothing that was written. The first `OSError` (a full disk) ends the session with what
    it has, status "interrupted", and is raised; calls after the end do nothing.

    Args:
        folder: where the session folder is made.
        source: facts of the source; asked again later, when all of them are known.
        model: the network: `path` (its name is kept), `sha256` and active `provider`.
        max_faces: how many faces were followed at most.
        smoothing: settings of the One-Euro filter.
        record_video: store the pictures too, faces included.
        lossless: store them as FFV1, exactly, instead of H.264.
        first_run: leave out analyses of an earlier `run`: their face finder had seen pictures that
            the video lacks. None where the finder may have seen some.
        note: consent note, or whatever the user wants to keep with the session.
        file: the file that the source reads; its size and time of change are kept.
        clock: gives the time of day with its zone.

    Raises `InputError` where the folder cannot be made.
    """

    def __init__(
        self,
        folder: Path,
        *,
        source: SourceFacts,
        model: ModelFacts,
        max_faces: int = 1,
        smoothing: OneEuroConfig | None = None,
        record_video: bool = False,
        lossless: bool = False,
        first_run: int | None = None,
        note: str = "",
        file: Path | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._lock = threading.RLock()
        self._clock = clock
        self._source, self._model = source, model
        self._counts: dict[str, int] = dict.fromkeys(COUNTS, 0)
        self._baselines: dict[int, Baseline] = {}
        self._size: tuple[int, int] | None = None
        self._first_run = first_run
        self._status, self._ended = "recording", ""
        started = clock()
        self.path = make_folder(Path(folder), source.name or source.kind, started)
        self._video: VideoWriter | None = None
        if record_video:
            from .session_video import open_video

            self._video = open_video(self.path, lossless=lossless)
        self._fixed: dict[str, Any] = {
            "started": started.isoformat(),
            "file": file_facts(file),
            "faces": {
                "max_faces": max_faces,
                "crop_margin": MARGIN,
                "crop_size": CROP_SIZE,
                "finder_began_here": first_run is not None,
            },
            "software": software(),
            "smoothing": {"filter": "one-euro", **asdict(smoothing or OneEuroConfig())},
            "record_video": record_video,
            "video": self._video.path.name if self._video else None,
            "note": note,
        }
        self._write_info()
        self._frames = FileIO(self.path / FRAMES, "x")
        self._events = FileIO(self.path / EVENTS, "x")
        append_lines(self._frames, HEADER)
        append_lines(self._events, EVENTS_HEADER)

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
                "width": size[0] if size else None,
                "height": size[1] if size else None,
                "rate": source.rate,
                "duration": source.duration,
                "file": fixed["file"],
                "skipped": list(source.skipped),
            },
            "model": {
                "file": model.path.name,
                "sha256": model.sha256,
                "provider": model.provider,
            },
            **{key: fixed[key] for key in ("software", "faces", "smoothing")},
            "baselines": {str(i): asdict(b) for i, b in sorted(self._baselines.items())},
            "counts": dict(self._counts),
            **{key: fixed[key] for key in ("record_video", "video", "note")},
        }

    def write(self, analysis: Analysis) -> None:
        """Append the rows of one frame, and its picture where pictures are recorded."""
        with self._lock:
            if self._status != "recording" or analysis.run < (self._first_run or 0):
                return
            frame = analysis.frame
            try:
                if self._size is None:
                    # By now the source is open and knows its size and its clock's origin.
                    self._size = (frame.rgb.shape[1], frame.rgb.shape[0])
                    self._write_info()
                append_lines(self._frames, "".join(map(row, analysis.readings)).encode())
                if self._video is not None:
                    self._video.write(frame.rgb, frame.timestamp)
            except OSError:
                self._end("interrupted")
                raise
            self._counts["frames_seen"] += 1
            self._counts["rows"] += len(analysis.readings)
            self._counts["frames_without_face"] += not any(r.success for r in analysis.readings)

    def event(self, label: str, timestamp: float) -> None:
        """Append a marker at a moment of the source's clock, in seconds."""
        line = event_line(timestamp, label)
        with self._lock:
            if self._status != "recording":
                return
            try:
                append_lines(self._events, line)
            except OSError:
                self._end("interrupted")
                raise

    def update(
        self,
        counts: Mapping[str, int] | None = None,
        baselines: Mapping[int, Baseline] | None = None,
    ) -> None:
        """Note what is known elsewhere: counts (`frames_dropped` above all) and all baselines.

        `frames_seen` counts dropped frames too: without a count of its own it is what was written
        plus what was dropped.
        """
        unknown = set(counts or ()) - set(COUNTS)
        if unknown:
            raise ValueError(f"no such counts: {sorted(unknown)}; there are {COUNTS}")
        with self._lock:
            if self._status != "recording":
                return
            given = dict(counts or {})
            more = given.get("frames_dropped", 0) - self._counts["frames_dropped"]
            if "frames_dropped" in given and "frames_seen" not in given:
                given["frames_seen"] = self._counts["frames_seen"] + more
            self._counts |= given
            if baselines is not None:
                self._baselines = dict(baselines)
            self._write_info()

    def close(self, *, complete: bool = True) -> None:
        """Finish the session, as "interrupted" where it is not complete; once."""
        with self._lock:
            if self._status == "recording":
                self._end("complete" if complete else "interrupted")

    def _end(self, status: str) -> None:
        self._status, self._ended = status, self._clock().isoformat()
        self._frames.close()
        self._events.close()
        try:
            if self._video is not None:
                self._video.close()
            self._write_info()
        except OSError:
            # What interrupted it is on its way already; the rows are safe either way.
            if status == "complete":
                raise

    def _write_info(self) -> None:
        text = json.dumps(self.info(), indent=2, ensure_ascii=False, allow_nan=False)
        replace_file(self.path / INFO, (text + "\n").encode("utf-8", "replace"))

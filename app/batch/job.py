"""One file of a batch: from the file to its session folder, in a process of its own.

A session is made in a hidden folder of that process and put in its place when it is finished: a
process that is killed leaves no session there that is none.
"""

from __future__ import annotations

import os
import platform
import shutil
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ...model.errors import AvceError, InputError
from ...model.included import find_model
from ...model.predictor import Predictor
from ...model.system.processors import memory, processors
from ...model.system.workers import is_alive
from ..analysis.analyser import Analyser
from ..analysis.pipeline import analyse_file
from ..opening import open_analyser
from ..session.folder import move_folder
from ..session.reader import Session, read_session
from ..session.seen import Seen, seen
from ..session.writer import SessionWriter, open_session
from ..settings import RunSettings
from ..sources import open_source
from ..sources.base import Source, is_damaged, remarks
from ..sources.endings import shown
from .progress import PARTIAL, Note
from .remote import fetch
from .table import CURVES, part_name, remove_part, write_part

# Set in a working process that is to end; read between two frames.
_stop = threading.Event()
_WORKER_BYTES = 1_000_000_000
"""What a process needs at most, of videos up to 4K."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done.

    Args:
        settings: the file is its source.
        threads: CPU threads for the model.
        address: where a remote file lies; it is fetched first.
        table: the readings become a part of the data set (`table`), not a session.
        segment: this is a part of a video, joined to the others later (`segments`).
    """

    settings: RunSettings
    threads: int | None = None
    address: str = ""
    table: bool = False
    segment: bool = False

    @property
    def path(self) -> Path:
        """The file."""
        assert isinstance(self.settings.source, Path)
        return self.settings.source


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `status` is `done`, `damaged` (all that is there was analysed, but the file
    is not whole), `failed` or `stopped`; `detail` says why it failed or what is missing, `seen` how
    well the faces were seen."""

    status: str
    session: str = ""
    frames: int = 0
    frames_without_face: int = 0
    detail: str = ""
    seen: Seen | None = None


def stop_working() -> None:
    """Let a working process end its file between two frames, and leave nothing of it."""
    _stop.set()


def sweep(out: Path) -> None:
    """Remove what processes left behind that were killed."""
    for folder in out.glob(f"{PARTIAL}*"):
        process, _, machine = folder.name.removeprefix(PARTIAL).partition("-")
        # Workers elsewhere are gone: their batch held the folder's lock, and it is ours now.
        if machine not in ("", platform.node()) or not is_alive(process):
            shutil.rmtree(folder, ignore_errors=True)


@cache
def _network(model: Path | None, provider: str, threads: int | None) -> Predictor:
    return Predictor(model, provider=provider, threads=threads)


def _real_analyser(job: Job, source: Source) -> Analyser:
    settings = job.settings
    network = _network(find_model(settings.model), settings.provider, job.threads)
    return open_analyser(settings, source, network)


def analyse_job(job: Job) -> Outcome:
    """Analyse one file. Never raises what the file or the disk is to blame for."""
    out = job.settings.recording.folder
    assert out is not None
    # Of several machines that share a folder, two may have a process of one number.
    partial = out / f"{PARTIAL}{os.getpid()}-{platform.node()}"
    recording = replace(job.settings.recording, folder=partial)
    try:
        settings = replace(job.settings, recording=recording)
        if job.address:
            fetched = fetch(job.address, partial / "fetched", _stop.is_set)
            if fetched is None:
                return Outcome("stopped")
            settings = replace(settings, source=fetched)
        return _analyse(replace(job, settings=settings), out)
    except (AvceError, OSError) as error:
        return Outcome("failed", detail=" ".join(str(error).split()))
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _analyse(job: Job, out: Path) -> Outcome:
    session: SessionWriter | None = None
    try:
        with open_source(job.path) as source, _real_analyser(job, source) as analyser:
            session = open_session(job.settings, source, analyser)
            frames = without_face = 0
            part = {"start": job.settings.start, "end": job.settings.end}
            note = Note(session.path.parent, source, **part)
            with closing(analyse_file(source, analyser, **part)) as analyses:
                for analysis in analyses:
                    if _stop.is_set():
                        # Its file is analysed again from its start next time.
                        session.close()
                        return Outcome("stopped")
                    session.write(analysis)
                    frames += 1
                    without_face += not any(reading.success for reading in analysis.readings)
                    note.write(frames, analysis.frame.timestamp)
            if not frames:
                raise InputError(f"{job.path} contains no frame{_between(job)} that can be read.")
            session.close()
        written = read_session(session.path)
        status = "damaged" if is_damaged(source) else "done"
        detail = " ".join(remarks(source))
        name = put_in_place(job, written, out)
        return Outcome(status, name, frames, without_face, detail, seen(written.readings))
    except (AvceError, OSError, ValueError, RuntimeError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        if job.table:
            # Half a file would look like a whole one, and what was there is of something else.
            remove_part(out, _part_of(job))
            return Outcome("failed", detail=words)
        return Outcome("failed", _kept(session, out), detail=words)


def put_in_place(job: Job, session: Session, out: Path) -> str:
    """Put a whole session, or its readings, where the batch has them; the name there."""
    if job.table:
        return _put_into_table(job, session, out)
    if not job.segment:
        _draw(session)
    return move_folder(session.path, out).name


def _part_of(job: Job) -> str:
    source = job.address or shown(job.path)
    return part_name(source, job.settings.start, job.settings.end)


def _put_into_table(job: Job, session: Session, out: Path) -> str:
    """Write the readings into the data set, and draw their curves; returns the part's path."""
    from ..session.summary import write_summary

    settings, name = job.settings, _part_of(job)
    model = session.info.get("model") or {}
    tells = settings.recording.about() | {
        "input": job.address or shown(job.path),
        "start": "" if settings.start is None else str(settings.start),
        "end": "" if settings.end is None else str(settings.end),
        "model_sha256": str(model.get("sha256", "")),
    }
    (out / CURVES).mkdir(exist_ok=True)
    write_summary(session, out=out / CURVES / f"{name}.png")
    return write_part(out, session, tells, name)


def _between(job: Job) -> str:
    start, end = job.settings.start, job.settings.end
    first = f" from {start:g} s" if start is not None else ""
    return first + (f" before {end:g} s" if end is not None else "")


def _kept(session: SessionWriter | None, out: Path) -> str:
    """The name of what there is of a session that failed, put in its place."""
    if session is None:
        return ""
    with suppress(OSError):
        session.close(complete=False)
    with suppress(AvceError, OSError):
        _draw(read_session(session.path))
    with suppress(OSError):
        return move_folder(session.path, out).name
    return ""


def _draw(session: Session) -> None:
    from ..session.summary import write_summary

    write_summary(session)


def threads_each(workers: int) -> int:
    """CPU threads for the model in each of several processes."""
    return max(1, processors() // workers)


def usual_workers() -> int:
    """A process for each processor, as far as there is memory for them."""
    room = memory()
    return processors() if room is None else max(1, min(processors(), room // _WORKER_BYTES))

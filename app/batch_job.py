"""One file of a batch: from the file to its session folder, in a process of its own."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..model.errors import AvceError
from ..model.predictor import Predictor
from .analysis import Analyser
from .pipeline import frames_of
from .session import SessionWriter
from .sources import open_source
from .sources.base import Source

# Set by Ctrl-C in a working process; read between two frames.
_stop = threading.Event()


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done: `path` into a new session folder inside `out`."""

    path: Path
    out: Path
    model: Path
    provider: str = "auto"
    max_faces: int = 1
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `status` is `done`, `failed` or `stopped`; `detail` says why it failed."""

    status: str
    session: str = ""
    frames: int = 0
    frames_without_face: int = 0
    detail: str = ""


def prepare_process() -> None:
    """Let Ctrl-C end a working process between two frames, without a word."""
    signal.signal(signal.SIGINT, lambda *_: _stop.set())


@cache
def _network(model: Path, provider: str, threads: int | None) -> Predictor:
    return Predictor(model, provider=provider, threads=threads)


def _real_analyser(job: Job, source: Source) -> Analyser:
    network = _network(job.model, job.provider, job.threads)
    return Analyser(network, max_faces=job.max_faces, video=source.kind != "images")


def analyse_job(job: Job) -> Outcome:
    """Analyse one file. Never raises what the file or the disk is to blame for."""
    session: SessionWriter | None = None
    try:
        with open_source(str(job.path)) as source, _real_analyser(job, source) as analyser:
            session = _open_session(job, source, analyser)
            frames = without_face = 0
            for frame in frames_of(source):
                if _stop.is_set():
                    # Its file is analysed again from its start next time.
                    session.close()
                    shutil.rmtree(session.path, ignore_errors=True)
                    return Outcome("stopped")
                analysis = analyser.analyse(frame)
                session.write(analysis)
                frames += 1
                without_face += not any(reading.success for reading in analysis.readings)
            session.close()
        _draw(session.path)
        return Outcome("done", session.path.name, frames, without_face)
    except (AvceError, OSError, ValueError, RuntimeError) as error:
        if session is not None:
            session.close(complete=False)
        words = " ".join(str(error).split()) or type(error).__name__
        return Outcome("failed", session.path.name if session else "", detail=words)


def _open_session(job: Job, source: Source, analyser: Analyser) -> SessionWriter:
    assert isinstance(analyser.predictor, Predictor)
    return SessionWriter(
        job.out,
        source=source,
        model=analyser.predictor,
        max_faces=job.max_faces,
        smoothing=analyser.smoothing,
        file=job.path if job.path.is_file() else None,
    )


def _draw(session: Path) -> None:
    from .summary import write_summary

    write_summary(session)


def threads_each(workers: int) -> int:
    """CPU threads for the network in each of several processes."""
    return max(1, (os.cpu_count() or 1) // workers)

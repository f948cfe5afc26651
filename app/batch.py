"""Many files, each into a session of its own, on several processes; goes on where it stopped."""

from __future__ import annotations

import csv
import multiprocessing
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from ..model.errors import InputError
from .batch_job import Job, Outcome, analyse_job, prepare_process, threads_each

INDEX = "batch.csv"
COLUMNS = (
    *("input", "status", "session", "frames", "frames_without_face"),
    *("bytes", "modified_ns", "model_sha256", "max_faces", "detail"),
)
VIDEOS = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".ts", ".3gp"}
)
_KEY = ("input", "bytes", "modified_ns", "model_sha256", "max_faces")
Known = dict[tuple[str, ...], str]


def find_inputs(inputs: Sequence[Path]) -> list[Path]:
    """The files to analyse: a folder stands for the videos in it and below it, or, without
    any, for itself as a folder of pictures. Raises `InputError` for what is not there."""
    found: dict[Path, None] = {}
    for path in inputs:
        if not path.exists():
            raise InputError(f"There is nothing at {path}: no such file or folder.")
        inside = path.rglob("*") if path.is_dir() else ()
        videos = sorted(p for p in inside if p.suffix.lower() in VIDEOS and p.is_file())
        for each in videos or [path]:
            found[each.resolve()] = None
    return list(found)


def fingerprint(path: Path) -> tuple[str, str]:
    """Bytes and time of change (ns) of a file, or the sum and the latest of a folder's files."""
    files = [p for p in path.iterdir() if p.is_file()] if path.is_dir() else [path]
    facts = [p.stat() for p in files]
    return str(sum(f.st_size for f in facts)), str(max((f.st_mtime_ns for f in facts), default=0))


def read_index(out: Path) -> Known:
    """Finished files by input, bytes, time of change, network and number of faces: their session.

    A last line that was cut off is left out, and with it one file is analysed again.
    """
    path = out / INDEX
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row.get("detail") is not None]
    done = [row for row in rows if row["status"] == "done" and (out / row["session"]).is_dir()]
    return {tuple(row[name] for name in _KEY): row["session"] for row in done}


class Index:
    """`batch.csv`: a line for each file as soon as it is finished."""

    def __init__(self, out: Path, model_sha256: str, max_faces: int) -> None:
        self._sha256, self._max_faces = model_sha256, str(max_faces)
        self._known = read_index(out)
        path = out / INDEX
        cut = path.is_file() and path.stat().st_size and not path.read_bytes().endswith(b"\n")
        fresh = not path.is_file() or not path.stat().st_size
        self._file = path.open("a", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        if cut:
            self._file.write("\n")
        if fresh:
            self._writer.writerow(COLUMNS)

    def _key(self, path: Path) -> tuple[str, ...]:
        return (str(path), *fingerprint(path), self._sha256, self._max_faces)

    def has(self, path: Path) -> bool:
        """Whether this very file was finished before, with this network and number of faces."""
        return self._key(path) in self._known

    def add(self, path: Path, outcome: Outcome) -> None:
        """Write a line and hand it to the system at once."""
        name, size, changed, sha256, faces = self._key(path)
        counts = (outcome.frames, outcome.frames_without_face)
        self._writer.writerow(
            (
                *(name, outcome.status, outcome.session, *counts),
                *(size, changed, sha256, faces, outcome.detail),
            )
        )
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def process_pool(workers: int) -> Executor:
    """Fresh processes, as MediaPipe and forked ones do not go together."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=prepare_process)


def outcomes(
    jobs: Sequence[Job],
    workers: int,
    *,
    work: Callable[[Job], Outcome] = analyse_job,
    make_pool: Callable[[int], Executor] = process_pool,
) -> Iterator[tuple[Job, Outcome]]:
    """Every job with its outcome, as they finish.

    A file that brings its process down takes the others that run with it: each of them is then
    tried in a process of its own, and only the one that falls again has failed.
    """
    waiting, suspects = deque(jobs), deque[Job]()
    while waiting or suspects:
        alone = bool(suspects)
        queue = deque([suspects.popleft()]) if alone else waiting
        running: dict[Future[Outcome], Job] = {}
        with make_pool(1 if alone else workers) as pool:
            try:
                while queue or running:
                    while queue and len(running) < workers:
                        running[pool.submit(work, queue[0])] = queue[0]
                        queue.popleft()
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        outcome = future.result()
                        yield running.pop(future), outcome
            except BrokenProcessPool:
                if alone:
                    detail = "the process that read it crashed: the file may be damaged"
                    yield next(iter(running.values())), Outcome("failed", detail=detail)
                else:
                    suspects.extend(running.values())
            except (KeyboardInterrupt, GeneratorExit):
                pool.shutdown(wait=True, cancel_futures=True)
                raise


def run_batch(
    inputs: Sequence[Path],
    out: Path,
    *,
    workers: int = 1,
    model: Path | None = None,
    provider: str = "auto",
    max_faces: int = 1,
    make_pool: Callable[[int], Executor] = process_pool,
) -> int:
    """Analyse files into session folders inside `out`; 1 if any of them failed, else 0.

    `batch.csv` in `out` lists what became of each. Files that it calls done are not analysed
    again, unless they, the network or the number of faces changed. Raises `InputError` for inputs
    or a network that are not there, and for an `out` that cannot be written to.
    """
    if workers < 1:
        raise InputError(f"--workers must be at least 1, not {workers}.")
    if max_faces < 1:
        raise InputError(f"--max-faces must be at least 1, not {max_faces}.")
    paths = find_inputs(inputs)
    network, sha256 = _network(model, provider)
    try:
        out.mkdir(parents=True, exist_ok=True)
        index = Index(out, sha256, max_faces)
    except OSError as error:
        reason = error.strerror or error
        raise InputError(f"No session can be written in {out} ({reason}).") from error
    left = [path for path in paths if not index.has(path)]
    threads = threads_each(min(workers, max(len(left), 1)))
    jobs = [Job(path, out, network, provider, max_faces, threads) for path in left]
    try:
        failures = _follow(outcomes(jobs, workers, make_pool=make_pool), index, len(jobs))
    finally:
        index.close()
    for path, outcome in failures:
        named = str(path) in outcome.detail
        print("failed:", outcome.detail if named else f"{path}: {outcome.detail}", file=sys.stderr)
    before = len(paths) - len(left)
    done = len(left) - len(failures)
    print(f"{done} done, {before} done before, {len(failures)} failed; see {out / INDEX}")
    return 1 if failures else 0


def _network(model: Path | None, provider: str) -> tuple[Path, str]:
    """The network's file and SHA-256, once it has shown that it can be opened."""
    from ..model.predictor import Predictor
    from .analysis import find_model

    predictor = Predictor(find_model(model), provider=provider, threads=1)
    return predictor.path, predictor.sha256


def _follow(
    finished: Iterator[tuple[Job, Outcome]], index: Index, total: int
) -> list[tuple[Path, Outcome]]:
    """Note every outcome and show how far it is; returns the failures."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    failures = []
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("files", total=total)
        for job, outcome in finished:
            if outcome.status == "stopped":
                raise KeyboardInterrupt
            index.add(job.path, outcome)
            if outcome.status == "failed":
                failures.append((job.path, outcome))
            progress.advance(task)
    return failures

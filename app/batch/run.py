"""Many files, each into a session of its own, on several processes; resumes where it stopped."""

from __future__ import annotations

import shutil
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...model.errors import InputError
from ...model.system.file_lock import one_at_a_time
from ...model.system.workers import WorkerPool
from ..settings import EXIT_DAMAGED, RecordingOptions, RunSettings
from ..sources.endings import shown
from .index import INDEX, LOCK, Index, index_rows
from .inputs import LeftOut, find_inputs
from .job import Job, Outcome, analyse_job, stop_working, sweep, threads_each, usual_workers
from .manifest import Entry, find_entries
from .page import write_page
from .progress import Meter, shown_progress
from .segments import FOLDER as SEGMENTS
from .segments import check_length, divided, joined


def process_pool(workers: int) -> Executor:
    """Processes that stop between two frames where they are asked to."""
    return WorkerPool(workers, stop_working)


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
                if isinstance(pool, WorkerPool):
                    pool.end()
                pool.shutdown(wait=True, cancel_futures=True)
                raise


def run_batch(
    inputs: Sequence[Path],
    settings: RunSettings,
    *,
    workers: int | None = None,
    table: bool = False,
    ray: str = "",
    segment: float = 0.0,
    make_pool: Callable[[int], Executor] = process_pool,
) -> int:
    """Analyse files into session folders; 1 if any failed, else 3 if any is damaged, else 0.

    Each file takes the place of the source in `settings`, and its session is made in the folder
    of `settings.recording`; a manifest says which part of each is analysed and what its session is
    about (`read_manifest`). With `table` the readings go into one data set (`table`) in place
    of sessions; with `ray`, the address of a cluster, the work is done there (`cluster`). Videos
    that are much longer than `segment` minutes are analysed in segments (`segments`); 0: in one go.
    Without a number of `workers` there is one for each processor.

    `batch.csv` in the folder lists what became of each, `batch.html` shows it; what is not there or
    cannot be understood is listed as failed. Files that it calls done are not analysed again,
    unless they, the model, the number of faces or what the manifest says changed. Raises
    `InputError` where none of the inputs is there, for a model that is not, and for a folder that
    cannot be written to or that another batch writes into.
    """
    out = settings.recording.folder
    if out is None:
        raise ValueError("a batch needs a folder for its sessions")
    if workers is not None and workers < 1:
        raise InputError(f"--workers must be at least 1, not {workers}.")
    seconds = check_length(segment)
    left_out = LeftOut()
    listed = find_entries(inputs, partial(find_inputs, out=out, left_out=left_out))
    entries = [entry for entry in listed if not entry.problem]
    wrong = [entry for entry in listed if entry.problem]
    if not entries:
        more = f" ({len(wrong) - 1} more like this)" if len(wrong) > 1 else ""
        raise InputError(f"{wrong[0].problem if wrong else 'There is nothing to analyse.'}{more}")
    about = [_recording(settings, entry) for entry in entries]
    model, sha256 = _model(settings)
    with ExitStack() as stack:
        try:
            out.mkdir(parents=True, exist_ok=True)
            busy = f"Another batch writes into {shown(out)}: wait, or give another --out."
            stack.enter_context(one_at_a_time(out / LOCK, patience=0, refusal=busy))
            sweep(out)
            more = dict.fromkeys(name for entry in entries for name in entry.columns)
            faces, quality = settings.max_faces, settings.min_quality
            index = Index(out, sha256, faces, [*more], quality, settings.extras, table=table)
        except OSError as error:
            reason = error.strerror or error
            raise InputError(f"Sessions cannot be written to {out} ({reason}).") from error
        stack.callback(index.close)
        stack.callback(shutil.rmtree, out / SEGMENTS, ignore_errors=True)
        for entry in wrong:
            index.add(entry, Outcome("failed", detail=entry.problem))
            print(f"failed: {shown(entry.problem)}", file=sys.stderr)
        before = [index.status(entry) for entry in entries]
        processes = workers or usual_workers()
        # Segments keep every worker busy.
        threads = threads_each(processes if seconds else min(processes, max(before.count(""), 1)))
        jobs = {
            Job(
                replace(
                    settings,
                    source=entry.path,
                    start=entry.start,
                    end=entry.end,
                    model=model,
                    recording=recording,
                ),
                threads,
                entry.address,
                table,
            ): entry
            for entry, recording, status in zip(entries, about, before, strict=True)
            if not status
        }
        if ray:
            from .cluster import ray_outcomes

            work = partial(ray_outcomes, address=ray, workers=workers)
        else:
            work = partial(outcomes, workers=processes, make_pool=make_pool)
        videos, others = divided([*jobs], seconds)
        segments = [each for video in videos for each in video.segments]
        parts = [*segments, *others]
        meter = Meter([out, *(video.folder for video in videos)])
        finished = joined(_counted(work(parts), meter), videos, work)
        with shown_progress(meter, len(parts)):
            found = list(_noted(finished, index, jobs))
    page = write_page(out, index_rows(out))
    counts = Counter(outcome.status for _, outcome in found)
    for words in left_out.words():
        print(words, file=sys.stderr)
    for name, outcome in found:
        if outcome.detail:
            named = name in shown(outcome.detail)
            words = outcome.detail if named else f"{name}: {outcome.detail}"
            print(f"{outcome.status}: {shown(words)}", file=sys.stderr)
    damaged = counts["damaged"] + before.count("damaged")
    said = f"{counts['done']} done, {len(entries) - len(jobs)} done before"
    failed = counts["failed"] + len(wrong)
    said += f", {failed} failed{f', {damaged} damaged' * (damaged > 0)}"
    print(f"{said}; see {shown(out / INDEX)} and {page.name}")
    return 1 if failed else EXIT_DAMAGED if damaged else 0


def _recording(settings: RunSettings, entry: Entry) -> RecordingOptions:
    recording = replace(settings.recording, **entry.about)
    recording.labels()  # says what cannot stand in a folder's name
    return recording


def _model(settings: RunSettings) -> tuple[Path, str]:
    """The model's file and SHA-256, once it has shown that it can be opened."""
    from ..opening import open_model

    predictor = open_model(settings, threads=1)
    return predictor.path, predictor.sha256


def _counted(
    finished: Iterator[tuple[Job, Outcome]], meter: Meter
) -> Iterator[tuple[Job, Outcome]]:
    for job, outcome in finished:
        meter.add(outcome.frames)
        yield job, outcome


def _noted(
    finished: Iterator[tuple[Job, Outcome]], index: Index, jobs: Mapping[Job, Entry]
) -> Iterator[tuple[str, Outcome]]:
    """Every outcome, put into the index; stops where the work was stopped."""
    for job, outcome in finished:
        if outcome.status == "stopped":
            raise KeyboardInterrupt
        index.add(jobs[job], outcome)
        yield jobs[job].name, outcome

"""The files of a batch on several machines, by Ray: the same work, in actors that hold the model.

Every machine has the program installed, and sees inputs (or reaches their addresses) and the output
folder under the same paths. The model is sent along.
"""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import tempfile
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from ...model.errors import InputError, MissingExtraError
from ...model.system.file_lock import one_at_a_time
from ...model.system.processors import processors
from ...model.system.quiet import native_silence
from .job import Job, Outcome, analyse_job

TRIES = 3
"""How often a file is begun whose worker goes away: machines fail, and some files are to blame."""
LOCAL = "local"
_PATIENCE_SECONDS = 10.0


def ray_outcomes(
    jobs: Sequence[Job],
    address: str,
    workers: int | None,
    *,
    work: Callable[[Job], Outcome] = analyse_job,
) -> Iterator[tuple[Job, Outcome]]:
    """Every job with its outcome, as they finish.

    Args:
        jobs: what is to be done; all have one model, whose file is there.
        address: of a Ray cluster (`auto`, `HOST:PORT`, `ray://HOST:PORT`), or `local` for one on
            this machine that ends with the batch.
        workers: actors, one for each processor of the cluster where it is None; each is given its
            share of the processors, and of the GPUs.
        work: what an actor does with a job.

    A job whose worker goes away is begun again, in another place, up to `TRIES` times. Raises
    `MissingExtraError` without Ray, `InputError` where there is no cluster.
    """
    ray = _import_ray()
    _connect(ray, address, workers)
    try:
        if jobs:
            yield from _finished(ray, jobs, workers, work)
    finally:
        ray.shutdown()


def _import_ray() -> Any:
    # Ray reports its use to its maker unless told not to, before its first import.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        return import_module("ray")
    except ImportError as error:
        raise MissingExtraError("--ray", "cluster") from error


def _connect(ray: Any, address: str, workers: int | None) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if address == LOCAL:
        # As many slots as actors, also where there are fewer processors.
        quiet |= {"num_cpus": max(workers or 1, processors()), "include_dashboard": False}
    elif "://" not in address and ":" in address:
        _reach(address)
    terminate = signal.getsignal(signal.SIGTERM)
    try:
        with native_silence():
            ray.init(address=address, **quiet)
    except Exception as error:  # whatever Ray says of a start that failed, bare Exceptions too
        reason = " ".join(str(error).split())[:200]
        if address == LOCAL:
            raise InputError(f"Ray does not start here ({reason}).") from error
        # Clusters ask for a token from Ray 2.59 on, and refuse others without saying so.
        raise InputError(
            f"No connection to Ray at {address} ({reason}). If the cluster uses a token, set "
            "RAY_AUTH_MODE=token here too."
        ) from error
    finally:
        # Ray takes the signal for itself, and would end without what a batch has to say.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, terminate)


def _reach(address: str) -> None:
    """Raise `InputError` where nobody answers: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=_PATIENCE_SECONDS).close()
    except (OSError, ValueError, OverflowError) as error:
        raise InputError(f"There is no Ray at {address} ({error}).") from error


def _finished(
    ray: Any, jobs: Sequence[Job], workers: int | None, work: Callable[[Job], Outcome]
) -> Iterator[tuple[Job, Outcome]]:
    there = ray.cluster_resources()
    slots = max(1, int(there.get("CPU", 1)))
    workers = workers or slots
    share = max(1, slots // workers)
    options: dict[str, Any] = {"num_cpus": share}
    if there.get("GPU"):
        options["num_gpus"] = min(1.0, there["GPU"] / workers)
    model = jobs[0].settings.model
    content = ray.put(model.read_bytes() if model is not None else b"")
    actor = ray.remote(**options)(Worker)

    def start() -> Any:
        return actor.remote(work, model, content, share)

    idle = deque(start() for _ in range(min(workers, len(jobs))))
    waiting, running = deque(jobs), {}
    begun: Counter[Job] = Counter()
    while waiting or running:
        while waiting and idle:
            job, worker = waiting.popleft(), idle.popleft()
            begun[job] += 1
            running[worker.analyse.remote(job)] = job, worker
        (done, *_), _ = ray.wait(list(running), num_returns=1)
        job, worker = running.pop(done)
        try:
            outcome = ray.get(done)
        except ray.exceptions.RayActorError:
            # Another in its place, wherever the cluster has room.
            idle.append(start())
            if begun[job] < TRIES:
                # Last: one file that fells its worker keeps nobody waiting.
                waiting.append(job)
                continue
            detail = f"its worker went away {TRIES} times: the file may be damaged"
            outcome = Outcome("failed", detail=detail)
        else:
            idle.append(worker)
        yield job, outcome


class Worker:
    """What runs in an actor: a place that keeps the model and the face finder loaded.

    Args:
        work: what it does with a job.
        model: the model's file on the machine that began.
        content: that file.
        threads: processors of this actor.
    """

    def __init__(
        self, work: Callable[[Job], Outcome], model: Path | None, content: bytes, threads: int
    ) -> None:
        self._work, self._threads = work, threads
        self._model = model if model is None else _placed(model, content)

    def analyse(self, job: Job) -> Outcome:
        """What becomes of a file."""
        settings = replace(job.settings, model=self._model)
        return self._work(replace(job, settings=settings, threads=self._threads))


def _placed(model: Path, content: bytes) -> Path:
    """The model's file on this machine: the same one, or a copy that all actors here share."""
    with suppress(OSError):
        if model.read_bytes() == content:
            return model
    folder = Path(tempfile.gettempdir()) / f"avce-model-{hashlib.sha256(content).hexdigest()}"
    folder.mkdir(exist_ok=True)
    copy = folder / model.name
    with one_at_a_time(folder / "lock"):
        if not copy.is_file() or copy.read_bytes() != content:
            copy.write_bytes(content)
    return copy

"""A study of long sessions: seconds, and how far memory grows with their number.

    python benchmarks/bench_study.py [SESSIONS] [MINUTES]

Made-up sessions of 30 readings per second, with a marker every 30 s, are worked out twice: a fifth
of them, then all. Time that grows in proportion, and memory that does not, hold for any number; of
fewer than 200 sessions of 20 minutes, the last lines scale the time to those and say so. So many
take some 1.4 GB of disk, and minutes to make.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from avce.app.analysis.reading import COLUMNS
from avce.app.session.rows import EVENTS_HEADER, event_line, table
from avce.app.study.plan import StudyPlan, Window
from avce.app.study.study import run_study

RATE = 30


def make_session(folder: Path, number: int, minutes: float) -> None:
    """A session of one face."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(number)
    n = int(minutes * 60 * RATE)
    columns = {}
    for column in COLUMNS:
        if column.dtype == "str":
            columns[column.name] = np.full(n, "", object)
        elif column.name == "success":
            columns[column.name] = np.ones(n, np.bool_)
        else:
            columns[column.name] = random.uniform(0, 0.5, n).astype(column.dtype)
    columns |= {"frame": np.arange(n), "timestamp": np.arange(n) / RATE}
    columns["face_id"] = np.zeros(n, np.int64)
    (folder / "frames.csv").write_bytes(table(columns))
    marks = [event_line(t, f"clip{i % 4}") for i, t in enumerate(range(5, int(minutes * 60), 30))]
    (folder / "events.csv").write_bytes(EVENTS_HEADER + b"".join(marks))
    about = f'"participant": "P{number // 2}", "session": "{number % 2}"'
    (folder / "session.json").write_text(f'{{"format": 1, "status": "complete", {about}}}')


def study(folder: str, out: str) -> None:
    """One study in a process of its own, so that its memory is its own."""
    start = time.perf_counter()
    plan = StudyPlan(condition="event", windows=(Window("w", -1, 10),), baseline=(-1, 0))
    outcome = run_study(Path(folder), Path(out), plan)
    seconds = time.perf_counter() - start
    work = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(outcome.recordings, seconds, work, peak)


def measured(folder: Path, out: Path) -> tuple[int, float, float, float]:
    done = subprocess.run(
        [sys.executable, __file__, "--study", str(folder), str(out)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    count, seconds, work, peak = done.stdout.split()
    return int(count), float(seconds), float(work), float(peak)


def many_enough(count: int, minutes: float) -> bool:
    """Whether it was measured, so that nothing needs to be scaled."""
    return count >= 200 and minutes >= 20


def main(count: int = 10, minutes: float = 20.0) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for i in range(count):
            part = "first" if i < max(count // 5, 1) else "rest"
            make_session(root / "all" / part / f"s{i:03}", i, minutes)
        rows = [
            measured(root / "all" / "first", root / "out-first"),
            measured(root / "all", root / "out-all"),
        ]
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} processors, load {load:.1f}; sessions of {minutes:g} minutes")
    for sessions, seconds, work, peak in rows:
        print(
            f"{sessions:4} sessions: {seconds:6.1f} s, of processor time {work:6.1f} s, "
            f"peak memory {peak:5.0f} MB"
        )
    if many_enough(count, minutes):
        return
    (few, *first), (many, *last) = rows
    for i, what in enumerate(("by the clock", "of processor time")):
        each = (last[i] - first[i]) / max(many - few, 1) * 20 / minutes
        whole = last[i] + each * (200 - many)
        print(f" 200 sessions of 20 minutes: {whole:.0f} s {what}, scaled from these, not measured")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--study"]:
        study(*sys.argv[2:4])
    else:
        main(*(int(argument) for argument in sys.argv[1:3]))

"""Frames a second of every way to analyse many files, on copies of the demo clip.

One worker on one processor, one on all of them, two, and two actors of a Ray cluster on this
machine (where Ray is installed). A worker alone uses two processors already, for it reads, finds
and estimates side by side: how well work is divided shows against the worker that has one. Each run
is a process of its own, start included; processor time is that of all its processes, which nobody
knows of Ray's. The readings of all ways are compared, row for row.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyarrow import Table, dataset, schema

from avce.app.sources.demo import DEMO_CLIP

ALONE = "one on one CPU"
WAYS = {
    ALONE: ["--workers", "1"],
    "one worker": ["--workers", "1"],
    "two workers": ["--workers", "2"],
    "Ray, two actors": ["--workers", "2", "--ray", "local"],
}
COMPARED = (
    ("two workers", ALONE),
    ("two workers", "one worker"),
    ("Ray, two actors", "two workers"),
)


def copies(folder: Path, count: int) -> Path:
    """A folder with so many copies of the clip."""
    folder.mkdir()
    for i in range(count):
        shutil.copy(DEMO_CLIP, folder / f"P{i}{DEMO_CLIP.suffix}")
    return folder


@contextmanager
def processors(only: int | None) -> Iterator[None]:
    """Meanwhile no more than so many processors, where the system lets a program say so."""
    if only is None or not hasattr(os, "sched_setaffinity"):
        yield
        return
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(usual)[:only])
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)


def run(videos: Path, out: Path, options: list[str]) -> tuple[float, float, Table]:
    """Seconds on the clock and of the processors, and the readings."""
    command = [sys.executable, "-m", "avce.app.cli", "batch", str(videos), "--out", str(out)]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*command, "--table", *options], check=True, capture_output=True)
    clock = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    rows = dataset.dataset(out / "readings").to_table()
    # Who somebody is is stored as a dictionary, which pyarrow does not sort.
    plain = [
        field.with_type(getattr(field.type, "value_type", field.type)) for field in rows.schema
    ]
    rows = rows.cast(schema(plain))
    order = [("input", "ascending"), ("frame", "ascending"), ("face_id", "ascending")]
    return clock, sum(after[:2]) - sum(before[:2]), rows.sort_by(order)


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=8, help="of the clip, 714 frames each")
    given = parser.parse_args()
    first: Table | None = None
    rates: dict[str, float] = {}
    print(f"{os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        videos = copies(Path(folder) / "videos", given.copies)
        for name, options in WAYS.items():
            if "--ray" in options and importlib.util.find_spec("ray") is None:
                print(f"{name:16} Ray is not installed")
                continue
            out = Path(folder) / name.replace(" ", "-")
            with processors(1 if name == ALONE else None):
                clock, processor, rows = run(videos, out, options)
            first = rows if first is None else first
            same = "same readings" if rows.equals(first) else "OTHER READINGS"
            count = rows.num_rows
            rates[name] = count / clock
            cost = f"{1e3 * processor / count:.1f} ms of a processor a frame, "
            print(
                f"{name:16} {count / clock:6.1f} frames/s, {'' if '--ray' in options else cost}"
                f"{count} frames in {clock:.1f} s, {same}"
            )
    for one, other in COMPARED:
        if one in rates and other in rates:
            print(f"{one} : {other} = {rates[one] / rates[other]:.2f}")


if __name__ == "__main__":
    main()

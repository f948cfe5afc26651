"""Frames a second of every way to analyse many files, on the same parts of the demo clip.

One worker, two, and two actors of a Ray cluster on this machine (where Ray is installed). Each run
is a process of its own, start included; processor time is that of all its processes, which nobody
knows of Ray's. The readings of all ways are compared, row for row.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pyarrow import Table, dataset, schema

from avce.app.sources.demo import DEMO_CLIP

WAYS = {
    "one worker": ["--workers", "1"],
    "two workers": ["--workers", "2"],
    "Ray, two actors": ["--workers", "2", "--ray", "local"],
}


def write_manifest(folder: Path, parts: int, seconds: float) -> Path:
    """Parts of the clip, one after the other."""
    rows = [f"{DEMO_CLIP},P{i},{i * seconds:g},{(i + 1) * seconds:g}" for i in range(parts)]
    path = folder / "parts.csv"
    path.write_text("\n".join(["path,participant,start,end", *rows, ""]), encoding="utf-8")
    return path


def run(manifest: Path, out: Path, options: list[str]) -> tuple[float, float, Table]:
    """Seconds on the clock and of the processors, and the readings."""
    command = [sys.executable, "-m", "avce.app.cli", "batch", str(manifest), "--out", str(out)]
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
    order = [("participant", "ascending"), ("frame", "ascending"), ("face_id", "ascending")]
    return clock, sum(after[:2]) - sum(before[:2]), rows.sort_by(order)


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5.9, help="of each part")
    given = parser.parse_args()
    first: Table | None = None
    print(f"{os.cpu_count()} processors")
    with tempfile.TemporaryDirectory() as folder:
        manifest = write_manifest(Path(folder), given.parts, given.seconds)
        for name, options in WAYS.items():
            if "--ray" in options and importlib.util.find_spec("ray") is None:
                print(f"{name:16} Ray is not installed")
                continue
            clock, processor, rows = run(manifest, Path(folder) / name.replace(" ", "-"), options)
            first = rows if first is None else first
            same = "same readings" if rows.equals(first) else "OTHER READINGS"
            count = rows.num_rows
            cost = f"{1e3 * processor / count:.1f} ms of a processor a frame, "
            print(
                f"{name:16} {count / clock:6.1f} frames/s, {'' if '--ray' in options else cost}"
                f"{count} frames in {clock:.1f} s, {same}"
            )


if __name__ == "__main__":
    main()

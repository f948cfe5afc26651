"""How cost grows with faces, resolution, rows of a session and hours of a run.

    python benchmarks/bench_growth.py [--parts faces sizes review hours] [--rows N] [--hours H]

`faces` and `sizes` go the whole way from frame to reading. `review` opens a session of so many rows
as the review window does, in a process of its own. `hours` records a run of four faces and markers
at 30 frames a second with a clock that is set forward frame by frame: finder and network are
stand-ins, so that what grows is the program's own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from types import SimpleNamespace

import numpy as np
import psutil
from composed_frames import Pixels, Place, astronaut, laid, portraits
from numpy.typing import NDArray

from avce.app.analysis.analyser import Analyser
from avce.app.session import writer as writing
from avce.app.session.rows import HEADER
from avce.app.session.writer import SessionWriter
from avce.app.settings import RecordingOptions
from avce.app.sources.base import Frame, SourceFacts
from avce.model.anchors import RULES
from avce.model.face.face import Face
from avce.model.face.tracked_faces import TrackedFaces
from avce.model.prediction import Prediction
from avce.model.predictor import ModelCard, Predictor

PARTS = ("faces", "sizes", "review", "hours")
FACES = (1, 2, 4, 8)
SIZES = {"480p": (854, 480), "720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160)}
FRAMES, RATE = 24, 30
OPEN_SECONDS, OPEN_BYTES = 5.0, 1e9
"""What a review of two million rows may take."""
OPEN = """
import resource, sys, time
from pathlib import Path
from avce.app.gui.review.data import load
began, started = time.perf_counter(), time.process_time()
review = load(Path(sys.argv[1]))
took, used = time.perf_counter() - began, time.process_time() - started
most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(len(review.session), took, used, most)
"""


def grid(width: int, height: int, count: int, side: float) -> list[Place]:
    """Places for so many faces, in rows of four."""
    columns = min(count, 4)
    rows = (count + 3) // 4
    return [
        Place((i % columns + 0.5) * width / columns, (i // columns + 0.5) * height / rows, side)
        for i in range(count)
    ]


def cost(analyser: Analyser, frame: Pixels) -> tuple[float, float, int]:
    """Milliseconds of a frame, at the median and of the processor, and how many faces are read."""
    walls, found, cpu = [], 0, 0.0
    for i in range(FRAMES + 4):
        began, used = time.perf_counter(), time.process_time()
        readings = analyser.analyse(Frame(i, i / RATE, frame, 0.0)).readings
        if i >= 4:
            walls.append(time.perf_counter() - began)
            cpu += time.process_time() - used
            found = sum(reading.success for reading in readings)
    return 1000 * median(walls), 1000 * cpu / FRAMES, found


def print_frames(which: str) -> None:
    """The whole way of a frame, by its faces or by its size."""
    (face, *_) = portraits([astronaut()])
    predictor = Predictor()
    cases = (
        [(f"720p, {n} faces", SIZES["720p"], n, 110.0) for n in FACES]
        if which == "faces"
        else [(f"{name}, 1 face", size, 1, size[1] * 0.25) for name, size in SIZES.items()]
    )
    for name, (width, height), count, side in cases:
        frame = np.full((height, width, 3), 90, np.uint8)
        for place in grid(width, height, count, side):
            frame = laid(frame, face, place)
        with Analyser(predictor, max_faces=count) as analyser:
            wall, cpu, found = cost(analyser, frame)
        print(f"{name:<16} {wall:7.1f} ms a frame, {cpu:7.1f} of the processor, {found} faces read")


def write_rows(folder: Path, count: int) -> None:
    """A session of two faces with so many rows, by the hundred thousand."""
    folder.mkdir()
    (folder / "events.csv").write_text("timestamp,label\n")
    (folder / "session.json").write_text('{"format": 1, "status": "complete"}')
    empty = HEADER.count(b",") - 12
    with (folder / "frames.csv").open("wb") as file:
        file.write(HEADER)
        for start in range(0, count, 100_000):
            rows = (
                f"{i // 2},{i // 2 / RATE:.4f},{i % 2},0.9,1,10,10,80,80,"
                f"{(i * 7919 % 2000) / 1000 - 1:.4f},0.25,0.1,0.2{',' * empty}\n"
                for i in range(start, min(start + 100_000, count))
            )
            file.write("".join(rows).encode())


def print_review(count: int) -> bool:
    """How long a review of so many rows takes to open, and how much memory; whether that holds."""
    with tempfile.TemporaryDirectory() as folder:
        session = Path(folder) / "session"
        write_rows(session, count)
        command = [sys.executable, "-c", OPEN, str(session)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows, seconds, used, most = done.stdout.split()
    good = float(seconds) <= OPEN_SECONDS and float(most) <= OPEN_BYTES
    print(
        f"{int(rows):,} rows: open in {float(seconds):.1f} s (<= {OPEN_SECONDS:g}), "
        f"{float(used):.1f} s of the processor, "
        f"{float(most) / 1e6:.0f} MB at most (<= {OPEN_BYTES / 1e6:.0f}): "
        f"{'met' if good else 'NOT MET'}"
    )
    return good


class Camera(SourceFacts):
    """A camera that is only named."""

    kind, name, size, rate = "camera", "camera", (200, 60), RATE


class Four:
    """A finder of four faces that sway, and a network that says what they do."""

    path, sha256, provider, anchors = Path("stand-in.onnx"), "0" * 64, "cpu", RULES["words"]
    card = ModelCard("1", "alexnet", "avce", "0", "nothing", {}, {"margin": 0.05, "size": 224})

    def __init__(self) -> None:
        self.tracked = TrackedFaces()
        self._points = np.zeros((478, 2), np.float32)
        self._maps = np.ones((4, 2, 3, 3), np.float32)
        self._features = np.zeros((4, 32), np.float32)
        self._count = 0

    def find(self, rgb: Pixels, timestamp_ms: int | None = None) -> list[Face]:
        self._count += 1
        sway = 4.0 * np.sin(self._count / 40)
        return [Face(20.0 + 40 * i + sway, 20, 20, 20, 0.9, self._points) for i in range(4)]

    def before(self, face: Face, earlier: object) -> Iterator[Face]:
        return iter(())

    def restart(self) -> None: ...

    def close(self) -> None: ...

    def predict(self, crops: NDArray[np.uint8]) -> Prediction:
        n = len(crops)
        va = np.full((n, 2), np.sin(self._count / 90) / 2, np.float32)
        return Prediction(va, self._maps[:n], self._features[:n])


def hours_of_use(folder: Path, hours: float, points: int) -> Iterator[tuple[float, ...]]:
    """Record so long in time that is set forward; at each of the points: hours, resident bytes,
    open files, threads, bytes of rows and of `session.json` a row, and ms a frame."""
    now = 0.0
    four = Four()
    clock = SimpleNamespace(monotonic=lambda: now)
    frame = np.zeros((60, 200, 3), np.uint8)
    process = psutil.Process()
    kept, writing.time = writing.time, clock  # type: ignore[assignment]
    try:
        with (
            Analyser(four, four, max_faces=4) as analyser,
            SessionWriter(
                RecordingOptions(folder),
                source=Camera(),
                model=four,
            ) as session,
        ):
            total = round(hours * 3600 * RATE)
            each = max(total // points, 1)
            began = time.perf_counter()
            for i in range(total):
                now = i / RATE
                session.write(analyser.analyse(Frame(i, now, frame, now)))
                if i % (60 * RATE) == 0:
                    session.event(f"minute {i // (60 * RATE)}", now)
                if (i + 1) % each == 0:
                    took = 1000 * (time.perf_counter() - began) / each
                    rows = (session.path / "frames.csv").stat().st_size / (4 * (i + 1))
                    told = (session.path / "session.json").stat().st_size
                    memory, threads = process.memory_info().rss, process.num_threads()
                    files = process.num_fds() if os.name != "nt" else process.num_handles()
                    yield now / 3600, memory, files, threads, rows, told, took
                    began = time.perf_counter()
    finally:
        writing.time = kept


def print_hours(hours: float) -> None:
    """The curve of a long run."""
    print(f"{hours:g} h at {RATE} frames/s, 4 faces, a marker a minute")
    print("     h  memory MB  files  threads  bytes/row  session.json  ms/frame")
    with tempfile.TemporaryDirectory() as folder:
        for at, memory, files, threads, row, told, took in hours_of_use(Path(folder), hours, 16):
            print(
                f"{at:6.2f} {memory / 1e6:10.1f} {files:6.0f} {threads:8.0f} {row:10.1f}"
                f" {told:13.0f} {took:9.2f}",
                flush=True,
            )


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 1 where the review takes longer, or more memory, than it may."""
    parser = argparse.ArgumentParser(description="How cost grows.")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--hours", type=float, default=8.0)
    given = parser.parse_args(arguments)
    print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}")
    good = True
    for part in given.parts:
        if part == "review":
            good &= print_review(given.rows)
        elif part == "hours":
            print_hours(given.hours)
        else:
            print_frames(part)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())

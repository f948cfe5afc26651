"""A video without a window: one frame after the other, and its stages side by side, in one run.

    python benchmarks/bench_headless.py [frames] [model]

The two take turns, so that the load of other programs meets both alike; their ratio is what to
compare between machines. Then what each part costs alone, the finder broken down: what MediaPipe's
landmark network needs is not ours to save.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from statistics import median

import numpy as np

from avce.app.analysis.analyser import Analyser, Analysis
from avce.app.analysis.pipeline import frames_of
from avce.app.sources import open_source
from avce.app.sources.base import Frame
from avce.model.face.mesh import cut_out
from avce.model.predictor import Predictor

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds a frame: of the wall clock, and of the processor in all threads."""

    wall: float
    cpu: float


def cost(run: Callable[[], int]) -> Cost:
    """What a run costs that returns how many frames it did."""
    wall, cpu = time.perf_counter(), time.process_time()
    done = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Cost(1000.0 * wall / done, 1000.0 * cpu / done)


def one_by_one(analyser: Analyser, frames: Iterable[Frame]) -> Iterator[Analysis]:
    """The readings of every frame without threads."""
    return map(analyser.analyse, frames)


def video(predictor: Predictor, count: int, *, side_by_side: bool) -> tuple[Cost, list[str]]:
    """The demo clip through the whole path: what it costs, and its readings."""
    said: list[str] = []

    def run() -> int:
        with (
            open_source("demo", loop=True) as source,
            Analyser(predictor) as analyser,
            closing(frames_of(source)) as frames,
        ):
            some = islice(frames, count)
            run = analyser.analyse_all(some) if side_by_side else one_by_one(analyser, some)
            said.extend(repr(analysis.readings) for analysis in run)
        return len(said)

    return cost(run), said


def parts(predictor: Predictor, count: int) -> dict[str, Cost]:
    """What each part costs alone, once the face is followed."""
    with open_source("demo", loop=True) as source:
        read: list[Frame] = []

        def decode() -> int:
            read.extend(islice(frames_of(source), count))
            return len(read)

        found = {"decode": cost(decode)}
    with Analyser(predictor) as analyser:
        finder = analyser._finder

        def find() -> int:
            for each in read:
                analyser.find(each)
            return count

        find()
        found["find the face"] = cost(find)
        last = read[-1]
        (face,) = analyser.find(last).faces
        square = face.square(predictor.card.geometry)
        crops = square.cut(last.rgb)[None]
        # What the finder is made of, on the square in which the face is followed.
        seen = finder._followed[0].square  # type: ignore[attr-defined]
        cut, judge = cut_out(seen, last.rgb), finder._opened()  # type: ignore[attr-defined]
        steps: dict[str, Callable[[], object]] = {
            "  cut for the landmarks": lambda: cut_out(seen, last.rgb),
            "  landmarks (MediaPipe)": lambda: judge._mesh.measure([cut]),
            "  confidence (YuNet)": lambda: judge.confidence(cut),
            "crop it": lambda: square.cut(last.rgb),
            "estimate with maps": lambda: predictor.predict(crops),
        }
        for name, step in steps.items():

            def repeat(step: Callable[[], object] = step) -> int:
                for _ in range(count):
                    step()
                return count

            found[name] = cost(repeat)
    return found


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 150
    predictor = Predictor(sys.argv[2] if len(sys.argv) > 2 else None)
    video(predictor, 20, side_by_side=True)
    one, side = [], []
    for _ in range(ROUNDS):
        before, was = video(predictor, count, side_by_side=False)
        after, now = video(predictor, count, side_by_side=True)
        if was != now:
            print("the readings differ", file=sys.stderr)
            return 1
        one.append(before)
        side.append(after)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else np.nan
    print(f"{predictor.path.name} on {predictor.provider}, {os.cpu_count()} cores, load {load:.1f}")
    print(f"{'':<26}{'frames/s':>10}{'wall ms':>10}{'cpu ms':>10}")
    for name, costs in (("one after the other", one), ("side by side", side)):
        wall, cpu = (median(getattr(c, kind) for c in costs) for kind in ("wall", "cpu"))
        print(f"{name:<26}{1000.0 / wall:>10.1f}{wall:>10.2f}{cpu:>10.2f}")
    ratio = median(b.wall / a.wall for b, a in zip(one, side, strict=True))
    print(f"{'faster by':<26}{ratio:>10.2f}")
    alone = parts(predictor, count)
    print("each part alone")
    for name, each in alone.items():
        print(f"{name:<26}{'':>10}{each.wall:>10.2f}{each.cpu:>10.2f}")
    stages = {
        "decode": alone["decode"].wall,
        "find": alone["find the face"].wall,
        "estimate": alone["crop it"].wall + alone["estimate with maps"].wall,
    }
    slowest = max(stages, key=lambda name: stages[name])
    share = median(c.wall for c in side) / stages[slowest]
    print(f"side by side takes {share:.2f} x its slowest stage ({slowest})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

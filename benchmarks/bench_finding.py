"""Which faces are found, by size, yaw, roll and light; what else is taken for one; what it costs.

    python benchmarks/bench_finding.py [FOLDER] [--turned FOLDER] [--parts recall false ...]

The faces are Eileen Collins and the demo clip's, and those of a FOLDER of portraits, laid into
photographs and drawn rooms (`composed_frames`). Heads turned by known angles are those that
`tools/rendering/render_turned.py` renders. Beside it stands, where asked for, what MediaPipe's own
finder makes of the same frames (`former_finder`). `docs/finding.md` holds what it printed.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from composed_frames import (
    Place,
    Portrait,
    astronaut,
    folder,
    hit,
    laid,
    portraits,
    turned,
    with_glasses,
    with_mask,
)
from face_free import empty_video, scene
from finding_in_videos import (
    print_cost,
    print_first,
    print_hidden,
    print_jitter,
    print_shift,
    print_walk,
)
from former_finder import FormerFinder
from numpy.typing import NDArray

from avce.app.sources.demo import DemoSource
from avce.model.face.finder import FaceFinder

Pixels = NDArray[np.uint8]
FRAMES = {"480p": (640, 480), "720p": (1280, 720), "1080p": (1920, 1080), "4K": (3840, 2160)}
SIZES = (32, 40, 48, 64, 100, 160, 240)
PARTS = ("cost", "first", "jitter", "walk", "hidden", "shift", "recall", "groups", "false")
LIGHTS: dict[str, Callable[[Pixels], Pixels]] = {
    "dark": lambda rgb: (rgb * 0.28).astype(np.uint8),
    "very dark": lambda rgb: (rgb * 0.1).astype(np.uint8),
    "grey": lambda rgb: np.repeat(rgb.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2),
    "flat": lambda rgb: np.clip(255 - (255 - rgb * 0.35) * 0.75, 0, 255).astype(np.uint8),
    "noisy": lambda rgb: np.clip(
        rgb + np.random.default_rng(0).normal(0, 20, rgb.shape), 0, 255
    ).astype(np.uint8),
}
BLACK = (25, 25, 28)
_FRONTAL = 25.0
"""Degrees of yaw up to which a portrait is frontal."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the table: who is laid how into which frames, and what is done to these."""

    name: str
    faces: list[Portrait]
    shape: tuple[int, int] = FRAMES["720p"]
    roll: float = 0.0
    light: Callable[[Pixels], Pixels] = lambda rgb: rgb
    behind: Callable[[Pixels], Pixels] = lambda rgb: rgb
    beyond: float = -0.4
    """How far a face may reach over the frame's edge, in shares of its width; less keeps it in."""


def composed(
    row: Row, size: float, rng: np.random.Generator, most: int
) -> tuple[Pixels, list[Place]]:
    """A frame and where its faces are, as many as fit up to `most`."""
    width, height = row.shape
    places: list[Place] = []
    for _ in range(40):
        if len(places) == most:
            break
        edge = (0.5 - row.beyond) * size
        x, y = (rng.uniform(min(edge, n / 2), max(n - edge, n / 2)) for n in row.shape)
        if row.beyond > 0:
            x = rng.choice([edge, width - edge])
        if all(math.hypot(x - other.x, y - other.y) > 2.2 * size for other in places):
            places.append(Place(x, y, size, row.roll * rng.choice([-1, 1])))
    frame = row.behind(scene(int(rng.integers(1000)), width, height))
    for place in places:
        frame = laid(frame, row.faces[int(rng.integers(len(row.faces)))], place)
    return frame, places


def recall(
    row: Row, frames: int, make: Callable[[], FaceFinder | FormerFinder]
) -> Iterator[tuple[int, int]]:
    """Of each size how many of the faces are found in stills, and how many were laid."""
    rng = np.random.default_rng(0)
    with make() as finder:
        for size in SIZES:
            found = count = 0
            for _ in range(frames):
                frame, places = composed(row, size, rng, 6 if size < 100 else 2)
                seen = finder.find(row.light(frame))
                found += sum(any(hit(face, place) for face in seen) for place in places)
                count += len(places)
            yield found, count


def rows(faces: list[Portrait], heads: list[Portrait]) -> list[Row]:
    """The rows of the table."""
    near = [face for face in faces if abs(face.yaw) < _FRONTAL]
    table = [Row(f"frontal, {name}", near, shape) for name, shape in FRAMES.items()]
    table += [Row(f"roll {roll}", near, roll=roll) for roll in (15, 30, 45)]
    table += [Row(name, near, light=light) for name, light in LIGHTS.items()]
    table.append(
        Row("backlit", near, light=LIGHTS["dark"], behind=lambda rgb: 255 - (255 - rgb) // 4)
    )
    table.append(Row("glasses", [with_glasses(face, dark=False) for face in near]))
    table.append(Row("dark glasses", [with_glasses(face, dark=True) for face in near]))
    table.append(Row("mask", [with_mask(face) for face in near]))
    table.append(Row("black mask", [with_mask(face, BLACK) for face in near]))
    table.append(Row("a quarter outside", near, beyond=0.25))
    for yaw in sorted({round(abs(head.yaw)) for head in heads}):
        table.append(Row(f"yaw {yaw}", [h for h in heads if round(abs(h.yaw)) == yaw]))
    table.append(Row("yaw 60, roll 30", [h for h in heads if round(abs(h.yaw)) == 60], roll=30))
    return [row for row in table if row.faces]


def print_recall(table: list[Row], frames: int, only: str, former: bool) -> None:
    """The table of recall, in Markdown; frames are 1280 x 720 where no other ones are named."""
    print("found of laid, by width of the face in px; over all widths, in per cent")
    heads = ["", *map(str, SIZES), "all", *(["before"] if former else [])]
    print(_in_columns(heads), _in_columns(["---"] * len(heads)), sep="\n")
    for row in table:
        if only not in row.name:
            continue
        count = max(frames // (4 if "4K" in row.name else 1), 1)
        cells = list(recall(row, count, lambda: FaceFinder(20)))
        texts = [f"{found}/{laid_down}" for found, laid_down in cells] + [_share(cells)]
        if former:
            texts.append(_share(list(recall(row, count, lambda: FormerFinder(20)))))
        print(_in_columns([row.name, *texts]), flush=True)


def _in_columns(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _share(cells: list[tuple[int, int]]) -> str:
    return f"{100 * sum(found for found, _ in cells) / sum(count for _, count in cells):.1f}"


def print_groups(faces: list[Portrait], frames: int) -> None:
    """Group photographs: rows of people, those behind smaller, heads a little rolled."""
    for name, count in (("720p", 5), ("720p", 10), ("1080p", 20)):
        rng, found, laid_down = np.random.default_rng(count), 0, 0
        width, height = FRAMES[name]
        with FaceFinder(20) as finder:
            for i in range(frames):
                frame, places = scene(i, width, height), []
                columns = math.ceil(count / math.ceil(count / 7))
                for k in range(count):
                    size = 0.4 * width / columns * rng.uniform(0.6, 1.0)
                    x = width * (k % columns + 0.5 + rng.uniform(-0.1, 0.1)) / columns
                    y = height * (0.2 + 0.25 * (k // columns) + rng.uniform(-0.03, 0.03))
                    places.append(Place(x, y, min(size, 0.14 * height), rng.normal(0, 8)))
                for place in places:
                    frame = laid(frame, faces[int(rng.integers(len(faces)))], place)
                seen = finder.find(frame)
                found += sum(any(hit(face, place) for face in seen) for place in places)
                laid_down += count
        print(f"groups of {count:2d} in {name}: {found} of {laid_down} faces found", flush=True)


def print_false(frames: int, length: int = 25) -> None:
    """False faces in videos and stills without people, up to twenty a frame asked for."""
    shapes, wrong, videos = list(FRAMES.values()), [], max(frames // length, 1)
    for which in range(videos):
        # One in ten is large.
        shape = shapes[2 if which % 10 == 9 else which % 2]
        with FaceFinder(20, video=True) as finder:
            rows = sum(
                len(finder.find(rgb, 40 * i))
                for i, rgb in enumerate(empty_video(which, *shape, length))
            )
        wrong += [(which, rows)] if rows else []
    rows = sum(count for _, count in wrong)
    print(f"videos without people: {rows} false faces in {videos * length} frames {wrong or ''}")
    with FaceFinder(20) as finder:
        alone = [
            which
            for which in range(frames // 2)
            if finder.find(next(empty_video(1000 + which, *shapes[which % 2], 2)))
        ]
    print(f"stills without people: {len(alone)} of {frames // 2} gave a face {alone or ''}")


def demo_faces(every: int = 60) -> Iterator[Pixels]:
    """Some frames of the demo clip."""
    with DemoSource() as source:
        while (frame := source.read()) is not None:
            if frame.index % every == 0:
                yield frame.rgb


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--turned", type=Path, help="what render_turned.py wrote")
    parser.add_argument("--faces", type=int, default=60, help="portraits taken from the folder")
    parser.add_argument("--frames", type=int, default=8, help="frames of each cell of the table")
    parser.add_argument("--without", type=int, default=1000, help="frames without people")
    parser.add_argument("--former", action="store_true", help="compare with MediaPipe's finder")
    parser.add_argument("--rows", default="", help="only rows of the table with these words")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    asked = parser.parse_args()
    images = [astronaut(), *demo_faces()]
    if asked.folder is not None:
        images += folder(asked.folder, asked.faces)
    faces = portraits(images)
    heads = list(turned(asked.turned)) if asked.turned else []
    print(f"{len(faces)} portraits, {len(heads)} turned heads")
    parts: dict[str, Callable[[], None]] = {
        "cost": lambda: print_cost(faces[0]),
        "first": lambda: print_first(faces[0], FRAMES),
        "jitter": lambda: print_jitter(faces[0]),
        "walk": lambda: print_walk(faces[0]),
        "hidden": lambda: print_hidden(faces[0], faces[-1]),
        "shift": lambda: print_shift(faces),
        "recall": lambda: print_recall(rows(faces, heads), asked.frames, asked.rows, asked.former),
        "groups": lambda: print_groups(faces, asked.frames),
        "false": lambda: print_false(asked.without),
    }
    for part in PARTS:
        if part in asked.parts:
            parts[part]()


if __name__ == "__main__":
    main()

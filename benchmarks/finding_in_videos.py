"""Faces in videos: followed, hidden, crossing; how steady, where they lay before, at what cost."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
from composed_frames import Place, Portrait, hit, laid
from face_free import scene
from former_finder import FormerFinder
from numpy.typing import NDArray

from avce.app.analysis.tracking import Tracker
from avce.model.face.crop_geometry import GEOMETRIES
from avce.model.face.face import Face
from avce.model.face.finder import FaceFinder
from avce.model.face.square import CROP_SIZE

Pixels = NDArray[np.uint8]
_HD = (1280, 720)


def _grainy(rgb: Pixels, rng: np.random.Generator, grain: float) -> Pixels:
    return np.clip(rgb + rng.normal(0, grain, rgb.shape), 0, 255).astype(np.uint8)


def print_walk(face: Portrait, frames: int = 300) -> None:
    """A person walks from 0.4 m to 4 m and back before a 720p camera."""
    rng, tracker = np.random.default_rng(0), Tracker()
    room, numbers, missed = scene(1, *_HD), set[int](), 0
    with FaceFinder(video=True) as finder:
        for i in range(frames):
            metres = 2.2 - 1.8 * math.cos(2 * math.pi * i / (frames - 1))
            x, y = 640 + 250 * math.sin(i / 17), 360 + 40 * math.sin(i / 11)
            place = Place(x, y, 136.0 / metres, 8 * math.sin(i / 23))
            seen = finder.find(_grainy(laid(room, face, place), rng, 3.0), 33 * i)
            numbers.update(tracker.update(seen, i / 30))
            missed += not any(hit(one, place) for one in seen)
    print(f"walk from 0.4 m to 4 m and back: {missed} of {frames} frames missed, ", end="")
    print(f"{len(numbers)} face number(s)")


def _apart(face: Face, place: Place) -> float:
    return math.hypot(face.x + face.width / 2 - place.x, face.y + face.width / 2 - place.y)


def print_first(face: Portrait, shapes: dict[str, tuple[int, int]]) -> None:
    """In which frame of a video a face is first given: what a still shows at one go, a video is
    searched for in turn. The worst of three places."""
    print("first frame of a video with a face, by its width in px")
    for name, (width, height) in shapes.items():
        told = []
        for size in (32, 48, 100, 240):
            worst = 0
            for share in (0.15, 0.5, 0.85):
                place = Place(share * width, (1 - share) * height, size)
                frame, i = laid(scene(0, width, height), face, place), 0
                with FaceFinder(video=True) as finder:
                    while not finder.find(frame, 33 * i) and i < 99:
                        i += 1
                worst = max(worst, i + 1)
            told.append(f"{size}: {worst}")
        print(f"  {name:6s}" + ", ".join(told), flush=True)


def print_hidden(face: Portrait, other: Portrait, frames: int = 180) -> None:
    """Two people pass each other, then one of them is hidden for two seconds."""
    rng, tracker = np.random.default_rng(0), Tracker()
    room, numbers, wrong = scene(8, *_HD), dict[int, set[int]](), 0
    with FaceFinder(2, video=True) as finder:
        for i in range(frames):
            across = 300 * math.cos(math.pi * min(i, 90) / 90)
            places = {0: Place(640 + across, 370, 100), 1: Place(640 - across, 350, 84)}
            frame = laid(room, other, places[1])
            frame = laid(frame, face, places[0])
            hidden = 100 <= i < 160
            if hidden:
                x, y = int(places[0].x), int(places[0].y)
                frame[y - 120 : y + 140, x - 100 : x + 100] = (70, 90, 60)
            seen = finder.find(_grainy(frame, rng, 2.0), 33 * i)
            for number, one in zip(tracker.update(seen, i / 30), seen, strict=True):
                who = min(places, key=lambda p: _apart(one, places[p]))
                # While they are in one place nobody can tell.
                if abs(across) > 60:
                    numbers.setdefault(who, set()).add(number)
                wrong += hidden and who == 0
    print(f"crossing, and 2 s behind something: face numbers {numbers}, {wrong} false rows")


def print_jitter(face: Portrait) -> None:
    """How much the crop of a still face trembles in noise, in shares of the face's width."""
    for size in (32, 48, 64, 96, 128, 200, 300):
        rng, place = np.random.default_rng(1), Place(640, 360, size)
        still = laid(scene(1, *_HD), face, place)
        seen = []
        with FaceFinder(video=True) as finder:
            for i in range(40):
                squares = [one.square() for one in finder.find(_grainy(still, rng, 4.0), 33 * i)]
                seen += [(one.x, one.y, one.side) for one in squares]
        if len(seen) > 8:
            spread = np.std(seen[8:], axis=0) / size
            print(
                f"jitter at {size:3d} px: x {spread[0]:.4f}, y {spread[1]:.4f}, "
                f"side {spread[2]:.4f} of the face's width"
            )
        else:
            print(f"jitter at {size:3d} px: not found")


def print_shift(faces: list[Portrait]) -> None:
    """How far landmarks and crops of large faces lie from where MediaPipe finds them in the whole
    frame, as this program did before: in px of the frame, and of the crop of 224 px."""
    for size, shape in ((200, (640, 480)), (300, _HD), (450, _HD), (700, (1920, 1080))):
        points: list[float] = []
        squares: dict[str, list[float]] = {name: [] for name in GEOMETRIES}
        cropped: dict[str, list[float]] = {name: [] for name in GEOMETRIES}
        for which, face in enumerate(faces):
            frame = laid(scene(which, *shape), face, Place(shape[0] / 2, shape[1] / 2, size))
            with FaceFinder(video=True) as now, FormerFinder(video=True) as then:
                ours = theirs = []
                for i in range(8):
                    ours, theirs = now.find(frame, 33 * i), then.find(frame, 33 * i)
            if not ours or not theirs or abs(ours[0].x - theirs[0].x) > 0.3 * size:
                continue
            # The mean over the points: what they share is a shift of the face.
            offsets = ours[0].landmarks - theirs[0].landmarks
            points.append(float(np.hypot(*offsets.mean(axis=0))))
            for name in GEOMETRIES:
                one, two = ours[0].square(name), theirs[0].square(name)
                squares[name].append(math.hypot(one.x - two.x, one.y - two.y))
                cropped[name].append(squares[name][-1] * CROP_SIZE / two.side)
        told = [f"landmarks' mean {np.median(points):.2f} (95 %: {np.percentile(points, 95):.2f})"]
        told += [
            f"{name} crop {np.median(each):.2f} ({np.percentile(each, 95):.2f}), of its own px "
            f"{np.median(cropped[name]):.2f} ({np.percentile(cropped[name], 95):.2f})"
            for name, each in squares.items()
        ]
        print(f"shift at {size} px, {len(points)} faces, px: {', '.join(told)}", flush=True)


def _timed(
    find: Callable[[Pixels, int], object], frame: Pixels, times: int = 40
) -> tuple[float, float, float, float]:
    """Milliseconds of the first frame; median and mean of the later ones; their processor time."""
    took, worked = [], []
    for i in range(times):
        before, began = time.perf_counter(), time.process_time()
        find(frame, 33 * i)
        took.append(1e3 * (time.perf_counter() - before))
        worked.append(1e3 * (time.process_time() - began))
    rest = slice(times // 5, None)
    return took[0], float(np.median(took[rest])), float(np.mean(took[rest])), float(
        np.mean(worked[rest])
    )  # fmt: skip


def print_cost(face: Portrait) -> None:
    """Milliseconds of a frame of a video, beside those of the former finder."""
    print("cost, ms: first frame, median and mean of the others, processor time; the former finder")
    for name, shape, count, size in (
        *(("480p", (640, 480), 1, 200), ("720p", _HD, 1, 240), ("720p", _HD, 8, 100)),
        *(("1080p", (1920, 1080), 1, 380), ("1080p", (1920, 1080), 1, 80)),
        *(("4K", (3840, 2160), 1, 300), ("4K", (3840, 2160), 8, 120)),
        *(("720p", _HD, 0, 0), ("1080p", (1920, 1080), 0, 0), ("4K", (3840, 2160), 0, 0)),
    ):
        width, height = shape
        frame = scene(0, width, height)
        for i in range(count):
            x, y = width * (0.13 + 0.245 * (i % 4)), height * (0.3 + 0.42 * (i // 4))
            if count == 1:
                x, y = width / 2, height / 2
            frame = laid(frame, face, Place(x, y, size))
        texts = []
        for make in (FaceFinder, FormerFinder):
            with make(max(count, 1), video=True) as finder:
                # What loading leaves to the first call is not a frame's.
                finder.find(np.zeros((64, 64, 3), np.uint8), 0)
                first, middle, mean, work = _timed(lambda f, ms, g=finder: g.find(f, ms + 5), frame)
            texts.append(f"{first:6.1f} {middle:6.1f} {mean:6.1f} {work:6.1f}")
        print(f"{name:6s}{count} faces of {size:3d} px: " + "  |  ".join(texts), flush=True)

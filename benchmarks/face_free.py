"""Frames without people: photographs of things, drawn rooms, things that resemble faces, noise.

The photographs come with scikit-image and scikit-learn. Its coins are left out: heads are struck on
them. Clocks, sockets and smiling suns are drawn, since they are what face finders trip over.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Drawing = Callable[[np.random.Generator, int, int], Pixels]

THINGS = (
    *("coffee", "chelsea", "rocket", "brick", "grass", "gravel", "hubble_deep_field", "retina"),
    *("moon", "text", "page", "clock", "horse", "cell", "colorwheel", "immunohistochemistry"),
    *("microaneurysms", "logo", "checkerboard", "shepp_logan_phantom", "cat"),
)
"""Photographs of scikit-image; the first eight are what portraits are laid into."""
SAMPLES = ("china.jpg", "flower.jpg")
SCENES = 8


@cache
def thing(name: str) -> Pixels:
    """A photograph uint8 [H, W, 3] without people."""
    if name in SAMPLES:
        from sklearn.datasets import load_sample_image

        return np.asarray(load_sample_image(name), np.uint8)
    from skimage import data

    rgb = np.asarray(getattr(data, name)())
    if rgb.dtype != np.uint8:
        rgb = rgb / max(float(rgb.max()), 1e-6) * 255.0
    rgb = rgb if rgb.ndim == 3 else np.repeat(rgb[..., None], 3, axis=2)
    return np.ascontiguousarray(rgb[..., :3], np.uint8)


def view(name: str, rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A part of a photograph, enlarged to fill the frame, maybe mirrored."""
    rgb = thing(name)
    scale = max(width / rgb.shape[1], height / rgb.shape[0]) * rng.uniform(1.0, 1.6)
    rgb = np.asarray(cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))
    x, y = (
        int(rng.integers(0, max(1, rgb.shape[i] - n + 1))) for i, n in ((1, width), (0, height))
    )
    rgb = rgb[y : y + height, x : x + width]
    return np.ascontiguousarray(rgb[:, ::-1] if rng.random() < 0.5 else rgb, np.uint8)


def room(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """An empty room: wall, floor, door, window, shelves with things, a lamp, camera noise."""
    rgb = np.empty((height, width, 3), np.float32)
    wall, floor = rng.uniform(90, 220, 3), rng.uniform(40, 140, 3)
    horizon = int(height * rng.uniform(0.6, 0.8))
    rgb[:horizon], rgb[horizon:] = wall, floor
    for _ in range(int(rng.integers(6, 22))):
        x, y = int(rng.uniform(0, width)), int(rng.uniform(0, horizon))
        w, h = int(width * rng.uniform(0.02, 0.25)), int(height * rng.uniform(0.03, 0.4))
        colour = tuple(map(float, rng.uniform(20, 240, 3)))
        if rng.random() < 0.3:
            cv2.ellipse(rgb, (x, y), (max(w // 3, 2), max(h // 3, 2)), 0, 0, 360, colour, -1)
        else:
            cv2.rectangle(rgb, (x, y), (x + w, y + h), colour, -1)
    light = np.linspace(rng.uniform(0.6, 1.1), rng.uniform(0.6, 1.1), width)[None, :, None]
    rgb = cv2.GaussianBlur(rgb * light, (0, 0), max(height / 720.0, 0.6))
    return np.clip(rgb + rng.normal(0, 4, rgb.shape), 0, 255).astype(np.uint8)


def noise(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Soft colours of several scales under grain."""
    rgb = np.full((height, width, 3), 128.0)
    for cells in (8, 24, 80):
        coarse = rng.normal(0.0, 1.0, (height // cells + 2, width // cells + 2, 3))
        rgb += 30.0 * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(rgb + rng.normal(0, 8, rgb.shape), 0, 255).astype(np.uint8)


def ramp(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A wall that light falls on from a side."""
    grey = np.linspace(rng.uniform(20, 120), rng.uniform(130, 240), width)
    return np.repeat(np.repeat(grey[None, :, None], height, 0), 3, 2).astype(np.uint8)


def stripes(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Cloth: waves across each other."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    rgb = np.full((height, width, 3), 125.0, np.float32)
    for _ in range(3):
        angle, wave = rng.uniform(0, math.pi), rng.uniform(6, 90)
        along = np.sin((x * math.cos(angle) + y * math.sin(angle)) * 2 * math.pi / wave)
        rgb += along[..., None] * rng.uniform(-40, 40, 3)
    return np.clip(rgb + rng.normal(0, 4, rgb.shape), 0, 255).astype(np.uint8)


def lookalikes(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A room with clocks, sockets, cars' fronts and smiling suns on its wall."""
    rgb = room(rng, width, height)
    for _ in range(int(rng.integers(2, 7))):
        side = height * rng.uniform(0.08, 0.45)
        x, y = rng.uniform(side, max(width - side, side + 1)), rng.uniform(0.5 * side, height)
        draw = (_clock, _socket, _front, _sun)[int(rng.integers(4))]
        draw(rgb, rng, int(x), int(y), int(side))
    rgb = cv2.GaussianBlur(rgb, (0, 0), max(height / 720.0, 0.6))
    return np.clip(rgb + rng.normal(0, 4, rgb.shape), 0, 255).astype(np.uint8)


def _colour(rng: np.random.Generator, low: float = 0, high: float = 255) -> tuple[float, ...]:
    return tuple(map(float, rng.uniform(low, high, 3)))


def _clock(rgb: Pixels, rng: np.random.Generator, x: int, y: int, side: int) -> None:
    radius = side // 2
    cv2.circle(rgb, (x, y), radius, _colour(rng, 0, 90), -1)
    cv2.circle(rgb, (x, y), int(0.9 * radius), _colour(rng, 190), -1)
    for hour in range(12):
        angle = hour * math.pi / 6
        at = (int(x + 0.75 * radius * math.cos(angle)), int(y + 0.75 * radius * math.sin(angle)))
        cv2.circle(rgb, at, max(radius // 16, 1), (20, 20, 20), -1)
    for length in (0.5, 0.75):
        angle = rng.uniform(0, 2 * math.pi)
        tip = (
            int(x + length * radius * math.cos(angle)),
            int(y + length * radius * math.sin(angle)),
        )
        cv2.line(rgb, (x, y), tip, (15, 15, 15), max(radius // 14, 1))


def _socket(rgb: Pixels, rng: np.random.Generator, x: int, y: int, side: int) -> None:
    half = side // 2
    cv2.rectangle(rgb, (x - half, y - half), (x + half, y + half), _colour(rng, 200), -1)
    cv2.circle(rgb, (x, y), int(0.8 * half), _colour(rng, 170, 230), -1)
    for sign in (-1, 1):
        at = (x + sign * half // 3, y - half // 6)
        if rng.random() < 0.5:
            cv2.circle(rgb, at, max(half // 9, 1), (25, 25, 25), -1)
        else:
            cv2.line(rgb, at, (at[0], at[1] + half // 3), (25, 25, 25), max(half // 12, 1))
    if rng.random() < 0.6:
        cv2.ellipse(rgb, (x, y + half // 3), (half // 6, half // 6), 0, 0, 180, (25, 25, 25), -1)


def _front(rgb: Pixels, rng: np.random.Generator, x: int, y: int, side: int) -> None:
    half, body = side // 2, _colour(rng, 40, 220)
    cv2.rectangle(rgb, (x - half, y - half // 2), (x + half, y + half // 2), body, -1)
    cv2.rectangle(rgb, (x - int(0.7 * half), y - half), (x + int(0.7 * half), y), body, -1)
    cv2.rectangle(
        rgb, (x - int(0.6 * half), y - int(0.9 * half)), (x + int(0.6 * half), y - half // 4),
        (60, 70, 80), -1,
    )  # fmt: skip
    for sign in (-1, 1):
        cv2.circle(rgb, (x + sign * int(0.7 * half), y), max(half // 5, 1), (240, 240, 220), -1)
    cv2.rectangle(
        rgb, (x - half // 2, y + half // 8), (x + half // 2, y + half // 3), (30,) * 3, -1
    )


def _sun(rgb: Pixels, rng: np.random.Generator, x: int, y: int, side: int) -> None:
    radius, ink = side // 2, (30.0, 25.0, 20.0)
    cv2.circle(rgb, (x, y), radius, (250.0, rng.uniform(170, 230), 40.0), -1)
    cv2.circle(rgb, (x, y), radius, ink, max(radius // 20, 1))
    for sign in (-1, 1):
        eye = (x + sign * int(0.35 * radius), y - int(0.25 * radius))
        cv2.ellipse(rgb, eye, (max(radius // 9, 1), max(radius // 6, 1)), 0, 0, 360, ink, -1)
    mouth = (int(0.55 * radius), int(0.45 * radius))
    cv2.ellipse(rgb, (x, y + radius // 10), mouth, 0, 20, 160, ink, max(radius // 14, 1))


DRAWN: tuple[Drawing, ...] = (room, noise, ramp, stripes, lookalikes)


def scene(which: int, width: int, height: int) -> Pixels:
    """A frame to lay portraits into: a photograph of a thing, or a drawn room or wall."""
    rng, kind = np.random.default_rng(which), which % (SCENES + 3)
    if kind < SCENES:
        return view(THINGS[kind], rng, width, height)
    return DRAWN[kind - SCENES](rng, width, height)


def empty_video(which: int, width: int, height: int, frames: int) -> Iterator[Pixels]:
    """A video without people: a camera pans and zooms over a scene; grain and light change."""
    rng = np.random.default_rng((3, which))
    kinds = len(THINGS) + len(SAMPLES) + 2 * len(DRAWN)
    kind = which % kinds
    wide = (int(1.5 * width), int(1.5 * height))
    if kind < len(THINGS) + len(SAMPLES):
        still = view((*THINGS, *SAMPLES)[kind], rng, *wide)
    else:
        # Things that resemble faces count twice among what is drawn, for they matter.
        drawn = (*DRAWN, *([lookalikes] * len(DRAWN)))[kind - len(THINGS) - len(SAMPLES)]
        still = drawn(rng, *wide)
    light, grain = rng.uniform(0.4, 1.1), rng.uniform(0, 6)
    begin, end = rng.uniform(0, 1, (2, 2)), rng.uniform(0.8, 1.5, 2)
    for i in range(frames):
        share = i / max(frames - 1, 1)
        zoom = end[0] + share * (end[1] - end[0])
        spare = np.array([wide[0] - width / zoom, wide[1] - height / zoom])
        x, y = (begin[0] + share * (begin[1] - begin[0])) * np.maximum(spare, 0)
        matrix = np.array([[zoom, 0, -x * zoom], [0, zoom, -y * zoom]])
        rgb = cv2.warpAffine(still, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
        lit = rgb * light + (rng.normal(0, grain, rgb.shape) if i % 2 else 0.0)
        yield np.clip(lit, 0, 255).astype(np.uint8)

"""Makes five videos of the demo clip, records each, and keeps the sessions' summaries for the docs.

    python docs/gallery.py

Each video changes the clip in one way that users meet. The page that shows them is `gallery.md`.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from avce.app.analysis.pipeline import frames_of
from avce.app.session.folder import SUMMARY
from avce.app.sources import open_source

OUT = Path(__file__).resolve().parent
RATE = 30
LOSS = 18  # of the encoder (crf): hardly visible

Image = NDArray[np.uint8]
Change = Callable[[Image, float], Image]
"""A frame [H, W, 3] and its time (s) to the frame that the video shows."""


def as_it_is(rgb: Image, seconds: float) -> Image:
    """The clip itself."""
    del seconds
    return rgb


def tilted(rgb: Image, seconds: float) -> Image:
    """The camera turns to 30 degrees and back, once in eight seconds."""
    height, width = rgb.shape[:2]
    angle = 30.0 * np.sin(2 * np.pi * seconds / 8.0)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    return np.asarray(
        cv2.warpAffine(rgb, turn, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8
    )


def darker(rgb: Image, seconds: float) -> Image:
    """From 8 s to 16 s there is a tenth of the light, and the noise of a camera."""
    light = np.interp(seconds, [7.0, 8.0, 16.0, 17.0], [1.0, 0.1, 0.1, 1.0])
    noise = np.random.default_rng(round(seconds * RATE)).normal(0.0, 4.0, rgb.shape)
    return np.clip(np.rint(rgb * light + noise), 0, 255).astype(np.uint8)


def left(rgb: Image, seconds: float) -> Image:
    """From 9 s to 10 s something passes before the face; from 15 s to 19 s nobody is there."""
    height, width = rgb.shape[:2]
    if 15.0 <= seconds < 19.0:
        return np.full_like(rgb, 120)
    if 9.0 <= seconds < 10.0:
        shown = rgb.copy()
        shown[height // 8 :, width // 6 : -width // 6] = (90, 70, 60)
        return shown
    return rgb


class Beside:
    """The same person at half the size beside herself, four seconds late and mirrored."""

    LATE = 4 * RATE

    def __init__(self) -> None:
        self._earlier: list[Image] = []

    def __call__(self, rgb: Image, seconds: float) -> Image:
        height, width = rgb.shape[:2]
        self._earlier.append(rgb)
        late = self._earlier.pop(0) if len(self._earlier) > self.LATE else self._earlier[0]
        shown = np.full((height, 2 * width, 3), 60, np.uint8)
        shown[:, :width] = rgb
        small = cv2.resize(late, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
        top, left = height // 4, width + width // 4
        shown[top : top + height // 2, left : left + width // 2] = small[:, ::-1]
        return shown


FILMS: dict[str, tuple[Callable[[], Change], tuple[str, ...]]] = {
    "demo": (lambda: as_it_is, ()),
    "tilted": (lambda: tilted, ()),
    "dark": (lambda: darker, ()),
    "away": (lambda: left, ()),
    "two": (Beside, ("--max-faces", "2")),
}
"""Of each video what is done to the clip, and the options that it is recorded with."""


def clip() -> Iterator[tuple[Image, float]]:
    """The demo's frames and their times (s)."""
    with open_source("demo") as source:
        for frame in frames_of(source):
            yield np.asarray(frame.rgb, np.uint8), frame.timestamp


def write_film(path: Path, change: Change) -> None:
    """The clip with every frame changed."""
    with av.open(str(path), "w") as container:
        stream = None
        for number, (rgb, seconds) in enumerate(clip()):
            shown = np.ascontiguousarray(change(rgb, seconds))
            if stream is None:
                stream = container.add_stream("libx264", rate=RATE, options={"crf": str(LOSS)})
                stream.height, stream.width = shown.shape[:2]
                stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, RATE)
            frame = av.VideoFrame.from_ndarray(shown, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode())


def main() -> int:
    """Make every video and its summary."""
    for name, (make, options) in FILMS.items():
        with tempfile.TemporaryDirectory() as folder:
            video = Path(folder) / f"{name}.mp4"
            write_film(video, make())
            command = [sys.executable, "-m", "avce.app.cli", "--headless", "--source", str(video)]
            subprocess.run([*command, "--record", folder, *options], check=True)
            (summary,) = Path(folder).glob(f"*/{SUMMARY}")
            drawn = OUT / f"gallery-{name}.png"
            drawn.write_bytes(summary.read_bytes())
            print(f"{drawn.relative_to(OUT.parent)}: {drawn.stat().st_size / 1e3:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

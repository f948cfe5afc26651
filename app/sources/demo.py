"""The clip that comes with the program: a synthetic face, for a first look without a camera."""

from __future__ import annotations

from pathlib import Path

from ...model.errors import InputError
from .base import Kind
from .video import VideoSource

DEMO_CLIP = Path(__file__).resolve().parents[1] / "assets" / "demo.mp4"


class DemoSource(VideoSource):
    """The demo clip, read like any video. `InputError` when the installation lacks it."""

    kind: Kind = "demo"

    def __init__(self, *, loop: bool = False, path: Path = DEMO_CLIP) -> None:
        if not path.is_file():
            raise InputError(
                f"The demo clip is missing from this installation ({path}): install it again, "
                "or give a file or a camera as the source."
            )
        super().__init__(path, loop=loop)
        self.name, self.location, self.file = "demo", "", None

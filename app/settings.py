"""What a run of the live app was asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RunSettings:
    """Options of `avce-live run`.

    Args:
        source: `auto`, `demo`, a camera's number, a file, a folder or an address.
        model: an exported network, None for the one that is shipped.
        provider: where it runs.
        max_faces: how many faces are followed.
        record: folder that sessions go into, None to record nothing.
        record_video: store the pictures as well, faces included.
        lossless: store them to the last bit, so that a replay gives the same numbers.
        headless: no window.
        loop: begin again at the end of a file.
        duration: stop after that many seconds of the source's time, None to go on to the end.
        lsl: offer the readings as a Lab Streaming Layer stream.
    """

    source: str = "auto"
    model: Path | None = None
    provider: str = "auto"
    max_faces: int = 1
    record: Path | None = None
    record_video: bool = False
    lossless: bool = False
    headless: bool = False
    loop: bool = False
    duration: float | None = None
    lsl: bool = False

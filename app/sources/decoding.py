"""Opens videos and streams with PyAV (FFmpeg) and decodes their pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.error import EOFError as DrainedError
from av.error import ExitError, FFmpegError
from av.packet import Packet
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ...model.errors import InputError
from .addresses import without_password

TIMEOUT_SECONDS = (10.0, 5.0)
"""For opening an address, and for each read from it."""
PROBLEMS = (FFmpegError, OSError, ValueError)
"""What PyAV raises for files and connections that are not as they should be."""
_DEFAULT_PERIOD = 1.0 / 25.0


def open_container(where: Path | str) -> tuple[InputContainer, VideoStream]:
    """Open a file (a path) or an address (text) and find its moving pictures.

    `InputError` says why that cannot be.
    """
    address = isinstance(where, str)
    shown = without_password(where) if address else str(where)
    if not address and not Path(where).is_file():
        raise InputError(f"There is no video at {shown}: no such file.")
    try:
        container = _open_address(str(where)) if address else _open_file(Path(where))
    except ExitError as error:
        raise InputError(
            f"{shown} does not answer within {TIMEOUT_SECONDS[0]:g} s: check address and network."
        ) from error
    except PROBLEMS as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{shown} cannot be opened as a video ({reason}).") from error
    stream = _moving_pictures(container)
    if stream is None:
        container.close()
        raise InputError(f"{shown} holds no moving pictures: give a video.")
    # A thread a picture is faster, but holds live pictures back.
    stream.thread_type = "SLICE" if address else "AUTO"
    return container, stream


def _open_file(path: Path) -> InputContainer:
    # A playlist must not lead to the network; `file:` allows for colons in names.
    return av.open(f"file:{path}", container_options={"protocol_whitelist": "file"})


def _open_address(address: str) -> InputContainer:
    # By UDP, lost packets would tear the picture.
    options = {"rtsp_transport": "tcp"} if address.lower().startswith("rtsp") else {}
    return av.open(address, container_options=options, timeout=TIMEOUT_SECONDS)


def _moving_pictures(container: InputContainer) -> VideoStream | None:
    """The first stream of pictures; a sound file's cover is none, nor is a painted text file."""
    streams = () if container.format.name == "tty" else container.streams.video
    return next((s for s in streams if not s.disposition & Disposition.attached_pic), None)


def decoded(
    packets: Iterator[Packet[VideoStream]],
    stream: VideoStream,
    damage: Callable[[], None] | None = None,
) -> Iterator[VideoFrame]:
    """Every picture that can be decoded of a stream's packets, in order of presentation.

    A damaged packet or picture is left out, unless the decoder mends it. Without `damage`, what
    breaks off raises FFmpeg's error; with it, that is the end, and `damage` is called for all that
    is missing.
    """
    note = damage or (lambda: None)
    while True:
        try:
            packet = next(packets, None)
        except PROBLEMS:
            if damage is None:
                raise
            note()
            packet = None
        whole = packet is None or not packet.is_corrupt
        try:
            # No packet: what the decoder's threads still hold.
            frames = stream.decode(packet) if whole else []
        except DrainedError:
            frames = []  # they held nothing
        except PROBLEMS:
            frames, whole = [], False
        for frame in frames:
            if frame.is_corrupt:
                whole = False
            else:
                yield frame
        if not whole:
            note()
        if packet is None:
            return


def upright(frame: VideoFrame, aspect: Fraction | None = None) -> NDArray[np.uint8]:
    """A picture as it is to be shown, uint8 [H, W, 3] RGB: turned as the file says.

    `aspect` is the width of a pixel over its height; wide or narrow pixels become square.
    """
    width = frame.width
    if aspect and aspect != 1 and Fraction(1, 4) <= aspect <= 4:
        width = max(round(width * aspect), 1)
    picture = frame.to_ndarray(format="rgb24", width=width, height=frame.height)
    turned = np.rot90(picture, round(frame.rotation / 90.0) % 4)
    return np.ascontiguousarray(turned, dtype=np.uint8)


def period(stream: VideoStream) -> float:
    """Seconds from one picture to the next, as far as the file says; 0.04 where it does not."""
    rate = stream.average_rate or stream.guessed_rate
    return float(1 / rate) if rate else _DEFAULT_PERIOD


def stated_end(container: InputContainer, stream: VideoStream) -> float | None:
    """The time at which the pictures end, as far as the file says."""
    if stream.duration and stream.time_base:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    if container.duration:
        return ((container.start_time or 0) + container.duration) / av.time_base
    return None

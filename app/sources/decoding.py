"""Opens videos and streams with PyAV (FFmpeg) and decodes their frames."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import av
from av.container import InputContainer
from av.error import EOFError as DrainedError
from av.error import ExitError, FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ...model.errors import InputError
from ...model.video.file import LIMITS, open_video_file, video_stream
from .addresses import without_password
from .outline import reason_to_refuse

TIMEOUT_SECONDS = (10.0, 5.0)
"""For opening an address, and for each read from it."""
PROBLEMS = (FFmpegError, OSError, ValueError)
"""What PyAV raises for files and connections that are not as they should be."""
Lost: TypeAlias = "Packet[VideoStream] | VideoFrame | None"
"""A packet or a frame that is left out, None where there is nothing more."""
JOINED_SECONDS = 10.0
"""By how much time may go forward where recordings are often put end to end: FFmpeg's own limit."""
_DEFAULT_PERIOD = 1.0 / 25.0
_CLOCK = re.compile(r"(\d{1,4}):(\d\d):(\d\d(?:\.\d+)?)", re.ASCII)
_BEHIND_CORRUPT = 3  # packets that tell why one is called corrupt
_TIME_MAY_JUMP = 0x0200  # AVFMT_TS_DISCONT
_TELLS_NO_TIME = 0x0080  # AVFMT_NOTIMESTAMPS: bare H.264, HEVC and the like


def open_container(where: Path | str) -> tuple[InputContainer, VideoStream]:
    """Open a file (a path) or an address (text) and find its video.

    `InputError` says why that cannot be.
    """
    address = isinstance(where, str)
    shown = without_password(where) if address else str(where)
    if not address and not Path(where).is_file():
        reason = "it is no file" if Path(where).exists() else "no such file"
        raise InputError(f"There is no video at {shown}: {reason}.")
    try:
        container = _open_address(str(where)) if address else open_video_file(Path(where))
        stream = _video_stream(container)
    except ExitError as error:
        raise InputError(
            f"{shown} does not answer within {TIMEOUT_SECONDS[0]:g} s: check address and network."
        ) from error
    except PROBLEMS as error:
        reason = getattr(error, "strerror", None) or str(error)
        if not address:
            reason = reason_to_refuse(Path(where)) or reason
        raise InputError(f"{shown} cannot be opened as a video ({reason}).") from error
    if stream is None:
        container.close()
        if not address and (reason := reason_to_refuse(Path(where))):
            raise InputError(f"{shown} cannot be opened as a video ({reason}).")
        raise InputError(f"{shown} contains no video: give a video file.")
    # One thread per frame is faster, but delays live frames.
    stream.thread_type = "SLICE" if address else "AUTO"
    return container, stream


def _open_address(address: str) -> InputContainer:
    # By UDP, lost packets would tear the frame.
    options = {"rtsp_transport": "tcp"} if address.lower().startswith("rtsp") else {}
    return av.open(address, container_options=options, options=LIMITS, timeout=TIMEOUT_SECONDS)


def _video_stream(container: InputContainer) -> VideoStream | None:
    try:
        return video_stream(container)
    except ValueError:
        container.close()
        raise


def decoded(
    packets: Iterator[Packet[VideoStream]],
    stream: VideoStream,
    damage: Callable[[Lost], object] | None = None,
) -> Iterator[VideoFrame]:
    """Every frame that can be decoded of a stream's packets, in order of presentation.

    A damaged packet or frame is left out, unless the decoder mends it. Without `damage`, what
    breaks off raises FFmpeg's error; with it, that is the end, and `damage` is called for each
    packet or frame that is left out, and with None where the file breaks off.
    """
    note = damage or (lambda _: None)
    for packet, whole in _until_the_end(packets, note if damage else None):
        if packet is not None and _is_header(packet, stream):
            continue
        try:
            # No packet: what the decoder's threads still hold.
            frames = stream.decode(packet) if whole else []
        except DrainedError:
            frames = []  # they held nothing
        except PROBLEMS:
            frames, whole = [], False
        for frame in frames:
            if frame.is_corrupt:
                note(frame)
            else:
                yield frame
        if not whole and packet is not None:
            note(packet)


def _is_header(packet: Packet[VideoStream], stream: VideoStream) -> bool:
    """Whether a packet is a header of Theora (its specification, 6.1), which stands in the middle
    where recordings are put end to end."""
    return stream.codec_context.name == "theora" and bytes(packet)[:1] >= b"\x80"


def _until_the_end(
    packets: Iterator[Packet[VideoStream]], broken: Callable[[None], object] | None
) -> Iterator[tuple[Packet[VideoStream] | None, bool]]:
    """Each packet and whether it is whole, then None; what breaks off is the end of them."""
    waiting: deque[Packet[VideoStream]] = deque()
    packet: Packet[VideoStream] | None = None
    while True:
        try:
            packet = next(packets, None)
        except PROBLEMS:
            if broken is None:
                raise
            broken(None)
            packet = None
        if packet is not None:
            waiting.append(packet)
        # One that is called corrupt waits for those behind it.
        while waiting and (
            packet is None or not waiting[0].is_corrupt or len(waiting) > _BEHIND_CORRUPT
        ):
            first = waiting.popleft()
            yield first, not first.is_corrupt or _begins_anew(first, waiting)
        if packet is None:
            yield None, True
            return


def _begins_anew(packet: Packet[VideoStream], behind: Iterable[Packet[VideoStream]]) -> bool:
    """Whether another recording begins just behind a packet: the count of its parts breaks there,
    for which a packet before it is called corrupt, but none lacks anything."""
    base = packet.time_base
    dts = [each.dts * base for each in (packet, *behind) if each.dts is not None and base]
    return any(not 0 < then - before <= JOINED_SECONDS for before, then in pairwise(dts))


def in_seconds(ticks: int | None, base: Fraction | None) -> float | None:
    """A time that is counted in ticks, None where it or the length of a tick is unknown."""
    return None if ticks is None or not base else float(ticks * base)


def period(stream: VideoStream) -> float:
    """Seconds from one frame to the next, as far as the file says; 0.04 where it does not."""
    rate = stream.average_rate or stream.guessed_rate
    if stream.container.format.flags & _TELLS_NO_TIME:
        # There FFmpeg supposes 25 fps; what is coded may say it.
        rate = stream.codec_context.framerate or rate
    return float(1 / rate) if rate else _DEFAULT_PERIOD


def is_joined(container: InputContainer) -> bool:
    """Whether recordings of this kind are often put end to end, so that their time may jump."""
    return bool(container.format.flags & _TIME_MAY_JUMP)


def own_length(stream: VideoStream) -> float | None:
    """When the video of a Matroska file ends, where a tag says so: `00:00:06.000000000`."""
    found = _CLOCK.fullmatch(stream.metadata.get("DURATION", "").strip("\0 "))
    if found is None:
        return None
    hours, minutes, seconds = map(float, found.groups())
    return hours * 3600.0 + minutes * 60.0 + seconds


def stated_end(container: InputContainer, stream: VideoStream) -> float | None:
    """The time at which the frames end, as far as the file says."""
    if stream.duration and stream.time_base:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    if (own := own_length(stream)) is not None:
        return own
    if container.duration:
        return ((container.start_time or 0) + container.duration) / av.time_base
    return None

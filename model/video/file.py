"""Opens a video file with PyAV (FFmpeg): that file alone, and no frame larger than can be used."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import av
from av.container import InputContainer
from av.error import ArgumentError
from av.format import ContainerFormat
from av.packet import Packet
from av.stream import Disposition, Stream
from av.video.stream import VideoStream

from .pixels import MOST_PIXELS, too_large

# Demuxers that open other files, the network or a device, or paint text.
_INDIRECT = frozenset(
    {"concat", "dash", "hls", "image2", "imf", "lavfi", "mlv", "rtp", "rtsp", "sap", "sdp"}
    | {"vobsub", "webm_dash_manifest", "ffmetadata", "adf", "bin", "idf", "tty", "xbin"}
    | {"alsa", "fbdev", "kmsgrab", "oss", "video4linux2,v4l2", "x11grab", "avfoundation"}
    | {"dshow", "gdigrab", "vfwcap", "jack", "pulse", "sndio", "openal", "decklink", "iec61883"}
)
_LISTS = (b"ffconcat", b"#EXTM3U", b"<MPD", b"v=0")
LIMITS = {"max_pixels": str(MOST_PIXELS)}
"""What a decoder refuses by itself."""


@cache
def _direct() -> str:
    names = set()
    for name in av.formats_available:
        try:
            names.add(ContainerFormat(name, "r").name)
        except ValueError:  # one that is only written
            continue
    return ",".join(sorted(names - _INDIRECT))


def open_video_file(path: Path) -> InputContainer:
    """The container of a file on disk; what names other files (a playlist) is not followed.

    Raises `ValueError` with the reason for such a list, and what PyAV raises for others.
    """
    # `file:` allows for colons in names.
    options = {"protocol_whitelist": "file", "format_whitelist": _direct()}
    try:
        return av.open(f"file:{path}", container_options=options, options=LIMITS)
    except (ArgumentError, ValueError):
        if _is_list(path):
            raise ValueError("it is not a video but a list of files: give those files") from None
        raise


def _is_list(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(_LISTS)


def video_stream(container: InputContainer) -> VideoStream | None:
    """The first stream of frames; a sound file's cover is none. `ValueError` for frames that are
    too large, and for a stream that nothing can decode."""
    streams = container.streams.video
    found = next((s for s in streams if not s.disposition & Disposition.attached_pic), None)
    if found is not None:
        # None where nothing can decode it, or where the index breaks off.
        if getattr(found, "codec_context", None) is None:
            raise ValueError("it does not say how its video is coded: it may be cut off")
        if reason := too_large(found.width, found.height):
            raise ValueError(reason)
        found.codec_context.options = {**found.codec_context.options, **LIMITS}
    return found


def packets(container: InputContainer, *streams: VideoStream) -> Iterator[Packet[Stream]]:
    """The packets of the streams, of all without any, and at the end an empty one of each.

    For a stream that begins in the middle of the file (sound that sets in late) PyAV may raise
    `IndexError` there, when every packet was given.
    """
    try:
        yield from container.demux(*streams)
    except IndexError:
        return

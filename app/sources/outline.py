"""What a file's outline tells, read without decoding a frame: whether its index is there, whether a
second recording lies behind the first, whether it ends in the middle of a packet.

Demuxers are silent on all three: they stop where the first recording ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

_MOST = 2_000_000  # boxes or tags that are looked at
JOINED = "another recording is put behind it and read as one with it: cut the file in two there"
SECOND = "another recording begins behind its end, which is not read: cut the file in two there"
CUT = "its last packet is truncated"
NO_INDEX = (
    "its index is missing: it was cut off, or its recording never ended; what there is can be "
    "saved with a tool that repairs MP4 files, as untrunc"
)
EMPTY = "the file is empty"
_OGG_PAGE = 65307  # bytes at most
_TAGS = (8, 9, 18)  # of FLV: sound, video, facts


def outline(path: Path, kind: str) -> str:
    """What is wrong with a file that can be opened, a clause, "" for nothing; `kind` is FFmpeg's
    name of its format."""
    try:
        with path.open("rb") as file:
            if kind.startswith("mov"):
                return SECOND if [kind for kind, _ in _boxes(file)].count(b"moov") > 1 else ""
            if kind == "flv":
                return _after_tags(file)
            if kind == "asf":
                return SECOND if sum(_are_asf_headers(file)) > 1 else ""
            if kind == "avi":
                return JOINED if sum(_are_avi_headers(file)) > 1 else ""
            ends_early = _ENDS_EARLY.get(kind)
            return CUT if ends_early and ends_early(file) else ""
    except OSError:
        return ""


def reason_to_refuse(path: Path) -> str:
    """Why a file cannot be opened, where its outline tells, else "": there is nothing in it, or it
    is an MP4 or MOV without the index that tells where its frames are."""
    try:
        with path.open("rb") as file:
            boxes = [*_boxes(file)]
            empty = not file.seek(0, 2)
    except OSError:
        return ""
    first = boxes[0][0] if boxes else b""
    no_index = first in (b"ftyp", b"wide", b"mdat") and (b"moov", True) not in boxes
    return EMPTY if empty else NO_INDEX if no_index else ""


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The type of each box at the top of an MP4 or MOV file (ISO 14496-12, 4.2), and whether all of
    it is there."""
    end = file.seek(0, 2)
    at = 0
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(16)
        size, kind = int.from_bytes(head[:4], "big"), head[4:8]
        if len(head) < 8 or not kind.isascii():
            return
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:  # up to the end of the file
            size = end - at
        yield kind, at + size <= end
        if size < 8:
            return
        at += size


def _after_tags(file: BinaryIO) -> str:
    """What comes behind the last tag of an FLV file (Adobe's specification, E.3): 4 bytes with the
    length of the tag before stand in front of each."""
    end = file.seek(0, 2)
    file.seek(0)
    at = int.from_bytes(file.read(9)[5:9], "big") + 4
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(11)
        if not head:
            return ""
        if head.startswith(b"FLV"):
            return SECOND
        size = int.from_bytes(head[1:4], "big")
        if len(head) < 11 or head[0] & 0x1F not in _TAGS:
            return ""
        if at + 11 + size > end:
            return CUT
        at += 11 + size + 4
    return ""


def _is_cut(file: BinaryIO) -> bool:
    """Whether an MPEG transport stream is not a whole number of packets (ISO 13818-1: 188 bytes, in
    camcorders' files with 4 bytes before each)."""
    end = file.seek(0, 2)
    file.seek(0)
    head = file.read(3 * 192)
    for size, first in ((188, 0), (192, 4)):
        if head[first::size] and set(head[first::size]) == {0x47}:
            return end % size > 0
    return False


def _are_asf_headers(file: BinaryIO) -> Iterator[bool]:
    """Of each object at the top of an ASF (WMV) file, whether it begins a recording (MS-ASF, 2)."""
    begins = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
    at = 0
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(24)
        size = int.from_bytes(head[16:], "little")
        yield head.startswith(begins)
        if len(head) < 24 or size < 24:
            return
        at += size


def _are_avi_headers(file: BinaryIO) -> Iterator[bool]:
    """Of each RIFF chunk at the top of an AVI file, whether it begins a recording; the others
    (`AVIX`) go on with the one before (OpenDML 1.02, 3)."""
    at = 0
    for _ in range(_MOST):
        file.seek(at)
        head = file.read(12)
        if len(head) < 12 or not head.startswith(b"RIFF"):
            return
        yield head.endswith(b"AVI ")
        size = int.from_bytes(head[4:8], "little")
        at += 8 + size + size % 2


def _ogg_is_cut(file: BinaryIO) -> bool:
    """Whether the last page of an Ogg file is not whole or not marked as the last (RFC 3533, 6)."""
    file.seek(max(file.seek(0, 2) - 2 * _OGG_PAGE, 0))
    tail = file.read()
    page = tail[max(tail.rfind(b"OggS"), 0) :]
    lengths = page[27 : 27 + page[26]] if len(page) > 26 else b""
    is_last = len(page) > 26 and bool(page[5] & 4)
    return not is_last or len(page) < 27 + page[26] + sum(lengths)


def _gif_is_cut(file: BinaryIO) -> bool:
    """Whether a GIF lacks the semicolon at its end (GIF89a, 27)."""
    file.seek(-1, 2)
    return file.read() != b";"


_ENDS_EARLY: dict[str, Callable[[BinaryIO], bool]] = {
    "mpegts": _is_cut,
    "ogg": _ogg_is_cut,
    "gif": _gif_is_cut,
}

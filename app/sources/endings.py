"""What a file holds, as its name tells, or its first bytes where the name tells nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

Content = Literal["video", "image", "heic", ""]

VIDEO_ENDINGS = frozenset(
    {".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".divx", ".wmv", ".asf", ".flv"}
    | {".f4v", ".mpg", ".mpeg", ".mpe", ".m1v", ".m2v", ".mpv", ".vob", ".mod", ".tod", ".ts"}
    | {".mts", ".m2ts", ".m2t", ".tp", ".trp", ".3gp", ".3g2", ".ogv", ".ogm", ".dv", ".mxf"}
    | {".rm", ".rmvb", ".wtv", ".nut", ".y4m", ".h264", ".264", ".h265", ".265", ".hevc", ".mjpeg"}
    | {".mjpg", ".gxf", ".ivf", ".av1", ".obu"}
)
IMAGE_ENDINGS = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".avif"}
)
HEIC_ENDINGS = frozenset({".heic", ".heif", ".hif"})
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_SOUND = (b"M4A ", b"M4B ")
_ANNEX = "'datalad get' or 'git annex get'"
_POINTERS = {b"/annex/objects/": _ANNEX, b"version https://git-lfs": "'git lfs pull'"}
_LOOK = 400  # bytes: two packets of a transport stream


def content_of(path: Path) -> Content:
    """What a file holds by its name, else by its first bytes; "" for what is neither."""
    ending = path.suffix.lower()
    if ending in VIDEO_ENDINGS:
        return "video"
    if ending in IMAGE_ENDINGS:
        return "image"
    return "heic" if ending in HEIC_ENDINGS else content_inside(path)


def content_inside(path: Path) -> Content:
    """What a file holds by its first bytes; "" for what cannot be told or read."""
    try:
        # To open a pipe would wait for whoever writes into it.
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return _content(file.read(_LOOK))
    except (OSError, ValueError):
        return ""


def _content(head: bytes) -> Content:
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in _SOUND:
            return ""
        return "heic" if brand in _HEIC else "image" if brand == b"avif" else "video"
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*")):
        return "image"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image"
    starts = (b"\x1a\x45\xdf\xa3", b"FLV\x01", b"0&\xb2u", b"\0\0\x01\xba", b"\0\0\x01\xb3")
    riff = head.startswith(b"RIFF") and head[8:12] == b"AVI "
    old = head[4:8] in (b"moov", b"mdat", b"wide")
    ogg = head.startswith(b"OggS") and b"theora" in head
    packets = [head[first::each][:2] for first, each in ((0, 188), (4, 192))]
    if head.startswith(starts) or riff or old or ogg or b"GG" in packets:
        return "video"
    return ""


def shown(name: Path | str) -> str:
    """A name as it can be printed and stored: bytes that are not UTF-8 show as `\\udcNN`."""
    return str(name).encode("utf-8", "backslashreplace").decode()


def absent_target(path: Path) -> str:
    """What to do about a link whose target is not there, or a file that a data manager put in the
    place of its content; "" for what is neither."""
    if path.exists():
        fetch = _how_to_fetch(path)
        return f"The content of {shown(path)} is not here: fetch it with {fetch}." if fetch else ""
    if not path.is_symlink():
        return ""
    target = str(path.readlink())
    if "annex" in target:
        return f"{shown(path)} is a link to content that is not here: fetch it with {_ANNEX}."
    return f"{shown(path)} is a link to {shown(target)}, which is not there: repair the link."


def _how_to_fetch(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            head = file.read(_LOOK)
    except OSError:
        return ""
    return next((fetch for start, fetch in _POINTERS.items() if head.startswith(start)), "")

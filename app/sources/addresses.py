"""Web addresses: what is one, and how it is shown."""

from __future__ import annotations

from pathlib import PurePosixPath
from urllib.parse import urlsplit, urlunsplit

SCHEMES = ("rtsp", "rtsps", "http", "https")
_FILES = {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv"}


def is_address(text: str) -> bool:
    """Whether this names a stream or a file on the network."""
    return urlsplit(text).scheme.lower() in SCHEMES and "://" in text


def is_file_address(text: str) -> bool:
    """Whether this names a video with an end, to be read whole, by its ending."""
    parts = urlsplit(text)
    web = parts.scheme.lower() in ("http", "https")
    return web and PurePosixPath(parts.path).suffix.lower() in _FILES


def without_password(address: str) -> str:
    """The address without user name and password, fit to be shown and stored."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))

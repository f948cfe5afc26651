"""Web addresses: what is one, and how it is shown."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import SplitResult, urlsplit, urlunsplit

from ...model.errors import InputError

SCHEMES = ("rtsp", "rtsps", "http", "https")
# What has another ending, an MPEG transport stream above all, is live more often than not.
_FILES = frozenset(
    {".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".wmv", ".3gp", ".ogv"}
)


def is_address(text: str) -> bool:
    """Whether this names a stream or a file on the network; it may still be a wrong one."""
    scheme, mark, _ = text.partition("://")
    return bool(mark) and scheme.lower() in SCHEMES


def checked_address(text: str) -> str:
    """The address, if it names a host. Raises `InputError` for one that does not."""
    parts, why = _parts(text), "it is not a valid address"
    if parts is not None:
        why = "" if parts.hostname else "it names no host"
        with_port = parts.netloc.rpartition("@")[2].rpartition("]")[2]
        port = with_port.rpartition(":")[2] if ":" in with_port else ""
        if port and not (port.isascii() and port.isdigit() and int(port[:6]) < 65536):
            why = f"its port '{port[:20]}' is none"
    if why:
        raise InputError(f"{without_password(text)} cannot be opened: {why}.")
    return text


def is_file_address(text: str) -> bool:
    """Whether this names a video with an end, to be read whole, by its ending."""
    parts = _parts(text)
    if parts is None or parts.scheme.lower() not in ("http", "https"):
        return False
    return PurePosixPath(parts.path).suffix.lower() in _FILES


def without_password(address: str) -> str:
    """The address without user name, password and query, fit to be shown and stored.

    Cameras take passwords in the query too, under names that nobody can list.
    """
    parts = _parts(address)
    if parts is None:
        # Whatever may be a password, in what is not an address.
        return re.split("[?#]", re.sub(r"(?<=//).*@", "", address, flags=re.DOTALL))[0]
    netloc = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=netloc, query="", fragment=""))


def _parts(text: str) -> SplitResult | None:
    """The parts of an address, None where it cannot be taken apart."""
    try:
        parts = urlsplit(text)
        parts.hostname  # noqa: B018  (looked at for its error)
    except ValueError:
        return None
    return parts

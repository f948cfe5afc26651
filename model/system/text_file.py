"""Text files of other programs, in whichever of the usual encodings they were saved."""

from __future__ import annotations

from pathlib import Path

from ..errors import InputError


def read_text(path: Path, most_bytes: int = 50_000_000, *, exact: bool = False) -> str:
    """A text file as it was meant: UTF-8 with or without its mark, UTF-16 by its mark, else
    Windows-1252, which `exact` leaves out: a file's name must not be guessed.

    Raises `InputError` where it cannot be read, is too large or holds no text.
    """
    try:
        if path.stat().st_size > most_bytes:
            raise InputError(f"{path} is too large: it has more than {most_bytes / 1e6:.0f} MB.")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).") from error
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" in data:
        raise InputError(f"{path} is not a text file: save it as CSV or text.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if exact:
            raise InputError(f"{path} is not UTF-8: save it as 'CSV UTF-8'.") from error
        return data.decode("cp1252", "replace")

"""Lists of files to analyse: folders, patterns, and manifests that say what each file is about."""

from __future__ import annotations

import glob
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ...model.errors import InputError
from ...model.system.text_file import read_text
from ..session.delimited import number, table_lines
from ..settings import ABOUT, RecordingOptions
from ..sources.endings import shown
from .remote import is_remote

_ENDINGS = (".csv", ".tsv")
_MOST_BYTES = 200_000_000
PATH, START, END = "path", "start", "end"
_OWN = (PATH, START, END, *ABOUT)


@dataclass(frozen=True, slots=True)
class Entry:
    """A file to analyse.

    Args:
        path: the file, or a folder of images; of a remote file its address as a path.
        about: what its session is about, by the names of `ABOUT`; what is not said is missing.
        start, end: which part of it (s, in the file's own time; without `end` itself), None for
            its own.
        columns: what else the manifest says of it, by column.
        problem: why it cannot be analysed, as far as that is known at once, in a sentence; "".
        address: where a remote file lies, as `s3://bucket/a.mp4`; "" for a file of this computer.
    """

    path: Path
    about: Mapping[str, str] = field(default_factory=dict)
    start: float | None = None
    end: float | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    address: str = ""

    @property
    def name(self) -> str:
        """What it is called in the index: the address, or the path."""
        return self.address or shown(self.path)


def find_entries(inputs: Iterable[Path], find: Callable[[Path], Sequence[Path]]) -> list[Entry]:
    """The files that the inputs stand for, each once: what `find` sees in a file or folder, the
    matches of a pattern such as `*.mp4`, and the rows of a manifest (.csv or .tsv).

    What is not there, and a row that cannot be understood, is an entry with its problem: a word
    that is misspelt ends no batch. What a manifest says goes before a bare name of the same file.
    Raises `InputError` for a manifest that cannot be understood as a whole.
    """
    found: dict[object, Entry] = {}
    for given in inputs:
        entries: Iterable[Entry]
        if given.suffix.lower() in _ENDINGS and given.is_file():
            entries = read_manifest(given)
        else:
            entries = _found(given, find)
        for each in entries:
            key = (each.name, each.start, each.end, each.problem)
            if key not in found or not (found[key].about or found[key].columns):
                found[key] = each
    return list(found.values())


def _found(given: Path, find: Callable[[Path], Sequence[Path]]) -> list[Entry]:
    try:
        return [Entry(path) for match in _matches(given) for path in find(match)]
    except InputError as error:
        return [Entry(given, problem=str(error))]


def _matches(given: Path) -> list[Path]:
    # A name that holds a star is that file; shells that know no patterns hand them on.
    if os.path.lexists(given) or not glob.has_magic(str(given)):
        return [given]
    matches = sorted(map(Path, glob.glob(str(given), recursive=True)))
    if not matches:
        raise InputError(f"Nothing matches {given}: no such file or folder.")
    return matches


def read_manifest(path: Path) -> list[Entry]:
    """The rows of a manifest: a column `path`, relative to the manifest's folder, and if wanted
    `start` and `end` (s) and those of `ABOUT`; all others are kept.

    UTF-8, with or without a byte order mark. A row that cannot be understood has its problem, which
    names it: a file that is not there, a time that is none, too many cells, the same part of a
    file as another row. Raises `InputError` for a manifest without a path, or without a row.
    """
    rows = iter(table_lines(path, read_text(path, _MOST_BYTES, exact=True)))
    header = [_known(name.strip()) for name in next(rows, (1, []))[1]]
    if PATH not in header:
        raise InputError(f"{path} is not a manifest: it has no column '{PATH}'.")
    twice = next((name for name in header if name and header.count(name) > 1), None)
    if twice:
        raise InputError(f"{path} has two columns '{twice}': rename one.")
    entries: dict[int, Entry] = {}
    parts: dict[object, list[int]] = {}
    for line, cells in rows:
        entry = entries[line] = _entry(path, line, header, cells)
        if not entry.problem:
            parts.setdefault((entry.name, entry.start, entry.end), []).append(line)
    if not entries:
        raise InputError(f"{path} names no file.")
    for lines in (lines for lines in parts.values() if len(lines) > 1):
        # Whose it is cannot be told.
        twice = f"{path}, rows {' and '.join(map(str, lines))} name the same part of a file."
        entries |= {line: replace(entries[line], problem=twice) for line in lines}
    return list(entries.values())


def _known(name: str) -> str:
    """A column's name; that of one of ours whatever its capitals: `Participant` is no other."""
    return name.lower() if name.lower() in _OWN else name


def _entry(manifest: Path, line: int, header: Sequence[str], cells: Sequence[str]) -> Entry:
    where = f"{manifest}, row {line}"
    row = dict(zip(header, cells, strict=False))
    named = row.get(PATH, "")
    address = named.strip() if is_remote(named.strip()) else ""
    path = Path(address or os.path.abspath(manifest.parent / named) if named.strip() else where)
    try:
        if len(cells) != len(header):
            raise InputError(f"{where}: {len(cells)} cells, not {len(header)}.")
        if not address and (not named.strip() or not os.path.lexists(path)):
            raise InputError(
                f"{where}: there is nothing at {manifest.parent / named}: no such file or folder."
            )
        start, end = (_seconds(where, name, row.get(name, "")) for name in (START, END))
        if end is not None and end <= (start or 0.0):
            raise InputError(f"{where}: it ends at {end:g} s, which is not after its start.")
        about = {name: row[name].strip() for name in ABOUT if row.get(name, "").strip()}
        try:
            replace(RecordingOptions(), **about).labels()
        except InputError as error:
            raise InputError(f"{where}: {error}") from error
    except (InputError, ValueError, OSError) as error:
        return Entry(path, problem=str(error))
    rest = {name: cell for name, cell in row.items() if name and name not in _OWN}
    return Entry(path, about, start, end, rest, address=address)


def _seconds(where: str, name: str, text: str) -> float | None:
    try:
        seconds = number(text)
    except ValueError:
        seconds = -1.0
    if math.isnan(seconds):  # nothing is said
        return None
    if seconds < 0:
        raise InputError(f"{where}: {name} '{text}' is not a time in seconds.")
    return seconds

"""`batch.csv`: what became of each file of a batch, and which need not be done again."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from contextlib import suppress
from math import isnan
from pathlib import Path

from ...model.errors import InputError
from ...model.metrics import AXES
from ..analysis.reading import Extras
from ..session.folder import file_sha256
from ..session.seen import Seen
from ..session.spreadsheets import bare, guarded
from ..settings import ABOUT
from ..sources.endings import shown
from .job import Outcome
from .manifest import Entry
from .remote import fingerprint as remote_fingerprint
from .table import FOLDER

INDEX, LOCK = "batch.csv", ".batch.lock"
_ABOUT = {name: "visit" if name == "session" else name for name in ABOUT}
"""The index's columns of what a session is about; `session` is the name of its folder there."""
_PART = ("start", "end", *_ABOUT.values())
_SEEN = (
    *("readings_good", "readings_poor"),
    *(f"mean_{axis}{which}" for which in ("", "_without_poor") for axis in AXES),
)
"""Shares of readings in good and in poor conditions, and means of all and of those not poor."""
COLUMNS = (
    *("input", "status", "session", "frames", "frames_without_face", *_SEEN),
    *(
        "bytes",
        "modified_ns",
        "content_sha256",
        "model_sha256",
        "max_faces",
        "detail",
        *_PART,
        "min_quality",
        "optional_columns",
    ),
)
_HOW = ("model_sha256", "max_faces", *_PART, "min_quality", "optional_columns")
_KEY = ("input", "bytes", "modified_ns", *_HOW)
"""What a file's readings depend on, by what the file system says of it: looked up first."""
_CONTENT_KEY = ("input", "bytes", "content_sha256", *_HOW)
"""The same by content: a file that was copied or fetched again is the file that it was."""
_AT = _CONTENT_KEY.index("content_sha256")
Known = dict[tuple[str, ...], str]
FINISHED = ("done", "damaged")
"""Status of a file that need not be analysed again."""


def fingerprint(path: Path) -> tuple[str, str]:
    """Bytes and time of change (ns) of a file, or the sum and the latest of a folder's files; ""
    each for what cannot be read."""
    try:
        files = [p for p in path.iterdir() if p.is_file()] if path.is_dir() else [path]
        facts = [p.stat() for p in files]
    except OSError:
        return "", ""
    return str(sum(f.st_size for f in facts)), str(max((f.st_mtime_ns for f in facts), default=0))


def content_sha256(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files; "" for what cannot be
    read."""
    try:
        if path.is_file():
            return file_sha256(path)
        digest = hashlib.sha256()
        for each in sorted(p for p in path.iterdir() if p.is_file()):
            digest.update(f"{content_sha256(each)} {each.name}\n".encode(errors="surrogateescape"))
        return digest.hexdigest()
    except OSError:
        return ""


def index_rows(out: Path) -> list[dict[str, str]]:
    """The whole lines of the index, the oldest first."""
    path = out / INDEX
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="", errors="replace") as file:
        rows = [row for row in csv.DictReader(file) if None not in (*row, *row.values())]
    return [{name: bare(cell) for name, cell in row.items()} for row in rows]


def read_index(out: Path, *, table: bool = False, key: Sequence[str] = _KEY) -> Known:
    """Finished files by all that their readings depend on, the columns `key`: their status. Those
    whose readings are in sessions, or in the data set where a `table` is asked for.

    A last line that was cut off is left out, and with it one file is analysed again.
    """
    rows = index_rows(out)
    rows = [row for row in rows if row.keys() >= set(COLUMNS)]
    done = [row for row in rows if row["status"] in FINISHED and (out / row["session"]).exists()]
    done = [row for row in done if row["session"].startswith(f"{FOLDER}/") == table]
    return {tuple(row[name] for name in key): row["status"] for row in done}


class Index:
    """`batch.csv`: a line for each file as soon as it is finished."""

    def __init__(
        self,
        out: Path,
        model_sha256: str,
        max_faces: int,
        more: Sequence[str] = (),
        min_quality: float = 0.0,
        extras: Extras = (),
        *,
        table: bool = False,
    ) -> None:
        self._sha256, self._max_faces = model_sha256, str(max_faces)
        self._min_quality, self._extras = f"{min_quality:g}", " ".join(extras)
        path = out / INDEX
        self._more = [name for name in more if name not in COLUMNS]
        columns = [*COLUMNS, *self._more]
        # Of a header that the disk had no room for, nothing stays.
        _drop_torn_line(path)
        if path.is_file() and (header := _header(path)) and header != columns:
            raise InputError(
                f"{path} has other columns ({', '.join(header)}): choose another --out."
            )
        self._known = read_index(out, table=table)
        self._known_contents = read_index(out, table=table, key=_CONTENT_KEY)
        self._seen = {key[:_AT] + key[_AT + 1 :] for key in self._known_contents}
        fresh = not path.is_file() or not path.stat().st_size
        self._file = path.open("a", encoding="utf-8", newline="")
        self._writer = csv.writer(self._file, lineterminator="\n")
        # Whoever looks while the first file is analysed finds a table.
        if fresh:
            self._write(columns)

    def _facts(self, entry: Entry) -> dict[str, str]:
        """The cells of `_KEY`."""
        there = remote_fingerprint(entry.address) if entry.address else fingerprint(entry.path)
        part = ("" if end is None else str(end) for end in (entry.start, entry.end))
        about = (entry.about.get(name, "") for name in _ABOUT)
        how = (self._sha256, self._max_faces, *part, *about, self._min_quality, self._extras)
        return dict(zip(_KEY, (entry.name, *there, *how), strict=True))

    def status(self, entry: Entry) -> str:
        """What came of this very file before, with this model and number of faces; "" where it
        was not finished. Its content is read only where its time of change is another."""
        facts = self._facts(entry)
        known = self._known.get(tuple(facts.values()), "")
        if known or entry.address:
            return known
        # By all but the content: a file that was never seen, or has another size, is not read.
        like = tuple(facts[name] for name in _CONTENT_KEY if name != "content_sha256")
        if like not in self._seen:
            return ""
        content = content_sha256(entry.path)
        return self._known_contents.get((*like[:_AT], content, *like[_AT:]), "") if content else ""

    def add(self, entry: Entry, outcome: Outcome) -> None:
        """Write a line and hand it to the system at once."""
        row = self._facts(entry) | {
            "content_sha256": "" if entry.address else content_sha256(entry.path),
            "status": outcome.status,
            "session": shown(outcome.session),
            "frames": str(outcome.frames),
            "frames_without_face": str(outcome.frames_without_face),
            "detail": shown(outcome.detail),
        }
        row = {name: guarded(text) for name, text in row.items()} | _numbers(outcome.seen)
        more = [guarded(entry.columns.get(name, "")) for name in self._more]
        self._write([*(row[name] for name in COLUMNS), *more])

    def _write(self, cells: Sequence[str]) -> None:
        """A line, handed to the system at once; an `OSError` names the file."""
        try:
            self._writer.writerow(cells)
            self._file.flush()
        except OSError as error:
            # Closed now, or what its buffer still holds would be tried, and told, again.
            with suppress(OSError):
                self._file.close()
            raise OSError(error.errno, error.strerror, self._file.name) from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _numbers(seen: Seen | None) -> dict[str, str]:
    """The cells of `_SEEN`, empty where nothing is known."""
    if seen is None:
        return dict.fromkeys(_SEEN, "")
    values = (seen.good, seen.poor, *seen.mean, *seen.mean_without_poor)
    cells = ("" if isnan(value) else f"{value:.4f}" for value in values)
    return dict(zip(_SEEN, cells, strict=True))


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file), [])


def _drop_torn_line(path: Path) -> None:
    """Cut off what a killed program left of a line, which may hold line breaks between quotes."""
    if not path.is_file():
        return
    data = path.read_bytes()
    at = end = quotes = 0
    for line in data.split(b"\n")[:-1]:
        at += len(line) + 1
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            end = at
    if end < len(data):
        with path.open("r+b") as file:
            file.truncate(end)

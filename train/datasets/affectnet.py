"""AffectNet (Mollahosseini et al., TAC 2017): web photographs with rated valence and arousal.

Two releases, told apart by their folders:

- 2017: `training.csv` and `validation.csv` with the columns below, at the root or in
  `Manually_Annotated_file_lists/`; the images that they name lie under the root or under
  `Manually_Annotated_Images/`. Whole photographs, so the table's face box goes along.
- The later one of 8 classes: `train_set/` and `val_set/`, each with `images/ID.jpg` and
  `annotations/ID_exp.npy`, `ID_val.npy`, `ID_aro.npy`. These are face crops.

Traps: an expression is 1 or 1.0; one of 8 (none), 9 (uncertain) or 10 (no face), or a value of -2,
means that nobody rated valence and arousal; copies of a table without a header are about, and are
read in the published column order; the arrays hold numbers as text. Nothing is ever unpickled.

The official test split is not public. Images carry no identity, so a person who is in both
official splits cannot be seen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np

from ...model.errors import InputError
from .base import (
    EMOTIONS,
    DataSet,
    Listing,
    Sample,
    Skipped,
    check_split,
    collect,
    in_range,
    in_split,
)
from .label_files import locate, table_rows

COLUMNS = (
    *("subDirectory_filePath", "face_x", "face_y", "face_width", "face_height"),
    *("facial_landmarks", "expression", "valence", "arousal"),
)
TABLES = {"train": "training.csv", "val": "validation.csv"}
FOLDERS = {"train": "train_set", "val": "val_set"}
_LISTS = "Manually_Annotated_file_lists"
_IMAGES = ("Manually_Annotated_Images", "Manually_Annotated/Manually_Annotated_Images")
_EXPRESSIONS = (
    *("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt"),
)
_UNRATED = {8: "none", 9: "uncertain", 10: "no face"}
_NOT_RATED = -2.0


def _label(
    name: str, expression: str, valence: str, arousal: str
) -> tuple[float, float, int] | Skipped:
    """(valence, arousal, index into `EMOTIONS`) of a row's text, or why it has none."""
    try:
        number, v, a = float(expression), float(valence), float(arousal)
        code = int(number)  # some copies hold 1.0
    except (ValueError, OverflowError):
        return Skipped(name, "expression, valence or arousal is not a number")
    if code != number:
        return Skipped(name, f"the expression {expression} is unknown")
    if code in _UNRATED:
        return Skipped(name, f"not rated: expression {code} ({_UNRATED[code]})", fault=False)
    if _NOT_RATED in (v, a):
        return Skipped(name, "not rated: valence or arousal is -2", fault=False)
    if not 0 <= code < len(_EXPRESSIONS):
        return Skipped(name, f"the expression {code} is unknown")
    if not in_range(v, a):
        return Skipped(name, "valence or arousal is outside [-1, 1]")
    return v, a, EMOTIONS.index(_EXPRESSIONS[code])


def _rows(table: Path) -> Iterator[dict[str, str]]:
    rows = table_rows(table)
    header = next(rows, [])
    if COLUMNS[0] not in header and len(header) == len(COLUMNS):
        rows, header = chain([header], rows), list(COLUMNS)
    missing = [name for name in COLUMNS if name not in header and name != "facial_landmarks"]
    if missing:
        raise InputError(f"{table} is not AffectNet's table: no column {', '.join(missing)}.")
    for row in rows:
        yield dict(zip(header, row, strict=False))


def _box(row: dict[str, str]) -> tuple[float, float, float, float] | None:
    """The face box in pixels of the photograph; None where the table holds none."""
    try:
        x, y, width, height = (float(row[name]) for name in COLUMNS[1:5])
    except (KeyError, ValueError):
        return None
    real = all(map(math.isfinite, (x, y, width, height)))
    return (x, y, width, height) if real and width > 0 and height > 0 else None


def _table_samples(root: Path, table: Path, split: str) -> Iterator[Sample | Skipped]:
    folder = next((root / p for p in _IMAGES if (root / p).is_dir()), root)
    for row in _rows(table):
        name = row.get(COLUMNS[0], "")
        label = _label(name, *(row.get(column, "") for column in COLUMNS[-3:]))
        if isinstance(label, Skipped):
            yield label
        elif isinstance(path := locate(folder, name), Skipped):
            yield path
        else:
            yield Sample(path, label[0], label[1], split, label[2], box=_box(row))


def _stored_text(path: Path) -> str:
    """The one value of an annotation file as text; any exception where it is not so."""
    with path.open("rb") as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
    if array.size != 1:
        raise ValueError(f"{path.name} holds {array.size} values")
    value = array.reshape(-1)[0]
    return value.decode() if isinstance(value, bytes) else str(value)


def _folder_samples(folder: Path, split: str) -> Iterator[Sample | Skipped]:
    annotations = folder / "annotations"
    parts = (path.stem.rpartition("_") for path in annotations.glob("*.npy"))
    names = {name for name, _, kind in parts if kind in ("exp", "val", "aro")}
    names |= {path.stem for path in (folder / "images").glob("*.jpg")}
    for name in sorted(names, key=lambda n: (len(n), n)):
        try:
            texts = [_stored_text(annotations / f"{name}_{k}.npy") for k in ("exp", "val", "aro")]
        except FileNotFoundError:
            yield Skipped(f"{name}.jpg", "an annotation is missing")
            continue
        except Exception:  # numpy reads a header as Python: a damaged one fails in any way
            yield Skipped(f"{name}.jpg", "an annotation is not an array of one plain value")
            continue
        label = _label(f"{name}.jpg", *texts)
        if isinstance(label, Skipped):
            yield label
        elif isinstance(path := locate(folder / "images", f"{name}.jpg"), Skipped):
            yield path
        else:
            yield Sample(path, label[0], label[1], split, label[2])


def read_affectnet(root: Path, split: str | None = None) -> Listing:
    """List AffectNet in the official splits "train" and "val"; `test` was never published."""
    check_split(split, AFFECTNET)
    wanted = [split] if split else list(TABLES)
    later = any((root / folder).is_dir() for folder in FOLDERS.values())
    found: list[Sample | Skipped] = []
    absent: list[str] = []
    for part in wanted:
        places = (
            [root / FOLDERS[part]] if later else [root / TABLES[part], root / _LISTS / TABLES[part]]
        )
        place = next((p for p in places if p.exists()), None)
        if place is None:
            absent.append(places[0].name)
            continue
        items = _folder_samples(place, part) if later else _table_samples(root, place, part)
        found.extend(in_split(item, part) for item in items)
    if len(absent) == len(wanted):
        raise InputError(f"{root} holds no AffectNet data: {' and '.join(absent)} missing.")
    return collect(AFFECTNET.name, found, precropped=later)


AFFECTNET = DataSet(
    name="affectnet",
    title="AffectNet",
    read=read_affectnet,
    splits=tuple(TABLES),
    labels="rated",
    label_rule="people rated each face; faces without a rating are left out",
    licence="AffectNet (Mollahosseini et al., TAC 2017): for non-commercial research, on request "
    "from its authors",
    images="web photographs",
)

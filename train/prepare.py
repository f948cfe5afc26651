"""Find and crop the faces of a data set once, in parallel, and keep the crops as one array.

A prepared set is a folder: `crops.npy` uint8 [N, size, size] (luminance) or [N, size, size, 3],
`labels.npz`, `samples.csv` and `report.json`. It is keyed by its content, made once, and put in
place whole, so an interrupted preparation leaves nothing half-made behind.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path
from rich.progress import track

from ..model.errors import InputError
from ..model.face import MARGIN, Face, FaceFinder, crop_square
from .datasets.base import Listing, Sample, Skipped

FORMAT = 1
BORDER = 0.25
"""Border added to a picture in which the finder sees no face at first: tight crops need it."""
SMALL, ENLARGED = 200, 288
MAX_SKIPPED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared set. `crops` is memory-mapped; `target` [N, 2], `votes` [N, 8] (nan if unknown),
    `emotion` [N] (-1 if unknown), `found` [N] whether the finder saw the face."""

    folder: Path
    crops: NDArray[np.uint8]
    target: NDArray[np.float32]
    votes: NDArray[np.float32]
    emotion: NDArray[np.int64]
    found: NDArray[np.bool_]
    names: list[str]

    def __len__(self) -> int:
        return len(self.crops)


def default_cache() -> Path:
    """Where prepared crops are kept unless the user says otherwise."""
    return user_cache_path("avce") / "crops"


def find_in_still(finder: FaceFinder, rgb: NDArray[np.uint8]) -> Face | None:
    """The largest face of a still picture, in its own pixels.

    Small pictures are enlarged, and where nothing is found a border is added: the finder was made
    for scenes, not for 48 px crops.
    """
    height, width = rgb.shape[:2]
    borders = (BORDER, 0.0) if max(height, width) < SMALL else (0.0, BORDER)
    for border in borders:
        pad = round(border * max(height, width))
        scene = cv2.copyMakeBorder(rgb, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
        scale = max(1.0, ENLARGED / max(scene.shape[:2]))
        if scale > 1.0:
            scene = cv2.resize(scene, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        faces = finder.find(scene.astype(np.uint8, copy=False))
        if faces:
            face = faces[0]
            return Face(
                face.x / scale - pad,
                face.y / scale - pad,
                face.width / scale,
                face.height / scale,
                face.confidence,
                face.landmarks / scale - pad,
            )
    return None


def _crop_sample(
    finder: FaceFinder, sample: Sample, precropped: bool, size: int, grey: bool
) -> tuple[NDArray[np.uint8], bool] | str:
    """The crop and whether a face was found, or the reason why there is none."""
    picture = cv2.imread(str(sample.path), cv2.IMREAD_COLOR)
    if picture is None:
        return "the picture cannot be decoded"
    rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
    face = find_in_still(finder, rgb)
    pixels = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8) if grey else rgb
    if face is not None:
        return crop_square(pixels, face.x, face.y, face.width, size), True
    if sample.box is not None:
        x, y, width, height = sample.box
        side = max(width, height)
        return crop_square(
            pixels, x + (width - side) / 2, y + (height - side) / 2, side, size
        ), False
    if precropped:
        height, width = rgb.shape[:2]
        side = float(max(height, width))
        return crop_square(pixels, (width - side) / 2, (height - side) / 2, side, size), False
    return "no face was found"


def _crop_chunk(
    samples: list[Sample], precropped: bool, size: int, grey: bool
) -> list[tuple[NDArray[np.uint8], bool] | str]:
    cv2.setNumThreads(1)
    with FaceFinder() as finder:
        return [_crop_sample(finder, s, precropped, size, grey) for s in samples]


def _key(listing: Listing, size: int, grey: bool) -> str:
    digest = hashlib.sha256(f"{FORMAT} {listing.name} {size} {grey} {MARGIN}".encode())
    for s in listing.samples:
        stat = s.path.stat()
        digest.update(f"{s.path.name} {stat.st_size} {stat.st_mtime_ns} {s}".encode())
    return digest.hexdigest()[:16]


def prepare(
    listing: Listing,
    *,
    cache: Path | None = None,
    size: int = 224,
    grey: bool = True,
    workers: int = 2,
) -> Prepared:
    """Crop every face of a listing, or open the crops where they were made before.

    Args:
        listing: what a data set's reader returned.
        cache: folder of prepared sets.
        size: side of the crops in pixels.
        grey: keep luminance only.
        workers: processes that crop.

    Raises `InputError` when more than a fifth of the pictures cannot be used.
    """
    root = cache or default_cache()
    folder = root / f"{listing.name}-{size}-{'grey' if grey else 'rgb'}-{_key(listing, size, grey)}"
    if not (folder / "report.json").is_file():
        root.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=root))
        try:
            _make(listing, partial, size, grey, workers)
            if folder.exists():
                shutil.rmtree(folder)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return open_prepared(folder)


def _make(listing: Listing, folder: Path, size: int, grey: bool, workers: int) -> None:
    samples = listing.samples
    shape = (len(samples), size, size) if grey else (len(samples), size, size, 3)
    crops = np.lib.format.open_memmap(folder / "all.npy", mode="w+", dtype=np.uint8, shape=shape)
    kept: list[Sample] = []
    found: list[bool] = []
    skipped = list(listing.skipped)
    chunks = [samples[i : i + 64] for i in range(0, len(samples), 64)]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        jobs = [pool.submit(_crop_chunk, c, listing.precropped, size, grey) for c in chunks]
        for chunk, job in track(
            list(zip(chunks, jobs, strict=True)), description=f"Cropping {listing.name}"
        ):
            for sample, outcome in zip(chunk, job.result(), strict=True):
                if isinstance(outcome, str):
                    skipped.append(Skipped(sample.path.name, outcome))
                    continue
                crops[len(kept)] = outcome[0]
                kept.append(sample)
                found.append(outcome[1])
    lost = len(samples) - len(kept)
    if not kept or lost / len(samples) > MAX_SKIPPED_SHARE:
        raise InputError(
            f"{lost} of the {len(samples)} pictures of {listing.name} cannot be used "
            f"({dict(Counter(s.reason for s in skipped[len(listing.skipped) :]))}): "
            "check the folder before training on the rest."
        )
    np.save(folder / "crops.npy", crops[: len(kept)])
    del crops
    (folder / "all.npy").unlink()
    _write_tables(folder, kept, found, skipped, Listing(listing.name, kept, skipped).reasons())


def _write_tables(
    folder: Path,
    kept: list[Sample],
    found: list[bool],
    skipped: list[Skipped],
    reasons: dict[str, int],
) -> None:
    unknown = (float("nan"),) * 8
    np.savez(
        folder / "labels.npz",
        target=np.array([(s.valence, s.arousal) for s in kept], np.float32),
        votes=np.array([s.votes or unknown for s in kept], np.float32),
        emotion=np.array([s.emotion for s in kept], np.int64),
        found=np.array(found),
    )
    with (folder / "samples.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "split", "identity", "video", "frame", "found"])
        for s, seen in zip(kept, found, strict=True):
            rows.writerow([s.path.name, s.split, s.identity, s.video, s.frame, int(seen)])
    report = {
        "used": len(kept),
        "face found": int(sum(found)),
        "taken whole or by the data set's box": len(kept) - int(sum(found)),
        "left out": reasons,
        "left out, each": [f"{s.name}: {s.reason}" for s in skipped],
    }
    (folder / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")


def open_prepared(folder: Path) -> Prepared:
    """Open a prepared set."""
    crops = np.load(folder / "crops.npy", mmap_mode="r")
    with np.load(folder / "labels.npz") as labels:
        arrays = {name: labels[name] for name in ("target", "votes", "emotion", "found")}
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    return Prepared(folder=folder, crops=crops, names=names, **arrays)


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """Where each crop of a prepared set comes from, [N] each.

    `video` is "" for a still; `frame` is the position in the video; `group` is the video, the
    identity or, where neither is known, the picture itself: what samples of one group have in
    common makes them dependent.
    """

    video: list[str]
    frame: NDArray[np.int64]
    group: list[str]


def read_origins(prepared: Prepared) -> Origins:
    """The videos, frames and groups of a prepared set."""
    with (prepared.folder / "samples.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return Origins(
        video=[row["video"] for row in rows],
        frame=np.array([int(row["frame"]) for row in rows], np.int64),
        group=[row["video"] or row["identity"] or f"picture {i}" for i, row in enumerate(rows)],
    )

"""Find and crop the faces of a data set once, in parallel, and keep the crops as one array.

A prepared set is a folder: the crops, uint8 [N, size, size] (luminance) or [N, size, size, 3], as
`stored_crops` has them, `labels.npz`, `samples.csv`, `seen.npy`, `faceless.txt`, `digests.npy` and
`report.json`. It is keyed by its content, made once, and put in place whole, so an interrupted
preparation leaves nothing half-made behind. Of several processes that want the same set, one makes
it and the others wait. An image that another set holds already (the whole data set, of which this
is a split or a subset) is not cropped again, nor is one searched again that was left out of another
set for want of a face.
"""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from ...model.errors import InputError
from ...model.face.crop_geometry import MARGIN, UPRIGHT, Geometry
from ...model.system.file_lock import one_at_a_time
from ..datasets.base import Listing, Sample, Skipped, check_faulty
from .copies import digest, digests_of, report_copies
from .crop_cache import FACELESS, choice_of_face, crops_at_hand, origin
from .cropping import NO_FACE, Cut, How, cropped_faces, in_reading_order
from .preparation import USUAL, Preparation
from .seen import FILE as SEEN
from .seen import Seen, read_seen
from .stored_crops import Crops, crop_writer, open_crops

FORMAT = 2


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prepared set. `crops` stay on disk; `target` [N, 2], `votes` [N, 8] (nan if unknown),
    `emotion` [N] (-1 if unknown), `found` [N] whether the finder saw the face."""

    folder: Path
    crops: Crops
    target: NDArray[np.float32]
    votes: NDArray[np.float32]
    emotion: NDArray[np.int64]
    found: NDArray[np.bool_]
    names: list[str]

    def __len__(self) -> int:
        return len(self.crops)

    def seen(self) -> Seen:
        """How the finder saw the faces."""
        return read_seen(self.folder, len(self))

    def digests(self) -> NDArray[np.uint64]:
        """What tells each crop from all others [N] (`copies.digest`)."""
        stored = self.folder / "digests.npy"
        return np.load(stored) if stored.is_file() else digests_of(self.crops)


def default_cache() -> Path:
    """Where prepared crops are kept unless the user says otherwise."""
    return user_cache_path("avce") / "crops"


def _key(listing: Listing, cut: Cut) -> str:
    digest = hashlib.sha256(f"{FORMAT} {listing.name} {cut} {MARGIN}".encode())
    for s in listing.samples:
        stat = s.path.stat()
        digest.update(f"{s.path.name} {stat.st_size} {stat.st_mtime_ns} {s}".encode())
        digest.update(b"video" * s.in_video)
        digest.update(choice_of_face(s).encode())
    return digest.hexdigest()[:16]


def prepare(
    listing: Listing,
    preparation: Preparation = USUAL,
    *,
    size: int = 224,
    grey: bool = True,
    geometry: Geometry = UPRIGHT,
) -> Prepared:
    """Crop every face of a listing, or open the crops where they were made before.

    Args:
        listing: what a data set's reader returned.
        preparation: where crops are kept, how many processes crop, how much may be faulty.
        size: side of the crops in pixels.
        grey: keep luminance only.
        geometry: where a crop lies, as the network names it that is fed with them.

    Raises `InputError` where more of the labelled images cannot be used than may be.
    """
    root = preparation.crops or default_cache()
    keep = listing.precropped and preparation.aligned == "keep"
    cut = Cut(size, grey, geometry, keep, preparation.storage)
    folder = root / f"{listing.name}-{cut}-{_key(listing, cut)}"
    if not _is_made(folder):
        root.mkdir(parents=True, exist_ok=True)
        with one_at_a_time(root / f".{folder.name}.lock"):
            if not _is_made(folder):
                _put_in_place(listing, folder, cut, preparation)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    # It may have been made when more was allowed.
    check_faulty(listing.name, report["used"], report.get("faults", {}), preparation.max_faulty)
    return open_prepared(folder)


def _is_made(folder: Path) -> bool:
    return (folder / "report.json").is_file()


def _put_in_place(listing: Listing, folder: Path, cut: Cut, preparation: Preparation) -> None:
    # One process makes this set at a time, so what lies there was left by one that was killed.
    partial = folder.with_name(f".partial-{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        _make(listing, partial, cut, preparation)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _make(listing: Listing, folder: Path, cut: Cut, preparation: Preparation) -> None:
    count = len(listing.samples)
    shape = (cut.size, cut.size) if cut.grey else (cut.size, cut.size, 3)
    kept: list[Sample] = []
    hows: list[How] = []
    seen: list[NDArray[np.float32]] = []
    digests: list[int] = []
    skipped = list(listing.skipped)
    faceless: list[str] = []
    origins = {s: origin(s, listing.precropped) for s in listing.samples}
    at_hand = crops_at_hand(folder.parent.glob(f"{listing.name}-{cut}-*"))
    missing = [s for s in listing.samples if origins[s] not in at_hand]
    to_crop = replace(listing, samples=missing)
    with (
        closing(cropped_faces(to_crop, cut, preparation.workers)) as fresh,
        crop_writer(cut.storage, folder, count, shape) as crops,
    ):
        for sample in in_reading_order(listing.samples):
            outcome = at_hand.get(origins[sample]) or next(fresh)[1]
            if isinstance(outcome, str):
                skipped.append(Skipped(sample.name, outcome))
                if outcome == NO_FACE:
                    faceless.append(origins[sample])
                continue
            digests.append(digest(crops.add(outcome[0])))
            kept.append(sample)
            hows.append(outcome[1])
            seen.append(outcome[2])
    used = Listing(listing.name, kept, skipped)
    check_faulty(used.name, len(kept), used.faults(), preparation.max_faulty)
    if not kept:
        raise InputError(f"Not one image of {listing.name} can be used ({used.reasons()}).")
    np.save(folder / "digests.npy", np.array(digests, np.uint64))
    np.save(folder / SEEN, np.stack(seen))
    (folder / FACELESS).write_text("\n".join(faceless), encoding="utf-8")
    copies = report_copies(kept, np.array(digests, np.uint64))
    _write_tables(folder, used, hows, [origins[s] for s in kept], copies)


def _write_tables(
    folder: Path,
    used: Listing,
    hows: list[How],
    origins: list[str],
    copies: dict[str, object],
) -> None:
    kept = used.samples
    unknown = (float("nan"),) * 8
    np.savez(
        folder / "labels.npz",
        target=np.array([(s.valence, s.arousal) for s in kept], np.float32),
        votes=np.array([s.votes or unknown for s in kept], np.float32),
        emotion=np.array([s.emotion for s in kept], np.int64),
        found=np.array([how == "face" for how in hows]),
    )
    with (folder / "samples.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["name", "split", "identity", "video", "frame", "cut by", "origin"])
        for s, how, comes_from in zip(kept, hows, origins, strict=True):
            rows.writerow([s.name, s.split, s.identity, s.video, s.frame, how, comes_from])
    report = {
        "used": len(kept),
        "cut by": {
            "the labelled face, found": hows.count("face"),
            "the data set's box, no face found there": hows.count("box"),
            "the whole image, a face crop already": hows.count("whole"),
        },
        "left out": used.reasons(),
        "faults": used.faults(),
        "identical images": copies,
        "left out, each": [f"{s.name}: {s.reason}" for s in used.skipped],
    }
    (folder / "report.json").write_text(json.dumps(report, indent=1), encoding="utf-8")


def open_prepared(folder: Path) -> Prepared:
    """Open a prepared set."""
    crops = open_crops(folder)
    with np.load(folder / "labels.npz") as labels:
        arrays = {name: labels[name] for name in ("target", "votes", "emotion", "found")}
    with (folder / "samples.csv").open(newline="", encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    return Prepared(folder=folder, crops=crops, names=names, **arrays)


@dataclass(frozen=True, slots=True, eq=False)
class Origins:
    """Where each crop of a prepared set comes from, [N] each.

    `video` is "" for a still; `frame` is the position in the video; `group` is the video, the
    identity or, where neither is known, the image itself: what samples of one group have in
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
        group=[row["video"] or row["identity"] or f"image {i}" for i, row in enumerate(rows)],
    )

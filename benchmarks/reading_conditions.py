"""What poor conditions cost: the error of a network on withheld faces, by how they were taken.

    python benchmarks/reading_conditions.py DATA [--split val] [--model FILE] [--faces N]

`DATA` is a data set as `avce-train` names it (`webfaces:FOLDER`). Each photograph goes the way of
the live app as it is, and again darkened (with the noise of a small sensor), overexposed, blurred,
made small, and with its mouth or eyes covered by a patch; masks, hands, scarves, glasses and other
things are drawn into its crop. Every copy's conditions are measured on it, so that a row holds all
faces that were seen like that. `kept` is what is left of the model's advantage over knowing
nothing: 1 where the error is that of the same photographs untouched (for poses: of frontal,
well lit faces), 0 where it is that of answering with the mean label. `model/face/quality.py` takes
its steps from `kept`. Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice, pairwise, product
from math import nan
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from avce.model.errors import InputError, run_command
from avce.model.face.face import Face
from avce.model.face.finder import FaceFinder
from avce.model.face.head_pose import head_pose
from avce.model.face.image_measures import brightness, grey_of, sharpness
from avce.model.predictor import Predictor
from avce.train.crops.coverings import COVERINGS, covered
from avce.train.crops.cropping import read_image
from avce.train.crops.degraded import blurred, darkened, overexposed
from avce.train.crops.labelled_face import find_in_still
from avce.train.datasets import parse_data
from avce.train.datasets.base import Sample
from avce.weights import find_weights

Pixels = NDArray[np.uint8]
_EYES, _MOUTH = (33, 133, 263, 362), (61, 291, 0, 17)
HIDDEN = 3
"""How often each part of a face is hidden, by something else each time."""
LEAST = 25
"""Faces below which a row has no figures."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A copy of a photograph as it was seen: its kind, conditions, estimate and label, and the
    estimate of the untouched photograph; `eyes` and `mouth` are the shares that the model tells to
    be covered, nan from one that does not."""

    kind: str
    yaw: float
    pitch: float
    roll: float
    sharpness: float
    brightness: float
    width: float
    confidence: float
    eyes: float
    mouth: float
    estimate: NDArray[np.float64]
    target: NDArray[np.float64]
    untouched: NDArray[np.float64]


def _small(rgb: Pixels, side: float, wanted: float) -> Pixels:
    scale = wanted / side
    small = cv2.resize(rgb, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.uint8)


def _covered(rgb: Pixels, points: NDArray[np.float32], side: float) -> Pixels:
    """A patch of the cheeks' colour over the points, as a hand would lie."""
    low, high = points.min(axis=0) - 0.12 * side, points.max(axis=0) + 0.12 * side
    copy = rgb.copy()
    colour = np.median(rgb.reshape(-1, 3), axis=0).astype(int).tolist()
    cv2.rectangle(copy, low.astype(int).tolist(), high.astype(int).tolist(), colour, -1)
    return copy


def copies(
    rgb: Pixels, side: float, landmarks: NDArray[np.float32]
) -> Iterator[tuple[str, Pixels]]:
    """The photograph as it is and each of its poorer copies."""
    yield "as it is", rgb
    for i, gain in enumerate((0.5, 0.35, 0.25, 0.18, 0.125, 0.08, 0.05)):
        yield f"light x {gain:g}", darkened(rgb, gain, np.random.default_rng(i))
    for gain in (1.5, 2.2, 3.2):
        yield f"light x {gain:g}", overexposed(rgb, gain)
    for share in (0.008, 0.014, 0.02, 0.03, 0.045, 0.07):
        yield f"blur {share:g} of the face", blurred(rgb, share * side)
    for wanted in (64, 48, 32, 24, 16):
        yield f"face {wanted} px wide", _small(rgb, side, wanted)
    yield "mouth covered", _covered(rgb, landmarks[list(_MOUTH)], side)
    yield "eyes covered", _covered(rgb, landmarks[list(_EYES)], side)


def observe(data: str, split: str, predictor: Predictor, faces: int, posed: int) -> list[Seen]:
    """At most `posed` photographs of a split, evenly over it, and all copies of `faces` of them."""
    (source,) = parse_data(data)
    samples = [s for s in source.read(split).samples if not s.in_video]
    chosen = samples[:: max(1, len(samples) // posed)][:posed]
    every = max(1, len(chosen) // faces) if faces else len(chosen) + 1
    geometry, found = predictor.card.geometry, []
    with FaceFinder() as finder:
        for number, sample in enumerate(chosen):
            rgb = read_image(sample.path)
            face = None if isinstance(rgb, str) else find_in_still(finder, rgb)
            if isinstance(rgb, str) or face is None:
                continue
            whole = predictor.predict([face.crop(rgb, geometry=geometry)]).va[0]
            poorer = copies(rgb, face.width, face.landmarks)
            for kind, copy in poorer if number % every == 0 else islice(poorer, 1):
                again = find_in_still(finder, copy)
                if again is None:
                    continue
                crop = again.crop(copy, geometry=geometry)
                found.append(_seen(kind, again, crop, predictor, sample, whole))
            if number % every == 0:
                crop = face.crop(rgb, geometry=geometry)
                for part, turn in product(COVERINGS, range(HIDDEN)):
                    copy, _ = covered(crop, part, np.random.default_rng([number, turn, 29]))
                    found.append(_seen(f"{part} hidden", face, copy, predictor, sample, whole))
    if not found:
        raise InputError(f"No face was found in {data}, split {split}.")
    return found


def _seen(
    kind: str,
    face: Face,
    crop: Pixels,
    predictor: Predictor,
    sample: Sample,
    untouched: NDArray[np.float32],
) -> Seen:
    pose, grey = head_pose(face.landmarks), grey_of(crop)
    said = predictor.predict([crop])
    eyes, mouth = (nan, nan) if said.covered is None else map(float, said.covered[0])
    return Seen(
        kind,
        *(pose.yaw, pose.pitch, pose.roll),
        *(sharpness(grey), brightness(grey), face.width, face.confidence),
        *(eyes, mouth),
        said.va[0].astype(np.float64),
        np.array([sample.valence, sample.arousal]),
        untouched.astype(np.float64),
    )


def _error(seen: list[Seen], *, untouched: bool = False) -> float:
    """Root mean square error over both axes."""
    estimates = [s.untouched if untouched else s.estimate for s in seen]
    return float(
        np.sqrt(np.mean([(e - s.target) ** 2 for e, s in zip(estimates, seen, strict=True)]))
    )


def _table(
    title: str, rows: dict[str, list[Seen]], ignorant: float, good: float | None = None
) -> None:
    """Against the error `good`, or for None against that of the same photographs untouched."""
    print(f"\n{title:28}  faces   RMSE  kept  change of valence, arousal  bias of valence")
    for name, seen in rows.items():
        if len(seen) < LEAST:
            print(f"{name:28}  {len(seen):5}   (too few)")
            continue
        best = _error(seen, untouched=True) if good is None else good
        kept = (ignorant - _error(seen)) / (ignorant - best)
        valence, arousal = np.mean([abs(s.estimate - s.untouched) for s in seen], axis=0)
        bias = float(np.mean([s.estimate[0] - s.target[0] for s in seen]))
        print(
            f"{name:28}  {len(seen):5}  {_error(seen):.3f}  {kept:.2f}  "
            f"{valence:17.3f}, {arousal:.3f}  {bias:+15.3f}"
        )


def _ranges(
    seen: list[Seen], edges: tuple[float, ...], of: Callable[[Seen], float]
) -> dict[str, list[Seen]]:
    return {
        f"{low:g} to {high:g}": [s for s in seen if low <= of(s) < high]
        for low, high in pairwise(edges)
    }


def report(seen: list[Seen]) -> None:
    """Print the tables."""
    plain = [s for s in seen if s.kind == "as it is"]
    good = [s for s in plain if abs(s.yaw) < 15 and abs(s.pitch) < 15 and 60 < s.brightness < 190]
    if len(good) < LEAST:
        raise InputError(
            f"Only {len(good)} faces are frontal and well lit: give more with --faces."
        )
    targets = np.array([s.target for s in plain])
    best, ignorant = _error(good), float(np.sqrt(targets.var(axis=0).mean()))
    print(f"{len(plain)} photographs, {len(good)} of them frontal and well lit: RMSE {best:.3f};")
    print(f"answering with the mean label: {ignorant:.3f}")
    level = [s.pitch for s in plain if abs(s.yaw) < 12]
    print(f"median pitch of faces towards the camera: {np.median(level):+.1f} degrees")
    table = partial(_table, ignorant=ignorant)
    kinds = dict.fromkeys(s.kind for s in seen)
    table("copy", {kind: [s for s in seen if s.kind == kind] for kind in kinds})
    lights = [s for s in seen if s.kind.startswith(("as", "light"))]
    edges = (0, 8, 12, 18, 25, 35, 50, 70, 100, 160, 190, 210, 225, 240, 256)
    table("brightness", _ranges(lights, edges, lambda s: s.brightness))
    blurs = [s for s in seen if s.kind.startswith(("as", "blur"))]
    edges = (0, 0.03, 0.05, 0.07, 0.09, 0.12, 0.16, 0.22, 0.3, 0.5, 2)
    table("sharpness", _ranges(blurs, edges, lambda s: s.sharpness))
    small = [s for s in seen if s.kind.startswith(("as", "face"))]
    edges = (10, 20, 28, 40, 56, 80, 1000)
    table("width of the face, px", _ranges(small, edges, lambda s: s.width))
    edges = (0, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.01)
    hidden = [s for s in seen if s.kind.startswith("as") or s.kind.endswith("hidden")]
    eyes = [s for s in hidden if not s.kind.startswith("mouth")]
    table("share of the eyes hidden", _ranges(eyes, edges, lambda s: s.eyes))
    mouths = [s for s in hidden if s.kind.startswith(("as", "mouth"))]
    table("share of the mouth hidden", _ranges(mouths, edges, lambda s: s.mouth))
    table("yaw, degrees", _ranges(plain, (0, 10, 20, 30, 40, 90), lambda s: abs(s.yaw)), good=best)
    table(
        "pitch, degrees",
        _ranges(plain, (-60, -30, -20, -10, 0, 10, 20, 30, 60), lambda s: s.pitch),
        good=best,
    )
    table("roll, degrees", _ranges(plain, (0, 5, 10, 20, 90), lambda s: abs(s.roll)), good=best)
    edges = (0, 0.3, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 1.01)
    table("confidence, all copies", _ranges(seen, edges, lambda s: s.confidence))


def main() -> int:
    """Parse the command line and report."""
    parser = argparse.ArgumentParser(description="What poor conditions cost an estimate.")
    parser.add_argument("data", help="for example webfaces:FOLDER")
    parser.add_argument("--split", default="val")
    parser.add_argument("--model", type=Path, default=None, help="the shipped one if not given")
    parser.add_argument("--faces", type=int, default=180, help="photographs with all copies")
    parser.add_argument("--posed", type=int, default=1200, help="photographs as they are")
    given = parser.parse_args()
    predictor = Predictor(given.model or find_weights(), provider="cpu")
    report(observe(given.data, given.split, predictor, given.faces, given.posed))
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, name="reading_conditions", debug=False))

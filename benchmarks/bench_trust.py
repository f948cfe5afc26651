"""How far readings can be trusted when the image changes and the expression does not.

    python benchmarks/bench_trust.py FOLDER [--model FILE] [--limit N]

`FOLDER` is what `own_faces.py` takes: images in folders named by emotion, or a `labels.csv`. Each
image goes the way of the live app as it is, and again rolled, blurred, darkened, at the resolution
of a small face and re-encoded: every copy's face is found anew. Printed for each kind of copy: the
mean change of valence and arousal, and how well valence still ranks happiness over neutral and
neutral over negative expressions (area under the curve). Then the moved crops, and the standard
deviation of raw valence over a video of a still face with camera noise, as H.264 leaves it. And,
where `labels.csv` has columns `identity` and `strength`, the rank correlation of valence and the
strength of a smile within each person. Nothing leaves this machine.
"""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from own_faces import Labelled, list_images, measure_folder
from scipy.stats import rankdata

from avce.model.errors import InputError
from avce.model.face.finder import FaceFinder
from avce.model.predictor import Predictor
from avce.train.cards.probes import NEGATIVE, area_under_curve
from avce.train.cards.steadiness import jittered
from avce.train.crops.cropping import read_image
from avce.train.crops.degraded import blurred, darkened, encoded, rolled, shrunk
from avce.train.crops.labelled_face import find_in_still

Pixels = NDArray[np.uint8]
Values = NDArray[np.float64]
SMALL = 48
"""Side in pixels of a small face's crop: FER+'s own."""
NOISE = 6.0
"""Standard deviation of the camera's noise, of 255."""
FILM_FRAMES, FILMS = 40, 12


def copies_of(rgb: Pixels, width: float) -> dict[str, Pixels]:
    """The copies of an image whose face is `width` pixels wide, by the name of what was done."""
    small = shrunk(rgb, min(SMALL / width, 1.0))
    return {
        **{f"rolled {angle} degrees": rolled(rgb, angle) for angle in (15, 25, 35, 45, -45)},
        "face 48 px wide": small,
        "face 48 px wide, JPEG 60": encoded(small, 60),
        "JPEG 40": encoded(rgb, 40),
        "blurred, 2 % of the width": blurred(rgb, 0.02 * width),
        "a quarter of the light": darkened(rgb, 0.25, np.random.default_rng(0)),
        "an eighth of the light": darkened(rgb, 0.125, np.random.default_rng(0)),
    }


def film_of(rgb: Pixels, seed: int) -> list[Pixels]:
    """A still scene through a noisy camera and H.264 as encoders do it by default."""
    height, width = (side - side % 2 for side in rgb.shape[:2])
    still = rgb[:height, :width].astype(np.float32)
    rng = np.random.default_rng(seed)
    file = io.BytesIO()
    with av.open(file, "w", format="matroska") as video:
        stream = video.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for _ in range(FILM_FRAMES):
            noisy = np.clip(still + rng.normal(0.0, NOISE, still.shape), 0, 255)
            video.mux(stream.encode(av.VideoFrame.from_ndarray(noisy.astype(np.uint8), "rgb24")))
        video.mux(stream.encode())
    file.seek(0)
    with av.open(file, "r") as stored:
        return [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
            for frame in stored.decode(video=0)
        ]


def estimate(predictor: Predictor, finder: FaceFinder, rgb: Pixels) -> Values | None:
    """Valence and arousal [2] of the face in an image; None where none is found."""
    face = find_in_still(finder, rgb)
    if face is None:
        return None
    crop = face.crop(rgb, geometry=predictor.card.geometry)
    return np.asarray(predictor.predict([crop]).va[0], np.float64)


def noise_deviation(predictor: Predictor, rgb: Pixels, seed: int) -> float | None:
    """Of raw valence over a video of a still face; None where the face is lost."""
    values = []
    with FaceFinder(video=True) as finder:
        for number, frame in enumerate(film_of(rgb, seed)):
            faces = finder.find(frame, 1 + number * 33)
            if faces:
                crop = faces[0].crop(frame, geometry=predictor.card.geometry)
                values.append(float(predictor.predict([crop]).va[0, 0]))
    return float(np.std(values)) if len(values) >= FILM_FRAMES // 2 else None


def ranks(values: Values, emotions: list[str]) -> tuple[float, float]:
    """Areas under the curve: happiness over neutral, neutral over negative expressions."""
    of = {name: values[[e == name for e in emotions], 0] for name in ("happiness", "neutral")}
    negative = values[[e in NEGATIVE for e in emotions], 0]
    return (
        area_under_curve(of["happiness"], of["neutral"]),
        area_under_curve(of["neutral"], negative),
    )


def rank(x: Values, y: Values) -> float:
    """Spearman's correlation of two series."""
    return float(np.corrcoef(rankdata(x), rankdata(y))[0, 1])


def strength_lines(folder: Path, values: dict[str, Values]) -> list[str]:
    """Rank correlation of valence with the strength of a smile, the mean over people."""
    table = folder / "labels.csv"
    if not table.is_file():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row.get("strength") and row.get("emotion") == "happiness" and row["image"] in values
        ]
    people: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        own = people.setdefault(row.get("identity") or "", [])
        own.append((float(row["strength"]), float(values[row["image"]][0])))
    found = [rank(*np.array(own).T) for own in people.values() if len(own) > 3]
    if not found:
        return []
    return [
        f"rank correlation of valence with a smile's strength, {len(found)} people: "
        f"mean {np.mean(found):.2f}, least {min(found):.2f}"
    ]


def run(folder: Path, model: Path, limit: int) -> None:
    """Measure and print."""
    images = list_images(folder)
    if 0 < limit < len(images):
        images = [images[i] for i in np.linspace(0, len(images) - 1, limit).astype(int)]
    predictor = Predictor(model, provider="cpu")
    seen: list[tuple[Labelled, Values]] = []
    changed: dict[str, list[tuple[str, Values, Values]]] = {}
    moved: list[float] = []
    noise: list[float] = []
    with FaceFinder(portraits=True) as finder:
        look: Callable[[Pixels], Values | None] = partial(estimate, predictor, finder)
        for number, image in enumerate(images):
            rgb = read_image(image.path)
            face = None if isinstance(rgb, str) else find_in_still(finder, rgb)
            if isinstance(rgb, str) or face is None or (plain := look(rgb)) is None:
                continue
            seen.append((image, plain))
            for kind, copy in copies_of(rgb, face.square(predictor.card.geometry).side).items():
                found = look(copy)
                if found is not None:
                    changed.setdefault(kind, []).append((image.emotion, plain, found))
            crops = np.stack(jittered(rgb, face, predictor.card.geometry))
            moved.append(float(predictor.predict(crops).va[:, 0].std()))
            if len(noise) < FILMS and (now := noise_deviation(predictor, rgb, number)) is not None:
                noise.append(now)
    if not seen:
        raise InputError(f"No face was found in any image of {folder}.")
    print(f"{model.name}: {len(images)} images, a face found in {len(seen)}")
    print(
        f"{'':<28}{'faces':>6}{'|dV|':>8}{'|dA|':>8}{'happiness/neutral':>19}"
        f"{'neutral/negative':>18}"
    )
    whole = [(image.emotion, plain, plain) for image, plain in seen]
    for kind, rows in {"untouched": whole, **changed}.items():
        before, after = (np.stack([row[i] for row in rows]) for i in (1, 2))
        change = np.abs(after - before).mean(axis=0)
        joy, sorrow = ranks(after, [row[0] for row in rows])
        print(
            f"{kind:<28}{len(rows):>6}{change[0]:>8.3f}{change[1]:>8.3f}{joy:>19.3f}{sorrow:>18.3f}"
        )
    for name in ("happiness", "neutral", *NEGATIVE):
        own = [plain for image, plain in seen if image.emotion == name]
        if own:
            valence, arousal = np.mean(own, axis=0)
            print(f"{name}: {len(own)} faces, mean valence {valence:+.3f}, arousal {arousal:+.3f}")
    print(
        f"crops moved by 2 %, deviation of valence: median {np.median(moved):.3f}, "
        f"95th percentile {np.quantile(moved, 0.95):.3f}"
    )
    if noise:
        print(
            f"still face, noise {NOISE:g} of 255, H.264, deviation of raw valence over "
            f"{FILM_FRAMES} frames: median {np.median(noise):.4f}, most {max(noise):.4f}"
        )
    values = {
        key: plain
        for image, plain in seen
        for key in (image.path.name, image.path.relative_to(folder).as_posix())
    }
    print(*strength_lines(folder, values), sep="\n")


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    return measure_folder(run, (__doc__ or "").partition("\n")[0], "bench_trust", arguments)


if __name__ == "__main__":
    sys.exit(main())

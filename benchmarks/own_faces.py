"""How a network does on your own folder of faces: signs, ranks and steadiness.

    python benchmarks/own_faces.py FOLDER [--model FILE] [--limit N]

Every image goes the way of the live app: the face is found, cropped and estimated. An image has
an emotion where a folder above it is named after one (`FOLDER/anna/happiness/1.jpg`), or where
`FOLDER/labels.csv` (columns `image`, `emotion`; images in `FOLDER/images`) says so. Each folder
above that one is a group, and what lies below a folder of that name is reported apart: name them
after people, ages, lights, cameras. `tools/rendering/render_people.py` makes such a folder.
Nothing leaves this machine.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from avce.model.errors import InputError, run_command
from avce.model.predictor import Predictor
from avce.train.cards.probes import NEGATIVE, ranking
from avce.train.cards.steadiness import Steadiness, measure_steadiness, summary
from avce.train.datasets.base import EMOTIONS
from avce.weights import find_weights

IMAGES = (".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff")
GOALS = {"encoded_p95": 0.03, "jittered_p95": 0.05, "colour_largest": 0.03}
WORST = 5


@dataclass(frozen=True, slots=True)
class Labelled:
    """An image with its emotion ("" if unknown) and the groups that it belongs to."""

    path: Path
    emotion: str
    groups: tuple[str, ...] = ()


def list_images(folder: Path) -> list[Labelled]:
    """The images of a folder, sorted; `InputError` where there is none."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder: name one that holds images of faces.")
    emotions: dict[str, str] = {}
    table = folder / "labels.csv"
    if table.is_file():
        with table.open(newline="", encoding="utf-8") as file:
            emotions = {
                row["image"]: row["emotion"]
                for row in csv.DictReader(file)
                if row.get("image") and row.get("emotion")
            }
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in IMAGES):
        parts = path.relative_to(folder).parts[:-1]
        place = next((i for i, part in enumerate(parts) if part.lower() in EMOTIONS), None)
        if place is not None:
            found.append(Labelled(path, parts[place].lower(), parts[:place]))
        else:
            found.append(Labelled(path, emotions.get(path.name, "")))
    if not found:
        raise InputError(f"{folder} contains no images ({', '.join(IMAGES)}).")
    return found


def expression_lines(faces: list[tuple[Labelled, Steadiness]]) -> list[str]:
    """For all and for each group, by emotion: mean estimate, how often the valence is positive."""
    cells: dict[tuple[str, int], list[tuple[float, float]]] = {}
    for face, s in faces:
        if face.emotion in EMOTIONS:
            for group in ("all", *face.groups):
                cells.setdefault((group, EMOTIONS.index(face.emotion)), []).append(s.estimate)
    if not cells:
        return ["no image has an emotion: no means by emotion"]
    order = ["all", *sorted({group for group, _ in cells} - {"all"})]
    wide = max(map(len, order)) + 2
    lines = [
        f"{'group':<{wide}}{'emotion':<12}{'faces':>6}{'valence':>9}{'arousal':>9}{'V > 0':>8}"
    ]
    for group, index in sorted(cells, key=lambda cell: (order.index(cell[0]), cell[1])):
        chosen = cells[group, index]
        valence, arousal = np.mean(chosen, axis=0)
        positive = np.mean([v > 0 for v, _ in chosen])
        lines.append(
            f"{group:<{wide}}{EMOTIONS[index]:<12}{len(chosen):>6}{valence:>+9.3f}"
            f"{arousal:>+9.3f}{positive:>8.0%}"
        )
    return lines


def rank_lines(faces: list[tuple[Labelled, Steadiness]]) -> list[str]:
    """Areas under the curve where the emotions for them are there."""
    known = [(face, s) for face, s in faces if face.emotion in EMOTIONS]
    if not {"neutral", "happiness"} <= {face.emotion for face, _ in known}:
        return []
    estimate = np.array([s.estimate for _, s in known])
    rank = ranking(estimate, np.array([EMOTIONS.index(face.emotion) for face, _ in known]))
    return [f"{name.replace('_', ' ')}: {value:.3f}" for name, value in rank.items()]


def steadiness_lines(faces: list[tuple[Labelled, Steadiness]]) -> list[str]:
    """The summary beside its goals, and the images that moved most."""
    values = summary([s for _, s in faces])
    lines = []
    for name, value in values.items():
        goal = GOALS.get(name)
        beside = "" if goal is None else f" (goal: under {goal})"
        lines.append(f"{name.replace('_', ' ')}: {value:.4g}{beside}")
    for word, of in (("re-encoding", "encoded"), ("moved crops", "jittered")):
        worst = sorted(faces, key=lambda f: -getattr(f[1], of)[0])[:WORST]
        shown = ", ".join(f"{face.path.name} {getattr(s, of)[0]:.3f}" for face, s in worst)
        lines.append(f"least steady under {word}: {shown}")
    return lines


def run(folder: Path, model: Path, limit: int) -> None:
    """Measure and print."""
    images = list_images(folder)
    if 0 < limit < len(images):
        images = [images[i] for i in np.linspace(0, len(images) - 1, limit).astype(int)]
    predictor = Predictor(model, provider="cpu")
    measured = measure_steadiness(predictor, [p.path for p in images])
    faces = [(p, measured[str(p.path)]) for p in images if str(p.path) in measured]
    print(f"{len(images)} images, a face found in {len(faces)}")
    if not faces:
        raise InputError(f"No face was found in any image of {folder}.")
    negative = ", ".join(NEGATIVE)
    print(*expression_lines(faces), sep="\n")
    print(*rank_lines(faces), sep="\n")
    print(f"(negative: {negative})")
    print("steadiness, standard deviation of valence on one face:")
    print(*steadiness_lines(faces), sep="\n")


def measure_folder(
    measure: Callable[[Path, Path, int], None], words: str, name: str, arguments: list[str] | None
) -> int:
    """The command line of a benchmark that takes such a folder; returns the exit status.

    Args:
        measure: gets the folder, the model and how many images at most, 0 for all.
        words: what the benchmark does.
        name: what its errors begin with.
    """
    parser = argparse.ArgumentParser(description=words)
    parser.add_argument("folder", type=Path, help="images of faces, in folders named by emotion")
    parser.add_argument("--model", type=Path, default=find_weights(), help="a model in ONNX")
    parser.add_argument("--limit", type=int, default=0, help="measure so many, evenly spread")
    options = parser.parse_args(arguments)
    return run_command(
        lambda: measure(options.folder, options.model, options.limit), name=name, debug=False
    )


def main(arguments: list[str] | None = None) -> int:
    """Returns the exit status."""
    return measure_folder(run, (__doc__ or "").partition("\n")[0], "own_faces", arguments)


if __name__ == "__main__":
    sys.exit(main())

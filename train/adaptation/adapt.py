"""`avce-train adapt`: an exported model fitted to one's own people, or a sentence why not."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from ...model.errors import AvceError, InputError
from ...model.metrics import AXES
from ...model.predictor import Predictor
from ..crops.preparation import USUAL, Preparation
from ..crops.prepare import Prepared
from ..datasets import parse_data
from ..exporting.half_storage import restore_float
from ..exporting.last_layer import find_last_layer, open_values, tensor_of
from .adapted_file import ADAPTED, card_text, is_adapted, write_adapted
from .calibration import Floats, interval_factors
from .last_block import find_last_block
from .levels import NEEDED, Faces, Layer, Network
from .rated_people import RatedPeople, read_people
from .trial import Trial, try_adaptation

_BATCH = 64
_MOST_INNER = 6000
"""Faces from which the last block learns: what it reads of more would fill the memory."""
_APART = 0.02
"""By which the file's estimates may differ from those that were measured."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """What was written: the file, its card, and what it gave for people held out."""

    out: Path
    card: Path
    trial: Trial
    facts: dict[str, Any]


def adapt(
    model: Path,
    data: str,
    out: Path,
    preparation: Preparation = USUAL,
    *,
    seed: int = 0,
    say: Callable[[str], None] = lambda words: None,
) -> Adapted:
    """Fit a model to one's own people by as much of it as the data support (`levels.LEVELS`).

    Args:
        model: an exported model.
        data: `session:FOLDER`, or another data set with labels.
        out: the new file, with its card beside it.
        preparation: where crops are kept.
        seed: of the interval of the gain.
        say: is told how far it has come.

    Raises `InputError` where there are too few people (sessions of one person, images), where the
    gain for those held out cannot be told from none, and where `out` already exists.
    """
    card_path = out.with_suffix(".md")
    for path in (out, card_path):
        if path.exists():
            raise InputError(f"{path} already exists: choose another --out (of fit: --run).")
    predictor = Predictor(model, provider="cpu")
    people = read_people(parse_data(data, predictor.anchors), preparation, predictor.card.geometry)
    for words in people.left_out:
        say(words)
    groups, kind = people.groups(data)
    faces, network, halfwidth = look_at(model, people.sets, people.target, groups)
    trial = try_adaptation(faces, network, seed, say)
    if not trial.helps:
        raise InputError(
            f"{out} was not written: adaptation gives no gain that holds: {trial.words} on {kind} "
            "held out."
        )
    facts = _facts(model, data, trial, people, kind)
    factors = None
    if halfwidth is not None and predictor.card.interval is not None:
        level = float(predictor.card.interval.get("level", 0.9))
        factors = interval_factors(trial.adapted, faces.target, halfwidth, level)
        facts["interval"] = {"level": level, "factors": factors, "n": len(faces.target)}
    out.parent.mkdir(parents=True, exist_ok=True)
    write_adapted(model, out, trial.change, factors, facts)
    _check(out, trial, faces, people.sets[0])
    card_path.write_text(card_text(out.name, facts, trial.words), encoding="utf-8")
    return Adapted(out, card_path, trial, facts)


def look_at(
    model: Path, sets: list[Prepared], target: Floats, groups: NDArray[Any]
) -> tuple[Faces, Network, Floats | None]:
    """The faces [N] as the model sees them, its parts that may change, and its half-widths."""
    file = onnx.load(str(model), load_external_data=False)
    if is_adapted(file):
        raise InputError(ADAPTED)
    restore_float(file)
    last = find_last_layer(file)
    count = len(np.unique(groups))
    groups_needed, faces_needed = NEEDED["regressor and last block"]
    enough = count >= groups_needed and faces_needed <= len(target) <= _MOST_INNER
    block = find_last_block(file, last.input[0]) if last and enough else None
    layer = None
    if last is not None:
        weight, bias = (tensor_of(file, name) for name in last.input[1:3])
        layer = Layer(weight.astype(np.float64), bias.astype(np.float64))
    outputs = {each.name for each in file.graph.output}
    names = ["va", *(["halfwidth"] if "halfwidth" in outputs else [])]
    names += [last.input[0]] if last else []
    names += [block.cut] if block else []
    values = open_values(file, names)
    found: dict[str, list[NDArray[Any]]] = {name: [] for name in names}
    for crops in _batches(sets):
        for name, each in zip(names, values(crops), strict=True):
            # The block's values are many, and half precision is near enough.
            kind = np.float16 if block and name == block.cut else np.float64
            found[name].append(each.astype(kind))
    whole = {name: np.concatenate(parts) for name, parts in found.items()}
    hidden = whole[last.input[0]] if last else None
    inner = whole[block.cut] if block else None
    faces = Faces(whole["va"], target, groups, hidden, inner)
    return faces, Network(layer, block), whole.get("halfwidth")


def _batches(sets: list[Prepared]) -> Any:
    for each in sets:
        for start in range(0, len(each), _BATCH):
            crops = np.asarray(each.crops[start : start + _BATCH])
            yield np.repeat(crops[..., None], 3, axis=3) if crops.ndim == 3 else crops


def _check(out: Path, trial: Trial, faces: Faces, first: Prepared) -> None:
    """Whether the file says what was measured; otherwise it is taken away again."""
    crops = next(iter(_batches([first])))
    says = Predictor(out, provider="cpu").predict(crops).va
    own = np.zeros(len(faces.target), np.bool_)
    own[: len(crops)] = True
    apart = float(np.abs(says - trial.change(faces.part(own))).max())
    if apart > _APART:
        out.unlink()
        raise AvceError(f"{out} was not kept: its estimates are {apart:.3f} from those measured.")


def _facts(model: Path, data: str, trial: Trial, people: RatedPeople, kind: str) -> dict[str, Any]:
    named = np.unique(people.people[people.people != ""])
    correction = trial.change.correction
    return {
        "source": model.name,
        "source_sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "data": [part.partition(":")[0] for part in data.split("+")],
        "level": trial.level,
        "gain": dict(zip(AXES, correction.gain, strict=True)),
        "offset": dict(zip(AXES, correction.offset, strict=True)),
        "people": max(len(named), 1),
        "recordings_are": "sessions" if people.minutes else "images",
        "recordings": len(np.unique(people.recordings)),
        "minutes": people.minutes,
        "raters": list(people.raters),
        "faces": len(people.target),
        "held_out": kind,
        "tried": trial.tried,
        "ccc_before": dict(zip(AXES, trial.before, strict=True)),
        "ccc_after": dict(zip(AXES, trial.after, strict=True)),
        "mean_ccc_gain": {"gain": trial.gain, "low": trial.low, "high": trial.high},
    }

"""`avce-train adapt`: an exported model fitted to rated sessions, or a sentence why not."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from ...model.errors import InputError
from ...model.metrics import AXES
from ...model.predictor import Predictor
from ..crops.preparation import USUAL, Preparation
from ..crops.prepare import Prepared, prepare
from ..datasets import parse_data
from ..evaluate import CROP
from ..exporting.onnx_graph import set_metadata
from .calibration import FEWEST, Correction, Trial, interval_factors, try_adaptation

_BATCH = 64


@dataclass(frozen=True, slots=True)
class Adapted:
    """What was written: the file, its card, and what it gave for people held out."""

    out: Path
    card: Path
    trial: Trial
    facts: dict[str, Any]


def adapt(
    model: Path, data: str, out: Path, preparation: Preparation = USUAL, *, seed: int = 0
) -> Adapted:
    """Fit a model to rated sessions: an offset, or an offset and a gain, as the data support.

    Args:
        model: an exported float32 model.
        data: `session:FOLDER`, or another data set whose samples name their people.
        out: the new file, with its card beside it.
        preparation: where crops are kept.
        seed: of the interval of the gain.

    Raises `InputError` where there are fewer than three people (or sessions of one person), where
    the gain for those held out cannot be told from none, and where `out` already exists.
    """
    card_path = out.with_suffix(".md")
    for path in (out, card_path):
        if path.exists():
            raise InputError(f"{path} already exists: choose another --out.")
    predictor = Predictor(model, provider="cpu")
    sets = [
        prepare(
            source.read("test" if "test" in source.data_set.splits else None),
            preparation,
            size=CROP,
            grey=source.data_set.grey,
            geometry=predictor.card.geometry,
        )
        for source in parse_data(data, predictor.anchors)
    ]
    estimate, halfwidth = _estimates(predictor, sets)
    target = np.concatenate([each.target for each in sets]).astype(np.float64)
    people, recordings = _whose(sets)
    groups, kind = (people, "people") if len(set(people)) > 1 else (recordings, "sessions")
    if len(np.unique(groups)) < FEWEST:
        raise InputError(
            f"{data} has {len(np.unique(groups))} {kind}: at least {FEWEST} are needed, so that a "
            "gain can be measured on some that the adaptation has not seen."
        )
    trial = try_adaptation(estimate, target, groups, seed)
    words = (
        f"mean CCC {np.mean(trial.before):+.3f} before, {np.mean(trial.after):+.3f} after, gain "
        f"{trial.gain:+.3f} (95 % interval {trial.low:+.3f} to {trial.high:+.3f}) on {kind} held "
        "out"
    )
    if not trial.helps:
        raise InputError(f"{out} was not written: adaptation gives no gain that holds: {words}.")
    facts = _facts(model, data, trial, people, recordings, kind, len(target))
    factors = None
    if halfwidth is not None and predictor.card.interval is not None:
        level = float(predictor.card.interval.get("level", 0.9))
        factors = interval_factors(trial.adapted, target, halfwidth, level)
        facts["interval"] = {"level": level, "factors": factors, "n": len(target)}
    _write(model, out, trial.correction, factors, facts)
    card_path.write_text(_card(out, facts, words), encoding="utf-8")
    return Adapted(out, card_path, trial, facts)


def _estimates(
    predictor: Predictor, sets: list[Prepared]
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    values, widths = [], []
    for each in sets:
        for start in range(0, len(each), _BATCH):
            crops = np.asarray(each.crops[start : start + _BATCH])
            crops = np.repeat(crops[..., None], 3, axis=3) if crops.ndim == 3 else crops
            found = predictor.predict(crops)
            values.append(found.va)
            widths.append(found.halfwidth)
    known = [width for width in widths if width is not None]
    whole = np.concatenate(known).astype(np.float64) if len(known) == len(values) else None
    return np.concatenate(values).astype(np.float64), whole


def _whose(sets: list[Prepared]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The person and the recording of each sample [N]."""
    people, recordings = [], []
    for each in sets:
        with (each.folder / "samples.csv").open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                recordings.append(row["video"] or row["name"])
                people.append(row["identity"] or recordings[-1])
    return np.array(people), np.array(recordings)


def _facts(
    model: Path,
    data: str,
    trial: Trial,
    people: NDArray[Any],
    recordings: NDArray[Any],
    kind: str,
    n: int,
) -> dict[str, Any]:
    return {
        "source": model.name,
        "source_sha256": hashlib.sha256(model.read_bytes()).hexdigest(),
        "data": [part.partition(":")[0] for part in data.split("+")],
        "level": trial.level,
        "gain": dict(zip(AXES, trial.correction.gain, strict=True)),
        "offset": dict(zip(AXES, trial.correction.offset, strict=True)),
        "people": len(set(people.tolist())),
        "sessions": len(set(recordings.tolist())),
        "faces": n,
        "held_out": kind,
        "ccc_before": dict(zip(AXES, trial.before, strict=True)),
        "ccc_after": dict(zip(AXES, trial.after, strict=True)),
        "mean_ccc_gain": {"gain": trial.gain, "low": trial.low, "high": trial.high},
    }


def _write(
    model: Path,
    out: Path,
    correction: Correction,
    factors: tuple[float, float] | None,
    facts: dict[str, Any],
) -> None:
    """The model with its estimates corrected at the end of the graph; put in place whole."""
    file = onnx.load(str(model), load_external_data=False)
    _scale(file.graph, "va", correction.gain, correction.offset, -1.0)
    if factors is not None:
        _scale(file.graph, "halfwidth", factors, (0.0, 0.0), 0.0)
    entries = {entry.key: entry.value for entry in file.metadata_props}
    entries["avce.adaptation"] = json.dumps(facts)
    entries["avce.trained_on"] = (
        f"{entries.get('avce.trained_on', '')}, adapted to {facts['people']} people"
    )
    # Figures of the model that it was say nothing of the one that it is.
    entries["avce.metrics"] = "{}"
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".adapt-") as folder:
        made = Path(folder) / out.name
        onnx.save(file, str(made))
        set_metadata(made, entries)
        Predictor(made, provider="cpu")
        os.replace(made, out)


def _scale(
    graph: onnx.GraphProto,
    output: str,
    gain: tuple[float, float],
    offset: tuple[float, float],
    low: float,
) -> None:
    """Let an output be clip(output * gain + offset, low, 1); whatever else reads it stays."""
    plain = f"{output}_plain"
    if any(plain in node.output for node in graph.node):
        raise InputError("This model is adapted already: start from the one that it was made of.")
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == output:
                    names[i] = plain
    values = {"gain": gain, "offset": offset, "low": (low,), "high": (1.0,)}
    for name, numbers in values.items():
        shape = [1, 2] if len(numbers) == 2 else []
        graph.initializer.append(
            helper.make_tensor(f"{output}_{name}", TensorProto.FLOAT, shape, numbers)
        )
    steps = (
        ("Mul", [plain, f"{output}_gain"], f"{output}_scaled"),
        ("Add", [f"{output}_scaled", f"{output}_offset"], f"{output}_moved"),
        ("Clip", [f"{output}_moved", f"{output}_low", f"{output}_high"], output),
    )
    for kind, inputs, result in steps:
        graph.node.append(helper.make_node(kind, inputs, [result], name=f"{output}_{kind.lower()}"))


def _card(out: Path, facts: dict[str, Any], words: str) -> str:
    rows = "\n".join(
        f"| {axis} | {facts['ccc_before'][axis]:+.3f} | {facts['ccc_after'][axis]:+.3f} | "
        f"{facts['gain'][axis]:.3f} | {facts['offset'][axis]:+.3f} |"
        for axis in AXES
    )
    return f"""# {out.name}

`{facts["source"]}` (SHA-256 `{facts["source_sha256"]}`), adapted by its {facts["level"]} to rated
recordings: {facts["people"]} people, {facts["sessions"]} sessions, {facts["faces"]} faces.

On {facts["held_out"]} that the adaptation had not seen: {words}.

| axis | CCC before | CCC after | gain of the estimate | offset |
|---|---|---|---|---|
{rows}

It fits people, raters and recordings like these, and says nothing of others. Activation maps are
those of the model that it was made of. It estimates what raters say of an expression, not what a
person feels.
"""

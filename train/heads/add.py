"""avce-train heads: give a network vote shares and calibrated intervals, without training it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from rich.progress import Progress

from ...model.errors import InputError
from ...model.predictor import Predictor
from ...model.system.whole_file import work_folder
from ..crops.degraded import KINDS, degraded
from ..crops.preparation import USUAL, Preparation
from ..crops.prepare import Prepared
from ..datasets import parse_data
from ..datasets.splits import take_half
from ..evaluate import Estimate, app_crops, estimate_sets
from ..exporting.onnx_file import export
from ..exporting.onnx_graph import set_metadata
from ..intervals import interval_figures
from ..run_folder import best_checkpoint
from .head_fit import Faces, fit_heads
from .head_graph import add_heads
from .head_settings import HeadSettings, named
from .light import MEASURES, light_of

_BATCH = 64


def give_heads(
    network: Path, out: Path, settings: HeadSettings, preparation: Preparation = USUAL
) -> dict[str, Any]:
    """Write a network with the outputs `votes` and `halfwidth`.

    Args:
        network: an exported network of any precision; or a run's folder or a checkpoint, which is
            exported first.
        out: the file to write.
        settings, preparation: how heads are learned, and how faces are prepared.

    Returns the figures of its intervals, by axis, on the faces that they were calibrated on.
    Raises `InputError` where the network is no exported one, or the faces are too few.
    """
    if network.suffix != ".onnx":
        return _export_first(network, out, settings, preparation)
    predictor = Predictor(network, provider="cpu")
    sources = parse_data(settings.data, predictor.anchors)
    # What a crowd says is told by votes: single opinions are noisier, and only learned from.
    by_votes = [source.data_set.labels == "votes" for source in sources]
    chosen = by_votes if any(by_votes) else [True] * len(sources)
    untouched, copies, calibrating = [], [], []
    first = 0
    for source, calibrates in zip(sources, chosen, strict=True):
        listing = take_half(source.read(settings.split, preparation.max_faulty), settings.part)
        prepared = app_crops(listing, preparation, predictor.card.geometry)
        untouched.append(said_of(predictor, prepared, first))
        copies += copies_said_of(predictor, prepared, first, settings.copies)
        calibrating.append(np.full(len(prepared), calibrates))
        first += len(prepared)
    faces, held = Faces.joined(untouched), np.concatenate(calibrating)
    heads = fit_heads(faces, Faces.joined(copies) if copies else None, held, settings.level)
    interval = {
        "level": settings.level,
        "calibration": named(
            (source.name for source, calibrates in zip(sources, chosen, strict=True) if calibrates),
            settings.split,
            settings.part,
        ),
        "n": heads.calibrated,
    }
    with work_folder(out) as folder:
        made = folder / "made.onnx"
        add_heads(network, made, heads)
        entries = {p.key: p.value for p in onnx.load(str(network)).metadata_props}
        set_metadata(made, entries | {"avce.interval": json.dumps(interval)})
        calibration = faces.at(held)
        wanted = heads.halfwidth(calibration)
        _check(Predictor(made, provider="cpu"), predictor, heads.shares is not None, network)
        os.replace(made, out)
    return interval_figures(calibration.va, wanted, calibration.target, settings.level)


def _export_first(
    network: Path, out: Path, settings: HeadSettings, preparation: Preparation
) -> dict[str, Any]:
    checkpoint = best_checkpoint(network) if network.is_dir() else network
    with work_folder(out) as folder:
        plain = folder / "plain.onnx"
        export(checkpoint, plain)
        return give_heads(plain, out, settings, preparation)


def said_of(predictor: Predictor, prepared: Prepared, first: int = 0) -> Faces:
    """What an exported network says of prepared faces, and their labels; the first face has that
    number."""
    return _faces(estimate_sets(_row(predictor), [prepared]), prepared, first, slice(None))


def copies_said_of(
    predictor: Predictor, prepared: Prepared, first: int, copies: int
) -> list[Faces]:
    """The same of so many copies of each face in poorer conditions, of kinds that go round."""
    kinds = [*KINDS.values()]
    orders = [
        np.random.default_rng([first + i, 5]).permutation(len(kinds)) for i in range(len(prepared))
    ]
    row, parts = _row(predictor), []
    with Progress(transient=True) as progress:
        for start in progress.track(range(0, len(prepared), _BATCH), description="Poorer copies"):
            rows = range(start, min(start + _BATCH, len(prepared)))
            for turn in range(copies):
                made = [
                    degraded(
                        prepared.crops[i : i + 1], kinds[orders[i][turn % len(kinds)]], first + i
                    )
                    for i in rows
                ]
                crops = np.concatenate(made)
                if crops.ndim == 3:
                    crops = np.repeat(crops[..., None], 3, axis=3)
                parts.append(_faces(row(crops), prepared, first, slice(rows.start, rows.stop)))
    return parts


def _row(predictor: Predictor) -> Estimate:
    """An estimator whose rows are z, estimates and light."""

    def row(crops: np.ndarray) -> np.ndarray:
        said = predictor.predict(crops)
        return np.concatenate([said.z, said.va, light_of(crops)], axis=1)

    return row


def _faces(rows: np.ndarray, prepared: Prepared, first: int, part: slice) -> Faces:
    z, va, light = np.split(rows, [-2 - MEASURES, -MEASURES], axis=1)
    number = first + np.arange(len(prepared))[part]
    return Faces(z, va, light, prepared.target[part], prepared.votes[part], number)


def _check(made: Predictor, before: Predictor, votes: bool, network: Path) -> None:
    """The file with heads says the same of valence and arousal as the one without."""
    random = np.random.default_rng(0)
    faces = random.integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    said, was = made.predict(faces), before.predict(faces)
    whole = said.halfwidth is not None and (said.votes is not None) == votes
    if not whole or not np.allclose(said.va, was.va, atol=1e-6):
        raise InputError(f"The heads could not be added to {network}: export it again.")

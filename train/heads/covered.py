"""avce-train covered: let a network tell which parts of a face are hidden, without training it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from rich.progress import track
from sklearn.metrics import roc_auc_score

from ...model.errors import InputError
from ...model.predictor import Predictor
from ...model.system.whole_file import work_folder
from ..answers import in_colour
from ..crops.coverings import COVERINGS, covered
from ..crops.degraded import POORER, Change, degraded
from ..crops.preparation import USUAL as AS_USUAL
from ..crops.preparation import Preparation
from ..datasets import parse_data
from ..datasets.splits import take_half
from ..evaluate import app_crops
from ..exporting.onnx_graph import set_metadata
from .covered_fit import PARTS, USUAL, CoveredHead, Maps, cells, fit_covered, widening
from .covered_graph import add_covered, values_of
from .head_settings import CoveredSettings, named

_LEAST = 100
_BATCH = 64
_HIDES = {"eyes": ("eyes", "an eye"), "mouth": ("mouth",)}
"""Of each part that is told, those of `COVERINGS` that hide it."""


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """What a network says of N crops: a map, estimates [N, 2] and, if it tells intervals, how far
    they reach [N, 2]."""

    maps: Maps
    va: NDArray[np.float32]
    reach: NDArray[np.float32] | None

    def at(self, rows: NDArray[np.bool_]) -> Said:
        return Said(
            self.maps[rows], self.va[rows], None if self.reach is None else self.reach[rows]
        )


def tell_covered(
    network: Path, out: Path, settings: CoveredSettings, preparation: Preparation = AS_USUAL
) -> dict[str, dict[str, Any]]:
    """Write a network with the output `covered`, and with intervals that widen by it.

    Half of the faces are learned from; what is usual and by how much intervals widen is measured on
    the others.

    Args:
        network: an exported network of any precision, with or without intervals.
        out: the file to write.
        settings, preparation: what it is learned from, and how faces are prepared.

    Returns, for each part and of the faces not learned from, how well copies with it hidden are
    told from untouched faces ("auc"), the share from which on intervals widen ("usual"), and by how
    much the reach of valence and arousal grows where all of it is hidden ("widening"). Raises
    `InputError` where the faces are too few, or the network is none that this can be added to.
    """
    predictor = Predictor(network, provider="cpu")
    file = onnx.load(str(network), load_external_data=False)
    values = values_of(file, network)
    crops, target, names = faces_of(settings, preparation, predictor)
    learned = np.arange(len(crops)) % 2 == 0
    untouched = said_of(values, crops, "as they are")
    poorer = said_of(values, in_turn(crops), "in poorer conditions")
    side = untouched.maps.shape[-1]
    maps = [untouched.maps[learned], poorer.maps[learned]]
    where = [np.zeros((len(part), side, side), np.float32) for part in maps]
    copies = {}
    for kind in COVERINGS:
        shown, hidden = _hidden(crops, kind, side)
        copies[kind] = said_of(values, shown, f"with {kind} covered")
        maps.append(copies[kind].maps[learned])
        where.append(hidden[learned])
    head = fit_covered(np.concatenate(maps), np.concatenate(where))
    others = {kind: said.at(~learned) for kind, said in copies.items()}
    level = float((predictor.card.interval or {}).get("level", 0.0))
    head, found = _measured(head, untouched.at(~learned), others, target[~learned], level)
    with work_folder(out) as folder:
        made = folder / "made.onnx"
        add_covered(network, made, head)
        entries = {p.key: p.value for p in file.metadata_props}
        facts = {
            "parts": list(PARTS),
            "learned": named(names, settings.split, settings.part),
            "n": int(learned.sum()),
        }
        set_metadata(made, entries | {"avce.covered": json.dumps(facts)})
        _check(Predictor(made, provider="cpu"), predictor, network)
        os.replace(made, out)
    return found


def faces_of(
    settings: CoveredSettings, preparation: Preparation, predictor: Predictor
) -> tuple[list[NDArray[np.uint8]], NDArray[np.float32], list[str]]:
    """Crops and labels of so many faces, evenly over the data sets, and the names of those."""
    crops, targets = [], []
    sources = parse_data(settings.data, predictor.anchors)
    for source in sources:
        listing = take_half(source.read(settings.split, preparation.max_faulty), settings.part)
        prepared = app_crops(listing, preparation, predictor.card.geometry)
        crops += list(prepared.crops)
        targets.append(prepared.target)
    if len(crops) < _LEAST:
        raise InputError(
            f"Covered parts need {_LEAST} faces to be learned from; there are {len(crops)}: name "
            "more --data."
        )
    chosen = np.unique(np.linspace(0, len(crops) - 1, settings.faces).astype(int))
    names = [source.name for source in sources]
    return [crops[i] for i in chosen], np.concatenate(targets)[chosen], names


def _measured(
    head: CoveredHead,
    untouched: Said,
    copies: Mapping[str, Said],
    target: NDArray[np.float32],
    level: float,
) -> tuple[CoveredHead, dict[str, dict[str, Any]]]:
    """The head with what is usual and its widening, and what `tell_covered` returns."""
    plain = head.covered(untouched.maps)
    head = replace(head, usual=np.quantile(plain, USUAL, axis=0).astype(np.float32))
    found: dict[str, dict[str, Any]] = {}
    for i, part in enumerate(PARTS):
        kept = [copies[kind] for kind in _HIDES[part]]
        told = np.concatenate([head.covered(one.maps) for one in kept])
        missed = [np.abs(target - one.va) - one.reach for one in kept if one.reach is not None]
        if missed and level:
            head.widening[i] = widening(np.concatenate(missed), head.excess(told)[:, i], level)
        is_hidden = np.repeat([0, 1], [len(plain), len(told)])
        found[part] = {
            "auc": roc_auc_score(is_hidden, np.concatenate([plain[:, i], told[:, i]])),
            "usual": head.usual[i],
            "widening": head.widening[i].tolist(),
        }
    return head, found


def _hidden(
    crops: Sequence[NDArray[np.uint8]], kind: str, side: int
) -> tuple[list[NDArray[np.uint8]], NDArray[np.floating]]:
    """A copy of each with that part hidden, and which share of each cell is [N, S, S]."""
    shown, shares = [], []
    for i, crop in enumerate(crops):
        copy, where = covered(crop, kind, np.random.default_rng([i, 23]))
        shown.append(copy)
        shares.append(cells([where], side))
    return shown, np.concatenate(shares)


def in_turn(crops: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.uint8]]:
    """A copy of each, of the kinds of poorer conditions in turn."""
    kinds: list[Change] = [*POORER.values()]
    return [degraded(c[None], kinds[i % len(kinds)], i)[0] for i, c in enumerate(crops)]


def said_of(
    values: Callable[[NDArray[np.uint8]], list[NDArray[Any]]],
    crops: Sequence[NDArray[np.uint8]],
    words: str,
) -> Said:
    """What `values_of` a network gives for crops; `words` tell which, in the progress bar."""
    parts = []
    for start in track(range(0, len(crops), _BATCH), f"Faces {words}", transient=True):
        batch = np.concatenate([in_colour(c[None]) for c in crops[start : start + _BATCH]])
        parts.append(values(np.ascontiguousarray(batch)))
    maps, va, *reach = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Said(maps.astype(np.float16), va, reach[0] if reach else None)


def _check(made: Predictor, before: Predictor, network: Path) -> None:
    """The file says the same of valence and arousal as it did, and wider intervals at most."""
    faces = np.random.default_rng(0).integers(0, 256, (2, 224, 224, 3), dtype=np.uint8)
    said, was = made.predict(faces), before.predict(faces)
    same = said.covered is not None and np.allclose(said.va, was.va, atol=1e-6)
    if said.halfwidth is not None and was.halfwidth is not None:
        same = same and bool((said.halfwidth >= was.halfwidth - 1e-6).all())
    if not same:
        raise InputError(f"What is covered could not be added to {network}: export it again.")

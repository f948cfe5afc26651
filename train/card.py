"""The model card of a shipped network: measured figures in JSON, and the page made from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ..model.errors import InputError
from ..model.metrics import bootstrap, evaluate_all
from ..model.predictor import Predictor
from .datasets import parse_data
from .datasets.base import MAX_FAULTY
from .evaluate import estimate_sets, evaluation_set
from .probes import as_plain, by_emotion, colour_gap, map_mass, ranking

_MAP_FACES = 200
_COLOUR_FACES = 64

LICENCES = {
    "ferplus": "FER+ (Barsoum et al., ICMI 2016): pictures of FER2013 (Kaggle, ICML 2013 "
    "challenge; Database Contents License), votes of ten taggers by Microsoft (MIT licence)",
    "webfaces": "web faces: labels and crops of muxspace/facial_expressions (Apache-2.0), "
    "photographs of Labeled Faces in the Wild (Huang et al., 2007) for research",
}


def measure(
    model: Path,
    data: str,
    split: str,
    *,
    cache: Path | None = None,
    workers: int = 2,
    max_faulty: float = MAX_FAULTY,
) -> dict[str, Any]:
    """Everything that a card says of a network on one data set's split, as plain values."""
    (source,) = parse_data(data)
    listing, prepared = evaluation_set(
        source, split, cache=cache, workers=workers, max_faulty=max_faulty
    )
    predictor = Predictor(model, provider="cpu")
    estimate = estimate_sets(lambda crops: predictor.predict(crops).va, [prepared])
    result: dict[str, Any] = {
        "data": source.name,
        "split": split,
        "face_found": float(prepared.found.mean()),
        "left_out": listing.reasons(),
        "figures": evaluate_all(estimate, prepared.target),
        "intervals": bootstrap(estimate, prepared.target),
        "by_emotion": by_emotion(estimate, prepared.target, prepared.emotion),
        "ranking": ranking(estimate, prepared.emotion),
        "map_mass": map_mass(
            predictor, listing.samples[:: max(1, len(listing.samples) // _MAP_FACES)]
        ),
    }
    if prepared.crops.ndim == 4:
        chosen = np.linspace(0, len(prepared) - 1, min(_COLOUR_FACES, len(prepared))).astype(int)
        result["colour_gap"] = colour_gap(predictor, np.asarray(prepared.crops[chosen]))
    return as_plain(result)


def _figure_rows(part: dict[str, Any]) -> list[str]:
    rows = ["| | RMSE | SAGR | PCC | CCC |", "|---|---|---|---|---|"]
    for axis in ("valence", "arousal"):
        cells = []
        for name in ("rmse", "sagr", "pcc", "ccc"):
            low, high = part["intervals"][axis][name]
            cells.append(f"{part['figures'][axis][name]:.3f} ({low:.3f} to {high:.3f})")
        rows.append(f"| {axis} | {' | '.join(cells)} |")
    return rows


def _emotion_rows(part: dict[str, Any]) -> list[str]:
    rows = [
        "| label | faces | mean valence | mean arousal | RMSE valence | RMSE arousal |",
        "|---|---|---|---|---|---|",
    ]
    for name, v in part["by_emotion"].items():
        rows.append(
            f"| {name} | {v['n']} | {v['valence']:+.2f} | {v['arousal']:+.2f} "
            f"| {v['rmse_valence']:.2f} | {v['rmse_arousal']:.2f} |"
        )
    return rows


def _part_lines(part: dict[str, Any]) -> list[str]:
    lines = [
        f"### {part['data']}, split `{part['split']}`: {part['figures']['n']} faces",
        "",
        f"The face finder saw a face in {part['face_found']:.1%}; the others were taken whole. "
        "In brackets: 95 % bootstrap intervals.",
        "",
        *_figure_rows(part),
        "",
        *_emotion_rows(part),
        "",
    ]
    rank = part["ranking"]
    words = {
        "auc_valence_happiness_over_negative": "valence, happiness over negative emotions",
        "auc_valence_happiness_over_neutral": "valence, happiness over neutral",
        "auc_arousal_surprise_over_neutral": "arousal, surprise over neutral",
    }
    known = [f"{w} {rank[k]:.3f}" for k, w in words.items() if rank[k] is not None]
    lines += [f"Area under the curve: {'; '.join(known)}.", ""]
    if rank["mean_valence_of_neutral"] is not None:
        lines += [
            f"Mean valence of faces labelled neutral: {rank['mean_valence_of_neutral']:+.3f}.",
            "",
        ]
    mass = part.get("map_mass") or {}
    if mass:
        lines += [
            f"Activation maps, {mass['faces']} faces: {mass['valence']:.0%} of the "
            f"valence map's mass "
            f"and {mass['arousal']:.0%} of the arousal map's lie inside the face's outline, which "
            f"covers {mass['outline_area']:.0%} of the crop.",
            "",
        ]
    if part.get("colour_gap") is not None:
        lines += [
            f"Largest difference between a colour crop and its grey copy: "
            f"{part['colour_gap']:.4f}.",
            "",
        ]
    return lines


def write_card(model: Path, measured: list[dict[str, Any]], command: str, out: Path) -> None:
    """Write the page `out` (Markdown) and, beside it with the ending "
    ".json, the figures behind it."""
    predictor = Predictor(model, provider="cpu")
    card = predictor.card
    names = [name.strip() for name in card.trained_on.split("+")]
    unknown = [name for name in names if name not in LICENCES]
    if unknown:
        raise InputError(f"The licence of the training data {', '.join(unknown)} is not on record.")
    lines = [
        f"# Model card: {model.name}",
        "",
        f"Estimates valence and arousal of the expression on a face. {card.backbone}, "
        f"{card.precision}, method `{card.method}`, version {card.version}, "
        f"{model.stat().st_size / 1e6:.1f} MB.",
        f"SHA-256 `{predictor.sha256}`.",
        "",
        "## Data",
        "",
        *[f"- {LICENCES[name]}" for name in names],
        "",
        "Label rule: the taggers' votes for emotion words become valence and arousal through the "
        "words' pleasure and arousal ratings (Russell & Mehrabian, 1977), "
        "averaged under the votes; "
        "unknown votes are left out, and a picture with any not-a-face vote or "
        "fewer than five valid "
        "votes is dropped. **This is a proxy:** nobody rated valence or arousal of these faces. "
        "Training used the train split alone; the validation split chose the checkpoint.",
        "",
        "## Recipe",
        "",
        "```",
        command.strip(),
        "```",
        "",
        "## Figures",
        "",
    ]
    for part in measured:
        lines += _part_lines(part)
    lines += [
        "The votes themselves repeat only to a point: by their split-half reliability a perfect "
        "network would reach a PCC of about .977 in valence and .974 in arousal on FER+.",
        "",
        *_LIMITS,
    ]
    out.write_text("\n".join(lines), encoding="utf-8")
    figures = {"model": model.name, "sha256": predictor.sha256, "measured": measured}
    out.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


_LIMITS = (
    "## What the numbers mean, and what they do not",
    "",
    "A number says how an expression would be read by people who pick an "
    "emotion word for it. It does "
    "not say what a person feels. Expressions are made on purpose, held back, and read differently "
    "between cultures and situations.",
    "",
    "## Known failures",
    "",
    "- Rare labels (fear, disgust, contempt) are few in the training data; "
    "see the table for how far "
    "off they are.",
    "- Faces turned far to the side, covered, or smaller than about 48 pixels.",
    "- Faces at rest differ: compare a person with their own neutral baseline.",
    "- Training pictures are grey and 48 pixels wide. The network sees luminance only.",
    "- Age, sex and skin tone of the training faces are not recorded, so the figures above cannot "
    "show differences between groups. There may be some.",
    "",
    "## Uses",
    "",
    "Meant for research on expressions, teaching, and trying out. Not "
    "suitable for judging a person: "
    "hiring, policing, lie detection, diagnosis, or watching people who did not agree to it.",
    "",
)

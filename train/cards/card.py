"""The model card of a shipped network: measured figures in JSON, and the page made from them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from ...model.errors import InputError
from ...model.metrics import AXES, METRICS, bootstrap, evaluate_all
from ...model.predictor import Predictor
from ...model.system.whole_file import write_whole
from ..answers import answers_of, by_copy
from ..conditions import by_condition, taken_of
from ..crops.preparation import USUAL, Preparation
from ..datasets import DATASETS, parse_data, proxy_note
from ..datasets.base import DataSet
from ..emotions import emotion_figures
from ..evaluate import app_crops
from ..intervals import interval_figures
from .ablation import ablation_lines
from .anchors import by_rule, rule_lines
from .map_mass import map_mass
from .probes import as_plain, by_emotion, by_group, ranking
from .steadiness import JITTER, QUALITIES, measure_steadiness, summary
from .trust import condition_rows, copy_rows, emotion_lines, interval_lines

_STEADY_FACES = 100
_COPIED_FACES = 500


def measure(
    model: Path,
    data: str,
    split: str,
    preparation: Preparation = USUAL,
) -> dict[str, Any]:
    """Everything that a card says of a network on one data set's split, as plain values."""
    predictor = Predictor(model, provider="cpu", match_card=False)
    rule = predictor.anchors
    (source,) = parse_data(data, rule)
    listing = source.read(split, preparation.max_faulty)
    prepared = app_crops(listing, preparation, predictor.card.geometry)
    said = answers_of(predictor, [prepared])
    estimate, halfwidth = said.va, said.halfwidth
    stills = [sample.path for sample in listing.samples if not sample.in_video]
    some = stills[:: max(1, len(stills) // _STEADY_FACES)]
    groups = {sample.name: sample.groups for sample in listing.samples}
    return as_plain(
        {
            "data": source.name,
            "split": split,
            "face_found": float(prepared.found.mean()),
            "left_out": listing.reasons(),
            "figures": evaluate_all(estimate, prepared.target),
            "intervals": bootstrap(estimate, prepared.target),
            "by_rule": by_rule(estimate, prepared.votes, rule) if source.data_set.proxy else {},
            "halfwidth": interval_figures(
                estimate, halfwidth, prepared.target, predictor.card.interval["level"]
            )
            if halfwidth is not None and predictor.card.interval is not None
            else {},
            "emotions": emotion_figures(said.votes, prepared.votes)
            if said.votes is not None and source.data_set.labels == "votes"
            else {},
            "by_emotion": by_emotion(estimate, prepared.target, prepared.emotion),
            "ranking": ranking(estimate, prepared.emotion),
            "by_group": by_group(
                estimate, prepared.emotion, [groups[name] for name in prepared.names]
            ),
            "conditions": by_condition(taken_of([prepared]), estimate, prepared.target, halfwidth),
            "copies": by_copy(predictor, [prepared], min(_COPIED_FACES, len(prepared))),
            "map_mass": map_mass(predictor, prepared),
            "steadiness": summary([*measure_steadiness(predictor, some).values()]),
        }
    )


def _figure_rows(part: dict[str, Any]) -> list[str]:
    titles = " | ".join(metric.title for metric in METRICS)
    rows = [f"| | {titles} |", f"|---{'|---' * len(METRICS)}|"]
    for axis in AXES:
        cells = []
        for name in (metric.name for metric in METRICS):
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


def _group_rows(part: dict[str, Any]) -> list[str]:
    groups = part.get("by_group") or {}
    if not groups:
        return []
    columns = [name for name in next(iter(groups.values())) if name != "n"]
    rows = [
        "By demographic group, mean estimates:",
        "",
        f"| group | faces | {' | '.join(columns)} |",
        "|---" * (len(columns) + 2) + "|",
    ]
    for name, row in groups.items():
        cells = [f"{row[c]:+.2f}" if row[c] is not None else "–" for c in columns]
        rows.append(f"| {name} | {row['n']} | {' | '.join(cells)} |")
    return [*rows, ""]


def _steadiness_lines(part: dict[str, Any]) -> list[str]:
    found = part["steadiness"]
    if not found:
        return []
    return [
        f"Steadiness of valence, {found['faces']} faces, median (95th percentile) of the standard "
        f"deviation: through JPEG at {len(QUALITIES)} qualities "
        f"{found['encoded_median']:.3f} ({found['encoded_p95']:.3f}); crop shifted and scaled by "
        f"{JITTER:.0%} {found['jittered_median']:.3f} ({found['jittered_p95']:.3f}). Largest "
        f"difference between a colour crop and its grey copy: {found['colour_largest']:.4f}.",
        "",
    ]


def _part_lines(part: dict[str, Any]) -> list[str]:
    lines = [
        f"### {part['data']}, split `{part['split']}`: {part['figures']['n']} faces",
        "",
        *([note, ""] if (note := DATASETS[part["data"]].note) else []),
        f"The face finder saw a face in {part['face_found']:.1%}"
        f"{'; the others were taken whole' if part['face_found'] < 1 else ''}. "
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
    lines += [*interval_lines(part), *emotion_lines(part)]
    mass = part.get("map_mass") or {}
    if mass:
        lines += [
            f"Activation maps, {mass['faces']} faces: {mass['valence']:.0%} of the valence map's "
            f"mass and {mass['arousal']:.0%} of the arousal map's lie inside the face's outline, "
            f"which covers {mass['outline_area']:.0%} of the crop.",
            "",
        ]
    return [
        *lines,
        *_group_rows(part),
        *condition_rows(part),
        *copy_rows(part),
        *_steadiness_lines(part),
    ]


def write_card(
    model: Path,
    measured: list[dict[str, Any]],
    command: str,
    out: Path,
    ablation: dict[str, Any] | None = None,
) -> None:
    """Write the page `out` (Markdown) and, beside it with the ending .json, the figures behind it.

    Args:
        model: the network.
        measured: one `measure` a data set.
        command: that trained it.
        out: the page.
        ablation: what `read_ablation` found.
    """
    predictor = Predictor(model, provider="cpu", match_card=False)
    card = predictor.card
    names = [name.strip() for name in card.trained_on.split("+")]
    unknown = [name for name in names if name not in DATASETS or not DATASETS[name].licence]
    if unknown:
        raise InputError(f"The licence of the training data {', '.join(unknown)} is not on record.")
    learned = [DATASETS[name] for name in dict.fromkeys(names)]
    probed = [DATASETS[name] for name in dict.fromkeys(part["data"] for part in measured)]
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
        *[f"- {data.licence}" for data in learned],
        "",
        "How labels become valence and arousal:",
        "",
        *[f"- {data.title}: {data.label_rule}." for data in learned],
        "",
        *(rule_lines(card.anchors) if any(data.proxy for data in learned) else []),
        " ".join(
            [
                *([f"**{note}**"] if (note := proxy_note(names, card.anchors)) else []),
                "Training used the train split alone; the validation split chose the checkpoint.",
            ]
        ),
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
    if ablation:
        lines += ablation_lines(ablation)
    for data in probed:
        lines += [data.reliability, ""] if data.reliability else []
    lines += [*_MEANING, *_failures(learned, measured), *_USES]
    write_whole(out, "\n".join(lines))
    figures: dict[str, Any] = {
        "model": model.name,
        "sha256": predictor.sha256,
        "measured": measured,
    }
    if ablation:
        figures["ablation"] = ablation
    write_whole(out.with_suffix(".json"), json.dumps(figures, indent=1) + "\n")


_RARE = 0.05
"""A label that fewer than this share of the measured faces have is rare."""


def _failures(learned: list[DataSet], measured: list[dict[str, Any]]) -> list[str]:
    """What the model is known to get wrong, as far as it follows from its data."""
    counts: Counter[str] = Counter()
    for part in measured:
        counts.update({name: values["n"] for name, values in part["by_emotion"].items()})
    rare = [name for name, n in counts.items() if n < _RARE * counts.total()]
    images = [f"{data.title}, {data.images}" for data in learned if data.images]
    grouped = [DATASETS[part["data"]].title for part in measured if part.get("by_group")]
    return [
        "## Known failures",
        "",
        *(
            [f"- Rare labels ({', '.join(rare)}): the tables show how far off they are."]
            if rare
            else []
        ),
        "- Faces turned far to the side, covered, or smaller than about 48 pixels.",
        "- Faces at rest differ: compare a person with their own neutral baseline.",
        *([f"- Images to learn from: {'; '.join(images)}."] if images else []),
        "- Age, sex and skin tone of photographed faces are not recorded, so metrics on them "
        "cannot show differences between groups. There may be some."
        + (f" Metrics on {', '.join(grouped)} can, as far as those go." if grouped else ""),
        "",
    ]


_MEANING = (
    "## What the numbers mean, and what they do not",
    "",
    "A number says how an expression would be read by the people who labelled such faces. It does "
    "not say what a person feels. Expressions are made on purpose, held back, and read differently "
    "between cultures and situations.",
    "",
)
_USES = (
    "## Uses",
    "",
    "Meant for research on expressions, teaching, and trying out. Not suitable for judging a "
    "person: hiring, policing, lie detection, diagnosis, or watching people who did not agree to "
    "it.",
    "",
)

"""What a card says of intervals, of emotions' shares, and of the conditions of a reading."""

from __future__ import annotations

from typing import Any

from ...model.metrics import AXES


def interval_lines(part: dict[str, Any]) -> list[str]:
    """By other rules' labels, and what the intervals hold; nothing of a card without them."""
    lines = []
    for name, figures in (part.get("by_rule") or {}).items():
        pairs = ", ".join(
            f"{axis} CCC {figures[axis]['ccc']:.3f}, PCC {figures[axis]['pcc']:.3f}"
            for axis in AXES
        )
        lines += [f"The same estimates against labels by the rule `{name}`: {pairs}.", ""]
    if not part.get("halfwidth"):
        return lines
    level = part["halfwidth"]["valence"]["level"]
    lines += [
        f"Intervals of {level:.0%}: what a crowd's votes would say of that image, not what a "
        "person feels. Constant: intervals of one reach that hold that share of these labels. "
        "Rank: Spearman's correlation of width and error.",
        "",
        "| | coverage | in fifths by width, narrowest first | mean half width | constant | rank |",
        "|---|---|---|---|---|---|",
    ]
    for axis in AXES:
        v = part["halfwidth"][axis]
        fifths = " ".join(f"{share:.3f}" for share in v["fifths"])
        lines.append(
            f"| {axis} | {v['coverage']:.3f} | {fifths} | {v['mean_halfwidth']:.3f} "
            f"| {v['constant_halfwidth']:.3f} | {v['rank']:.2f} |"
        )
    return [*lines, ""]


def emotion_lines(part: dict[str, Any]) -> list[str]:
    """How good the emotions' shares are, beside published results; nothing without any."""
    found = part.get("emotions")
    if not found:
        return []
    beside = _PUBLISHED if part["data"] == "ferplus" else ""
    return [
        f"Emotions' shares, {found['n']} faces: accuracy {found['accuracy']:.3f} of the largest "
        f"share against the emotion with most votes, macro F1 {found['macro_f1']:.3f}, expected "
        f"calibration error {found['calibration']:.3f}; a share differs from the votes' by "
        f"{found['mean_difference']:.3f} on average.{beside}",
        "",
    ]


_PUBLISHED = (
    " Published accuracies: 0.850 on the test split (VGG13; Barsoum et al., ICMI 2016); 0.880 on "
    "this split and 0.865 on the test split (ResNet-50, pretrained on VGGFace2; "
    "github.com/wtomin/FERPlus-Emotion-Recognition-using-keras)."
)
_FIGURES = ("rmse", "ccc", "coverage", "halfwidth")


def _cells(row: dict[str, Any], wanted: list[str]) -> str:
    values = [row.get(f"{figure}_{axis}") for figure in wanted for axis in AXES]
    return " | ".join("–" if value is None else f"{value:.2f}" for value in values)


def _table(first: list[str], rows: list[tuple[list[str], dict[str, Any]]]) -> list[str]:
    """Rows of words and of those figures that any of them has."""
    wanted = [f for f in _FIGURES if any(f"{f}_valence" in row for _, row in rows)]
    titles = {"rmse": "RMSE", "ccc": "CCC", "coverage": "coverage", "halfwidth": "half width"}
    columns = [f"{titles[figure]} {axis}" for figure in wanted for axis in AXES]
    return [
        f"| {' | '.join([*first, *columns])} |",
        "|---" * (len(first) + len(columns)) + "|",
        *(f"| {' | '.join(words)} | {_cells(row, wanted)} |" for words, row in rows),
        "",
    ]


def condition_rows(part: dict[str, Any]) -> list[str]:
    """Figures by how faces were taken."""
    rows = [
        ([f"{row['condition']} ({row['unit']})", row["range"], str(row["n"])], row)
        for row in part["conditions"]
    ]
    if not rows:
        return []
    words = "By how it was taken (pose and size where the finder saw the face):"
    return [words, "", *_table(["condition", "range", "faces"], rows)]


def copy_rows(part: dict[str, Any]) -> list[str]:
    """Figures of copies in poorer conditions, made of the crops."""
    rows = [([row["copy"], str(row["n"])], row) for row in part.get("copies") or []]
    if not rows:
        return []
    words = "Copies of the same faces in poorer conditions, of strengths that are drawn at random:"
    return [words, "", *_table(["copy", "faces"], rows)]

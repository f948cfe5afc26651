"""What a card says of the rule of anchors, and of the intervals around estimates."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.anchors import EMOTIONS, RULES, AnchorRule
from ...model.metrics import AXES, evaluate_all


def by_rule(
    estimate: NDArray[np.floating], votes: NDArray[np.floating], own: AnchorRule
) -> dict[str, Any]:
    """The figures of estimates [N, 2] by the labels of the other rules, from votes [N, 8]."""
    known = np.isfinite(votes).all(axis=1)
    found: dict[str, Any] = {}
    for name, rule in RULES.items():
        if rule.positions == own.positions or not known.any():
            continue
        anchors = np.array([rule.positions[emotion] for emotion in EMOTIONS])
        found[name] = evaluate_all(estimate[known], votes[known] @ anchors)
    return found


def rule_lines(rule: AnchorRule) -> list[str]:
    """Where the rule puts emotions, and where that comes from."""
    places = "; ".join(
        f"{emotion} {valence:+.2f}, {arousal:+.2f}"
        for emotion, (valence, arousal) in rule.positions.items()
    )
    source = f", {rule.source}" if rule.source else ""
    return [f"Anchors (valence, arousal) by the rule `{rule.name}`{source}: {places}.", ""]


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

"""What a card says of the rule of anchors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...model.anchors import EMOTIONS, RULES, AnchorRule
from ...model.metrics import evaluate_all


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

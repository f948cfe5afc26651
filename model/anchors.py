"""Where emotions lie in the plane of valence and arousal: the rules by which votes become numbers.

People who label faces mostly choose emotion words. A rule gives each word a point, its anchor, and
the valence and arousal of a face are the mean anchor under the votes. This is a proxy: nobody rated
valence and arousal of these faces. Which rule a network learned by is in its file (`avce.anchors`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

RuleName = Literal["affectnet", "words"]

EMOTIONS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
)
"""The order of vote shares everywhere."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class AnchorRule:
    """An anchor (valence, arousal), each in [-1, 1], for each of the `EMOTIONS`.

    Args:
        name: as commands, files and sessions name it.
        positions: the anchors.
        source: where they come from, as part of a sentence: "the words' ... (whom, when)".
    """

    name: str
    positions: Mapping[str, Point]
    source: str = ""

    def mean(self, votes: Sequence[float]) -> Point:
        """The mean anchor under a vote distribution over `EMOTIONS`, which need not sum to 1.

        Raises `ValueError` where there is no vote.
        """
        total = sum(votes)
        if total <= 0:
            raise ValueError("a vote distribution needs at least one vote")
        points = [self.positions[emotion] for emotion in EMOTIONS]
        pairs = list(zip(votes, points, strict=True))
        valence, arousal = (sum(v * point[axis] for v, point in pairs) / total for axis in (0, 1))
        return valence, arousal

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON: `{"rule": name, "positions": {"neutral": [v, a], ...}}`."""
        return {"rule": self.name, "positions": {e: list(self.positions[e]) for e in EMOTIONS}}


RULES: dict[str, AnchorRule] = {
    "affectnet": AnchorRule(
        "affectnet",
        {
            "neutral": (-0.02, -0.05),
            "happiness": (0.66, 0.09),
            "surprise": (0.17, 0.69),
            "sadness": (-0.63, -0.24),
            "anger": (-0.46, 0.64),
            "disgust": (-0.67, 0.45),
            "fear": (-0.12, 0.77),
            "contempt": (-0.53, 0.59),
        },
        "the mean ratings of the faces of each class in AffectNet (Mollahosseini et al., 2017), as "
        "recalled: no source with a table was found, and the paper itself prints only where its "
        "annotators could put happiness (valence in (0, 1], arousal in [-.2, .5])",
    ),
    "words": AnchorRule(
        "words",
        {
            "neutral": (0.0, 0.0),
            "happiness": (0.81, 0.51),
            "surprise": (0.40, 0.67),
            "sadness": (-0.63, -0.27),
            "anger": (-0.51, 0.59),
            "disgust": (-0.60, 0.35),
            "fear": (-0.64, 0.60),
            "contempt": (-0.23, 0.31),
        },
        "the words' pleasure and arousal ratings (Russell & Mehrabian, 1977, as commonly "
        "tabulated)",
    ),
}
DEFAULT: RuleName = "affectnet"
BEFORE_RULES: RuleName = "words"
"""The rule of networks and runs of before there was a choice, which do not name one."""


def parse_rule(text: str | None) -> AnchorRule:
    """The rule in the metadata `avce.anchors` of a network; of a file without it, None, the words'.

    Positions count, not the name: a file may name a rule that this version does not know.
    Raises `ValueError` for anything that is not what `AnchorRule.as_dict` writes.
    """
    if text is None:
        return RULES[BEFORE_RULES]
    values = json.loads(text)
    if not isinstance(values, dict) or not isinstance(values.get("rule"), str):
        raise ValueError("it names no rule")
    found = values.get("positions")
    if not isinstance(found, dict) or set(found) != set(EMOTIONS):
        raise ValueError(f"its positions are not those of {', '.join(EMOTIONS)}")
    positions: dict[str, Point] = {}
    for emotion in EMOTIONS:
        point = found[emotion]
        if not isinstance(point, list) or len(point) != 2:
            raise ValueError(f"the position of {emotion} is not valence and arousal")
        valence, arousal = (float(value) for value in point)
        if not (abs(valence) <= 1 and abs(arousal) <= 1):
            raise ValueError(f"the position of {emotion} is outside [-1, 1]")
        positions[emotion] = valence, arousal
    known = RULES.get(values["rule"])
    source = known.source if known and known.positions == positions else ""
    return AnchorRule(values["rule"], positions, source)

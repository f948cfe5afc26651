"""The words of a study's choices, and what is said of what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Use = Literal["raw", "smooth", "relative"]
Faces = Literal["main", "joined", "all"]


def counted(number: int, what: str) -> str:
    """A number of things: "1 recording", "2 recordings"."""
    return f"{number} {what}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a reader of the results must know.

    Args:
        kind: `excluded` for what is in no summary, `note` for what is and deserves a look.
        reason: one sentence.
        recording, participant: what it is about; "" for the study as a whole.
    """

    kind: Literal["excluded", "note"]
    reason: str
    recording: str = ""
    participant: str = ""

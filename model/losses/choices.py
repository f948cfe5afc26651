"""What can be chosen about the losses: plain values, without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

Pairs = Literal["product", "matched"]
Moments = Literal["population", "mixed"]
MiningKind = Literal["none", "debiased", "hard"]
MiningBy = Literal["weights", "selection"]


@dataclass(frozen=True, slots=True)
class Mining:
    """How negatives are mined.

    Args:
        kind: "none", "debiased" or "hard".
        tau_plus: assumed share of false negatives (class prior), in [0, 1); for debiased and hard.
        concentration: hardness >= 0, for hard; 0 weighs all negatives alike.
        by: whether negatives are weighed or selected.
        kept: share of the negatives that a selection keeps, in (0, 1].

    Raises:
        ValueError: a value is out of its range.
    """

    kind: MiningKind = "none"
    tau_plus: float = 0.1
    concentration: float = 1.0
    by: MiningBy = "weights"
    kept: float = 0.8

    def __post_init__(self) -> None:
        if self.kind not in get_args(MiningKind):
            raise ValueError(f"mining must be one of {get_args(MiningKind)}, not {self.kind!r}.")
        if not 0 <= self.tau_plus < 1:
            raise ValueError(f"tau_plus is a share in [0, 1), not {self.tau_plus}.")
        if not 0 <= self.concentration < float("inf"):
            raise ValueError(f"concentration is a finite number >= 0, not {self.concentration}.")
        if self.by not in get_args(MiningBy):
            raise ValueError(f"mining_by must be one of {get_args(MiningBy)}, not {self.by!r}.")
        if not 0 < self.kept <= 1:
            raise ValueError(f"kept is a share in (0, 1], not {self.kept}.")

    @property
    def selects(self) -> bool:
        """Whether negatives are left out."""
        return self.by == "selection" and self.kind != "none"

    def count(self, negatives: int) -> int:
        """How many of so many negatives are used."""
        return max(1, round(self.kept * negatives)) if self.selects else negatives


NO_MINING = Mining()

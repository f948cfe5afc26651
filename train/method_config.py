"""The settings of the methods: plain values, without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Literal, get_args

from ..model.errors import InputError, option
from ..model.losses.choices import Mining, MiningBy, MiningKind, Moments, Pairs

TransformName = Literal["closed-form", "cvxpylayers", "kkt"]
CriticName = Literal["paper", "released", "toolbox"]
Reduction = Literal["mean", "sum"]
RegulariserStep = Literal["joint", "second"]
CAFForm = Literal["described", "released"]


@dataclass(frozen=True)
class MethodConfig:
    """Settings of the methods; each method uses its own part.

    Args:
        weight: w of L_AVCE (1e-4 of a sum in the main release, 1e-3 of a mean in the later
            toolbox). Of a loss in its place, w is multiplied by a constant of that loss that makes
            it pull the estimate as hard as L_AVCE does at the start of a training: InfoNCE 0.25,
            Barlow Twins 0.1.
        reduction: whether w weighs the "mean" of the contrastive loss over the batch, or its "sum",
            which is N times as much, over the rows of all processes.
        critic: "paper" (angle alone), "released" (with the intensity and sign terms) or "toolbox"
            (the raw angle).
        pairs: which pairs stand for the product distribution in L_AVCE: all N x N ("product"), or
            (x_i, y_average,i) alone ("matched"), as many as images.
        moments: of PCC and CCC in the supervised part: "population", or the release's "mixed".
        alpha, beta, gamma: of L_AVCE, as published.
        transform: how SparseMax and SoftMax are solved.
        mining: "none", "debiased" or "hard" negatives, for the contrastive methods.
        tau_plus: class prior of the debiased criterion.
        concentration: hardness of the hard criterion.
        mining_by: whether mined negatives are weighed, as in the papers on mining ("weights"), or
            fewer are taken, as in the AVCE supplement ("selection").
        kept: share of the negatives that a selection keeps.
        correlation: weight of the PCC and CCC part of the supervised losses; 0 is the squared error
            alone (AffectNet's Baseline).
        caf: CAF as its paper is "described", or with the groups and the activations of its authors'
            code ("released").
        temperature: of InfoNCE.
        redundancy: off-diagonal weight of Barlow Twins.
        regulariser: weight of the triplet-based regularisation. The release's is 1, in a step of
            its own that Adam scales; added to the other losses, so much of it takes more of the
            encoder's gradient than the labels wherever its hinge is open.
        regulariser_step: "joint" adds it to the other losses; "second" gives it a forward pass and
            a step of all optimisers of its own after theirs, as the release does.
        votes: weight of the auxiliary vote-distribution cross-entropy; 0 leaves it out.
        consistency: weight of the squared distance between the estimates for two copies of each
            face, changed at random one by one; makes an estimate steady under small moves of the
            crop. An iteration then costs twice as much; 0 has one copy. To the contrastive losses
            the other copy is a row like any other.

    Raises:
        InputError: a value does not exist or is out of its range.
    """

    weight: float = 1e-3
    reduction: Reduction = "mean"
    critic: CriticName = "paper"
    pairs: Pairs = "product"
    moments: Moments = "population"
    alpha: float = 0.5
    beta: float = 0.005
    gamma: float = 0.5
    transform: TransformName = "closed-form"
    mining: MiningKind = "none"
    tau_plus: float = 0.1
    concentration: float = 1.0
    mining_by: MiningBy = "weights"
    kept: float = 0.8
    correlation: float = 1.0
    caf: CAFForm = "described"
    temperature: float = 0.5
    redundancy: float = 0.005
    regulariser: float = 0.02
    regulariser_step: RegulariserStep = "joint"
    votes: float = 0.0
    consistency: float = 0.0

    def __post_init__(self) -> None:
        choices = {
            "reduction": Reduction,
            "critic": CriticName,
            "pairs": Pairs,
            "moments": Moments,
            "transform": TransformName,
            "mining": MiningKind,
            "mining_by": MiningBy,
            "caf": CAFForm,
            "regulariser_step": RegulariserStep,
        }
        for name, allowed in choices.items():
            value = getattr(self, name)
            if value not in get_args(allowed):
                raise InputError(
                    f"There is no {name} '{value}': choose one of {', '.join(get_args(allowed))}."
                )
        weights = ("weight", "alpha", "beta", "gamma", "redundancy")
        weights += ("regulariser", "votes", "consistency", "correlation")
        for name in weights:
            if not (isfinite(getattr(self, name)) and getattr(self, name) >= 0):
                raise InputError(f"{option(name)} must be 0 or more, not {getattr(self, name)}.")
        if not (isfinite(self.temperature) and self.temperature > 0):
            raise InputError(f"--temperature must be more than 0, not {self.temperature}.")
        try:
            _ = self.negatives
        except ValueError as error:
            raise InputError(str(error)) from error

    @property
    def negatives(self) -> Mining:
        """How negatives are mined."""
        return Mining(self.mining, self.tau_plus, self.concentration, self.mining_by, self.kept)

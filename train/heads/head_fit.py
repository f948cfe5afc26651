"""Learn the two heads on the latent z of a network that itself stays as it is.

Shares: multinomial regression of the emotions' shares among the votes on z.

Width: what is known of a face is u: z, the estimates, and how bright, rich in contrast and sharp
the crop is. A hidden layer of 32 on u gives the scale s of a Laplace distribution of the label
around the estimate, one for each axis, by maximum likelihood. It learns from the faces as they are
and from darkened, blurred, covered and other copies of them, so that it is wide where the network
errs; a face whose u lies farther from those of the untouched faces than nearly all of them do
(Mahalanobis distance; Lee et al., NeurIPS 2018) is given a larger scale.

What a distribution of that scale would hold is not taken for granted. Untouched faces from which
the network has not learned are parted into fifths by s, as those parts of the head give it that
have not learned from them either; in each, q is the quantile of |label - estimate| / s, so that the
interval estimate +- q s holds about the level's share of labels, whatever the head learned and
however narrow it is (Mondrian cross-conformal prediction: Vovk, Annals of Mathematics and
Artificial Intelligence 2015; Bostrom & Johansson, COPA 2020). Between the fifths' middles the reach
is interpolated; it never falls as s rises, nor below that of the narrowest fifth's middle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ...model.anchors import EMOTIONS
from ...model.errors import InputError
from ...model.network_config import LATENT

Array = NDArray[np.floating]

HIDDEN = 32
LEAST_SCALE = 0.01
FARTHEST = 4.0
"""How far an input of the hidden layer may be from its mean, in deviations: beyond what it learned
from, a network of ReLUs goes on in straight lines, to anywhere."""
USUAL = 0.99
"""The share of the untouched faces whose distance widens nothing."""
WIDE = 0.9
"""The quantile of the untouched faces' scales that is added to one twice as far as usual."""
LEAST_FACES = 50
"""With fewer faces to calibrate on, the share that an interval holds is left to chance."""
FIFTHS = 5
"""Parts by width that are calibrated apart, where there are enough faces for that."""
_STEPS, _EVERY, _RATE, _DECAY = 400, 10, 5e-3, 1e-2
_MEMBERS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """What a network says of N faces, and what their labels are.

    Args:
        z: latent [N, 32].
        va: estimates of valence and arousal [N, 2] in [-1, 1].
        light: `light_of` their crops [N, 3].
        target: their labels [N, 2].
        votes: shares of `EMOTIONS` [N, 8]; nan for a face without votes.
        number: which face each is [N]; a copy has the number of what it was made of.
    """

    z: Array
    va: Array
    light: Array
    target: Array
    votes: Array
    number: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.z)

    @property
    def known(self) -> Array:
        """What the width head is told, u [N, D]."""
        return known_of(self.z, self.va, self.light)

    def at(self, rows: NDArray[np.bool_]) -> Faces:
        """Those faces alone."""
        return Faces(*(getattr(self, name)[rows] for name in self.__slots__))

    @classmethod
    def joined(cls, parts: list[Faces]) -> Faces:
        """All of them, one after the other."""
        return cls(*(np.concatenate([getattr(p, n) for p in parts]) for n in cls.__slots__))


def known_of(z: Array, va: Array, light: Array) -> Array:
    """What the width head is told [N, D], in the order in which the graph joins it."""
    return np.concatenate([z, va, light], axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """x [N, inputs] to x @ weight.T + bias."""

    weight: Array
    bias: Array

    def __call__(self, x: Array) -> Array:
        return x @ self.weight.T + self.bias


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """From a scale to how far an interval reaches: `least` [2], and for each of K knots [2, K] the
    scale there and by how much the slope grows."""

    least: Array
    knots: Array
    bends: Array

    def __call__(self, scale: Array) -> Array:
        above = np.maximum(scale[:, :, None] - self.knots, 0)
        return np.asarray(self.least + (above * self.bends).sum(axis=2), np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Heads:
    """What is added to a network.

    Args:
        shares: z to the logits of the votes' shares [N, 8]; None without votes to learn from.
        standard: u to deviations from its mean, which are clipped to +- `FARTHEST`.
        hidden, width: those to the hidden layer, whose ReLU `width` turns into the scales' inputs
            [N, 2]; the scale is softplus(x) + `LEAST_SCALE`.
        whitened: u to coordinates [N, D] in which the untouched faces have mean 0 and covariance 1;
            the root mean square of them is a face's distance.
        usual: the distance up to which nothing is widened.
        wide: a scale that is large for untouched faces [2]; a face twice as far as usual is given
            that much more.
        reach: from the scales to how far the intervals reach.
        level: the share of labels that an interval is to hold.
        calibrated: how many faces that was measured on.
    """

    shares: Linear | None
    standard: Linear
    hidden: Linear
    width: Linear
    whitened: Linear
    usual: float
    wide: Array
    reach: Reach
    level: float
    calibrated: int

    def unlike(self, u: Array) -> Array:
        """How much farther than usual each face is [N, 1], as a share of what is usual; 0 for those
        that are not."""
        distance = np.sqrt((self.whitened(u) ** 2).mean(axis=1, keepdims=True))
        return np.maximum(distance / self.usual - 1.0, 0.0)

    def scales(self, u: Array) -> Array:
        """The scale s of each estimate [N, 2], for u [N, D]."""
        x = np.clip(self.standard(u), -FARTHEST, FARTHEST)
        inner = np.maximum(self.hidden(x), 0)
        return np.asarray(_scale(self.width(inner)) + self.wide * self.unlike(u), np.float32)

    def halfwidth(self, faces: Faces) -> Array:
        """Half the width of the intervals [N, 2], clipped to [-1, 1], as the graph computes it."""
        va, reach = faces.va, self.reach(self.scales(faces.known))
        return (np.minimum(va + reach, 1) - np.maximum(va - reach, -1)) / 2


def _scale(x: Array) -> Array:
    return np.logaddexp(0, x) + LEAST_SCALE


def fit_heads(
    untouched: Faces,
    copies: Faces | None,
    calibrates: NDArray[np.bool_],
    level: float,
    seed: int = 0,
) -> Heads:
    """Learn the heads and calibrate them.

    Args:
        untouched: faces as they are.
        copies: of these faces in poorer conditions; None learns from the faces as they are alone.
        calibrates: which of `untouched` intervals are calibrated on [N]; all are learned from.
        level: the share of labels that an interval is to hold.
        seed: of what is random.

    Raises `InputError` where there are too few faces for the level.
    """
    if not 0.5 <= level < 1:
        raise InputError(f"--level must be from 0.5 to below 1, not {level}.")
    least = max(LEAST_FACES, math.ceil(1 / (1 - level)))
    calibrated = int(calibrates.sum())
    if calibrated < least:
        raise InputError(
            f"Intervals need {least} faces to be calibrated on; there are {calibrated}: name more "
            "--data."
        )
    faces = untouched if copies is None else Faces.joined([untouched, copies])
    with torch.enable_grad():
        shares = _fit_shares(untouched)
        standard, members, learned = _fit_width(faces, seed)
    known = untouched.known
    whitened = _whitening(known)
    distance = np.sqrt((whitened(known) ** 2).mean(axis=1))
    heads = Heads(
        shares=shares,
        standard=standard,
        hidden=_joined_hidden(members),
        width=_joined_width(members),
        whitened=whitened,
        usual=float(np.quantile(distance, USUAL)),
        wide=np.zeros(2, np.float32),
        reach=Reach(*np.zeros((3, 2, 1), np.float32)),
        level=level,
        calibrated=calibrated,
    )
    heads = replace(heads, wide=np.quantile(heads.scales(known), WIDE, axis=0).astype(np.float32))
    # Each face is scored by the members that have not learned from it.
    chosen = untouched.at(calibrates)
    x = np.clip(standard(chosen.known), -FARTHEST, FARTHEST)
    by_member = np.stack([two(np.maximum(one(x), 0)) for one, two in members])
    fresh = ~learned[:, : len(untouched)][:, calibrates, None]
    scale = _scale((by_member * fresh).sum(axis=0) / fresh.sum(axis=0))
    scale = scale + heads.wide * heads.unlike(chosen.known)
    parts = max(1, min(FIFTHS, calibrated // (4 * least)))
    reach = calibrated_reach(scale, np.abs(chosen.target - chosen.va), level, parts)
    return replace(heads, reach=reach)


def calibrated_reach(scale: Array, error: Array, level: float, parts: int) -> Reach:
    """The reach that holds a share of errors [N, 2] in each of so many parts of the faces by scale
    [N, 2]; with one part it is proportional to the scale."""
    least, knots, bends = [], [], []
    for own, missed in zip(scale.T, error.T, strict=True):
        places, reaches = [], []
        for part in np.array_split(np.argsort(own, kind="stable"), parts):
            score = np.sort(missed[part] / own[part])
            rank = min(len(part), math.ceil((len(part) + 1) * level))
            places.append(float(np.median(own[part])))
            reaches.append(float(score[rank - 1]) * places[-1])
        reaches = np.maximum.accumulate(reaches)
        slopes = [*np.diff(reaches) / np.diff(places), reaches[-1] / places[-1]]
        if parts == 1:
            places, reaches = [0.0], [0.0]
        least.append(reaches[0])
        knots.append(places)
        bends.append(np.diff(slopes, prepend=0.0))
    return Reach(*(np.asarray(each, np.float32) for each in (least, knots, bends)))


def _arrays(layer: nn.Linear) -> Linear:
    return Linear(layer.weight.detach().numpy().copy(), layer.bias.detach().numpy().copy())


def _standard(x: Array) -> Linear:
    """x to (x - mean) / deviation."""
    middle, spread = x.mean(axis=0), x.std(axis=0) + 1e-3
    return Linear(np.diag(1 / spread).astype(np.float32), np.asarray(-middle / spread, np.float32))


def _whitening(u: Array) -> Linear:
    """Shrunk a little towards a round covariance, so that features that are never on count too."""
    middle = u.mean(axis=0)
    covariance = np.atleast_2d(np.cov(u.T.astype(np.float64)))
    covariance += 1e-3 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    root = np.linalg.inv(np.linalg.cholesky(covariance))
    return Linear(root.astype(np.float32), np.asarray(-root @ middle, np.float32))


def _fit_shares(faces: Faces) -> Linear | None:
    """Cross-entropy under a small weight decay: a convex problem, solved by L-BFGS. None where no
    face has votes."""
    rows = np.isfinite(faces.votes).all(axis=1)
    if not rows.any():
        return None
    standard = _standard(faces.z[rows])
    z = torch.from_numpy(standard(faces.z[rows]).astype(np.float32))
    votes = torch.from_numpy(faces.votes[rows].astype(np.float32))
    layer = nn.Linear(LATENT, len(EMOTIONS))
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    solver = torch.optim.LBFGS(layer.parameters(), max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        solver.zero_grad()
        value = F.cross_entropy(layer(z), votes) + 1e-3 * layer.weight.square().sum()
        value.backward()
        return value

    solver.step(loss)
    found = _arrays(layer)
    weight = (found.weight @ standard.weight).astype(np.float32)
    return Linear(weight, (found.bias + found.weight @ standard.bias).astype(np.float32))


Member = tuple[Linear, Linear]


def _fit_width(faces: Faces, seed: int) -> tuple[Linear, list[Member], NDArray[np.bool_]]:
    """Laplace likelihood of the absolute errors [N, 2].

    Several small nets side by side; each leaves out two fifths of the faces, with their copies, and
    stops where those of one of these are told best. Returns how u is standardised, the nets, and
    which faces each has learned from [nets, N].
    """
    standard = _standard(faces.known)
    x = np.clip(standard(faces.known), -FARTHEST, FARTHEST).astype(np.float32)
    inputs, error = torch.from_numpy(x), torch.from_numpy(np.abs(faces.target - faces.va))
    generator = torch.Generator().manual_seed(seed)
    names, which = np.unique(faces.number, return_inverse=True)
    part = (torch.randperm(len(names), generator=generator) % _MEMBERS).numpy()[which]
    members: list[Member] = []
    learned = np.zeros((_MEMBERS, len(x)), np.bool_)
    for member in range(_MEMBERS):
        stops = part == (member + 1) % _MEMBERS
        learned[member] = ~stops & (part != member)
        one, two = nn.Linear(x.shape[1], HIDDEN), nn.Linear(HIDDEN, 2)
        for layer in (one, two):
            bound = 1 / math.sqrt(layer.in_features)
            for value in layer.parameters():
                with torch.no_grad():
                    value.copy_(torch.rand(value.shape, generator=generator) * 2 * bound - bound)
        solver = torch.optim.AdamW(
            [*one.parameters(), *two.parameters()], lr=_RATE, weight_decay=_DECAY
        )
        sides = [(inputs[rows], error[rows]) for rows in (learned[member], stops)]

        def loss(side: int, one: nn.Linear = one, two: nn.Linear = two) -> Tensor:
            there, missed = sides[side]  # noqa: B023
            scale = F.softplus(two(torch.relu(one(there)))) + LEAST_SCALE
            return (missed / scale + scale.log()).mean()

        best, kept = math.inf, (_arrays(one), _arrays(two))
        for step in range(_STEPS):
            solver.zero_grad()
            loss(0).backward()
            solver.step()
            if step % _EVERY == 0:
                with torch.no_grad():
                    value = float(loss(1))
                if value < best:
                    best, kept = value, (_arrays(one), _arrays(two))
        members.append(kept)
    return standard, members, learned


def _joined_hidden(members: list[Member]) -> Linear:
    """The members' hidden layers as one."""
    return Linear(
        np.concatenate([one.weight for one, _ in members]),
        np.concatenate([one.bias for one, _ in members]),
    )


def _joined_width(members: list[Member]) -> Linear:
    """The mean of the members' outputs."""
    weight = np.concatenate([two.weight for _, two in members], axis=1) / np.float32(len(members))
    return Linear(weight, np.mean([two.bias for _, two in members], axis=0).astype(np.float32))

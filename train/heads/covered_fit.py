"""Learn which parts of a face are hidden, from a map of an encoder that itself stays as it is.

Each cell of the map is told from its own values and its neighbours': a layer of `HIDDEN` on the
cell, a 3 x 3 window over those, and how often something hides a cell of that place. It learns from
crops into which masks, hands, scarves, glasses and other things were drawn, so that where they lie
is known (binary cross-entropy over the cells). What is told of a face is the mean over the cells of
its eyes (of the eye that is hidden more) and of its mouth.

By how much an interval widens follows from copies with that part hidden: for each, the error beyond
the interval asks for a widening; their quantile at the interval's level is taken (split conformal:
Vovk et al., Algorithmic Learning in a Random World, 2005). What nearly all untouched faces reach
widens nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from ..crops.coverings import EYE, EYES, MOUTH

Array = NDArray[np.floating]
Maps = NDArray[np.float16]
"""A map of the encoder for N faces [N, C, S, S]."""

PARTS = ("eyes", "mouth")
HIDDEN = 12
USUAL = 0.99
"""The share of the untouched faces that no interval is widened for."""
_BATCH, _RATE, _DECAY = 64, 1e-2, 1e-2
_RARE = 2.0  # the weight of a hidden cell: most are not
_MOST = 2.0  # the widest widening: an axis from end to end


@dataclass(frozen=True, slots=True, eq=False)
class CoveredHead:
    """From a map to which share of the eyes and of the mouth is hidden.

    Args:
        cell, cell_bias: [H, C, 1, 1] and [H], a layer on each cell, before a ReLU.
        window: [1, H, 3, 3], over those.
        place: [S, S], what is added to each cell; the logistic function follows.
        regions: [S * S, 3], weights of the cells of the left eye, the right eye and the mouth.
        usual: [2], what `USUAL` of the untouched faces do not reach.
        widening: [2, 2], by how much a wholly hidden part (row) widens the reach of an axis
            (column).
    """

    cell: Array
    cell_bias: Array
    window: Array
    place: Array
    regions: Array
    usual: Array
    widening: Array

    def covered(self, maps: Maps) -> Array:
        """The shares of eyes and mouth that are hidden [N, 2], as the graph computes them."""
        found = []
        cell, bias, window, place, regions = (
            torch.from_numpy(np.asarray(each, np.float32))
            for each in (self.cell, self.cell_bias, self.window, self.place, self.regions)
        )
        for i in range(0, len(maps), _BATCH):
            part = torch.from_numpy(maps[i : i + _BATCH].astype(np.float32))
            inner = torch.relu(F.conv2d(part, cell, bias))
            hidden = torch.sigmoid(F.conv2d(inner, window, padding=1)[:, 0] + place)
            left, right, mouth = (hidden.flatten(1) @ regions).unbind(1)
            found.append(torch.stack([torch.maximum(left, right), mouth], 1).numpy())
        return np.concatenate(found) if found else np.zeros((0, 2), np.float32)

    def excess(self, covered: Array) -> Array:
        """How far hidden shares [N, 2] are beyond what is usual, as a share of what can be."""
        return np.maximum(covered - self.usual, 0.0) / (1.0 - self.usual)


def fit_covered(
    maps: Maps, where: NDArray[np.floating], seed: int = 0, *, steps: int = 900
) -> CoveredHead:
    """Learn the head, without a widening and without what is usual.

    Args:
        maps: of N crops [N, C, S, S].
        where: which share of each cell is hidden [N, S, S].
        seed: of what is random.
        steps: of the solver.
    """
    side, channels = maps.shape[-1], maps.shape[1]
    some = maps[:: max(1, len(maps) // 1000)].astype(np.float32)
    middle, spread = some.mean(axis=(0, 2, 3)), some.std(axis=(0, 2, 3)) + 0.05
    random = torch.Generator().manual_seed(seed)
    cell = _drawn((HIDDEN, channels, 1, 1), channels, random)
    bias = nn.Parameter(torch.zeros(HIDDEN))
    window = _drawn((1, HIDDEN, 3, 3), 9 * HIDDEN, random)
    place = nn.Parameter(torch.zeros(side, side))
    solver = torch.optim.AdamW([cell, bias, window, place], lr=_RATE, weight_decay=_DECAY)
    plan = torch.optim.lr_scheduler.OneCycleLR(solver, _RATE, total_steps=steps)
    offset, scale = (torch.from_numpy(each)[:, None, None] for each in (middle, spread))
    weight = torch.tensor(_RARE)
    with torch.enable_grad():
        for there, hidden in _batches(maps, where, steps, random):
            inner = torch.relu(F.conv2d((there - offset) / scale, cell, bias))
            logits = F.conv2d(inner, window, padding=1)[:, 0] + place
            loss = F.binary_cross_entropy_with_logits(logits, hidden, pos_weight=weight)
            solver.zero_grad()
            loss.backward()
            solver.step()
            plan.step()
    one, two, three, four = (each.detach().numpy() for each in (cell, bias, window, place))
    folded = one / spread[:, None, None]
    return CoveredHead(
        cell=folded,
        cell_bias=two - (folded[:, :, 0, 0] * middle).sum(axis=1),
        window=three,
        place=four,
        regions=_regions(side),
        usual=np.zeros(2, np.float32),
        widening=np.zeros((2, 2), np.float32),
    )


def cells(where: Iterable[NDArray[np.floating]], side: int) -> Array:
    """N masks [P, P] as the share of each of S x S cells [N, S, S]."""
    small = [cv2.resize(each, (side, side), interpolation=cv2.INTER_AREA) for each in where]
    return np.stack([np.asarray(each, np.float32) for each in small])


def widening(missed: Array, excess: NDArray[np.floating], level: float) -> Array:
    """By how much the reach has to grow, for each unit of excess, so that it holds the level's
    share of faces [axes].

    Args:
        missed: how far errors are beyond their reach [N, axes], negative for those within.
        excess: of the part that is hidden, [N].
        level: the share that is to be held.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        needed = np.where(missed <= 0, 0.0, missed / excess[:, None])
    rank = min(len(needed), math.ceil((len(needed) + 1) * level))
    return np.minimum(np.sort(needed, axis=0)[rank - 1], _MOST).astype(np.float32)


def _drawn(shape: tuple[int, ...], inputs: int, random: torch.Generator) -> nn.Parameter:
    bound = 1 / math.sqrt(inputs)
    return nn.Parameter(torch.rand(shape, generator=random) * 2 * bound - bound)


def _batches(
    maps: Maps, where: NDArray[np.floating], steps: int, random: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """Faces by chance, half of them mirrored."""
    for _ in range(steps):
        rows = torch.randint(len(maps), (_BATCH,), generator=random).numpy()
        there = torch.from_numpy(maps[rows].astype(np.float32))
        hidden = torch.from_numpy(where[rows].astype(np.float32))
        turned = torch.rand(_BATCH, generator=random) < 0.5
        yield (
            torch.where(turned[:, None, None, None], there.flip(3), there),
            torch.where(turned[:, None, None], hidden.flip(2), hidden),
        )


def _regions(side: int) -> Array:
    """The mean over the cells of each eye and of the mouth."""
    y, x = (np.mgrid[0:side, 0:side] + 0.5) / side
    on_right = 1 - EYE[0]
    places = ((EYE[0], EYES[1], 0.15, 0.1), (on_right, EYES[1], 0.15, 0.1), (*MOUTH, 0.2, 0.12))
    inside = [(np.abs(x - a) < w) & (np.abs(y - b) < h) for a, b, w, h in places]
    weights = np.stack([each.ravel() / each.sum() for each in inside], axis=1)
    return weights.astype(np.float32)

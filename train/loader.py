"""Batches of prepared crops, as a pure function of seed and iteration.

Because batch number k of a run depends on nothing but the seed and k, a run that was stopped
anywhere goes on exactly as if it had not been.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..model.errors import InputError
from ..model.system.processors import processors
from .crops.prepare import Prepared

AHEAD = 4
"""How many batches are read before they are asked for."""
READERS = min(AHEAD, processors())
"""How many threads read them: JPEGs are decoded, and slow disks waited for, side by side."""


@dataclass(frozen=True, slots=True)
class Batch:
    """`faces` uint8 [N, C, S, S], `target` [N, 2], `votes` [N, 8] (nan: unknown), `emotion` [N]."""

    faces: Tensor
    target: Tensor
    votes: Tensor
    emotion: Tensor

    def to(self, device: torch.device | str) -> Batch:
        """The same batch on another device."""
        return Batch(*(t.to(device) for t in (self.faces, self.target, self.votes, self.emotion)))

    def doubled(self) -> Batch:
        """Each sample twice: rows 2k and 2k + 1 are the same."""
        parts = (self.faces, self.target, self.votes, self.emotion)
        return Batch(*(t.repeat_interleave(2, dim=0) for t in parts))

    def __len__(self) -> int:
        return len(self.faces)


def gather_batch(sets: list[Prepared], indices: NDArray[np.int64]) -> Batch:
    """Samples by their index into the joined sets (the first set's samples come first)."""
    bounds = np.cumsum([0] + [len(s) for s in sets])
    which = np.searchsorted(bounds, indices, side="right") - 1
    picked = [(sets[w], int(i - bounds[w])) for w, i in zip(which, indices, strict=True)]
    faces = torch.from_numpy(np.stack([s.crops[i] for s, i in picked]))
    faces = faces.unsqueeze(1) if faces.ndim == 3 else faces.permute(0, 3, 1, 2).contiguous()
    columns = (
        torch.from_numpy(np.stack([getattr(s, name)[i] for s, i in picked]))
        for name in ("target", "votes", "emotion")
    )
    return Batch(faces, *columns)


def read_ahead(
    sets: list[Prepared], parts: Iterable[NDArray[np.int64]]
) -> Generator[Batch, None, None]:
    """The batches of the index arrays, in their order, each read while earlier ones are used.

    The threads that read only carry out what the order asks for, so batches stay what they are;
    while the network computes, PyTorch holds no lock that would stop them.
    """
    waiting: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(READERS, thread_name_prefix="batches") as reader:
        for part in parts:
            waiting.append(reader.submit(gather_batch, sets, part))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def balanced_weights(target: NDArray[np.float32], cells: int = 8) -> NDArray[np.float64]:
    """Sampling weights [N] that even out the V/A plane.

    A sample weighs one over the square root of how many share its cell of a cells x cells grid:
    rare regions are seen more often without a handful of images being shown for ever.
    """
    places = np.clip(((target + 1.0) / 2.0 * cells).astype(int), 0, cells - 1)
    flat = places[:, 0] * cells + places[:, 1]
    weights = 1.0 / np.sqrt(np.bincount(flat, minlength=cells * cells)[flat])
    return weights / weights.sum()


class TrainLoader:
    """Shuffled batches of one epoch, beginning wherever `position()` says the run stands.

    Args:
        sets: prepared sets, joined.
        batch_size: samples a batch and process; the last, smaller batch of an epoch is left out.
        seed: of the order.
        position: the number of iterations done so far.
        balance: draw with replacement by `balanced_weights`.
        limit: largest number of batches an epoch, 0 for no limit.
        rank, world: this process and how many there are; each draws its own part of the order.
        leave_out: which of the joined samples are not used [N]; None uses all.
    """

    def __init__(
        self,
        sets: list[Prepared],
        batch_size: int,
        *,
        seed: int,
        position: Callable[[], int],
        balance: bool = False,
        limit: int = 0,
        rank: int = 0,
        world: int = 1,
        leave_out: NDArray[np.bool_] | None = None,
    ) -> None:
        self.sets = sets
        self.batch_size = batch_size
        self.seed = seed
        self.position = position
        self.limit = limit
        self.rank = rank
        self.world = world
        target = np.concatenate([s.target for s in sets])
        self.used = np.arange(len(target)) if leave_out is None else np.flatnonzero(~leave_out)
        self.total = len(self.used)
        self.weights = balanced_weights(target[self.used]) if balance else None
        if len(self) == 0:
            raise InputError(
                f"{self.total} samples do not fill a batch of {batch_size} on {world} process(es): "
                "choose a smaller --batch-size."
            )

    def __len__(self) -> int:
        whole = self.total // (self.batch_size * self.world)
        return min(whole, self.limit) if self.limit else whole

    def state_dict(self) -> dict[str, int]:
        """Tells Lightning that the loader can go on within an epoch; `position` says where."""
        return {}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Nothing to restore: a batch follows from seed and position."""

    def order(self, epoch: int) -> NDArray[np.int64]:
        """The order of all samples in an epoch, as indices into the joined sets."""
        random = np.random.default_rng((self.seed, epoch))
        if self.weights is None:
            return random.permutation(self.used)
        return random.choice(self.used, self.total, p=self.weights)

    def __iter__(self) -> Iterator[Batch]:
        epoch, start = divmod(self.position(), len(self))
        order = self.order(epoch)
        step = self.batch_size * self.world
        firsts = (n * step + self.rank * self.batch_size for n in range(start, len(self)))
        parts = (np.sort(order[first : first + self.batch_size]) for first in firsts)
        yield from read_ahead(self.sets, parts)


class EvaluationLoader:
    """All samples once, in order; with several processes each takes every world-th batch.

    Batches are smaller where there would else be fewer than processes.
    """

    def __init__(self, sets: list[Prepared], batch_size: int, *, rank: int = 0, world: int = 1):
        self.sets = sets
        self.rank = rank
        self.world = world
        self.total = sum(len(s) for s in sets)
        self.batch_size = max(1, min(batch_size, self.total // world))

    def __len__(self) -> int:
        batches = -(-self.total // self.batch_size)
        return len(range(self.rank, batches, self.world))

    def __iter__(self) -> Iterator[Batch]:
        starts = range(0, self.total, self.batch_size)[self.rank :: self.world]
        parts = (np.arange(s, min(s + self.batch_size, self.total)) for s in starts)
        return read_ahead(self.sets, parts)

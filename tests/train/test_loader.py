"""Batches depend on seed and iteration alone."""

from __future__ import annotations

import threading
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch
from made_data import make_prepared

from avce.model.errors import InputError
from avce.train import loader as loading
from avce.train.crops.prepare import Prepared
from avce.train.loader import (
    AHEAD,
    Batch,
    EvaluationLoader,
    TrainLoader,
    balanced_weights,
    gather_batch,
    read_ahead,
)


def test_an_epoch_shows_every_sample_once_in_a_new_order(tmp_path: Path) -> None:
    sets = [make_prepared(tmp_path, 24)]
    position = 0
    loader = TrainLoader(sets, 6, seed=1, position=lambda: position)
    first = torch.cat([b.target for b in loader])
    position = len(loader)
    second = torch.cat([b.target for b in loader])
    assert len(loader) == 4
    assert not torch.equal(first, second)
    assert torch.equal(first.sort(dim=0).values, second.sort(dim=0).values)


def test_a_run_that_goes_on_sees_the_batches_that_were_left(tmp_path: Path) -> None:
    sets = [make_prepared(tmp_path, 24)]
    whole = [b.target for b in TrainLoader(sets, 6, seed=1, position=lambda: 0)]
    rest = [b.target for b in TrainLoader(sets, 6, seed=1, position=lambda: 2)]
    assert all(torch.equal(a, b) for a, b in zip(whole[2:], rest, strict=True))


def test_processes_share_an_epoch_without_overlap(tmp_path: Path) -> None:
    sets = [make_prepared(tmp_path, 24)]
    parts = [
        TrainLoader(sets, 3, seed=1, position=lambda: 0, rank=rank, world=2) for rank in range(2)
    ]
    seen = torch.cat([b.target for part in parts for b in part])
    assert len(seen) == 24
    assert len(torch.unique(seen, dim=0)) == 24


def test_joined_sets_keep_images_and_labels_together(tmp_path: Path) -> None:
    sets = [make_prepared(tmp_path, 5, seed=1), make_prepared(tmp_path, 7, seed=2)]
    batch = gather_batch(sets, np.array([0, 4, 5, 11]))
    assert torch.equal(batch.faces[3, 0], torch.from_numpy(sets[1].crops[6]))
    assert torch.equal(batch.target[2], torch.from_numpy(sets[1].target[0]))
    assert batch.faces.shape == (4, 1, 64, 64)


def test_evaluation_shows_everything_once_in_order(tmp_path: Path) -> None:
    prepared = make_prepared(tmp_path, 10)
    seen = torch.cat([b.target for b in EvaluationLoader([prepared], 4)])
    assert torch.equal(seen, torch.from_numpy(prepared.target))
    halves = [EvaluationLoader([prepared], 4, rank=r, world=2) for r in range(2)]
    assert [len(half) for half in halves] == [2, 1]
    assert sum(len(b) for half in halves for b in half) == 10
    many = [EvaluationLoader([prepared], 64, rank=r, world=4) for r in range(4)]
    assert all(len(part) >= 1 for part in many)  # nobody is left without a batch
    assert sum(len(b) for part in many for b in part) == 10


def test_balance_prefers_rare_regions() -> None:
    target = np.concatenate((np.full((99, 2), 0.1), [[-0.9, 0.9]])).astype(np.float32)
    weights = balanced_weights(target)
    assert weights.sum() == pytest.approx(1)
    assert weights[-1] / weights[0] == pytest.approx(np.sqrt(99))


def test_too_few_samples_are_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="smaller --batch-size"):
        TrainLoader([make_prepared(tmp_path, 4)], 8, seed=0, position=lambda: 0)


def test_batches_are_read_while_earlier_ones_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, enough = [], Event()

    def recorded(sets: list[Prepared], indices: np.ndarray) -> Batch:
        read.append(indices.tolist())
        if len(read) == 1 + AHEAD:
            enough.set()
        return gather_batch(sets, indices)

    monkeypatch.setattr(loading, "gather_batch", recorded)
    parts = [np.array([i, i + 1]) for i in range(8)]
    batches = read_ahead([make_prepared(tmp_path, 9)], parts)
    next(batches)
    assert enough.wait(timeout=60)  # nobody has asked for the second batch yet
    batches.close()
    assert read == [part.tolist() for part in parts[: 1 + AHEAD]]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batches")]


def test_what_goes_wrong_while_reading_is_raised_where_the_batch_is_asked_for(
    tmp_path: Path,
) -> None:
    batches = read_ahead([make_prepared(tmp_path, 4)], [np.array([0, 3]), np.array([4])])
    assert len(next(batches)) == 2
    with pytest.raises(IndexError):
        next(batches)

"""Figures of the emotions' shares, against hand-made votes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score

from avce.train.emotions import emotion_figures


def test_accuracy_and_f1_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    votes, shares = random.dirichlet(np.ones(8), 200), random.dirichlet(np.ones(8), 200)
    shares[:120] = votes[:120]
    found = emotion_figures(shares, votes)
    label, answer = votes.argmax(axis=1), shares.argmax(axis=1)
    assert found["accuracy"] == pytest.approx(accuracy_score(label, answer))
    assert found["macro_f1"] == pytest.approx(f1_score(label, answer, average="macro"))
    assert found["mean_difference"] == pytest.approx(np.abs(shares - votes).mean())


def test_shares_that_promise_too_much_are_that_much_off() -> None:
    votes = np.zeros((100, 8))
    votes[:60, 1] = votes[60:, 0] = 1.0
    shares = np.zeros((100, 8))
    shares[:, 1], shares[:, 0] = 0.9, 0.1
    assert emotion_figures(shares, votes)["calibration"] == pytest.approx(0.9 - 0.6)
    shares[:, 1], shares[:, 0] = 0.6, 0.4
    assert emotion_figures(shares, votes)["calibration"] == pytest.approx(0.0)


def test_faces_without_votes_do_not_count() -> None:
    votes = np.full((3, 8), np.nan)
    assert emotion_figures(np.full((3, 8), 1 / 8), votes) == {}
    votes[1] = np.eye(8)[2]
    assert emotion_figures(np.eye(8)[[1, 2, 3]], votes)["n"] == 1

"""Figures by the way an image was taken, against hand-made faces."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avce.model.face.image_measures import sharpness
from avce.model.metrics import evaluate_all
from avce.train.conditions import LEAST, Taken, by_condition


def _faces(n: int, **columns: np.ndarray) -> tuple[Taken, np.ndarray, np.ndarray]:
    """How they were taken, estimates and labels."""
    random = np.random.default_rng(0)
    values = {
        **{name: np.full(n, 100.0) for name in ("brightness", "sharpness", "size")},
        **{name: np.zeros(n) for name in ("yaw", "pitch")},
    }
    return (
        Taken(**values | columns),
        random.uniform(-1, 1, (n, 2)),
        random.uniform(-1, 1, (n, 2)),
    )


def test_each_range_has_its_own_faces_and_their_figures() -> None:
    n = 100
    yaw = np.where(np.arange(n) % 2, -25.0, 5.0)
    taken, estimate, target = _faces(n, yaw=yaw)
    rows = {r["range"]: r for r in by_condition(taken, estimate, target) if r["condition"] == "yaw"}
    assert {name: row["n"] for name, row in rows.items()} == {"under 10": 50, "20 to 35": 50}
    chosen = yaw < 0
    scores = evaluate_all(estimate[chosen], target[chosen])
    assert rows["20 to 35"]["ccc_arousal"] == pytest.approx(scores["arousal"]["ccc"])
    assert rows["20 to 35"]["rmse_valence"] == pytest.approx(scores["valence"]["rmse"])


def test_every_condition_counts_every_face_once() -> None:
    random = np.random.default_rng(1)
    n = 300
    faces = _faces(
        n,
        brightness=random.uniform(0, 255, n),
        sharpness=random.uniform(0, 2, n),
        yaw=random.normal(0, 20, n),
        pitch=random.normal(0, 15, n),
        size=random.uniform(20, 300, n),
    )
    counted: dict[str, int] = {}
    for row in by_condition(*faces):
        counted[row["condition"]] = counted.get(row["condition"], 0) + row["n"]
    assert set(counted.values()) == {n}
    thirds = [r["n"] for r in by_condition(*faces) if r["condition"] == "sharpness"]
    assert thirds == [100, 100, 100]


def test_too_few_faces_get_no_figures() -> None:
    n = LEAST + 30
    size = np.where(np.arange(n) < LEAST - 1, 40.0, 300.0)
    rows = [r for r in by_condition(*_faces(n, size=size)) if r["condition"] == "size of the face"]
    assert [r["n"] for r in rows] == [LEAST - 1, 31]
    assert "ccc_valence" not in rows[0]
    assert "ccc_valence" in rows[1]


def test_blur_lowers_sharpness_and_light_does_not() -> None:
    grey = np.random.default_rng(0).integers(60, 160, (224, 224), dtype=np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(grey, (0, 0), 4), np.uint8)
    assert sharpness(blurred) < 0.5 * sharpness(grey)
    assert sharpness((grey // 2 + 10).astype(np.uint8)) == pytest.approx(sharpness(grey), rel=0.05)
    assert sharpness(np.full((224, 224), 7, np.uint8)) == 0.0


def test_faces_whose_pose_nobody_knows_are_in_none_of_its_ranges() -> None:
    n = 60
    yaw = np.where(np.arange(n) < 25, np.nan, 5.0)
    rows = by_condition(*_faces(n, yaw=yaw, pitch=np.full(n, np.nan)))
    assert [r["n"] for r in rows if r["condition"] == "yaw"] == [35]
    assert not [r for r in rows if r["condition"] == "pitch"]


def test_each_range_tells_which_share_of_labels_the_intervals_hold() -> None:
    n = 100
    taken, estimate, _ = _faces(n, yaw=np.where(np.arange(n) % 2, 40.0, 0.0))
    estimate *= 0.4
    target = estimate + np.where(np.arange(n) % 10 == 1, 0.3, 0.1)[:, None]
    width = np.full((n, 2), 0.2)
    width[:, 1] = 0.05
    rows = {
        r["range"]: r
        for r in by_condition(taken, estimate, target, width)
        if r["condition"] == "yaw"
    }
    assert rows["under 10"]["coverage_valence"] == 1.0
    assert rows["35 or more"]["coverage_valence"] == pytest.approx(0.8)
    assert rows["under 10"]["coverage_arousal"] == 0.0
    assert rows["35 or more"]["halfwidth_arousal"] == pytest.approx(0.05)
    assert "coverage_valence" not in by_condition(taken, estimate, target)[0]

"""Figures by the way a picture was taken, against hand-made faces."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avce.model.image_measures import sharpness
from avce.model.metrics import evaluate_all
from avce.train.cards.conditions import LEAST, by_condition
from avce.train.cards.observations import Observations
from avce.train.cards.probes import map_mass


def _seen(n: int, **columns: np.ndarray) -> Observations:
    random = np.random.default_rng(0)
    values = {
        "estimate": random.uniform(-1, 1, (n, 2)),
        "target": random.uniform(-1, 1, (n, 2)),
        **{name: np.full(n, 100.0) for name in ("brightness", "sharpness", "size")},
        **{name: np.zeros(n) for name in ("yaw", "pitch")},
        "inside": np.full((n, 2), 0.5),
        "outline": np.full(n, 0.4),
    }
    return Observations(**values | columns)


def test_each_range_has_its_own_faces_and_their_figures() -> None:
    n = 100
    yaw = np.where(np.arange(n) % 2, -25.0, 5.0)
    seen = _seen(n, yaw=yaw)
    rows = {r["range"]: r for r in by_condition(seen) if r["condition"] == "yaw"}
    assert {name: row["n"] for name, row in rows.items()} == {"under 10": 50, "20 to 35": 50}
    chosen = yaw < 0
    scores = evaluate_all(seen.estimate[chosen], seen.target[chosen])
    assert rows["20 to 35"]["ccc_arousal"] == pytest.approx(scores["arousal"]["ccc"])
    assert rows["20 to 35"]["rmse_valence"] == pytest.approx(scores["valence"]["rmse"])


def test_every_condition_counts_every_face_once() -> None:
    random = np.random.default_rng(1)
    n = 300
    seen = _seen(
        n,
        brightness=random.uniform(0, 255, n),
        sharpness=random.uniform(0, 2, n),
        yaw=random.normal(0, 20, n),
        pitch=random.normal(0, 15, n),
        size=random.uniform(20, 300, n),
    )
    counted: dict[str, int] = {}
    for row in by_condition(seen):
        counted[row["condition"]] = counted.get(row["condition"], 0) + row["n"]
    assert set(counted.values()) == {n}
    thirds = [r["n"] for r in by_condition(seen) if r["condition"] == "sharpness"]
    assert thirds == [100, 100, 100]


def test_too_few_faces_get_no_figures() -> None:
    n = LEAST + 30
    size = np.where(np.arange(n) < LEAST - 1, 40.0, 300.0)
    rows = [r for r in by_condition(_seen(n, size=size)) if r["condition"] == "size of the face"]
    assert [r["n"] for r in rows] == [LEAST - 1, 31]
    assert "ccc_valence" not in rows[0]
    assert "ccc_valence" in rows[1]


def test_blur_lowers_sharpness_and_light_does_not() -> None:
    grey = np.random.default_rng(0).integers(60, 160, (224, 224), dtype=np.uint8)
    blurred = np.asarray(cv2.GaussianBlur(grey, (0, 0), 4), np.uint8)
    assert sharpness(blurred) < 0.5 * sharpness(grey)
    assert sharpness((grey // 2 + 10).astype(np.uint8)) == pytest.approx(sharpness(grey), rel=0.05)
    assert sharpness(np.full((224, 224), 7, np.uint8)) == 0.0


def test_maps_of_zeros_do_not_count() -> None:
    inside = np.array([[0.6, 0.8], [np.nan, np.nan], [0.8, np.nan]])
    seen = _seen(3, inside=inside, outline=np.array([0.5, 0.9, 0.3]))
    mass = map_mass(seen)
    assert mass["faces"] == 2
    assert (mass["valence"], mass["arousal"]) == pytest.approx((0.7, 0.8))
    assert mass["outline_area"] == pytest.approx(0.4)
    assert map_mass(_seen(1, inside=np.full((1, 2), np.nan))) == {}

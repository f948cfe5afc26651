"""Heads on the latent: what they learn, what the graph computes, and what the intervals hold."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from avce.model.errors import InputError
from avce.model.face.image_measures import brightness, grey_of, sharpness
from avce.model.intervals import bounds
from avce.model.predictor import Predictor
from avce.train.crops.degraded import KINDS
from avce.train.crops.preparation import Preparation
from avce.train.evaluate import evaluate
from avce.train.exporting.onnx_file import Order, export
from avce.train.exporting.parity import sample_images
from avce.train.heads import head_fit as module
from avce.train.heads.add import give_heads
from avce.train.heads.head_fit import Faces, calibrated_reach, fit_heads
from avce.train.heads.head_graph import add_heads
from avce.train.heads.head_settings import HeadSettings
from avce.train.heads.light import FLOORS, light_of
from avce.train.intervals import interval_figures

LEVEL = 0.9


def made_faces(n: int, seed: int, first: int = 0) -> Faces:
    """Estimates whose error grows with the first feature of z; votes
    that follow the second one."""
    random = np.random.default_rng(seed)
    z = random.uniform(0, 1, (n, 32)).astype(np.float32)
    va = random.uniform(-0.3, 0.3, (n, 2)).astype(np.float32)
    scale = 0.03 + 0.3 * z[:, :1] ** 2
    target = np.clip(va + random.laplace(0, 1, (n, 2)) * scale, -1, 1).astype(np.float32)
    votes = np.zeros((n, 8), np.float32)
    votes[:, 1] = z[:, 1]
    votes[:, 0] = 1 - z[:, 1]
    light = random.normal(4, 0.3, (n, 3)).astype(np.float32)
    return Faces(z, va, light, target, votes, first + np.arange(n))


def fitted(learned: Faces, calibration: Faces, level: float = LEVEL, copies: Faces | None = None):
    faces = Faces.joined([learned, calibration])
    return fit_heads(faces, copies, np.arange(len(faces)) >= len(learned), level)


@pytest.fixture(scope="module")
def heads():
    return fitted(made_faces(600, 0), made_faces(1500, 1, 600))


def test_intervals_hold_their_level_on_new_faces_narrow_or_wide(heads) -> None:
    new = made_faces(4000, 2)
    figures = interval_figures(new.va, heads.halfwidth(new), new.target, LEVEL)
    for values in figures.values():
        assert values["coverage"] == pytest.approx(LEVEL, abs=0.03)
        assert all(abs(share - LEVEL) < 0.08 for share in values["fifths"])
        assert values["rank"] > 0.3
    reach = np.quantile(np.abs(new.target - new.va), LEVEL, axis=0)
    constant = interval_figures(new.va, np.broadcast_to(reach, new.va.shape), new.target, LEVEL)
    order = np.argsort(heads.halfwidth(new)[:, 0])
    missed = np.abs(new.target - new.va)[order, 0] > reach[0]
    assert missed[:800].mean() < 0.03, "a constant interval is too wide where errors are small"
    assert missed[-800:].mean() > 0.2, "and too narrow where they are large"
    assert constant["valence"]["rank"] == 0


def test_the_scale_follows_what_the_error_follows(heads) -> None:
    new = made_faces(500, 3)
    found = heads.scales(new.known)
    high, low = new.z[:, 0] > 0.8, new.z[:, 0] < 0.2
    assert (np.median(found[high], axis=0) > 2.5 * np.median(found[low], axis=0)).all()


def test_shares_follow_the_votes(heads) -> None:
    new = made_faces(500, 4)
    logits = new.z @ heads.shares.weight.T + heads.shares.bias
    shares = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert np.abs(shares - new.votes).mean() < 0.03


def test_calibration_makes_up_for_a_head_that_promises_too_much() -> None:
    faces = made_faces(1600, 5)
    wrong = replace(faces, target=faces.va + 3 * (faces.target - faces.va))
    learned = np.arange(1600) % 8 > 0
    honest = fit_heads(
        replace(faces, target=np.where(learned[:, None], faces.target, wrong.target)),
        None,
        ~learned,
        LEVEL,
    )
    new = made_faces(4000, 6)
    new = replace(new, target=new.va + 3 * (new.target - new.va))
    for values in interval_figures(new.va, honest.halfwidth(new), new.target, LEVEL).values():
        assert values["coverage"] == pytest.approx(LEVEL, abs=0.05)


def test_each_width_is_calibrated_by_itself() -> None:
    """A scale that promises too much where it is small, and too little where it is large."""
    random = np.random.default_rng(11)
    scale = np.exp(random.uniform(np.log(0.01), np.log(0.3), (5000, 2)))
    error = np.abs(random.laplace(0, 0.1 * np.sqrt(scale / 0.1)))
    reach = calibrated_reach(scale[:2500], error[:2500], LEVEL, 5)
    whole = calibrated_reach(scale[:2500], error[:2500], LEVEL, 1)
    new, missed = scale[2500:], error[2500:]
    for axis in (0, 1):
        fifths = np.array_split(np.argsort(new[:, axis]), 5)
        shares = [(missed[part, axis] <= reach(new)[part, axis]).mean() for part in fifths]
        assert all(abs(share - LEVEL) < 0.045 for share in shares)
        narrowest = (missed[fifths[0], axis] <= whole(new)[fifths[0], axis]).mean()
        assert narrowest < 0.8, "one factor for all leaves the narrowest too narrow"
    places = np.repeat(np.linspace(0, 2, 400)[:, None], 2, axis=1)
    assert (np.diff(reach(places), axis=0) >= -1e-6).all()
    assert (reach(np.zeros((1, 2))) > 0.02).all(), "never narrower than its narrowest faces need"
    np.testing.assert_allclose(whole(2 * new), 2 * whole(new), rtol=1e-5)


def test_a_reach_is_what_the_sorted_errors_say() -> None:
    scale = np.repeat([[0.1], [0.2]], [10, 10], axis=0) * np.ones((1, 2))
    error = np.repeat(np.r_[np.arange(10) / 100, np.arange(10) / 50][:, None], 2, axis=1)
    reach = calibrated_reach(scale, error, 0.8, 2)
    # Of ten faces, ceil(11 * .8) = 9 are to be held: the ninth smallest errors.
    places = np.array([[0.05, 0.1], [0.15, 0.2], [0.4, 0.4]])
    wanted = [[0.08, 0.08], [0.12, 0.16], [0.32, 0.32]]
    np.testing.assert_allclose(reach(places), wanted, rtol=1e-5)


def test_intervals_widen_for_copies_that_the_network_reads_badly() -> None:
    faces = made_faces(1200, 7)
    dark = replace(faces, light=faces.light - 2, target=faces.va + 3 * (faces.target - faces.va))
    calibrates = np.arange(1200) % 2 == 0
    told, untold = (fit_heads(faces, copies, calibrates, LEVEL) for copies in (dark, None))
    new = made_faces(3000, 8)
    poor = replace(new, light=new.light - 2, target=new.va + 3 * (new.target - new.va))
    for values in interval_figures(new.va, told.halfwidth(new), new.target, LEVEL).values():
        assert values["coverage"] == pytest.approx(LEVEL, abs=0.045)
    found = interval_figures(poor.va, told.halfwidth(poor), poor.target, LEVEL)
    without = interval_figures(poor.va, untold.halfwidth(poor), poor.target, LEVEL)
    for axis in found:
        assert found[axis]["coverage"] == pytest.approx(LEVEL, abs=0.05)
        assert without[axis]["coverage"] < 0.85


def test_a_face_unlike_all_others_has_a_wider_interval(heads) -> None:
    new = made_faces(400, 9)
    assert np.mean(heads.unlike(new.known) > 0) < 0.05
    assert (heads.unlike(new.known) <= 0.3).all()
    far = replace(new, z=new.z + 3)
    assert (heads.unlike(far.known) > 1).all()
    assert (heads.scales(far.known) > np.quantile(heads.scales(new.known), 0.8, axis=0)).all()


def test_a_face_and_its_copies_are_left_out_by_the_same_members() -> None:
    faces = made_faces(300, 10)
    copies = Faces.joined([faces, faces])
    _, members, learned = module._fit_width(Faces.joined([faces, copies]), 0)
    assert len(members) == 5
    np.testing.assert_array_equal(learned[:, :300], learned[:, 300:600])
    np.testing.assert_array_equal(learned[:, :300], learned[:, 600:])
    assert (learned.sum(axis=0) == 3).all()


def test_light_is_what_images_are_measured_by() -> None:
    random = np.random.default_rng(0)
    blobs = cv2.GaussianBlur(random.integers(0, 256, (224, 224, 3), dtype=np.uint8), (0, 0), 3)
    crop = np.clip((blobs.astype(float) - 128) * 6 + 120, 0, 255).astype(np.uint8)
    grey = grey_of(crop)
    mean, deviation, edges = np.exp(light_of(crop[None])[0]) - np.array(FLOORS)
    assert 255 * mean == pytest.approx(brightness(grey), abs=0.5)
    assert edges / deviation == pytest.approx(sharpness(grey), rel=0.02)


def test_the_graph_computes_what_was_learned(heads, exported: Path, tmp_path: Path) -> None:
    path = tmp_path / "with.onnx"
    add_heads(exported, path, heads)
    file = onnx.load(str(path))
    entry = file.metadata_props.add()
    entry.key, entry.value = "avce.interval", json.dumps({"level": LEVEL})
    onnx.save(file, str(path))
    crops = np.random.default_rng(0).integers(0, 256, (5, 224, 224, 3), dtype=np.uint8)
    before, said = Predictor(exported).predict(crops), Predictor(path).predict(crops)
    for name in ("va", "z", "cam"):
        np.testing.assert_array_equal(getattr(said, name), getattr(before, name))
    assert said.votes is not None
    assert said.halfwidth is not None
    unknown = np.full((5, 8), np.nan)
    now = Faces(before.z, before.va, light_of(crops), before.va, unknown, np.arange(5))
    wanted = heads.halfwidth(now)
    np.testing.assert_allclose(said.halfwidth, wanted, atol=1e-5)
    logits = before.z @ heads.shares.weight.T + heads.shares.bias
    np.testing.assert_allclose(said.votes.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(said.votes.argmax(axis=1), logits.argmax(axis=1))


def test_heads_that_a_file_had_are_replaced(heads, exported: Path, tmp_path: Path) -> None:
    once, twice = tmp_path / "once.onnx", tmp_path / "twice.onnx"
    add_heads(exported, once, heads)
    add_heads(once, twice, heads)
    assert once.read_bytes() == twice.read_bytes()


def test_too_few_faces_are_refused() -> None:
    with pytest.raises(InputError, match="need 50 faces to be calibrated on"):
        fitted(made_faces(100, 0), made_faces(30, 1))
    with pytest.raises(InputError, match="need 100 faces"):
        fitted(made_faces(200, 0), made_faces(99, 1), 0.99)
    with pytest.raises(InputError, match="--level must be"):
        fitted(made_faces(200, 0), made_faces(200, 1), 1.0)


def test_the_ends_of_a_clipped_interval_follow_from_half_its_width() -> None:
    estimate = np.array([[0.0, 0.9], [-0.95, 0.2]])
    reach = np.array([[0.3, 0.4], [0.2, 1.5]])
    lower, upper = np.maximum(estimate - reach, -1), np.minimum(estimate + reach, 1)
    found = bounds(estimate, (upper - lower) / 2)
    np.testing.assert_allclose(found, (lower, upper))


def test_the_figures_of_intervals_are_what_they_say() -> None:
    estimate = np.zeros((10, 2))
    label = np.repeat(np.arange(10)[:, None] / 10, 2, axis=1)
    halfwidth = np.full((10, 2), 0.45)
    halfwidth[:, 1] = label[:, 1]
    valence, arousal = interval_figures(estimate, halfwidth, label, 0.9).values()
    assert valence["coverage"] == 0.5
    assert valence["rank"] == 0
    assert (arousal["coverage"], arousal["rank"]) == (1.0, pytest.approx(1.0))
    assert arousal["constant_halfwidth"] == pytest.approx(0.81)


def test_the_command_gives_a_file_that_evaluate_measures(
    exported: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("avce.train.heads.head_fit.LEAST_FACES", 2)
    preparation = Preparation(tmp_path / "crops", workers=1)
    data, out = f"csv:{faces}", tmp_path / "with.onnx"
    settings = HeadSettings(data, split="train", part="all", level=0.5, copies=2)
    give_heads(exported, out, settings, preparation)
    card = Predictor(out).card
    assert card.interval is not None
    assert (card.interval["level"], card.interval["calibration"]) == (0.5, "csv train")
    result = evaluate(out, data, "train", preparation, copies=3)
    assert {row["condition"] for row in result["conditions"]} >= {"yaw", "size of the face"}
    assert [(row["copy"], row["n"]) for row in result["copies"]] == [
        (kind, 3) for kind in ("as it is", *KINDS)
    ]
    assert all("coverage_valence" in row for row in result["copies"])
    assert "emotions" not in result, "nobody voted on these faces, so no shares were learned"
    assert set(result["valence"]["interval"]) == {
        *("level", "coverage", "fifths", "mean_halfwidth", "constant_halfwidth", "rank"),
    }
    # The outputs stay in half precision, where the encoder's numbers are rounded.
    export(out, tmp_path / "half.onnx", Order(precision="fp16"))
    half = Predictor(tmp_path / "half.onnx")
    assert half.card.interval == card.interval
    crops = sample_images(4)
    whole, narrow = Predictor(out).predict(crops).halfwidth, half.predict(crops).halfwidth
    np.testing.assert_allclose(narrow, whole, atol=0.02)

"""The figures of a model card, against hand-worked values."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avce.model.errors import InputError
from avce.train.cards import card
from avce.train.cards.probes import area_under_curve, as_plain, by_emotion, by_group, ranking
from avce.train.datasets.base import EMOTIONS


def test_area_under_the_curve_counts_pairs_and_half_of_the_ties() -> None:
    positive, negative = np.array([0.9, 0.5]), np.array([0.5, 0.1])
    assert area_under_curve(positive, negative) == pytest.approx((1 + 1 + 0.5 + 1) / 4)
    assert area_under_curve(negative, positive) == pytest.approx(0.5 / 4)
    assert np.isnan(area_under_curve(positive, np.array([])))


def test_emotions_are_counted_apart() -> None:
    emotion = np.array([EMOTIONS.index("happiness")] * 2 + [EMOTIONS.index("anger")])
    target = np.array([[0.8, 0.5], [0.8, 0.5], [-0.5, 0.6]])
    estimate = np.array([[0.5, 0.5], [1.0, 0.5], [-0.5, 0.0]])
    rows = by_emotion(estimate, target, emotion)
    assert set(rows) == {"happiness", "anger"}
    assert rows["happiness"]["valence"] == pytest.approx(0.75)
    assert rows["happiness"]["rmse_valence"] == pytest.approx(np.sqrt((0.09 + 0.04) / 2))
    assert rows["anger"]["rmse_arousal"] == pytest.approx(0.6)


def test_groups_are_told_apart_and_a_face_may_be_in_several() -> None:
    names = ("happiness", "happiness", "neutral", "sadness", "anger", "surprise")
    emotion = np.array([EMOTIONS.index(name) for name in names])
    valence = [0.8, 0.4, 0.1, -0.5, -0.3, 0.2]
    arousal = [0.5, 0.3, 0.0, -0.2, 0.4, 0.6]
    woman, man, old = ("woman",), ("man",), ("man", "old")
    rows = by_group(np.array([valence, arousal]).T, emotion, [woman, man, man, woman, man, old])
    assert list(rows) == ["all", "man", "old", "woman"]
    assert [row["n"] for row in rows.values()] == [6, 4, 1, 2]
    assert rows["all"]["valence of happiness"] == pytest.approx(0.6)
    assert rows["all"]["valence of negative"] == pytest.approx(-0.4)
    assert rows["man"]["valence of happiness"] == pytest.approx(0.4)
    assert rows["old"]["arousal of surprise"] == pytest.approx(0.6)
    assert np.isnan(rows["old"]["valence of neutral"])


def test_without_groups_there_is_no_table_of_them() -> None:
    assert by_group(np.zeros((2, 2)), np.array([0, 1]), [(), ()]) == {}


def test_ranking_compares_the_named_emotions() -> None:
    emotion = np.array([EMOTIONS.index(n) for n in ("happiness", "sadness", "neutral", "surprise")])
    estimate = np.array([[0.8, 0.3], [-0.5, -0.2], [0.1, 0.0], [0.2, 0.6]])
    rank = ranking(estimate, emotion)
    assert rank["auc_valence_happiness_over_negative"] == 1.0
    assert rank["auc_arousal_surprise_over_neutral"] == 1.0
    assert rank["mean_valence_of_neutral"] == pytest.approx(0.1)


def test_what_json_cannot_say_becomes_null() -> None:
    assert (
        json.dumps(as_plain({"a": {"b": float("nan")}, "c": 1.5})) == '{"a": {"b": null}, "c": 1.5}'
    )


def test_shipped_cards_show_the_figures_that_were_measured() -> None:
    """Each network in weights/ has a card and figures, made for that very file."""
    from avce.model.predictor import Predictor
    from avce.weights import available_weights, card_path

    for path in available_weights():
        figures = json.loads(path.with_suffix(".json").read_text())
        assert figures["sha256"] == Predictor(path, provider="cpu").sha256
        page = card_path(path).read_text()
        for part in figures["measured"]:
            for axis in ("valence", "arousal"):
                assert f"{part['figures'][axis]['ccc']:.3f}" in page
        assert "proxy" in page


def test_a_card_without_known_licences_is_refused(tmp_path: Path, monkeypatch) -> None:
    class Unknown:
        def __init__(self, *_: object, **__: object) -> None:
            self.card = type("Card", (), {"trained_on": "secret"})()

    monkeypatch.setattr(card, "Predictor", Unknown)
    with pytest.raises(InputError, match="secret"):
        card.write_card(tmp_path / "a.onnx", [], "fit", tmp_path / "a.md")

"""A model card of images in which there is little to see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from avce.model.anchors import RULES
from avce.train.cards import card
from avce.train.crops.degraded import KINDS
from avce.train.crops.preparation import Preparation
from avce.train.datasets import DATASETS

MADE = replace(
    DATASETS["csv"], name="made images", title="made images", licence="made here, by nobody"
)


def test_images_without_any_face_get_a_card_without_poses(
    ferplus: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preparation = Preparation(tmp_path / "crops", workers=1)
    measured = card.measure(exported, f"ferplus:{ferplus}", "train", preparation)
    assert measured["face_found"] == 0.0
    assert measured["figures"]["n"] == 4
    assert set(measured["by_rule"]) == {"words"}, "the labels of its own rule are in the figures"
    assert {row["condition"] for row in measured["conditions"]} == {"brightness", "sharpness"}
    assert (measured["map_mass"], measured["steadiness"], measured["emotions"]) == ({}, {}, {})
    assert [row["copy"] for row in measured["copies"]] == ["as it is", *KINDS]
    monkeypatch.setitem(DATASETS, "made images", MADE)
    card.write_card(exported, [measured], "fit", tmp_path / "card.md")
    page = (tmp_path / "card.md").read_text()
    assert "saw a face in 0.0%" in page
    assert "Activation maps" not in page
    assert "| yaw" not in page
    assert "| mouth covered | 4 |" in page


def test_a_card_tells_groups_of_people_apart(
    exported: Path, astronaut: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ["image,emotion,share,identity"]
    for who, emotion in (("woman", "happiness"), ("woman", "neutral"), ("man", "anger")):
        folder = tmp_path / "people" / who / emotion
        folder.mkdir(parents=True)
        image = astronaut if who == "woman" else astronaut[:, ::-1]
        cv2.imwrite(str(folder / f"{emotion}.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
        rows.append(f"{who}/{emotion}/{emotion}.png,{emotion},1,{who}")
    (tmp_path / "people" / "labels.csv").write_text("\n".join(rows))
    preparation = Preparation(tmp_path / "crops", workers=1)
    measured = card.measure(exported, f"rendered:{tmp_path / 'people'}", "test", preparation)
    assert [(name, row["n"]) for name, row in measured["by_group"].items()] == [
        ("all", 3),
        ("man", 1),
        ("woman", 2),
    ]
    monkeypatch.setitem(DATASETS, "made images", MADE)
    card.write_card(exported, [measured], "fit", tmp_path / "card.md")
    page = (tmp_path / "card.md").read_text()
    (row,) = [line for line in page.splitlines() if line.startswith("| man |")]
    assert row.split("|")[2].strip() == "1"
    assert row.count("–") == 4, "a man was neither happy, neutral nor surprised"


def _card_of(trained_on: str, measured: list[dict], tmp_path: Path, monkeypatch) -> str:
    """The page of a model that says it learned from these data sets."""
    path = tmp_path / "model.onnx"
    path.write_bytes(b"")
    about = SimpleNamespace(
        trained_on=trained_on,
        backbone="alexnet",
        precision="fp32",
        method="avce",
        version="1",
        anchors=RULES["affectnet"],
        interval=None,
    )
    opened = SimpleNamespace(card=about, sha256="0")
    monkeypatch.setattr(card, "Predictor", lambda *_, **__: opened)
    card.write_card(path, measured, "fit", tmp_path / "card.md")
    return (tmp_path / "card.md").read_text()


@pytest.mark.parametrize("name", sorted(name for name, data in DATASETS.items() if data.licence))
def test_a_card_tells_the_label_rule_of_what_was_learned_from_and_of_nothing_else(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = _card_of(name, [], tmp_path, monkeypatch)
    assert f"- {DATASETS[name].title}: {DATASETS[name].label_rule}." in page
    others = [data for data in DATASETS.values() if data.name != name]
    assert not [data.title for data in others if f"- {data.title}: {data.label_rule}." in page]
    assert ("are a proxy" in page) == DATASETS[name].proxy
    assert ("no source with a table was found" in page) == DATASETS[name].proxy
    assert ("happiness +0.66, +0.09" in page) == DATASETS[name].proxy
    assert "split-half" not in page, "no labels were measured against"


@pytest.mark.parametrize("name", ["ferplus", "affectnet"])
def test_a_card_tells_how_far_the_labels_repeat_that_were_measured_against(
    name: str, ferplus: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preparation = Preparation(tmp_path / "crops", workers=1)
    measured = card.measure(exported, f"ferplus:{ferplus}", "train", preparation)
    page = _card_of("raf-db", [measured | {"data": name}], tmp_path, monkeypatch)
    assert ("a PCC of about 0.977 in valence and 0.974 in arousal" in page) == (name == "ferplus")

"""A model card of pictures in which there is little to see."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from avce.train.cards import card
from avce.train.crops.preparation import Preparation


def test_pictures_without_any_face_get_a_card_without_conditions(
    ferplus: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preparation = Preparation(tmp_path / "crops", workers=1)
    measured = card.measure(exported, f"ferplus:{ferplus}", "train", preparation)
    assert measured["face_found"] == 0.0
    assert measured["figures"]["n"] == 4
    assert (measured["conditions"], measured["map_mass"], measured["steadiness"]) == ([], {}, {})
    monkeypatch.setitem(card.LICENCES, "made pictures", "made here")
    card.write_card(exported, [measured], "fit", tmp_path / "card.md")
    page = (tmp_path / "card.md").read_text()
    assert "saw a face in 0.0%" in page
    assert "Activation maps" not in page
    assert "by how it was taken" not in page


def test_a_card_tells_groups_of_people_apart(
    exported: Path, astronaut: np.ndarray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = ["image,emotion,share,identity"]
    for who, emotion in (("woman", "happiness"), ("woman", "neutral"), ("man", "anger")):
        folder = tmp_path / "people" / who / emotion
        folder.mkdir(parents=True)
        picture = astronaut if who == "woman" else astronaut[:, ::-1]
        cv2.imwrite(str(folder / f"{emotion}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        rows.append(f"{who}/{emotion}/{emotion}.png,{emotion},1,{who}")
    (tmp_path / "people" / "labels.csv").write_text("\n".join(rows))
    preparation = Preparation(tmp_path / "crops", workers=1)
    measured = card.measure(exported, f"rendered:{tmp_path / 'people'}", "test", preparation)
    assert [(name, row["n"]) for name, row in measured["by_group"].items()] == [
        ("all", 3),
        ("man", 1),
        ("woman", 2),
    ]
    monkeypatch.setitem(card.LICENCES, "made pictures", "made here")
    card.write_card(exported, [measured], "fit", tmp_path / "card.md")
    page = (tmp_path / "card.md").read_text()
    (row,) = [line for line in page.splitlines() if line.startswith("| man |")]
    assert row.split("|")[2].strip() == "1"
    assert row.count("–") == 4, "a man was neither happy, neutral nor surprised"

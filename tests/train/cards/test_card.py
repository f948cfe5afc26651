"""A model card of pictures in which there is little to see."""

from __future__ import annotations

from pathlib import Path

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

"""Rendered people: the label is the share of the emotion that the face was set to."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_data import splits_read_both_ways, write_image

from avce.model.anchors import RULES
from avce.model.errors import InputError
from avce.train.datasets.base import label
from avce.train.datasets.rendered import read_rendered

WORDS = RULES["words"]


def _write(root: Path, rows: list[str], images: int = 1) -> Path:
    for i in range(images):
        write_image(root / "man" / "old" / "asian" / "anger" / f"{i}.png")
    (root / "labels.csv").write_text("\n".join(["image,emotion,share,identity", *rows]))
    return root


def test_the_label_is_a_share_of_the_anchor(tmp_path: Path) -> None:
    root = _write(tmp_path, ["man/old/asian/anger/0.png,anger,0.750,person003"])
    (sample,) = label(read_rendered(root), WORDS).samples
    valence, arousal = WORDS.positions["anger"]
    assert (sample.valence, sample.arousal) == pytest.approx((0.75 * valence, 0.75 * arousal))
    assert sample.votes == (0.25, 0, 0, 0, 0.75, 0, 0, 0)
    assert (sample.emotion, sample.identity) == (4, "person003")
    assert sample.groups == ("man", "old", "asian")


def test_more_than_the_whole_emotion_is_the_whole(tmp_path: Path) -> None:
    root = _write(tmp_path, ["man/old/asian/anger/0.png,anger,1.1,person003"])
    (sample,) = label(read_rendered(root), WORDS).samples
    assert (sample.valence, sample.arousal) == WORDS.positions["anger"]
    assert sum(sample.votes) == 1


def test_a_neutral_face_is_at_the_origin_whatever_its_share(tmp_path: Path) -> None:
    root = _write(tmp_path, ["man/old/asian/anger/0.png,neutral,0.3,person003"])
    (sample,) = label(read_rendered(root), WORDS).samples
    assert (sample.valence, sample.arousal) == (0, 0)
    assert sample.votes == (1, 0, 0, 0, 0, 0, 0, 0)


def test_a_person_is_on_one_side_and_a_sixth_is_held_out(tmp_path: Path) -> None:
    rows = [f"man/old/asian/anger/{i}.png,anger,1,person{i // 2:03d}" for i in range(240)]
    together, apart = splits_read_both_ways("rendered", _write(tmp_path, rows, 240))
    assert together == apart
    people = {split: {s.identity for s in one.samples} for split, one in together.items()}
    assert not people["train"] & people["val"]
    assert 10 <= len(people["val"]) <= 30
    assert len(read_rendered(tmp_path, "test").samples) == 240


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("man/old/asian/anger/0.png,bored,1,a", "the emotion 'bored' has no anchor"),
        ("man/old/asian/anger/0.png,anger,much,a", "the share is not a number of 0 or more"),
        ("man/old/asian/anger/0.png,anger,-1,a", "the share is not a number of 0 or more"),
        ("man/old/asian/anger/0.png,anger,nan,a", "the share is not a number of 0 or more"),
        ("man/old/asian/anger/0.png,anger", "the share is not a number of 0 or more"),
        ("man/old/asian/anger/9.png,anger,1,a", "the image is missing"),
        ("../0.png,anger,1,a", "the name leads out of the data set's folder"),
    ],
)
def test_what_cannot_be_used_is_listed(row: str, reason: str, tmp_path: Path) -> None:
    listing = read_rendered(_write(tmp_path, [row]))
    assert listing.samples == []
    assert [item.reason for item in listing.skipped] == [reason]


def test_a_table_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("image,emotion\na.png,anger\n")
    with pytest.raises(InputError, match="has no column share, identity"):
        read_rendered(tmp_path)
    with pytest.raises(InputError, match=r"render_people\.py"):
        read_rendered(tmp_path / "absent")

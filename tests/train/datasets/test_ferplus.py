"""FER+ is read as published, and what is left out is counted."""

from __future__ import annotations

import shutil
from math import isnan
from pathlib import Path

import pytest
from made_data import splits_read_both_ways

from avce.model.anchors import RULES, AnchorRule
from avce.model.errors import InputError
from avce.train.datasets import parse_data
from avce.train.datasets.base import EMOTIONS, label
from avce.train.datasets.ferplus import read_ferplus

WORDS = RULES["words"]


def test_votes_become_the_mean_anchor(ferplus: Path) -> None:
    faces = {s.path.name: s for s in label(read_ferplus(ferplus, "train"), WORDS).samples}
    assert len(faces) == 4
    smile = faces["fer0000000.png"]
    assert (smile.valence, smile.arousal) == pytest.approx((0.81, 0.51))
    half = faces["fer0000002.png"]  # half neutral (0, 0), half anger (-.51, .59)
    assert (half.valence, half.arousal) == pytest.approx((-0.255, 0.295))
    assert half.votes[EMOTIONS.index("anger")] == pytest.approx(0.5)
    sad = faces["fer0000003.png"]  # unknown votes do not count
    assert (sad.valence, sad.arousal) == pytest.approx(WORDS.positions["sadness"])


def test_every_row_that_is_left_out_has_its_reason(ferplus: Path) -> None:
    reasons = read_ferplus(ferplus, "train").reasons()
    assert reasons == {
        "fewer than 5 valid votes": 1,
        "a tagger voted that it is not a face": 1,
        "the row names no image": 1,
        "the image is missing": 1,
    }


def test_a_folder_that_holds_one_split_alone_is_enough(ferplus: Path) -> None:
    shutil.rmtree(ferplus / "FER2013Train")
    (sample,) = label(read_ferplus(ferplus, "val"), WORDS).samples
    assert (sample.valence, sample.arousal) == pytest.approx(WORDS.positions["surprise"])
    with pytest.raises(InputError, match="FER2013Train is missing"):
        read_ferplus(ferplus, "train")


def test_the_labels_of_a_splits_own_folder_serve_where_the_table_is_missing(ferplus: Path) -> None:
    (ferplus / "fer2013new.csv").unlink()
    row = 'fer0000001.png,"(0, 0, 48, 48)",0,0,0,0,0,0,10,0,0,0\n'
    (ferplus / "FER2013Train" / "label.csv").write_text(row)
    (sample,) = label(read_ferplus(ferplus, "train"), WORDS).samples
    assert (sample.valence, sample.arousal) == pytest.approx(WORDS.positions["fear"])


def test_a_table_of_something_else_is_refused(ferplus: Path) -> None:
    (ferplus / "fer2013new.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="header must be"):
        read_ferplus(ferplus)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_rule_that_is_asked_for_labels_the_same_votes(ferplus: Path, rule: AnchorRule) -> None:
    (source,) = parse_data(f"ferplus:{ferplus}", rule)
    faces = {s.path.name: s for s in source.read("train").samples}
    smile = faces["fer0000000.png"]
    assert (smile.valence, smile.arousal) == pytest.approx(rule.positions["happiness"])
    assert all(isnan(s.valence) for s in read_ferplus(ferplus, "train").samples), (
        "no rule, no label"
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ferplus", "is not a data set"),
        ("imagenet:/tmp", "There is no data set 'imagenet'"),
        ("ferplus:/nowhere/at/all", "no such file or folder"),
    ],
)
def test_a_wrong_data_argument_is_refused_in_words(text: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        parse_data(text)


def test_data_sets_are_joined_by_a_plus(ferplus: Path) -> None:
    sources = parse_data(f"ferplus:{ferplus}+ferplus:{ferplus}")
    assert [s.name for s in sources] == ["ferplus", "ferplus"]


def test_rows_that_are_cut_or_of_no_known_split_are_listed(ferplus: Path) -> None:
    with (ferplus / "fer2013new.csv").open("a") as file:
        file.write("Training\nTraining,fer0000000.png,1,2\nPractice,fer0000001.png" + ",1" * 10)
    added = read_ferplus(ferplus, "train").skipped[-3:]
    assert [(one.name, one.reason) for one in added] == [
        ("(cut row)", "the row does not hold ten vote counts"),
        ("fer0000000.png", "the row does not hold ten vote counts"),
        ("fer0000001.png", "the usage 'Practice' is not known"),
    ]
    assert all(one.fault for one in added)


def test_a_table_that_is_no_text_is_refused(ferplus: Path) -> None:
    table = ferplus / "fer2013new.csv"
    table.write_bytes(table.read_bytes() + b"Training,\xff\xfe.png\n")
    with pytest.raises(InputError, match="cannot be read as a text file"):
        read_ferplus(ferplus)


def test_each_split_from_one_reading_is_the_split_read_alone(ferplus: Path) -> None:
    together, alone = splits_read_both_ways("ferplus", ferplus)
    assert together == alone
    assert set(together) == {"train", "val"}

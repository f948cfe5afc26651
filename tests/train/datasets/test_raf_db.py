"""RAF-DB: a misspelt table, another name for the aligned image, labels from 1."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_data import splits_read_both_ways, write_image

from avce.model.anchors import RULES
from avce.model.errors import InputError
from avce.train.datasets.base import EMOTIONS, label
from avce.train.datasets.raf_db import read_raf_db
from avce.train.datasets.splits import check_leak

ORDER = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")


def _write(root: Path, lines: list[str], table: str = "list_patition_label.txt") -> None:
    labels = root / "basic" / "EmoLabel" / table
    labels.parent.mkdir(parents=True, exist_ok=True)
    labels.write_text("".join(f"{line}\n" for line in lines))


def _image(root: Path, name: str) -> None:
    path = root / "basic" / "Image" / "aligned" / f"{name}_aligned.jpg"
    write_image(path, shape=(8, 8))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    lines = [f"test_{i:04d}.jpg {i}" for i in range(1, 8)]
    lines += ["train_00001.jpg 8", "train_00002.jpg", "photo_1.jpg 1", "train_00003.jpg 1"]
    lines += ["test_/../../../Image/secret.jpg 1"]
    _write(tmp_path, lines)
    for line in lines[:9]:
        _image(tmp_path, line.split(".")[0])
    write_image(tmp_path / "basic" / "Image" / "secret_aligned.jpg")
    return tmp_path


def test_the_labels_mean_what_the_release_says(root: Path) -> None:
    samples = label(read_raf_db(root, "test"), RULES["words"]).samples
    assert [EMOTIONS[s.emotion] for s in samples] == list(ORDER)
    assert samples[0].path.name == "test_0001_aligned.jpg"
    happy = samples[3]
    assert (happy.valence, happy.arousal) == (0.81, 0.51)
    assert happy.votes == (0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_faults_are_counted(root: Path) -> None:
    listing = read_raf_db(root)
    assert listing.precropped
    assert listing.faults() == {
        "the label is not one of 1 to 7": 2,
        "the name begins neither with train_ nor with test_": 1,
        "the image is missing": 1,
        "the name leads out of the data set's folder": 1,
    }


def test_the_table_is_found_inside_basic_and_by_its_right_spelling(root: Path) -> None:
    table = root / "basic" / "EmoLabel" / "list_patition_label.txt"
    table.rename(table.with_name("list_partition_label.txt"))
    assert len(read_raf_db(root / "basic").samples) == 7


def test_a_tenth_of_the_training_images_is_held_out(tmp_path: Path) -> None:
    names = [f"train_{i:05d}" for i in range(1, 101)]
    _write(tmp_path, [f"{name}.jpg 4" for name in names])
    for name in names:
        _image(tmp_path, name)
    train, val = read_raf_db(tmp_path, "train"), read_raf_db(tmp_path, "val")
    assert len(train.samples) + len(val.samples) == 100
    assert 2 <= len(val.samples) <= 20
    check_leak(train, val)
    again = [f"{name}.jpg 4" for name in reversed(names)]
    _write(tmp_path, again)
    assert {s.path for s in read_raf_db(tmp_path, "val").samples} == {s.path for s in val.samples}


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"list_patition_label\.txt is missing"):
        read_raf_db(tmp_path)


def test_each_split_from_one_reading_is_the_split_read_alone(root: Path) -> None:
    _image(root, "train_00003")
    together, alone = splits_read_both_ways("raf-db", root)
    assert together == alone
    assert set(together) == {"train", "test"}

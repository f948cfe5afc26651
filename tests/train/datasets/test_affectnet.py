"""Both releases of AffectNet are read, and what nobody rated is left out."""

from __future__ import annotations

import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from made_data import splits_read_both_ways, write_image

from avce.model.errors import InputError
from avce.train.datasets import DataSource
from avce.train.datasets.affectnet import read_affectnet
from avce.train.datasets.base import EMOTIONS

HEADER = (
    "subDirectory_filePath,face_x,face_y,face_width,face_height,"
    "facial_landmarks,expression,valence,arousal"
)
MARKS = "10.5;20.5;30.5;40.5"


@pytest.fixture
def release_2017(tmp_path: Path) -> Path:
    root = tmp_path / "affectnet"
    for name in ("a", "b", "c", "d", "e"):
        write_image(root / "Manually_Annotated_Images" / "103" / f"{name}.jpg", seed=ord(name))
    write_image(root / "outside.jpg")
    (root / "training.csv").write_text(
        f"{HEADER}\n"
        f"103/a.jpg,4,5,30,32,{MARKS},1,0.785714,-0.055556\n"
        f"103/b.jpg,0,0,40,40,{MARKS},2,-0.75,-0.25\n"
        f"103/c.jpg,0,0,40,40,{MARKS},8,-2,-2\n"
        f"103/c.jpg,0,0,40,40,{MARKS},9,-2,-2\n"
        f"103/c.jpg,0,0,40,40,{MARKS},10,-2,-2\n"
        f"103/d.jpg,0,0,40,40,{MARKS},0,-2,0.1\n"
        f"103/d.jpg,0,0,40,40,{MARKS},0,1.5,0.1\n"
        f"103/d.jpg,0,0,40,40,{MARKS},0,nan,0.1\n"
        f"103/d.jpg,0,0,40,40,{MARKS},11,0,0\n"
        f"103/d.jpg,0,0,40,40,{MARKS},happy,0,0\n"
        f"103/gone.jpg,0,0,40,40,{MARKS},0,0,0\n"
        f"../outside.jpg,0,0,40,40,{MARKS},0,0,0\n"
        f"103/e.jpg,NULL,NULL,NULL,NULL,{MARKS},7,-0.5,0.5\n"
        "103/e.jpg,0\n"
    )
    return root


def test_the_table_of_2017_gives_labels_boxes_and_emotions(release_2017: Path) -> None:
    listing = read_affectnet(release_2017, "train")
    assert [
        (s.path.name, s.valence, s.arousal, EMOTIONS[s.emotion], s.box) for s in listing.samples
    ] == [
        ("a.jpg", 0.785714, -0.055556, "happiness", (4.0, 5.0, 30.0, 32.0)),
        ("b.jpg", -0.75, -0.25, "sadness", (0.0, 0.0, 40.0, 40.0)),
        ("e.jpg", -0.5, 0.5, "contempt", None),
    ]
    assert not listing.precropped


def test_unrated_images_are_listed_but_are_no_fault(release_2017: Path) -> None:
    listing = read_affectnet(release_2017, "train")
    assert listing.reasons() == {
        "not rated: expression 8 (none)": 1,
        "not rated: expression 9 (uncertain)": 1,
        "not rated: expression 10 (no face)": 1,
        "not rated: valence or arousal is -2": 1,
        "valence or arousal is outside [-1, 1]": 2,
        "the expression 11 is unknown": 1,
        "expression, valence or arousal is not a number": 2,
        "the image is missing": 1,
        "the name leads out of the data set's folder": 1,
    }
    assert sum(listing.faults().values()) == 7


def test_a_folder_of_mostly_unrated_images_is_usable(release_2017: Path) -> None:
    rated = f"103/a.jpg,4,5,30,32,{MARKS},1,0.5,0\n"
    unrated = f"103/c.jpg,0,0,40,40,{MARKS},8,-2,-2\n" * 20
    (release_2017 / "training.csv").write_text(f"{HEADER}\n{rated}{unrated}")
    assert len(DataSource("affectnet", release_2017).read("train").samples) == 1


def test_a_table_without_a_header_is_read_in_the_published_order(release_2017: Path) -> None:
    lists = release_2017 / "Manually_Annotated_file_lists"
    lists.mkdir()
    (lists / "validation.csv").write_text(f"103/d.jpg,1,2,3,4,{MARKS},6,-0.5,0.75\n")
    (sample,) = read_affectnet(release_2017, "val").samples
    assert (sample.split, sample.valence, sample.arousal) == ("val", -0.5, 0.75)
    assert EMOTIONS[sample.emotion] == "anger"
    assert len(read_affectnet(release_2017).samples) == 4


def test_a_table_of_something_else_is_refused(release_2017: Path) -> None:
    (release_2017 / "training.csv").write_text("path,valence\nx.jpg,0\n")
    with pytest.raises(InputError, match="is not AffectNet's table: no column subDirectory"):
        read_affectnet(release_2017, "train")


def test_a_split_that_is_missing_or_unknown_is_named(release_2017: Path) -> None:
    with pytest.raises(InputError, match=r"validation\.csv missing"):
        read_affectnet(release_2017, "val")
    with pytest.raises(InputError, match="no split 'test'"):
        read_affectnet(release_2017, "test")


def _annotate(folder: Path, name: str, **values: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for kind, value in values.items():
        np.save(folder / f"{name}_{kind}.npy", np.array(value))


@pytest.fixture
def later_release(tmp_path: Path) -> Path:
    part = tmp_path / "train_set"
    for name in ("0", "2", "10", "11", "12", "13", "14"):
        write_image(part / "images" / f"{name}.jpg", seed=int(name))
    notes = part / "annotations"
    _annotate(notes, "0", exp="1", val="0.785714", aro="-0.0555", lnd=np.zeros(136))
    _annotate(notes, "2", exp=b"5", val=b"-0.6", aro=b"0.3")
    _annotate(notes, "10", exp=["3"], val=[0.25], aro=[0.5])
    _annotate(notes, "11", exp="8", val="-2", aro="-2")
    _annotate(notes, "12", exp="0", val="0.1")
    _annotate(notes, "13", exp="0", val="0.1", aro=["0.1", "0.2"])
    _annotate(notes, "99", exp="0", val="0", aro="0")
    return tmp_path


def test_annotations_stored_as_text_become_numbers(later_release: Path) -> None:
    listing = read_affectnet(later_release, "train")
    assert [(s.path.name, s.valence, s.arousal, EMOTIONS[s.emotion]) for s in listing.samples] == [
        ("0.jpg", 0.785714, -0.0555, "happiness"),
        ("2.jpg", -0.6, 0.3, "disgust"),
        ("10.jpg", 0.25, 0.5, "surprise"),
    ]
    assert listing.precropped


def test_incomplete_annotations_are_listed(later_release: Path) -> None:
    assert read_affectnet(later_release, "train").reasons() == {
        "not rated: expression 8 (none)": 1,
        "an annotation is missing": 2,  # 12 has no arousal, 14 nothing at all
        "an annotation is not an array of one plain value": 1,
        "the image is missing": 1,
    }


class _Trap:
    def __reduce__(self) -> tuple[object, ...]:
        return (exec, ("raise SystemExit('a pickle was opened')",))


def test_a_pickle_is_never_opened(later_release: Path) -> None:
    notes = later_release / "train_set" / "annotations"
    np.save(notes / "0_val.npy", np.array([_Trap()], dtype=object), allow_pickle=True)
    (notes / "2_val.npy").write_bytes(pickle.dumps(_Trap()))
    listing = read_affectnet(later_release, "train")
    assert [s.path.name for s in listing.samples] == ["10.jpg"]
    assert listing.reasons()["an annotation is not an array of one plain value"] == 3


@pytest.mark.parametrize("release", ["release_2017", "later_release"])
def test_each_split_from_one_reading_is_the_split_read_alone(
    release: str, request: pytest.FixtureRequest
) -> None:
    root: Path = request.getfixturevalue(release)
    for first, second in (("training.csv", "validation.csv"), ("train_set", "val_set")):
        for path in root.rglob(first):
            copy = shutil.copytree if path.is_dir() else shutil.copy
            copy(path, path.with_name(second))
    together, alone = splits_read_both_ways("affectnet", root)
    assert together == alone
    assert set(together) == {"train", "val"}

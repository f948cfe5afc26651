"""No label file, however damaged, ends in a traceback: faults are listed or the file is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from damage import damaged
from made_data import write_picture, write_webfaces

from avce.model.errors import InputError
from avce.train.datasets import DataSource

ROUNDS = 120
FRAMES = range(1, 5)


def _ferplus(root: Path) -> Path:
    table = root / "fer2013new.csv"
    names = [f"fer{i:07d}.png" for i in FRAMES]
    for name in names:
        write_picture(root / "FER2013Train" / name)
    emotions = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt"
    rows = [f"Training,{name},5,1,0,2,0,0,1,0,1,0" for name in names]
    table.write_text("\n".join((f"Usage,Image name,{emotions},unknown,NF", *rows)))
    return table


def _folder_of_ferplus(root: Path) -> Path:
    _ferplus(root).unlink()
    table = root / "FER2013Train" / "label.csv"
    rows = [f'fer{i:07d}.png,"(0, 0, 48, 48)",5,1,0,2,0,0,1,0,1,0' for i in FRAMES]
    table.write_text("\n".join(rows))
    return table


def _webfaces(root: Path) -> Path:
    write_webfaces(root, train=4, val=1)
    return root / "labels.csv"


def _rendered(root: Path) -> Path:
    table = root / "labels.csv"
    for i in FRAMES:
        write_picture(root / "woman-young-asian" / "anger" / f"{i}.png")
    rows = [f"woman-young-asian/anger/{i}.png,anger,0.{i},person{i}" for i in FRAMES]
    table.write_text("\n".join(("image,emotion,share,identity", *rows)))
    return table


def _plain_csv(root: Path) -> Path:
    table = root / "labels.csv"
    for i in FRAMES:
        write_picture(root / f"{i}.png")
    rows = [f"{i}.png,0.{i},-0.{i},{i},train,person{i}" for i in FRAMES]
    table.write_text("\n".join(("path,valence,arousal,frame,split,identity", *rows)))
    return table


def _affectnet(root: Path) -> Path:
    table = root / "training.csv"
    rows = []
    for i in FRAMES:
        write_picture(root / "Manually_Annotated_Images" / f"{i}" / "a.jpg")
        rows.append(f"{i}/a.jpg,0,0,40,40,1.0;2.0,1,0.{i},0.1")
    table.write_text(
        "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,"
        "valence,arousal\n" + "\n".join(rows)
    )
    return table


def _later_affectnet(root: Path) -> Path:
    part = root / "train_set"
    (part / "annotations").mkdir(parents=True)
    for i in FRAMES:
        write_picture(part / "images" / f"{i}.jpg")
        for kind, value in (("exp", "1"), ("val", f"0.{i}"), ("aro", "0.1")):
            np.save(part / "annotations" / f"{i}_{kind}.npy", np.array(value))
    return part / "annotations" / "1_val.npy"


def _afew_va(root: Path) -> Path:
    table = root / "001" / "001.json"
    frames = {}
    for i in FRAMES:
        write_picture(root / "001" / f"{i:05d}.png")
        frames[f"{i:05d}"] = {"landmarks": [[1.0, 2.0], [30.0, 40.0]], "valence": i, "arousal": -i}
    table.write_text(json.dumps({"video_id": "001", "actor": "someone", "frames": frames}))
    return table


def _aff_wild(root: Path) -> Path:
    for axis in ("valence", "arousal"):
        table = root / "annotations" / "train" / axis / "105.txt"
        table.parent.mkdir(parents=True)
        table.write_text("\n".join(f"0.{i}" for i in FRAMES))
    for i in FRAMES:
        write_picture(root / "frames" / "105" / f"{i:05d}.jpg")
    return table


def _aff_wild2(root: Path) -> Path:
    table = root / "VA_Estimation_Challenge" / "Train_Set" / "105.txt"
    table.parent.mkdir(parents=True)
    table.write_text("\n".join(("valence,arousal", *(f"0.{i},-0.{i}" for i in FRAMES))))
    for i in FRAMES:
        write_picture(root / "cropped_aligned" / "105" / f"{i:05d}.jpg")
    return table


def _raf_db(root: Path) -> Path:
    table = root / "basic" / "EmoLabel" / "list_patition_label.txt"
    table.parent.mkdir(parents=True)
    table.write_text("\n".join(f"train_{i:05d}.jpg {i}" for i in FRAMES))
    for i in FRAMES:
        write_picture(root / "basic" / "Image" / "aligned" / f"train_{i:05d}_aligned.jpg")
    return table


@pytest.mark.parametrize(
    ("name", "build"),
    [
        ("ferplus", _ferplus),
        ("ferplus", _folder_of_ferplus),
        ("webfaces", _webfaces),
        ("csv", _plain_csv),
        ("rendered", _rendered),
        ("affectnet", _affectnet),
        ("affectnet", _later_affectnet),
        ("afew-va", _afew_va),
        ("aff-wild", _aff_wild),
        ("aff-wild2", _aff_wild2),
        ("raf-db", _raf_db),
    ],
)
def test_a_damaged_label_file_is_read_or_refused(
    name: str, build: Callable[[Path], Path], tmp_path: Path
) -> None:
    table = build(tmp_path)
    source = DataSource(name, tmp_path)
    whole = source.read("train", 1.0)
    assert len(whole.samples) == len(FRAMES)
    assert not whole.skipped
    faulty, refused = 0, []
    for content in damaged(table.read_bytes(), ROUNDS):
        table.write_bytes(content)
        try:
            listing = source.read("train", 1.0)
        except InputError as error:
            refused.append(str(error))
            continue
        faulty += bool(listing.skipped)
        # Whatever is still used is a number in range that belongs to a picture.
        for sample in listing.samples:
            assert -1 <= sample.valence <= 1
            assert -1 <= sample.arousal <= 1
            assert sample.path.is_relative_to(tmp_path)
    assert faulty + len(refused) > ROUNDS / 5
    assert not any("\n" in words for words in refused)

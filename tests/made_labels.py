"""A small data set of each kind, for tests of what becomes of a damaged label file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from made_data import write_image, write_webfaces

FRAMES = range(1, 5)
"""Of these frames or images there is a label."""


def ferplus(root: Path) -> Path:
    table = root / "fer2013new.csv"
    names = [f"fer{i:07d}.png" for i in FRAMES]
    for name in names:
        write_image(root / "FER2013Train" / name)
    emotions = "neutral,happiness,surprise,sadness,anger,disgust,fear,contempt"
    rows = [f"Training,{name},5,1,0,2,0,0,1,0,1,0" for name in names]
    table.write_text("\n".join((f"Usage,Image name,{emotions},unknown,NF", *rows)))
    return table


def folder_of_ferplus(root: Path) -> Path:
    ferplus(root).unlink()
    table = root / "FER2013Train" / "label.csv"
    rows = [f'fer{i:07d}.png,"(0, 0, 48, 48)",5,1,0,2,0,0,1,0,1,0' for i in FRAMES]
    table.write_text("\n".join(rows))
    return table


def webfaces(root: Path) -> Path:
    write_webfaces(root, train=4, val=1)
    return root / "labels.csv"


def rendered(root: Path) -> Path:
    table = root / "labels.csv"
    for i in FRAMES:
        write_image(root / "woman-young-asian" / "anger" / f"{i}.png")
    rows = [f"woman-young-asian/anger/{i}.png,anger,0.{i},person{i}" for i in FRAMES]
    table.write_text("\n".join(("image,emotion,share,identity", *rows)))
    return table


def plain_csv(root: Path) -> Path:
    table = root / "labels.csv"
    for i in FRAMES:
        write_image(root / f"{i}.png")
    rows = [f"{i}.png,0.{i},-0.{i},{i},train,person{i}" for i in FRAMES]
    table.write_text("\n".join(("path,valence,arousal,frame,split,identity", *rows)))
    return table


def affectnet(root: Path) -> Path:
    table = root / "training.csv"
    rows = []
    for i in FRAMES:
        write_image(root / "Manually_Annotated_Images" / f"{i}" / "a.jpg")
        rows.append(f"{i}/a.jpg,0,0,40,40,1.0;2.0,1,0.{i},0.1")
    table.write_text(
        "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression,"
        "valence,arousal\n" + "\n".join(rows)
    )
    return table


def later_affectnet(root: Path) -> Path:
    part = root / "train_set"
    (part / "annotations").mkdir(parents=True)
    for i in FRAMES:
        write_image(part / "images" / f"{i}.jpg")
        for kind, value in (("exp", "1"), ("val", f"0.{i}"), ("aro", "0.1")):
            np.save(part / "annotations" / f"{i}_{kind}.npy", np.array(value))
    return part / "annotations" / "1_val.npy"


def afew_va(root: Path) -> Path:
    table = root / "001" / "001.json"
    frames = {}
    for i in FRAMES:
        write_image(root / "001" / f"{i:05d}.png")
        frames[f"{i:05d}"] = {"landmarks": [[1.0, 2.0], [30.0, 40.0]], "valence": i, "arousal": -i}
    table.write_text(json.dumps({"video_id": "001", "actor": "someone", "frames": frames}))
    return table


def aff_wild(root: Path) -> Path:
    for axis in ("valence", "arousal"):
        table = root / "annotations" / "train" / axis / "105.txt"
        table.parent.mkdir(parents=True)
        table.write_text("\n".join(f"0.{i}" for i in FRAMES))
    for i in FRAMES:
        write_image(root / "frames" / "105" / f"{i:05d}.jpg")
    return table


def aff_wild2(root: Path) -> Path:
    table = root / "VA_Estimation_Challenge" / "Train_Set" / "105.txt"
    table.parent.mkdir(parents=True)
    table.write_text("\n".join(("valence,arousal", *(f"0.{i},-0.{i}" for i in FRAMES))))
    for i in FRAMES:
        write_image(root / "cropped_aligned" / "105" / f"{i:05d}.jpg")
    return table


def raf_db(root: Path) -> Path:
    table = root / "basic" / "EmoLabel" / "list_patition_label.txt"
    table.parent.mkdir(parents=True)
    table.write_text("\n".join(f"train_{i:05d}.jpg {i}" for i in FRAMES))
    for i in FRAMES:
        write_image(root / "basic" / "Image" / "aligned" / f"train_{i:05d}_aligned.jpg")
    return table


LABELS: tuple[tuple[str, Callable[[Path], Path]], ...] = (
    ("ferplus", ferplus),
    ("ferplus", folder_of_ferplus),
    ("webfaces", webfaces),
    ("csv", plain_csv),
    ("rendered", rendered),
    ("affectnet", affectnet),
    ("affectnet", later_affectnet),
    ("afew-va", afew_va),
    ("aff-wild", aff_wild),
    ("aff-wild2", aff_wild2),
    ("raf-db", raf_db),
)
"""The kind of data set (as --data calls it), and what makes one and gives its label file."""

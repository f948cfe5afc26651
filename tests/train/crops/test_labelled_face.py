"""Of two people in an image, the one that the label speaks of is cut: in every format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_data import write_image, write_video

from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import Prepared, prepare
from avce.train.datasets import DataSource
from avce.train.datasets.afew_va import _split_of
from avce.train.datasets.base import Listing, Sample
from avce.train.datasets.splits import train_or_val

Box = tuple[int, int, int, int]
Written = tuple[str, Path]


@pytest.fixture(scope="session")
def pair(astronaut: np.ndarray) -> np.ndarray:
    """A small bright face on the left and a large dark one on the right, RGB."""
    small = cv2.resize(astronaut, None, fx=0.55, fy=0.55)
    large = (cv2.resize(astronaut[:, ::-1], None, fx=0.9, fy=0.9) // 3).astype(np.uint8)
    scene = np.full((240, 440, 3), 128, np.uint8)
    scene[60 : 60 + small.shape[0], 5 : 5 + small.shape[1]] = small
    scene[: large.shape[0], 170 : 170 + large.shape[1]] = large[:240]
    return scene


# Around the features of each, as landmarks are, in the pixels of `pair`.
SMALL: Box = (55, 100, 58, 62)
LARGE: Box = (240, 62, 96, 100)


def _write(path: Path, rgb: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))


def _points(path: Path, box: Box) -> None:
    x, y, w, h = box
    corners = f"{x} {y}\n{x} {y + h}\n{x + w} {y + h}\n{x + w} {y}\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"version: 1\nn_points: 4\n{{\n{corners}}}\n")


def affectnet(root: Path, pair: np.ndarray, boxes: list[Box]) -> Written:
    rows = ["subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,"]
    rows[0] += "expression,valence,arousal"
    for i, (x, y, w, h) in enumerate(boxes):
        _write(root / "Manually_Annotated_Images" / "1" / f"{i}.png", pair)
        rows.append(f"1/{i}.png,{x},{y},{w},{h},1;2,1.0,{i / 10},0")
    (root / "training.csv").write_text("\n".join(rows) + "\n")
    return "affectnet", root


def csv(root: Path, pair: np.ndarray, boxes: list[Box]) -> Written:
    rows = ["path,valence,arousal,face_x,face_y,face_width,face_height"]
    for i, (x, y, w, h) in enumerate(boxes):
        _write(root / f"{i}.png", pair)
        rows.append(f"{i}.png,{i / 10},0,{x},{y},{w},{h}")
    (root / "labels.csv").write_text("\n".join(rows) + "\n")
    return "csv", root


def afew_va(root: Path, pair: np.ndarray, boxes: list[Box]) -> Written:
    clip = next(f"{n:03d}" for n in range(1, 600) if _split_of(f"{n:03d}", 0) == "train")
    frames = {}
    for i, (x, y, w, h) in enumerate(boxes):
        _write(root / clip / f"{i:05d}.png", pair)
        marks = [[x, y], [x + w, y], [x + w / 2, y + h]]
        frames[f"{i:05d}"] = {"landmarks": marks, "valence": float(i), "arousal": 0.0}
    (root / clip / f"{clip}.json").write_text(json.dumps({"video_id": clip, "frames": frames}))
    return "afew-va", root


def aff_wild(root: Path, pair: np.ndarray, boxes: list[Box], first: int = 0) -> Written:
    name = next(str(n) for n in range(100, 400) if train_or_val(str(n), 5) == "train")
    for i, box in enumerate(boxes):
        _points(root / "bboxes" / "train" / name / f"{i + first}.pts", box)
    write_video(root / "videos" / "train" / f"{name}.mp4", [pair] * len(boxes))
    for kind in ("valence", "arousal"):
        table = root / "annotations" / "train" / kind / f"{name}.txt"
        table.parent.mkdir(parents=True)
        table.write_text("".join(f"{i / 10}\n" for i in range(len(boxes))))
    return "aff-wild", root


def aff_wild_from_one(root: Path, pair: np.ndarray, boxes: list[Box]) -> Written:
    return aff_wild(root, pair, boxes, first=1)


def _cut(made: Written, folder: Path, **options: str) -> Prepared:
    name, root = made
    listing = DataSource(name, root).read("train", 1.0)
    preparation = Preparation(folder / "crops", workers=1, max_faulty=1.0, **options)  # type: ignore[arg-type]
    return prepare(listing, preparation, size=48)


def _cut_by(prepared: Prepared) -> list[int]:
    report = json.loads((prepared.folder / "report.json").read_text())
    return list(report["cut by"].values())


def _brightness(prepared: Prepared) -> list[float]:
    return [float(crop[16:32, 16:32].mean()) for crop in prepared.crops]


@pytest.mark.parametrize("write", [affectnet, csv, afew_va, aff_wild, aff_wild_from_one])
def test_label_and_crop_belong_together(
    write: Callable[[Path, np.ndarray, list[Box]], Written], tmp_path: Path, pair: np.ndarray
) -> None:
    prepared = _cut(write(tmp_path, pair, [SMALL, LARGE, SMALL]), tmp_path)
    assert prepared.target[:, 0].tolist() == pytest.approx([0.0, 0.1, 0.2], abs=0.01)
    bright, dark, again = _brightness(prepared)
    assert bright > 2 * dark
    assert again == pytest.approx(bright, rel=0.05)
    assert _cut_by(prepared) == [3, 0, 0]


def test_a_box_without_a_face_is_cut_as_it_is_and_counted(tmp_path: Path, pair: np.ndarray) -> None:
    prepared = _cut(csv(tmp_path, pair, [(2, 2, 30, 30), LARGE]), tmp_path)
    assert prepared.found.tolist() == [False, True]
    assert _cut_by(prepared) == [1, 1, 0]
    assert float(prepared.crops[0].std()) < 40
    assert _brightness(prepared)[0] != pytest.approx(_brightness(prepared)[1], rel=0.1)


def test_left_and_right_of_aff_wild2_are_two_people(tmp_path: Path, pair: np.ndarray) -> None:
    for i, name in enumerate(("7_left", "7_right")):
        _write(tmp_path / "cropped_aligned_new_50_vids" / name / "00001.jpg", pair)
        table = tmp_path / "annotations" / "VA_Set" / "Train_Set" / f"{name}.txt"
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text(f"valence,arousal\n{i / 10},0\n0.5,0.5\n")
    prepared = _cut(("aff-wild2", tmp_path), tmp_path)
    assert prepared.target[:, 0].tolist() == pytest.approx([0.0, 0.1])
    bright, dark = _brightness(prepared)
    assert bright > 2 * dark


def test_a_frame_without_a_detected_face_is_no_fault_but_a_video_without_frames_is(
    tmp_path: Path,
) -> None:
    tables = tmp_path / "VA_Set" / "Train_Set"
    tables.mkdir(parents=True)
    for name in ("1", "2"):
        (tables / f"{name}.txt").write_text("valence,arousal\n0,0\n0.1,0\n")
    write_image(tmp_path / "cropped_aligned" / "1" / "00002.jpg")
    listing = DataSource("aff-wild2", tmp_path).read("train", 1.0)
    assert [s.frame for s in listing.samples] == [1]
    assert listing.faults() == {"the video has no frames": 2}
    assert listing.reasons()["no face was detected in the frame"] == 1


def test_of_a_crop_the_face_in_the_middle_is_taken(tmp_path: Path, pair: np.ndarray) -> None:
    small = pair[40:220, :200].copy()  # the small face in the middle, a piece of the other beside
    wide = np.concatenate([np.full((180, 60, 3), 128, np.uint8), small, pair[40:220, 200:330]], 1)
    _write(tmp_path / "a.png", wide[:, 45:245])
    listing = Listing("webfaces", [Sample(tmp_path / "a.png", 0, 0, "train")], precropped=True)
    prepared = prepare(listing, Preparation(tmp_path / "crops", workers=1), size=48)
    assert _brightness(prepared)[0] > 60


def test_aligned_images_are_left_as_they_are_where_that_is_asked_for(
    tmp_path: Path, astronaut: np.ndarray
) -> None:
    square = astronaut[:, :260]
    _write(tmp_path / "a.png", square)
    listing = Listing("webfaces", [Sample(tmp_path / "a.png", 0, 0, "train")], precropped=True)
    made = {
        aligned: prepare(
            listing, Preparation(tmp_path / "crops", workers=1, aligned=aligned), size=64
        )
        for aligned in ("find", "keep")
    }
    assert [_cut_by(one) for one in made.values()] == [[1, 0, 0], [0, 0, 1]]
    grey = cv2.cvtColor(square, cv2.COLOR_RGB2GRAY)
    whole = cv2.resize(grey, (64, 64), interpolation=cv2.INTER_AREA).astype(float)
    kept = made["keep"].crops[0].astype(float)
    assert np.corrcoef(kept.ravel(), whole.ravel())[0, 1] > 0.98
    assert made["find"].folder != made["keep"].folder

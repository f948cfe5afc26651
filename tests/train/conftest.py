"""Small data sets in exactly the published formats."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_data import write_image
from made_runs import save_checkpoint

from avce.train.exporting.onnx_file import Order, export

VOTE_COLUMNS = (
    *("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt"),
    *("unknown", "NF"),
)


@pytest.fixture
def ferplus(tmp_path: Path) -> Path:
    """FER+ with four usable training faces and one row for each trap, and one validation face."""
    root = tmp_path / "ferplus"
    rows: list[list[object]] = [
        ["Training", "fer0000000.png", 0, 10, 0, 0, 0, 0, 0, 0, 0, 0],
        ["Training", "fer0000001.png", 10, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        ["Training", "fer0000002.png", 5, 0, 0, 0, 5, 0, 0, 0, 0, 0],
        ["Training", "fer0000003.png", 0, 0, 0, 6, 0, 0, 0, 0, 4, 0],
        ["Training", "fer0000004.png", 4, 0, 0, 0, 0, 0, 0, 0, 6, 0],  # too few valid votes
        ["Training", "fer0000005.png", 9, 0, 0, 0, 0, 0, 0, 0, 0, 1],  # not a face
        ["Training", "", 0, 0, 0, 0, 0, 0, 0, 0, 0, 10],  # FER2013 has rows without an image
        ["Training", "fer0000007.png", 10, 0, 0, 0, 0, 0, 0, 0, 0, 0],  # the file is missing
        ["PublicTest", "fer0028559.png", 0, 0, 10, 0, 0, 0, 0, 0, 0, 0],
    ]
    for row in rows:
        name = str(row[1])
        if name and name != "fer0000007.png":
            folder = "FER2013Train" if row[0] == "Training" else "FER2013Valid"
            write_image(root / folder / name, seed=int(name[3:10]))
    with (root / "fer2013new.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Usage", "Image name", *VOTE_COLUMNS])
        writer.writerows(rows)
    return root


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A photographed face, RGB: Eileen Collins (NASA, public domain)."""
    from skimage import data

    return np.asarray(data.astronaut(), np.uint8)[:260, 80:370]


@pytest.fixture(scope="session")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A CSV data set of one photographed face (NASA, public domain) in several crops."""
    from skimage import data

    root = tmp_path_factory.mktemp("faces")
    photograph = cv2.cvtColor(np.asarray(data.astronaut(), dtype=np.uint8), cv2.COLOR_RGB2BGR)
    rows = ["path,valence,arousal,split"]
    for i in range(12):
        left, top = 130 + 3 * i, 20 + 2 * i
        cv2.imwrite(str(root / f"face{i}.png"), photograph[top : top + 200, left : left + 200])
        split = "val" if i % 3 == 2 else "train"
        rows.append(f"face{i}.png,{0.1 * i - 0.5:.2f},{0.5 - 0.08 * i:.2f},{split}")
    (root / "labels.csv").write_text("\n".join(rows) + "\n")
    return root


@pytest.fixture(scope="session")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained network exported in float32 with Grad-CAM maps; its checkpoint is beside it."""
    folder = tmp_path_factory.mktemp("export")
    checkpoint = save_checkpoint(folder / "a.ckpt")
    export(checkpoint, folder / "a.onnx", Order(metrics={"n": 3}, trained_on="made images"))
    return folder / "a.onnx"

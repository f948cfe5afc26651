"""Small data sets in exactly the published formats."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from made_data import write_picture

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
        ["Training", "", 0, 0, 0, 0, 0, 0, 0, 0, 0, 10],  # FER2013 has rows without a picture
        ["Training", "fer0000007.png", 10, 0, 0, 0, 0, 0, 0, 0, 0, 0],  # the file is missing
        ["PublicTest", "fer0028559.png", 0, 0, 10, 0, 0, 0, 0, 0, 0, 0],
    ]
    for row in rows:
        name = str(row[1])
        if name and name != "fer0000007.png":
            folder = "FER2013Train" if row[0] == "Training" else "FER2013Valid"
            write_picture(root / folder / name, seed=int(name[3:10]))
    with (root / "fer2013new.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Usage", "Image name", *VOTE_COLUMNS])
        writer.writerows(rows)
    return root

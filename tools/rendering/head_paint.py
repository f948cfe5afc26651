"""Skin, eyes, clothes and hair for a `makehuman_head.Head`: colours by position, hairs as lines.

Everything is placed in template coordinates (the MakeHuman base mesh before it is shaped), so one
set of landmarks fits every identity. Colours are linear RGB in 0..1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from makehuman_head import Floats, Head, Indices, normals
from numpy.typing import ArrayLike, NDArray

SKULL = np.array([0.0, 7.45, 0.45])  # template; the hairline is given in angles about this point
# Hairline and hair lengths by degrees from straight ahead (0) to straight back (180).
AZIMUTH = [0, 25, 42, 56, 66, 76, 84, 92, 112, 130, 180]
HAIRLINE = [27, 28, 28, 22, 6, -10, -13, 2, 2, -24, -34]
SKIN_TONES = [(232, 184, 160), (219, 168, 136), (178, 124, 92), (122, 78, 54), (78, 49, 36)]


@dataclass(frozen=True, slots=True)
class Style:
    """`skin` 0 light .. 1 dark; colours are sRGB 0..255; `brow_height` is added to the brows'
    height, in decimetres: it sets a face finder's neutral brow position."""

    skin: float = 0.1
    hair: tuple[int, int, int] = (66, 44, 30)
    iris: tuple[int, int, int] = (88, 112, 92)
    shirt: tuple[int, int, int] = (58, 84, 112)
    brow_height: float = -0.02
    seed: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Per point: `albedo` [N, 3]; `gloss` [N] highlight strength; `sharpness` [N] its exponent;
    `soft` [N] how much light wraps around (skin 1)."""

    albedo: Floats
    gloss: Floats
    sharpness: Floats
    soft: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Strands:
    """Hairs: `points` [S, K, 3] on the neutral head, `root` [S] the head point each follows,
    `albedo` [S, K, 3], `outward` [S, K, 3] unit vectors away from the skull."""

    points: Floats
    root: Indices
    albedo: Floats
    outward: Floats


def linear(srgb: ArrayLike) -> Floats:
    """sRGB 0..255 to linear 0..1 (power 2.2)."""
    return (np.asarray(srgb, float) / 255) ** 2.2


def smoothstep(low: float, high: float, x: Floats) -> Floats:
    """0 below low, 1 above high, smooth between; low may exceed high."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def noise(points: Floats, wavelength: float, seed: int) -> Floats:
    """Smooth noise [N], mean 0, deviation about 1, at points [N, 3]."""
    random = np.random.default_rng(seed)
    waves = random.normal(size=(20, 3)) * 2 * np.pi / wavelength
    return np.sin(points @ waves.T + random.uniform(0, 6.28, 20)).sum(1) / np.sqrt(10)


def spot(points: Floats, x: float, y: float, width: float, height: float) -> Floats:
    """A soft oval [N] on both sides of the face, 1 at its middle (+-x, y)."""
    return np.exp(-(((abs(points[:, 0]) - x) / width) ** 2) - ((points[:, 1] - y) / height) ** 2)


def scalp(template: Floats, ears: Floats) -> Floats:
    """1 under hair, 0 on bare skin, with a ragged edge: [N]."""
    offset = template - SKULL
    azimuth = np.degrees(np.arctan2(abs(offset[:, 0]), offset[:, 2]))
    height = np.degrees(np.arctan2(offset[:, 1], np.hypot(offset[:, 0], offset[:, 2])))
    edge = np.interp(azimuth, AZIMUTH, HAIRLINE) + 0.9 * noise(template, 0.15, 5)
    return smoothstep(-2.5, 2.5, height - edge) * (ears < 0.3) * (template[:, 1] > 6.3)


def neckline(template: Floats) -> Floats:
    """Depth below the shirt's collar, template decimetres, negative above it: [N]."""
    collar = 5.74 - 0.24 * (template[:, 2] - 0.2)
    return np.where(abs(template[:, 0]) > 1.1, 1.0, collar - template[:, 1])


def brow_curve(x: Floats) -> Floats:
    """Height of the middle of the brow, template, at distance x from the mid line."""
    return np.interp(x, [0.08, 0.2, 0.38, 0.47, 0.54], [7.452, 7.468, 7.482, 7.466, 7.42])


def brow(template: Floats, height: float, man: float) -> Floats:
    """Density of the brows in 0..1: [N]."""
    x = abs(template[:, 0])
    middle = brow_curve(x) + height
    half = np.interp(x, [0.06, 0.1, 0.16, 0.36, 0.54], [0.01, 0.03, 0.034, 0.025, 0.006])
    half = half * (0.72 + 0.28 * man)
    across = smoothstep(1.25, 0.55, abs(template[:, 1] - middle) / half)
    along = smoothstep(0.055, 0.12, x) * smoothstep(0.56, 0.48, x)
    return across * along * (template[:, 2] > 1.0)


def paint(head: Head, style: Style, man: float) -> Surface:
    """Colours of every point of the head; `man` 0..1 darkens the beard and thins the lips' red."""
    at, masks = head.template, head.masks
    skin = head.part == "skin"
    tones = linear(SKIN_TONES)
    step = style.skin * (len(tones) - 1)
    colour = np.stack([np.interp(step, range(len(tones)), channel) for channel in tones.T])
    albedo = np.tile(colour, (len(at), 1))
    gloss, sharpness = np.full(len(at), 0.16), np.full(len(at), 14.0)
    soft = np.ones(len(at))

    def tint(amount: Floats, target: ArrayLike) -> None:
        albedo[:] += amount[:, None] * (np.asarray(target, float) - albedo)

    mottle = 0.7 * noise(at, 0.3, 1) + 0.6 * noise(at, 0.12, 2)
    albedo *= 1 + 0.035 * mottle[:, None] * [0.6, 1.0, 1.0]
    front = at[:, 2] > 0.9
    red = colour * [1.0, 0.66, 0.6]
    cheeks = spot(at, 0.45, 6.93, 0.2, 0.16) + spot(at, 0.0, 6.92, 0.12, 0.1)
    tint(0.55 * cheeks.clip(0, 1) * front, red)
    tint(0.5 * masks["ears"] * (abs(at[:, 0]) > 0.6), red)
    tint(0.28 * spot(at, 0.3, 7.14, 0.16, 0.05) * front, colour * [0.72, 0.62, 0.66])
    tint(0.35 * spot(at, 0.31, 7.39, 0.15, 0.05) * front, colour * [0.74, 0.6, 0.56])
    beard = smoothstep(6.95, 6.6, at[:, 1] - 0.35 * abs(at[:, 0])) * smoothstep(6.0, 6.2, at[:, 1])
    beard *= at[:, 2] > 0.5
    tint(0.22 * man * beard, colour * [0.5, 0.52, 0.56])
    tint(0.5 * spot(at, 0.1, 6.905, 0.04, 0.025) * front, colour * [0.3, 0.16, 0.14])  # nostrils
    gloss += 0.12 * spot(at, 0.0, 7.0, 0.1, 0.3) * front + 0.06 * spot(at, 0.0, 7.8, 0.4, 0.2)

    lips = smoothstep(0.35, 0.75, masks["lips"]) * front
    lip_colour = colour * np.array([0.72, 0.36, 0.42])
    tint(lips * (0.85 - 0.25 * man), lip_colour)
    gloss += 0.22 * lips
    sharpness += 26 * lips
    inside = skin * smoothstep(0.4, 0.7, masks["inside-mouth"]) * (lips < 0.5)
    tint(inside, linear((96, 34, 34)))
    gloss *= 1 - inside
    tint(0.75 * skin * masks["eyelids"] * (at[:, 2] < 1.365), linear((170, 96, 84)))

    hair = linear(style.hair)
    tint(0.5 * skin * brow(at, style.brow_height, man), hair)
    tint(0.88 * skin * scalp(at, masks["ears"]), 0.5 * hair)

    shirt = skin * (neckline(at) > 0)
    cloth = linear(style.shirt) * (1 + 0.05 * noise(at, 0.05, 8))[:, None]
    tint(shirt, cloth)
    gloss *= 1 - shirt
    soft -= shirt

    for side in ("left eye", "right eye"):
        paint_eye(head, side, style, albedo)
    eyes = np.char.endswith(head.part, "eye")
    teeth, tongue, lashes = (head.part == name for name in ("teeth", "tongue", "lashes"))
    albedo[teeth] = linear((226, 218, 204))
    albedo[tongue] = linear((176, 84, 84))
    albedo[lashes] = linear(np.array([40, 27, 23]) + 34 * man)
    gloss[eyes], sharpness[eyes], soft[eyes] = 1.3, 110.0, 0.6
    gloss[teeth], sharpness[teeth] = 0.3, 40.0
    gloss[lashes] = 0.0
    return Surface(albedo.clip(0, 1), gloss, sharpness, soft)


def paint_eye(head: Head, side: str, style: Style, albedo: Floats) -> None:
    """White, iris with fibres and a dark rim, and pupil of one eye, in place."""
    own = head.part == side
    at = head.template[own]
    middle = (at.min(0) + at.max(0)) / 2
    across, up = at[:, 0] - middle[0], at[:, 1] - middle[1]
    radius = np.hypot(across, up) + 10.0 * (at[:, 2] < middle[2])
    fibres = 1 + 0.22 * np.sin(13 * np.arctan2(up, across) + 40 * radius)
    white = linear((232, 224, 218)) * (1 - 1.2 * np.clip(abs(across) - 0.05, 0, 0.2))[:, None]
    iris = linear(style.iris) * (fibres * (0.75 + 4 * radius.clip(0, 0.1)))[:, None]
    colour = white + smoothstep(0.071, 0.062, radius)[:, None] * (iris * 0.45 - white)
    colour += smoothstep(0.064, 0.055, radius)[:, None] * (iris - colour)
    colour += smoothstep(0.031, 0.025, radius)[:, None] * (0.006 - colour)
    albedo[own] = colour


def grow_hair(head: Head, style: Style, man: float, count: int = 11500) -> Strands:
    """Hair of the head: swept back over the top, shorter at the sides, for a man most so."""
    random = np.random.default_rng(style.seed)
    seen = head.template[:, 2] > 0.05
    roots = _pick(head, seen & (scalp(head.template, head.masks["ears"]) > 0.35), count, random)
    start = head.points[roots] + random.normal(size=(count, 3)) * 0.012
    skull = head.points[head.part == "skin"]
    skull = skull[(scalp(head.template, head.masks["ears"]) > 0.1)[head.part == "skin"]]
    centre = np.array([0.0, skull[:, 1].max() - 1.0, skull[:, 2].mean()])
    radius = _radius_map(head, centre)

    at = head.template[roots]
    top = smoothstep(7.75, 8.1, at[:, 1] + 0.25 * (at[:, 2] - 0.4).clip(0))
    clump = noise(at, 0.2, 21), noise(at, 0.2, 22), noise(at, 0.08, 23)
    layer = random.uniform(0.1, 1.0, count) ** 0.7
    side = (0.13 + 0.3 * (1 - man)) * (1 - top)
    length = (side + 0.5 * top) * random.uniform(0.75, 1.15, count)
    lift = (0.045 + 0.03 * (1 - man) + 0.2 * top) * layer
    aim = np.stack([0.55 * top, 0.35 * top - 0.8 * (1 - top), 0 * top - 0.75], 1)
    aim[:, 0] += 0.05 * np.sign(at[:, 0]) * (1 - top)
    aim = aim + 0.14 * np.stack(clump, 1) + 0.05 * random.normal(size=(count, 3))

    steps = 8
    points = [start]
    for step in range(1, steps):
        outward = points[-1] - centre
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
        flow = aim - (aim * outward).sum(1, keepdims=True) * outward
        flow /= np.linalg.norm(flow, axis=1, keepdims=True).clip(0.2)
        along = points[-1] + flow * (length / steps)[:, None] - centre
        direction = along / np.linalg.norm(along, axis=1, keepdims=True)
        share = step / (steps - 1)
        raised = lift * (np.sin(np.pi * min(share * 0.75 + 0.08, 0.62))) + 0.012
        points.append(centre + direction * (radius(direction) + raised)[:, None])
    strands = np.stack(points, 1)
    outward = strands - centre
    outward /= np.linalg.norm(outward, axis=2, keepdims=True)
    tint = 1 + 0.22 * random.normal(size=count) + 0.15 * clump[2]
    depth = 0.45 + 0.75 * layer[:, None] * np.linspace(0.5, 1, steps)
    albedo = linear(style.hair) * (tint.clip(0.4, 2)[:, None] * depth)[..., None]
    return Strands(strands, roots, albedo, outward)


def grow_brows(head: Head, style: Style, man: float, count: int = 1100) -> Strands:
    """Short hairs that point outwards and, near the nose, upwards."""
    random = np.random.default_rng(style.seed + 1)
    density = brow(head.template, style.brow_height, man) * (head.part == "skin")
    roots = _pick(head, density > random.uniform(0.1, 0.9, len(density)), count, random)
    at = head.template[roots]
    outward = normals(head.points, head.quads)[roots]
    side, share = np.sign(at[:, 0]), (abs(at[:, 0]) - 0.08) / 0.45
    above = (at[:, 1] - brow_curve(abs(at[:, 0])) - style.brow_height) / 0.045
    aim = np.stack([side * (0.35 + share), 0.95 - 1.1 * share - 0.6 * above, 0 * side], 1)
    aim += 0.2 * random.normal(size=aim.shape)
    aim -= (aim * outward).sum(1, keepdims=True) * outward
    aim /= np.linalg.norm(aim, axis=1, keepdims=True)
    start = head.points[roots] + 0.008 * random.normal(size=aim.shape) + 0.004 * outward
    length = 0.045 * random.uniform(0.6, 1.2, count)
    t = np.linspace(0, 1, 4)[None, :, None]
    arch = 0.014 * np.sin(2.2 * t) * outward[:, None]
    points = start[:, None] + t * (aim * length[:, None])[:, None] + arch
    tint = 0.85 + 0.25 * random.normal(size=count)
    albedo = np.tile(linear(style.hair) * tint.clip(0.4, 1.5)[:, None], (4, 1, 1)).transpose(
        1, 0, 2
    )
    return Strands(points, roots, albedo, np.repeat(outward[:, None], 4, 1))


def _pick(head: Head, where: NDArray[np.bool_], count: int, random: np.random.Generator) -> Indices:
    """Random points where allowed, evenly by area: [count]."""
    quads = head.quads[where[head.quads].all(1)]
    corner = head.points[quads]
    area = np.linalg.norm(
        np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1]), axis=1
    )
    chosen = random.choice(len(quads), count, p=area / area.sum())
    return quads[chosen, random.integers(0, 4, count)]


def _radius_map(head: Head, centre: Floats) -> Callable[[Floats], Floats]:
    """Function from unit directions [N, 3] to the skull's distance from centre [N]."""
    own = (head.part == "skin") & (head.masks["ears"] < 0.3) & (head.template[:, 1] > 6.6)
    offset = head.points[own] - centre
    distance = np.linalg.norm(offset, axis=1)
    rows, columns = 36, 72

    def cell(direction: Floats) -> tuple[Floats, Floats]:
        height = np.arcsin(direction[:, 1].clip(-1, 1)) / np.pi + 0.5
        turn = np.arctan2(direction[:, 0], direction[:, 2]) / (2 * np.pi) + 0.5
        return height * (rows - 1), turn * columns

    row, column = cell(offset / distance[:, None])
    grid = np.zeros((rows, columns))
    np.maximum.at(grid, (np.rint(row).astype(int), column.astype(int) % columns), distance)
    for _ in range(12):  # fill cells that no point fell into
        shifted = [np.roll(grid, s, a) for s, a in ((1, 0), (-1, 0), (1, 1), (-1, 1))]
        known = np.stack([g > 0 for g in shifted]).sum(0).clip(1)
        grid = np.where(grid > 0, grid, sum(shifted) / known)

    def radius(direction: Floats) -> Floats:
        r, c = cell(direction)
        c = c - 0.5
        r0, c0 = np.floor(r).astype(int).clip(0, rows - 2), np.floor(c).astype(int)
        fr, fc = r - r0, c - c0
        upper = grid[r0, c0 % columns] * (1 - fc) + grid[r0, (c0 + 1) % columns] * fc
        lower = grid[r0 + 1, c0 % columns] * (1 - fc) + grid[r0 + 1, (c0 + 1) % columns] * fc
        return upper * (1 - fr) + lower * fr

    return radius

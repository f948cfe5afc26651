"""Light on a head: far lamps, shadows and open sky measured once, shading for each frame.

Colours are linear RGB. Shadows are found by sorting the head's own points into a depth map for each
direction, so nothing but numpy is needed.
"""

from dataclasses import dataclass

import numpy as np
from head_paint import Strands, Surface, smoothstep
from makehuman_head import Floats, Head, normals
from numpy.typing import NDArray

LIGHTS = {"left": (38, 34), "front": (8, 28), "right": (-38, 34), "top": (5, 62)}  # degrees


@dataclass(frozen=True, slots=True)
class Light:
    """A far light: unit direction towards it, colour x strength, angular radius (degrees)."""

    direction: Floats
    colour: Floats
    radius: float


def make_lights(key: str, warmth: float) -> list[Light]:
    """Key, fill and rim light."""
    azimuth, height = LIGHTS[key]
    colour = np.array([1 + 0.12 * warmth, 1.0, 1 - 0.16 * warmth])

    def towards(azimuth: float, height: float) -> Floats:
        a, h = np.radians([azimuth, height])
        return np.array([np.sin(a) * np.cos(h), np.sin(h), np.cos(a) * np.cos(h)])

    return [
        Light(towards(azimuth, height), 0.86 * colour, 14),
        Light(towards(-azimuth - 12, 8), 0.3 * np.array([0.92, 0.97, 1.08]), 25),
        Light(towards(-np.sign(azimuth) * 142, 38), 0.55 * np.array([1.0, 0.98, 0.95]), 8),
    ]


def visibility(points: Floats, blockers: Floats, direction: Floats) -> Floats:
    """Which points [N] see a far light: a depth map of dots, soft in its comparison."""
    side = np.cross(direction, [0.3, 1.0, 0.2])
    side /= np.linalg.norm(side)
    plane = np.stack([side, np.cross(direction, side)], 1)
    cell = 0.03

    def place(p: Floats) -> tuple[NDArray[np.int64], Floats]:
        grid = np.floor((p @ plane + 8) / cell).astype(int).clip(0, 532)
        return grid[:, 0] * 533 + grid[:, 1], p @ direction

    depth = np.full(533 * 533, -99.0)
    where, far = place(blockers)
    np.maximum.at(depth, where, far)
    where, far = place(points)
    return np.clip(1 - (depth[where] - far - 0.035) / 0.06, 0, 1)


def bake_light(head: Head, points: Floats, blockers: Floats, lights: list[Light]) -> Floats:
    """Open sky and unshadowed share of every light for each point: [N, 1 + lights]."""
    random = np.random.default_rng(0)
    normal = normals(points, head.quads)
    raised = points + 0.01 * normal
    columns = []
    sky = random.normal(size=(40, 3))
    sky /= np.linalg.norm(sky, axis=1, keepdims=True)
    total, weight = np.zeros(len(points)), np.full(len(points), 1e-9)
    for direction in sky:
        cosine = (normal @ direction).clip(0)
        total += cosine * visibility(raised, blockers, direction)
        weight += cosine
    columns.append(total / weight)
    for light in lights:
        total = np.zeros(len(points))
        for _ in range(12):
            jitter = light.direction + np.radians(light.radius) * random.normal(size=3) * 0.6
            total += visibility(raised, blockers, jitter / np.linalg.norm(jitter))
        columns.append(total / 12)
    open_share = np.stack(columns, 1)
    for _ in range(3):
        open_share = smooth(open_share, head)
    # Light that scatters inside teeth and eyes is not modelled; open them a little instead.
    bright = np.isin(head.part, ("teeth", "left eye", "right eye"))
    open_share[bright] **= 0.6
    teeth = head.part == "teeth"
    open_share[teeth] = 0.45 + 0.55 * open_share[teeth]
    return open_share


def smooth(values: Floats, head: Head) -> Floats:
    """Average [N, K] over neighbouring quads."""
    mean = np.repeat(values[head.quads].mean(1)[:, None], 4, 1).reshape(-1, values.shape[1])
    index = head.quads.ravel()
    count = np.bincount(index, minlength=len(values)).clip(1)
    total = [np.bincount(index, column, len(values)) for column in mean.T]
    return np.stack(total, 1) / count[:, None]


def shade(
    surface: Surface, normal: Floats, view: Floats, open_share: Floats, lights: list[Light]
) -> Floats:
    """Linear colours [N, 3]: wrapped diffuse light that bleeds red in skin, and a highlight."""
    wrap = surface.soft[:, None] * [0.38, 0.2, 0.14]
    up = 0.5 + 0.5 * normal[:, 1:2]
    sky = np.array([0.2, 0.21, 0.23]) * up + np.array([0.13, 0.11, 0.1]) * (1 - up)
    ambient = open_share[:, :1] ** np.where(surface.soft[:, None] > 0, [0.9, 1.15, 1.2], 1.0)
    light_sum = sky * ambient * 1.5
    shine = np.zeros_like(light_sum)
    fresnel = 0.5 + 2.0 * (1 - (normal * view).sum(1).clip(0, 1)) ** 4
    for index, light in enumerate(lights):
        share = open_share[:, 1 + index]
        facing = (normal @ light.direction)[:, None]
        light_sum += (((facing + wrap) / (1 + wrap)).clip(0) * share[:, None]) * light.colour
        half = view + light.direction
        half /= np.linalg.norm(half, axis=1, keepdims=True)
        lobe = (normal * half).sum(1).clip(0) ** surface.sharpness
        lobe *= smoothstep(0.0, 0.25, facing[:, 0])
        shine += (surface.gloss * fresnel * lobe * share)[:, None] * light.colour
    return surface.albedo * light_sum + shine


def shade_hair(strands: Strands, points: Floats, view: Floats, lights: list[Light]) -> Floats:
    """Linear colours [S, K, 3] after Kajiya and Kay: light across the hair, highlight along it."""
    along = np.gradient(points, axis=1)
    along /= np.linalg.norm(along, axis=2, keepdims=True).clip(1e-9)
    colour = strands.albedo * 0.3
    for light in lights:
        lit = (0.35 + 0.65 * (strands.outward @ light.direction)).clip(0)[..., None]
        across = np.sqrt((1 - (along @ light.direction) ** 2).clip(0))[..., None]
        half = light.direction + view
        half /= np.linalg.norm(half)
        lobe = (1 - (along @ half) ** 2).clip(0)[..., None] ** 30
        reflected = strands.albedo * (across + 1.6 * lobe) + 0.012 * lobe
        colour += reflected * lit * light.colour
    return colour


def display(colour: Floats) -> NDArray[np.uint8]:
    """Linear light to sRGB bytes, with a soft shoulder."""
    rolled = np.where(colour < 0.6, colour, 0.6 + 0.4 * np.tanh((colour - 0.6) / 0.4))
    return (255 * rolled.clip(0, 1) ** (1 / 2.2)).astype(np.uint8)

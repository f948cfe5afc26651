"""The demo clip's script: which expression when, what the face does in it, how the head moves."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from makehuman_head import Floats

TRANSITION = 0.7  # s

# What each expression does to the face units; a name without a side moves both sides.
EXPRESSIONS: dict[str, dict[str, float]] = {
    "neutral": {},
    "smile": {
        "mouthSmile": 1.1,
        "cheekSquint": 0.8,
        "eyeSquint": 0.15,
        "mouthUpperUp": 0.6,
        "mouthLowerDown": 0.1,
        "jawOpen": 0.08,
    },
    "anger": {
        "browDown": 1.7,
        "browInnerUp": -0.5,
        "eyeSquint": 0.5,
        "noseSneer": 0.5,
        "mouthFrown": 0.9,
        "mouthRollLower": 0.4,
        "mouthRollUpper": 0.3,
    },
    "sadness": {
        "browInnerUp": 2.0,
        "browOuterUp": -0.5,
        "mouthFrown": 1.5,
        "mouthShrugLower": 0.5,
        "eyeBlink": 0.08,
    },
    "surprise": {"browInnerUp": 2.2, "browOuterUp": 1.6, "eyeWide": 1.3, "jawOpen": 0.6},
}
REST = {"mouthSmile": 0.12, "browInnerUp": 0.05}  # lifts the bare mesh, which looks stern
BLINK = {"eyeBlink": 1.0}
# Label and seconds held, in order; transitions of TRANSITION seconds lie between.
SCRIPT = (
    ("neutral", 2.0),
    ("smile", 2.2),
    ("neutral", 1.8),
    ("anger", 2.2),
    ("neutral", 1.8),
    ("sadness", 2.2),
    ("neutral", 1.8),
    ("surprise", 2.2),
    ("neutral", 2.0),
)
BLINKS = (1.2, 5.3, 6.6, 11.6, 13.1, 17.1, 22.5)  # s, the moment of closure


@dataclass(frozen=True, slots=True)
class Hold:
    """A part of the clip, in seconds, in which one expression is held."""

    label: str
    start: float
    end: float


def holds() -> list[Hold]:
    """The timeline: every held part, in order."""
    table, start = [], 0.0
    for label, length in SCRIPT:
        table.append(Hold(label, round(start, 3), round(start + length, 3)))
        start += length + TRANSITION
    return table


def ease(t: float) -> float:
    """0..1 to 0..1 with zero speed and acceleration at both ends."""
    t = min(max(t, 0.0), 1.0)
    return t**3 * (t * (6 * t - 15) + 10)


def expression_at(seconds: float) -> dict[str, float]:
    """Share of every expression, and of "blink", at a moment."""
    shares = dict.fromkeys(EXPRESSIONS, 0.0)
    table = holds()
    for index, hold in enumerate(table):
        rise = ease((seconds - hold.start) / TRANSITION + 1) if index else 1.0
        fall = ease((seconds - hold.end) / TRANSITION) if index < len(table) - 1 else 0.0
        shares[hold.label] += rise - fall
    alive = 1 + 0.04 * np.sin(5.1 * seconds) * np.sin(1.7 * seconds)
    shares = {label: share * alive for label, share in shares.items()}
    shares["blink"] = max(np.exp(-(((seconds - closed) / 0.065) ** 2)) for closed in BLINKS)
    return shares


def pose_at(seconds: float, length: float) -> Floats:
    """Yaw, pitch, roll in radians; still and straight at both ends of the clip."""
    turn = 2 * np.pi * seconds / length
    yaw = 9 * np.sin(3 * turn) + 3 * np.sin(5 * turn)
    pitch = 3.5 * np.sin(2 * turn) + 1.5 * np.sin(7 * turn)
    roll = 3.0 * np.sin(4 * turn)
    return np.radians([yaw, pitch, roll])


def face_units(shares: Mapping[str, float]) -> dict[str, float]:
    """Shares of expressions to face-unit weights."""
    units = dict(REST)
    for label, share in shares.items():
        for name, weight in (BLINK if label == "blink" else EXPRESSIONS[label]).items():
            units[name] = units.get(name, 0.0) + share * weight
    return units

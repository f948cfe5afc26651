"""The networks that are shipped with the program, and the one function that finds them."""

from __future__ import annotations

import json
from pathlib import Path

DEFAULT = "avce-r18.onnx"
"""The best one, in its best precision: where no provider is named, and on those that are fast."""
ON_CPU = "avce-r18-int8.onnx"
"""The same in 8 bits, the default on CPUs where it is shipped."""
_FOLDER = Path(__file__).resolve().parent


def available_weights() -> list[Path]:
    """The shipped networks: the default one of CPUs, the best one, then the others by name."""
    first = (find_weights(provider="cpu").name, DEFAULT) if (_FOLDER / DEFAULT).is_file() else ()
    found = sorted(path.name for path in _FOLDER.glob("*.onnx"))
    return [_FOLDER / name for name in dict.fromkeys([*first, *found])]


def find_weights(name: str | None = None, *, provider: str = "") -> Path:
    """The path of a shipped network; without a name the default one of a provider ("cpu", "cuda",
    ...), the best one where none is given.

    On a CPU that is the one in 8 bits, if it is shipped: as good, and two to three times as fast.
    Raises `FileNotFoundError` that lists what is there.
    """
    if name is None:
        name = ON_CPU if provider == "cpu" and (_FOLDER / ON_CPU).is_file() else DEFAULT
    path = _FOLDER / name
    if not path.is_file():
        there = ", ".join(sorted(p.name for p in _FOLDER.glob("*.onnx"))) or "none"
        raise FileNotFoundError(
            f"There is no model {path.name} here, and none of that name is included; included are: "
            f"{there}."
        )
    return path


def stated_sha256(weights: Path) -> str | None:
    """The SHA-256 that the card of a shipped network states; None for any other file, and for one
    without a card."""
    card = weights.with_suffix(".json")
    if weights.resolve().parent != _FOLDER or not card.is_file():
        return None
    stated = json.loads(card.read_text(encoding="utf-8")).get("sha256")
    return stated if isinstance(stated, str) else None


def card_path(weights: Path) -> Path:
    """Where the model card of a network lies: beside it, with the ending .md."""
    return weights.with_suffix(".md")

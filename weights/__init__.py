"""The networks that are shipped with the program, and the one function that finds them."""

from __future__ import annotations

from pathlib import Path

DEFAULT = "avce-r18.onnx"
_FOLDER = Path(__file__).resolve().parent


def available_weights() -> list[Path]:
    """The shipped networks: the default one, then the others by name."""
    return sorted(_FOLDER.glob("*.onnx"), key=lambda path: (path.name != DEFAULT, path.name))


def find_weights(name: str | None = None) -> Path:
    """The path of a shipped network, the default one without a name.

    Raises `FileNotFoundError` that lists what is there.
    """
    path = _FOLDER / (name or DEFAULT)
    if not path.is_file():
        there = ", ".join(p.name for p in available_weights()) or "none"
        raise FileNotFoundError(f"There is no shipped network {path.name}; there is: {there}.")
    return path


def card_path(weights: Path) -> Path:
    """Where the model card of a network lies: beside it, with the ending .md."""
    return weights.with_suffix(".md")

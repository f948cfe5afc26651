"""Choices that are remembered between two runs."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QSettings

DEFAULTS: Final[dict[str, str | float]] = {
    "theme": "system",
    "map": "off",
    "opacity": 0.6,
    "colours": "viridis",
    "window": "30.0",
    "folder": "",
    "model": "",
    "max_faces": 1.0,
    "count_down": 0.0,
    "camera": "1280x720@30",
}


class Preferences:
    """`QSettings` with types: defaults of numbers and texts stand here, those of switches
    in their actions.

    Args:
        store: where to keep them; the user's own place when None. Tests pass a file of their own.
    """

    def __init__(self, store: QSettings | None = None) -> None:
        self.store = QSettings("avce", "avce-live") if store is None else store

    def text(self, name: str) -> str:
        """A word or a path."""
        return str(self.store.value(name, DEFAULTS[name]))

    def number(self, name: str) -> float:
        """A number; its default when what is stored is none."""
        try:
            return float(self.store.value(name, DEFAULTS[name]))  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return float(DEFAULTS[name])

    def texts(self, name: str) -> list[str]:
        """A list of words or paths; empty when nothing is stored."""
        value = self.store.value(f"lists/{name}")
        # One alone comes back as a text from a file of settings.
        found = value if isinstance(value, list) else [value]
        return [text for text in found if isinstance(text, str) and text]

    def put_texts(self, name: str, values: list[str]) -> None:
        """Remember a list."""
        self.store.setValue(f"lists/{name}", values)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Yes or no."""
        return str(self.store.value(name, default)).lower() in ("true", "1")

    def put(self, name: str, value: str | float | bool) -> None:
        """Remember a value."""
        self.store.setValue(name, value)

    def bytes(self, name: str) -> QByteArray:
        """A stored layout, empty if there is none."""
        value = self.store.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def put_bytes(self, name: str, value: QByteArray) -> None:
        """Remember a layout."""
        self.store.setValue(f"layout/{name}", value)

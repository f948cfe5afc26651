"""Choices that are remembered between two runs."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QSettings

DEFAULTS: Final[dict[str, str | float | bool]] = {
    "theme": "system",
    "map": "off",
    "opacity": 0.6,
    "colours": "viridis",
    "window": "30.0",
    "density": False,
    "relative": False,
    "peaks": True,
    "folder": "",
    "record_video": False,
    "lossless": False,
    "model": "",
    "max_faces": 1.0,
    "camera": "1280x720@30",
    "first_run_done": False,
}


class Preferences:
    """A thin typed cover over `QSettings`: a value comes back as the type of its default.

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

    def flag(self, name: str) -> bool:
        """Yes or no."""
        return str(self.store.value(name, DEFAULTS[name])).lower() in ("true", "1")

    def put(self, name: str, value: str | float | bool) -> None:
        """Remember a value under one of the names of `DEFAULTS`."""
        if name not in DEFAULTS:
            raise KeyError(name)
        self.store.setValue(name, value)

    def bytes(self, name: str) -> QByteArray:
        """A stored layout, empty if there is none."""
        value = self.store.value(f"layout/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def put_bytes(self, name: str, value: QByteArray) -> None:
        """Remember a layout."""
        self.store.setValue(f"layout/{name}", value)

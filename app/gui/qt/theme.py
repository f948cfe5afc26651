"""Colours and line styles of the window, in a dark and a light theme.

Valence is always orange and arousal always blue: a pair that stays apart in every common form of
colour blindness. The light theme uses darker shades of the same two hues, so that text in them
stays readable.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from .style import STYLE

AXES: Final = ("valence", "arousal")


@dataclass(frozen=True, slots=True)
class Theme:
    """Named colours, as #rrggbb."""

    name: str
    window: str
    card: str
    raised: str
    border: str
    text: str
    muted: str
    faint: str
    accent: str
    valence: str
    arousal: str
    record: str
    warning: str
    stage: str

    def axis(self, name: str) -> str:
        """Colour of "valence" or "arousal"."""
        return self.valence if name == "valence" else self.arousal


DARK: Final = Theme(
    name="dark",
    window="#12151a",
    card="#1a1e25",
    raised="#262c36",
    border="#2b323d",
    text="#e7eaf0",
    muted="#98a1b0",
    faint="#3a424f",
    accent="#8fa3c4",
    valence="#f2a33c",
    arousal="#58b2f2",
    record="#f0525a",
    warning="#f2c14e",
    stage="#0c0e12",
)
LIGHT: Final = Theme(
    name="light",
    window="#eef0f3",
    card="#ffffff",
    raised="#e6e9ee",
    border="#d5dae1",
    text="#1b2027",
    muted="#5b6472",
    faint="#c3cad4",
    accent="#4c6288",
    valence="#b4540a",
    arousal="#0b69b0",
    record="#c9303a",
    warning="#8a6100",
    stage="#d9dde3",
)
THEMES: Final = {"dark": DARK, "light": LIGHT}


def resolve(choice: str) -> Theme:
    """The theme for "dark", "light" or "system" (what the desktop asks for, else dark)."""
    if choice in THEMES:
        return THEMES[choice]
    scheme = QApplication.styleHints().colorScheme()
    return LIGHT if scheme == Qt.ColorScheme.Light else DARK


def colour(value: str, alpha: float = 1.0) -> QColor:
    """A colour with an opacity between 0 and 1."""
    result = QColor(value)
    result.setAlphaF(alpha)
    return result


def palette(theme: Theme) -> QPalette:
    """The Qt palette of a theme, for whatever the style sheet does not reach."""
    role = QPalette.ColorRole
    table = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.card,
        role.AlternateBase: theme.raised,
        role.Text: theme.text,
        role.Button: theme.raised,
        role.ButtonText: theme.text,
        role.BrightText: theme.text,
        role.ToolTipBase: theme.raised,
        role.ToolTipText: theme.text,
        role.PlaceholderText: theme.muted,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.card,
        role.Link: theme.arousal,
        role.LinkVisited: theme.arousal,
        role.Mid: theme.border,
        role.Dark: theme.border,
        role.Light: theme.raised,
    }
    result = QPalette()
    for key, value in table.items():
        result.setColor(key, QColor(value))
    for key in (role.Text, role.WindowText, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.muted))
    return result


def style_sheet(theme: Theme) -> str:
    """The style sheet of a theme, each `@name` replaced by the colour of that name."""
    text = STYLE
    names = sorted((field.name for field in fields(theme)), key=len, reverse=True)
    for name in names:
        text = text.replace(f"@{name}", getattr(theme, name))
    return text


def apply(theme: Theme) -> None:
    """Give the whole application a theme."""
    application = QApplication.instance()
    if isinstance(application, QApplication):
        # Setting a style sheet makes every widget think again, so only do it when it is another.
        sheet = style_sheet(theme)
        if application.styleSheet() != sheet:
            application.setStyle("Fusion")
            application.setPalette(palette(theme))
            application.setStyleSheet(sheet)

# ruff: noqa: E501  (a table reads best with one entry a line)
"""Line icons, drawn from short SVG paths in the colour of the theme."""

from __future__ import annotations

from functools import cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

# Each drawing lives on a 24 x 24 grid; class "f" marks a shape that is filled.
_SHAPES: Final = {
    "play": '<path class="f" d="M8 5 L19 12 L8 19 Z"/>',
    "pause": '<path class="f" d="M7 5h3.6v14H7zM13.4 5H17v14h-3.6z"/>',
    "step_back": '<path class="f" d="M18 5 L9 12 L18 19 Z"/><path class="f" d="M5.4 5h2.6v14H5.4z"/>',
    "step": '<path class="f" d="M6 5 L15 12 L6 19 Z"/><path class="f" d="M16 5h2.6v14H16z"/>',
    "record": '<circle class="f" cx="12" cy="12" r="6.5"/>',
    "stop": '<rect class="f" x="6.5" y="6.5" width="11" height="11" rx="1.5"/>',
    "marker": '<path d="M7 21 V4 h10.5 l-2.6 3.8 2.6 3.8 H7"/>',
    "snapshot": '<path d="M4 8.5h3.4L9 6h6l1.6 2.5H20V19H4z"/><circle cx="12" cy="13.4" r="3.4"/>',
    "camera": '<rect x="3" y="7" width="12.5" height="10.5" rx="2"/><path d="M15.5 11 L21 8v8.5l-5.5-3"/>',
    "video": '<rect x="4" y="5" width="16" height="14" rx="2"/><path d="M8 5v14M16 5v14M4 9.7h4M4 14.3h4M16 9.7h4M16 14.3h4"/>',
    "image": '<rect x="4" y="5" width="16" height="14" rx="2"/><circle cx="9" cy="10" r="1.6"/><path d="M5 17.5l5-4.5 3 2.6 3.2-3 3.6 3.4"/>',
    "face": '<circle cx="12" cy="12" r="8.5"/><path d="M8.6 14.2c1.8 2.4 5 2.4 6.8 0"/><path d="M9 9.4v.6M15 9.4v.6"/>',
    "neutral": '<circle cx="12" cy="12" r="8.5"/><path d="M8.6 15h6.8"/><path d="M9 9.4v.6M15 9.4v.6"/>',
    "follow": '<path d="M4 12h12M11.5 7l5 5-5 5M20 5v14"/>',
}


# Drawn once: Qt keeps what it scales of each pixmap, so that icons drawn anew for every window fill
# its cache to the brim.
@cache
def icon(
    name: str, colour: str, *, disabled: str | None = None, checked: str | None = None
) -> QIcon:
    """An icon by name in a colour, with other colours for its disabled and checked states."""
    result = QIcon()
    for pixels in (20, 40):
        result.addPixmap(_draw(name, colour, pixels))
        if disabled is not None:
            result.addPixmap(_draw(name, disabled, pixels), QIcon.Mode.Disabled)
        if checked is not None:
            drawn = _draw(name, checked, pixels)
            result.addPixmap(drawn, QIcon.Mode.Normal, QIcon.State.On)
    return result


def _draw(name: str, colour: str, pixels: int) -> QPixmap:
    line = f'fill="none" stroke="{colour}" stroke-width="1.9"'
    body = _SHAPES[name].replace('class="f"', f'fill="{colour}" stroke="none"')
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><g {line} '
        f'stroke-linecap="round" stroke-linejoin="round">{body}</g></svg>'
    )
    return render(svg, pixels)


def render(svg: str, pixels: int) -> QPixmap:
    """A drawing as a square of so many pixels."""
    drawn = QPixmap(pixels, pixels)
    drawn.fill(Qt.GlobalColor.transparent)
    with QPainter(drawn) as painter:
        QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    return drawn

"""How every figure looks, in a light and a dark theme, and how it becomes SVG and PNG."""

from __future__ import annotations

import base64
import io
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

PNG_DPI = 200


@dataclass(frozen=True, slots=True)
class Style:
    """Named colours, as #rrggbb. `others` tell runs apart, beside this run's axis colour."""

    name: str
    paper: str
    text: str
    muted: str
    grid: str
    valence: str
    arousal: str
    others: tuple[str, ...]

    def axis(self, name: str) -> str:
        """Colour of "valence" or "arousal": a pair apart in every common colour blindness."""
        return self.valence if name == "valence" else self.arousal


LIGHT = Style(
    "light", "#ffffff", "#1b2027", "#5b6472", "#d5dae1", "#b4540a", "#0b69b0",
    ("#6b4fa3", "#2f7d4f", "#a3325f", "#6b6a12"),
)  # fmt: skip
DARK = Style(
    "dark", "#1a1e25", "#e7eaf0", "#98a1b0", "#39414d", "#f2a33c", "#58b2f2",
    ("#b9a1ec", "#7fd1a0", "#ef8fb4", "#d6d36a"),
)  # fmt: skip

Draw = Callable[[Style], Figure]


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """One image of the report: its file name, what it shows in words (`alt`, for who cannot see
    it), how to draw it, and a `caption` for everybody.

    `wide` images take the page's whole width; the others stand side by side.
    """

    name: str
    alt: str
    draw: Draw
    wide: bool = False
    caption: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A drawing as files: `svg` for each theme and a light `png`."""

    drawing: Drawing
    svg: dict[str, bytes]
    png: bytes

    def data_uri(self, theme: str) -> str:
        """The SVG as an address that holds the image itself, for the page's template."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg[theme]).decode("ascii")


def new_figure(
    style: Style,
    width: float,
    height: float,
    layout: Literal["constrained", "compressed"] = "constrained",
) -> Figure:
    """An empty figure in inches; a hundredth of one is about a pixel of the page.

    A "compressed" layout leaves no room between images, whose shape is fixed.
    """
    return Figure(figsize=(width, height), dpi=100, layout=layout, facecolor=style.paper)


def dress(axes: Any, style: Style, *, grid: bool = True) -> None:
    """Give axes the theme's colours."""
    axes.set_facecolor(style.paper)
    axes.tick_params(colors=style.muted, labelsize=8, length=3)
    axes.xaxis.label.set(color=style.text, fontsize=9)
    axes.yaxis.label.set(color=style.text, fontsize=9)
    axes.title.set(color=style.text, fontsize=10)
    for spine in axes.spines.values():
        spine.set_color(style.grid)
    axes.spines[["top", "right"]].set_visible(False)
    if grid:
        axes.grid(color=style.grid, linewidth=0.6)
        axes.set_axisbelow(True)


def colour_bar(figure: Figure, image: Any, axes: Any, style: Style, label: str) -> Any:
    """A colour bar in the theme's colours."""
    bar = figure.colorbar(image, ax=axes, shrink=0.85, aspect=28, pad=0.02)
    bar.set_label(label, color=style.text, fontsize=8)
    bar.ax.tick_params(colors=style.muted, labelsize=7, length=2)
    bar.outline.set_edgecolor(style.grid)  # type: ignore[union-attr]
    return bar


def digits(value: float, form: str = "+z.2f") -> str:
    """A number with a true minus sign, which is as wide as the plus, and no minus before zero."""
    return format(value, form).replace("-", "\N{MINUS SIGN}")


def plain(text: str, width: int = 0) -> str:
    """Text that matplotlib takes as it is (a dollar sign would begin a formula), in lines of at
    most `width` characters where that is not 0."""
    lines = textwrap.wrap(text, width) if width else [text]
    return "\n".join(lines).replace("$", r"\$")


def render(drawing: Drawing) -> Rendered:
    """Draw in both themes; the same input gives the same bytes."""
    # Identifiers in an SVG are random unless a salt is given.
    with matplotlib.rc_context({"svg.hashsalt": drawing.name, "font.family": "DejaVu Sans"}):
        figure = drawing.draw(LIGHT)
        svg = {LIGHT.name: _svg(figure), DARK.name: _svg(drawing.draw(DARK))}
        FigureCanvasAgg(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return Rendered(drawing, svg, buffer.getvalue())


def _svg(figure: Figure) -> bytes:
    FigureCanvasSVG(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()

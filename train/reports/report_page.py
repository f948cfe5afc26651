"""The report as one HTML page that needs nothing beside it, and its figures as files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ...model.system.whole_file import write_whole
from ..figures.style import Rendered, render
from .report_numbers import Table
from .report_sections import Section

TEMPLATE = "report_page.html.j2"
PAGE = "report.html"
FIGURES = "figures"

LIMITS = (
    "A number says how an expression would be read by the people who labelled these images. It "
    "does not say what a person feels, and is not suitable for judging one."
)


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What the page says; `facts` are names and values, `privacy` is "" where no face is shown."""

    title: str
    subtitle: str
    privacy: str
    tables: Sequence[Table]
    notes: Sequence[str]
    sections: Sequence[Section]
    facts: Sequence[tuple[str, str]]
    command: str


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """A section with its figures drawn."""

    key: str
    title: str
    text: Sequence[str]
    figures: Sequence[Rendered]


def write_page(content: Content, out: Path) -> Path:
    """Draw the figures into `out/figures` (SVG and PNG) and write `out/report.html`, which holds
    them all. Figures of an earlier report there are removed."""
    folder = out / FIGURES
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("*.svg"), *folder.glob("*.png")):
        old.unlink()
    shown = []
    for part in content.sections:
        figures = [render(drawing) for drawing in part.drawings]
        for figure in figures:
            name = figure.drawing.name
            write_whole(folder / f"{name}.svg", figure.svg["light"])
            write_whole(folder / f"{name}.png", figure.png)
        shown.append(_Shown(part.key, part.title, part.text, figures))
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    text = environment.get_template(TEMPLATE).render(
        title=content.title,
        subtitle=content.subtitle,
        privacy=content.privacy,
        tables=content.tables,
        notes=content.notes,
        sections=shown,
        facts=content.facts,
        command=content.command,
        limits=LIMITS,
    )
    page = out / PAGE
    write_whole(page, text)
    return page

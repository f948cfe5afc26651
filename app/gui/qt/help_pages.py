"""Help pages: what the numbers mean, shortcuts, licences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from importlib import metadata
from typing import Any, Final

from ....model.version import __version__
from .theme import Theme

_PROGRAM: Final = "avce-live"


def beginning(source: str) -> str:
    """The top of the page of the first start; `source` says what begins when it is closed."""
    return f"""
    <p><b>To begin.</b> {escape(source)} The button at the top left chooses another source: a
    camera, a video, images or a stream; a file can also be dropped on the window.
    <b>Baseline</b> (B) records a neutral face, <b>Record</b> (R) a session, <b>Space</b> pauses,
    and <b>F1</b> lists all keys.</p>
    """


def meaning(theme: Theme) -> str:
    """The first page: what the numbers mean and do not mean."""
    return f"""
    <p>For each face, the model gives two numbers that describe the <b>estimated expression</b>:</p>
    <table cellpadding="4">
    <tr><td><b style="color:{theme.valence}">valence</b></td>
        <td>from \N{MINUS SIGN}1 (negative) to +1 (positive)</td></tr>
    <tr><td><b style="color:{theme.arousal}">arousal</b></td>
        <td>from \N{MINUS SIGN}1 (calm) to +1 (excited)</td></tr>
    </table>
    <p><b>What they are.</b> How people who rate photographs would, on average, judge an expression
    like this one. The emotion words in the circumplex stand where the model's labels put
    faces of that emotion, for orientation only.</p>
    <p><b>What they are not.</b> They do not say what a person feels, thinks or intends. A smile can
    be polite, and a frown can be concentration. They are not a diagnosis, nor a measure of honesty,
    character or fitness for anything. Do not use them to make decisions about people.</p>
    <p><b>When they are unreliable.</b> Strong head turns, poor light, covered faces, and faces
    unlike those in the training data. Compare a person with themselves rather than with others:
    record a neutral baseline (<b>B</b>) and watch the values relative to neutral. The model card
    (<b>Ctrl+M</b>) says how the model was tested and how large its errors are.</p>
    <p><b>What the maps show.</b> Which regions of the face push the estimate away from neutral.
    They explain the model, not the person.</p>
    <p><b>Privacy: everything stays on this computer.</b> Video does not leave it, and is not stored
    unless you choose to record it. Ask people for their consent before you point a camera at
    them.</p>
    """


def key_page(menus: Iterable[tuple[str, Sequence[tuple[str, str]]]], theme: Theme) -> str:
    """All shortcuts as (words, key), by menu."""
    columns: list[list[str]] = [[], []]
    for title, rows in menus:
        cells = "".join(
            f"<tr><td width='220'>{escape(words)}</td>"
            f"<td width='110'><nobr><b>{escape(key)}</b></nobr></td></tr>"
            for words, key in rows
        )
        heading = f"<p style='color:{theme.muted}; margin-bottom:2px'>{title}</p>"
        # The long menu of the view fills the second column.
        column = columns[title == "View"]
        column.append(f"{heading}<table cellpadding='2'>{cells}</table>")
    left, right = ("".join(column) for column in columns)
    return f"<table><tr><td>{left}</td><td width='30'></td><td>{right}</td></tr></table>"


def licence(name: str) -> tuple[str, str] | None:
    """Version and licence of an installed package, None when it is not installed."""
    try:
        found: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    named = [
        line.split(" :: ")[-1]
        for line in found.get_all("Classifier") or ()
        if line.startswith("License ::")
    ]
    text = found.get("License-Expression") or (named[0] if named else found.get("License"))
    return found.get("Version", ""), (text or "see its pages").splitlines()[0][:60]


def components() -> list[str]:
    """Names of the packages that the program asks for, extras left out."""
    try:
        wanted = metadata.requires(_PROGRAM) or []
    except metadata.PackageNotFoundError:
        return []
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in wanted if "extra ==" not in line]


def about(theme: Theme) -> str:
    """Version, paper and licences."""
    rows = []
    for name in components():
        known = licence(name)
        if known is not None:
            cells = "".join(f"<td>{escape(cell)}&nbsp;&nbsp;</td>" for cell in (name, *known))
            rows.append(f"<tr>{cells}</tr>")
    return f"""
    <p>Valence and arousal from faces in real time, after Daeha Kim and Byung Cheol Song,
    <i>Emotion-aware Multi-view Contrastive Learning for Facial Emotion Recognition</i>
    (ECCV 2022).</p>
    <p>Version {__version__}, Apache License 2.0.</p>
    <p>Faces are found with YuNet (MIT License) and Google's MediaPipe face landmarker (Apache
    License 2.0). The demo clip is synthetic, rendered from MakeHuman's CC0 assets.</p>
    <p style="color:{theme.muted}; margin-bottom:2px">Components</p>
    <table cellpadding="2">{"".join(rows)}</table>
    """


def table(rows: Iterable[tuple[str, str]], theme: Theme) -> str:
    """Names and values as two columns."""
    cells = "".join(
        f"<tr><td style='color:{theme.muted}'>{escape(name)}&nbsp;&nbsp;</td>"
        f"<td>{escape(value)}</td></tr>"
        for name, value in rows
    )
    return f"<table cellpadding='3'>{cells}</table>"

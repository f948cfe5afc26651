"""`batch.html`: what became of each file of a batch, failures first, each with its curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

from ...model.system.whole_file import write_whole
from .table import CURVES, FOLDER

PAGE = "batch.html"
_ORDER = {"failed": 0, "damaged": 1, "done": 2}
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .8rem .2rem 0; text-align: left; }
img { max-width: 100%; } .failed { color: #a32b19; } .damaged { color: #8a5a00; }
section { border-top: 1px solid #ddd; padding: .6rem 0; } h2 { font-size: 1rem; }
"""


def write_page(out: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """Write the page of the rows of `batch.csv`, the last of each input and part; returns it."""
    newest = {(row["input"], row.get("start"), row.get("end")): row for row in rows}
    ordered = sorted(newest.values(), key=lambda row: (_ORDER.get(row["status"], 0), row["input"]))
    counts = {name: sum(row["status"] == name for row in ordered) for name in _ORDER}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    parts = "".join(_section(out, row) for row in ordered)
    page = out / PAGE
    write_whole(
        page,
        "<!doctype html><meta charset=utf-8><title>Batch</title>"
        f"<style>{_STYLE}</style><h1>{len(ordered)} files: {told or 'none'}</h1>{parts}\n",
    )
    return page


def _curves(session: str) -> str:
    """Where the drawing of a session, or of a part of the data set, lies in the folder."""
    if session.startswith(f"{FOLDER}/"):
        return f"{CURVES}/{Path(session).stem}.png"
    return f"{session}/summary.png"


def _section(out: Path, row: Mapping[str, str]) -> str:
    own = {"input", "status", "session", "detail"}
    own |= {"bytes", "modified_ns", "content_sha256", "model_sha256"}
    facts = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"
        for name, value in row.items()
        if value and name not in own
    )
    drawn = _curves(row["session"])
    image = f'<img loading=lazy src="{quote(drawn)}" alt="curves">'
    return (
        f'<section><h2 class="{escape(row["status"])}">{escape(row["status"])}: '
        f"{escape(row['input'])}</h2><p>{escape(row['detail'])}</p><table>{facts}</table>"
        f"{image if row['session'] and (out / drawn).is_file() else ''}</section>"
    )

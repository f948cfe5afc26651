"""report.html: one file that needs no other, and the figures and tables that it shows."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ...model.version import __version__
from .contrasts import CONTRASTS, MEANS, condition_means, contrasts
from .courses import gather
from .mixed import MIXED
from .plan import StudyPlan, Window
from .tables import write_csv
from .words import Remark, counted

Row = Mapping[str, Any]
_MOST_ROWS = 200
_CSS = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b2027; background: #fff; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-size: 13px; } .wide { overflow-x: auto; }
th, td { text-align: left; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid #d5dae1; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; } figure { margin: 1rem 0; } figcaption, .small { color: #5b6472;
  font-size: 13px; }
@media print {
  body { max-width: none; margin: 0; padding: 0; } h1, h2 { break-after: avoid; }
  figure, tr { break-inside: avoid; } .wide { overflow: visible; }
  table { font-size: 7.5pt; } th, td { padding-right: .4rem; overflow-wrap: break-word; }
}
"""


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """The rows that a report is made of; `mixed` is None where nobody asked for such models."""

    summary: Sequence[Row]
    segments: Sequence[Row]
    recordings: Sequence[Row]
    mixed: Sequence[Row] | None = None


def write_report(
    out: Path,
    plan: StudyPlan,
    results: Results,
    remarks: Sequence[Remark],
    before: Callable[[], None] = lambda: None,
) -> None:
    """Write `report.html`, `figures/` and the tables of means and contrasts into a study's folder,
    which holds its epochs already. `before` is called before each figure, and may end it by an
    error."""
    # matplotlib takes a second to load, and only this needs it.
    from . import figures

    apart = plan.faces == "all"
    compared = [] if apart else results.summary
    means, pairs = condition_means(compared), contrasts(compared)
    write_csv(out / "means.csv", MEANS, means)
    write_csv(out / "contrasts.csv", CONTRASTS, pairs)
    folder = out / "figures"
    folder.mkdir()
    drawn: list[tuple[Path, str]] = []
    courses_by_window = gather(out / "epochs.parquet", results.segments, plan.rate, apart=apart)
    draw_courses = partial(figures.draw_courses, intervals=not apart)
    whose = "face" if apart else "participant"
    for i, (window, courses) in enumerate(courses_by_window.items(), 1):
        bands = "" if apart else _BANDS + (_DARK if _has_within(means, window) else "")
        for kind, draw, words in (
            ("course", draw_courses, f"{_COURSE.replace('participant', whose)}{bands}."),
            ("circumplex", figures.draw_densities, _DENSITY.replace("participant", whose)),
        ):
            before()
            path = folder / f"{kind}-{i}-{_file_name(window)}"
            draw(path, courses)
            draw(_for_a_column(path), courses, figures.COLUMN)
            drawn.append((path, words.format(_titled(window, plan))))
    before()
    path = folder / "differences"
    if figures.draw_differences(path, compared):
        figures.draw_differences(_for_a_column(path), compared, figures.COLUMN)
        drawn.append((path, _DIFFERENCE))
    before()
    path = folder / "quality"
    figures.draw_quality(path, results.recordings, apart=apart)
    figures.draw_quality(_for_a_column(path), results.recordings, figures.COLUMN, apart=apart)
    page = _page(plan, means, pairs, results, remarks, drawn, folder / "quality")
    with (out / "report.html").open("x", encoding="utf-8") as file:
        file.write(page)


_MEANS = (
    "Over participants. between: half of Student's interval of the mean; within: half of the "
    "Cousineau-Morey interval, over those who have every condition."
)
_PAIRS = (
    "The second condition minus the first, with its interval; effect: Hedges' g, of the "
    "differences where the same participants are compared (paired)."
)
_COURSE = (
    "{}: valence and arousal over time. Thick lines are means of the participants' means, "
    "thin lines single participants"
)
_BANDS = "; light bands the 95 % interval between participants"
_DARK = ", dark bands the Cousineau-Morey interval within those who have every condition"
_DENSITY = (
    "{}: where in the plane of valence and arousal the readings lie, in % of a "
    "condition's readings by cell; every participant counts alike."
)
_DIFFERENCE = (
    "Differences between conditions: grey dots are participants, bars 95 % intervals of the mean; "
    "g is Hedges' effect size, of the differences where the same participants are compared."
)


def _has_within(means: Sequence[Row], window: str) -> bool:
    return any(np.isfinite(row["within"]) for row in means if row["window"] == window)


def _without_within(means: Sequence[Row]) -> Iterator[str]:
    """Why there is no interval within participants, of the windows that have none."""
    for window in dict.fromkeys(row["window"] for row in means):
        count = {r["condition"]: r["participants"] for r in means if r["window"] == window}
        if len(count) > 1 and not _has_within(means, window):
            rare = min(count, key=lambda condition: count[condition])
            yield (
                f"In window “{window}” fewer than two participants have every condition, so there "
                f"is no within; the rarest condition is “{rare}” "
                f"({counted(count[rare], 'participant')})."
            )


def _titled(name: str, plan: StudyPlan) -> str:
    """A window by its name and, where the plan says them, its times."""
    times = next((_times(w) for w in plan.windows if w.name == name), "")
    return f"Window “{name}”" + (f" ({times})" if times else "")


def _times(window: Window) -> str:
    if window.whole:
        return "the whole recording"
    if window.end is None:
        return f"from {window.start:g} s after the onset to the event's end"
    return f"{window.start:g} to {window.end:g} s from the onset"


def _said(value: Any) -> str:
    """A setting of the plan in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ((), {}):
        return "none"
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {own}" for key, own in value.items())
    if isinstance(value, tuple) and isinstance(value[0], Window):
        return "; ".join(
            f"{w.name}: {_times(w)}" + (f", of {', '.join(w.events)}" if w.events else "")
            for w in value
        )
    if isinstance(value, tuple):
        return f"{value[0]:g} to {value[1]:g} s"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _for_a_column(path: Path) -> Path:
    return path.with_name(f"{path.name}-column")


def _file_name(text: str) -> str:
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in text)[:40] or "window"


def _page(
    plan: StudyPlan,
    means: Sequence[Row],
    pairs: Sequence[Row],
    results: Results,
    remarks: Sequence[Remark],
    drawn: Sequence[tuple[Path, str]],
    quality: Path,
) -> str:
    segments, recordings = results.segments, results.recordings
    used = sum(row["used"] for row in segments)
    people = len({row["participant"] for row in recordings})
    # With faces: all, a recording has a row for each face.
    lengths = {row["recording"]: row["seconds"] for row in recordings}
    minutes = sum(lengths.values()) / 60
    apart = plan.faces == "all"
    face = ["face_id", "face_name"] if apart else []
    excluded = [r for r in remarks if r.kind == "excluded"]
    notes = [r for r in remarks if r.kind == "note"]
    unused = [row for row in segments if not row["used"]]
    parts = [
        f"<h1>Study of {counted(len(lengths), 'recording')}</h1>",
        f"<p>{counted(people, 'participant')}, {minutes:.1f} minutes; {used} of "
        f"{counted(len(segments), 'segment')} {'was' if used == 1 else 'were'} used. Values are "
        "estimates of what an expression looks like to viewers, not of what a person feels; "
        + (
            "every face of a recording stands for itself.</p>"
            if apart
            else "all intervals are 95 %, and each participant counts once.</p>"
        ),
        "<h2>Conditions</h2>",
        _table([column.name for column in MEANS], means),
        f'<p class="small">{escape(" ".join([_MEANS, *_without_within(means)]))}</p>'
        if means
        else "<p>Nothing is compared: see the notes.</p>",
        "<h2>Differences</h2>",
        _table([column.name for column in CONTRASTS], pairs)
        + f'<p class="small">{escape(_PAIRS)}</p>'
        if pairs
        else "<p>No two conditions have two participants each.</p>",
        *_mixed(results.mixed),
        "<h2>Figures</h2>",
        *(_figure(path, words) for path, words in drawn),
        "<h2>Quality and missing data</h2>",
        _figure(
            quality,
            f"Frames of each recording with an estimate of {'each' if apart else 'the'} face, and "
            f"with a good reading; the least seen {'faces' if apart else 'recordings'} first.",
        ),
        _table(
            [
                "participant",
                "session",
                "condition",
                "recording",
                *face,
                "seconds",
                "frames",
                "faces",
                "share_valid",
                "share_good",
                "quality",
                "status",
            ],
            recordings,
        ),
        "<h2>Left out</h2>",
        _remarks(excluded, "No recording was left out."),
        _table(
            [
                *("participant", "condition", "recording", *face),
                *("window", "event", "onset", "reason"),
            ],
            unused,
        )
        if unused
        else "<p>Every segment was used.</p>",
        "<h2>Notes</h2>",
        _remarks(notes, "None."),
        "<h2>Plan</h2>",
        _table(
            ["setting", "value"],
            [{"setting": f.name, "value": _said(getattr(plan, f.name))} for f in fields(plan)],
        ),
        f'<p class="small">avce-live {escape(__version__)}; models by SHA-256: '
        + escape(", ".join(sorted({r["model_sha256"][:12] for r in recordings}) or ["unknown"]))
        + "</p>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Study</title>'
        f"<style>{_CSS}</style></head><body>" + "\n".join(parts) + "</body></html>\n"
    )


def _mixed(rows: Sequence[Row] | None) -> list[str]:
    if rows is None:
        return []
    return [
        "<h2>Mixed models</h2>",
        "<p>Of the segments: condition fixed; participant, and participant by condition, random; "
        "REML. Estimates are differences to the reference, with t intervals.</p>",
        _table([column.name for column in MIXED], rows)
        or "<p>No window has two conditions and three participants.</p>",
    ]


def _figure(path: Path, words: str) -> str:
    data = base64.b64encode(path.with_suffix(".svg").read_bytes()).decode("ascii")
    return (
        f'<figure><img alt="{escape(words)}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{escape(words)} ({escape(path.name)}.svg, .png; at the width of a column "
        f"{escape(path.name)}-column)</figcaption></figure>"
    )


def _table(names: Sequence[str], rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{escape(name.replace('_', ' '))}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(_cell(row.get(name)) for name in names) + "</tr>"
        for row in rows[:_MOST_ROWS]
    )
    more = len(rows) - _MOST_ROWS
    rest = f'<p class="small">and {more} more in the tables</p>' if more > 0 else ""
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>{rest}'


def _cell(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return f'<td class="number">{"" if not np.isfinite(value) else f"{value:.3f}"}</td>'
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return f'<td class="number">{value}</td>'
    return f"<td>{escape('' if value is None else str(value))}</td>"


def _remarks(remarks: Sequence[Remark], none: str) -> str:
    rows = [asdict(remark) for remark in remarks]
    return _table(["participant", "recording", "reason"], rows) or f"<p>{none}</p>"

"""`avce-live study`: options above the plan's file, the run, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from .plan import PLAN, StudyPlan, Window, parse_fields, read_plan
from .study import run_study

_MOST_REMARKS = 12
_SAME = ("events", "baseline", "condition", "use", "faces", "min_quality", "min_coverage", "rate")


def has_options(options: Mapping[str, Any]) -> bool:
    """Whether the command line says anything of the study but its folders."""
    names = (*_SAME, "window", "plan", "mixed", "tables_only")
    return any(options.get(name) not in (None, False) for name in names)


def plan_of(folder: Path, plan: Path | None, options: Mapping[str, Any]) -> StudyPlan:
    """The plan of a file, of the folder's own if none is named, with options above it."""
    file = plan or folder / PLAN
    values = read_plan(file) if plan or file.is_file() else {}
    given = {name: options[name] for name in _SAME if options.get(name) is not None}
    events = given.pop("events", None)
    if options.get("mixed"):
        given["mixed"] = True
    values |= parse_fields(given) | ({"events": events} if events else {})
    if options.get("window") is not None:
        start, end = options["window"]
        values["windows"] = (Window("window", start, end),)
    return StudyPlan(**values)


def study_command(folder: Path, out: Path, plan: Path | None, options: Mapping[str, Any]) -> int:
    """Run a study; what is left out or deserves a look goes to standard error."""
    asked = plan_of(folder, plan, options)
    outcome = run_study(folder, out, asked, report=not options.get("tables_only"))
    say = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    for remark in outcome.remarks[:_MOST_REMARKS]:
        about = remark.recording or remark.participant
        say.print(f"{remark.kind}: {about + ': ' if about else ''}{remark.reason}")
    if len(outcome.remarks) > _MOST_REMARKS:
        say.print(f"and {len(outcome.remarks) - _MOST_REMARKS} more in {out / 'exclusions.csv'}")
    print(outcome.words)
    return 0

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


def study_command(folder: Path, out: Path, plan: Path | None, options: Mapping[str, Any]) -> int:
    """Run a study; what is left out or deserves a look goes to standard error."""
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
    outcome = run_study(folder, out, StudyPlan(**values), report=not options.get("tables_only"))
    say = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    for remark in outcome.remarks[:_MOST_REMARKS]:
        about = remark.recording or remark.participant
        say.print(f"{remark.kind}: {about + ': ' if about else ''}{remark.reason}")
    if len(outcome.remarks) > _MOST_REMARKS:
        say.print(f"and {len(outcome.remarks) - _MOST_REMARKS} more in {out / 'exclusions.csv'}")
    print(outcome.words)
    return 0

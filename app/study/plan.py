"""What a study asks for: `study.yaml`, checked as a whole before a recording is read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_args

from ...model.errors import InputError
from ...model.system.yaml_file import read_yaml
from .words import Faces, Use

PLAN = "study.yaml"
SESSION = "session"


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch around each event, [onset + start, onset + end), or a whole recording.

    Args:
        name: of the window.
        start: seconds from the event's onset.
        end: seconds from the onset; None to the event's own end, which is its onset plus its
            duration or, where it has none, the next event or the end of the recording.
        events: labels of the events that it stands around; () for all of them.
        whole: the recording from its first to its last frame, whatever its events.
    """

    name: str
    start: float = 0.0
    end: float | None = None
    events: tuple[str, ...] = ()
    whole: bool = False


@dataclass(frozen=True, slots=True)
class StudyPlan:
    """How readings become results.

    Args:
        use: which estimates: `raw`, `smooth`, or `relative` to the neutral baseline.
        faces: `main`, the face that is seen longest in a recording; `joined`, the largest face of
            each frame, for one person whose number changes; `all`, each on its own.
        condition: what a condition is: `session` (the recording's), `event` (the event's label),
            or a column of participants.tsv.
        conditions: the condition of each event label, for `event`; {} takes the labels.
        windows: () is the event itself, or the whole recording where there are no events.
        baseline: seconds (start, end) around an event's onset whose mean is subtracted.
        min_quality: readings of less are not good; what has no quality is.
        min_coverage: segments of which less was seen well are left out of the summary.
        above, below: thresholds for the time spent beyond them.
        rate: samples per second of the epochs.
        events: a file of events for all recordings, beside those that lie with each.
        event_columns: what this file calls `onset`, `duration` and `trial_type`.
        event_offset: seconds by which the clock of event files (not of markers or XDF files) is
            behind the readings', where recordings.tsv does not say it for a recording.
        exclude: a reason for each recording or participant that is left out.
        mixed: fit mixed models to the segments too; needs statsmodels.
    """

    use: Use = "raw"
    faces: Faces = "main"
    condition: str = "session"
    conditions: Mapping[str, str] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    baseline: tuple[float, float] | None = None
    min_quality: float = 0.0
    min_coverage: float = 0.5
    above: float = 0.2
    below: float = -0.2
    rate: float = 10.0
    events: Path | None = None
    event_columns: Mapping[str, str] = field(default_factory=dict)
    event_offset: float = 0.0
    exclude: Mapping[str, str] = field(default_factory=dict)
    mixed: bool = False

    def __post_init__(self) -> None:
        limits = {
            "min_quality": (0.0, 1.0),
            "min_coverage": (0.0, 1.0),
            "above": (-2.0, 2.0),
            "below": (-2.0, 2.0),
            "rate": (0.1, 1000.0),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"{name} must be from {low:g} to {high:g}, not {value:g}.")
        if self.baseline and not self.baseline[0] < self.baseline[1]:
            raise InputError("The baseline must start before it ends, as in [-1, 0].")
        names = [window.name for window in self.windows]
        if len(set(names)) < len(names):
            raise InputError("Two windows have the same name: give each its own.")
        for window in self.windows:
            if window.end is not None and window.end <= window.start:
                raise InputError(f"The window '{window.name}' must start before it ends.")


def read_plan(path: Path) -> dict[str, Any]:
    """The fields of a `StudyPlan` that a YAML file gives; `InputError` names what is wrong."""
    try:
        content = read_yaml(path)
    except InputError as error:
        raise InputError(f"{str(error).removesuffix('.')}; see docs/study.md.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise InputError(f"{path} must contain names and values, as in 'rate: 10'.")
    known = [each.name for each in fields(StudyPlan)]
    unknown = [str(name) for name in content if name not in known]
    if unknown:
        raise InputError(f"{path}: '{unknown[0]}' is not one of {', '.join(known)}.")
    try:
        found = parse_fields(content)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    if found.get("events"):
        found["events"] = path.parent / found["events"]
    return found


def parse_fields(content: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a `StudyPlan` from plain values; `InputError` names one that cannot be."""
    return {name: _READERS[name](name, value) for name, value in content.items()}


def _word(name: str, value: Any) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
        return str(value).strip()
    raise InputError(f"{name} must be a word, not {value!r}.")


def _choice(*allowed: str) -> Any:
    def read(name: str, value: Any) -> str:
        if value not in allowed:
            raise InputError(f"{name} must be {' or '.join(allowed)}, not {value!r}.")
        return value

    return read


def _number(name: str, value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise InputError(f"{name} must be a number, not {value!r}.")


def _flag(name: str, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise InputError(f"{name} must be true or false, not {value!r}.")


def _texts(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise InputError(f"{name} must contain names and values.")
    return {_word(name, key): _word(f"{name}: {key}", text) for key, text in value.items()}


def _stretch(name: str, value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise InputError(f"{name} must be two numbers of seconds, as in [-1, 0].")
    return _number(name, value[0]), _number(name, value[1])


def _windows(name: str, value: Any) -> tuple[Window, ...]:
    if not isinstance(value, dict):
        raise InputError(
            f"{name} must give each window a name, as in 'late: {{start: 1, end: 5}}'."
        )
    return tuple(_window(_word("a window's name", key), each) for key, each in value.items())


def _window(name: str, value: Any) -> Window:
    if value == SESSION:
        return Window(name, whole=True)
    if not isinstance(value, dict) or not set(value) <= {"start", "end", "events"}:
        raise InputError(f"The window '{name}' must be {{start, end, events}} or '{SESSION}'.")
    labels = value.get("events") or []
    labels = labels if isinstance(labels, list) else [labels]
    end = value.get("end")
    return Window(
        name,
        _number(f"{name}: start", value.get("start", 0.0)),
        None if end is None else _number(f"{name}: end", end),
        tuple(_word(f"{name}: events", label) for label in labels),
    )


def _path(name: str, value: Any) -> Path:
    return Path(_word(name, value))


_READERS: Mapping[str, Any] = {
    "use": _choice(*get_args(Use)),
    "faces": _choice(*get_args(Faces)),
    "condition": _word,
    "conditions": _texts,
    "windows": _windows,
    "baseline": _stretch,
    **dict.fromkeys(
        ("min_quality", "min_coverage", "above", "below", "rate", "event_offset"), _number
    ),
    "events": _path,
    "event_columns": _texts,
    "exclude": _texts,
    "mixed": _flag,
}

"""The tables of a report: a run's figures, those of the runs beside it, and the paper's row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...model.anchors import AnchorRule
from ...model.errors import InputError
from ...model.metrics import AXES, METRICS, bootstrap, evaluate_all
from ..cards.probes import by_emotion
from ..classes import confuse
from ..config import RunConfig
from ..datasets import DATASETS, proxy_note
from ..datasets.base import EMOTIONS
from ..figures.confusion import confusion_intervals
from ..figures.style import digits
from .estimates import Estimates, Labels
from .paper import PaperRow, differences


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row: `name`, a `note` under it, and its `cells`, each a value and its interval."""

    name: str
    note: str
    cells: tuple[tuple[str, str], ...]
    published: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table: `head` holds the columns' names and of each the axis or unit."""

    title: str
    head: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]


def _interval(ends: tuple[float, float]) -> str:
    return f"{digits(ends[0], 'z.3f')} to {digits(ends[1], 'z.3f')}"


def metric_row(name: str, note: str, estimates: Estimates, labels: Labels) -> Row:
    """RMSE, SAGR, PCC and CCC of a run with 95 % intervals."""
    figures = evaluate_all(estimates.answers, labels.target)
    ends = bootstrap(estimates.answers, labels.target, groups=labels.group)
    cells = tuple(
        (digits(figures[axis][metric.name], "z.3f"), _interval(ends[axis][metric.name]))
        for metric in METRICS
        for axis in AXES
    )
    return Row(name, note, cells)


def paper_row(row: PaperRow, config: RunConfig, data: str) -> Row:
    """The paper's row, with what makes it another thing than the run."""
    other = differences(row, config, data)
    note = f"{row.source}: {DATASETS[row.data].title}" + (f" ({', '.join(other)})" if other else "")
    if row.accuracy is not None:
        cells = ((f"{row.accuracy:.3f}", ""), ("–", ""))
    else:
        cells = tuple(
            (f"{row.figures[metric.name][number]:.3f}" if metric.name in row.figures else "–", "")
            for metric in METRICS
            for number in (0, 1)
        )
    return Row(f"Paper: {row.title}", note, cells, published=True)


def metric_table(rows: Sequence[Row]) -> Table:
    """The table of Section 3's metrics; the arrow says which way is better."""
    head = tuple((f"{metric.title} {metric.arrow}", axis) for metric in METRICS for axis in AXES)
    return Table("Valence and arousal", head, tuple(rows))


def class_row(name: str, note: str, estimates: Estimates, labels: Labels) -> Row:
    """Accuracy and mean recall of a run with 95 % intervals."""
    check_classes(estimates, labels)
    confusion = confuse(estimates.answers, labels.emotion)
    ends = confusion_intervals(estimates.answers, labels.emotion, labels.group)
    cells = (
        (f"{confusion.accuracy:.3f}", _interval(ends["accuracy"])),
        (f"{confusion.mean_recall:.3f}", _interval(ends["mean_recall"])),
    )
    return Row(name, note, cells)


def check_classes(estimates: Estimates, labels: Labels) -> None:
    """Raise `InputError` where a face has no emotion among the classes."""
    classes = estimates.answers.shape[1]
    outside = int(((labels.emotion < 0) | (labels.emotion >= classes)).sum())
    if outside:
        raise InputError(
            f"{outside} of {len(labels)} faces have no emotion among the run's {classes} classes: "
            "name data with such labels with --data."
        )


def class_table(rows: Sequence[Row]) -> Table:
    """The table of a run that answers with classes."""
    head = (("accuracy ↑", "share of all faces"), ("mean recall ↑", "mean over classes"))
    return Table("Emotion classes", head, tuple(rows))


def recall_table(estimates: Estimates, labels: Labels) -> Table:
    """Recall of each class that occurs."""
    confusion = confuse(estimates.answers, labels.emotion)
    total = confusion.count.sum(axis=1)
    rows = tuple(
        Row(name, "", ((str(total[i]), ""), (f"{confusion.recall[i]:.3f}", "")))
        for i, name in enumerate(EMOTIONS[: len(total)])
        if total[i]
    )
    return Table("By label", (("faces", ""), ("recall ↑", "")), rows)


def emotion_table(estimates: Estimates, labels: Labels) -> Table | None:
    """Mean estimate and error by emotion; None where no face has one."""
    values = by_emotion(estimates.answers, labels.target, labels.emotion)
    if not values:
        return None
    head = (("faces", ""), *((f"mean {a}", "estimate") for a in AXES),
            *(("RMSE ↓", a) for a in AXES))  # fmt: skip
    rows = tuple(
        Row(name, "", tuple((text, "") for text in (
            str(int(v["n"])), digits(v["valence"]), digits(v["arousal"]),
            f"{v['rmse_valence']:.3f}", f"{v['rmse_arousal']:.3f}",
        )))
        for name, v in values.items()
    )  # fmt: skip
    return Table("By label", head, rows)


def data_notes(names: Sequence[str], labels: Labels, rule: AnchorRule) -> list[str]:
    """What has to be known of the data to read the numbers."""
    notes: list[str] = []
    if note := proxy_note(names, rule):
        notes.append(note)
    notes += [note for name in dict.fromkeys(names) if (note := DATASETS[name].reliability)]
    grouped = len(np.unique(np.asarray(labels.group))) < len(labels)
    notes.append(
        "Intervals are the 2.5 % and 97.5 % points of 1000 bootstrap resamples"
        + (
            " of whole videos or persons, since faces of one are not independent."
            if grouped
            else " of the faces."
        )
    )
    return notes

"""A study: the recordings of a folder, one at a time, to readings, epochs, segments, summary."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from glob import escape
from pathlib import Path
from typing import Any

import numpy as np

from ...model.errors import AvceError, InputError
from ...model.system.workers import is_alive
from ...model.version import __version__
from ..session.reader import Session
from . import tables
from .listed import StudyEvent
from .mixed import MIXED, mixed_models
from .participants import PARTICIPANTS, read_participants
from .plan import StudyPlan
from .recordings import (
    Recording,
    common_events,
    find_recordings,
    read_recordings,
    recording_events,
    unclaimed_events,
)
from .report import Results, write_report
from .segments import (
    FaceRows,
    Timeline,
    epoch,
    find_faces,
    segment,
    stretches_of,
    why_no_face,
    why_nothing,
)
from .several_faces import notes_on_faces
from .summary import summarise
from .tables import ParquetTable, write_csv, write_json
from .words import Remark, counted

_ANOTHER = "name another folder for the results"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a study came to: its folder, how much is in it, and what a reader must know."""

    out: Path
    recordings: int
    participants: int
    segments: int
    used: int
    remarks: tuple[Remark, ...]

    @property
    def words(self) -> str:
        """In a sentence."""
        left_out = sum(remark.kind == "excluded" for remark in self.remarks)
        return (
            f"{counted(self.recordings, 'recording')} of "
            f"{counted(self.participants, 'participant')}, {self.used} of "
            f"{counted(self.segments, 'segment')} used, {counted(left_out, 'exclusion')}; results "
            f"are in {self.out}"
        )


class StoppedError(AvceError):
    """A study was asked to end early; nothing of it is kept."""

    def __init__(self) -> None:
        super().__init__("The study was stopped; nothing was written.")


def go_on(share: float) -> bool:
    """What is told how much of a study is done, and says to continue."""
    return True


def run_study(
    folder: str | Path,
    out: str | Path,
    plan: StudyPlan | None = None,
    *,
    report: bool = True,
    tell: Callable[[float], bool] = go_on,
) -> Outcome:
    """Write the tables of a study into `out`, a new folder, and its report with figures unless
    `report` is False; returns what they came to.

    One recording is in memory at a time. `out` appears when everything is in it. `tell` is told
    after each recording which share of them, 0 to 1, is done, and before each figure that it is
    all of them, and says whether to continue.

    Raises `InputError` where `out` already exists, where nothing can be read, or where the plan
    asks for what the recordings do not have, and `StoppedError` where it was told to end.
    """
    folder, out = Path(folder), Path(out)
    with _new_folder(out) as making:
        study = _Study(folder, making, StudyPlan() if plan is None else plan)
        study.run(report, tell)
        return Outcome(
            out,
            len({row["recording"] for row in study.recordings}),
            len({row["participant"] for row in study.recordings}),
            len(study.segments),
            sum(row["used"] for row in study.segments),
            tuple(study.remarks),
        )


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A folder to work in that becomes `out` at the end, and is gone after an error."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise InputError(f"{out} already exists, and nothing is overwritten: {_ANOTHER}.")
    partial = f"{out.name}.partial-"
    here = f"-{platform.node()}"
    for other in out.parent.glob(f"{escape(partial)}*{escape(here)}"):
        if is_alive(other.name.removeprefix(partial).removesuffix(here)):
            raise InputError(f"Another study writes {out}: wait, or {_ANOTHER}.")
        # What a killed one left. Windows does not say which processes there are.
        if os.name != "nt":
            shutil.rmtree(other, ignore_errors=True)
    making = out.with_name(f"{partial}{os.getpid()}{here}")
    try:
        making.mkdir(parents=True)
    except OSError as error:
        raise InputError(f"{out} cannot be written ({error.strerror or error}).") from error
    try:
        yield making
        if out.exists():
            out.rmdir()
        making.rename(out)
    except BaseException as error:
        shutil.rmtree(making, ignore_errors=True)
        if isinstance(error, OSError):
            raise InputError(f"{out} cannot be written ({error.strerror or error}).") from error
        raise


class _Study:
    """The state of a study while its recordings pass by."""

    def __init__(self, folder: Path, out: Path, plan: StudyPlan) -> None:
        self._folder, self._out, self._plan = folder, out, plan
        self._people = read_participants(folder)
        self._common = common_events(plan.events, plan.event_columns)
        self._check_columns()
        self.recordings: list[dict[str, Any]] = []
        self.segments: list[dict[str, Any]] = []
        self.remarks: list[Remark] = []
        self.mixed: list[dict[str, Any]] | None = None
        """Mixed models, where they are asked for."""
        self._labels: set[str] = set()
        self._seen: list[Recording] = []

    def run(self, report: bool, tell: Callable[[float], bool]) -> None:
        out, plan = self._out, self._plan
        total = len(find_recordings(self._folder))
        by_event = plan.condition == "event"
        with (
            ParquetTable(out / "readings.parquet", tables.READINGS) as readings,
            ParquetTable(out / "epochs.parquet", tables.EPOCHS) as epochs,
        ):
            for recording, session in read_recordings(self._folder, plan.exclude, self.remarks):
                self._take(recording, session, readings, epochs, by_event)
                if not tell(min(len(self._seen) / total, 1.0)):
                    raise StoppedError
        self._check_labels()
        if not self.segments:
            raise InputError(f"There is nothing to analyse in {self._folder}: {self._why_none()}")
        self._remark_on_all()
        summary = self._write()
        if report:
            tables_of = Results(summary, self.segments, self.recordings, self.mixed)

            def before() -> None:
                if not tell(1.0):
                    raise StoppedError

            write_report(out, plan, tables_of, self.remarks, before)

    def _take(
        self,
        recording: Recording,
        session: Session,
        readings: ParquetTable,
        epochs: ParquetTable,
        by_event: bool,
    ) -> None:
        rows, plan = session.readings, self._plan
        times = rows["timestamp"].astype(np.float64)
        timeline = Timeline.of(times)
        faces = find_faces(rows, plan)
        events = recording_events(recording, session, self._common, plan.event_offset)
        self._seen.append(recording)
        self._labels |= {event.label for event in events}
        keys = {
            "participant": recording.participant,
            "session": recording.session,
            "condition": self._condition(recording),
            "recording": recording.name,
        }
        good = (
            np.logical_or.reduce([face.good for face in faces])
            if faces
            else rows["success"] & False
        )
        rows = session.with_people()
        own = {column.name: rows[column.name] for column in tables.READINGS if column.name in rows}
        own.setdefault("face_name", np.full(len(times), "", object))
        # Of the recording itself its own condition is told, whatever its events are.
        whole = keys | ({"condition": recording.condition} if by_event else {})
        readings.append({**whole, **own, "good": good}, len(times))
        self.recordings += [
            _facts(whole, session, timeline, events, face) for face in faces or [None]
        ]
        stretches = list(stretches_of(events, plan.windows, timeline))
        self._remark_on(recording, session, faces, events, timeline)
        if faces and not stretches:
            reason = f"It gives no segment: {why_nothing(events, stretches)}."
            self.remarks.append(Remark("excluded", reason, recording.name, recording.participant))
        for face in faces:
            for stretch in stretches:
                label = plan.conditions.get(
                    stretch.label, stretch.label if not plan.conditions else ""
                )
                of_event = by_event and stretch.number > 0
                whose = keys | {"condition": label if of_event else keys["condition"]}
                whose |= {"face_id": face.face_id, "window": stretch.window}
                whose |= {"face_name": session.people.name(face.face_id)}
                whose |= {"event": stretch.label, "event_number": stretch.number}
                found = segment(face, stretch, timeline, times, plan)
                self.segments.append(whose | found | self._people.row(recording.participant))
                curve = epoch(face, stretch, plan)
                epochs.append({**whose, "used": found["used"], **curve}, len(curve["time"]))

    def _condition(self, recording: Recording) -> str:
        asked = self._plan.condition
        if asked == "session":
            return recording.condition
        if asked == "event":
            return ""
        return self._people.text(recording.participant, asked)

    def _check_columns(self) -> None:
        """Raise `InputError` for a column that the results have already, and for a condition that
        is none."""
        names = self._people.names
        taken = {c.name for c in (*tables.SEGMENTS, *tables.SUMMARY)}
        for name in names:
            if name in taken:
                path = self._folder / PARTICIPANTS
                raise InputError(f"{path}: the results have a column '{name}' already; rename it.")
        asked = self._plan.condition
        if asked not in ("session", "event", *names):
            raise InputError(
                f"condition is '{asked}', which is neither session, event nor a column of "
                f"{PARTICIPANTS}."
            )

    def _remark_on(
        self,
        recording: Recording,
        session: Session,
        faces: Sequence[FaceRows],
        events: Sequence[StudyEvent],
        timeline: Timeline,
    ) -> None:
        def say(kind: Any, reason: str) -> None:
            self.remarks.append(Remark(kind, reason, recording.name, recording.participant))

        rows = session.readings
        if not faces:
            why = why_no_face(rows, self._plan)
            say("excluded", f"It holds {why}.")
            return
        for words in notes_on_faces(session, faces, self._plan):
            say("note", words)
        late = [e for e in events if not timeline.start <= e.onset < timeline.end]
        if late:
            say("note", f"{len(late)} of {len(events)} events are outside the recording.")
        if self._people.texts and recording.participant not in self._people.texts:
            say("note", f"{PARTICIPANTS} has no such participant.")

    def _remark_on_all(self) -> None:
        models = {row["model_sha256"] for row in self.recordings if row["model_sha256"]}
        if len(models) > 1:
            self.remarks.append(
                Remark(
                    "note",
                    f"{len(models)} models made these estimates: differences between recordings "
                    "may be differences between models.",
                )
            )
        self.remarks += unclaimed_events(self._common, self._plan.events, self._seen)
        there = {row["participant"] for row in self.recordings}
        for name in self._people.texts.keys() - there:
            self.remarks.append(
                Remark("note", "There is no recording of this participant.", "", name)
            )

        if self._plan.faces == "all":
            self.remarks.append(
                Remark("note", "Every face stands for itself, so conditions are not compared.")
            )
        elif not any(row["condition"] for row in self.segments):
            self.remarks.append(
                Remark(
                    "note",
                    "No condition is named, so nothing is compared: '--condition event' takes the "
                    "events' labels, recordings.tsv gives each recording one.",
                )
            )

    def _check_labels(self) -> None:
        """Raise `InputError` for a label in the plan that no event has: it is misspelt."""
        asked = {label for window in self._plan.windows for label in window.events}
        for name in sorted((asked | self._plan.conditions.keys()) - self._labels):
            there = ", ".join(sorted(self._labels)) or "no events at all"
            raise InputError(f"The plan names the event '{name}'; the recordings have {there}.")

    def _why_none(self) -> str:
        lost = unclaimed_events(self._common, self._plan.events, self._seen)
        if lost:
            return lost[0].reason
        if self.recordings and not self._labels:
            return (
                "windows stand around events, and no recording has one; without --window each "
                "recording is taken whole."
            )
        left_out = (each.reason for each in self.remarks if each.kind == "excluded")
        return next(left_out, "no event fits a window.")

    def _write(self) -> list[dict[str, Any]]:
        """Write the tables; returns the summary."""
        out = self._out
        own = self._people.columns
        write_csv(out / "segments.csv", (*tables.SEGMENTS, *own), self.segments)
        summary = summarise(self.segments, self._plan.faces)
        rows = [row | self._people.row(row["participant"]) for row in summary]
        write_csv(out / "summary.csv", (*tables.SUMMARY, *own), rows)
        if self._plan.mixed:
            compared = self.segments if self._plan.faces != "all" else []
            self.mixed = mixed_models(compared)
            write_csv(out / "mixed.csv", MIXED, self.mixed)
        write_csv(out / "recordings.csv", tables.RECORDINGS_TABLE, self.recordings)
        write_csv(out / "exclusions.csv", tables.REMARKS, [asdict(each) for each in self.remarks])
        content = {"app_version": __version__, "folder": self._folder.resolve().name}
        write_json(out / "study.json", content | {"plan": asdict(self._plan)})
        return summary


def _facts(
    keys: dict[str, Any],
    session: Session,
    timeline: Timeline,
    events: Sequence[StudyEvent],
    face: FaceRows | None,
) -> dict[str, Any]:
    """The row of recordings.csv."""
    info, frames = session.info, len(timeline.frames)
    quality = session.readings["quality"][face.valid] if face else np.empty(0)
    known = quality[np.isfinite(quality)]
    return {
        **keys,
        "face_id": face.face_id if face else -1,
        "face_name": session.people.name(face.face_id) if face else "",
        "started": str(info.get("started") or ""),
        "status": str(info.get("status") or ""),
        "model_sha256": str((info.get("model") or {}).get("sha256") or ""),
        "seconds": timeline.end - timeline.start,
        "frames": frames,
        "faces": len(session.faces),
        "events": len(events),
        "share_valid": int(face.valid.sum()) / frames if face else 0.0,
        "share_good": int(face.good.sum()) / frames if face else 0.0,
        "quality": float(known.astype(np.float64).mean()) if len(known) else None,
    }

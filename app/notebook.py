"""The program from Python: a video to a table of readings, in a notebook or a script."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from rich.progress import Progress

from ..model.errors import AvceError, InputError
from ..model.predictor import Predictor
from .analysis.pipeline import analyse_file
from .analysis.reading import (
    COLUMN,
    COLUMNS,
    Reading,
    optional_columns,
    optional_values,
)
from .opening import open_analyser, open_model
from .session.arrow import arrow_table
from .session.curves import stretches
from .session.reader import Session
from .session.rows import Columns
from .settings import EXTRAS, RunSettings
from .sources import open_source
from .sources.base import Source

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow
    from matplotlib.figure import Figure

_SHOWN = ("frame", "timestamp", "face_id", "valence", "arousal", "confidence")
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """A row for each face in each frame; a frame without a face has one row.

    Args:
        source: where the frames came from.
        model: which model read them, "" where it is not known.
        columns: an array [N] by name, those of `frames.csv`; units and ranges are in `COLUMNS`.
            A session of which somebody said who its faces are has `person` and `face_name` too.
    """

    source: str
    model: str
    columns: Columns

    @classmethod
    def of_session(cls, session: Session) -> Readings:
        """The readings of a session that was recorded."""
        source, model = (session.info.get(key) or {} for key in ("source", "model"))
        names = str(source.get("name", session.path.name)), str(model.get("file", ""))
        return cls(*names, session.with_people())

    def __len__(self) -> int:
        return len(self.columns["frame"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column by its name."""
        return self.columns[name]

    def to_arrow(self) -> pyarrow.Table:
        """A PyArrow table; each field's metadata are its unit and description."""
        return arrow_table(self.columns)

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame; `attrs["units"]` and `attrs["descriptions"]` are by column.

        Raises `AvceError` where pandas is not installed.
        """
        _require("pandas")
        frame = self.to_arrow().to_pandas()
        known = [COLUMN[name] for name in frame.columns if name in COLUMN]
        frame.attrs["units"] = {column.name: column.unit for column in known}
        frame.attrs["descriptions"] = {column.name: column.description for column in known}
        return frame

    def to_polars(self) -> polars.DataFrame:
        """A polars data frame. It has no place for units: see `COLUMNS`, or `to_arrow`.

        Raises `AvceError` where polars is not installed.
        """
        made: polars.DataFrame = _require("polars").from_arrow(self.to_arrow())
        return made

    def plot(self) -> Figure:
        """Valence and arousal over time, smoothed, a line for each face and axis."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(9, 3), layout="constrained")
        axes = figure.add_subplot(xlabel="time (s)", ylim=(-1, 1), title=self.source)
        axes.axhline(0, color="0.8", linewidth=0.8)
        faces = self.columns.get("person", self["face_id"])
        numbers = np.unique(faces[self["success"]])
        for style, number in zip("-:" * len(numbers), numbers, strict=False):
            rows = self["success"] & (faces == number)
            name = self._called(rows) or f"face {number}"
            times = self["timestamp"][rows]
            for axis, colour in (("valence", "C0"), ("arousal", "C1")):
                values = self[f"{axis}_smooth"][rows]
                label = axis if len(numbers) == 1 else f"{axis}, {name}"
                for run in stretches(times):
                    axes.plot(times[run], values[run], style, color=colour, label=label)
                    label = None
        if len(numbers):
            axes.legend(loc="upper left", bbox_to_anchor=(1, 1), frameon=False)
        return figure

    def _called(self, rows: NDArray[np.bool_]) -> str:
        """The name of the person in these rows, "" without one."""
        names = self.columns.get("face_name")
        return "" if names is None else next(filter(None, names[rows].tolist()), "")

    def _repr_html_(self) -> str:
        """What a notebook shows: the curves and the first rows."""
        import io

        drawn = io.StringIO()
        self.plot().savefig(drawn, format="svg")
        head = "".join(f"<th>{name}</th>" for name in _SHOWN)
        rows = "".join(
            "<tr>" + "".join(f"<td>{_cell(self[name][i])}</td>" for name in _SHOWN) + "</tr>"
            for i in range(min(_SHOWN_ROWS, len(self)))
        )
        told = f"{len(self):,} readings of {escape(self.source)}"
        by = f", {escape(self.model)}" if self.model else ""
        svg = drawn.getvalue()[drawn.getvalue().index("<svg") :]
        return f"<p>{told}{by}</p>{svg}<table><tr>{head}</tr>{rows}</table>"


def stream(
    source: str | Path,
    *,
    model: Path | str | None = None,
    provider: str = "auto",
    faces: int = 1,
    duration: float | None = None,
    extras: Sequence[str] = (),
) -> Iterator[tuple[Reading, ...]]:
    """The readings of each frame as they come, a tuple a frame; of a camera until it is closed.

    Args:
        source: `demo`, a video, a folder of images, a camera's number or an address.
        model: an ONNX file, None for the one that is shipped.
        provider: where the model runs; "auto" takes the best.
        faces: how many faces are tracked at most.
        duration: seconds of the source's time, None for all of it.
        extras: optional columns to give too, of "emotions" (the eight shares of a crowd's votes)
            and "blendshapes" (MediaPipe's 52 scores); a reading has them in fields of these names.

    Raises `InputError` for a source or model that cannot be had, and for columns that the model
    cannot fill or nobody knows.
    """
    with open_source(str(source)) as opened:
        settings = _settings(model, provider, faces, duration, extras)
        yield from _read(opened, settings, open_model(settings))


def analyse(
    source: str | Path,
    *,
    model: Path | str | None = None,
    provider: str = "auto",
    faces: int = 1,
    duration: float | None = None,
    extras: Sequence[str] = (),
    progress: bool = True,
) -> Readings:
    """All readings of a source that ends, with a progress bar; the arguments are those of `stream`.

    Raises `InputError` for a live source without a duration as well: it would never end.
    """
    rows: list[Reading] = []
    with open_source(str(source)) as opened, Progress(disable=not progress, transient=True) as bar:
        if opened.live and duration is None:
            raise InputError(
                f"{opened.name} does not end by itself: give a duration, or use stream."
            )
        settings = _settings(model, provider, faces, duration, extras)
        predictor = open_model(settings)
        task = bar.add_task(opened.name, total=duration or opened.duration)
        for readings in _read(opened, settings, predictor):
            rows += readings
            bar.update(task, completed=readings[0].timestamp - rows[0].timestamp)
    columns = {
        each.name: np.array(
            [getattr(row, each.name) for row in rows],
            dtype=object if each.dtype == "str" else each.dtype,
        )
        for each in COLUMNS
    }
    names = optional_columns(settings.extras)
    values = np.array([optional_values(row, settings.extras) for row in rows], np.float32)
    columns |= zip(names, values.reshape(len(rows), len(names)).T, strict=True)
    return Readings(opened.name, predictor.path.name, columns)


def _settings(
    model: Path | str | None,
    provider: str,
    faces: int,
    duration: float | None,
    extras: Sequence[str],
) -> RunSettings:
    unknown = [name for name in extras if name not in EXTRAS]
    if unknown:
        raise InputError(
            f"There are no optional columns '{unknown[0]}': there are {', '.join(EXTRAS)}."
        )
    return RunSettings(
        model=None if model is None else Path(model),
        provider=provider,
        faces=faces,
        duration=duration,
        emotions="emotions" in extras,
        blendshapes="blendshapes" in extras,
    )


def _read(
    source: Source, settings: RunSettings, predictor: Predictor
) -> Iterator[tuple[Reading, ...]]:
    with (
        open_analyser(settings, source, predictor) as analyser,
        closing(analyse_file(source, analyser, duration=settings.duration)) as analyses,
    ):
        for analysis in analyses:
            yield analysis.readings


def _cell(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float | np.floating) else str(value)


def _require(package: str) -> Any:
    from importlib import import_module

    try:
        return import_module(package)
    except ImportError as error:
        raise AvceError(f"This needs {package}: run `pip install {package}`.") from error

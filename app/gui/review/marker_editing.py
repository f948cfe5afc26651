"""What the user does to a session's markers, and their place on disk, which windows share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from ....model.errors import AvceError
from ...session.annotations import read_annotations
from ...session.reader import EVENTS
from ..widgets.overlays import Toast
from ..widgets.timeline_plot import Marker, TimelinePlot
from .data import MOST_MARKERS, Review, as_markers, store_markers
from .events_table import EventsTable
from .markers import MarkerHistory, Markers
from .playhead import Playhead


class MarkerEditing(QObject):
    """Edits markers at the cursor, draws them and saves each change at once."""

    def __init__(
        self,
        review: Review,
        history: MarkerHistory,
        playhead: Playhead,
        events: EventsTable,
        plot: TimelinePlot,
        toast: Toast,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._review, self._history, self._playhead = review, history, playhead
        self._events, self._plot, self._toast, self._window = events, plot, toast, window
        self._stored, self._stored_at = history.markers, _changed_at(review.path)
        history.changed.connect(self._save)
        events.add_wanted.connect(self.add)
        events.move_wanted.connect(self.move)

    def add(self) -> None:
        """Set a marker at the cursor; its name can be typed at once."""
        self.add_interval(self._playhead.time, self._playhead.time)

    def add_interval(self, start: float, end: float) -> None:
        """Set a marker that lasts; its name can be typed at once."""
        if not self._review.growing:
            marker = Marker(start, self._history.free_name(), duration=end - start)
            self._history.add(marker)
            self._events.edit(marker)

    def mark(self, label: str) -> None:
        """Set a marker with this label at the cursor."""
        self._history.add(Marker(self._playhead.time, label))

    def move(self) -> None:
        """Move the marker that was chosen last to the cursor."""
        marker = self._events.movable()
        if marker is None:
            self._toast.say("Choose a marker in the list, then go to where it should be")
        else:
            self._replace(marker, replace(marker, time=self._playhead.time))

    def extend(self) -> None:
        """Let the marker that was chosen last be an interval that ends at the cursor."""
        marker = self._events.movable()
        if marker is None or self._playhead.time <= marker.time:
            self._toast.say("Choose a marker in the list, then go to where it should end")
        else:
            self._replace(marker, replace(marker, duration=self._playhead.time - marker.time))

    def _replace(self, old: Marker, new: Marker) -> None:
        self._history.replace(old, new)
        self._events.choose(new)

    def import_annotations(self) -> None:
        """Ask for a file of ELAN or Praat, and take its annotations in as markers."""
        kinds = "ELAN and Praat (*.eaf *.TextGrid *.textgrid)"
        start = str(self._review.path.parent)
        name, _ = QFileDialog.getOpenFileName(self._window, "Import annotations", start, kinds)
        if not name:
            return
        try:
            found = as_markers(read_annotations(Path(name)))
        except AvceError as error:
            self._toast.say(str(error))
            return
        fresh = [marker for marker in found if marker not in self._history.markers]
        if len(self._history.markers) + len(fresh) > MOST_MARKERS:
            self._toast.say(f"A review shows at most {MOST_MARKERS} markers: {name} has more")
        elif fresh:
            self._history.add_all(fresh)
            self._toast.say(f"{len(fresh)} markers imported: Ctrl+Z takes them back")
        else:
            self._toast.say(f"There is nothing new in {Path(name).name}")

    def _save(self, markers: Markers) -> None:
        """Draw and save the markers as they are now, with those that another window stored."""
        self._plot.set_markers(list(markers))
        if markers != self._stored:
            self._store("The markers could not be saved")

    def look(self) -> None:
        """Show what another window has made of the markers since."""
        if not self._review.growing and _changed_at(self._review.path) != self._stored_at:
            self._store("The markers could not be read again")

    def _store(self, problem: str) -> None:
        path, shown = self._review.path, self._history.markers
        try:
            self._stored = store_markers(path, self._stored, shown)
        except (AvceError, OSError) as error:
            self._toast.say(f"{problem}: {error}")
            return
        self._stored_at = _changed_at(path)
        if self._stored != shown:
            self._history.put(self._stored)
            self._toast.say("Markers that were changed elsewhere are shown too")


def _changed_at(folder: Path) -> int:
    """When the markers in a folder were last stored (ns), 0 where there are none."""
    try:
        return (folder / EVENTS).stat().st_mtime_ns
    except OSError:
        return 0

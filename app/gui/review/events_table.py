"""Markers and peaks of a session: jump to them; rename, move and delete markers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QColor, QIcon
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from ..qt.boxes import in_column, in_row
from ..qt.theme import DARK, Theme
from ..widgets.time_axis import clock
from ..widgets.timeline_plot import Marker
from .markers import MarkerHistory

_FACE = 40


def seconds_of(text: str) -> float | None:
    """Seconds from "12.5", "1:02.5" or "1:00:02"; None for anything else."""
    total = 0.0
    parts = text.strip().replace(",", ".").split(":")
    if len(parts) > 3:
        return None
    for place, part in enumerate(parts):
        try:
            value = float(part)
        except ValueError:
            return None
        # Minutes and seconds after a colon stay below 60.
        if not 0 <= value < (60 if place else 1e9):
            return None
        total = total * 60 + value
    return total


class EventsTable(QFrame):
    """A list in order of time. Markers can be edited; peaks are found, so they cannot.

    Args:
        history: the markers.
        peaks: moments, each with its axis.
        editable: whether markers may be changed at all.
    """

    chosen = Signal(float)
    add_wanted = Signal()
    move_wanted = Signal()
    wrong = Signal(str)
    """What the user typed is not a time, in a sentence."""

    def __init__(
        self,
        history: MarkerHistory,
        peaks: Sequence[tuple[Marker, str]],
        *,
        editable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.theme: Theme = DARK
        self._history, self._peaks = history, list(peaks)
        self._origin, self._editable = 0.0, editable
        self._faces: dict[int, QIcon] = {}
        self._rows: list[tuple[Marker, int | None]] = []
        """A marker and None, or a peak and its number."""
        self._wanted: Marker | None = None
        self._last: Marker | None = None
        """The marker that was chosen last: it can be moved although the cursor has gone on."""
        self.table = QTableWidget(0, 2)
        self.table.setAccessibleName("Markers and peaks")
        self.table.setHorizontalHeaderLabels(["time", "marker or peak"])
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.horizontalHeader().setSectionResizeMode(
            0, QHeaderView.ResizeMode.ResizeToContents
        )
        self.table.verticalHeader().setVisible(False)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setToolTip(
            "Select a row to go there; double-click a marker's name or time to edit it"
        )
        self.table.itemSelectionChanged.connect(self._go)
        self.table.itemChanged.connect(self._edited)
        # Rebuilding from within an edit would take the cell away that Qt still works on.
        self._rebuild = QTimer(self)
        self._rebuild.setSingleShot(True)
        self._rebuild.setInterval(0)
        self._rebuild.timeout.connect(self.show_all)
        history.changed.connect(lambda _: self._rebuild.start())
        self._layout()
        self.show_all()

    def _layout(self) -> None:
        title = QLabel("Markers and peaks")
        title.setProperty("title", True)
        self.add_button = self._button("Add", "Add a marker at the cursor (M)")
        self.add_button.clicked.connect(self.add_wanted)
        self.move_button = self._button("Move here", "Move the selected marker to the cursor (H)")
        self.move_button.clicked.connect(self.move_wanted)
        self.remove_button = self._button("Delete", "Delete the selected marker (Del)")
        self.remove_button.clicked.connect(self.remove)
        row = in_row(self.add_button, self.move_button, self.remove_button, None, spacing=6)
        in_column(title, (self.table, 1), row, of=self, margins=(12, 10, 12, 10))

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setEnabled(self._editable)
        return button

    # What the window says.

    def set_origin(self, moment: float) -> None:
        """Count the times in the list from this moment."""
        self._origin = moment
        self._rebuild.start()

    def show_time(self, time: float) -> None:
        """Choose the line of exactly this moment; none where there is no such line."""
        current = self._current()
        if current is not None and abs(current.time - time) < 1e-6:
            return
        at = next((i for i, (m, _) in enumerate(self._rows) if abs(m.time - time) < 1e-6), None)
        self.table.blockSignals(True)
        if at is None:
            self.table.clearSelection()
        else:
            self.table.selectRow(at)
        self.table.blockSignals(False)
        self._enable()

    def show_faces(self, faces: Mapping[int, QIcon]) -> None:
        """Put faces before peaks, by the number of the peak."""
        self._faces = dict(faces)
        self.table.setIconSize(QSize(_FACE, _FACE))
        self.show_all()

    def choose(self, marker: Marker) -> None:
        """Choose a marker's line."""
        self._last = marker
        self.show_all()
        self.show_time(marker.time)

    def edit(self, marker: Marker) -> None:
        """Choose a marker's line and let its name be typed."""
        self._wanted = marker
        self._rebuild.start()

    def movable(self) -> Marker | None:
        """The marker that was chosen last, wherever the cursor has gone since; None without one."""
        chosen = self.marker() or self._last
        return chosen if chosen in self._history.markers else None

    def marker(self) -> Marker | None:
        """The chosen marker, None for a peak or nothing."""
        if self._rebuild.isActive():
            self._rebuild.stop()
            self.show_all()
        rows = self.table.selectionModel().selectedRows()
        if not rows:
            return None
        marker, peak = self._rows[rows[0].row()]
        return marker if peak is None else None

    def remove(self) -> None:
        """Delete the selected marker."""
        marker = self.marker()
        if marker is not None and self._editable:
            self._history.remove(marker)

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.theme = theme
        self._rebuild.start()

    # The list.

    def show_all(self) -> None:
        """Fill the list anew; the chosen moment stays chosen."""
        current = self._current()
        lines: list[tuple[Marker, int | None]] = [(m, None) for m in self._history.markers]
        lines += [(marker, number) for number, (marker, _) in enumerate(self._peaks)]
        self._rows = sorted(lines, key=lambda line: line[0].time)
        self.table.blockSignals(True)
        self.table.setRowCount(len(self._rows))
        for row, (marker, peak) in enumerate(self._rows):
            self._put(row, marker, peak)
        self.table.clearSelection()
        chosen = self._wanted or current
        at = next((i for i, (m, _) in enumerate(self._rows) if m == chosen), None)
        if at is not None:
            self.table.selectRow(at)
        self.table.blockSignals(False)
        self._enable()
        item = self.table.item(at, 1) if at is not None and self._wanted is not None else None
        self._wanted = None
        if item is not None:
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
            self.table.editItem(item)

    def _put(self, row: int, marker: Marker, peak: int | None) -> None:
        moment = QTableWidgetItem(self._when(marker))
        moment.setForeground(QBrush(QColor(self.theme.muted)))
        label = QTableWidgetItem(marker.label)
        if peak is not None:
            label.setForeground(QBrush(QColor(self.theme.axis(self._peaks[peak][1]))))
            label.setIcon(self._faces.get(peak, QIcon()))
        for column, item in enumerate((moment, label)):
            if peak is not None or not self._editable:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
            self.table.setItem(row, column, item)
        self.table.setRowHeight(row, _FACE + 6 if peak in self._faces else 26)

    def _when(self, marker: Marker) -> str:
        """When it is, or from when to when."""
        ends = (marker.time, marker.end) if marker.duration > 0 else (marker.time,)
        return " – ".join(clock(each - self._origin, decimals=1) for each in ends)

    def _current(self) -> Marker | None:
        rows = self.table.selectionModel().selectedRows()
        at = rows[0].row() if rows else len(self._rows)
        return self._rows[at][0] if at < len(self._rows) else None

    def _enable(self) -> None:
        rows = self.table.selectionModel().selectedRows()
        marker, peak = self._rows[rows[0].row()] if rows else (None, None)
        if peak is None and marker is not None:
            self._last = marker
        self.remove_button.setEnabled(self._editable and marker is not None and peak is None)
        known = self._last is not None and self._last in self._history.markers
        self.move_button.setEnabled(self._editable and known)
        name = f"“{self._last.label[:24]}”" if self._last is not None and known else "a marker"
        self.move_button.setToolTip(f"Move {name} to the cursor (H)")

    def _go(self) -> None:
        self._enable()
        marker = self._current()
        if marker is not None:
            self.chosen.emit(marker.time)

    def _edited(self, item: QTableWidgetItem) -> None:
        old, peak = self._rows[item.row()]
        if peak is not None:
            return
        new = old
        if item.column() == 1:
            new = replace(old, label=" ".join(item.text().split()) or old.label)
        else:
            ends = [seconds_of(part) for part in re.split("[–-]", item.text(), maxsplit=1)]
            times = [each for each in ends if each is not None]
            if len(times) < len(ends) or times != sorted(times):
                self.wrong.emit(
                    f"“{item.text()[:40]}” is not a time. Write it like 1:23.4, or 1:23.4 – 1:30."
                )
            else:
                length = times[-1] - times[0]
                new = replace(old, time=self._origin + times[0], duration=length)
        self._rows[item.row()] = (new, None)
        self._history.replace(old, new)
        self._rebuild.start()

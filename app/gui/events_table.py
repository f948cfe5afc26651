"""Markers and peaks of a session: jump to them, rename them, take them away."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from .theme import DARK, Theme
from .timeline_plot import Marker, clock


class EventsTable(QFrame):
    """A list in order of time. Markers can be edited; peaks are found, so they cannot."""

    chosen = Signal(float)
    changed = Signal(list)
    add_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.theme: Theme = DARK
        self._origin = 0.0
        self._markers: list[Marker] = []
        self._peaks: list[tuple[Marker, str]] = []
        self._rows: list[Marker] = []
        self.table = QTableWidget(0, 2)
        self.table.setAccessibleName("Markers and peaks")
        self.table.setHorizontalHeaderLabels(["time", "marker or peak"])
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.setColumnWidth(0, 74)
        self.table.verticalHeader().setVisible(False)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setToolTip("Choose a line to go there, double-click a marker to rename it")
        self.table.itemSelectionChanged.connect(self._go)
        self.table.itemChanged.connect(self._renamed)
        title = QLabel("Markers and peaks")
        title.setProperty("title", True)
        add = QPushButton("Add")
        add.setToolTip("Set a marker at the cursor (M)")
        add.clicked.connect(self.add_wanted)
        self.remove = QPushButton("Remove")
        self.remove.setToolTip("Take the chosen marker away")
        self.remove.clicked.connect(self._remove)
        row = QHBoxLayout()
        row.addWidget(add)
        row.addWidget(self.remove)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.addWidget(title)
        layout.addWidget(self.table, 1)
        layout.addLayout(row)
        self._go()

    def fill(
        self,
        origin: float,
        markers: Sequence[Marker],
        peaks: Sequence[tuple[Marker, str]],
    ) -> None:
        """Show markers, and peaks as (moment, axis); times are counted from `origin`."""
        self._origin = origin
        self._markers = sorted(markers, key=lambda marker: marker.time)
        self._peaks = list(peaks)
        self._show()

    def add(self, marker: Marker) -> None:
        """Add a marker and begin to edit its name."""
        self._markers.append(marker)
        self.changed.emit(list(self._markers))
        self._show()
        row = self._rows.index(marker)
        self.table.selectRow(row)
        item = self.table.item(row, 1)
        if item is not None:
            self.table.editItem(item)

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        self.theme = theme
        self._show()

    def _show(self) -> None:
        marked = [(marker, "") for marker in self._markers]
        lines = sorted([*marked, *self._peaks], key=lambda line: line[0].time)
        self._rows = [marker for marker, _ in lines]
        self.table.blockSignals(True)
        self.table.setRowCount(len(lines))
        for row, (marker, axis) in enumerate(lines):
            moment = QTableWidgetItem(clock(marker.time - self._origin, decimals=1))
            moment.setFlags(moment.flags() & ~Qt.ItemFlag.ItemIsEditable)
            moment.setForeground(QBrush(QColor(self.theme.muted)))
            label = QTableWidgetItem(marker.label)
            if axis:
                label.setFlags(label.flags() & ~Qt.ItemFlag.ItemIsEditable)
                label.setForeground(QBrush(QColor(self.theme.axis(axis))))
            self.table.setItem(row, 0, moment)
            self.table.setItem(row, 1, label)
        self.table.blockSignals(False)

    def _current(self) -> Marker | None:
        rows = self.table.selectionModel().selectedRows()
        return self._rows[rows[0].row()] if rows else None

    def _go(self) -> None:
        marker = self._current()
        self.remove.setEnabled(marker in self._markers)
        if marker is not None:
            self.chosen.emit(marker.time)

    def _renamed(self, item: QTableWidgetItem) -> None:
        old = self._rows[item.row()]
        if item.column() == 1 and old in self._markers:
            new = Marker(old.time, item.text().strip() or old.label)
            self._markers[self._markers.index(old)] = new
            self._rows[item.row()] = new
            self.changed.emit(list(self._markers))

    def _remove(self) -> None:
        marker = self._current()
        if marker in self._markers:
            self._markers.remove(marker)
            self.changed.emit(list(self._markers))
            self._show()
            self._go()

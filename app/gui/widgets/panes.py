"""The middle of both windows: video, values, circumplex and timeline side by side."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtWidgets import QFrame, QSplitter, QWidget

from ...analysis.analyser import Analysis
from ...analysis.reading import Reading
from ..qt.actions import Action
from ..qt.boxes import in_column
from ..qt.theme import Theme
from .camera_view import CameraView
from .circumplex import Certainty, Circumplex
from .readout import Readout
from .timeline import Timeline
from .transport import Transport


class Panes(QWidget):
    """Shows what is read from a source; knows nothing of where it comes from.

    Args:
        cover: stands in the place of the frame where there is none.
        beside: another pane, to the right of the others.
    """

    def __init__(self, *, cover: QWidget | None = None, beside: QWidget | None = None) -> None:
        super().__init__()
        self.view = CameraView()
        self.transport = Transport()
        self.circumplex = Circumplex()
        self.readout = Readout()
        self.timeline = Timeline()
        self._readings: tuple[Reading, ...] = ()
        self._build(cover, beside)
        self.timeline.face_choice.currentIndexChanged.connect(lambda _: self._choose_face())

    def _build(self, cover: QWidget | None, beside: QWidget | None) -> None:
        stage = QFrame()
        stage.setProperty("card", True)
        in_column(
            (self.view if cover is None else cover, 1),
            self.transport,
            of=stage,
            margins=(1, 1, 1, 4),
            spacing=4,
        )
        plane = QFrame()
        plane.setProperty("card", True)
        in_column(self.circumplex, of=plane, margins=(4, 4, 4, 4))
        side = QWidget()
        in_column(self.readout, (plane, 1), of=side, margins=(0, 0, 0, 0), spacing=8)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(stage)
        self._across.addWidget(side)
        self._across.setStretchFactor(0, 9)
        self._across.setStretchFactor(1, 4)
        self._across.setSizes([860, 380])
        if beside is not None:
            self._across.addWidget(beside)
            self._across.setStretchFactor(2, 3)
            self._across.setSizes([640, 340, 260])
        self._down = QSplitter(Qt.Orientation.Vertical)
        self._down.addWidget(self._across)
        self._down.addWidget(self.timeline)
        self._down.setStretchFactor(0, 5)
        self._down.setStretchFactor(1, 2)
        self._down.setSizes([410, 230])
        for splitter in (self._across, self._down):
            splitter.setHandleWidth(8)
            splitter.setChildrenCollapsible(False)
        in_column(self._down, of=self, margins=(0, 0, 0, 0))

    def plot_actions(self) -> tuple[Action, ...]:
        """What moves the plot and chooses its face."""
        timeline = self.timeline
        back, forward = (partial(timeline.plot.move_view, by) for by in (-0.5, 0.5))
        half = "by half of the time shown"
        return (
            Action(
                "earlier", "Scroll plot back", "Shift+Left", f"Scroll back {half}",
                back, repeats=True,
            ),
            Action(
                "later", "Scroll plot forward", "Shift+Right", f"Scroll forward {half}",
                forward, repeats=True,
            ),
            Action(
                "next_face", "Plot next face", "N", "Cycle through the faces in the plot",
                timeline.next_face,
            ),
        )  # fmt: skip

    def layout_state(self) -> tuple[QByteArray, QByteArray]:
        """Where the user put the dividers."""
        return self._across.saveState(), self._down.saveState()

    def restore_layout(self, across: QByteArray, down: QByteArray) -> None:
        """Put the dividers back; empty states leave them alone."""
        self._across.restoreState(across)
        self._down.restoreState(down)

    def set_theme(self, theme: Theme) -> None:
        """Follow the window's theme."""
        for part in (self.view, self.transport, self.circumplex, self.readout, self.timeline):
            part.set_theme(theme)

    def clear(self) -> None:
        """Forget everything, for another source."""
        for part in (self.view, self.timeline, self.circumplex):
            part.clear()
        self.show_readout(())

    def show_analyses(self, analyses: list[Analysis]) -> None:
        """Take in new analyses, in order; at least one."""
        for analysis in analyses:
            time = analysis.frame.timestamp
            self.timeline.plot.add(time, analysis.readings)
            faces = [reading for reading in analysis.readings if reading.success]
            for reading in faces:
                self.circumplex.add(
                    reading.face_id, time, reading.valence_smooth, reading.arousal_smooth
                )
                self.circumplex.tell(reading.face_id, Certainty.of(reading))
            self.circumplex.keep_only({reading.face_id for reading in faces})
        newest = analyses[-1]
        self.view.show_analysis(newest)
        self.show_readout(newest.readings)

    def show_readout(self, readings: Iterable[Reading]) -> None:
        """Show the numbers of the chosen face, or of the first one, among those of a frame."""
        wanted = self.timeline.plot.only_face
        self._readings = tuple(readings)
        chosen = [r for r in self._readings if r.success and wanted in (None, r.face_id)]
        shown = min(chosen, key=lambda r: r.face_id, default=None)
        plot = self.timeline.plot
        named = shown is not None and shown.face_id in plot.names
        self.readout.show_reading(shown, plot.name_of(shown.face_id) if shown and named else "")

    def _choose_face(self) -> None:
        """Let everything follow the choice at once, also while paused."""
        self.view.choose(self.timeline.plot.only_face)
        self.show_readout(self._readings)

    def show_face(self, face_id: int) -> None:
        """Plot this face; a second time, all faces."""
        choice = self.timeline.face_choice
        at = choice.findData(face_id)
        choice.setCurrentIndex(0 if at == choice.currentIndex() else max(at, 0))

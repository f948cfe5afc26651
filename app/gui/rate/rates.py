"""The open rating windows, in one theme, and how one is opened."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from ....model.errors import AvceError
from ...rating.subject import Subject, open_subject
from ..qt.open_windows import OpenWindows
from ..qt.theme import Theme
from .rate_window import RateWindow
from .rater_form import RaterForm, Sitting


class Rates(OpenWindows[RateWindow]):
    """Opens rating windows."""

    refused = Signal(str)
    """Why a recording cannot be rated, in a sentence."""
    rated = Signal(object)
    """Ratings were saved in this folder."""

    def __init__(self, colours: Theme, parent: QObject | None = None) -> None:
        super().__init__(colours, parent)
        self.sittings: list[Sitting] = []
        """All that a window was opened for."""

    def ask(self, path: Path, parent: QWidget | None = None) -> None:
        """Ask who rates a session, and open its window; or tell why not."""
        try:
            subject = open_subject(path)
        except AvceError as error:
            self.refused.emit(str(error))
            return
        self.ask_about(subject, parent=parent)

    def ask_about(
        self,
        subject: Subject,
        *,
        rater: str = "",
        order: str = "both",
        parent: QWidget | None = None,
    ) -> RaterForm:
        """Ask who rates it, and open its window then."""
        form = RaterForm(subject, rater, order, parent)
        form.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        form.accepted.connect(lambda: self.show(form.sitting))
        form.open()
        return form

    def show(self, sitting: Sitting | None) -> RateWindow | None:
        """Open the window of a sitting."""
        if sitting is None:
            return None
        self.sittings.append(sitting)
        window = RateWindow(sitting, colours=self._colours)
        window.rated.connect(self.rated)
        self._show(window)
        return window

"""What a recording came to, below the video."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ..qt.boxes import in_column, in_row, push_button


class SavedSession(QWidget):
    """Says what a recording came to, until it is dismissed or the next one begins.

    It stands below the video: over it, it would cover a face or why the video has stopped.
    """

    review = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._path = Path()
        self.setAccessibleName("Saved session")
        self.words = QLabel()
        self.words.setAccessibleName("What was saved")
        self.words.setToolTip("Length and rows of the session, and its folder")
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        # Where there is no room for all of a path, its beginning is shown.
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.folder_button = push_button(
            "Show folder",
            "Show the session folder in the file manager",
            lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._path))),
        )
        self.review_button = push_button(
            "Review", "Open the session in a review window", lambda: self.review.emit(self._path)
        )
        self.close_button = push_button("Dismiss", "Close this message", self.hide)
        buttons = (self.folder_button, self.review_button, self.close_button)
        for button in buttons:
            # Space stays what it is: pause and resume.
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row = in_row((self.words, 1), *buttons, margins=(6, 0, 0, 0), spacing=6)
        in_column(row, of=self, margins=(0, 0, 0, 0))
        self.hide()

    def tell(self, path: Path, words: str) -> None:
        """Show `words` about the session in `path`."""
        self._path = path
        self.words.setText(f"{words}\n{path}")
        self.words.setToolTip(str(path))
        for button in (self.folder_button, self.review_button):
            button.setVisible(path.is_dir())
        self.show()

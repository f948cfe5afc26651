"""Where frames come from: the menu of sources and the dialogs that ask for one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from ...sources import CameraConfig
from ...sources.endings import HEIC_ENDINGS, IMAGE_ENDINGS, VIDEO_ENDINGS
from ..qt.actions import Actions
from ..qt.preferences import Preferences
from .ports import Backend, Running

CAMERA_SHAPES: Final = ("640x480@30", "1280x720@30", "1280x720@60", "1920x1080@30")
"""Resolutions and frame rates that are offered, as the preferences keep them."""
_ENDINGS: Final = " ".join(
    f"*{ending}" for ending in sorted(VIDEO_ENDINGS | IMAGE_ENDINGS | HEIC_ENDINGS)
)
_FILES: Final = f"Videos and images ({_ENDINGS});;All files (*)"


def _camera(number: int, shape: str) -> CameraConfig:
    """A camera that is asked for one of `CAMERA_SHAPES`."""
    return CameraConfig.parse(f"{number}@{shape}") or CameraConfig(number)


class SourceMenu(QMenu):
    """Cameras by name, then everything else that can be opened.

    Args:
        running: gives what runs now, or None.
    """

    chosen = Signal(object)
    """A source: `demo`, a `CameraConfig`, a path or an address."""

    def __init__(
        self,
        backend: Backend,
        preferences: Preferences,
        running: Callable[[], Running | None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._backend, self._preferences, self._running = backend, preferences, running

    def fill(self, actions: Actions) -> None:
        """List what is there now."""
        self.clear()
        shape = self._preferences.text("camera")
        cameras = self._backend.cameras()
        for number, name in cameras:
            camera = _camera(number, shape)
            self.addAction(name).triggered.connect(
                lambda _=False, camera=camera: self.chosen.emit(camera)
            )
        if not cameras:
            self.addAction("No camera found").setEnabled(False)
        shapes = self.addMenu("Camera resolution and frame rate")
        for each in CAMERA_SHAPES:
            words = each.replace("x", " x ").replace("@", ", ") + " fps"
            action = shapes.addAction(words)
            action.setCheckable(True)
            action.setChecked(each == shape)
            action.triggered.connect(partial(self._choose_shape, each))
        self.addSeparator()
        for name in ("open_demo", "open_file", "open_folder", "open_stream"):
            self.addAction(actions[name])

    def _choose_shape(self, shape: str) -> None:
        """Ask cameras for this resolution and rate from now on; a running one is opened again."""
        self._preferences.put("camera", shape)
        running = self._running()
        camera = running.source.camera if running is not None else None
        if camera is not None:
            self.chosen.emit(_camera(camera.number, shape))

    def open_demo(self) -> None:
        """Play the clip that comes with the app."""
        self.chosen.emit("demo")

    def open_file(self) -> None:
        """Ask for a video or an image and play it."""
        name, _ = QFileDialog.getOpenFileName(
            self.parentWidget(), "Open video or image", "", _FILES
        )
        if name:
            self.chosen.emit(name)

    def open_folder(self) -> None:
        """Ask for a folder of images and play it."""
        name = QFileDialog.getExistingDirectory(self.parentWidget(), "Open image folder")
        if name:
            self.chosen.emit(name)

    def open_stream(self) -> None:
        """Ask for the address of a stream and watch it."""
        address, accepted = QInputDialog.getText(
            self.parentWidget(), "Open stream", "Address (rtsp://, http:// or https://)"
        )
        if accepted and address.strip():
            self.chosen.emit(address.strip())

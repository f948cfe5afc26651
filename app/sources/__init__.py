"""Where frames come from: camera, video, images, demo clip, network stream."""

from __future__ import annotations

import os
from pathlib import Path

from ...model.errors import InputError
from .addresses import SCHEMES, checked_address, is_address, is_file_address
from .base import CameraConfig, Frame, Source, SourceLostError
from .camera import Camera, CameraSource, list_cameras, open_capture
from .demo import DemoSource
from .endings import absent_target, content_inside, content_of, shown
from .images import ImagesSource
from .stream import StreamSource
from .video import VideoSource

__all__ = [
    "Camera",
    "CameraConfig",
    "Choice",
    "Frame",
    "Source",
    "SourceLostError",
    "chosen",
    "list_cameras",
    "open_source",
]

Choice = str | Path | CameraConfig
"""What a source is chosen by: a word, a path, an address, a camera."""


def chosen(text: str) -> Choice:
    """The source that a command line names: a camera where it is written like one."""
    return CameraConfig.parse(text.strip()) or text


def open_source(choice: Choice, *, loop: bool = False) -> Source:
    """The source that was chosen; `open()` it, or use `with`.

    Args:
        choice: a `CameraConfig`, a `Path` (a video, an image or a folder of images), or text as
            the command line takes it: `auto` (the first camera that gives frames, else the demo
            clip), `demo`, a camera (`0`, or `0@1280x720@30` to ask for a resolution and rate), a
            path, or an address (rtsp, http).
        loop: begin a file again at its end.

    The camera of `auto` is open already, as it had to be tried; `open()` leaves it so.
    Raises `InputError` for what can be told without opening: no such file, an empty folder.
    """
    if isinstance(choice, str):
        choice = chosen(choice)
    if isinstance(choice, CameraConfig):
        return CameraSource(choice, name=_name_of(choice.number))
    if isinstance(choice, Path):
        return _from_disk(choice, loop=loop)
    spec = choice.strip()
    if spec == "auto":
        return _first_camera() or DemoSource(loop=loop)
    if spec == "demo":
        return DemoSource(loop=loop)
    if is_address(spec):
        checked_address(spec)
        return VideoSource(spec, loop=loop) if is_file_address(spec) else StreamSource(spec)
    if "://" in spec:
        raise InputError(
            f"{shown(spec)} cannot be read: an address begins with {', '.join(SCHEMES)}."
        )
    if not spec:
        raise InputError("No source was given: give a file, a folder, a camera's number or 'demo'.")
    # A name may end in spaces.
    try:
        exact = Path(choice).expanduser()
        return _from_disk(exact if os.path.lexists(exact) else Path(spec).expanduser(), loop=loop)
    except (OSError, RuntimeError, ValueError) as error:
        # A name that is too long, a home folder of nobody, a character that no name has.
        raise InputError(
            f"'{shown(spec[:200])}' cannot be the name of a file ({error})."
        ) from error


def _from_disk(path: Path, *, loop: bool) -> Source:
    if reason := absent_target(path):
        raise InputError(reason)
    if not path.exists():
        raise InputError(
            f"There is no file or folder '{shown(path)}': give a file, a folder, a camera's "
            "number, an address, 'auto' or 'demo'."
        )
    # By what it holds: a name may tell wrong.
    content = "" if path.is_dir() else content_inside(path) or content_of(path)
    if path.is_dir() or content in ("image", "heic"):
        return ImagesSource(path, loop=loop)
    return VideoSource(path, loop=loop)


def _listed() -> list[Camera]:
    # A list that cannot be had is no reason to refuse a camera that can.
    try:
        return list_cameras()
    except Exception:
        return []


def _name_of(number: int) -> str | None:
    return next((camera.name for camera in _listed() if camera.number == number), None)


def _first_camera() -> CameraSource | None:
    for camera in _listed():
        source = CameraSource(camera.number, name=camera.name, factory=open_capture)
        try:
            source.open()
        except InputError:
            continue
        return source
    return None

"""Where frames come from: camera, video, images, demo clip, network stream."""

from __future__ import annotations

import re
from pathlib import Path

from ...model.errors import InputError
from .addresses import SCHEMES, is_address, is_file_address
from .base import Frame, Source, SourceLostError
from .camera import Camera, CameraSource, list_cameras, open_capture
from .demo import DemoSource
from .images import SUFFIXES, ImagesSource
from .stream import StreamSource
from .video import VideoSource

__all__ = ["Camera", "Frame", "Source", "SourceLostError", "list_cameras", "open_source"]

_CAMERA = re.compile(r"(\d{1,4})(?:@(\d{2,5})x(\d{2,5})(?:@(\d{1,3}(?:\.\d+)?))?)?")


def open_source(spec: str, *, loop: bool = False) -> Source:
    """The source that a word, number, path or address names; `open()` it, or use `with`.

    Args:
        spec: `auto` (the first camera that gives pictures, else the demo clip), `demo`, a camera's
            number (`0`, or `0@1280x720@30` to ask for a resolution and rate), a video, a picture,
            a folder of pictures, or an address (rtsp, http).
        loop: begin a file again at its end.

    The camera of `auto` is open already, as it had to be tried; `open()` leaves it so.
    Raises `InputError` for what can be told without opening: no such file, an empty folder.
    """
    spec = spec.strip()
    if spec == "auto":
        return _first_camera() or DemoSource(loop=loop)
    if spec == "demo":
        return DemoSource(loop=loop)
    if camera := _CAMERA.fullmatch(spec):
        return _camera(camera)
    if is_address(spec):
        return VideoSource(spec, loop=loop) if is_file_address(spec) else StreamSource(spec)
    if "://" in spec:
        raise InputError(f"{spec} cannot be read: an address begins with {', '.join(SCHEMES)}.")
    path = Path(spec).expanduser()
    if not spec or not path.exists():
        raise InputError(
            f"There is no file or folder '{spec}': give a file, a folder, a camera's number, "
            "an address, 'auto' or 'demo'."
        )
    if path.is_dir() or path.suffix.lower() in SUFFIXES:
        return ImagesSource(path, loop=loop)
    return VideoSource(path, loop=loop)


def _camera(spec: re.Match[str]) -> CameraSource:
    number, width, height, rate = spec.groups()
    source = CameraSource(int(number), name=_name_of(int(number)))
    if width:
        source.wanted_size = (int(width), int(height))
    if rate:
        source.wanted_rate = float(rate)
    return source


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

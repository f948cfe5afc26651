"""The frame on show as an image file, with everything drawn on it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from ..widgets.camera_view import CameraView


def save_snapshot(view: CameraView, folder: Path) -> str:
    """Save it in `folder`, under a name of its own; what came of it, in words."""
    image = view.snapshot()
    if image is None:
        return "There is no frame to save yet"
    name = datetime.now().strftime("snapshot_%Y%m%d-%H%M%S_%f")[:-3]
    path = folder / f"{name}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        return f"Cannot save the snapshot: {error}"
    if not image.save(str(path)):
        return f"Cannot save the snapshot to {path}"
    return f"Snapshot saved: {path}"

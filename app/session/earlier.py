"""Whether the same was recorded before: a participant who was not typed anew is another person."""

from __future__ import annotations

import json

from ..settings import RecordingOptions
from .reader import INFO

_SAME = ("participant", "session", "condition", "task")


def recorded_before(recording: RecordingOptions) -> str:
    """A sentence that names the last session in the folder that is said to be of the same
    participant, session, condition and task; "" where there is none or no participant is named."""
    folder = recording.folder
    if folder is None or not recording.participant.strip():
        return ""
    for path in sorted(folder.glob(f"*{recording.labels()}_*"), reverse=True):
        try:
            info = json.loads((path / INFO).read_bytes())
            same = all(info[name] == getattr(recording, name) for name in _SAME)
        except (OSError, ValueError, TypeError, LookupError):
            continue
        if same:
            return (
                f"{recording.participant} was recorded before in the same session, condition and "
                f"task, as {path.name}: is it the same person?"
            )
    return ""

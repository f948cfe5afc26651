"""What a run was asked to do: one description for the command line, the batch and the window."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..model.errors import InputError

if TYPE_CHECKING:
    from .sources import Choice

EXTRAS = ("emotions", "blendshapes")
"""The names of `OPTIONAL` in `analysis/reading.py`, which would load NumPy before it is needed."""
EXIT_DAMAGED = 3
"""Exit status of a run that failed nowhere, but whose source is not whole."""


def _option(name: str, help: str, *, about: bool = False) -> dict[str, Any]:  # noqa: A002
    """How the command line offers a recording option, and whether it is told in `session.json`."""
    return {"option": name, "help": help, "about": about}


@dataclass(frozen=True, slots=True)
class RecordingOptions:
    """What a session is about, and what it holds.

    Each field is an option of `avce-live run`; those that tell what a session is about stand under
    their own names in its `session.json`. They belong to one session: see `for_another`.
    """

    folder: Path | None = field(
        default=None, metadata=_option("--record", "record sessions into this folder")
    )
    video: bool = field(
        default=False,
        metadata=_option("--record-video", "also store the video, faces included"),
    )
    lossless: bool = field(
        default=False,
        metadata=_option("--lossless", "store lossless video (FFV1; large), for review --replay"),
    )
    participant: str = field(
        default="", metadata=_option("--participant", "the participant, such as P01", about=True)
    )
    session: str = field(
        default="", metadata=_option("--session", "the visit of the participant", about=True)
    )
    condition: str = field(
        default="", metadata=_option("--condition", "experimental condition", about=True)
    )
    task: str = field(default="", metadata=_option("--task", "the task performed", about=True))
    operator: str = field(default="", metadata=_option("--operator", "who records", about=True))
    note: str = field(default="", metadata=_option("--note", "consent or other notes", about=True))

    def about(self) -> dict[str, str]:
        """What the session is about, by field name; "" where nothing was said."""
        return {name: getattr(self, name) for name in ABOUT}

    def labels(self) -> str:
        """What a folder's name tells of it: `_sub-P01_ses-1`, "" without either.

        Letters and digits alone, as in BIDS. Raises `InputError` where none is left.
        """
        found = ""
        for name, key in (("participant", "sub"), ("session", "ses")):
            text = getattr(self, name)
            label = "".join(c for c in text if c.isalnum())[:_LONGEST_LABEL]
            if text.strip() and not label:
                raise InputError(f"The {name} '{text}' has no letter or digit: give it a name.")
            found += f"_{key}-{label}" if label else ""
        return found

    def for_another(self) -> RecordingOptions:
        """The options of a session after this one: what this one is about is not carried over."""
        return replace(self, **dict.fromkeys(ABOUT, ""))


ABOUT = tuple(each.name for each in fields(RecordingOptions) if each.metadata["about"])
"""The options that tell what a session is about."""
_LONGEST_LABEL = 32


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What to run, and how.

    Args:
        source: `auto`, `demo`, a camera, a file, a folder or an address.
        model: an exported model, None for the one that is shipped.
        provider: where it runs.
        faces: how many faces are tracked at most, None where nothing was said.
        recording: what is recorded from the first frame on; nothing without a folder.
        headless: no window.
        loop: begin again at the end of a file.
        duration: stop after that many seconds of the source's time, None to run to the end.
        baseline: take the neutral baseline of each face so many seconds after the first frame.
        give_up_after: fail once a live source has been lost for that many seconds, None never.
        start, end: the part of a file to analyse (s, the file's time), None for its own.
        lsl: offer the readings as a Lab Streaming Layer stream.
        lsl_markers: store the markers that other programs send by it.
        min_quality: leave the smoothed and relative values of readings of less quality blank.
        emotions, blendshapes: write these optional columns (`OPTIONAL` in `analysis/reading.py`).
    """

    source: Choice = "auto"
    model: Path | None = None
    provider: str = "auto"
    faces: int | None = None
    recording: RecordingOptions = RecordingOptions()
    headless: bool = False
    loop: bool = False
    duration: float | None = None
    baseline: float | None = None
    give_up_after: float | None = None
    start: float | None = None
    end: float | None = None
    lsl: bool = False
    lsl_markers: bool = False
    min_quality: float = 0.0
    emotions: bool = False
    blendshapes: bool = False

    def __post_init__(self) -> None:
        if not 0.0 <= self.min_quality <= 1.0:
            raise InputError(f"--min-quality lies between 0 and 1, not at {self.min_quality:g}.")
        if self.max_faces < 1:
            raise InputError(f"--max-faces must be at least 1, not {self.max_faces}.")

    @property
    def extras(self) -> tuple[str, ...]:
        """The optional columns that are wanted."""
        return tuple(name for name in EXTRAS if getattr(self, name))

    @property
    def max_faces(self) -> int:
        """How many faces are tracked at most: one where nothing was said."""
        return 1 if self.faces is None else self.faces

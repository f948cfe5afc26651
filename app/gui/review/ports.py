"""What the review window asks of the rest of the app, so that tests can put stand-ins there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....model.errors import InputError
from ....model.predictor import Predictor
from ...session.annotations import write_annotations
from ...session.export import ExportOptions, export_session
from ...session.peaks import farthest, peak_faces
from ...session.reader import read_session
from ...session.replay import Replay, find_network, replay
from ...sources.base import Source
from ...sources.video import VideoSource
from .data import Review, load

_MOST_PEAKS: Final = 24
Export = Callable[[Path, Path, ExportOptions], object]
"""Writes a session folder into a file or folder; `TakenError` before it replaces anything."""


def _network(review: Review) -> Predictor | None:
    """The network that made the session, None where it is not at hand."""
    try:
        return Predictor(find_network(review.session.info), provider="cpu", threads=1)
    except InputError:
        return None


def faces_at_peaks(review: Review) -> dict[int, NDArray[np.uint8]]:
    """The faces at the peaks, uint8 [224, 224, 3], with their maps where the network is at hand;
    by the number of the peak."""
    from ...session.summary import overlaid

    wanted = farthest(review.found, _MOST_PEAKS)
    found = peak_faces(review.session, wanted, _network(review))
    peaks = {number: peak for number, peak in enumerate(review.found) if peak in found}
    return {number: overlaid(found[peak]) for number, peak in peaks.items()}


def run_again(review: Review, go_on: Callable[[float], bool]) -> Replay:
    """Replay a session, as long as `go_on` says so."""
    return replay(review.session, progress=go_on)


def _summary(session: Path, out: Path, options: ExportOptions) -> None:
    from ...session.summary import write_summary

    write_summary(session, out=out)


def _parquet(session: Path, out: Path, options: ExportOptions) -> None:
    # The file dialog has asked whether to replace existing files.
    export_session(session, "parquet", out, replace(options, overwrite=True))


def _bids(session: Path, out: Path, options: ExportOptions) -> None:
    export_session(session, "bids", out, options)


def _annotations(session: Path, out: Path, options: ExportOptions) -> None:
    # The file dialog has asked whether to replace existing files.
    read = read_session(session)
    write_annotations(out, read, read.events, overwrite=True)


EXPORTS: Mapping[str, Export] = {
    "parquet": _parquet,
    "bids": _bids,
    "summary": _summary,
    "eaf": _annotations,
    "textgrid": _annotations,
}


def draw_summary(review: Review) -> object:
    """Draw a session's `summary.png`, with maps where the network is at hand."""
    from ...session.summary import write_summary

    return write_summary(review.session, peaks=review.found, estimator=_network(review))


@dataclass(frozen=True, slots=True)
class ReviewTools:
    """The way from the review window to disk, video and network.

    Args:
        load: opens a session folder; raises `AvceError`.
        open_video: a source of a session's video.
        faces: crops of the peaks, on a thread.
        replay: re-analyses the stored video, on a thread.
        draw: puts a session's summary into its folder, on a thread.
        exports: by kind; on a thread.
    """

    load: Callable[[Path], Review] = load
    open_video: Callable[[Path], Source] = VideoSource
    faces: Callable[[Review], dict[int, NDArray[np.uint8]]] = faces_at_peaks
    replay: Callable[[Review, Callable[[float], bool]], Replay] = run_again
    draw: Callable[[Review], object] = draw_summary
    exports: Mapping[str, Export] = field(default_factory=lambda: dict(EXPORTS))

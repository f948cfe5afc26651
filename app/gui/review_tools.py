"""What the review window asks of the rest of the app, so that tests can put stand-ins there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.predictor import Predictor
from ..export_session import export_session
from ..replay import Replay, find_network, replay
from ..sources.base import Source
from ..sources.video import VideoSource
from ..summary import peak_pictures, write_summary
from .review_data import Review, load

Export = Callable[[Path, Path], object]


def _network(review: Review) -> Predictor | None:
    """The network that made the session, None where it is not at hand."""
    try:
        return Predictor(find_network(review.session.info), provider="cpu", threads=1)
    except InputError:
        return None


def faces_at_peaks(review: Review) -> dict[int, NDArray[np.uint8]]:
    """The faces at the peaks, uint8 [224, 224, 3], with their maps where the network is at hand;
    by the number of the peak."""
    from ..summary_plot import overlaid

    found = peak_pictures(review.session, review.found, _network(review))
    peaks = {number: peak for number, peak in enumerate(review.found) if peak in found}
    return {number: overlaid(found[peak]) for number, peak in peaks.items()}


def run_again(review: Review, go_on: Callable[[float], bool]) -> Replay:
    """Replay a session, as long as `go_on` says so."""
    return replay(review.session, progress=go_on)


def _summary(session: Path, out: Path) -> None:
    write_summary(session, out=out)


EXPORTS: Mapping[str, Export] = {
    "parquet": lambda session, out: export_session(session, "parquet", out),
    "bids": lambda session, out: export_session(session, "bids", out),
    "summary": _summary,
}


@dataclass(frozen=True, slots=True)
class ReviewTools:
    """The way from the review window to disk, video and network.

    Args:
        load: opens a session folder; raises `AvceError`.
        open_video: a source of a session's video.
        faces: pictures of the peaks, on a thread.
        replay: runs the pictures again, on a thread.
        exports: by kind, (session folder, file or folder to write); on a thread.
    """

    load: Callable[[Path], Review] = load
    open_video: Callable[[Path], Source] = VideoSource
    faces: Callable[[Review], dict[int, NDArray[np.uint8]]] = faces_at_peaks
    replay: Callable[[Review, Callable[[float], bool]], Replay] = run_again
    exports: Mapping[str, Export] = field(default_factory=lambda: dict(EXPORTS))

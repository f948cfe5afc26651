"""A live recording says where no frame came."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avce.app.analysis.analyser import Analysis
from avce.app.analysis.reading import no_face
from avce.app.gui.review.data import load
from avce.app.session.export import export_session
from avce.app.session.gaps import Gap, GapWatch
from avce.app.session.reader import read_session
from avce.app.session.writer import SessionWriter
from avce.app.settings import RecordingOptions
from avce.app.sources.base import Frame

from ..stand_ins import ModelInfo, SourceInfo
from .exported import session_of, sidecar


def watched(times: list[float], end: float) -> list[Gap]:
    """The gaps of frames at these times (s), of a recording that ends at `end`."""
    now = [0.0]
    watch = GapWatch(lambda: now[0])
    for moment in times:
        now[0] = moment
        watch.frame(moment)
    now[0] = end
    watch.end()
    return watch.gaps


def test_a_gap_is_longer_than_a_second_and_than_three_usual_steps() -> None:
    steady = [i / 30 for i in range(60)]
    assert watched(steady, 2.5) == []
    lost = [*steady, *(t + 5.0 for t in steady)]
    (gap,) = watched(lost, 7.5)
    assert (gap.timestamp, gap.seconds) == pytest.approx((59 / 30, 5.0 - 59 / 30))
    # Of a source that gives a frame in two seconds, that is how it is.
    assert watched([0.0, 0.9, 2.9, 4.9, 6.9], 7.0) == []
    assert watched([0.0, 0.9, 2.9, 4.9, 14.9], 15.0) == [Gap(4.9, 10.0)]


def test_a_source_that_is_gone_at_the_end_leaves_a_gap_there() -> None:
    assert watched([0.0, 0.1, 0.2], 60.2) == [Gap(0.2, 60.0)]
    assert watched([], 60.0) == []


@pytest.mark.parametrize("live", [True, False])
def test_a_session_of_a_live_source_tells_its_gaps_everywhere(tmp_path: Path, live: bool) -> None:
    source = SourceInfo("camera" if live else "video", "0", live=live)
    model = ModelInfo(Path("net.onnx"), "ab", "cpu")
    with SessionWriter(RecordingOptions(tmp_path), source=source, model=model) as writer:
        for i, at in enumerate((0.0, 0.1, 0.2, 20.2, 20.3)):
            frame = Frame(i, at, np.zeros((2, 2, 3), np.uint8), 0.0)
            writer.write(Analysis(frame, (no_face(i, at),)))
    session = read_session(writer.path)
    assert session.gaps == ((Gap(0.2, 20.0),) if live else ())
    said = ["No frame came for 20.0 s after 0.200 s."] if live else []
    assert [words for words in load(writer.path).warnings if "No frame" in words] == said


def test_an_export_to_bids_tells_what_is_missing(tmp_path: Path) -> None:
    folder = session_of(tmp_path)
    told = json.loads((folder / "session.json").read_text())
    told |= {"gaps": [{"timestamp": 2.5, "seconds": 4.0}, {"odd": 1}, 3]}
    (folder / "session.json").write_text(json.dumps(told))
    first = export_session(folder, "bids", tmp_path / "out")[0]
    assert sidecar(first)["RecordedSession"]["Damaged"] == [
        "No frame came for 4.0 s after 2.500 s."
    ]

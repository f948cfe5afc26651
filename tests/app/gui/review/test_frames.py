"""A session whose rows hold absurd numbers opens, is painted and says what is left out."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.reviews import Reviews
from avce.app.session.reader import read_session
from avce.app.session.rows import FIRST_FIELDS

HEADER = (",".join(FIRST_FIELDS) + "\n").encode()
GOOD = "7,0.5,0,1,1,1,1,1,1,0.5,0.5,0.5,0.5,,\n"
ROWS = {
    "nothing": "",
    "times as far apart as float64 reaches": GOOD.replace("0.5,0,1", "1e300,0,1", 1)
    + GOOD.replace("0.5,0,1", "-1e300,0,1", 1),
    "times no clock shows": GOOD + GOOD.replace("0.5,0,1", "1e18,0,1", 1),
    "the latest time": GOOD + GOOD.replace("0.5,0,1", "1e11,0,1", 1),
    "values beyond float32": "0,0,0,1,1,inf,1e300,-inf,1,1e39,-1e39,inf,1,,\n" + GOOD,
    "values far outside the range": "0,0,0,1,1,1,1,1,1,1e38,-1e38,1e38,-1e38,1e38,1e38\n" + GOOD,
    "no values": "0,0,0,1,1,,,,,,,,,,\n1,1,0,1,1,,,,,,,,,,\n",
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS)
def test_any_rows_are_painted(qtbot, tmp_path: Path, rows: str) -> None:
    folder = tmp_path / "20260101-101010_clip"
    folder.mkdir()
    (folder / "frames.csv").write_bytes(HEADER + rows.encode())
    (folder / "events.csv").write_text('timestamp,label\n1e300,"late"\n-1e18,"early"\n0.5,"now"\n')
    window = Reviews(DARK).show(folder)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    for moment in (window.review.start, window.review.end):
        window.playhead.go(moment)
        with qtbot.waitSignal(window.plot.painted):
            window.plot.update()
            window.plot.viewport().update()
        assert window.playhead.time == moment
        assert all(map(math.isfinite, window.plot.getViewBox().viewRange()[0]))
    assert f"{len(window.review.time)} frames" in window.parts._heading.text()


@pytest.mark.parametrize("seconds", ["1e300", "-1e300", "1e18"])
def test_a_time_that_no_clock_shows_is_left_out_and_said(tmp_path: Path, seconds: str) -> None:
    rows = GOOD + GOOD.replace("0.5,0,1", f"{seconds},0,1", 1)
    (tmp_path / "frames.csv").write_bytes(HEADER + rows.encode())
    session = read_session(tmp_path)
    assert session.readings["timestamp"].tolist() == [0.5]
    assert any("1 unreadable line" in sentence for sentence in session.damaged)

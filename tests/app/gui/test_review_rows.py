"""A session whose rows hold absurd numbers opens, is painted and says what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest

from avce.app.gui.open_review import show_review
from avce.app.gui.theme import DARK
from avce.app.session_reading import HEADER, read_session

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
    window = show_review(folder, DARK)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    assert not window.grab().isNull()
    window.go(window.review.end)
    assert not window.grab().isNull()


@pytest.mark.parametrize("seconds", ["1e300", "-1e300", "1e18"])
def test_a_time_that_no_clock_shows_is_left_out_and_said(tmp_path: Path, seconds: str) -> None:
    rows = GOOD + GOOD.replace("0.5,0,1", f"{seconds},0,1", 1)
    (tmp_path / "frames.csv").write_bytes(HEADER + rows.encode())
    session = read_session(tmp_path)
    assert session.readings["timestamp"].tolist() == [0.5]
    assert any("1 unreadable line" in sentence for sentence in session.damaged)

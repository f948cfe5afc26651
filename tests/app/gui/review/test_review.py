"""The review window: a session on disk, looked at again."""

from __future__ import annotations

import csv
import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog

from avce.app.analysis.reading import FIELDS, Reading
from avce.app.gui.qt.theme import DARK
from avce.app.gui.review.data import OTHER, load, store_markers
from avce.app.gui.review.frames import in_order
from avce.app.gui.review.review_window import ReviewWindow
from avce.app.gui.review.reviews import Reviews
from avce.app.gui.widgets.timeline_plot import Marker
from avce.app.gui.widgets.video_reader import VideoReader
from avce.app.session.reader import read_session
from avce.app.session.rows import HEADER, read_rows, row
from avce.app.session.summary import write_summary
from avce.app.sources.base import Frame
from avce.model.errors import InputError

from ..conftest import nobody_at, reading_at, same_image


def write_session(folder: Path, seconds: float = 10.0, start: float = 100.0) -> Path:
    """A session of one face at 10 readings a second, away from 4 s to 5 s; valence peaks at 7 s."""
    folder.mkdir(parents=True)
    rows = []
    for number in range(round(seconds * 10)):
        at = number / 10
        reading = reading_at(
            start + at,
            0.8 * math.exp(-((at - 7.0) ** 2)),
            -0.05,
            index=number,
        )
        rows.append(nobody_at(start + at, index=number) if 4 <= at < 5 else reading)
    with (folder / "frames.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        for reading in rows:
            values = [getattr(reading, name) for name in FIELDS]
            values[4] = int(reading.success)
            writer.writerow(["" if v != v else v for v in values])
    (folder / "summary.png").touch()
    (folder / "events.csv").write_text('timestamp,label\n102.5,"first"\n')
    return folder


def columns_of(rows: list[Reading]) -> dict[str, np.ndarray]:
    """Rows as `read_session` gives them."""
    lines = b"".join(row(reading).encode() for reading in rows)
    return read_rows(HEADER + lines)[0]


def labels(review: ReviewWindow) -> list[str]:
    """What the list of markers and peaks says, from top to bottom."""
    table = review.events.table
    return [table.item(line, 1).text() for line in range(table.rowCount())]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_session(tmp_path / "20260101-101010_clip")


@pytest.fixture
def review(qtbot, folder: Path) -> ReviewWindow:
    window = Reviews(DARK).show(folder)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(window)
    return window


def test_a_session_without_a_summary_is_given_it_when_it_is_opened(qtbot, folder: Path):
    (folder / "summary.png").unlink()
    reviews = Reviews(DARK)
    qtbot.addWidget(reviews.show(folder))
    (task,) = reviews.summaries
    assert task.wait(20.0)
    assert task.problem == ""
    assert same_image(folder / "summary.png", write_summary(folder, out=folder / "again.png"))
    qtbot.addWidget(reviews.show(folder))
    assert len(reviews.summaries) == 1


def test_a_session_comes_back_frame_by_frame(folder):
    session = load(folder)
    assert len(session.time) == 100
    assert (session.start, session.end) == (100.0, 109.9)
    assert session.frames[45][0].success is False
    assert session.events == (Marker(102.5, "first"),)
    assert session.at(102.46) == 25


def test_rows_of_a_file_after_a_seek_back_are_put_in_order():
    rows = [reading_at(t) for t in (1.0, 2.0, 3.0)] + [reading_at(2.0, 0.9)]
    time, frames = in_order(columns_of(rows))
    assert time.tolist() == [1.0, 2.0, 3.0]
    assert [reading.valence for reading in frames[1]] == [pytest.approx(0.9)]


def test_a_folder_that_is_no_session_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a session"):
        load(tmp_path)


def test_the_cursor_shows_the_numbers_of_its_moment(review):
    review.playhead.go(107.0)
    assert review.panes.readout.values["valence"].text() == "+0.80"
    assert review.panes.circumplex.point(1) == (pytest.approx(0.8), pytest.approx(-0.05))
    review.playhead.go(104.5)
    assert review.panes.readout.values["valence"].text() == "–"
    assert review.panes.circumplex.point(1) is None


def test_the_cursor_stays_inside_the_session_and_steps_by_frames(review):
    review.playhead.go(0.0)
    assert review.playhead.time == 100.0
    review.commands["step"].trigger()
    assert review.playhead.time == pytest.approx(100.1)
    review.commands["forward"].trigger()
    assert review.playhead.time == pytest.approx(105.1)
    review.commands["forward"].trigger()
    review.commands["forward"].trigger()
    assert review.playhead.time == 109.9


def test_playing_moves_the_cursor_and_stops_at_the_end(qtbot, review):
    review.playhead.go(109.7)
    review.commands["play"].trigger()
    assert review.playhead.playing
    qtbot.waitUntil(lambda: not review.playhead.playing)
    assert review.playhead.time == 109.9


def test_the_strongest_moment_is_listed_and_can_be_jumped_to(review):
    listed = labels(review)
    assert "first" in listed
    review.events.table.selectRow(listed.index("valence +0.80"))
    assert review.playhead.time == pytest.approx(107.0)


def test_keys_go_from_marker_to_peak_and_back(review):
    review.playhead.go(100.0)
    review.commands["next_event"].trigger()
    assert review.playhead.time == 102.5
    review.commands["next_event"].trigger()
    later = review.playhead.time
    review.commands["last_event"].trigger()
    assert later > 102.5
    assert review.playhead.time == 102.5


def test_markers_can_be_set_renamed_and_removed_and_each_change_is_saved(qtbot, review, folder):
    review.playhead.go(106.0)
    review.commands["marker"].trigger()
    table = review.events.table
    qtbot.waitUntil(lambda: "marker 2" in labels(review))
    line = labels(review).index("marker 2")
    table.item(line, 1).setText('she said "stop"')
    assert [(e.timestamp, e.label) for e in read_session(folder).events] == [
        (102.5, "first"),
        (106.0, 'she said "stop"'),
    ]
    table.selectRow(line)
    review.events.remove_button.click()
    assert [e.label for e in read_session(folder).events] == ["first"]
    assert [m.label for m in review.panes.timeline.plot.markers] == ["first"]


def test_peaks_cannot_be_removed_or_renamed(review):
    table = review.events.table
    line = next(i for i, label in enumerate(labels(review)) if "valence" in label)
    table.selectRow(line)
    assert not review.events.remove_button.isEnabled()
    assert not review.events.move_button.isEnabled()
    assert not table.item(line, 0).flags() & Qt.ItemFlag.ItemIsEditable
    assert not table.item(line, 1).flags() & Qt.ItemFlag.ItemIsEditable


def test_two_sessions_begin_at_the_same_edge(review, tmp_path):
    other = load(write_session(tmp_path / "other", start=5000.0))
    review.compare_with(other)
    series = review.panes.timeline.plot.series
    assert set(series) == {1, OTHER + 1}
    np.testing.assert_allclose(series[1].time, series[OTHER + 1].time, atol=1e-6)
    review.panes.timeline.refresh()
    choice = review.panes.timeline.face_choice
    assert choice.itemText(choice.findData(OTHER + 1)) == "other, face 1"


def test_images_and_drawings_are_written_with_the_plots_in_them(review, tmp_path):
    frame, drawing = tmp_path / "out.png", tmp_path / "out.svg"
    review.exporter.save(frame, "png")
    review.exporter.save(drawing, "svg")
    image = QImage(str(frame))
    assert (image.width(), image.height()) == (3040, 708)
    assert QSvgRenderer(str(drawing)).isValid()
    text = drawing.read_text()
    assert "valence" in text
    assert "surprise" in text


def test_the_table_holds_the_stretch_in_view(review, tmp_path):
    review.panes.timeline.plot.getViewBox().setXRange(2.0, 3.0, padding=0)
    review.exporter.save(tmp_path / "part.csv", "csv")
    with (tmp_path / "part.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == [*FIELDS, "participant", "session", "condition", "task"]
    moments = [float(row["timestamp"]) for row in rows]
    assert min(moments) >= 102.0 - 1e-9
    assert max(moments) <= 103.0 + 1e-9
    assert len(moments) in (10, 11)


@pytest.mark.parametrize("kind", ["parquet", "bids", "summary"])
def test_the_exports_of_the_app_write_files_that_can_be_read(
    qtbot, review, tmp_path, monkeypatch, kind
):
    out = tmp_path / f"out.{kind}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(out))
    review.commands[f"export_{kind}"].trigger()
    qtbot.waitUntil(lambda: "Saved: " in review.toast.text())
    if kind == "parquet":
        read = parquet.read_table(out)
        assert read.num_rows == 100
        assert read["valence"].to_pylist()[70] == pytest.approx(0.8)
    elif kind == "bids":
        (table,) = out.glob("**/*_physio.tsv.gz")
        cells = gzip.decompress(table.read_bytes()).decode().splitlines()[70].split("\t")
        assert float(cells[0]) == pytest.approx(0.8)
    else:
        assert same_image(out, write_summary(review.review.path, out=tmp_path / "again.png"))


def test_an_export_that_fails_says_so(qtbot, review, tmp_path):
    (tmp_path / "file").write_text("")
    review.exporter.save(tmp_path / "file" / "out.parquet", "parquet")
    qtbot.waitUntil(lambda: "cannot be written" in review.toast.text())


def test_a_file_that_cannot_be_written_is_said_in_words(review, tmp_path):
    review.exporter.save(tmp_path / "none" / "out.csv", "csv")
    assert "Could not be saved" in review.toast.text()


def test_events_are_written_in_order(tmp_path):
    store_markers(tmp_path, [], [Marker(2.0, "b"), Marker(1.0, "a, with comma")])
    written = (tmp_path / "events.csv").read_text()
    assert written == 'timestamp,label\n1.0,"a, with comma"\n2.0,"b"\n'


def test_the_main_window_reviews_a_dropped_session(qtbot, window, folder):
    window.open_path(folder)
    reviews = window.findChild(Reviews)
    assert len(reviews.windows) == 1
    reviews.windows[0].close()
    qtbot.waitUntil(lambda: reviews.windows == [])


class FakeVideo:
    """Ten frames a second for ten seconds; each is as bright as its number."""

    def __init__(self) -> None:
        self.at = 0
        self.seeks = 0

    def __enter__(self) -> FakeVideo:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def seek(self, seconds: float) -> None:
        self.at = int(seconds * 10 + 1e-6)
        self.seeks += 1

    def read(self) -> Frame | None:
        if self.at >= 100:
            return None
        rgb = np.full((4, 4, 3), self.at, np.uint8)
        self.at += 1
        return Frame(self.at - 1, (self.at - 1) / 10, rgb, 0.0)


def test_the_reader_shows_the_frame_of_the_moment(qtbot):
    video = FakeVideo()
    reader = VideoReader(lambda: video)
    for moment, number in ((0.0, 0), (0.35, 3), (9.95, 99), (2.0, 20), (2.1, 21)):
        reader.show(moment)
        taken = []
        qtbot.waitUntil(lambda taken=taken: bool(taken.append(reader.take()) or taken[-1]))
        assert taken[-1].index == number
    assert video.seeks == 2
    assert reader.close()


def test_a_reader_that_cannot_be_opened_says_why_once(qtbot):
    def broken():
        raise InputError("it is damaged")

    reader = VideoReader(broken)
    assert reader.close()
    assert reader.take_problem() == "it is damaged"
    assert reader.take_problem() == ""


def describe(folder: Path, **source: object) -> Path:
    """Say in a session's `session.json` what it was made of."""
    info = {"format": 1, "status": "complete", "source": {"kind": "video", "live": False, **source}}
    (folder / "session.json").write_text(json.dumps(info))
    return folder


FILM = {"name": "film.mp4", "bytes": 1000, "modified_ns": 1}


def test_two_sessions_of_one_video_are_aligned_by_its_time(qtbot, tmp_path):
    first = describe(write_session(tmp_path / "first", start=100.0), file=FILM)
    later = describe(
        write_session(tmp_path / "later", start=103.0), file={**FILM, "modified_ns": 2}
    )
    window = Reviews(DARK).show(first)
    qtbot.addWidget(window)
    window.compare_with(load(later))
    assert window.comparison.shift == 0.0
    assert "video" in window.comparison.choice.currentText()
    assert window.plot.series[OTHER + 1].time[0] == pytest.approx(103.0)


@pytest.mark.parametrize(
    "other", [{**FILM, "bytes": 7}, {**FILM, "name": "another.mp4"}, None], ids=str
)
def test_sessions_of_two_videos_are_aligned_at_their_starts(qtbot, tmp_path, other):
    first = describe(write_session(tmp_path / "first", start=100.0), file=FILM)
    later = describe(write_session(tmp_path / "later", start=103.0), file=other)
    window = Reviews(DARK).show(first)
    qtbot.addWidget(window)
    window.compare_with(load(later))
    assert window.comparison.shift == -3.0


def test_an_offset_can_be_set_by_hand_and_the_difference_says_which_minus_which(review, tmp_path):
    review.compare_with(load(write_session(tmp_path / "other", start=5000.0)))
    comparison = review.comparison
    comparison.offset.setValue(-4899.5)
    assert comparison.choice.currentText() == "aligned by hand"
    assert review.plot.series[OTHER + 1].time[0] == pytest.approx(100.5)
    assert comparison.result is not None
    assert comparison.result.rmse[0] > 0.01
    assert "other minus 20260101-101010" in comparison.numbers.text()
    comparison.choice.setCurrentIndex(0)
    assert comparison.offset.value() == -4900.0
    assert comparison.result.rmse[0] == pytest.approx(0.0, abs=1e-6)


def test_all_times_are_the_files_own_or_since_the_start(qtbot, review):
    review.playhead.go(107.0)

    def said() -> tuple[str, str, list[str]]:
        table, axis = review.events.table, review.plot.getAxis("bottom")
        qtbot.waitUntil(lambda: not review.events._rebuild.isActive())
        return (
            review.panes.transport.time.text(),
            table.item(labels(review).index("first"), 0).text(),
            axis.tickStrings([0.0], 1.0, 1.0),
        )

    assert said() == ("1:47 / 1:50", "1:42.5", ["1:40"])
    review.commands["since_start"].trigger()
    assert said() == ("0:07 / 0:10", "0:02.5", ["0:00"])
    review.panes.transport.seek_wanted.emit(3.0)
    assert review.playhead.time == 103.0


def test_ticks_are_round_in_the_time_that_they_name(review):
    axis = review.plot.getAxis("bottom")
    axis.set_zero(100.37)
    (step, offset) = axis.tickSpacing(0.0, 10.0, 500.0)[0]
    assert ((offset + 100.37) / step) % 1 == pytest.approx(0.0, abs=1e-9)


def test_space_plays_wherever_the_focus_is(qtbot, review):
    review.show()
    for focus in (review.events.table, review.parts.buttons["compare"], review.plot):
        focus.setFocus()
        qtbot.keyClick(focus, Qt.Key.Key_Space)
        assert review.playhead.playing, focus
        qtbot.keyClick(focus, Qt.Key.Key_Space)
        assert not review.playhead.playing, focus


def test_a_marker_is_moved_to_where_the_cursor_has_gone_since_it_was_chosen(qtbot, review, folder):
    table = review.events.table
    table.selectRow(labels(review).index("first"))
    review.playhead.go(105.0)
    assert review.events.move_button.isEnabled()
    qtbot.keyClick(table, Qt.Key.Key_H)
    assert [event.timestamp for event in read_session(folder).events] == [105.0]
    # Onto a peak, which is then what the list has chosen.
    review.commands["next_peak"].trigger()
    review.events.move_button.click()
    assert read_session(folder).events[0].timestamp == pytest.approx(107.0)

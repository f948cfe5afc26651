"""Session folders: what is written, and when it is there."""

from __future__ import annotations

import errno
import json
import threading
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from avce.app.analysis.baseline import Baseline
from avce.app.analysis.reading import FIELDS, Reading
from avce.app.analysis.smoothing import OneEuroConfig
from avce.app.session import rows
from avce.app.session.folder import replace_file
from avce.app.session.reader import read_session
from avce.app.sources.base import Discontinuity
from avce.model.anchors import RULES
from avce.model.errors import InputError

from ..session_folders import NOON, analysis, face, writer
from ..stand_ins import SourceInfo


def test_the_folder_is_named_by_time_and_source(tmp_path: Path) -> None:
    names = [writer(tmp_path).path.name for _ in range(3)]
    stem = "20260304-120005_clip.mp4"
    assert names == [stem, f"{stem}-2", f"{stem}-3"]


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("my clip (1).mp4", "my-clip--1-.mp4"),
        ("../../etc/passwd", "passwd"),
        ("C:\\films\\a.mp4", "a.mp4"),
        ("rtsp://me:secret@host/door", "door"),
        ("rtsp://me:secret@host", "host"),
        ("Gesicht_ä", "Gesicht_ä"),
        ("...", "source"),
        ("x" * 500, "x" * 48),
    ],
)
def test_any_source_name_makes_a_safe_folder_name(tmp_path: Path, name: str, end: str) -> None:
    path = writer(tmp_path, source=SourceInfo("stream", name)).path
    assert path.parent == tmp_path
    assert path.name.split("_", 1)[1] == end


def test_a_password_in_an_address_is_not_stored(tmp_path: Path) -> None:
    session = writer(tmp_path, source=SourceInfo("stream", "rtsp://me:secret@host/door"))
    session.close()
    assert "secret" not in (session.path / "session.json").read_text()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"Sessions cannot be written to .*file"):
        writer(tmp_path / "file")


def test_rows_are_written_in_the_stated_columns_and_digits(tmp_path: Path) -> None:
    with writer(tmp_path) as session:
        session.write(analysis(1, face(1, 3, 0.1)))
        session.write(analysis(2))
    text = (session.path / "frames.csv").read_text()
    assert text.splitlines() == [
        ",".join(FIELDS),
        "1,0.03333333333333333,3,0.5,1,1.5,-2.0,3.0,3.0,0.1,-0.1,0.1,-0.1"
        + "," * (len(FIELDS) - 13),
        "2,0.06666666666666667,-1,,0" + "," * (len(FIELDS) - 5),
    ]


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.floats(0, 1e9))
def test_a_line_gives_every_number_back_exactly(value: float, seconds: float) -> None:
    cells = rows.row(Reading(0, seconds, 0, valence=value)).strip().split(",")
    assert float(cells[1]) == seconds
    assert np.float32(cells[9]) == np.float32(value)


def test_reading_a_session_gives_back_what_was_written(tmp_path: Path) -> None:
    with writer(tmp_path) as session:
        session.write(analysis(0, face(0, 0, 0.3), face(0, 1, -0.7)))
        session.write(analysis(1))
        session.write(analysis(2, face(2, 1, 0.9)))
    read = read_session(session.path)
    columns = read.readings
    assert read.damaged == ()
    assert read.faces == [0, 1]
    assert list(columns) == list(FIELDS)
    assert columns["frame"].tolist() == [0, 0, 1, 2]
    assert columns["success"].tolist() == [True, True, False, True]
    assert columns["timestamp"].tolist() == [0, 0, 1 / 30, 2 / 30]
    assert read.of_face(1)["valence"].tolist() == [np.float32(-0.7), np.float32(0.9)]
    assert np.isnan(columns["valence"][2])
    assert np.isnan(columns["valence_relative"]).all()
    for name in ("session.json", "frames.csv"):
        assert read_session(session.path / name).path == session.path


def test_the_same_analyses_give_the_same_bytes(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    values = rng.uniform(-1, 1, 50)
    files = []
    for _ in range(2):
        with writer(tmp_path, clock=lambda: datetime.now().astimezone()) as session:
            for i, value in enumerate(values):
                session.write(analysis(i, face(i, valence=value)))
        files.append((session.path / "frames.csv").read_bytes())
    assert files[0] == files[1]


def test_session_json_says_what_was_done(tmp_path: Path) -> None:
    film = tmp_path / "clip.mp4"
    film.write_bytes(b"12345")
    session = writer(
        tmp_path,
        source=SourceInfo("video", "clip.mp4", file=film, size=(8, 6), rate=30.0, duration=1.0),
        faces=2,
        smoothing=OneEuroConfig(2.0, 0.1),
        note="agreed ✓",
        baselines=lambda: {
            number: Baseline(0.1, -0.1, 0.02, 0.01, 0.0, 3.0, 90) for number in (0, 7)
        },
    )
    before = json.loads((session.path / "session.json").read_text("utf-8"))
    session.write(analysis(0, face(0), face(0, 1)))
    session.write(analysis(1))
    session.update({"frames_dropped": 3})
    session.write(analysis(5))
    session.close()
    after = json.loads((session.path / "session.json").read_text("utf-8"))
    assert (before["status"], after["status"]) == ("recording", "complete")
    assert before["ended"] is None
    assert after["started"] == after["ended"] == NOON.isoformat()
    assert after["format"] == 1
    assert after["model"] == {
        "file": "net.onnx",
        "sha256": "ab" * 32,
        "provider": "cpu",
        "anchors": RULES["affectnet"].as_dict(),
    }
    assert after["source"]["file"]["bytes"] == 5
    assert (after["source"]["width"], after["source"]["height"]) == (8, 6)
    assert after["smoothing"]["min_cutoff"] == 2.0
    assert after["faces"]["max_faces"] == 2
    assert after["faces"]["crop_size"] == 224
    # Face 7 is none of its own: the analyser remembers it from before.
    assert after["baselines"].keys() == {"0"}
    assert after["baselines"]["0"]["readings"] == 90
    assert after["note"] == "agreed ✓"
    assert after["clock"]["origin"] is None
    assert after["clock"]["meaning"] == "file presentation time"
    assert after["record_video"] is False
    assert after["counts"] == {
        "frames_seen": 6, "frames_dropped": 3, "frames_without_face": 2, "rows": 4,
    }  # fmt: skip
    assert sorted(p.name for p in session.path.iterdir()) == [
        "events.csv", "frames.csv", "session.json",
    ]  # fmt: skip


def test_a_live_session_keeps_the_moment_of_timestamp_zero(tmp_path: Path) -> None:
    origin = NOON - timedelta(seconds=7)
    with writer(tmp_path, source=SourceInfo("camera", "Webcam", live=True, origin=origin)) as live:
        live.write(analysis(0))
    clock = read_session(live.path).info["clock"]
    assert datetime.fromisoformat(clock["origin"]) == origin
    assert datetime.fromisoformat(clock["origin"]).tzinfo == UTC
    assert clock["meaning"] == "capture clock"


def test_facts_that_come_with_the_first_frame_are_kept_even_after_a_kill(tmp_path: Path) -> None:
    session = writer(tmp_path, source=SourceInfo("camera", "0", live=True))
    session.write(analysis(0))
    assert read_session(session.path).info["source"]["width"] == 8


def test_nothing_that_is_not_finite_keeps_a_session_from_closing(tmp_path: Path) -> None:
    nan, inf = float("nan"), float("inf")
    source = SourceInfo("video", "odd", rate=inf, duration=nan)
    baselines = {0: Baseline(nan, 0.5, -inf, 0.1, 0.0, 3.0, 90)}
    session = writer(tmp_path, source=source, baselines=lambda: baselines)
    session.write(analysis(0, face(0)))
    session.close()
    info = json.loads((session.path / "session.json").read_text("utf-8"))
    assert info["status"] == "complete"
    assert (info["source"]["rate"], info["source"]["duration"]) == (None, None)
    assert (info["baselines"]["0"]["valence"], info["baselines"]["0"]["arousal"]) == (None, 0.5)


def test_every_baseline_that_readings_were_compared_with_is_told(tmp_path: Path) -> None:
    first = Baseline(0.1, 0.0, 0.01, 0.01, 0.0, 3.0, 90)
    again = replace(first, valence=0.2, start=5.0, end=8.0)
    now: dict[int, Baseline] = {}
    session = writer(tmp_path, baselines=lambda: now)
    session.write(analysis(0, face(0), face(0, 1)))
    for held in ({0: first, 1: first}, {0: again, 1: first}, {0: again}):
        now = held
        session.update({})
        session.update({})
    session.close()
    info = read_session(session.path).info
    assert info["baselines"] == {"0": asdict(again)}
    assert info["earlier_baselines"] == [
        {"face_id": 0, **asdict(first)}, {"face_id": 1, **asdict(first)},
    ]  # fmt: skip


def test_counts_of_another_name_are_refused(tmp_path: Path) -> None:
    with writer(tmp_path) as session, pytest.raises(ValueError, match="no such counts"):
        session.update({"frames_eaten": 1})


def test_closing_twice_and_writing_afterwards_changes_nothing(tmp_path: Path) -> None:
    session = writer(tmp_path)
    session.write(analysis(0))
    session.close()
    before = {p: p.read_bytes() for p in session.path.iterdir()}
    session.close()
    session.write(analysis(1))
    session.event("late", 1.0)
    session.update({"rows": 9})
    assert {p: p.read_bytes() for p in session.path.iterdir()} == before


def test_an_error_while_recording_leaves_an_interrupted_session(tmp_path: Path) -> None:
    session = writer(tmp_path)
    session.write(analysis(0, face(0)))
    with pytest.raises(ZeroDivisionError), session:
        _ = 1 / 0
    read = read_session(session.path)
    assert read.info["status"] == "interrupted"
    assert (len(read), len(read.damaged)) == (1, 1)


LABELS = ["plain", "a,b", 'say "hi"', "two\nlines", "cr\r\nlf", "", "  ", "笑顔 ☺", '"', "\\"]


def test_markers_of_any_text_come_back(tmp_path: Path) -> None:
    with writer(tmp_path) as session:
        for number, label in enumerate(LABELS):
            session.event(label, number / 3)
    events = read_session(session.path).events
    assert [event.label for event in events] == LABELS
    assert [event.timestamp for event in events] == [n / 3 for n in range(len(LABELS))]


def test_rows_and_markers_are_on_disk_before_anything_is_closed(tmp_path: Path) -> None:
    session = writer(tmp_path)
    session.write(analysis(0, face(0)))
    session.event("start", 0.0)
    read = read_session(session.path)
    assert len(read) == 1
    assert [event.label for event in read.events] == ["start"]
    assert (read.growing, read.damaged) == (True, ())


def test_a_full_disk_ends_the_session_with_whole_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = writer(tmp_path)
    session.write(analysis(0, face(0)))
    before = (session.path / "frames.csv").read_bytes()

    class FullDisk(FileIO):
        """Takes ten more bytes, then none."""

        room = 10

        def write(self, data: Any, /) -> int:
            if not self.room:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.room, taken = 0, data[: self.room]
            return super().write(taken)

    full = FullDisk(session.path / "frames.csv", "r+")
    full.seek(0, 2)
    monkeypatch.setattr(session, "_frames", full)
    with pytest.raises(OSError, match=r"frames\.csv cannot be written, the disk is full"):
        session.write(analysis(1, face(1)))
    assert full.closed
    assert (session.path / "frames.csv").read_bytes() == before
    read = read_session(session.path)
    assert read.info["status"] == "interrupted"
    assert read.info["counts"]["rows"] == 1
    session.write(analysis(2, face(2)))
    session.close()
    assert len(read_session(session.path)) == 1


def test_threads_write_at_once_without_mixing_lines(tmp_path: Path) -> None:
    start = threading.Barrier(4)
    with writer(tmp_path) as session:

        def work(number: int) -> None:
            start.wait()
            for i in range(50):
                session.write(analysis(i, face(i, number)))
                session.event(f"{number}\n{i}", i)
                session.update({"frames_dropped": i})

        threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    read = read_session(session.path)
    assert read.damaged == ()
    assert len(read.events) == 200
    for number in range(4):
        assert read.of_face(number)["frame"].tolist() == list(range(50))


def test_analyses_of_a_face_finder_that_saw_earlier_frames_are_left_out(tmp_path: Path) -> None:
    with writer(tmp_path, first_run=1) as session:
        for index, run in enumerate((0, 1, 1)):
            session.write(replace(analysis(index, face(index)), run=run))
    read = read_session(session.path)
    assert read.readings["frame"].tolist() == [1, 2]
    assert read.info["faces"]["finder_began_here"] is True
    assert read.info["counts"]["frames_seen"] == 2
    assert {"onnxruntime-gpu", "onnxruntime"} & set(read.info["software"])


def test_a_link_in_the_place_of_a_half_written_file_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("kept")
    (tmp_path / "session.json.tmp").symlink_to(precious)
    replace_file(tmp_path / "session.json", b"new")
    assert precious.read_text() == "kept"
    assert (tmp_path / "session.json").read_bytes() == b"new"
    assert not (tmp_path / "session.json").is_symlink()


def test_where_the_files_time_jumps_is_told_at_once_and_read_back(tmp_path: Path) -> None:
    jump = Discontinuity(2.0, -1.5)
    source = SourceInfo("video", "joined.ts", discontinuities=(jump,))
    session = writer(tmp_path, source=source)
    told = read_session(session.path)
    session.close()
    assert told.discontinuities == (jump,) == read_session(session.path).discontinuities
    assert str(jump).startswith("The file's time jumps back by 1.500 s at 2.000 s")


@pytest.mark.parametrize("listed", [None, 3, [{}], [{"timestamp": "x", "seconds": 1}], [[]]])
def test_jumps_that_make_no_sense_are_left_out(tmp_path: Path, listed: object) -> None:
    session = writer(tmp_path)
    session.close()
    path = session.path / "session.json"
    info = json.loads(path.read_text("utf-8"))
    info["source"]["discontinuities"] = listed
    path.write_text(json.dumps(info), "utf-8")
    assert read_session(session.path).discontinuities == ()


@pytest.mark.parametrize("lossless", [False, True])
def test_a_session_without_a_row_is_not_complete_and_names_no_video(
    tmp_path: Path, lossless: bool
) -> None:
    with writer(tmp_path, video=True, lossless=lossless) as session:
        assert session.info()["video"] is None
    info = read_session(session.path).info
    assert (info["status"], info["video"], info["record_video"]) == ("interrupted", None, True)


def test_a_video_is_named_from_its_first_frame_on(tmp_path: Path) -> None:
    session = writer(tmp_path, video=True)
    session.write(analysis(0, face(0)))
    # As a killed program leaves it: nothing was closed.
    assert json.loads((session.path / "session.json").read_text())["video"] == "video.mp4"
    session.close()
    read = read_session(session.path)
    assert (read.info["status"], read.video) == ("complete", session.path / "video.mp4")


def test_a_live_recorder_can_be_told_from_a_dead_one(tmp_path: Path) -> None:
    session = writer(tmp_path)
    session.write(analysis(0, face(0)))
    read = read_session(session.path)
    assert (read.growing, read.damaged) == (True, ())
    # What a killed program leaves: the same files, and nobody who holds the lock.
    left = tmp_path / "killed"
    left.mkdir()
    for file in session.path.iterdir():
        (left / file.name).write_bytes(file.read_bytes())
    dead = read_session(left)
    assert not dead.growing
    assert any("interrupted" in note for note in dead.damaged)
    session.close()
    read = read_session(session.path)
    assert (read.growing, read.damaged) == (False, ())
    assert not (session.path / "recording.lock").exists()


def test_the_lock_goes_with_whichever_thread_ends_the_session(tmp_path: Path) -> None:
    session = writer(tmp_path)
    session.write(analysis(0, face(0)))
    closing = threading.Thread(target=session.close)
    closing.start()
    closing.join()
    assert not read_session(session.path).growing


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_changes_no_timestamp_and_no_folder(tmp_path: Path, hours: int) -> None:
    now = [datetime(2026, 1, 1, 10, 10, 10, tzinfo=UTC)]
    with writer(tmp_path, clock=lambda: now[0]) as first:
        first.write(analysis(0, face(0)))
        now[0] += timedelta(hours=hours)
        first.write(analysis(1, face(1)))
    # Back at the moment at which the first one began.
    now[0] -= timedelta(hours=hours)
    with writer(tmp_path, clock=lambda: now[0]) as second:
        second.write(analysis(0, face(0)))
    assert first.path != second.path
    read = read_session(first.path)
    assert (read.info["status"], read.damaged) == ("complete", ())
    steps = np.diff(read.readings["timestamp"])
    assert (steps > 0).all()
    assert (steps < 1.0).all()
    assert len(read_session(second.path)) == 1

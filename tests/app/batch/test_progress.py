"""How far a batch is, frame by frame: also where one long video is all there is."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from rich.console import Console

from avce.app.batch import progress
from avce.app.batch.progress import Meter, Note, shown_progress, underway
from avce.app.sources.base import SourceFacts


class Lasting(SourceFacts):
    """A file of a known length, or of none."""

    def __init__(self, duration: float | None) -> None:
        self.duration = duration


@pytest.fixture(autouse=True)
def _at_every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_EVERY", 0.0)


def worker(out: Path, number: int) -> Path:
    folder = out / f".partial-{number}-machine"
    folder.mkdir(parents=True)
    return folder


def test_frames_and_shares_of_all_workers_add_up(tmp_path: Path) -> None:
    Note(worker(tmp_path, 1), Lasting(200.0), None, None).write(1500, 50.0)
    Note(worker(tmp_path, 2), Lasting(200.0), 100.0, 140.0).write(300, 110.0)
    Note(worker(tmp_path / "video", 3), Lasting(None), None, None).write(30, 1.0)
    assert underway([tmp_path]) == (1800, pytest.approx(0.5))
    assert underway([tmp_path, tmp_path / "video"]) == (1830, pytest.approx(0.5))


@pytest.mark.parametrize(
    ("duration", "start", "end", "timestamp", "share"),
    [
        (10.0, None, None, 2.5, 0.25),
        (10.0, 5.0, None, 7.5, 0.5),
        (10.0, None, 40.0, 5.0, 0.5),
        (None, None, 4.0, 1.0, 0.25),
        (None, None, None, 1.0, 0.0),
        (10.0, None, None, 12.0, 1.0),
        (0.0, None, None, 0.0, 0.0),
    ],
)
def test_a_share_is_that_of_the_part_that_is_analysed(
    tmp_path: Path,
    duration: float | None,
    start: float | None,
    end: float | None,
    timestamp: float,
    share: float,
) -> None:
    Note(worker(tmp_path, 1), Lasting(duration), start, end).write(1, timestamp)
    assert underway([tmp_path]) == (1, pytest.approx(share))


def test_a_note_is_written_once_in_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_EVERY", 1.0)
    note = Note(worker(tmp_path, 1), Lasting(10.0), None, None)
    note.write(1, 1.0)
    note.write(2, 2.0)
    assert underway([tmp_path]) == (1, pytest.approx(0.1))


@pytest.mark.parametrize("text", ["", "12", "x y", "1 2 3"])
def test_a_note_that_is_cut_is_passed_over(tmp_path: Path, text: str) -> None:
    (worker(tmp_path, 1) / "progress").write_text(text)
    assert underway([tmp_path]) == (0, 0.0)


def test_a_disk_that_takes_no_note_costs_the_note_alone(tmp_path: Path) -> None:
    Note(tmp_path / "gone", Lasting(10.0), None, None).write(1, 1.0)
    assert underway([tmp_path]) == (0, 0.0)


def test_what_is_finished_and_what_is_underway_are_one_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    meter = Meter([tmp_path])
    meter.add(600)
    Note(worker(tmp_path, 1), Lasting(10.0), None, None).write(300, 2.5)
    now[0] = 110.0
    assert meter.read() == (pytest.approx(1.25), pytest.approx(90.0))


def test_a_terminal_shows_it_and_anything_else_nothing(tmp_path: Path) -> None:
    Note(worker(tmp_path, 1), Lasting(10.0), None, None).write(300, 5.0)
    texts = []
    for terminal in (True, False):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=120)
        with shown_progress(Meter([tmp_path]), 2, console):
            time.sleep(0.3)
        texts.append(console.file.getvalue())
    assert "25%" in texts[0]
    assert "frames/s" in texts[0]
    assert texts[1] == ""

"""Videos in segments: the session of the video in one go, whoever crosses a joint."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from avce.app.analysis.analyser import Analyser
from avce.app.batch import job as batch_job
from avce.app.batch import run as batch
from avce.app.batch import segments
from avce.app.batch.run import run_batch
from avce.app.batch.segments import check_length, divide, join_rows
from avce.app.cli import main
from avce.app.session.reader import read_session
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.base import Discontinuity, Frame
from avce.model.errors import InputError
from avce.model.face.face import Face

from ..stand_ins import FilmSource, StandInFinder, StandInNetwork, face_at

RATE = 5
SECONDS = 60


def moment(index: int) -> NDArray[np.uint8]:
    """A frame that says its number in its first pixel, and grows brighter and darker."""
    value = 110 + 60 * np.sin(index / 9)
    rgb = np.full((48, 64, 3), value, np.uint8)
    rgb[0, 0] = (index // 256, index % 256, 0)
    return rgb


def faces_of(index: int) -> list[Face]:
    """One goes from left to right and is away over a joint; two others come and go."""
    seconds = index / RATE
    faces = []
    if 12 <= seconds < 33:
        faces.append(face_at(56.0, 38.0, 12.0))
    if not 19.5 <= seconds < 20.5:
        faces.append(face_at(12.0 + 0.6 * seconds, 14.0, 16.0))
    if seconds >= 45:
        faces.insert(0, face_at(10.0, 38.0, 12.0))
    return faces


class Reading(StandInFinder):
    """Sees what the frame's number says, wherever it began."""

    def find(self, rgb: NDArray[np.uint8], timestamp_ms: int | None = None) -> list[Face]:
        del timestamp_ms
        return faces_of(int(rgb[0, 0, 0]) * 256 + int(rgb[0, 0, 1]))


@pytest.fixture
def analysed_names() -> list[str]:
    """The file's name for each time that it was analysed, whole or in part."""
    return []


@pytest.fixture
def video(monkeypatch: pytest.MonkeyPatch, analysed_names: list[str]) -> list[Frame]:
    """A video of a minute in the place of every file, and stand-ins in that of the networks."""
    frames = [Frame(i, i / RATE, moment(i), 0.0) for i in range(SECONDS * RATE)]

    def looked_at(path: Path) -> FilmSource:
        return FilmSource(frames, Path(path).name)

    def opened(path: Path) -> FilmSource:
        analysed_names.append(Path(path).name)
        return looked_at(path)

    def stand_in(job: Any, source: Any) -> Analyser:
        del job, source
        return Analyser(StandInNetwork(), Reading(), max_faces=3)

    monkeypatch.setattr(batch_job, "open_source", opened)
    monkeypatch.setattr(segments, "open_source", looked_at)
    monkeypatch.setattr(batch_job, "_real_analyser", stand_in)
    monkeypatch.setattr(batch_job, "_draw", lambda session: None)
    monkeypatch.setattr(batch, "_model", lambda settings: (Path("net.onnx"), "abc"))
    return frames


def analysed(tmp_path: Path, name: str, segment: float, **options: Any) -> Path:
    """The session of a video, analysed in segments of so many minutes."""
    path = tmp_path / "video.mp4"
    path.write_bytes(b"video")
    out = tmp_path / name
    settings = RunSettings(recording=RecordingOptions(out), **options)
    run_batch([path], settings, workers=1, make_pool=ThreadPoolExecutor, segment=segment)
    with (out / "batch.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["status"] == "done"
    assert not list(out.glob(".partial*"))
    return out / row["session"]


@pytest.mark.usefixtures("video")
@pytest.mark.parametrize(("seconds", "count"), [(11, 5), (20, 3), (30, 2), (37, 2)])
def test_a_film_in_segments_is_the_film_in_one_go(
    seconds: int, count: int, tmp_path: Path, analysed_names: list[str]
) -> None:
    whole = analysed(tmp_path, "whole", 0.0)
    assert len(analysed_names) == 1
    parts = analysed(tmp_path, "parts", seconds / 60)
    assert len(analysed_names) == 1 + count, "in segments, and not once more in one go"
    assert (parts / "frames.csv").read_bytes() == (whole / "frames.csv").read_bytes()
    assert (parts / "events.csv").read_bytes() == (whole / "events.csv").read_bytes()
    one, other = (read_session(path) for path in (whole, parts))
    assert one.faces == other.faces == [0, 1, 2]
    changing = ("started", "ended")
    facts = [{k: v for k, v in s.info.items() if k not in changing} for s in (one, other)]
    assert facts[0] == facts[1]


def test_a_film_is_divided_among_the_segments(video: list[Frame], tmp_path: Path) -> None:
    job = batch_job.Job(RunSettings(tmp_path / "video.mp4", recording=RecordingOptions(tmp_path)))
    made = divide(job, 20.0, tmp_path / "parts")
    assert made is not None
    assert made.starts == (20.0, 40.0)
    assert [(s.settings.start, s.settings.end) for s in made.segments] == [
        (None, 20.0),
        (10.0, 40.0),
        (30.0, None),
    ]
    assert video[-1].timestamp == pytest.approx(59.8)
    assert divide(job, 45.0, tmp_path / "parts") is None, "not worth it"


@pytest.mark.usefixtures("video")
def test_a_part_of_a_film_is_divided_within_itself(tmp_path: Path) -> None:
    recording = RecordingOptions(tmp_path)
    settings = RunSettings(tmp_path / "a.mp4", start=5.0, end=35.0, recording=recording)
    made = divide(batch_job.Job(settings), 15.0, tmp_path / "parts")
    assert made is not None
    assert [(s.settings.start, s.settings.end) for s in made.segments] == [
        (5.0, 20.0),
        (10.0, 35.0),
    ]


@pytest.mark.parametrize("fault", ["damaged", "a jump", "a crash"])
def test_a_film_that_is_not_whole_is_analysed_in_one_go(
    fault: str, video: list[Frame], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    class Odd(FilmSource):
        damaged = "It ends at 60 s of 90 s." if fault == "damaged" else ""
        discontinuities = (Discontinuity(30.0, 5.0),) if fault == "a jump" else ()

        def read(self) -> Frame | None:
            frame = super().read()
            if fault == "a crash" and len(opened) == 2:
                raise InputError("The disk stalled.")
            return frame

    def source(path: Path) -> FilmSource:
        opened.append(Path(path).name)
        return Odd(video, Path(path).name)

    monkeypatch.setattr(batch_job, "open_source", source)
    path = tmp_path / "video.mp4"
    path.write_bytes(b"video")
    out = tmp_path / "out"
    settings = RunSettings(recording=RecordingOptions(out))
    status = run_batch([path], settings, workers=1, make_pool=ThreadPoolExecutor, segment=0.5)
    assert len(opened) == 3, "two segments and then the whole"
    assert status == (3 if fault == "damaged" else 0)
    (session,) = [path for path in out.iterdir() if path.is_dir()]
    assert len(np.unique(read_session(session).readings["frame"])) == SECONDS * RATE


def rows(cells: Sequence[tuple[int, int, float]]) -> dict[str, NDArray[Any]]:
    """Rows (frame, number, x) of squares of 10, one frame a second; number -1: nobody found."""
    frame, face, x = (np.array(column) for column in zip(*cells, strict=True))
    return {
        "frame": frame.astype(np.int64),
        "timestamp": frame.astype(float),
        "face_id": face.astype(np.int64),
        "success": face >= 0,
        "x": x.astype(float),
        "y": np.zeros(len(frame)),
        "width": np.full(len(frame), 10.0),
        "height": np.full(len(frame), 10.0),
    }


def test_numbers_go_over_by_the_boxes_of_the_overlap() -> None:
    before = rows([(f, n, 50.0 * n) for f in range(6) for n in (0, 1)])
    # The finder has counted the other way round, and a third face comes at 8.
    after = [(f, n, 50.0 - 50.0 * n) for f in range(3, 9) for n in (0, 1)]
    after += [(8, 2, 150.0), (9, -1, np.nan)]
    whole = join_rows([before, rows(sorted(after))], [6.0])
    assert whole["frame"].tolist() == [*np.repeat(range(9), 2), 8, 9]
    by_place = {0.0: 0, 50.0: 1, 150.0: 2}
    for face, x in zip(whole["face_id"].tolist(), whole["x"].tolist(), strict=True):
        assert face == by_place.get(x, -1)


def test_a_number_is_given_once_though_a_face_came_and_went_between() -> None:
    first = rows([(f, 0, 0.0) for f in range(4)])
    second = rows([(2, 0, 0.0), (3, 0, 0.0), (4, 0, 0.0), (5, 1, 80.0)])
    third = rows([(5, 0, 80.0), (6, 0, 80.0), (7, 1, 0.0)])
    whole = join_rows([first, second, third], [4.0, 6.0])
    assert whole["frame"].tolist() == list(range(8))
    # Whoever comes back after a joint at which nobody saw them is somebody new.
    assert whole["face_id"].tolist() == [0, 0, 0, 0, 0, 1, 1, 2]


@pytest.mark.parametrize("minutes", [-1.0, 0.05, float("nan"), float("inf")])
def test_a_segment_shorter_than_its_overlap_is_refused(minutes: float) -> None:
    with pytest.raises(InputError, match="--segment is a length in minutes, at least"):
        check_length(minutes)
    assert (check_length(0.0), check_length(10.0)) == (0.0, 600.0)


def test_the_command_takes_minutes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video = tmp_path / "video.mp4"
    video.write_bytes(b"video")
    line = ["batch", str(video), "--out", str(tmp_path / "out"), "--segment", "0.1"]
    assert main(line) == 2
    assert "--segment is a length in minutes" in capsys.readouterr().err


def test_an_interrupted_batch_leaves_no_segment_behind(video: list[Frame], tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    path.write_bytes(b"video")
    out = tmp_path / "out"
    settings = RunSettings(recording=RecordingOptions(out))
    batch_job._stop.set()
    try:
        with pytest.raises(KeyboardInterrupt):
            run_batch([path], settings, workers=1, make_pool=ThreadPoolExecutor, segment=0.5)
    finally:
        batch_job._stop.clear()
    assert [each.name for each in out.iterdir() if each.is_dir()] == []
    assert video


def test_an_empty_overlap_matches_nobody() -> None:
    first, second = rows([(0, 0, 0.0)]), rows([(5, 0, 0.0)])
    assert join_rows([first, second], [5.0])["face_id"].tolist() == [0, 1]

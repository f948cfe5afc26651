"""Many files: what is done, what is done again, and what one bad file costs."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from avce.app.batch import index as batch_index
from avce.app.batch import job as batch_job
from avce.app.batch import run as batch
from avce.app.batch.index import Index, read_index
from avce.app.batch.inputs import find_inputs
from avce.app.batch.job import Job, Outcome, analyse_job, sweep
from avce.app.batch.manifest import Entry, find_entries
from avce.app.batch.run import outcomes, run_batch
from avce.app.session.reader import read_session
from avce.app.session.seen import Seen
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources.base import Frame
from avce.model.errors import InputError

from ..stand_ins import FilmSource, StandInNetwork, analyser, frame


def files(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())
    return paths


def job(name: str, out: Path) -> Job:
    return Job(RunSettings(Path(name), Path("net.onnx"), recording=RecordingOptions(out)))


class Breakable(Executor):
    """Runs work at once; a file named `bomb` breaks the pool and all that runs in it."""

    def __init__(self, workers: int) -> None:
        self._broken = False

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        if self._broken:
            raise BrokenProcessPool
        future: Future[Any] = Future()
        if args[0].path.name == "bomb":
            self._broken = True
            future.set_exception(BrokenProcessPool())
        else:
            future.set_result(fn(*args))
        return future


def test_a_folder_stands_for_the_videos_below_it_in_order(tmp_path: Path) -> None:
    b, a, _ = files(tmp_path, "in/b.mp4", "in/deep/a.MOV", "in/notes.txt")
    assert find_inputs(tmp_path / "in") == [b, a]
    assert [e.path for e in find_entries([tmp_path / "in", b], find_inputs)] == [b, a]


def test_a_folder_without_videos_stands_for_its_images(tmp_path: Path) -> None:
    files(tmp_path, "faces/1.png")
    assert find_inputs(tmp_path / "faces") == [tmp_path / "faces"]


def test_an_input_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is nothing at"):
        find_inputs(tmp_path / "none.mp4")


def test_every_job_comes_back_with_its_outcome(tmp_path: Path) -> None:
    jobs = [job(f"{i}.mp4", tmp_path) for i in range(7)]
    found = outcomes(
        jobs, 3, work=lambda j: Outcome("done", j.path.stem), make_pool=ThreadPoolExecutor
    )
    assert sorted((j.path.name, o.session) for j, o in found) == [
        (f"{i}.mp4", str(i)) for i in range(7)
    ]


def test_a_file_that_crashes_its_process_fails_alone(tmp_path: Path) -> None:
    jobs = [job(name, tmp_path) for name in ("a", "b", "bomb", "c", "d", "e")]
    found = outcomes(jobs, 3, work=lambda j: Outcome("done"), make_pool=Breakable)
    status = {j.path.name: o.status for j, o in found}
    assert status == dict.fromkeys("abcde", "done") | {"bomb": "failed"}


def test_the_index_knows_a_file_until_it_network_or_faces_change(tmp_path: Path) -> None:
    (clip,) = files(tmp_path, "clip.mp4")
    (tmp_path / "session").mkdir()
    index = Index(tmp_path, "abc", 1)
    assert not index.status(Entry(clip))
    index.add(Entry(clip), Outcome("done", "session", 10, 2))
    index.close()
    assert Index(tmp_path, "abc", 1).status(Entry(clip))
    assert not Index(tmp_path, "other", 1).status(Entry(clip))
    assert not Index(tmp_path, "abc", 2).status(Entry(clip))
    assert not Index(tmp_path, "abc", 1, min_quality=0.5).status(Entry(clip))
    assert not Index(tmp_path, "abc", 1, extras=("emotions",)).status(Entry(clip))
    clip.write_bytes(b"longer than before")
    assert not Index(tmp_path, "abc", 1).status(Entry(clip))


def test_the_index_tells_how_well_the_faces_were_seen_in_plain_numbers(tmp_path: Path) -> None:
    clip, other = files(tmp_path, "clip.mp4", "other.mp4")
    index = Index(tmp_path, "abc", 1)
    found = Seen(8, 0.75, 0.125, (-0.25, 0.5), (-0.125, math.nan))
    index.add(Entry(clip), Outcome("done", "session", 10, 2, seen=found))
    index.add(Entry(other), Outcome("done", "session"))
    index.close()
    with (tmp_path / "batch.csv").open(newline="") as file:
        first, second = csv.DictReader(file)
    names = ("readings_good", "readings_poor", "mean_valence", "mean_arousal")
    assert [float(first[name]) for name in names] == [0.75, 0.125, -0.25, 0.5]
    assert first["mean_valence_without_poor"] == "-0.1250"
    assert first["mean_arousal_without_poor"] == second["mean_valence"] == ""


def test_a_failed_file_and_one_whose_session_is_gone_are_tried_again(tmp_path: Path) -> None:
    clip, other = files(tmp_path, "clip.mp4", "other.mp4")
    index = Index(tmp_path, "abc", 1)
    index.add(Entry(clip), Outcome("failed", detail='why, and "how"\nso'))
    index.add(Entry(other), Outcome("done", "nowhere"))
    index.close()
    assert read_index(tmp_path) == {}


def test_an_index_has_its_header_before_the_first_file_is_done(tmp_path: Path) -> None:
    Index(tmp_path, "abc", 1)
    assert (tmp_path / "batch.csv").read_text().splitlines() == [",".join(batch_index.COLUMNS)]


def test_what_killed_processes_left_is_swept_and_what_live_ones_make_is_not(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    names = (f".partial-{dead.pid}", ".partial-", ".partial-9" + "9" * 30)
    files(tmp_path, *(f"{name}/half/frames.csv" for name in names))
    own, other = files(tmp_path, f".partial-{os.getpid()}/half/frames.csv", "session/frames.csv")
    sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([own.parent.parent, other.parent])


@pytest.mark.usefixtures("stand_ins")
def test_sessions_of_one_name_stand_beside_each_other(tmp_path: Path) -> None:
    files(tmp_path, "a/clip.mp4", "b/clip.mp4")
    out = tmp_path / "out"
    made = [analyse_job(job(str(tmp_path / d / "clip.mp4"), out)).session for d in "ab"]
    assert len(set(made)) == 2
    assert sorted(p.name for p in out.iterdir()) == sorted(made)


def test_an_index_cut_in_the_middle_of_a_line_still_opens(tmp_path: Path) -> None:
    clip, other = files(tmp_path, "clip.mp4", "other.mp4")
    (tmp_path / "session").mkdir()
    index = Index(tmp_path, "abc", 1)
    index.add(Entry(clip), Outcome("done", "session"))
    index.add(Entry(other), Outcome("done", "session"))
    index.close()
    path = tmp_path / "batch.csv"
    path.write_bytes(path.read_bytes()[:-20])
    again = Index(tmp_path, "abc", 1)
    assert again.status(Entry(clip))
    assert not again.status(Entry(other))
    again.add(Entry(other), Outcome("done", "session"))
    again.close()
    assert Index(tmp_path, "abc", 1).status(Entry(other))


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sources of ten frames and a network of stand-ins in the place of the real ones."""
    film = [frame(i) for i in range(10)]
    monkeypatch.setattr(batch_job, "Predictor", StandInNetwork)
    monkeypatch.setattr(batch_job, "open_source", lambda path: FilmSource(film, Path(path).name))
    monkeypatch.setattr(batch_job, "_real_analyser", lambda job, source: analyser())
    monkeypatch.setattr(batch_job, "_draw", lambda path: None)


@pytest.mark.usefixtures("stand_ins")
def test_a_job_makes_a_whole_session(tmp_path: Path) -> None:
    (clip,) = files(tmp_path, "clip.mp4")
    outcome = analyse_job(job(str(clip), tmp_path / "out"))
    assert (outcome.status, outcome.frames, outcome.frames_without_face) == ("done", 10, 0)
    rows = (tmp_path / "out" / outcome.session / "frames.csv").read_text().splitlines()
    assert len(rows) == 11


@pytest.mark.usefixtures("stand_ins")
def test_a_job_that_is_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    (clip,) = files(tmp_path, "clip.mp4")
    batch_job._stop.set()
    try:
        outcome = analyse_job(job(str(clip), tmp_path / "out"))
    finally:
        batch_job._stop.clear()
    assert outcome.status == "stopped"
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.usefixtures("stand_ins")
def test_a_second_run_does_only_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files(tmp_path, "in/a.mp4", "in/b.mp4")
    monkeypatch.setattr(batch, "_model", lambda settings: (Path("net.onnx"), "abc"))
    out = tmp_path / "out"
    settings = RunSettings(recording=RecordingOptions(out))
    assert run_batch([tmp_path / "in"], settings, workers=1, make_pool=ThreadPoolExecutor) == 0
    files(tmp_path, "in/c.mp4")
    assert run_batch([tmp_path / "in"], settings, workers=2, make_pool=ThreadPoolExecutor) == 0
    assert "1 done, 2 done before, 0 failed" in capsys.readouterr().out
    with (out / "batch.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["input"]).name for row in rows] == ["a.mp4", "b.mp4", "c.mp4"]
    assert all((out / row["session"] / "frames.csv").is_file() for row in rows)


@pytest.mark.usefixtures("stand_ins")
def test_a_damaged_file_is_marked_and_told_and_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Cut(FilmSource):
        damaged = "b.mp4 is damaged: it ends at 1.000 s of the 2.000 s that it states."

    def opened(path: Path) -> FilmSource:
        kind = Cut if Path(path).name == "b.mp4" else FilmSource
        return kind([frame(i) for i in range(4)], Path(path).name)

    monkeypatch.setattr(batch_job, "open_source", opened)
    files(tmp_path, "in/a.mp4", "in/b.mp4")
    monkeypatch.setattr(batch, "_model", lambda settings: (Path("net.onnx"), "abc"))
    out = tmp_path / "out"
    settings = RunSettings(recording=RecordingOptions(out))
    assert run_batch([tmp_path / "in"], settings, workers=1, make_pool=ThreadPoolExecutor) == 3
    said = capsys.readouterr()
    assert "1 done, 0 done before, 0 failed, 1 damaged" in said.out
    assert said.err.count("it ends at 1.000 s of the 2.000 s") == 1
    with (out / "batch.csv").open(newline="") as file:
        rows = {Path(row["input"]).name: row for row in csv.DictReader(file)}
    assert (rows["a.mp4"]["status"], rows["a.mp4"]["detail"]) == ("done", "")
    assert (rows["b.mp4"]["status"], rows["b.mp4"]["detail"]) == ("damaged", Cut.damaged)
    assert rows["b.mp4"]["frames"] == "4"
    session = read_session(out / rows["b.mp4"]["session"])
    assert session.info["source"]["damaged"] == Cut.damaged
    assert session.source_damage == (Cut.damaged,)
    assert run_batch([tmp_path / "in"], settings, workers=1, make_pool=ThreadPoolExecutor) == 3
    assert "0 done, 2 done before, 0 failed, 1 damaged" in capsys.readouterr().out


@pytest.mark.parametrize(("workers", "faces"), [(0, 1), (1, 0)])
def test_numbers_below_one_are_refused(tmp_path: Path, workers: int, faces: int) -> None:
    recording = RecordingOptions(tmp_path)
    with pytest.raises(InputError, match="must be at least 1, not 0"):
        run_batch([tmp_path], RunSettings(faces=faces, recording=recording), workers=workers)


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize(
    ("files", "processors", "memory", "threads"),
    [
        (9, 8, None, 1),  # a worker for each processor
        (9, 8, 64 * 10**9, 1),
        (9, 8, 2 * 10**9, 4),  # as far as there is memory for them
        (2, 8, None, 4),  # and files
        (9, 1, None, 1),
        (9, 1, 10**8, 1),
    ],
)
def test_there_is_a_worker_for_each_processor_where_nobody_says_how_many(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: int,
    processors: int,
    memory: int | None,
    threads: int,
) -> None:
    monkeypatch.setattr(batch_job, "processors", lambda: processors)
    monkeypatch.setattr(batch_job, "memory", lambda: memory)
    (tmp_path / "in").mkdir()
    for i in range(files):
        (tmp_path / "in" / f"{i}.mp4").write_bytes(bytes([i]))
    asked: list[tuple[int, int | None]] = []

    class Pool(ThreadPoolExecutor):
        def __init__(self, workers: int) -> None:
            self.workers = workers
            super().__init__(1)

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            asked.append((self.workers, args[0].threads))
            return super().submit(fn, *args, **kwargs)

    settings = RunSettings(recording=RecordingOptions(tmp_path / "out"))
    assert run_batch([tmp_path / "in"], settings, make_pool=Pool) == 0
    workers = 2 if memory == 2 * 10**9 else processors
    assert set(asked) == {(workers, threads)}
    assert len(asked) == files


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize("frames", [0, 4])
def test_a_file_that_fails_leaves_an_interrupted_session_with_its_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, frames: int
) -> None:
    class Broken(FilmSource):
        def read(self) -> Frame | None:
            if self.frames and self._next == len(self.frames):
                raise RuntimeError("the disk is gone")
            return super().read()

    film = [frame(i) for i in range(frames)]
    drawn: list[Path] = []
    monkeypatch.setattr(batch_job, "open_source", lambda path: Broken(film, Path(path).name))
    monkeypatch.setattr(batch_job, "_draw", drawn.append)
    (clip,) = files(tmp_path, "clip.mp4")
    outcome = analyse_job(job(str(clip), tmp_path / "out"))
    assert outcome.status == "failed"
    assert ("no frame" in outcome.detail) == (frames == 0)
    assert [session.path.name for session in drawn] == [outcome.session]
    session = read_session(tmp_path / "out" / outcome.session)
    assert session.info["status"] == "interrupted"


def test_a_second_batch_into_a_folder_that_is_written_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "_model", lambda settings: (Path("net.onnx"), "abc"))
    (clip,) = files(tmp_path, "a.mp4")
    settings = RunSettings(recording=RecordingOptions(tmp_path / "out"))
    tried: list[str] = []

    class During(Executor):
        """Starts the other batch while the first one works."""

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
            with pytest.raises(InputError, match=r"Another batch writes into .*give another --out"):
                run_batch([clip], settings)
            tried.append("refused")
            future: Future[Any] = Future()
            future.set_result(Outcome("failed", detail="=1+1"))
            return future

    assert run_batch([clip], settings, make_pool=lambda _: During()) == 1
    assert tried == ["refused"]
    with (tmp_path / "out" / "batch.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["detail"] == "'=1+1"

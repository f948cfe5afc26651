"""Many files: what is done, what is done again, and what one bad file costs."""

from __future__ import annotations

import csv
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from avce.app import batch, batch_job
from avce.app.batch import Index, find_inputs, outcomes, read_index, run_batch
from avce.app.batch_job import Job, Outcome, analyse_job
from avce.model.errors import InputError

from .stand_ins import FilmSource, StandInNetwork, analyser, frame


def files(folder: Path, *names: str) -> list[Path]:
    paths = [folder / name for name in names]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(path.name.encode())
    return paths


def job(name: str, out: Path) -> Job:
    return Job(Path(name), out, Path("net.onnx"))


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
    assert find_inputs([tmp_path / "in", b]) == sorted([b.resolve(), a.resolve()])


def test_a_folder_without_videos_stands_for_its_pictures(tmp_path: Path) -> None:
    files(tmp_path, "faces/1.png")
    assert find_inputs([tmp_path / "faces"]) == [(tmp_path / "faces").resolve()]


def test_an_input_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="There is nothing at"):
        find_inputs([tmp_path / "none.mp4"])


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
    assert not index.has(clip)
    index.add(clip, Outcome("done", "session", 10, 2))
    index.close()
    assert Index(tmp_path, "abc", 1).has(clip)
    assert not Index(tmp_path, "other", 1).has(clip)
    assert not Index(tmp_path, "abc", 2).has(clip)
    clip.write_bytes(b"longer than before")
    assert not Index(tmp_path, "abc", 1).has(clip)


def test_a_failed_file_and_one_whose_session_is_gone_are_tried_again(tmp_path: Path) -> None:
    clip, other = files(tmp_path, "clip.mp4", "other.mp4")
    index = Index(tmp_path, "abc", 1)
    index.add(clip, Outcome("failed", detail='why, and "how"\nso'))
    index.add(other, Outcome("done", "nowhere"))
    index.close()
    assert read_index(tmp_path) == {}


def test_an_index_cut_in_the_middle_of_a_line_still_opens(tmp_path: Path) -> None:
    clip, other = files(tmp_path, "clip.mp4", "other.mp4")
    (tmp_path / "session").mkdir()
    index = Index(tmp_path, "abc", 1)
    index.add(clip, Outcome("done", "session"))
    index.add(other, Outcome("done", "session"))
    index.close()
    path = tmp_path / "batch.csv"
    path.write_bytes(path.read_bytes()[:-20])
    again = Index(tmp_path, "abc", 1)
    assert again.has(clip)
    assert not again.has(other)
    again.add(other, Outcome("done", "session"))
    again.close()
    assert Index(tmp_path, "abc", 1).has(other)


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
    outcome = analyse_job(Job(clip, tmp_path / "out", Path("net.onnx")))
    assert (outcome.status, outcome.frames, outcome.frames_without_face) == ("done", 10, 0)
    rows = (tmp_path / "out" / outcome.session / "frames.csv").read_text().splitlines()
    assert len(rows) == 11


@pytest.mark.usefixtures("stand_ins")
def test_a_job_that_is_interrupted_leaves_nothing_behind(tmp_path: Path) -> None:
    (clip,) = files(tmp_path, "clip.mp4")
    batch_job._stop.set()
    try:
        outcome = analyse_job(Job(clip, tmp_path / "out", Path("net.onnx")))
    finally:
        batch_job._stop.clear()
    assert outcome.status == "stopped"
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.usefixtures("stand_ins")
def test_a_second_run_does_only_what_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files(tmp_path, "in/a.mp4", "in/b.mp4")
    monkeypatch.setattr(batch, "_network", lambda model, provider: (Path("net.onnx"), "abc"))
    out = tmp_path / "out"
    assert run_batch([tmp_path / "in"], out, make_pool=ThreadPoolExecutor) == 0
    files(tmp_path, "in/c.mp4")
    assert run_batch([tmp_path / "in"], out, workers=2, make_pool=ThreadPoolExecutor) == 0
    assert "1 done, 2 done before, 0 failed" in capsys.readouterr().out
    with (out / "batch.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [Path(row["input"]).name for row in rows] == ["a.mp4", "b.mp4", "c.mp4"]
    assert all((out / row["session"] / "frames.csv").is_file() for row in rows)


@pytest.mark.parametrize("wrong", [{"workers": 0}, {"max_faces": 0}])
def test_numbers_below_one_are_refused(tmp_path: Path, wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="must be at least 1, not 0"):
        run_batch([tmp_path], tmp_path, **wrong)

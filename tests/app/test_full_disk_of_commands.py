"""A disk that is full at the n-th write of a command: whole files, and one sentence."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from full_disk import Disk, full_disk

from avce.app.batch import job as batch_job
from avce.app.batch import run as batch
from avce.app.batch.index import index_rows
from avce.app.batch.run import run_batch
from avce.app.rating.rated_file import RatedFile
from avce.app.session.export import ExportOptions, export_session
from avce.app.session.reader import read_session
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.study.plan import StudyPlan
from avce.app.study.study import run_study
from avce.model.errors import run_command
from avce.model.ratings.files import Rating, rating_bytes, rating_file, read_ratings, write_ratings

from .session.exported import session_of
from .stand_ins import FilmSource, StandInNetwork, analyser, frame
from .study_folders import columns, session

ROWS = columns(np.arange(0, 10, 0.1), valence=0.5, arousal=-0.5)
TIMES = np.arange(0, 300) / 100
RATING = Rating("KS", TIMES, np.stack([np.sin(TIMES), np.cos(TIMES)], axis=1))


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith(".lock")
    }


def fails_at_every_write(
    act: Callable[[Path], object],
    parent: Path,
    said: Callable[[], str],
    *,
    for_good: bool = True,
    before: Callable[[Path], object] = lambda out: out.mkdir(),
) -> int:
    """Run a command with the disk full at each of its writes; returns how many there were.

    What is there then is what was there before, or whole; the command has failed in one line that
    names a path of its folder.
    """
    whole = parent / "whole" / "out"
    whole.parent.mkdir()
    before(whole)
    disk = Disk(10**9)
    with full_disk(disk, whole.parent):
        assert run_command(lambda: act(whole) and None, name="avce", debug=False) == 0
    wanted = content(whole)
    for n in range(1, disk.writes + 1):
        out = parent / f"{n}" / "out"
        out.parent.mkdir()
        before(out)
        earlier = content(out)
        said()
        with full_disk(Disk(n, for_good=for_good), out.parent):
            status = run_command(lambda out=out: act(out) and None, name="avce", debug=False)
        told = said()
        assert status in (1, 2), n
        assert told.count("\n") == 1, told
        assert str(out) in told, told
        assert "Errno" not in told, told
        assert "full" in told or "No space left" in told, told
        for name, data in content(out).items():
            assert data in (wanted.get(name), earlier.get(name)), (n, name)
        act(out)
        assert content(out).keys() == wanted.keys(), n
    return disk.writes


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    return lambda: capsys.readouterr().err


@pytest.mark.parametrize(("kind", "for_good"), [("csv", True), ("csv", False), ("bids", True)])
def test_an_export_at_every_write(
    tmp_path: Path, said: Callable[[], str], kind: str, for_good: bool
) -> None:
    recorded = session_of(tmp_path / "sessions")
    again = ExportOptions(overwrite=True)
    writes = fails_at_every_write(
        lambda out: export_session(recorded, kind, out, again), tmp_path, said, for_good=for_good
    )
    assert writes >= (1 if kind == "csv" else 8)


def test_a_study_at_every_write(tmp_path: Path, said: Callable[[], str]) -> None:
    session(tmp_path / "in" / "a", ROWS, participant="P1")
    writes = fails_at_every_write(
        lambda out: run_study(tmp_path / "in", out, StudyPlan(), report=False),
        tmp_path,
        said,
        before=lambda out: None,
    )
    assert writes > 10


def test_ratings_at_every_write(tmp_path: Path, said: Callable[[], str]) -> None:
    earlier = Rating("KS", TIMES[:50], RATING.values[:50])

    def before(out: Path) -> None:
        out.mkdir()
        write_ratings(rating_file(out, "KS"), earlier)

    def rate(out: Path) -> None:
        file = RatedFile(rating_file(out, "KS"), mine=True)
        try:
            file.save(RATING)
        finally:
            file.close()

    assert fails_at_every_write(rate, tmp_path, said, before=before) >= 1
    assert len(read_ratings(tmp_path / "whole" / "out" / "ratings-KS.csv").times) == 300
    assert rating_bytes(earlier) != rating_bytes(RATING)


def test_a_batch_at_every_write(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    film = [frame(i) for i in range(3)]
    monkeypatch.setattr(batch_job, "Predictor", StandInNetwork)
    monkeypatch.setattr(batch_job, "open_source", lambda path: FilmSource(film, Path(path).name))
    monkeypatch.setattr(batch_job, "_real_analyser", lambda job, source: analyser())
    monkeypatch.setattr(batch_job, "_draw", lambda path: None)
    monkeypatch.setattr(batch, "_model", lambda settings: (Path("net.onnx"), "abc"))
    (tmp_path / "in").mkdir()
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / "in" / name).write_text(name)

    def run(out: Path) -> int:
        settings = RunSettings(recording=RecordingOptions(out))
        return run_batch([tmp_path / "in"], settings, workers=1, make_pool=ThreadPoolExecutor)

    disk = Disk(10**9)
    with full_disk(disk, tmp_path / "whole"):
        assert run_command(lambda: run(tmp_path / "whole"), name="avce", debug=False) == 0
    assert disk.writes > 10
    for n in range(1, disk.writes + 1):
        out = tmp_path / f"{n}"
        capsys.readouterr()
        with full_disk(Disk(n), out):
            status = run_command(lambda out=out: run(out), name="avce", debug=False)
        told = capsys.readouterr().err
        assert status in (1, 2), (n, told)
        assert str(out) in told, (n, told)
        assert "Errno" not in told, (n, told)
        assert "full" in told or "No space left" in told, (n, told)
        done = {row["session"] for row in index_rows(out) if row.get("status") == "done"}
        for folder in (path for path in out.iterdir() if path.is_dir()):
            assert not folder.name.startswith(".partial")
            status = json.loads((folder / "session.json").read_bytes())["status"]
            assert (status == "complete") or folder.name not in done, n
            assert len(read_session(folder)) == 3 or status == "interrupted", n
        assert run_command(lambda out=out: run(out), name="avce", debug=False) == 0
        assert {Path(r["input"]).name for r in index_rows(out) if r["status"] == "done"} == {
            "a.mp4",
            "b.mp4",
        }


def test_the_disk_fails_at_the_write_that_was_asked_for(tmp_path: Path) -> None:
    with full_disk(Disk(2), tmp_path):
        (tmp_path / "a").write_text("first")
        for name in "bc":
            with pytest.raises(OSError, match="No space") as error:
                (tmp_path / name).write_text("second")
            assert error.value.errno == errno.ENOSPC
    assert [(tmp_path / name).read_text() for name in "abc"] == ["first", "sec", ""]

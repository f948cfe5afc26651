"""One Parquet data set of a batch, and files that lie elsewhere."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fsspec
import numpy as np
import pytest
from pyarrow import dataset

from avce.app.batch import job as batch_job
from avce.app.batch import remote
from avce.app.batch import run as batch
from avce.app.batch.run import run_batch
from avce.app.batch.table import TELLS, part_name
from avce.app.session.reader import read_session
from avce.app.settings import RecordingOptions, RunSettings
from avce.model.errors import InputError, MissingExtraError

from ..stand_ins import FilmSource, StandInNetwork, analyser, frame
from .test_manifest import SeekableFilm, write

SHA = "0" * 64


@pytest.fixture(autouse=True)
def films(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(path: Path) -> FilmSource:
        # As long as the file has bytes, and a file without any is damaged.
        count = len(Path(path).read_bytes())
        if count == 0:
            raise InputError(f"{path} is empty.")
        return SeekableFilm([frame(i) for i in range(count)], Path(path).name)

    monkeypatch.setattr(batch, "_model", lambda settings: (Path("net.onnx"), SHA))
    monkeypatch.setattr(batch_job, "Predictor", StandInNetwork)
    monkeypatch.setattr(batch_job, "open_source", opened)
    monkeypatch.setattr(batch_job, "_real_analyser", lambda job, source: analyser())


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    for count, name in enumerate(("a.mp4", "b.mp4"), 4):
        (tmp_path / name).write_bytes(b"x" * count)
    return tmp_path


@pytest.fixture
def bucket() -> Iterator[fsspec.AbstractFileSystem]:
    store = fsspec.filesystem("memory")
    store.pipe("/bucket/c.mp4", b"x" * 6)
    yield store
    store.rm("/bucket", recursive=True)


def run(manifest: Path, out: Path, *, table: bool = True) -> int:
    settings = RunSettings(recording=RecordingOptions(out))
    return run_batch([manifest], settings, table=table, workers=1, make_pool=ThreadPoolExecutor)


def rows_of(out: Path) -> list[dict[str, str]]:
    with (out / "batch.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_table_holds_what_the_sessions_hold_and_whose_it_is(clips: Path) -> None:
    manifest = write(clips, "path,participant,condition,end\na.mp4,P 1,A,\nb.mp4,,B,.1\n")
    out = clips / "out"
    assert run(manifest, out) == 0
    assert run(manifest, clips / "sessions", table=False) == 0
    found = dataset.dataset(out / "readings").to_table().to_pandas()
    assert list(found.columns[: len(TELLS)]) == list(TELLS)
    for row in rows_of(clips / "sessions"):
        mine = found[found["input"] == row["input"]].sort_values("frame")
        session = read_session(clips / "sessions" / row["session"])
        assert len(mine) == int(row["frames"])
        for name, values in session.readings.items():
            np.testing.assert_array_equal(mine[name].to_numpy(), values)
        assert set(mine["participant"]) == {row["participant"]}
        assert set(mine["condition"]) == {row["condition"]}
    assert {path.parent.name for path in out.glob("readings/*/*")} == {"P-1", "nobody"}
    assert all((out / row["session"]).is_file() for row in rows_of(out))
    page = (out / "batch.html").read_text(encoding="utf-8")
    assert page.count("curves/") == len(list(out.glob("curves/*.png"))) == 2


def test_no_reading_is_in_the_table_twice_and_none_of_a_file_that_failed(clips: Path) -> None:
    out = clips / "out"
    assert run(write(clips, "path,participant\na.mp4,P1\nb.mp4,P1\n"), out) == 0
    # Whose it is was wrong, and the other file is damaged by now.
    (clips / "b.mp4").write_bytes(b"")
    assert run(write(clips, "path,participant\na.mp4,P2\nb.mp4,P1\n"), out) == 1
    found = dataset.dataset(out / "readings").to_table().to_pandas()
    assert set(found["participant"]) == {"P2"}
    assert len(found) == 4


def test_sessions_and_a_table_are_made_beside_each_other_and_each_once(
    clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, out = write(clips, "path\na.mp4\n"), clips / "out"
    for table in (False, True):
        assert run(manifest, out, table=table) == 0
        assert "1 done, 0 done before" in capsys.readouterr().out
        assert run(manifest, out, table=table) == 0
        assert "0 done, 1 done before" in capsys.readouterr().out


def test_names_of_parts_differ_where_inputs_do() -> None:
    inputs = [("/a/x.mp4", None, None), ("/b/x.mp4", None, None), ("/a/x.mp4", 0.0, None)]
    inputs += [("/a/x.mp4", None, 0.0), ("s3://b/../x y.mp4", 1.0, 2.0)]
    names = [part_name(*each) for each in inputs]
    assert len(set(names)) == len(names)
    assert all(name.replace("-", "").replace(".", "").isalnum() for name in names)


@pytest.mark.usefixtures("bucket")
def test_remote_files_are_fetched_analysed_and_not_kept(
    clips: Path, capsys: pytest.CaptureFixture[str], bucket: fsspec.AbstractFileSystem
) -> None:
    local = (clips / "a.mp4").as_uri()
    text = f"path,participant\nmemory://bucket/c.mp4,P1\n{local},P2\nmemory://bucket/none.mp4,P3\n"
    manifest, out = write(clips, text), clips / "out"
    assert run(manifest, out, table=False) == 1
    rows = {row["participant"]: row for row in rows_of(out)}
    assert [rows[name]["frames"] for name in ("P1", "P2", "P3")] == ["6", "4", "0"]
    assert rows["P1"]["input"] == "memory://bucket/c.mp4"
    assert "none.mp4 cannot be read" in rows["P3"]["detail"]
    assert read_session(out / rows["P1"]["session"]).info["source"]["name"] == "c.mp4"
    assert not [path for path in out.rglob("*.mp4") if path.is_file()]
    capsys.readouterr()
    assert run(manifest, out, table=False) == 1
    assert "0 done, 2 done before" in capsys.readouterr().out
    bucket.pipe("/bucket/c.mp4", b"x" * 7)
    assert run(manifest, out, table=False) == 1
    assert "1 done, 1 done before" in capsys.readouterr().out


def test_of_a_file_that_does_not_come_whole_nothing_is_left(
    tmp_path: Path, bucket: fsspec.AbstractFileSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_CHUNK", 2)
    tries = iter([False, True])
    assert remote.fetch("memory://bucket/c.mp4", tmp_path / "in", lambda: next(tries)) is None
    assert not list((tmp_path / "in").iterdir())
    honest = bucket.info
    monkeypatch.setattr(
        type(bucket), "info", lambda self, path, **more: honest(path, **more) | {"size": 9}
    )
    with pytest.raises(InputError, match="arrived incomplete: 6 of 9 bytes"):
        remote.fetch("memory://bucket/c.mp4", tmp_path / "in")
    assert not list((tmp_path / "in").iterdir())


def test_an_address_that_nothing_reads_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"xyz://host/a\.mp4 is not an address"):
        remote.fetch("xyz://me:secret@host/a.mp4?key=1", tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "fsspec.core", None)
    with pytest.raises(MissingExtraError, match="remote"):
        remote.fetch("s3://bucket/a.mp4", tmp_path)

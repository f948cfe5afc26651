"""A disk that is full at the n-th write, for every n: what is kept, what is said, what is true."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from full_disk import Disk, full_disk

from avce.app.session import writer as writing
from avce.app.session.reader import read_session
from avce.app.session.writer import SessionWriter
from avce.model.errors import AvceError, StorageError, run_command, storage_error

from ..session_folders import analysis, face, writer

FRAMES = 6


def record(parent: Path, disk: Disk, patch: pytest.MonkeyPatch) -> tuple[int, list[AvceError]]:
    """Record frames and markers on that disk; how many frames were written, and what was said."""
    patch.setattr(writing, "_TELL_SECONDS", 0.0)
    with full_disk(disk, parent):
        return _record(parent)


def _record(parent: Path) -> tuple[int, list[AvceError]]:
    said: list[AvceError] = []
    session: SessionWriter | None = None
    done = 0
    try:
        session = writer(parent)
        for i in range(FRAMES):
            before = session.info()["counts"]["frames_seen"]
            try:
                session.write(analysis(i, face(i), face(i, 1)))
                session.event(f"marker {i}", float(i))
            finally:
                done += session.info()["counts"]["frames_seen"] - before
        session.update({"frames_dropped": 2})
        session.close()
    except AvceError as error:
        said.append(error)
        if session is not None:
            session.write(analysis(99, face(99)))
            session.close(complete=False)
    return done, said


def writes_of_a_whole_session(parent: Path) -> int:
    with pytest.MonkeyPatch.context() as patch:
        disk = Disk(10**9, for_good=True)
        done, said = record(parent, disk, patch)
    assert (done, said) == (FRAMES, [])
    return disk.writes


@pytest.mark.parametrize("for_good", [True, False])
def test_at_every_write_the_rows_stay_the_status_is_true_and_one_sentence_is_said(
    tmp_path: Path, for_good: bool
) -> None:
    count = writes_of_a_whole_session(tmp_path / "whole")
    assert count > 3 * FRAMES
    for n in range(1, count + 1):
        parent = tmp_path / f"{n}"
        parent.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            done, said = record(parent, Disk(n, for_good=for_good), patch)
        if said:
            (error,) = said
            assert isinstance(error, StorageError)
            assert str(parent) in str(error)
            assert "the disk is full" in str(error)
            assert "MB free" in str(error)
            assert "make room" in str(error)
            assert "\n" not in str(error)
        found = list(parent.iterdir())
        if not found:
            assert done == 0
            assert said
            continue
        (path,) = found
        assert not list(path.glob("*.tmp"))
        read = read_session(path)
        assert read.info["status"] == ("interrupted" if said else "complete"), n
        assert len(read) == 2 * done == read.info["counts"]["rows"], n
        assert read.damaged == () or all("interrupted" in note for note in read.damaged), n
        assert read.readings["frame"].tolist() == [i // 2 for i in range(2 * done)]
        assert done == FRAMES or said


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps a folder whose files are open")
@pytest.mark.parametrize("how", ["removed", "moved", "replaced"])
def test_a_folder_that_goes_away_is_noticed_with_the_next_frame_after_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    now = 100.0
    monkeypatch.setattr(writing.time, "monotonic", lambda: now)
    session = writer(tmp_path)
    session.write(analysis(0, face(0)))
    if how == "moved":
        session.path.rename(tmp_path / "elsewhere")
    else:
        shutil.rmtree(session.path)
    if how == "replaced":
        session.path.mkdir()
        (session.path / "frames.csv").write_text("another one")
    now += 0.5
    session.write(analysis(1, face(1)))
    now += 0.6
    with pytest.raises(StorageError, match=r"is gone: it was removed or moved") as said:
        session.write(analysis(2, face(2)))
    assert str(session.path) in str(said.value)
    session.close()
    if how == "moved":
        assert len(read_session(tmp_path / "elsewhere")) == 3


def test_counts_are_a_second_old_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(writing.time, "monotonic", lambda: now)
    session = writer(tmp_path)
    for i in range(31):
        now = i / 10
        session.write(analysis(i, face(i)))
    counts = read_session(session.path).info["counts"]
    assert 31 - counts["frames_seen"] <= 10
    session.close()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.ENOENT, "is gone"),
        (errno.EACCES, "cannot be opened by this user"),
        (errno.EROFS, "cannot be opened by this user"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_what_the_system_says_of_a_file_becomes_a_sentence_in_every_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int, words: str
) -> None:
    place = tmp_path / "some" / "where.csv"

    def fail() -> None:
        raise OSError(number, os.strerror(number), str(place))

    assert run_command(fail, name="avce", debug=False) == 1
    said = capsys.readouterr().err
    assert words in said
    assert str(place) in said
    assert "Errno" not in said
    told = storage_error(OSError(number, os.strerror(number)), place)
    assert told.errno == number
    assert storage_error(told) is told


def test_running_out_of_memory_ends_with_words(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise MemoryError

    with suppress(SystemExit):
        assert run_command(fail, name="avce", debug=False) == 1
    assert "not enough memory" in capsys.readouterr().err

"""A disk without room for the last byte of a file, for every file of an export or a study."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from avce.app.session.export import ExportOptions, export_session
from avce.app.study import study as studies
from avce.app.study.plan import StudyPlan
from avce.app.study.study import run_study
from avce.model.errors import InputError

from .session.exported import session_of
from .study_folders import columns, session

resource = pytest.importorskip("resource")
ROWS = columns(np.arange(0, 10, 0.1), valence=0.5, arousal=-0.5)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes: for whoever writes it, the disk is full there."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)


def content(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def fails_at_every_file(make: Callable[[Path], object], parent: Path, kind: str = "") -> None:
    """What `make` makes in a folder comes whole, or not at all and in one sentence."""
    make(parent / "whole")
    sizes = {len(data) for data in content(parent / "whole").values()} - {0}
    assert sizes
    for size in sorted(sizes):
        target = parent / f"{size}"
        with pytest.raises(InputError, match="cannot be written") as said, room_for(size - 1):
            make(target)
        assert str(target) in str(said.value)
        assert "Errno" not in str(said.value)
        assert "\n" not in str(said.value)
        # What describes a BIDS data set as a whole may be there, but nothing of the recording.
        assert not [name for name in content(target) if kind != "bids" or "sub-" in name]
        assert not [path for path in parent.iterdir() if ".partial" in path.name]
        make(target)
        assert content(target).keys() == content(parent / "whole").keys()


@pytest.mark.parametrize("kind", ["csv", "parquet", "bids"])
def test_an_export_comes_whole_or_not_at_all(tmp_path: Path, kind: str) -> None:
    recorded = session_of(tmp_path / "sessions")

    def export(folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        export_session(recorded, kind, folder)

    fails_at_every_file(export, tmp_path, kind)


@pytest.mark.parametrize("kind", ["csv", "parquet", "bids"])
def test_an_export_that_cannot_replace_leaves_what_was_there(tmp_path: Path, kind: str) -> None:
    recorded, out = session_of(tmp_path / "sessions"), tmp_path / "out"
    out.mkdir()
    export_session(recorded, kind, out)
    before = content(out)
    again = ExportOptions(overwrite=True)
    for size in sorted({len(data) for data in before.values()} - {0}):
        with pytest.raises(InputError, match="cannot be written"), room_for(size - 1):
            export_session(recorded, kind, out, again)
        assert content(out) == before
    export_session(recorded, kind, out, again)


def test_a_study_comes_whole_or_not_at_all(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, participant="P1")
    fails_at_every_file(
        lambda out: run_study(tmp_path / "in", out, StudyPlan(), report=False), tmp_path
    )


def test_what_a_killed_study_left_is_swept_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session(tmp_path / "in" / "a", ROWS, participant="P1")
    program = f"""
import os, signal
from pathlib import Path
from avce.app.study import study
from avce.app.study.plan import StudyPlan
study.write_json = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
here = Path({str(tmp_path)!r})
study.run_study(here / "in", here / "out", StudyPlan(), report=False)
"""
    done = subprocess.run([sys.executable, "-c", program], check=False)
    assert done.returncode == -signal.SIGKILL
    (left,) = (path for path in tmp_path.iterdir() if path.name != "in")
    assert content(left)
    refused: list[str] = []

    def another_one(*_: object) -> None:
        with pytest.raises(InputError, match="Another study writes"):
            run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
        refused.append("while it runs")

    with monkeypatch.context() as patch:
        patch.setattr(studies, "write_json", another_one)
        run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
    assert refused == ["while it runs"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out"]
    assert os.listdir(tmp_path / "out")

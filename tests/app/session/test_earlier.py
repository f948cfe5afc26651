"""A participant's name that was left from the one before is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from avce.app.session.earlier import recorded_before
from avce.app.settings import RecordingOptions

from ..session_folders import writer

ABOUT = {"participant": "P-01", "session": "1", "condition": "calm", "task": "watch"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer(tmp_path, **ABOUT).close()
    (tmp_path / "20260101-101010_sub-P01_ses-1_broken").mkdir()
    (tmp_path / "20990101-101010_sub-P01_ses-1_odd").mkdir()
    (tmp_path / "20990101-101010_sub-P01_ses-1_odd" / "session.json").write_text("[]")
    return tmp_path


def test_the_same_again_is_told_with_the_name_of_the_session(folder: Path) -> None:
    said = recorded_before(RecordingOptions(folder, **ABOUT))
    assert said.startswith("P-01 was recorded before in the same session, condition and task, as ")
    assert next(p.name for p in folder.iterdir() if (p / "frames.csv").exists()) in said


@pytest.mark.parametrize(
    "other",
    [
        {"participant": "P02"},
        {"participant": ""},
        {"participant": "P01"},
        {"session": "2"},
        {"session": ""},
        {"condition": "excited"},
        {"task": ""},
    ],
)
def test_anything_else_is_not(folder: Path, other: dict[str, str]) -> None:
    assert recorded_before(RecordingOptions(folder, **ABOUT | other)) == ""


def test_where_nothing_is_recorded_nothing_was(tmp_path: Path) -> None:
    assert recorded_before(RecordingOptions(None, **ABOUT)) == ""
    assert recorded_before(RecordingOptions(tmp_path / "none", **ABOUT)) == ""

"""One description of a run: the command line fills it in, and a session tells what it was."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pytest

from avce.app import cli
from avce.app.session.reader import read_session
from avce.app.settings import ABOUT, RecordingOptions, RunSettings
from avce.app.sources.base import CameraConfig
from avce.model.errors import InputError

from .session_folders import analysis, face, writer

WHO = {
    "participant": "P01",
    "session": "1",
    "condition": "A",
    "task": "film",
    "operator": "Kim",
    "note": "agreed ✓",
}


def described(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> RunSettings:
    """What the command line makes of its arguments."""
    seen: list[RunSettings] = []
    monkeypatch.setattr(
        "avce.app.headless.run_headless", lambda settings, **_: seen.append(settings) or 0
    )
    assert cli.main(["--headless", *arguments]) == 0
    return seen[0]


def test_every_recording_option_can_be_given_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    arguments = ["--record", str(tmp_path), "--record-video", "--lossless"]
    for name, text in WHO.items():
        arguments += [f"--{name}", text]
    recording = described(monkeypatch, *arguments).recording
    assert recording == RecordingOptions(tmp_path, video=True, lossless=True, **WHO)
    unused = [f.name for f in fields(recording) if getattr(recording, f.name) == f.default]
    assert not unused, "an option that this test does not give"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("0", CameraConfig(0)),
        ("2@640x480@60", CameraConfig(2, (640, 480), 60.0)),
        ("demo", "demo"),
        ("./001", "./001"),
    ],
)
def test_a_camera_is_a_value_from_the_command_line_on(
    monkeypatch: pytest.MonkeyPatch, text: str, source: object
) -> None:
    assert described(monkeypatch, "--source", text).source == source


@pytest.mark.parametrize("name", ABOUT)
def test_what_is_about_a_session_needs_one(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--headless", "--source", "demo", f"--{name}", "x"]) == 2
    assert f"--{name} needs --record DIR" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["participant", "session"])
def test_a_name_without_a_letter_or_digit_is_refused_before_the_run(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--record", str(tmp_path / "out"), f"--{name}", "?!"]
    assert cli.main(["--headless", "--source", "demo", *arguments]) == 2
    assert f"The {name} '?!' has no letter or digit" in capfd.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_session_tells_what_it_is_about(tmp_path: Path) -> None:
    with writer(tmp_path, **WHO) as session:
        session.write(analysis(0, face(0)))
    assert session.path.name == "20260304-120005_sub-P01_ses-1_clip.mp4"
    info = json.loads((session.path / "session.json").read_text("utf-8"))
    assert {name: info[name] for name in ABOUT} == WHO
    assert read_session(session.path).damaged == ()


@pytest.mark.parametrize(
    ("participant", "session", "labels"),
    [
        ("", "", ""),
        ("P01", "", "_sub-P01"),
        ("", "2", "_ses-2"),
        ("P_0/1 ", "pre-test", "_sub-P01_ses-pretest"),
        ("../../x", "", "_sub-x"),
        ("Jürgen", "", "_sub-Jürgen"),
        ("p" * 300, "", "_sub-" + "p" * 32),
    ],
)
def test_a_folder_is_named_by_participant_and_session(
    tmp_path: Path, participant: str, session: str, labels: str
) -> None:
    made = writer(tmp_path, participant=participant, session=session)
    made.close()
    assert made.path.parent == tmp_path
    assert made.path.name == f"20260304-120005{labels}_clip.mp4"
    assert read_session(made.path).info["participant"] == participant, "the name itself is kept"


def test_two_sessions_of_one_second_do_not_meet(tmp_path: Path) -> None:
    first, second = (writer(tmp_path, participant="P01") for _ in range(2))
    assert second.path.name == first.path.name + "-2"


def test_whom_a_session_is_about_is_not_carried_over(tmp_path: Path) -> None:
    options = RecordingOptions(tmp_path, video=True, lossless=True, **WHO)
    assert options.for_another() == RecordingOptions(tmp_path, video=True, lossless=True)


def test_labels_of_nothing_but_signs_are_refused() -> None:
    with pytest.raises(InputError, match="no letter or digit"):
        RecordingOptions(participant="--").labels()


@pytest.mark.parametrize(("said", "faces"), [((), None), (("--max-faces", "1"), 1)])
def test_one_face_asked_for_is_not_the_same_as_nothing_said(
    monkeypatch: pytest.MonkeyPatch, said: tuple[str, ...], faces: int | None
) -> None:
    settings = described(monkeypatch, *said)
    assert settings.faces == faces
    assert settings.max_faces == 1

"""The command line says what is wrong in one line, and leaves with the right status."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from avce.app import cli
from avce.app.session.reader import read_session
from avce.app.settings import RunSettings

from .videos import write_video


def _no_window(*_: object, **__: object) -> int:
    raise AssertionError("no window may open here")


@pytest.fixture
def text_video(tmp_path: Path) -> Path:
    path = tmp_path / "notes.mp4"
    path.write_text("this is no video")
    return path


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--headless", "--source", "{tmp}/absent.mp4"], "There is no file"),
        (["--headless", "--source", "{text}"], "notes.mp4"),
        (["--headless", "--source", "{tmp}/empty"], "empty"),
        (["--headless", "--source", "77"], "no camera 77"),
        (["--headless", "--source", "gopher://x/y"], "an address begins with"),
        (["--headless", "--source", "demo", "--model", "{tmp}/absent.onnx"], "no model at"),
        (["--headless", "--source", "demo", "--model", "{text}"], "cannot be opened as an ONNX"),
        (["--headless", "--source", "demo", "--max-faces", "0"], "at least 1"),
        (["--headless", "--source", "demo", "--duration", "-1"], "more than 0 seconds"),
        (["--headless", "--source", "demo", "--record-video"], "--record DIR"),
        (["--headless", "--source", "demo", "--lossless"], "--record-video"),
        (["review", "{tmp}", "--replay"], "session"),
        (["review", "{tmp}"], "session"),
        (["export", "{tmp}", "--format", "bids"], "session"),
    ],
)
def test_bad_input_gets_one_line_and_status_two(
    arguments: list[str],
    complaint: str,
    tmp_path: Path,
    text_video: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty").mkdir()
    given = [a.format(tmp=tmp_path, text=text_video) for a in arguments]
    assert cli.main(given) == 2
    said = capfd.readouterr().err
    assert complaint in said
    assert "Traceback" not in said
    assert len(said.strip().splitlines()) == 1


@pytest.mark.parametrize("arguments", [["--provider", "abacus"], ["fly"], ["--sauce", "demo"]])
def test_unknown_words_end_with_status_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2


def test_run_is_the_default_command(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[RunSettings] = []
    monkeypatch.setattr(
        "avce.app.headless.run_headless", lambda settings, **_: seen.append(settings) or 0
    )
    assert cli.main(["--headless", "--source", "demo"]) == 0
    assert cli.main(["--debug", "run", "--headless", "--source", "demo"]) == 0
    assert seen[0] == seen[1] == RunSettings(source="demo", headless=True)


def test_without_a_display_it_says_so_and_runs_headless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    seen: list[RunSettings] = []
    monkeypatch.setattr(
        "avce.app.headless.run_headless", lambda settings, **_: seen.append(settings) or 0
    )
    assert cli.main(["--source", "demo"]) == 0
    assert "there is no display" in capsys.readouterr().err
    assert seen[0].source == "demo"


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from avce.app.options import build_parser\n"
        "build_parser()\n"
        "heavy = {'cv2', 'mediapipe', 'onnxruntime', 'PySide6', 'torch', 'matplotlib', 'av'}\n"
        "print(sorted(heavy & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_damaged_video_without_frames_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    whole = write_video(tmp_path / "whole.mp4")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[:40])
    assert cli.main(["--headless", "--source", str(cut)]) == 2
    assert "cut.mp4" in capfd.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_terminated_run_finishes_its_session(name: str, tmp_path: Path) -> None:
    program = "import sys; from avce.app.cli import main; sys.exit(main())"
    options = ["--headless", "--source", "demo", "--loop", "--record", str(tmp_path)]
    with subprocess.Popen([sys.executable, "-c", program, *options]) as process:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not _rows(tmp_path):
            time.sleep(0.05)
        process.send_signal(signal.Signals[name])
        assert process.wait(120) == 130
    (path,) = tmp_path.iterdir()
    session = read_session(path)
    assert len(session) > 0
    assert session.info["status"] == "interrupted"
    assert session.info["counts"]["rows"] == len(session)


def _rows(folder: Path) -> int:
    # A file that has no heading yet has no rows.
    return sum(max(p.read_text().count("\n") - 1, 0) for p in folder.glob("*/frames.csv"))

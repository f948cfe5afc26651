"""A real window on a real (virtual) screen: what no offscreen test can show."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from avce.app.gui.launch import forget_other_qt

from ..videos import write_video


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An Xvfb of its own; it chooses a free number and says which."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed: no screen for a real window")
    reading, writing = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        "1280x720x24",
        "-nolisten",
        "tcp",
    ]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        with os.fdopen(reading) as number:
            name = number.readline().strip()
        yield f":{name}"
        server.terminate()


def test_the_window_opens_plays_a_file_and_closes_by_itself(display: str, tmp_path: Path) -> None:
    video = write_video(tmp_path / "film.mp4")
    program = "import sys; from avce.app.cli import main; sys.exit(main())"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QT_")}
    done = subprocess.run(
        [sys.executable, "-c", program, "--source", str(video), "--duration", "0.5"],
        env={**environment, "DISPLAY": display, "XDG_CONFIG_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_plugins_of_another_qt_are_forgotten_and_ones_own_choice_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM_PLUGIN_PATH", "/x/site-packages/cv2/qt/plugins")
    monkeypatch.setenv("QT_QPA_FONTDIR", "/usr/share/fonts")
    forget_other_qt()
    assert "QT_QPA_PLATFORM_PLUGIN_PATH" not in os.environ
    assert os.environ["QT_QPA_FONTDIR"] == "/usr/share/fonts"

"""What somebody gets who has nothing but Python: pip, the wheel, and a folder of their own."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from wheels import build


@pytest.mark.network
def test_plain_pip_installs_a_whole_program(tmp_path: Path) -> None:
    wheel = build(tmp_path / "wheel")
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    for folder in (home, elsewhere):
        folder.mkdir()
    # Nothing of this environment, and no cache that a model could come from.
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "XDG", "VIRTUAL"))}
    environment = keep | {"HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}

    def run(*command: object) -> str:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=elsewhere,
            env=environment,
            capture_output=True,
            text=True,
            timeout=1200,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    base = Path(sys.base_prefix) / ("python.exe" if os.name == "nt" else "bin/python3")
    run(base, "-m", "venv", tmp_path / "env")
    programs = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin")
    keep_pip = os.environ.get("HOME", str(home))  # where pip's own settings may lie
    environment["HOME"] = keep_pip
    run(programs / "python", "-m", "pip", "install", "--quiet", wheel)
    environment["HOME"] = str(home)

    assert "fail" not in run(programs / "avce-live", "doctor")
    command = ("--headless", "--source", "demo", "--duration", "1", "--record", "sessions")
    run(programs / "avce-live", *command)
    (session,) = (elsewhere / "sessions").iterdir()
    with (session / "frames.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 30

"""Nothing leaves the machine: not ours, and not by the libraries that look at the faces."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
from pathlib import Path

LIVE_HALF = """
import numpy as np
from avce.model import FaceFinder, Predictor
with FaceFinder() as finder:
    finder.find(np.zeros((240, 320, 3), np.uint8))
Predictor().predict(np.zeros((1, 224, 224, 3), np.uint8))
"""
CONTROL = """
import urllib.request
try:
    urllib.request.urlopen("https://example.invalid", timeout=5)
except OSError:
    pass
"""


def calls_home(program: str) -> bool:
    """Whether a Python program tries to reach a web server: its proxy for all of them is ours."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        run(program, dict.fromkeys(names, address))
        return bool(select.select([proxy], [], [], 0)[0])


def run(program: str, settings: dict[str, str]) -> None:
    """Run a Python program to its end, with no switch set that turns a library's reports off."""
    switches = ("no_proxy", "NO_PROXY", "ORT_DISABLE_TELEMETRY")
    environment = {name: value for name, value in os.environ.items() if name not in switches}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment | settings, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_program_that_calls_home_is_caught() -> None:
    assert calls_home(CONTROL)


def test_finding_faces_and_reading_them_calls_nobody() -> None:
    assert not calls_home(LIVE_HALF)


def test_reading_faces_leaves_no_identifier_on_the_machine(tmp_path: Path) -> None:
    # ONNX Runtime's reports come with a device identifier in the user's cache folder.
    run(LIVE_HALF, {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert not [path for path in tmp_path.rglob("*") if "Microsoft" in path.parts]

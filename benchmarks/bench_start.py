"""How long it takes until the command line answers, and until the window is there.

Processor time is what the start costs; the time on the clock is that of this machine, as busy as
it is. The smallest of several starts, files already in memory.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time

WINDOW = """
import sys
from PySide6.QtCore import QTimer
from avce.app.gui.launch import run_window
from avce.app.gui.live.main_window import MainWindow
from avce.app.settings import RunSettings
shown = MainWindow.show
def show(self):
    shown(self)
    QTimer.singleShot(0, self.close_now)
MainWindow.show = show
run_window(RunSettings("demo", duration=1.0))
"""
STARTS = {
    "python": ["-c", "pass"],
    "avce-live --help": ["-m", "avce.app.cli", "--help"],
    "avce-live batch --help": ["-m", "avce.app.cli", "batch", "--help"],
    "avce-train --help": ["-m", "avce.train.cli", "--help"],
    "the window, shown": ["-c", WINDOW],
}


def start(arguments: list[str], home: str) -> tuple[float, float]:
    """Seconds on the clock and of the processor for one start."""

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *arguments], check=True, capture_output=True,
        env={"QT_QPA_PLATFORM": "offscreen"} | os.environ | {"XDG_CONFIG_HOME": home},
    )  # fmt: skip
    clock = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, sum(after[:2]) - sum(before[:2])


def main(times: int = 3) -> None:
    """Print a line for each start."""
    with tempfile.TemporaryDirectory() as home:
        for name, arguments in STARTS.items():
            start(arguments, home)
            clock, processor = map(
                min, zip(*(start(arguments, home) for _ in range(times)), strict=True)
            )
            print(f"{name:24} {clock:6.2f} s, {processor:5.2f} s of the processor")


if __name__ == "__main__":
    main()

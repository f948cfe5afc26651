"""A file is there whole or not at all; what a killed process left goes with the next start."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from avce.model.system.whole_file import whole_file, work_folder, write_whole

KILLED = """
import os, signal, sys
from pathlib import Path
from avce.model.system.whole_file import whole_file, work_folder
here = Path(sys.argv[1])
with work_folder(here / "b") as folder, whole_file(here / "a.txt", overwrite=True) as part:
    part.write_text("half")
    (folder / "x").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL here")
def test_what_a_killed_process_left_is_swept_and_what_a_live_one_makes_is_not(
    tmp_path: Path,
) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert done.returncode == -signal.SIGKILL
    left = sorted(path.suffix for path in tmp_path.iterdir())
    assert left == [".tmp", ".work"]
    (tmp_path / ".1-elsewhere.tmp").touch()
    with whole_file(tmp_path / "a.txt", overwrite=True) as live:
        live.touch()
        write_whole(tmp_path / "b.txt", "all of it")
        assert live.exists()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [".1-elsewhere.tmp", "a.txt", "b.txt"]


def test_an_error_of_writing_names_the_file_that_was_meant(tmp_path: Path) -> None:
    with (
        pytest.raises(OSError, match="full") as said,
        whole_file(tmp_path / "a.txt", overwrite=True),
    ):
        raise OSError(errno.ENOSPC, "full")
    assert said.value.filename == str(tmp_path / "a.txt")
    assert not os.listdir(tmp_path)
    with pytest.raises(ValueError, match="no number"), work_folder(tmp_path / "b"):
        raise ValueError("no number")
    assert not os.listdir(tmp_path)

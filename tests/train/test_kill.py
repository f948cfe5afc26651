"""A training that is killed for good (SIGKILL) goes on as if it had never been."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from made_data import write_webfaces

from avce.train import cli
from avce.train.checkpoint import load_checkpoint
from avce.train.run_folder import LAST

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here"),
]

# Six iterations an epoch, two epochs, a save after every fourth: killed in the tenth iteration, in
# the middle of the second epoch, and one iteration after the last save.
SAVED, DONE, TOTAL = 8, 9, 12
PROGRAM = f"""
import os, signal, sys
from avce.train import cli
from avce.train.engine import TrainingModule

step = TrainingModule.training_step

def step_or_die(self, batch, number):
    if int(self.iteration) == {DONE}:
        os.kill(os.getpid(), signal.SIGKILL)
    step(self, batch, number)

TrainingModule.training_step = step_or_die
sys.exit(cli.main(sys.argv[1:]))
"""


def _arguments(folder: Path, run: str) -> list[str]:
    return [
        *("fit", "--data", f"webfaces:{folder / 'faces'}", "--run", str(folder / run)),
        *("--crops", str(folder / "crops"), "--workers", "1", "--threads", "1"),
        *("--batch_size", "4", "--epochs", "2", "--checkpoint_every", "4"),
        *("--input_size", "64", "--crop_size", "64", "--accelerator", "cpu"),
        *("--precision", "32-true", "--optim.ema", "0.9"),
    ]


def _weights(run: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(run / LAST)["state_dict"]


def test_a_run_that_was_killed_in_the_middle_of_an_epoch_ends_bit_for_bit_the_same(
    tmp_path: Path,
) -> None:
    write_webfaces(tmp_path / "faces", train=24, val=4)
    threads = torch.get_num_threads()
    try:
        assert cli.main(_arguments(tmp_path, "whole")) == 0
        killed = subprocess.run(
            [sys.executable, "-c", PROGRAM, *_arguments(tmp_path, "killed")],
            env=os.environ | {"OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        assert int(_weights(tmp_path / "killed")["iteration"]) == SAVED
        assert cli.main(_arguments(tmp_path, "killed")) == 0
    finally:
        torch.set_num_threads(threads)
    whole, resumed = _weights(tmp_path / "whole"), _weights(tmp_path / "killed")
    assert int(whole["iteration"]) == TOTAL
    assert whole.keys() == resumed.keys()
    for name, value in whole.items():
        assert torch.equal(value, resumed[name]), name
    best = [sorted(p.name for p in (tmp_path / r / "best").iterdir()) for r in ("whole", "killed")]
    assert best[0] == best[1]

"""`avce-train fit` under each launcher ends where one process with the joined batch ends."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from made_data import write_webfaces

from avce.train import cli
from avce.train.checkpoint import load_checkpoint
from avce.train.config import config_from_dict
from avce.train.engine import TrainingModule

pytestmark = pytest.mark.slow
WORLD = 2
BATCH = 8
CROPS = {"_by_torchrun": "together"}
PROGRAM = [sys.executable, "-m", "avce.train.cli"]
Started = list[tuple[list[str], dict[str, str]]]
"""Commands, each with what it finds in its environment."""


def _arguments(folder: Path, run: str, devices: int) -> list[str]:
    """The same iterations on the same images, however many processes share a batch."""
    still = ("rotation", "shift", "scale", "brightness", "contrast", "gamma")
    still = (*still, "low_resolution", "noise", "erase", "shade", "size")
    return [
        *("fit", "--data", f"webfaces:{folder / 'faces'}", "--run", str(folder / run)),
        *(
            "--crops",
            str(folder / "crops" / CROPS.get(run, "alone")),
            "--workers",
            "1",
            "--threads",
            "1",
        ),
        *("--batch_size", str(BATCH // devices), "--devices", str(devices), "--epochs", "1"),
        *("--accelerator", "cpu", "--precision", "32-true", "--input_size", "64"),
        *("--crop_size", "64", "--dropout", "0", "--optim.ema", "0"),
        *(word for name in still for word in (f"--augment.{name}", "0")),
        *("--augment.flip", "false"),
    ]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the faces, and of a finished run of one process."""
    folder = tmp_path_factory.mktemp("launchers")
    write_webfaces(folder / "faces", train=2 * BATCH, val=6)
    threads = torch.get_num_threads()
    assert cli.main(_arguments(folder, "alone", 1)) == 0
    torch.set_num_threads(threads)
    return folder


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _by_torchrun(arguments: list[str]) -> Started:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(WORLD)]
    place = ["--master-addr", "127.0.0.1", "--master-port", str(_free_port())]
    # The -- keeps torchrun from taking our --run for an option of its own.
    return [([*launcher, *place, "-m", "--", "avce.train.cli", *arguments], {})]


def _by_slurm(arguments: list[str]) -> Started:
    """What `srun --ntasks-per-node=2` starts: two processes that know their places from SLURM."""
    job = {
        "SLURM_JOB_ID": "4711",
        "SLURM_JOB_NAME": "avce",
        "SLURM_NTASKS": str(WORLD),
        "SLURM_NTASKS_PER_NODE": str(WORLD),
        "SLURM_NNODES": "1",
        "SLURM_NODEID": "0",
        "SLURM_NODELIST": "127.0.0.1",
        "MASTER_PORT": str(_free_port()),
    }
    places = [{"SLURM_PROCID": str(i), "SLURM_LOCALID": str(i)} for i in range(WORLD)]
    return [([*PROGRAM, *arguments], job | place) for place in places]


def _weights(run: Path) -> dict[str, torch.Tensor]:
    state: dict[str, torch.Tensor] = load_checkpoint(run / "last.ckpt")["state_dict"]
    assert int(state["iteration"]) == 2
    return state


def _figures(run: Path) -> dict[str, float]:
    header, *rows = (run / "csv-0" / "metrics.csv").read_text().splitlines()
    names = header.split(",")
    cells = next(row.split(",") for row in rows if row.split(",")[names.index("val/ccc")])
    pairs = zip(names, cells, strict=True)
    return {name: float(value) for name, value in pairs if name.startswith("val/")}


@pytest.mark.parametrize("launch", [_by_torchrun, _by_slurm])
def test_two_processes_end_where_one_ends(
    launch: Callable[[list[str]], Started], alone: Path
) -> None:
    name = launch.__name__
    run = alone / name
    environment = os.environ | {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    started: list[subprocess.Popen[str]] = []
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    try:
        for command, more in launch(_arguments(alone, name, WORLD)):
            started.append(subprocess.Popen(command, env=environment | more, **options))
        said = [process.communicate(timeout=600) for process in started]
    finally:
        for process in started:
            process.kill()
    assert [process.returncode for process in started] == [0] * len(started), said
    printed = "".join(out for out, _ in said)
    assert printed.count("epoch 1, iteration 2") == 1
    assert printed.count("best checkpoint: ") == 1
    # Under torchrun both processes wanted crops that were not there: one made each set.
    # (Each set's lock stays beside it, hidden.)
    assert len(list((alone / "crops" / CROPS.get(name, "alone")).glob("[!.]*"))) == 2
    config = config_from_dict(json.loads((run / "config.json").read_text()))
    first = {f"net.{k}": v for k, v in TrainingModule(config, 2).net.state_dict().items()}
    expected, found = _weights(alone / "alone"), _weights(run)
    learned = [k for k in first if first[k].is_floating_point()]
    way = sum(float((expected[k] - first[k]).square().sum()) for k in learned) ** 0.5
    gap = sum(float((expected[k] - found[k]).square().sum()) for k in learned) ** 0.5
    assert way > 0.1
    assert gap < 0.01 * way, (gap, way)
    assert _figures(run) == pytest.approx(_figures(alone / "alone"), abs=2e-3)

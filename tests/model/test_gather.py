"""Two processes with parts of a batch get what one process gets with the whole of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from avce.model.gather import gather_rows

# Run in each process: first the whole batch alone, then its part of it together with the other.
# Rank 0 has 6 rows and rank 1 has 4, so the parts differ in size.
PROGRAM = """
import sys
import torch
import torch.distributed as dist
from avce.model.gather import gather_rows
from avce.model.losses.avce import avce_loss
from avce.model.losses.barlow_twins import barlow_twins_loss
from avce.model.losses.choices import Mining
from avce.model.losses.infonce import infonce_loss
from avce.model.losses.supervised import supervised_loss
from avce.model.losses.triplet import triplet_regulariser

def step(features, target):
    torch.manual_seed(1)
    net = torch.nn.Linear(5, 6).double()
    views, target = gather_rows(net(features).reshape(-1, 3, 2), target)
    x, attentive, average = views.unbind(1)
    hard = Mining("hard")
    losses = torch.stack([
        supervised_loss(x, target),
        avce_loss(x, attentive, average),
        avce_loss(x, attentive, average, negatives=hard),
        infonce_loss(x, attentive, average, negatives=hard),
        barlow_twins_loss(x, attentive, average),
        triplet_regulariser(attentive, average, x),
    ])
    losses.sum().backward()
    return [losses.detach(), views.detach(), target, net.weight.grad, net.bias.grad]

rank, folder = int(sys.argv[1]), sys.argv[2]
generator = torch.Generator().manual_seed(0)
features = torch.randn(10, 5, dtype=torch.float64, generator=generator)
target = torch.rand(10, 2, dtype=torch.float64, generator=generator) * 2 - 1
whole = step(features, target)
dist.init_process_group("gloo", f"file://{folder}/store", rank=rank, world_size=2)
rows = slice(0, 6) if rank == 0 else slice(6, 10)
part = step(features[rows], target[rows])
for grad in part[-2:]:  # the mean over processes, as DistributedDataParallel takes it
    dist.all_reduce(grad)
    grad /= 2
torch.save([whole, part], f"{folder}/{rank}.pt")
dist.destroy_process_group()
"""


@pytest.mark.slow
def test_two_processes_equal_one_on_the_joined_batch_in_value_and_gradient(tmp_path: Path):
    environment = os.environ | {"GLOO_SOCKET_IFNAME": "lo", "OMP_NUM_THREADS": "1"}
    processes = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, str(rank), str(tmp_path)], env=environment)
        for rank in range(2)
    ]
    try:
        assert [process.wait(timeout=300) for process in processes] == [0, 0]
    finally:
        for process in processes:
            process.kill()
    for rank in range(2):
        whole, part = torch.load(tmp_path / f"{rank}.pt")
        for found, expected in zip(part, whole, strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)


def test_one_process_gets_its_tensors_back():
    x, y = torch.zeros(3, 2), torch.zeros(3)
    assert all(a is b for a, b in zip(gather_rows(x, y), (x, y), strict=True))


def test_tensors_that_cannot_travel_together_are_refused():
    with pytest.raises(ValueError, match="at least one"):
        gather_rows()
    with pytest.raises(ValueError, match="number of rows"):
        gather_rows(torch.zeros(3, 2), torch.zeros(4, 2))
    with pytest.raises(ValueError, match="type and device"):
        gather_rows(torch.zeros(3, 2), torch.zeros(3, 2, dtype=torch.float64))

"""Rows of all processes, with correct gradients.

A contrastive loss wants negatives from the whole batch, and a correlation is no mean over its
parts. Under data parallelism each process holds a part, so the training step gathers
once, in front of the losses, and gives them the joined rows:

    x, y_attentive, y_average, target = gather_rows(x, y_attentive, y_average, target)
    loss = avce_loss(x, y_attentive, y_average) + supervised_loss(x, target)

Every process then computes the same loss of the same rows. The backward pass sums over processes
what each wants of a row, so a process gets (number of processes) x the gradient of its own rows;
the mean over processes that DistributedDataParallel takes next gives the gradients of the
one-process run on the joined batch, also where the parts differ in size.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


def gather_rows(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Each tensor's rows from all processes, joined in rank order: [N_r, ...] to [sum N_r, ...].

    One process, or none initialised: the tensors themselves. All tensors travel in one exchange, so
    they must agree in N_r, type and device; processes may differ in N_r. Every process has to call
    this and run the backward pass, or none.

    Raises:
        ValueError: no tensor is given, or they disagree in N_r, type or device.
    """
    if not tensors:
        raise ValueError("gather_rows needs at least one tensor.")
    first = tensors[0]
    for tensor in tensors:
        if tensor.shape[:1] != first.shape[:1] or tensor.dim() == 0:
            raise ValueError("gather_rows: all tensors must have the same number of rows.")
        if tensor.dtype != first.dtype or tensor.device != first.device:
            raise ValueError("gather_rows: all tensors must have the same type and device.")
    if not (dist.is_available() and dist.is_initialized() and dist.get_world_size() > 1):
        return tensors
    widths = [tensor.shape[1:].numel() for tensor in tensors]
    flat = torch.cat([t.reshape(len(t), w) for t, w in zip(tensors, widths, strict=True)], dim=1)
    joined: Tensor = _GatherRows.apply(flat)
    parts = joined.split(widths, dim=1)
    return tuple(p.reshape(-1, *t.shape[1:]) for p, t in zip(parts, tensors, strict=True))


def _counts(rows: Tensor) -> list[int]:
    mine = torch.tensor([len(rows)], device=rows.device)
    counts = [torch.empty_like(mine) for _ in range(dist.get_world_size())]
    dist.all_gather(counts, mine)
    return [int(count) for count in counts]


class _GatherRows(torch.autograd.Function):
    """All-gather of [N_r, D]; its transpose is a sum over processes, then one's own rows."""

    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        counts = _counts(rows)
        # The exchange wants equal shapes: shorter parts are filled up, and cut again afterwards.
        padded = rows.new_zeros(max(counts), rows.shape[1])
        padded[: len(rows)] = rows
        parts = [torch.empty_like(padded) for _ in counts]
        dist.all_gather(parts, padded)
        ctx.start = sum(counts[: dist.get_rank()])
        ctx.length = len(rows)
        return torch.cat([part[:count] for part, count in zip(parts, counts, strict=True)])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        total = grads[0].contiguous().clone()
        dist.all_reduce(total)
        return total[ctx.start : ctx.start + ctx.length]

"""What every loss asks of its inputs."""

from __future__ import annotations

import torch
from torch import Tensor


def require_batch(loss: str, reason: str, **rows: Tensor) -> tuple[Tensor, ...]:
    """The named tensors in at least float32, once they are seen to be one batch [N, D].

    Args:
        loss: name of the loss, for the message.
        reason: why it needs two rows, for the message.
        rows: the tensors, by the name of their argument.

    Raises:
        ValueError: a tensor is not [N, D], the shapes differ, or N < 2.
    """
    first_name, first = next(iter(rows.items()))
    for name, tensor in rows.items():
        if tensor.dim() != 2:
            raise ValueError(f"{loss}: {name} must be [N, D], not {list(tensor.shape)}.")
        if tensor.shape != first.shape:
            raise ValueError(
                f"{loss}: {name} is {list(tensor.shape)} but {first_name} is {list(first.shape)}; "
                "they must have the same shape."
            )
    if first.shape[0] < 2:
        raise ValueError(f"{loss} needs a batch of at least 2, got {first.shape[0]}: {reason}.")
    return tuple(x.to(torch.promote_types(x.dtype, torch.float32)) for x in rows.values())

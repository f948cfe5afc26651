"""SparseMax and SoftMax, forward and backward: closed form against the general convex layers.

    python benchmarks/bench_transforms.py

One batch (256, 32) of float32, as an AlexNet mini-batch gives. Each line is the median time of both
transforms together, and how many times the closed form fits into it. Exit status 1 where
cvxpylayers is less than 1,000 times slower.
"""

from __future__ import annotations

import statistics
import sys
import time
import warnings
from collections.abc import Callable

import cvxpy as cp
import torch
from torch import Tensor

from avce.model.convex_layer import ConvexLayer, LayerBackend
from avce.model.simplex import softmax, sparsemax

BATCH, LATENT = 256, 32
REQUIRED_RATIO = 1000

Transform = Callable[[Tensor], Tensor]


def convex_layers(backend: LayerBackend) -> tuple[Transform, Transform]:
    """Listing 1.1 of the AVCE supplement."""
    z, x = cp.Variable(LATENT), cp.Parameter(LATENT)
    sparse = ConvexLayer(
        [z],
        [x],
        lambda z, x: cp.sum_squares(z - x),
        [lambda z, x: -z],
        [lambda z, x: cp.sum(z) - 1],
        backend=backend,
    )
    dense = ConvexLayer(
        [z],
        [x],
        lambda z, x: -z @ x - cp.sum(cp.entr(z)),
        [],
        [lambda z, x: cp.sum(z) - 1],
        backend=backend,
    )
    return sparse, dense


def milliseconds(transforms: tuple[Transform, Transform], repeats: int) -> float:
    """Median time of one forward and backward pass through both, after one to warm up."""
    generator = torch.Generator().manual_seed(0)
    latent = torch.randn(BATCH, LATENT, generator=generator)
    direction = torch.randn(BATCH, LATENT, generator=generator)
    times = []
    for _ in range(repeats + 1):
        leaf = latent.clone().requires_grad_()
        start = time.perf_counter()
        for transform in transforms:
            transform(leaf).backward(direction)
        times.append(time.perf_counter() - start)
    return 1000 * statistics.median(times[1:])


def main() -> int:
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    closed = milliseconds((sparsemax, softmax), repeats=200)
    print(f"SparseMax + SoftMax, forward + backward, ({BATCH}, {LATENT}), float32, one thread")
    print(f"{'closed form':<24}{closed:>12.3f} ms{1:>12,.0f} x")
    ratios = {}
    backends: tuple[LayerBackend, ...] = ("kkt", "cvxpylayers")
    for backend in backends:
        slow = milliseconds(convex_layers(backend), repeats=3)
        ratios[backend] = slow / closed
        print(f"{'ConvexLayer ' + backend:<24}{slow:>12.1f} ms{ratios[backend]:>12,.0f} x")
    if ratios["cvxpylayers"] < REQUIRED_RATIO:
        print(f"The closed form is less than {REQUIRED_RATIO:,} x faster.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

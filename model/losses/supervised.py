"""The supervised part: point-wise error and correlation with the labels.

    L = MSE_v + MSE_a + 0.5 (1 - mean PCC) + 0.5 (1 - mean CCC)

PCC and CCC are those of the AVCE supplement's Section 3 with population moments over the rows
given; "mixed" moments are those of the authors' code, a covariance by N and variances by N - 1,
which makes PCC smaller by (N - 1) / N. Give the whole batch of all processes (`model.gather`): a
correlation of parts is another quantity.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .checks import require_batch
from .choices import Moments

EPSILON = 1e-8
_ONE_ROW = "a correlation over one sample is undefined"


def mse(prediction: Tensor, target: Tensor) -> Tensor:
    """MSE_v + MSE_a: mean squared error of [N, A] and [N, A] over the rows, summed over the axes.

    Raises ValueError where the shapes differ or there is no row.
    """
    if prediction.shape != target.shape or prediction.dim() != 2 or not len(prediction):
        raise ValueError(
            "mse: prediction and target must both be [N, A] with N >= 1, "
            f"not {list(prediction.shape)} and {list(target.shape)}."
        )
    return _squared_error(prediction, target).sum()


def rmse(prediction: Tensor, target: Tensor) -> Tensor:
    """RMSE_v + RMSE_a of [N, A] and [N, A], as CAF uses it; finite gradient at zero error."""
    if prediction.shape != target.shape or prediction.dim() != 2 or not len(prediction):
        raise ValueError(
            "rmse: prediction and target must both be [N, A] with N >= 1, "
            f"not {list(prediction.shape)} and {list(target.shape)}."
        )
    return (_squared_error(prediction, target) + EPSILON).sqrt().sum()


def pcc_ccc(
    prediction: Tensor, target: Tensor, moments: Moments = "population"
) -> tuple[Tensor, Tensor]:
    """PCC [A] and CCC [A] of the columns of [N, A] and [N, A], differentiable.

    Each variance gets `EPSILON` added, so a constant column has PCC and CCC 0 and a finite gradient
    (in place of 0 / 0), and the values of others change by about EPSILON / variance.

    Raises:
        ValueError: the shapes differ or N < 2.
    """
    x, y = require_batch("PCC and CCC", _ONE_ROW, prediction=prediction, target=target)
    mean_x, mean_y = x.mean(0), y.mean(0)
    x, y = x - mean_x, y - mean_y
    covariance = (x * y).mean(0)
    count = len(x) - (moments == "mixed")
    variance_x, variance_y = ((v.square().sum(0) / count) + EPSILON for v in (x, y))
    pcc = covariance / (variance_x * variance_y).sqrt()
    ccc = 2 * covariance / (variance_x + variance_y + (mean_x - mean_y).square())
    return pcc, ccc


def correlation_loss(prediction: Tensor, target: Tensor, moments: Moments = "population") -> Tensor:
    """0.5 (1 - mean PCC) + 0.5 (1 - mean CCC) of [N, A] and [N, A]: in [0, 2], 0 when equal."""
    pcc, ccc = pcc_ccc(prediction, target, moments)
    return 0.5 * (1 - pcc.mean()) + 0.5 * (1 - ccc.mean())


def supervised_loss(prediction: Tensor, target: Tensor, moments: Moments = "population") -> Tensor:
    """The whole supervised part (module docstring) of [N, 2] and [N, 2]; 0 when they are equal."""
    return mse(prediction, target) + correlation_loss(prediction, target, moments)


def _squared_error(prediction: Tensor, target: Tensor) -> Tensor:
    wide = torch.promote_types(torch.promote_types(prediction.dtype, target.dtype), torch.float32)
    return (prediction.to(wide) - target.to(wide)).square().mean(0)

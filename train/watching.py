"""What a training is watched by: how alive the latent is, and which term moves the encoder.

SparseMax of a latent with one large unit is one-hot, and its Jacobian is then 0: the attentive view
teaches nothing. The same holds where it picks one unit for all faces, or where units are dead.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ..model.simplex import sparsemax
from .methods.base import Term

LOG_EVERY = 20
"""Iterations between two rows of the log."""
WATCH_EVERY = 200
"""Iterations between two looks: one costs a backward pass of the encoder for each term."""
ONE_HOT, DEAD, SHARE = 0.8, 0.5, 0.5
"""From which share of one-hot views, of dead units, and of the gradient on a warning is given."""


def is_watched(iteration: int) -> bool:
    """Whether to look at an iteration (from 0): the first that is logged, and every 200th after."""
    return (iteration + 1) % WATCH_EVERY == LOG_EVERY


@torch.no_grad()
def latent_state(z: Tensor) -> dict[str, float]:
    """How alive the latents z [N, 32] of a batch are.

    Returns `support`, the mean number of units in SparseMax(z); `one_hot`, the share of faces with
    a single one; `distinct`, how many units are the largest of some face; `dead`, how many units
    are 0 for every face.
    """
    z = z.float()
    support = (sparsemax(z) > 0).sum(dim=1)
    return {
        "support": support.float().mean().item(),
        "one_hot": (support == 1).float().mean().item(),
        "distinct": float(len(z.argmax(dim=1).unique())),
        "dead": float((z <= 0).all(dim=0).sum()),
    }


def gradient_lengths(
    terms: dict[str, Term], parameters: Iterable[nn.Parameter]
) -> dict[str, float]:
    """Length of each weighted term's gradient on the parameters; the graph is kept."""
    chosen = [p for p in parameters if p.requires_grad]
    lengths = {}
    for name, term in terms.items():
        gradients = torch.autograd.grad(term.weighted, chosen, retain_graph=True, allow_unused=True)
        known = [torch.linalg.vector_norm(g.float()) for g in gradients if g is not None]
        lengths[name] = torch.stack(known).norm().item() if known else 0.0
    return lengths


def shares(lengths: dict[str, float]) -> dict[str, float]:
    """Each length by the sum of all."""
    whole = sum(lengths.values())
    return {name: length / whole if whole > 0 else 0.0 for name, length in lengths.items()}


def complaints(state: dict[str, float], units: int, share: dict[str, float]) -> dict[str, str]:
    """What is wrong with a training, a sentence each, by a name to tell it once."""
    found = {}
    if "contrast" in share and state["one_hot"] > ONE_HOT:
        found["one_hot"] = (
            f"SparseMax is one-hot for {state['one_hot']:.0%} of the faces: its gradient is 0 "
            "there, so the attentive view hardly learns (try a smaller --regulariser)."
        )
    if "contrast" in share and state["distinct"] == 1:
        found["distinct"] = (
            "the largest unit of the latent is the same one for all faces: the attentive view "
            "tells no face from another."
        )
    if state["dead"] > DEAD * units:
        found["dead"] = (
            f"{state['dead']:.0f} of {units} units of the latent are 0 for every face of the batch."
        )
    for name, value in share.items():
        if name != "supervised" and value > SHARE:
            found[name] = (
                f"the term '{name}' is {value:.0%} of what moves the encoder: more than the labels."
            )
    return found

"""Open what avce-train saved; nothing in a file is ever executed."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..model.errors import InputError
from ..model.networks import AVCENet
from .authors_checkpoint import load_released, released_pair
from .config import RunConfig, config_from_dict

_AVERAGE, _PLAIN = "average.module.", "net."


def load_checkpoint(path: Path) -> dict[str, Any]:
    """A checkpoint's plain content; `InputError` for anything else."""
    if not path.is_file():
        raise InputError(f"There is no checkpoint at {path}: no such file.")
    try:
        with warnings.catch_warnings():
            # What PyTorch says of odd files is about its own insides.
            warnings.simplefilter("ignore")
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise InputError(f"{path} is not a checkpoint of avce-train: it cannot be read.") from error
    if not isinstance(content, dict) or "avce" not in content or "state_dict" not in content:
        raise InputError(f"{path} is not a checkpoint of avce-train: it has no 'avce' entry.")
    return content


def _network_state(state: dict[str, Tensor]) -> dict[str, Tensor]:
    averaged = any(name.startswith(_AVERAGE) for name in state)
    prefix = _AVERAGE if averaged else _PLAIN
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}


def load_network(path: Path) -> tuple[AVCENet, RunConfig]:
    """The evaluated network of a checkpoint (the moving average where there is one) and its run.

    `path` may also name a pair of the authors' release (`released.released_pair`).
    """
    pair = released_pair(path)
    if pair is not None:
        return load_released(*pair)
    content = load_checkpoint(path)
    try:
        config = config_from_dict(content["avce"]["config"])
        net = AVCENet(config.network)
        net.load_state_dict(_network_state(content["state_dict"]))
    except (LookupError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        # RecursionError is a RuntimeError; some say nothing.
        reason = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise InputError(f"{path} does not fit this version of avce-train ({reason}).") from error
    return net.eval(), config

"""The methods of the paper's tables by name."""

from __future__ import annotations

from ...model.errors import InputError
from ...model.networks import AVCENet
from .avce import AVCE, AVCEWithoutContrast
from .base import Method, MethodConfig
from .baseline import Baseline

METHODS: dict[str, type[Method]] = {m.name: m for m in (Baseline, AVCE, AVCEWithoutContrast)}

__all__ = ["METHODS", "Method", "MethodConfig", "build_method"]


def build_method(name: str, config: MethodConfig, net: AVCENet) -> Method:
    """A method by its name; `InputError` for one that does not exist."""
    if name not in METHODS:
        raise InputError(f"There is no method '{name}': choose one of {', '.join(METHODS)}.")
    return METHODS[name](config)

"""The methods of the paper's tables by name."""

from __future__ import annotations

from ...model.errors import InputError
from ...model.networks import AVCENet
from ..method_config import MethodConfig
from .avce import AVCE
from .avce_discrete import AVCEDiscrete
from .avce_no_contrast import AVCEWithoutContrast
from .barlow_twins import BarlowTwins
from .base import Method
from .baseline import BaselineMethod
from .caf import CAF
from .infonce import InfoNCE

METHODS: dict[str, type[Method]] = {
    method.name: method
    for method in (
        BaselineMethod,
        CAF,
        AVCE,
        AVCEWithoutContrast,
        InfoNCE,
        BarlowTwins,
        AVCEDiscrete,
    )
}

__all__ = ["METHODS", "Method", "build_method", "find_method"]


def find_method(name: str) -> type[Method]:
    """A method by its name; `InputError` for one that does not exist."""
    if name not in METHODS:
        raise InputError(f"There is no method '{name}': choose one of {', '.join(METHODS)}.")
    return METHODS[name]


def build_method(name: str, config: MethodConfig, net: AVCENet) -> Method:
    """The method of that name for a network; `InputError` where they do not fit."""
    return find_method(name)(config, net)

"""The networks that the authors released: a pair of `.t7` files, encoder and regressor.

Each file is a PyTorch state dict, possibly with a `module.` before every name, in the layout of the
authors' code (`pretrained_weights/`, and the demo's `weights/`):

    encoder      AlexNet: features.{0,3,6,8,10}; ResNet18: conv1, bn1, layer1 to layer4
    regressor    AlexNet: lin0 32 x 9216; ResNet18: last_linear 1000 x 512, lin0 32 x 1000
                 both: lin1 256 x 32, va_regressor 2 x 256

They map onto `AVCENet` name by name, with two differences of structure: the released regressor has
no batch norm (ours becomes the identity), and no ReLU follows `last_linear`. The AlexNet of the
AFEW-VA release also holds `lin2` and `pw_conv`, which its forward pass does not use.

The release works on 224 px colour crops with ImageNet's mean and deviation. Its ResNet18 calls
dropout in evaluation too, so its own figures are random ones; here evaluation leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ..model.errors import InputError
from ..model.network_config import BackboneName, NetworkConfig
from ..model.networks import AVCENet
from .config import RunConfig

SUFFIX = ".t7"
SOURCE = "the authors' release"
_ENCODER = ("features.", "conv1.", "bn1.", "layer")
_REGRESSOR = ("lin", "last_linear.", "va_regressor.", "pw_conv.")
_UNUSED = {
    "lin2.weight": (32, 9216),
    "lin2.bias": (32,),
    "pw_conv.weight": (256, 512, 1, 1),
    "pw_conv.bias": (256,),
}
_SHOWN = 3


def released_pair(path: Path) -> tuple[Path, Path] | None:
    """The two files that `A.t7,B.t7` or a folder with two `.t7` files names; None for another path.

    Raises `InputError` for half a pair and for a folder that holds another number of them.
    """
    if path.is_dir():
        files = sorted(path.glob(f"*{SUFFIX}"))
        if files and len(files) != 2:
            raise InputError(
                f"{path} holds {len(files)} .t7 files: name the pair, as ENCODER.t7,REGRESSOR.t7."
            )
        return (files[0], files[1]) if files else None
    parts = str(path).split(",")
    if not any(part.endswith(SUFFIX) for part in parts):
        return None
    if len(parts) != 2:
        raise InputError(
            f"A released network is two files, not {len(parts)}: "
            "name them as ENCODER.t7,REGRESSOR.t7, or name their folder."
        )
    return Path(parts[0]), Path(parts[1])


def load_released(first: Path, second: Path) -> tuple[AVCENet, RunConfig]:
    """The network of a released pair, in either order, in evaluation mode, and what stands for its
    run.

    Raises `InputError` where a file cannot be read, or lacks a name, holds another one, or one of
    another shape.
    """
    states = {_part(path, state := _read(path)): (path, state) for path in (first, second)}
    if len(states) != 2:
        (part,) = states
        raise InputError(
            f"{first} and {second} are both the {part}: give an encoder and regressor."
        )
    encoder_file, encoder = states["encoder"]
    regressor_file, regressor = states["regressor"]
    alexnet = any(name.startswith("features.") for name in encoder)
    backbone: BackboneName = "alexnet" if alexnet else "resnet18"
    config = RunConfig(data=SOURCE, network=NetworkConfig(backbone, luminance=False))
    net = AVCENet(config.network)
    _fill(net.encoder, encoder, encoder_file, _encoder_names(net, alexnet), {})
    _fill(
        net, regressor, regressor_file, _regressor_names(net, alexnet), _UNUSED if alexnet else {}
    )
    _make_identity(net.regressor)
    if not alexnet:
        # compressor: pooling, flattening, last_linear, ReLU, dropout, lin0, ReLU, dropout
        net.compressor[3] = nn.Identity()
    return net.eval(), config


def _read(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise InputError(f"There is no released network at {path}: no such file.")
    try:
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise InputError(f"{path} cannot be read as a state dict of PyTorch.") from error
    if not isinstance(content, Mapping) or not all(isinstance(name, str) for name in content):
        raise InputError(f"{path} is not a state dict of PyTorch: it does not map names to values.")
    strange = [name for name, value in content.items() if not isinstance(value, Tensor)]
    if strange or not content:
        what = f"{strange[0]} is no tensor" if strange else "it is empty"
        raise InputError(f"{path} is not a state dict of PyTorch: {what}.")
    wrapped = all(name.startswith("module.") for name in content)
    return {name.removeprefix("module.") if wrapped else name: t for name, t in content.items()}


def _part(path: Path, state: dict[str, Tensor]) -> str:
    """ "encoder" or "regressor", by the names that most of a file's values have."""
    in_encoder = sum(name.startswith(_ENCODER) for name in state)
    in_regressor = sum(name.startswith(_REGRESSOR) for name in state)
    if not in_encoder and not in_regressor:
        raise InputError(
            f"{path} is neither encoder nor regressor of the authors' release: "
            f"it holds {_first(list(state))}."
        )
    return "encoder" if in_encoder >= in_regressor else "regressor"


def _encoder_names(net: AVCENet, alexnet: bool) -> dict[str, str]:
    prefix = "features." if alexnet else ""
    return {f"{prefix}{name}": name for name in net.encoder.state_dict()}


def _regressor_names(net: AVCENet, alexnet: bool) -> dict[str, str]:
    layers = {"lin0": "compressor.2"}
    if not alexnet:
        layers = {"last_linear": "compressor.2", "lin0": "compressor.5"}
    last = len(net.regressor) - 1
    layers |= {"lin1": "regressor.0", "va_regressor": f"regressor.{last}"}
    return {f"{a}.{kind}": f"{b}.{kind}" for a, b in layers.items() for kind in ("weight", "bias")}


def _fill(
    module: nn.Module,
    state: dict[str, Tensor],
    path: Path,
    names: dict[str, str],
    unused: Mapping[str, tuple[int, ...]],
) -> None:
    """Copy `state` into the values of `module` that `names` maps its names to."""
    own = module.state_dict()
    shapes = {name: tuple(own[ours].shape) for name, ours in names.items()}
    faults = [f"{name} is missing" for name in names if name not in state]
    faults += [f"{name} is unknown" for name in state if name not in names and name not in unused]
    for name, wanted in (shapes | dict(unused)).items():
        if name in state and tuple(state[name].shape) != wanted:
            found, expected = (" x ".join(map(str, s)) for s in (state[name].shape, wanted))
            faults.append(f"{name} is {found or 'a single value'} instead of {expected}")
    faults += [f"{n} is not finite" for n in names if n in state and not _is_finite(state[n])]
    if faults:
        raise InputError(f"{path} is not a file of the authors' release: {_first(faults)}.")
    with torch.no_grad():
        for name, ours in names.items():
            own[ours].copy_(state[name])


def _is_finite(values: Tensor) -> bool:
    return bool(torch.isfinite(values).all())


def _make_identity(regressor: nn.Sequential) -> None:
    """Set batch norm so that in evaluation every value passes as it is."""
    for layer in regressor:
        if isinstance(layer, nn.BatchNorm1d) and layer.running_var is not None:
            layer.reset_parameters()
            # It divides by the root of (variance + eps).
            layer.running_var.fill_(1.0 - layer.eps)


def _first(items: list[str]) -> str:
    more = f" and {len(items) - _SHOWN} more" if len(items) > _SHOWN else ""
    return ", ".join(items[:_SHOWN]) + more

"""Begin a run with the weights of a network that was trained before.

A checkpoint gives every tensor whose name and shape fit. An exported network (ONNX) gives encoder,
compressor and, where it has as many outputs, regressor; its batch normalisations are folded into
scales and shifts and have to be found again. It has none of the heads that only training uses.
"""

from __future__ import annotations

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from ..model.errors import InputError
from ..model.networks import AVCENet
from .checkpoint import load_network
from .exporting.half_storage import restore_float


def start_from(net: AVCENet, path: Path, faces: Tensor) -> None:
    """Give `net` the weights of the file `path`.

    Args:
        net: the network to start; its backbone must be the file's.
        path: a checkpoint of avce-train, or a float32 network of avce-export.
        faces: images [N, 1 or 3, H, W] in 0..255 of the data to be learned from; the statistics
            of folded normalisations are measured on them. A hundred or more.

    Raises `InputError` where the file is of another backbone or cannot be read.
    """
    if path.suffix == ".onnx":
        _from_onnx(net, path, faces)
    else:
        _from_checkpoint(net, path)


def _from_checkpoint(net: AVCENet, path: Path) -> None:
    other, _ = load_network(path)
    own = net.state_dict()
    found = {k: v for k, v in other.state_dict().items() if k in own and own[k].shape == v.shape}
    _check_whole(net.encoder, {k.removeprefix("encoder.") for k in found}, path)
    net.load_state_dict(found, strict=False)


def _from_onnx(net: AVCENet, path: Path, faces: Tensor) -> None:
    if not path.is_file():
        raise InputError(f"There is no model at {path} to start from: no such file.")
    try:
        file = onnx.load(str(path), load_external_data=False)
        restore_float(file)
        graph = file.graph
        tensors = {
            t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer
        }
        # By the name of the weight, for a bias has any name. One of zeros is left out of the file.
        bias_of = {
            n.input[1]: tensors.get(n.input[2]) if len(n.input) == 3 else torch.zeros(())
            for n in graph.node
            if n.op_type in ("Conv", "Gemm")
        }
    except Exception as error:
        raise InputError(f"{path} cannot be read as an ONNX network to start from.") from error
    layers = {f"encoder.{name}": layer for name, layer in net.encoder.named_modules()}
    # The graph's list leaves out pooling and flattening, the first two.
    layers |= {f"compressing.{i}": layer for i, layer in enumerate(list(net.compressor)[2:])}
    biases: dict[nn.Module, Tensor] = {}
    with torch.no_grad():
        for name, layer in layers.items():
            if not isinstance(layer, (nn.Conv2d, nn.Linear)):
                continue
            weight, bias = tensors.get(f"{name}.weight"), bias_of.get(f"{name}.weight")
            if weight is None or bias is None or weight.shape != layer.weight.shape:
                raise InputError(
                    f"{path} has no float32 weights for the layer {name} of "
                    f"{net.config.backbone}: name a network of the same backbone to start from."
                )
            layer.weight.copy_(weight)
            if layer.bias is not None:
                layer.bias.copy_(bias)
            biases[layer] = bias
        z = unfold_normalisation(net, biases, faces)
        _regressor_from_onnx(net, graph, tensors, bias_of, z)


def _regressor_from_onnx(
    net: AVCENet,
    graph: onnx.GraphProto,
    tensors: dict[str, Tensor],
    bias_of: dict[str, Tensor | None],
    z: Tensor,
) -> None:
    """Give the regressor the graph's, so that estimates for z [N, 32] are what they were."""
    layers = [layer for layer in net.regressor if isinstance(layer, nn.Linear)]
    norm = next((layer for layer in net.regressor if isinstance(layer, nn.BatchNorm1d)), None)
    biases = {name: bias for name, bias in bias_of.items() if bias is not None}
    names = [name for name in biases if name.startswith("regressing.") and name in tensors]
    if [tensors[name].shape for name in names] != [layer.weight.shape for layer in layers]:
        return
    for layer, name in zip(layers, names, strict=True):
        layer.weight.copy_(tensors[name])
        layer.bias.copy_(biases[name])
    value = next(n.output[0] for n in graph.node if n.op_type == "Gemm" and n.input[1] == names[0])
    scale, shift = _affine_after(graph, tensors, value)
    if norm is not None:
        _pass_unchanged(norm, layers[0](z), scale, shift)
        return
    layers[0].weight.mul_(scale.reshape(-1, 1))
    layers[0].bias.mul_(scale).add_(shift)


def _affine_after(
    graph: onnx.GraphProto, tensors: dict[str, Tensor], value: str
) -> tuple[Tensor, Tensor]:
    """The constant scale and shift that the graph applies to a value next: 1 and 0 if none."""
    scale, shift = torch.ones(()), torch.zeros(())
    for node in graph.node:
        others = [tensors[name] for name in node.input if name != value and name in tensors]
        if value in node.input and others and node.op_type == "Mul":
            scale, value = scale * others[0], node.output[0]
        elif value in node.input and others and node.op_type == "Add":
            shift, value = shift + others[0], node.output[0]
    return scale, shift


def _pass_unchanged(
    norm: nn.BatchNorm1d | nn.BatchNorm2d, x: Tensor, scale: Tensor, shift: Tensor
) -> None:
    """Let a normalisation do `scale * x + shift` to rows like those of x [N, C, ...]."""
    dims = [d for d in range(x.ndim) if d != 1]
    variance, mean = torch.var_mean(x, dim=dims, unbiased=False)
    norm.weight.copy_(scale * (variance + norm.eps).sqrt())
    norm.bias.copy_(scale * mean + shift)
    assert norm.running_mean is not None
    assert norm.running_var is not None
    norm.running_mean.copy_(mean)
    norm.running_var.copy_(variance)


def unfold_normalisation(net: AVCENet, biases: dict[nn.Module, Tensor], faces: Tensor) -> Tensor:
    """Set every batch normalisation of the encoder so that the faces pass through it unchanged.

    The layer before it has the folded weights. With the mean m and variance v of that layer's
    output over `faces`, a scale of sqrt(v + eps) and a shift of m + (folded bias) undo the
    normalisation: the network does in training on such faces what the folded one does.

    Args:
        net: the network, its convolutions already with their folded weights.
        biases: the folded bias of each layer.
        faces: images [N, 1 or 3, H, W] in 0..255.

    Returns the latent z [N, 32] of the faces.
    """
    before: list[nn.Module] = []
    handles = []

    def remember(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        before.append(module)

    def undo(module: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        assert isinstance(module, nn.BatchNorm2d)
        convolution, x = before[-1], inputs[0]
        # A convolution with a bias of its own has put it into x already.
        own = getattr(convolution, "bias", None) is not None
        _pass_unchanged(module, x, torch.ones(()), torch.zeros(()) if own else biases[convolution])

    for module in net.encoder.modules():
        if isinstance(module, nn.Conv2d):
            handles.append(module.register_forward_pre_hook(remember))
        elif isinstance(module, nn.BatchNorm2d):
            handles.append(module.register_forward_pre_hook(undo))
    training = net.training
    try:
        with torch.no_grad():
            _, z = net.eval().encode(faces)
    finally:
        net.train(training)
        for handle in handles:
            handle.remove()
    return z


def _check_whole(encoder: nn.Module, found: set[str], path: Path) -> None:
    missing = sorted(set(encoder.state_dict()) - found)
    if missing:
        raise InputError(
            f"{path} does not fit: it has no tensor of this shape for encoder.{missing[0]}; "
            "name a network of the same backbone to start from."
        )

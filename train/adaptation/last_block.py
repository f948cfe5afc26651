"""The last block of an exported network's encoder, trained on from where it is, in PyTorch.

The block is the convolutions that share the last one's place (`encoder.layer4.1` of a ResNet, the
last layer of an AlexNet). They are trained as they stand in the file, normalisations folded in, so
that what is learned goes back into it as it is; what comes before is computed once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from torch import Tensor
from torch.nn import functional

from ..exporting.onnx_graph import nodes_before

STEPS = 40
BATCH = 16
RATE = 1e-4
"""Of Adam: small steps, for what is there has learned from thousands of faces."""
PULL = 1.0
"""Of the weights towards what they were (L2-SP; Li, Grandvalet & Davoine, 2018)."""

Weights = Mapping[str, Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class LastBlock:
    """What an exported network computes from its last block on, up to its last layer.

    Args:
        cut: the value that the block reads.
        hidden: the value that the last layer reads.
        nodes: in their order.
        weights: of the block's convolutions, by name.
        constants: whatever else the nodes read.
    """

    cut: str
    hidden: str
    nodes: tuple[onnx.NodeProto, ...]
    weights: Weights
    constants: Weights

    def __call__(self, x: Tensor, weights: Weights) -> Tensor:
        """From the cut [N, ...] to what the last layer reads, [N, D]."""
        values = {**self.constants, **weights, self.cut: x}
        for node in self.nodes:
            inputs = [values[name] for name in node.input if name]
            values[node.output[0]] = _OPERATORS[node.op_type](node, inputs)
        return values[self.hidden]


def find_last_block(file: onnx.ModelProto, hidden: str) -> LastBlock | None:
    """The last block before the value `hidden`; None of a network that is built otherwise."""
    graph = file.graph
    stored = {t.name: t for t in graph.initializer}
    before = nodes_before(graph, [hidden])
    nodes = [node for node in graph.node if node.name in before]
    convolutions = [n for n in nodes if n.op_type == "Conv" and set(n.input[1:]) <= set(stored)]
    if not convolutions:
        return None
    place = _place(convolutions[-1])
    own = [node for node in convolutions if _place(node) == place]
    cut = own[0].input[0]
    after = {cut}
    kept = []
    for node in nodes:
        if after & set(node.input):
            after.add(node.output[0])
            kept.append(node)
    names = {name for node in own for name in node.input[1:]}
    others = {name for node in kept for name in node.input if name} - after - names
    if not others <= set(stored) or any(node.op_type not in _OPERATORS for node in kept):
        return None

    def tensors(wanted: set[str]) -> dict[str, Tensor]:
        return {n: torch.from_numpy(numpy_helper.to_array(stored[n]).copy()) for n in wanted}

    return LastBlock(cut, hidden, tuple(kept), tensors(names), tensors(others))


def _place(node: onnx.NodeProto) -> str:
    """Where a convolution is: without its own name in a residual block."""
    place, _, last = node.input[1].removesuffix(".weight").rpartition(".")
    return place if last.startswith("conv") else f"{place}.{last}"


def train_block(
    block: LastBlock,
    inner: NDArray[np.floating],
    target: NDArray[np.float64],
    layer: tuple[NDArray[np.floating], NDArray[np.floating]],
    seed: int = 0,
) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float64], NDArray[np.float64]]:
    """Some steps of the block and the last layer towards labels; weights by name, and the layer's
    weight [2, D] and bias [2].

    Args:
        block: where it begins.
        inner: [N, ...] the values at its cut.
        target: [N, 2] labels.
        layer: weight [2, D] and bias [2] of the last layer.
    """
    start = {n: t.clone() for n, t in block.weights.items()}
    start |= {"weight": _tensor(layer[0]), "bias": _tensor(layer[1])}
    now = {name: tensor.clone().requires_grad_() for name, tensor in start.items()}
    optimiser = torch.optim.Adam(now.values(), lr=RATE)
    random = np.random.default_rng(seed)
    labels = _tensor(target)
    for _ in range(STEPS):
        rows = random.choice(len(target), min(BATCH, len(target)), replace=False)
        values = block(_tensor(inner[rows]), {name: now[name] for name in block.weights})
        estimate = values @ now["weight"].T + now["bias"]
        pull = sum(((now[name] - start[name]) ** 2).sum() for name in start)
        loss = ((estimate - labels[rows]) ** 2).mean() + PULL * pull
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    found = {name: tensor.detach().numpy() for name, tensor in now.items()}
    weight, bias = (found.pop(name).astype(np.float64) for name in ("weight", "bias"))
    return found, weight, bias


def block_values(
    block: LastBlock, inner: NDArray[np.floating], weights: Mapping[str, NDArray[np.floating]]
) -> NDArray[np.float64]:
    """What the last layer would read [N, D], were these the block's weights."""
    tensors = {name: _tensor(values) for name, values in weights.items()}
    with torch.inference_mode():
        parts = [
            block(_tensor(inner[i : i + 256]), tensors).numpy() for i in range(0, len(inner), 256)
        ]
    return np.concatenate(parts).astype(np.float64)


def _tensor(values: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.asarray(values, np.float32))


def _attributes(node: onnx.NodeProto) -> dict[str, object]:
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def _padded(x: Tensor, pads: object, value: float = 0.0) -> Tensor:
    """Padded as ONNX says: the begins of all axes, then their ends."""
    sides = list(pads) if isinstance(pads, Sequence) else [0, 0, 0, 0]
    top, left, bottom, right = sides
    return functional.pad(x, (left, right, top, bottom), value=value) if any(sides) else x


def _conv(node: onnx.NodeProto, inputs: list[Tensor]) -> Tensor:
    said = _attributes(node)
    bias = inputs[2] if len(inputs) > 2 else None
    padded = _padded(inputs[0], said.get("pads"))
    steps = {"stride": said.get("strides", [1, 1]), "dilation": said.get("dilations", [1, 1])}
    return functional.conv2d(padded, inputs[1], bias, groups=said.get("group", 1), **steps)  # pyright: ignore


def _max_pool(node: onnx.NodeProto, inputs: list[Tensor]) -> Tensor:
    said = _attributes(node)
    padded = _padded(inputs[0], said.get("pads"), -torch.inf)
    return functional.max_pool2d(padded, said["kernel_shape"], said.get("strides", 1))  # pyright: ignore


def _gemm(node: onnx.NodeProto, inputs: list[Tensor]) -> Tensor:
    said = _attributes(node)
    weight = inputs[1].T if said.get("transB") else inputs[1]
    return inputs[0] @ weight + inputs[2]


def _reshape(node: onnx.NodeProto, inputs: list[Tensor]) -> Tensor:
    x, shape = inputs
    # A zero keeps the side that is there.
    return x.reshape([x.shape[i] if n == 0 else n for i, n in enumerate(shape.tolist())])


_OPERATORS = {
    "Conv": _conv,
    "MaxPool": _max_pool,
    "Gemm": _gemm,
    "Reshape": _reshape,
    "Relu": lambda _, inputs: inputs[0].relu(),
    "Add": lambda _, inputs: inputs[0] + inputs[1],
    "Mul": lambda _, inputs: inputs[0] * inputs[1],
    "MatMul": lambda _, inputs: inputs[0] @ inputs[1],
}

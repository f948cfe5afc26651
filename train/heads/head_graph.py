"""Add heads to a network's ONNX file: outputs `votes` and `halfwidth`, computed inside it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from ...model.anchors import EMOTIONS
from ...model.errors import InputError
from ..exporting.onnx_graph import HEADS, OPSET, opset_of
from .head_fit import FARTHEST, LEAST_SCALE, Heads, Linear
from .light import FLOORS, LUMINANCE, SIDE, second_differences

OUTPUTS = {"votes": len(EMOTIONS), "halfwidth": 2, "covered": 2}
REACH = f"{HEADS}width.least_reach"
"""What is added last where the reach of an interval is computed."""


def add_heads(source: Path, target: Path, heads: Heads) -> None:
    """Write the network `source` with the heads to `target`; heads that it had are replaced, and
    what was learned for them of covered faces is dropped.

    The metadata are not touched. Raises `InputError` for a file of older operators.
    """
    file = onnx.load(str(source), load_external_data=False)
    if opset_of(file) < OPSET:
        raise InputError(f"{source} has operators of before version {OPSET}: export it again.")
    graph = file.graph
    remove_heads(graph)
    if heads.shares is not None:
        _add_shares(graph, heads.shares)
    _add_halfwidth(graph, heads)
    onnx.checker.check_model(file)
    onnx.save(file, str(target))


def remove_heads(graph: onnx.GraphProto) -> None:
    """Leave the network without any head."""
    # Shapes that other tools noted down of values too: the names return with other shapes.
    for items in (graph.node, graph.initializer, graph.value_info):
        kept = [item for item in items if not item.name.startswith(HEADS)]
        copies = [type(item).FromString(item.SerializeToString()) for item in kept]
        del items[:]
        items.extend(copies)  # pyright: ignore[reportArgumentType]
    outputs = [o for o in graph.output if o.name not in OUTPUTS]
    copies = [onnx.ValueInfoProto.FromString(o.SerializeToString()) for o in outputs]
    del graph.output[:]
    graph.output.extend(copies)


class Chain:
    """Appends nodes whose names begin with `heads.`, each fed with the last one's output."""

    def __init__(self, graph: onnx.GraphProto, value: str, name: str) -> None:
        self.graph, self.value, self.name, self.count = graph, value, f"{HEADS}{name}", 0

    def constant(self, name: str, value: NDArray[np.floating] | float) -> str:
        array = np.asarray(value, np.float32)
        self.graph.initializer.append(numpy_helper.from_array(array, f"{self.name}.{name}"))
        return f"{self.name}.{name}"

    def then(self, kind: str, *others: str, to: str = "", first: str = "", **options: Any) -> str:
        if "to_type" in options:  # the attribute of Cast is called as the output is here
            options["to"] = options.pop("to_type")
        self.count += 1
        output = to or f"{self.name}.{self.count}"
        name = f"{self.name}.{kind}{self.count}"
        inputs = [first or self.value, *others]
        self.graph.node.append(helper.make_node(kind, inputs, [output], name, **options))
        self.value = output
        return output

    def whole(self, name: str, values: list[int]) -> str:
        array = np.asarray(values, np.int64)
        self.graph.initializer.append(numpy_helper.from_array(array, f"{self.name}.{name}"))
        return f"{self.name}.{name}"

    def linear(self, name: str, layer: Linear) -> None:
        weight = self.constant(f"{name}.weight", layer.weight)
        self.then("Gemm", weight, self.constant(f"{name}.bias", layer.bias), transB=1)


def declare(graph: onnx.GraphProto, name: str) -> None:
    """Make a value that is one of `OUTPUTS` an output."""
    batch = next(v for v in graph.output if v.name == "va").type.tensor_type.shape.dim[0]
    shape = [batch.dim_param or None, OUTPUTS[name]]
    graph.output.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))


def _add_shares(graph: onnx.GraphProto, layer: Linear) -> None:
    chain = Chain(graph, "z", "shares")
    chain.linear("layer", layer)
    chain.then("Softmax", to="votes", axis=1)
    declare(graph, "votes")


def _add_light(graph: onnx.GraphProto) -> str:
    """Append what computes `light_of` the input; the name of its value [N, 3]."""
    grey = Chain(graph, "face", "light")
    grey.then("Cast", to_type=TensorProto.FLOAT)
    # Two pixels side by side are six numbers; the rows are added in pairs.
    grey.then("Reshape", grey.whole("rows", [0, SIDE, 2, SIDE, 2 * len(LUMINANCE)]))
    pair = np.tile(LUMINANCE, 2)[:, None] / 4
    grey.then("MatMul", grey.constant("luminance", pair))
    small = grey.then("ReduceSum", grey.whole("in_pairs", [2, 4]), keepdims=0)
    twice = second_differences()
    across = grey.then("MatMul", grey.constant("across", twice.T))
    down = grey.then("MatMul", small, first=grey.constant("down", twice))
    edges = grey.then("Add", down, first=across)
    both = grey.whole("both", [1, 2])
    mean = grey.then("ReduceMean", both, first=small, keepdims=0)
    found = [mean]
    for value in (small, edges):
        middle = grey.then("ReduceMean", both, first=value, keepdims=1)
        grey.then("Sub", middle, first=value)
        grey.then("Mul", grey.value)
        grey.then("ReduceMean", both, keepdims=0)
        found.append(grey.then("Sqrt"))
    last = grey.whole("last", [1])
    columns = [grey.then("Unsqueeze", last, first=each) for each in found]
    grey.then("Concat", *columns[1:], first=columns[0], axis=1)
    grey.then("Add", grey.constant("floors", np.array(FLOORS)))
    return grey.then("Log")


def _add_halfwidth(graph: onnx.GraphProto, heads: Heads) -> None:
    light = _add_light(graph)
    chain = Chain(graph, "z", "width")
    known = chain.then("Concat", "va", light, axis=1)
    one, minus = chain.constant("one", 1.0), chain.constant("minus", -1.0)
    chain.linear("whitened", heads.whitened)
    chain.then("Mul", chain.value)
    chain.then("ReduceMean", chain.whole("columns", [1]), keepdims=1)
    chain.then("Sqrt")
    chain.then("Div", chain.constant("usual", heads.usual))
    chain.then("Sub", one)
    chain.then("Relu")
    more = chain.then("Mul", chain.constant("wide", heads.wide))
    chain.value = known
    chain.linear("standard", heads.standard)
    chain.then("Clip", chain.constant("least_input", -FARTHEST), chain.constant("most", FARTHEST))
    chain.linear("hidden", heads.hidden)
    chain.then("Relu")
    chain.linear("scale", heads.width)
    chain.then("Softplus")
    chain.then("Add", chain.constant("least", LEAST_SCALE))
    chain.then("Add", more)
    chain.then("Unsqueeze", chain.whole("each", [2]))
    chain.then("Sub", chain.constant("knots", heads.reach.knots))
    chain.then("Relu")
    chain.then("Mul", chain.constant("bends", heads.reach.bends))
    chain.then("ReduceSum", chain.whole("all_knots", [2]), keepdims=0)
    reach = chain.then("Add", chain.constant("least_reach", heads.reach.least))
    chain.then("Add", reach, first="va")
    upper = chain.then("Min", one)
    chain.then("Sub", reach, first="va")
    lower = chain.then("Max", minus)
    chain.then("Sub", lower, first=upper)
    chain.then("Mul", chain.constant("half", 0.5), to="halfwidth")
    declare(graph, "halfwidth")

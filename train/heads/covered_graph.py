"""Let a network's file tell which parts of a face are hidden, and widen its intervals by that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.face.face import CROP_SIZE
from ..exporting.last_layer import open_values
from ..exporting.onnx_graph import HEADS, OPSET, opset_of
from .covered_fit import CoveredHead
from .head_graph import REACH, Chain, declare

_LEAST_SIDE = 12
"""Cells across a map from which on an eye has some of its own."""
_ACTIVATIONS = ("Relu", "DequantizeLinear")
"""What gives a map: in 8 bits, a ReLU is where the range begins."""


def map_name(file: onnx.ModelProto, network: Path) -> str:
    """The last value of the encoder that is a map of `_LEAST_SIDE` cells a side or more.

    Raises `InputError` where there is none.
    """
    names = [
        node.output[0]
        for node in file.graph.node
        if node.op_type in _ACTIVATIONS and not node.name.startswith(HEADS)
    ]
    blank = np.zeros((1, CROP_SIZE, CROP_SIZE, 3), np.uint8)
    found = zip(names, open_values(file, names)(blank), strict=True) if names else ()
    maps = [name for name, value in found if value.ndim == 4 and value.shape[-1] >= _LEAST_SIDE]
    if not maps:
        raise InputError(
            f"{network} has no map of its encoder in which an eye could be told from a mouth: "
            "give a file of avce-export."
        )
    return maps[-1]


def reach_name(graph: onnx.GraphProto) -> str | None:
    """The value that tells how far the intervals reach [N, 2]; None of a network without them."""
    return next((node.output[0] for node in graph.node if REACH in node.input), None)


def values_of(
    file: onnx.ModelProto, network: Path
) -> Callable[[NDArray[np.uint8]], list[NDArray[Any]]]:
    """What gives the map, the estimates and, where there are intervals, their reach, for crops
    [N, 224, 224, 3]."""
    reach = reach_name(file.graph)
    names = [map_name(file, network), "va", *([reach] if reach else [])]
    return open_values(file, names)


def add_covered(source: Path, target: Path, head: CoveredHead) -> None:
    """Write the network `source` with the output `covered` to `target`.

    The metadata are not touched. Raises `InputError` for a file that has it already, or one of
    older operators.
    """
    file = onnx.load(str(source), load_external_data=False)
    graph = file.graph
    if any(output.name == "covered" for output in graph.output):
        raise InputError(
            f"{source} tells already what is covered: give the file that avce-train heads wrote."
        )
    if opset_of(file) < OPSET:
        raise InputError(f"{source} has operators of before version {OPSET}: export it again.")
    there = len(graph.node)
    reach = reach_name(graph)
    place = next((i for i, node in enumerate(graph.node) if reach in node.output), there - 1) + 1
    _add(graph, map_name(file, source), head, reach)
    if reach is not None:
        # What comes behind the reach reads the widened one, so that this is computed before.
        nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in graph.node]
        del graph.node[:]
        graph.node.extend([*nodes[:place], *nodes[there:], *nodes[place:there]])
    declare(graph, "covered")
    onnx.checker.check_model(file)
    onnx.save(file, str(target))


def _add(graph: onnx.GraphProto, cells: str, head: CoveredHead, reach: str | None) -> None:
    chain = Chain(graph, cells, "covered")
    bias = chain.constant("cell.bias", head.cell_bias)
    chain.then("Conv", chain.constant("cell", head.cell), bias)
    chain.then("Relu")
    chain.then("Conv", chain.constant("window", head.window), pads=[1, 1, 1, 1])
    chain.then("Add", chain.constant("place", head.place))
    chain.then("Sigmoid")
    chain.then("Flatten", axis=1)
    found = chain.then("MatMul", chain.constant("regions", head.regions))
    ends = chain.whole("starts", [0]), chain.whole("ends", [2]), chain.whole("axis", [1])
    eyes = chain.then("Slice", *ends)
    eyes = chain.then("ReduceMax", ends[2], first=eyes, keepdims=1)
    mouth = chain.then("Slice", ends[1], chain.whole("last", [3]), ends[2], first=found)
    chain.then("Concat", mouth, first=eyes, axis=1, to="covered")
    if reach is None:
        return
    chain.then("Sub", chain.constant("usual", head.usual))
    chain.then("Relu")
    chain.then("Div", chain.constant("rest", 1.0 - head.usual))
    more = chain.then("MatMul", chain.constant("widening", head.widening))
    before = f"{chain.name}.before"
    for node in graph.node:
        for i, name in enumerate(node.output):
            if name == reach:
                node.output[i] = before
    chain.then("Add", before, first=more, to=reach)

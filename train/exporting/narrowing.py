"""An exported network in half precision: half the size, and the speed of hardware that has it.

Estimates and features are computed in float16, the activation maps in float32 from the same
weights: a gradient's mean over a map is small enough to vanish in float16. Faces still come in as
uint8 and every output leaves as float32.
"""

from __future__ import annotations

import sys
from pathlib import Path

import onnx
from onnxruntime.quantization.onnx_model import ONNXModel

from .onnx_graph import nodes_before


def to_half(source: Path, target: Path) -> None:
    """Write a float32 network of avce-export in float16."""
    kept = list(sys.path)
    from onnxruntime.transformers.float16 import convert_float_to_float16

    # The package adds its own folder, with modules of common names, to the search path.
    sys.path[:] = kept
    file = onnx.load(str(source))
    estimating = nodes_before(file.graph, ("va", "z"))
    mapping = [node.name for node in file.graph.node if node.name not in estimating]
    half = convert_float_to_float16(
        file, keep_io_types=True, node_block_list=mapping, force_fp16_initializers=True
    )
    _join_casts(half.graph)
    sorted_file = ONNXModel(half)
    sorted_file.topological_sort()
    onnx.save(sorted_file.model, str(target))


def _join_casts(graph: onnx.GraphProto) -> None:
    """Keep one of the equal casts: the converter adds one for every reader of a value."""
    made: set[str] = set()
    nodes = []
    for node in graph.node:
        if not made.issuperset(node.output):
            nodes.append(node)
            made.update(node.output)
    copies = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)
    # It names types of values that are no longer there, and nothing needs it.
    del graph.value_info[:]

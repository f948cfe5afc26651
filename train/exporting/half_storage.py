"""Weights stored in half precision in a network that computes in float32: half the size.

Each large weight is kept as float16 and cast to float32 inside the graph. ONNX Runtime folds such a
cast of a constant when it loads the file, so nothing is computed otherwise or slower than before.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import onnx
from google.protobuf.message import Message
from onnx import TensorProto, helper, numpy_helper

LARGE = 1024
"""Values from which on a weight is stored in half; smaller ones would save nothing."""
_ENDING = ".half"
_Part = TypeVar("_Part", bound=Message)


def store_half(file: onnx.ModelProto) -> None:
    """Store the large float32 weights of a network in half precision, in place."""
    graph = file.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < LARGE:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + _ENDING))
        casts.append(
            helper.make_node("Cast", [name + _ENDING], [name], name + ".cast", to=TensorProto.FLOAT)
        )
    _replace(graph.node, [*casts, *graph.node])


def restore_float(file: onnx.ModelProto) -> None:
    """Make weights that `store_half` stored float32 again, in place; nothing in other files."""
    graph = file.graph
    stored = {t.name: t for t in graph.initializer if t.name.endswith(_ENDING)}
    kept = []
    for node in graph.node:
        half = stored.get(node.input[0]) if node.op_type == "Cast" and node.input else None
        if half is None:
            kept.append(node)
            continue
        values = numpy_helper.to_array(half).astype(np.float32)
        half.CopyFrom(numpy_helper.from_array(values, node.output[0]))
    _replace(graph.node, kept)


def _replace(repeated, items: list[_Part]) -> None:
    copies = [type(item).FromString(item.SerializeToString()) for item in items]
    del repeated[:]
    repeated.extend(copies)

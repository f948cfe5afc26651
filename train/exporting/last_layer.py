"""The last linear layer of an exported network: found, what it reads, and replaced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from ...model.errors import InputError


def find_last_layer(file: onnx.ModelProto) -> onnx.NodeProto | None:
    """The Gemm whose clipped output is `va`; None of a file without one in plain numbers."""
    makers = {name: node for node in file.graph.node for name in node.output}
    node = makers.get("va")
    if node is not None and node.op_type == "Clip":
        node = makers.get(node.input[0])
    stored = {tensor.name for tensor in file.graph.initializer}
    if node is None or node.op_type != "Gemm" or not stored.issuperset(node.input[1:3]):
        return None
    return node


def open_values(
    file: onnx.ModelProto, names: Sequence[str]
) -> Callable[[NDArray[np.uint8]], list[NDArray[Any]]]:
    """What gives the named values of a network, inner ones too, for crops [N, 224, 224, 3]."""
    import onnxruntime as ort

    whole = onnx.ModelProto()
    whole.CopyFrom(file)
    del whole.graph.output[:]
    whole.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names
    )
    session = ort.InferenceSession(whole.SerializeToString(), providers=["CPUExecutionProvider"])

    def values(crops: NDArray[np.uint8]) -> list[NDArray[Any]]:
        return [np.asarray(each) for each in session.run(list(names), {"face": crops})]

    return values


def tensor_of(file: onnx.ModelProto, name: str) -> NDArray[np.float32]:
    """A stored tensor by its name."""
    tensor = next(each for each in file.graph.initializer if each.name == name)
    return numpy_helper.to_array(tensor).astype(np.float32)


def put_tensor(file: onnx.ModelProto, name: str, values: NDArray[np.floating]) -> None:
    """Replace a stored tensor. Raises `InputError` where the shape is another."""
    tensor = next(each for each in file.graph.initializer if each.name == name)
    shape = tuple(tensor.dims)
    if values.shape != shape:
        raise InputError(f"The tensor {name} is of shape {shape}, not {values.shape}.")
    tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))

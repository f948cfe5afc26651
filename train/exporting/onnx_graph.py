"""What is done to an ONNX graph as such: traced, described, reduced to its encoder, simplified."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import onnx
import onnxruntime as ort
import torch

from ...model.export_graph import InferenceGraph
from ...model.face.face import CROP_SIZE

OPSET = 18
HEADS = "heads."
"""How the names of all begin that is not the network's but a head's."""


def write_onnx(graph: InferenceGraph, path: Path) -> None:
    """Trace the graph and write it, with a free batch size."""
    example = torch.zeros(2, CROP_SIZE, CROP_SIZE, 3, dtype=torch.uint8)
    chatter = io.StringIO()
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    with warnings.catch_warnings(), redirect_stdout(chatter), redirect_stderr(chatter):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            graph.eval(),
            (example,),
            str(path),
            input_names=["face"],
            output_names=graph.output_names,
            dynamic_shapes={"face": {0: torch.export.Dim("N")}},
            opset_version=OPSET,
            external_data=False,
            dynamo=True,
            verbose=False,
        )


def set_metadata(path: Path, entries: dict[str, str]) -> None:
    """Replace the metadata properties of an ONNX file, and state its opset among them."""
    file = onnx.load(str(path), load_external_data=False)
    del file.metadata_props[:]
    onnx.helper.set_model_props(file, {**entries, "avce.opset": str(opset_of(file))})
    # The exporter leaves the tracer's notes, source paths among them, in every node.
    for node in file.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*file.graph.input, *file.graph.output, *file.graph.value_info):
        del value.metadata_props[:]
    for value in file.graph.initializer:
        del value.metadata_props[:]
    del file.graph.metadata_props[:]
    # Tools name every dialect that they know, which a runtime with fewer of them would refuse.
    used = {node.domain for node in file.graph.node}
    kept = [entry for entry in file.opset_import if entry.domain in used]
    del file.opset_import[:]
    file.opset_import.extend(kept)
    onnx.checker.check_model(file)
    onnx.save(file, str(path))


def opset_of(file: onnx.ModelProto) -> int:
    """The version of the standard operators that a network is written in."""
    return max(entry.version for entry in file.opset_import if entry.domain in ("", "ai.onnx"))


def nodes_before(graph: onnx.GraphProto, values: Iterable[str]) -> set[str]:
    """Names of the nodes that the named values are computed by, directly or not."""
    maker = {output: node for node in graph.node for output in node.output}
    found: set[str] = set()
    waiting = list(values)
    while waiting:
        node = maker.get(waiting.pop())
        if node is not None and node.name not in found:
            found.add(node.name)
            waiting += node.input
    return found


def simplify(path: Path) -> tuple[int, int]:
    """Let ONNX Runtime fold what is constant and join what can be, in place.

    Only its basic level is used: those rewritings hold on every provider.

    Returns the number of nodes before and after.
    """
    options = ort.SessionOptions()
    options.log_severity_level = 4
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    written = path.with_suffix(".simple.onnx")
    options.optimized_model_filepath = str(written)
    ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    counts = tuple(len(onnx.load(str(p)).graph.node) for p in (path, written))
    written.replace(path)
    return counts[0], counts[1]

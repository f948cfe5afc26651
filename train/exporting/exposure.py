"""Dark faces at a usual brightness, inside the file: a network that never met the dark reads them.

A crop whose mean luminance is below `USUAL` is multiplied until it is there, by `MOST` at most,
where the network has averaged it down to its own size, which takes most of a sensor's noise away.
Brighter crops stay as they are, so that the estimates of usual faces do not change.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from ...model.errors import InputError
from ...model.networks import LUMA
from ...model.predictor import Predictor
from ...model.system.whole_file import work_folder
from .onnx_graph import set_metadata
from .parity import sample_images

USUAL = 70.0
"""Mean luminance, of 255, up to which crops are multiplied: one FER+ face in 25 is darker."""
MOST = 10.0
"""Beyond, it is noise that is enlarged."""
_NAME = "exposure"
_CLOSE = 1e-4


def even_exposure(source: Path, out: Path) -> None:
    """Write an exported network that brings dark faces to a usual brightness before it looks.

    Args:
        source: a float32 or int8 file of `avce-export`, with or without heads.
        out: the file to write, put in place once its estimates of bright faces are the source's.

    Raises `InputError` for another file, and for one that does this already.
    """
    before = Predictor(source, provider="cpu")
    if before.card.precision == "fp16":
        raise InputError(f"{source} is in fp16: use --exposure on the float32 file, then --fp16.")
    file = onnx.load(str(source), load_external_data=False)
    _insert(file.graph, source)
    entries = {entry.key: entry.value for entry in file.metadata_props}
    entries["avce.exposure"] = json.dumps({"usual": USUAL, "most": MOST})
    with work_folder(out) as folder:
        made = folder / "made.onnx"
        onnx.save(file, str(made))
        set_metadata(made, entries)
        after = Predictor(made, provider="cpu")
        faces = sample_images()
        bright = faces[(faces @ np.array(LUMA)).mean(axis=(1, 2)) > USUAL]
        apart = np.abs(after.predict(bright).va - before.predict(bright).va).max()
        if not apart <= _CLOSE:
            raise InputError(f"{out} was not written: bright faces are read {apart:.2g} apart.")
        os.replace(made, out)


def _insert(graph: onnx.GraphProto, source: Path) -> None:
    """Multiply what `Preprocess` has scaled to the network's size, in 0 to 1, before it is
    normalised."""
    if any(node.name.startswith(_NAME) for node in graph.node):
        raise InputError(f"{source} evens the exposure of dark faces already.")
    place = next((n for n in graph.node if list(n.input[1:]) == ["preprocess.mean"]), None)
    if place is None:
        raise InputError(f"{source} does not prepare faces as files of avce-export do.")
    makers = {name: node for node in graph.node for name in node.output}
    scaled = place.input[0]
    spread = makers.get(scaled)
    grey = spread is not None and spread.op_type == "Expand"
    if spread is not None and grey:
        # One channel, before it is repeated three times.
        place, scaled = spread, spread.input[0]

    def stored(name: str, values: NDArray[Any]) -> str:
        graph.initializer.append(numpy_helper.from_array(values, f"{_NAME}.{name}"))
        return f"{_NAME}.{name}"

    def node(kind: str, inputs: list[str], result: str) -> onnx.NodeProto:
        return helper.make_node(kind, inputs, [f"{_NAME}.{result}"], f"{_NAME}.{result}.{kind}")

    steps = [node("ReduceMean", [scaled, stored("space", np.array([2, 3]))], "mean")]
    if not grey:
        luma = stored("luma", np.array(LUMA, np.float32).reshape(1, 3, 1, 1))
        channels = stored("channels", np.array([1]))
        steps += [
            node("Mul", [f"{_NAME}.mean", luma], "weighted"),
            node("ReduceSum", [f"{_NAME}.weighted", channels], "luminance"),
        ]
    level = f"{_NAME}.mean" if grey else f"{_NAME}.luminance"
    numbers = {
        name: stored(name, np.array(value, np.float32))
        for name, value in (("least", USUAL / 255 / MOST), ("usual", USUAL / 255), ("one", 1.0))
    }
    steps += [
        # Between a tenth of the usual brightness and all of it: the gain is between 10 and 1.
        node("Clip", [level, numbers["least"], numbers["usual"]], "level"),
        node("Div", [numbers["usual"], f"{_NAME}.level"], "gain"),
        node("Mul", [scaled, f"{_NAME}.gain"], "brightened"),
        node("Min", [f"{_NAME}.brightened", numbers["one"]], "evened"),
    ]
    where = next(i for i, each in enumerate(graph.node) if each.name == place.name)
    nodes = [*graph.node[:where], *steps, *graph.node[where:]]
    copies = [onnx.NodeProto.FromString(each.SerializeToString()) for each in nodes]
    del graph.node[:]
    graph.node.extend(copies)
    at = where + len(steps)
    graph.node[at].input[0] = f"{_NAME}.evened"

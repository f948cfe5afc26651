"""A checkpoint to an ONNX file, put in place only after it was compared with PyTorch."""

from __future__ import annotations

import io
import json
import logging
import os
import tempfile
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from ..model.activation_maps import MapKind
from ..model.errors import AvceError, InputError
from ..model.face import CROP_SIZE, MARGIN, FaceFinder
from ..model.inference import InferenceGraph
from ..model.predictor import Predictor
from ..model.version import __version__
from .checkpoint import load_network
from .cropping import find_in_still

OPSET = 18
TOLERANCE = {"va": 1e-4, "z": 1e-3, "cam": 1e-3}
"""Largest difference from PyTorch in float32; that of z, which has no bounds, is relative."""

MapChoice = Literal["gradcam", "hirescam", "none"]


@dataclass(frozen=True, slots=True)
class Parity:
    """The largest difference between PyTorch and ONNX Runtime for one output."""

    output: str
    largest: float
    allowed: float

    @property
    def holds(self) -> bool:
        return self.largest <= self.allowed


def sample_pictures(n: int = 6, seed: int = 0) -> NDArray[np.uint8]:
    """Pictures [N, 224, 224, 3] to compare on: noise, flat grey, black, white and smooth blobs."""
    random = np.random.default_rng(seed)
    size = CROP_SIZE
    faces = random.integers(0, 256, (n, size, size, 3), dtype=np.uint8)
    for i, level in zip(range(1, n), (0, 255, 128), strict=False):
        faces[i] = level
    rows, columns = np.mgrid[0:size, 0:size] / size
    for i in range(4, n):
        waves = [np.sin(f * rows + g * columns) for f, g in random.uniform(2, 12, (3, 2))]
        faces[i] = (127.5 * (1 + np.stack(waves, axis=2))).astype(np.uint8)
    return faces


def read_pictures(folder: Path) -> NDArray[np.uint8]:
    """The faces of the pictures of a folder [N, 224, 224, 3], at most 64; `InputError` if none."""
    if not folder.is_dir():
        raise InputError(f"There is no folder of pictures at {folder}.")
    faces = []
    with FaceFinder() as finder:
        for path in sorted(folder.iterdir())[:64]:
            picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
            if picture is None:
                continue
            rgb = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), dtype=np.uint8)
            face = find_in_still(finder, rgb)
            if face is not None:
                faces.append(face.crop(rgb))
    if not faces:
        raise InputError(f"{folder} holds no picture in which a face is found.")
    return np.stack(faces)


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


def add_metadata(path: Path, entries: dict[str, str]) -> None:
    """Set the metadata properties of an ONNX file."""
    file = onnx.load(str(path), load_external_data=False)
    del file.metadata_props[:]
    onnx.helper.set_model_props(file, entries)
    # The exporter leaves the tracer's notes, source paths among them, in every node.
    for node in file.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*file.graph.input, *file.graph.output, *file.graph.value_info):
        del value.metadata_props[:]
    for value in file.graph.initializer:
        del value.metadata_props[:]
    del file.graph.metadata_props[:]
    onnx.checker.check_model(file)
    onnx.save(file, str(path))


def compare(graph: InferenceGraph, path: Path, faces: NDArray[np.uint8]) -> list[Parity]:
    """The largest differences between a graph and its file, over batches of several sizes."""
    predictor = Predictor(path, provider="cpu")
    largest = dict.fromkeys(graph.output_names, 0.0)
    for batch in (faces, faces[:1], faces[-3:]):
        with torch.inference_mode():
            expected = dict(zip(graph.output_names, graph(torch.from_numpy(batch)), strict=True))
        found = predictor.predict(batch)
        for name, value in expected.items():
            reference = value.numpy()
            gap = np.abs(getattr(found, name) - reference).max()
            scale = max(1.0, float(np.abs(reference).max())) if name == "z" else 1.0
            largest[name] = max(largest[name], float(gap) / scale)
    return [Parity(name, value, TOLERANCE[name]) for name, value in largest.items()]


def export(
    checkpoint: Path,
    out: Path,
    *,
    maps: MapChoice = "gradcam",
    trained_on: str = "",
    metrics: dict[str, Any] | None = None,
    faces: NDArray[np.uint8] | None = None,
) -> list[Parity]:
    """Write a checkpoint's network to an ONNX file and return how far it is from PyTorch.

    Args:
        checkpoint: of `avce-train fit`.
        out: the file to write; it is replaced only when the comparison holds.
        maps: which activation maps the file computes.
        trained_on: what to say of the training data; by default the names of the data sets.
        metrics: evaluation figures to store in the file.
        faces: real faces uint8 [N, 224, 224, 3] to compare on besides made-up pictures.

    Raises `InputError` for a file that is no checkpoint and `AvceError` when the comparison fails.
    """
    net, config = load_network(checkpoint)
    kind: MapKind | None = None if maps == "none" else maps
    graph = InferenceGraph(net, kind)
    names = [part.partition(":")[0] for part in config.data.split("+")]
    entries = {
        "avce.format": "1",
        "avce.backbone": config.network.backbone,
        "avce.method": config.method,
        "avce.version": __version__,
        "avce.trained_on": trained_on or " + ".join(names),
        "avce.metrics": json.dumps(metrics or {}),
        "avce.crop": json.dumps({"margin": MARGIN, "size": CROP_SIZE}),
    }
    pictures = sample_pictures() if faces is None else np.concatenate((sample_pictures(), faces))
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, suffix=".onnx")
    os.close(handle)
    partial = Path(name)
    try:
        write_onnx(graph, partial)
        add_metadata(partial, entries)
        parity = compare(graph, partial, pictures)
        wrong = [p for p in parity if not p.holds]
        if wrong:
            gaps = ", ".join(f"{p.output} by {p.largest:.2g}" for p in wrong)
            raise AvceError(f"{out} was not written: ONNX Runtime differs from PyTorch in {gaps}.")
        partial.chmod(0o644)
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)
    return parity

"""How far an exported file is from the network it was made of, output by output."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from ...model.errors import InputError
from ...model.export_graph import InferenceGraph
from ...model.face.crop_geometry import UPRIGHT, Geometry
from ...model.face.face import CROP_SIZE
from ...model.face.finder import FaceFinder
from ...model.predictor import Prediction, Predictor
from ...model.providers import PROVIDERS, has_cuda_driver
from ..crops.cropping import read_image
from ..crops.labelled_face import find_in_still

Predict = Callable[[NDArray[np.uint8]], Prediction]
"""Faces uint8 [N, 224, 224, 3] to all that a network says of them."""

BATCH = 32
UNDETERMINED = 0.05
"""An estimate nearer to zero has no sign to rely on, where no smaller difference is allowed."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The difference that is allowed: the largest one, the mean one, or both."""

    largest: float = math.inf
    mean: float = math.inf

    def __str__(self) -> str:
        parts = [f"{self.largest:.0e}"] if self.largest < math.inf else []
        parts += [f"mean {self.mean:.0e}"] if self.mean < math.inf else []
        return ", ".join(parts) or "judged by CCC"


# In half precision a ReLU whose input is next to zero may switch, and a map changes where it does.
TOLERANCE: dict[str, dict[str, Limit]] = {
    "fp32": {"va": Limit(1e-4), "z": Limit(1e-3), "cam": Limit(1e-3)},
    "half-stored": {"va": Limit(1e-3), "z": Limit(5e-3), "cam": Limit(mean=5e-3)},
    "fp16": {"va": Limit(5e-3), "z": Limit(1e-2), "cam": Limit(mean=5e-3)},
    "int8": {"va": Limit(), "z": Limit(), "cam": Limit()},
}
"""By the precision of a file. The difference of z, which has no bounds, is relative."""


@dataclass(frozen=True, slots=True)
class Parity:
    """How far one output is from the reference's, on one provider and one kind of faces."""

    output: str
    provider: str
    faces: str
    largest: float
    mean: float
    allowed: Limit

    @property
    def holds(self) -> bool:
        """False too where a value is not a number."""
        return self.largest <= self.allowed.largest and self.mean <= self.allowed.mean


def limits(precision: str, provider: str) -> dict[str, Limit]:
    """The tolerance of a file on a provider: other hardware computes float32 in TF32 or half."""
    return TOLERANCE["fp16" if precision == "fp32" and provider != "cpu" else precision]


def graph_estimator(graph: InferenceGraph) -> Predict:
    """What PyTorch says, in float32."""

    def estimate(faces: NDArray[np.uint8]) -> Prediction:
        with torch.inference_mode():
            values = dict(zip(graph.output_names, graph(torch.from_numpy(faces)), strict=True))
        named = {name: value.numpy() for name, value in values.items()}
        named.setdefault("cam", np.zeros((len(faces), 2, 0, 0), np.float32))
        return Prediction(**named)

    return estimate


def sample_images(n: int = 6, seed: int = 0) -> NDArray[np.uint8]:
    """Images [N, 224, 224, 3] to compare on: noise, flat grey, black, white and smooth blobs."""
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


def read_images(folder: Path, geometry: Geometry = UPRIGHT) -> NDArray[np.uint8]:
    """The faces of the images of a folder [N, 224, 224, 3], at most 64; `InputError` if none."""
    if not folder.is_dir():
        raise InputError(f"There is no folder of images at {folder}.")
    faces = []
    with FaceFinder() as finder:
        for path in sorted(folder.iterdir())[:64]:
            image = read_image(path)
            if isinstance(image, str):
                continue
            face = find_in_still(finder, image)
            if face is not None:
                faces.append(face.crop(image, geometry=geometry))
    if not faces:
        raise InputError(f"{folder} holds no image in which a face is found.")
    return np.stack(faces)


def compare(
    reference: Predict,
    found: Predict,
    faces: NDArray[np.uint8],
    allowed: dict[str, Limit],
    *,
    provider: str = "cpu",
    kind: str = "made-up",
) -> list[Parity]:
    """The differences of every output over the faces, in batches of several sizes.

    A map shows what pushes an estimate away from zero: where an estimate is nearer to zero than is
    allowed to differ, its sign, and so its map, is not determined and is left out.
    """
    gaps: dict[str, list[NDArray[np.floating]]] = {"va": [], "cam": [], "z": []}
    batches = [faces[i : i + BATCH] for i in range(0, len(faces), BATCH)]
    for batch in (*batches, faces[:1], faces[-3:]):
        one, other = reference(batch), found(batch)
        gaps["va"].append(np.abs(one.va - other.va).ravel())
        gaps["z"].append(np.abs(one.z - other.z).ravel() / max(1.0, float(np.abs(one.z).max())))
        if one.cam.size:
            if one.cam.shape != other.cam.shape:
                raise InputError(
                    f"The maps are {list(other.cam.shape[1:])} in place of "
                    f"{list(one.cam.shape[1:])} values a face."
                )
            determined = np.abs(one.va) > min(allowed["va"].largest, UNDETERMINED)
            gaps["cam"].append(np.abs(one.cam - other.cam)[determined].ravel())
    results = []
    for name, parts in gaps.items():
        values = np.concatenate(parts) if parts else np.zeros(0, np.float32)
        if values.size:
            sizes = float(values.max()), float(values.mean())
            results.append(Parity(name, provider, kind, *sizes, allowed[name]))
    return results


def providers_here(path: Path) -> tuple[dict[str, Predictor], dict[str, str]]:
    """A file opened on every provider that this machine has, and why it is not on the others."""
    opened: dict[str, Predictor] = {}
    reasons: dict[str, str] = {}
    for name in reversed(PROVIDERS):
        if PROVIDERS[name] not in ort.get_available_providers():
            reasons[name] = "this ONNX Runtime is built without it"
            continue
        if name in ("cuda", "tensorrt") and not has_cuda_driver():
            # ONNX Runtime would load its libraries, some 240 MB, to find that out.
            reasons[name] = "there is no driver of an NVIDIA card"
            continue
        try:
            opened[name] = Predictor(path, provider=name)
        except InputError as error:
            reasons[name] = str(error)
    return opened, reasons


def print_parity(rows: Sequence[Parity], reference: str, console: Console | None = None) -> None:
    """A row an output, with a title that names what was compared with."""
    table = Table(title=f"difference from {reference}")
    for name in ("output", "provider", "faces"):
        table.add_column(name)
    for name in ("largest", "mean", "allowed"):
        table.add_column(name, justify="right")
    for row in rows:
        sizes = (f"{row.largest:.2e}", f"{row.mean:.2e}", str(row.allowed))
        table.add_row(row.output, row.provider, row.faces, *sizes)
    (console or Console()).print(table)

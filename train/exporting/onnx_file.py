"""A trained network to the ONNX file of the live app, put in place only after it was compared."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray

from ...model.activation_maps import MapKind
from ...model.errors import InputError
from ...model.export_graph import InferenceGraph
from ...model.face.face import CROP_SIZE, MARGIN
from ...model.predictor import Predictor
from ...model.system.whole_file import work_folder
from ...model.version import __version__
from ..checkpoint import load_network
from .calibration import Calibration, check_losses, figures, losses
from .half_storage import restore_float, store_half
from .narrowing import to_half
from .onnx_graph import opset_of, set_metadata, simplify, write_onnx
from .parity import (
    Parity,
    Predict,
    compare,
    graph_estimator,
    limits,
    providers_here,
    sample_images,
)
from .quantise import quantise

MapChoice = Literal["gradcam", "hirescam", "none"]
Precision = Literal["fp32", "fp16", "int8"]


@dataclass(frozen=True, slots=True)
class Order:
    """What file is wanted.

    Args:
        maps: which activation maps it computes; None is Grad-CAM from a checkpoint, and what there
            is from an exported file.
        precision: of the encoder; "int8" needs `calibration`.
        half_stored: store the weights of a float32 file in half precision (`half_storage`).
        simplified: rewrite the graph with ONNX Runtime first.
        trained_on: what to say of the training data; by default the names of the data sets.
        metrics: evaluation figures to store; in int8 by default those of the validation faces.
        faces: real faces uint8 [N, 224, 224, 3] to compare on besides made-up images.
        calibration: labelled faces for int8.
        everywhere: compare on every provider of this machine, not on the CPU alone.
    """

    maps: MapChoice | None = None
    precision: Precision = "fp32"
    simplified: bool = False
    half_stored: bool = False
    trained_on: str = ""
    metrics: dict[str, Any] | None = None
    faces: NDArray[np.uint8] | None = None
    calibration: Calibration | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: `parity` with the `reference`, the opset, `nodes` before and after
    simplifying, CCC before and after int8 (`losses`), and why a provider was left out."""

    reference: str
    parity: list[Parity]
    opset: int
    nodes: tuple[int, int] | None
    losses: list[tuple[str, float, float]]
    left_out: dict[str, str]


def export(source: Path, out: Path, order: Order | None = None) -> Written:
    """Write a network to an ONNX file and say how far it is from what it was made of.

    Args:
        source: a checkpoint of `avce-train fit`, a released pair, or a float32 file of this
            function (`.onnx`).
        out: the file to write; it is replaced only when the comparison holds.
        order: what is wanted; by default float32 with Grad-CAM maps.

    Raises `InputError` for a file that is none of these, when the comparison fails, and when int8
    costs too much CCC.
    """
    order = order or Order()
    # On the same disk, so that the file can be put in place whole.
    with work_folder(out) as folder:
        plain, narrow = folder / "plain.onnx", folder / "narrow.onnx"
        if source.suffix == ".onnx":
            name, reference, entries = _from_file(source, plain, order)
        else:
            name, reference, entries = _from_checkpoint(source, plain, order)
        nodes = simplify(plain) if order.simplified else None
        set_metadata(plain, entries)
        lost: list[tuple[str, float, float]] = []
        if order.precision == "fp16":
            to_half(plain, narrow)
        elif order.precision == "int8":
            order, lost = _quantise(plain, narrow, entries, order, out)
        else:
            if order.half_stored:
                file = onnx.load(str(plain))
                store_half(file)
                onnx.save(file, str(plain))
            plain.replace(narrow)
        entries |= _said(order)
        set_metadata(narrow, entries)
        parity, left_out = _compare(reference, narrow, order)
        wrong = [row for row in parity if not row.holds]
        if wrong:
            gaps = ", ".join(
                f"{r.output} by {r.largest:.2g} on {r.provider} (allowed: {r.allowed})"
                for r in wrong
            )
            raise InputError(f"{out} was not written: it differs from {name} in {gaps}.")
        opset = opset_of(onnx.load(str(narrow)))
        os.replace(narrow, out)
    return Written(name, parity, opset, nodes, lost, left_out)


def _said(order: Order) -> dict[str, str]:
    """The metadata that the order decides."""
    said = {"avce.precision": order.precision}
    if order.trained_on:
        said["avce.trained_on"] = order.trained_on
    if order.metrics is not None:
        said["avce.metrics"] = json.dumps(order.metrics)
    return said


def _from_checkpoint(
    source: Path, plain: Path, order: Order
) -> tuple[str, Predict, dict[str, str]]:
    net, config = load_network(source)
    kind: MapKind | None = None if order.maps == "none" else (order.maps or "gradcam")
    graph = InferenceGraph(net, kind)
    write_onnx(graph, plain)
    names = [part.partition(":")[0] for part in config.data.split("+")]
    entries = {
        "avce.format": "1",
        "avce.backbone": config.network.backbone,
        "avce.method": config.method,
        "avce.version": __version__,
        "avce.trained_on": " + ".join(names),
        "avce.metrics": "{}",
        "avce.anchors": json.dumps(config.rule.as_dict()),
        "avce.crop": json.dumps({"geometry": config.geometry, "margin": MARGIN, "size": CROP_SIZE}),
    }
    return "PyTorch", graph_estimator(graph), entries


def check_source(source: Path, order: Order) -> None:
    """Raise `InputError` where `export` would at once: before faces are prepared for minutes."""
    if source.suffix != ".onnx":
        load_network(source)
        return
    precision = Predictor(source, provider="cpu").card.precision
    if precision != "fp32":
        raise InputError(f"{source} is in {precision} already: export the float32 file.")
    if order.maps is not None:
        raise InputError(
            f"The maps of {source} are part of the file: choose --maps when exporting a checkpoint."
        )
    if order.precision == "fp32" and not (order.simplified or order.half_stored):
        raise InputError(
            f"{source} is an exported float32 file already: say --fp16, --int8, --half-stored or "
            "--simplify."
        )


def _from_file(source: Path, plain: Path, order: Order) -> tuple[str, Predict, dict[str, str]]:
    check_source(source, order)
    file = onnx.load(str(source), load_external_data=False)
    restore_float(file)
    onnx.save(file, str(plain))
    estimator = Predictor(source, provider="cpu").predict
    return source.name, estimator, {p.key: p.value for p in file.metadata_props}


def _quantise(
    plain: Path, narrow: Path, entries: dict[str, str], order: Order, out: Path
) -> tuple[Order, list[tuple[str, float, float]]]:
    """Write int8, measure what it costs, and put the measured figures into the order."""
    calibration = order.calibration
    if calibration is None:
        raise ValueError("int8 needs a calibration")
    quantise(plain, narrow, calibration.faces)
    set_metadata(narrow, entries)
    before, after = (figures(path, calibration.validation) for path in (plain, narrow))
    lost = losses(before, after)
    check_losses(lost, out)
    # The figures of the float32 file are not those of this one.
    return (order if order.metrics is not None else replace(order, metrics=after)), lost


def _compare(reference: Predict, narrow: Path, order: Order) -> tuple[list[Parity], dict[str, str]]:
    real = order.faces
    if real is None and order.calibration is not None:
        real = order.calibration.faces[:64]
    opened, left_out = {"cpu": Predictor(narrow, provider="cpu")}, {}
    if order.everywhere:
        opened, left_out = providers_here(narrow)
    rows: list[Parity] = []
    for provider, predictor in opened.items():
        allowed = limits("half-stored" if order.half_stored else order.precision, provider)
        for kind, faces in (("made-up", sample_images()), ("real", real)):
            if faces is not None:
                rows += compare(
                    reference, predictor.predict, faces, allowed, provider=provider, kind=kind
                )
    return rows, left_out

"""An exported network with a change written into it, and its card."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper

from ...model.metrics import AXES
from ...model.predictor import Predictor
from ...model.system.whole_file import work_folder
from ..exporting.half_storage import restore_float, store_half
from ..exporting.last_layer import find_last_layer, put_tensor
from ..exporting.onnx_graph import set_metadata
from .levels import Change

ADAPTED = "This model is adapted already: start from the one that it was made of."


def is_adapted(file: onnx.ModelProto) -> bool:
    """Whether a network was adapted before."""
    return any("va_plain" in node.output for node in file.graph.node)


def write_adapted(
    model: Path,
    out: Path,
    change: Change,
    factors: tuple[float, float] | None,
    facts: dict[str, Any],
) -> None:
    """The network with the change in its weights, its estimates corrected and its half-widths
    multiplied at the end of the graph; put in place whole."""
    file = onnx.load(str(model), load_external_data=False)
    _put_weights(file, change)
    _scale(file.graph, "va", change.correction.gain, change.correction.offset, -1.0)
    if factors is not None:
        _scale(file.graph, "halfwidth", factors, (0.0, 0.0), 0.0)
    entries = {entry.key: entry.value for entry in file.metadata_props}
    entries["avce.adaptation"] = json.dumps(facts)
    entries["avce.trained_on"] = (
        f"{entries.get('avce.trained_on', '')}, adapted to {facts['people']} people"
    )
    # Figures of the model that it was say nothing of the one that it is.
    entries["avce.metrics"] = "{}"
    if factors is not None:
        interval = json.loads(entries["avce.interval"])
        about = {"calibration": "rated faces of the people that it was adapted to"}
        entries["avce.interval"] = json.dumps(interval | about | {"n": facts["faces"]})
    with work_folder(out) as folder:
        made = folder / out.name
        onnx.save(file, str(made))
        set_metadata(made, entries)
        Predictor(made, provider="cpu")
        os.replace(made, out)


def _put_weights(file: onnx.ModelProto, change: Change) -> None:
    if change.layer is not None:
        node = find_last_layer(file)
        assert node is not None
        put_tensor(file, node.input[1], change.layer.weight)
        put_tensor(file, node.input[2], change.layer.bias)
    if change.block is not None:
        # Weights that are stored in half precision are so again afterwards.
        halved = any(tensor.data_type == TensorProto.FLOAT16 for tensor in file.graph.initializer)
        restore_float(file)
        for name, values in change.block[1].items():
            put_tensor(file, name, values)
        if halved:
            store_half(file)


def _scale(
    graph: onnx.GraphProto,
    output: str,
    gain: tuple[float, float],
    offset: tuple[float, float],
    low: float,
) -> None:
    """Let an output be clip(output * gain + offset, low, 1); whatever else reads it stays."""
    plain = f"{output}_plain"
    for node in graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == output:
                    names[i] = plain
    values = {"gain": gain, "offset": offset, "low": (low,), "high": (1.0,)}
    for name, numbers in values.items():
        shape = [1, 2] if len(numbers) == 2 else []
        graph.initializer.append(
            helper.make_tensor(f"{output}_{name}", TensorProto.FLOAT, shape, numbers)
        )
    steps = (
        ("Mul", [plain, f"{output}_gain"], f"{output}_scaled"),
        ("Add", [f"{output}_scaled", f"{output}_offset"], f"{output}_moved"),
        ("Clip", [f"{output}_moved", f"{output}_low", f"{output}_high"], output),
    )
    for kind, inputs, result in steps:
        graph.node.append(helper.make_node(kind, inputs, [result], name=f"{output}_{kind.lower()}"))


def card_text(name: str, facts: dict[str, Any], words: str) -> str:
    """The card of an adapted model, in Markdown."""
    rows = "\n".join(
        f"| {axis} | {facts['ccc_before'][axis]:+.3f} | {facts['ccc_after'][axis]:+.3f} | "
        f"{facts['gain'][axis]:.3f} | {facts['offset'][axis]:+.3f} |"
        for axis in AXES
    )
    tried = "\n".join(f"| {level} | {score:+.3f} |" for level, score in facts["tried"].items())
    raters = f"{len(facts['raters'])} ({', '.join(facts['raters'])})" if facts["raters"] else "?"
    factors = facts.get("interval")
    widths = (
        f"Half-widths were calibrated anew, by the errors on those held out, so that "
        f"{factors['level']:.0%} of these {factors['n']} labels lie within them: "
        + " and ".join(f"{f:.2f}" for f in factors["factors"])
        + " times as wide as before in valence and arousal."
        if factors
        else "It gives no half-widths."
    )
    return f"""# {name}

`{facts["source"]}` (SHA-256 `{facts["source_sha256"]}`), adapted by its {facts["level"]}.

| learned from | |
|---|---|
| people | {facts["people"]} |
| {facts["recordings_are"]} | {facts["recordings"]} |
| minutes rated | {f"{facts['minutes']:.1f}" if facts["minutes"] else "none: stills"} |
| raters | {raters} |
| faces | {facts["faces"]} |

Measured on {facts["held_out"]} that the adaptation had not seen: {words}.

| axis | CCC before | CCC after | gain of the estimate | offset |
|---|---|---|---|---|
{rows}

How much of the model to change was chosen by mean CCC on those held out in turn:

| changed | mean CCC |
|---|---|
{tried}

{widths}

It fits people, raters and recordings like these, and says nothing of others. Activation maps are
those of the estimate before offset and gain. It estimates what raters say of an expression, not
what a person feels.
"""

"""avce-export: write a trained network to the ONNX file that the live app reads."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jsonargparse import Namespace

from ..model.errors import InputError, run_command
from ..model.version import __version__
from .crops.preparation import add_preparation, chosen_preparation
from .training_parser import TrainingParser

if TYPE_CHECKING:
    from .exporting.onnx_file import Precision, Written


def build_parser() -> TrainingParser:
    """The command line."""
    parser = TrainingParser(prog="avce-export", description=__doc__, version=__version__)
    parser.add_argument(
        "network",
        type=Path,
        help="a checkpoint, the folder of a run, a float32 .onnx file of this command, or a "
        "network that the authors released: ENCODER.t7,REGRESSOR.t7, or the folder of the two",
    )
    parser.add_argument(
        "--out", type=Path | None, default=None, help="file to write; by default beside the model"
    )
    parser.add_argument(
        "--maps",
        type=Literal["gradcam", "hirescam", "none"] | None,
        default=None,
        help="which activation maps the file computes, by default gradcam",
    )
    parser.add_argument(
        "--fp16", action="store_true", help="half precision; faces and outputs stay as they are"
    )
    parser.add_argument(
        "--int8",
        type=str | None,
        default=None,
        metavar="DATA",
        help="8 bits: ranges are measured on training faces of NAME:PATH, joined by +, and the "
        "loss of CCC on its validation faces, which may be 0.01",
    )
    parser.add_argument(
        "--half_stored",
        action="store_true",
        help="half the size: float32 arithmetic, weights stored in half precision",
    )
    parser.add_argument(
        "--simplify", action="store_true", help="let ONNX Runtime fold and join nodes first"
    )
    parser.add_argument(
        "--exposure",
        action="store_true",
        help="bring dark faces to a usual brightness inside the file; alone, on an exported file",
    )
    parser.add_argument(
        "--trained_on", type=str, default="", help="what the file says about its data"
    )
    parser.add_argument(
        "--metrics", type=Path | None, default=None, help="JSON of avce-train evaluate to store"
    )
    parser.add_argument(
        "--verify",
        nargs="?",
        type=str | None,
        const="",
        default=None,
        metavar="FOLDER",
        help="compare on every provider of this machine and print each difference; on the faces "
        "of the images of a folder too, where one is named",
    )
    add_preparation(parser)
    parser.add_argument("--debug", action="store_true", help="show an error's traceback")
    return parser


def _read_metrics(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as the JSON of evaluate ({error}).") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} is not the JSON of evaluate: it is not a JSON object.")
    # Tables by condition and by copy belong on a card, not in every file.
    return {key: value for key, value in values.items() if not isinstance(value, list)}


def _precision(options: Namespace) -> Precision:
    if options.fp16 and options.int8 is not None:
        raise InputError("A file is in --fp16 or in --int8: choose one.")
    if options.half_stored and (options.fp16 or options.int8 is not None):
        raise InputError("--half-stored is for float32 files: leave out --fp16 and --int8.")
    return "fp16" if options.fp16 else "fp32" if options.int8 is None else "int8"


def _destination(options: Namespace, network: Path, precision: str) -> Path:
    """Where to write: what was asked for, or beside the network under a name that says how."""
    from .authors_checkpoint import released_pair

    pair = released_pair(network)
    first = pair[0] if pair else network
    ending = "" if precision == "fp32" else f"-{precision}"
    if first.suffix == ".onnx" and not ending:
        ending = "-half" if options.half_stored else "-simple"
    out: Path = options.out or first.with_name(f"{first.stem}{ending}.onnx")
    if out.resolve() == first.resolve():
        raise InputError(f"{out} is the model itself: name another file with --out.")
    return out


def _run(options: Namespace) -> None:
    from .authors_checkpoint import released_pair
    from .evaluate import model_facts
    from .exporting.calibration import read_calibration
    from .exporting.onnx_file import Order, check_source, export
    from .exporting.parity import read_images
    from .run_folder import best_checkpoint

    network: Path = options.network
    if options.exposure:
        _even_exposure(options)
        return
    precision = _precision(options)
    if network.is_dir() and released_pair(network) is None:
        network = best_checkpoint(network)
    out = _destination(options, network, precision)
    geometry, rule = model_facts(network)
    order = Order(
        maps=options.maps,
        precision=precision,
        simplified=options.simplify,
        half_stored=options.half_stored,
        trained_on=options.trained_on,
        metrics=_read_metrics(options.metrics),
        faces=read_images(Path(options.verify), geometry) if options.verify else None,
        everywhere=options.verify is not None,
    )
    if options.int8 is not None:
        check_source(network, order)
        calibration = read_calibration(options.int8, chosen_preparation(options), rule, geometry)
        order = replace(order, calibration=calibration)
    _print(export(network, out, order), detailed=options.verify is not None)
    size = out.stat().st_size / 1e6
    print(f"wrote {out} ({precision}, {size:.1f} MB)")


def _even_exposure(options: Namespace) -> None:
    from .exporting.exposure import even_exposure

    network: Path = options.network
    others = ("maps", "fp16", "int8", "half_stored", "simplify", "metrics", "verify")
    if network.suffix != ".onnx" or any(options[name] for name in others):
        raise InputError(
            "--exposure stands alone, and changes an exported file: export the model first."
        )
    out: Path = options.out or network.with_name(f"{network.stem}-exposure.onnx")
    if out.resolve() == network.resolve():
        raise InputError(f"{out} is the model itself: name another file with --out.")
    even_exposure(network, out)
    print(f"wrote {out} ({out.stat().st_size / 1e6:.1f} MB)")


def _print(written: Written, *, detailed: bool) -> None:
    from .exporting.parity import print_parity

    if written.nodes:
        before, after = written.nodes
        print(f"simplified: {before} nodes before, {after} after")
    for name, before, after in written.losses:
        print(f"CCC of the validation faces, {name}: {before:.4f} in fp32, {after:.4f} in int8")
    if detailed:
        print_parity(written.parity, written.reference)
        for provider, reason in written.left_out.items():
            print(f"not compared on {provider}: {reason}")
    else:
        for row in written.parity:
            print(
                f"{row.output}: differs from {written.reference} by {row.mean:.2e} in the mean, "
                f"{row.largest:.2e} at most ({row.faces} faces)"
            )
    print(f"opset {written.opset}")


def main(arguments: list[str] | None = None) -> int:
    """Run avce-export; returns the exit status."""
    options = build_parser().parse_args(arguments)
    return run_command(lambda: _run(options), name="avce-export", debug=options.debug)


if __name__ == "__main__":
    sys.exit(main())

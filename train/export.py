"""avce-export: write a trained network to the ONNX file that the live app reads."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Literal

from jsonargparse import Namespace

from ..model.command_line import CommandParser
from ..model.errors import InputError, run_command
from ..model.version import __version__


def build_parser() -> CommandParser:
    """The command line."""
    parser = CommandParser(prog="avce-export", description=__doc__, version=__version__)
    parser.add_argument(
        "checkpoint",
        type=Path,
        help="a checkpoint, the folder of a run, or a network that the authors released: "
        "ENCODER.t7,REGRESSOR.t7, or the folder of the two",
    )
    parser.add_argument(
        "--out", type=Path | None, default=None, help="file to write; beside the checkpoint if none"
    )
    parser.add_argument(
        "--maps",
        type=Literal["gradcam", "hirescam", "none"],
        default="gradcam",
        help="which activation maps the file computes",
    )
    parser.add_argument("--trained_on", type=str, default="", help="what the file says of its data")
    parser.add_argument(
        "--metrics", type=Path | None, default=None, help="JSON of avce-train evaluate to store"
    )
    parser.add_argument(
        "--verify",
        type=Path | None,
        default=None,
        help="folder of real face pictures to compare on besides made-up ones",
    )
    parser.add_argument("--debug", action="store_true", help="show an error's traceback")
    return parser


def _read_metrics(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as the JSON of evaluate ({error}).") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} is not the JSON of evaluate: it is no object.")
    return values


def _run(options: Namespace) -> None:
    from .onnx_file import export, read_pictures
    from .released import released_pair
    from .run_folder import best_checkpoint

    checkpoint: Path = options.checkpoint
    released = released_pair(checkpoint)
    if released is None and checkpoint.is_dir():
        checkpoint = best_checkpoint(checkpoint)
    out = options.out or (released[0] if released else checkpoint).with_suffix(".onnx")
    parity = export(
        checkpoint,
        out,
        maps=options.maps,
        trained_on=options.trained_on,
        metrics=_read_metrics(options.metrics),
        faces=read_pictures(options.verify) if options.verify else None,
    )
    for item in parity:
        print(f"{item.output}: largest difference from PyTorch {item.largest:.2e}")
    print(f"wrote {out} ({out.stat().st_size / 1e6:.1f} MB)")


def main(arguments: list[str] | None = None) -> int:
    """Run avce-export; returns the exit status."""
    options = build_parser().parse_args(arguments)
    return run_command(lambda: _run(options), name="avce-export", debug=options.debug)


if __name__ == "__main__":
    sys.exit(main())

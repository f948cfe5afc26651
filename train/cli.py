"""avce-train: prepare data, train, evaluate, report."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from jsonargparse import Namespace

from ..model.command_line import CommandParser
from ..model.errors import EXIT_DONE, EXIT_FAILURE, InputError, run_command
from ..model.networks import NetworkConfig
from ..model.version import __version__
from .augment import AugmentConfig
from .config import RunConfig
from .methods.base import MethodConfig
from .optimisation import OptimConfig
from .option_files import ConfigAction
from .preparation_options import add_preparation

_NESTED = ("network", "settings")


def _prepare_parser() -> CommandParser:
    parser = CommandParser(description="Find and crop the faces of a data set once.")
    parser.add_argument("--data", type=str, required=True, help="NAME:PATH, joined by +")
    parser.add_argument("--split", type=str | None, default=None, help="one split alone")
    parser.add_argument("--size", type=int, default=224, help="side of the crops in pixels")
    parser.add_argument("--colour", type=bool, default=False, help="keep colour")
    add_preparation(parser)
    return parser


class _RowParser(CommandParser):
    """Parses options that come from a file: wrong ones are that file's fault."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        raise InputError(" ".join(message.split()))


def _fit_parser(kind: type[CommandParser] = CommandParser) -> CommandParser:
    parser = kind(description="Train, or go on with a run that was stopped.")
    parser.add_argument(
        *("--config", "--preset"), action=ConfigAction, help="a YAML file of these, small or paper"
    )
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--imagenet", type=bool, default=False, help="start from ImageNet weights")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads, 0 for all")
    parser.add_class_arguments(RunConfig, skip=set(_NESTED))
    parser.add_class_arguments(NetworkConfig)
    parser.add_class_arguments(MethodConfig)
    add_preparation(parser)
    return parser


def _compare_parser() -> CommandParser:
    parser = CommandParser(description="Train a table of methods x seeds, or go on with it.")
    parser.add_argument("grid", type=Path, help="a YAML file of rows and seeds, or paper-small")
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--data", type=str | None, default=None, help="NAME:PATH, over the file's")
    parser.add_argument("--markdown", type=Path | None, default=None, help="OUT/table.md if none")
    parser.add_argument("--csv", type=Path | None, default=None, help="OUT/table.csv if none")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads, 0 for all")
    add_preparation(parser)
    return parser


def _evaluate_parser() -> CommandParser:
    parser = CommandParser(description="Figures of a checkpoint or an ONNX file on a split.")
    parser.add_argument(
        "model", type=Path, help="a checkpoint, a network in ONNX, or ENCODER.t7,REGRESSOR.t7"
    )
    parser.add_argument("--data", type=str, required=True, help="NAME:PATH, joined by +")
    parser.add_argument("--split", type=str, default="val", help="train, val or test")
    parser.add_argument("--json", type=Path | None, default=None, help="write the figures there")
    parser.add_argument(
        "--predictions", type=Path | None, default=None, help="write one row a picture there"
    )
    parser.add_argument("--provider", type=str, default="auto", help="where an ONNX file runs")
    add_preparation(parser)
    return parser


def _card_parser() -> CommandParser:
    parser = CommandParser(description="Measure a network and write its model card.")
    parser.add_argument("model", type=Path, help="a network in ONNX")
    parser.add_argument(
        "--data", type=list[str], required=True, help="NAME:PATH@SPLIT, one or several"
    )
    parser.add_argument("--command", type=str, required=True, help="the command that trained it")
    parser.add_argument("--out", type=Path | None, default=None, help="beside the network if none")
    parser.add_argument(
        "--ablation", type=Path | None, default=None, help="CSV of avce-train compare to quote"
    )
    add_preparation(parser)
    return parser


def _report_parser() -> CommandParser:
    parser = CommandParser(description="Write a page of tables and figures about a run.")
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument(
        "--data", type=str, default="", help="NAME:PATH, the run's own validation data if none"
    )
    parser.add_argument("--split", type=str, default="val", help="train, val or test")
    parser.add_argument(
        "--out", type=Path | None, default=None, help="folder to write to; RUN/report if none"
    )
    parser.add_argument(
        "--against",
        type=str,
        action="append",
        default=[],
        metavar="RUN",
        help="a run to set beside this one, again for another",
    )
    parser.add_argument("--faces", type=int, default=8, help="faces in the grids of maps")
    parser.add_argument("--videos", type=int, default=3, help="videos to follow frame by frame")
    parser.add_argument(
        "--show_faces", type=bool, default=True, help="false draws maps without the pictures"
    )
    add_preparation(parser)
    return parser


def build_parser() -> CommandParser:
    """The whole command line."""
    parser = CommandParser(prog="avce-train", description=__doc__, version=__version__)
    parser.add_argument("--debug", action="store_true", help="show an error's traceback")
    commands = parser.add_subcommands()
    commands.add_subcommand("prepare", _prepare_parser(), help="find and crop faces")
    commands.add_subcommand("fit", _fit_parser(), help="train or go on training")
    commands.add_subcommand("compare", _compare_parser(), help="train and compare methods")
    commands.add_subcommand("evaluate", _evaluate_parser(), help="measure a model")
    commands.add_subcommand("report", _report_parser(), help="write a page about a run")
    commands.add_subcommand("card", _card_parser(), help="write a network's model card")
    return parser


def run_config(options: Namespace) -> RunConfig:
    """The run that the options of `fit` describe."""

    def part(kind: type[Any]) -> dict[str, Any]:
        return {f.name: options[f.name] for f in fields(kind) if f.name not in _NESTED}

    values = part(RunConfig)
    values["optim"] = OptimConfig(**options.optim.as_dict())
    values["augment"] = AugmentConfig(**options.augment.as_dict())
    return RunConfig(
        **values,
        network=NetworkConfig(**part(NetworkConfig)),
        settings=MethodConfig(**part(MethodConfig)),
    )


def _run_prepare(options: Namespace) -> None:
    from .datasets import parse_data
    from .prepare import prepare

    for source in parse_data(options.data):
        prepared = prepare(
            source.read(options.split, options.max_faulty),
            cache=options.crops,
            size=options.size,
            grey=not options.colour,
            workers=options.workers,
            max_faulty=options.max_faulty,
        )
        print(
            f"{source.name}: {len(prepared)} crops, a face found in {prepared.found.mean():.1%}; "
            f"what was left out and why is in {prepared.folder / 'report.json'}"
        )


def _run_fit(options: Namespace) -> None:
    import torch
    from pytorch_lightning.utilities import rank_zero_only

    from .fit import best_checkpoint, fit

    if options.threads:
        torch.set_num_threads(options.threads)
    fit(
        run_config(options),
        options.run,
        cache=options.crops,
        workers=options.workers,
        imagenet=options.imagenet,
        max_faulty=options.max_faulty,
    )

    @rank_zero_only
    def say() -> None:
        print(f"best checkpoint: {best_checkpoint(options.run)}")

    say()


def _run_compare(options: Namespace) -> int:
    import torch

    from .compare import compare
    from .grid import Training

    if options.threads:
        torch.set_num_threads(options.threads)
    parser = _fit_parser(_RowParser)

    def parse(values: dict[str, Any]) -> Training:
        found = parser.parse_object({"run": options.out, **values})
        return Training(run_config(found), found.imagenet)

    outcome = compare(
        options.grid,
        options.out,
        parse,
        data=options.data,
        cache=options.crops,
        workers=options.workers,
        max_faulty=options.max_faulty,
        page=options.markdown,
        table=options.csv,
        command=options.written,
    )
    return EXIT_FAILURE if outcome.failures else EXIT_DONE


def _run_evaluate(options: Namespace) -> None:
    from .evaluate import evaluate, write_json
    from .tables import print_metrics

    result = evaluate(
        options.model,
        options.data,
        options.split,
        cache=options.crops,
        workers=options.workers,
        max_faulty=options.max_faulty,
        provider=options.provider,
        predictions=options.predictions,
    )
    print_metrics(result)
    if options.json is not None:
        write_json(result, options.json)


def _run_report(options: Namespace) -> None:
    from .report import ReportSettings, write_report

    values = {f.name: options[f.name] for f in fields(ReportSettings) if f.name != "against"}
    settings = ReportSettings(**values, against=tuple(map(Path, options.against)))
    page = write_report(settings)
    if settings.show_faces:
        print("The report shows faces of the data set: share it only as the data's terms allow.")
    print(f"wrote {page} and the figures beside it")


def _run_card(options: Namespace) -> None:
    from .ablation import read_ablation
    from .card import measure, write_card

    # Before the long measuring: a wrong file is told now.
    ablation = read_ablation(options.ablation) if options.ablation else None
    measured = []
    for text in options.data:
        data, _, split = text.partition("@")
        measured.append(
            measure(
                options.model,
                data,
                split or "val",
                cache=options.crops,
                workers=options.workers,
                max_faulty=options.max_faulty,
            )
        )
    out = options.out or options.model.with_suffix(".md")
    write_card(options.model, measured, options.command, out, ablation)
    print(f"wrote {out}")


_COMMANDS: dict[str, Callable[[Namespace], int | None]] = {
    "prepare": _run_prepare,
    "fit": _run_fit,
    "compare": _run_compare,
    "evaluate": _run_evaluate,
    "report": _run_report,
    "card": _run_card,
}


def main(arguments: list[str] | None = None) -> int:
    """Run avce-train; returns the exit status."""
    options = build_parser().parse_args(arguments)
    command = options.subcommand
    options[command].written = shlex.join(["avce-train", *(arguments or sys.argv[1:])])
    return run_command(
        lambda: _COMMANDS[command](options[command]), name="avce-train", debug=options.debug
    )


if __name__ == "__main__":
    sys.exit(main())

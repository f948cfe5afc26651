"""What each command of avce-train takes, and the run that the options of `fit` describe."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, NoReturn

from jsonargparse import Namespace

from ..model.anchors import RuleName
from ..model.errors import InputError
from ..model.network_config import BackboneName, NetworkConfig
from ..model.version import __version__
from .augment_config import AugmentConfig
from .config import Networks, Part, RunConfig
from .crops.preparation import add_preparation
from .heads.head_settings import CoveredSettings, HeadSettings, RefitSettings
from .method_config import MethodConfig, TransformName
from .optim_config import OptimConfig
from .option_files import ConfigAction, shipped
from .training_parser import TrainingParser

DESCRIPTION = "avce-train: prepare data, train, evaluate, report."
_NESTED = ("network", "settings")


def _prepare_parser() -> TrainingParser:
    parser = TrainingParser(description="Find and crop the faces of a data set once.")
    parser.add_argument("--data", type=str, required=True, help="NAME:PATH, joined by +")
    parser.add_argument("--split", type=str | None, default=None, help="one split alone")
    parser.add_argument(
        "--subset", type=int, default=0, help="faces to learn from, those that fit chooses; 0: all"
    )
    parser.add_argument(
        "--even_subset",
        type=bool,
        default=False,
        help="choose as many of each emotion, as fit does",
    )
    parser.add_argument("--stride", type=int, default=1, help="of videos, every Nth frame")
    parser.add_argument("--size", type=int, default=224, help="side of the crops in pixels")
    parser.add_argument("--colour", type=bool, default=False, help="keep colour")
    add_preparation(parser)
    return parser


class RowParser(TrainingParser):
    """Parses options that come from a file: wrong ones are that file's fault."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        raise InputError(" ".join(message.split()))


def fit_parser(kind: type[TrainingParser] = TrainingParser) -> TrainingParser:
    """The options of `fit`, which are those of a table's rows too."""
    parser = kind(description="Train, or resume a run that was stopped.")
    presets = f"a YAML file of these, or {', '.join(shipped('presets'))}"
    parser.add_argument(*("--config", "--preset"), action=ConfigAction, help=presets)
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--imagenet", type=bool, default=False, help="start from ImageNet weights")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads, 0 for all")
    parser.add_class_arguments(RunConfig, skip=set(_NESTED))
    parser.add_class_arguments(NetworkConfig)
    parser.add_class_arguments(MethodConfig)
    add_preparation(parser)
    return parser


def _compare_parser() -> TrainingParser:
    parser = TrainingParser(description="Train a table of methods x seeds, or resume it.")
    grids = ", ".join(shipped("grids"))
    parser.add_argument("grid", type=Path, help=f"a YAML file of rows and seeds, or of {grids}")
    parser.add_argument(
        "--dry-run", action="store_true", help="check each row with two small batches"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the runs")
    parser.add_argument("--data", type=str | None, default=None, help="NAME:PATH, over the file's")
    parser.add_argument(
        "--markdown", type=Path | None, default=None, help="by default OUT/table.md"
    )
    parser.add_argument("--csv", type=Path | None, default=None, help="by default OUT/table.csv")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads, 0 for all")
    add_preparation(parser)
    return parser


def _evaluate_parser() -> TrainingParser:
    parser = TrainingParser(description="Metrics of a checkpoint or an ONNX file on a split.")
    parser.add_argument(
        "model", type=Path, help="a checkpoint, a model in ONNX, or ENCODER.t7,REGRESSOR.t7"
    )
    parser.add_argument("--data", type=str, required=True, help="NAME:PATH, joined by +")
    parser.add_argument("--split", type=str, default="val", help="train, val or test")
    parser.add_argument(
        "--part", type=Part, default="all", help="of the split: all, or its half tune or report"
    )
    parser.add_argument("--json", type=Path | None, default=None, help="write the metrics there")
    parser.add_argument(
        "--predictions", type=Path | None, default=None, help="write one row an image there"
    )
    parser.add_argument(
        "--anchors",
        type=RuleName | None,
        default=None,
        help="label faces that nobody rated by this rule in place of the model's own",
    )
    parser.add_argument(
        "--copies",
        type=int,
        default=0,
        help="measure darkened, blurred, covered ... copies of so many faces too",
    )
    parser.add_argument("--provider", type=str, default="auto", help="where an ONNX file runs")
    add_preparation(parser)
    return parser


def _changed_parser(suffix: str, description: str, model: str, settings: type) -> TrainingParser:
    """The options of a command that writes a model with a part learned anew beside it."""
    parser = TrainingParser(description=description)
    parser.add_argument("model", type=Path, help=model)
    parser.add_class_arguments(settings)
    parser.add_argument(
        "--out",
        type=Path | None,
        default=None,
        help=f"file to write; by default MODEL-{suffix}.onnx",
    )
    add_preparation(parser)
    return parser


def _refit_parser() -> TrainingParser:
    return _changed_parser(
        "refit",
        "Solve a model's last layer again, for another rule of anchors and upright crops, on "
        "faces that it never saw; earlier layers stay as they are.",
        "a float32 model in ONNX, without heads",
        RefitSettings,
    )


def _heads_parser() -> TrainingParser:
    return _changed_parser(
        "heads",
        "Give a model vote shares and calibrated intervals, learned on faces that it never saw; "
        "the model itself stays as it is.",
        "a model in ONNX, a run's folder or a checkpoint",
        HeadSettings,
    )


def _covered_parser() -> TrainingParser:
    return _changed_parser(
        "covered",
        "Let a model tell which share of the eyes and of the mouth is hidden, and widen its "
        "intervals by that; the model itself stays as it is.",
        "a model in ONNX",
        CoveredSettings,
    )


def _card_parser() -> TrainingParser:
    parser = TrainingParser(description="Measure a model and write its model card.")
    parser.add_argument("model", type=Path, help="a model in ONNX")
    parser.add_argument(
        "--data", type=list[str], required=True, help="NAME:PATH@SPLIT, one or several"
    )
    parser.add_argument("--command", type=str, required=True, help="the command that trained it")
    parser.add_argument("--out", type=Path | None, default=None, help="by default beside the model")
    parser.add_argument(
        "--ablation", type=Path | None, default=None, help="CSV of avce-train compare to quote"
    )
    add_preparation(parser)
    return parser


def _report_parser() -> TrainingParser:
    parser = TrainingParser(description="Write a page of tables and figures about a run.")
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument(
        "--data", type=str, default="", help="NAME:PATH, by default the run's own validation data"
    )
    parser.add_argument("--split", type=str, default="val", help="train, val or test")
    parser.add_argument(
        "--out", type=Path | None, default=None, help="folder to write to; by default RUN/report"
    )
    parser.add_argument(
        "--against",
        type=str,
        action="append",
        default=[],
        metavar="RUN",
        help="a run to compare with this one; may be repeated",
    )
    parser.add_argument("--faces", type=int, default=8, help="faces in the grids of maps")
    parser.add_argument("--videos", type=int, default=3, help="videos to follow frame by frame")
    parser.add_argument(
        "--show_faces", type=bool, default=True, help="false draws maps without the images"
    )
    add_preparation(parser)
    return parser


def _adapt_parser() -> TrainingParser:
    parser = TrainingParser(description="Fit an exported model to one's own rated people.")
    parser.add_argument(
        "model",
        type=Path,
        help="an exported model (ONNX), or the name of one that is included; in float32 all of it "
        "can change, in 8 bits an offset and a gain alone",
    )
    parser.add_argument("--data", type=str, required=True, help="session:FOLDER")
    parser.add_argument("--out", type=Path, required=True, help="the new file (ONNX)")
    add_preparation(parser)
    return parser


def _bench_parser() -> TrainingParser:
    parser = TrainingParser(
        description="Time an iteration and an estimate by method, on random faces."
    )
    parser.add_argument("--backbone", type=BackboneName, default="alexnet", help="of the networks")
    parser.add_argument("--batch_size", type=int, default=32, help="faces an iteration")
    parser.add_argument("--input_size", type=int, default=224, help="side of the faces in pixels")
    parser.add_argument("--rounds", type=int, default=12, help="iterations of each method")
    parser.add_argument("--device", type=str, default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads, 0 for all")
    parser.add_argument(
        "--transform",
        type=TransformName,
        default="closed-form",
        help="how AVCE solves its two views: closed-form, kkt or cvxpylayers",
    )
    parser.add_argument(
        "--networks",
        type=Networks,
        default="shared",
        help="shared: AVCE's for every method; own: each the paper's",
    )
    return parser


def build_parser() -> TrainingParser:
    """The whole command line."""
    parser = TrainingParser(prog="avce-train", description=DESCRIPTION, version=__version__)
    parser.add_argument("--debug", action="store_true", help="show an error's traceback")
    commands = parser.add_subcommands()
    commands.add_subcommand("prepare", _prepare_parser(), help="find and crop faces")
    fit = fit_parser()
    fit.add_argument(
        "--adapt",
        action="store_true",
        help="fit the exported model that --start names to one's own people, into --run; as adapt",
    )
    commands.add_subcommand("fit", fit, help="train, or resume training")
    commands.add_subcommand("compare", _compare_parser(), help="train and compare methods")
    commands.add_subcommand("evaluate", _evaluate_parser(), help="measure a model")
    commands.add_subcommand("refit", _refit_parser(), help="another rule of anchors, quickly")
    commands.add_subcommand("heads", _heads_parser(), help="add vote shares and intervals")
    commands.add_subcommand("covered", _covered_parser(), help="add which parts are hidden")
    commands.add_subcommand("report", _report_parser(), help="write a page about a run")
    commands.add_subcommand("card", _card_parser(), help="write a model card")
    commands.add_subcommand("adapt", _adapt_parser(), help="fit a model to one's own people")
    commands.add_subcommand("bench", _bench_parser(), help="time the methods")
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

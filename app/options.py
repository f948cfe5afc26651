"""What avce-live takes: its commands and their options."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Literal, get_type_hints

from ..model.providers import PROVIDERS
from ..model.system.command_line import CommandParser, add_subcommand
from ..model.version import __version__
from .settings import RecordingOptions

NAME = "avce-live"
_MIN_QUALITY = "0 to 1: leave smoothed and relative values blank for readings of lower quality"


def _run_parser() -> CommandParser:
    parser = CommandParser(description="Open the window, or run without one.")
    add = parser.add_argument
    add("--source", default="auto", help="auto, demo, 0 (a camera), a file, a folder or a URL")
    _add_analysis(parser)
    types = get_type_hints(RecordingOptions)
    for each in fields(RecordingOptions):
        name, words = each.metadata["option"], each.metadata["help"]
        if types[each.name] is bool:
            add(name, action="store_true", help=words)
        else:
            add(name, type=types[each.name], default=each.default, help=words)
    add("--lsl", action="store_true", help="send the readings as a Lab Streaming Layer stream")
    add("--lsl-markers", action="store_true", help="store markers that other programs send by LSL")
    add("--headless", action="store_true", help="run without a window")
    add("--loop", action="store_true", help="loop a file")
    add("--duration", type=float, help="stop after this many seconds")
    words = "record neutral baselines over 3 s, this many seconds after the first frame"
    add("--baseline", type=float, help=words)
    words = "give up once a camera or stream has been lost for this many seconds"
    add("--give-up-after", type=float, help=f"{words} (waits by default)")
    return parser


def _add_analysis(parser: CommandParser) -> None:
    """How frames are analysed, in a run and in a batch."""
    add = parser.add_argument
    add("--model", type=Path, help="an exported model (ONNX), or the name of one that is included")
    providers = Literal[("auto", *PROVIDERS)]
    add("--provider", type=providers, default="auto", help="execution provider of ONNX Runtime")
    add("--max-faces", type=int, help="number of faces to track, 1 by default")
    add("--min-quality", type=float, default=0.0, help=_MIN_QUALITY)
    words = "also write the emotions' shares of a crowd's votes, where the model estimates them"
    add("--emotions", action="store_true", help=words)
    words = "also write MediaPipe's 52 blendshape scores; takes longer"
    add("--blendshapes", action="store_true", help=words)


def _batch_parser() -> CommandParser:
    parser = CommandParser(description="Analyse many files, each into a session of its own.")
    add = parser.add_argument
    inputs = "videos, images, folders, patterns, or manifests (a table with a column path)"
    add("inputs", type=Path, nargs="+", help=inputs)
    add("--out", type=Path, required=True, help="folder for the sessions")
    add("--workers", type=int, help="number of processes, one for each processor by default")
    ray = "use the workers of a Ray cluster: its address, or local for this machine"
    add("--ray", default="", help=ray)
    segment = "split long videos into segments of this many minutes, analysed side by side"
    add("--segment", type=float, default=0.0, help=segment)
    add("--table", action="store_true", help="write one Parquet data set instead of sessions")
    _add_analysis(parser)
    return parser


def _review_parser() -> CommandParser:
    parser = CommandParser(description="Review a recorded session.")
    add = parser.add_argument
    add("session", type=Path, help="a session folder")
    add("--replay", action="store_true", help="re-analyse the video and compare, without a window")
    add("--model", type=Path, help="the session's model, unless it is included")
    return parser


def _export_parser() -> CommandParser:
    parser = CommandParser(description="Export sessions to another format.")
    add = parser.add_argument
    add("sessions", type=Path, nargs="+", help="session folders")
    add("--format", type=Literal["parquet", "csv", "bids"], required=True)
    words = "file, or folder (several sessions, BIDS); by default each session's own folder"
    add("--out", type=Path, help=words)
    add("--overwrite", action="store_true", help="replace existing files")
    add("--participant", default="", help="BIDS: the participant, if not the session's own")
    add("--session", default="", help="BIDS: the visit, if not the session's own")
    add("--task", default="", help="BIDS: the task, if not the session's own")
    words = "BIDS: number of this recording among those of one participant, visit and task"
    add("--run", default="", help=words)
    add("--rate", type=float, help="BIDS: samples per second")
    add("--min-quality", type=float, default=0.0, help=_MIN_QUALITY)
    return parser


def _study_parser() -> CommandParser:
    parser = CommandParser(description="Analyse a folder of sessions as a study.")
    add = parser.add_argument
    add("folder", type=Path, help="a folder with sessions, and participants.tsv if you have one")
    add("--out", type=Path, help="a new folder for the results; without it a window opens")
    add("--plan", type=Path, help="the study's plan; by default FOLDER/study.yaml, if it exists")
    add("--events", type=Path, help="a table of events for all sessions")
    add("--window", type=float, nargs=2, help="seconds around each event, as 0 5")
    add("--baseline", type=float, nargs=2, help="subtract the mean of these seconds, as -1 0")
    add("--condition", help="session, event, or the name of a column")
    add("--use", help="raw, smooth or relative estimates")
    add("--faces", help="main, joined or all")
    add("--min-quality", type=float, help="leave out readings below this quality")
    words = "leave out segments with a smaller share of readings"
    add("--min-coverage", type=float, help=words)
    add("--rate", type=float, help="samples per second of the epochs")
    add("--mixed", action="store_true", help="also fit mixed models to the segments")
    add("--tables-only", action="store_true", help="write neither report nor figures")
    return parser


def _ratings_parser() -> CommandParser:
    parser = CommandParser(description="Compare people's ratings of a session.")
    add = parser.add_argument
    add("session", type=Path, help="a session folder")
    add("--add", type=Path, nargs="+", help="import files of ratings, also of other programs")
    add("--rater", default="", help="whose ratings they are")
    axes = Literal["", "valence", "arousal"]
    axis = "{valence,arousal}"
    add("--axis", type=axes, default="", metavar=axis, help="what files with a single axis rate")
    add("--correct-lag", action="store_true", help="correct each rater's lag")
    add("--gold", action="store_true", help="write the weighted mean of the raters")
    return parser


def _rate_parser() -> CommandParser:
    parser = CommandParser(description="Rate valence and arousal of a video, moment by moment.")
    add = parser.add_argument
    add("recording", type=Path, help="a session folder, or a video file")
    add("--rater", default="", help="a label for the rater; asked for if not given")
    orders = Literal["both", "apart", "valence", "arousal"]
    add("--rate", type=orders, default="both", help="together, one after the other, or only one")
    add("--video", type=Path, help="the video of a session that was recorded without one")
    add("--out", type=Path, help="folder for the ratings of a video file")
    return parser


def _entry_parser() -> CommandParser:
    parser = CommandParser(description="Add the app to the desktop's menu, for this user.")
    parser.add_argument("--remove", action="store_true", help="remove it again")
    return parser


def build_parser() -> CommandParser:
    """The whole command line."""
    words = "Live valence and arousal of faces: the desktop app, and its tools without a window."
    parser = CommandParser(prog=NAME, description=words, version=__version__)
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    commands = parser.add_subcommands()
    for name, options, words in (
        ("run", _run_parser(), "open the window, or run without one (the default)"),
        ("batch", _batch_parser(), "analyse many files"),
        ("review", _review_parser(), "review a session"),
        ("export", _export_parser(), "export sessions to Parquet, CSV or BIDS"),
        ("study", _study_parser(), "analyse many sessions as a study"),
        ("rate", _rate_parser(), "rate a video by hand"),
        ("ratings", _ratings_parser(), "compare people's ratings"),
        ("devices", CommandParser(description="List the cameras."), "list the cameras"),
        ("doctor", CommandParser(description="Check this installation."), "check the installation"),
        ("install-desktop-entry", _entry_parser(), "add the app to the desktop's menu"),
    ):
        add_subcommand(commands, name, options, help=words)
    return parser

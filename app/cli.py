"""avce-live: the desktop app, its twin without a window, and the tools around sessions."""

from __future__ import annotations

import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jsonargparse import Namespace

from ..model.command_line import CommandParser
from ..model.errors import InputError, run_command
from ..model.providers import PROVIDERS
from ..model.version import __version__
from .settings import RunSettings

if TYPE_CHECKING:
    from .lsl import LslSink

NAME = "avce-live"


def _run_parser() -> CommandParser:
    parser = CommandParser(description="Open the window, or run without one.")
    add = parser.add_argument
    add("--source", type=str, default="auto", help="auto, demo, 0, a file, a folder, an address")
    add("--model", type=Path | None, default=None, help="an exported network (ONNX)")
    add("--provider", type=Literal[("auto", *PROVIDERS)], default="auto", help="where it runs")
    add("--max-faces", type=int, default=1, help="how many faces are followed")
    add("--record", type=Path | None, default=None, help="folder that the session goes into")
    add("--record-video", action="store_true", help="store the pictures too, faces included")
    add("--lossless", action="store_true", help="store them exactly (FFV1; large): see review")
    add("--lsl", action="store_true", help="offer the readings as a Lab Streaming Layer stream")
    add("--headless", action="store_true", help="no window")
    add("--loop", action="store_true", help="begin again at the end of a file")
    add("--duration", type=float | None, default=None, help="stop after so many seconds")
    return parser


def _batch_parser() -> CommandParser:
    parser = CommandParser(description="Analyse many files, each into a session of its own.")
    parser.add_argument("inputs", type=Path, nargs="+", help="videos, pictures or folders")
    parser.add_argument("--out", type=Path, required=True, help="folder that the sessions go into")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--model", type=Path | None, default=None, help="an exported network")
    parser.add_argument("--provider", type=str, default="auto", help="where it runs")
    parser.add_argument("--max-faces", type=int, default=1, help="how many faces are followed")
    return parser


def _review_parser() -> CommandParser:
    parser = CommandParser(description="Look at a recorded session.")
    add = parser.add_argument
    add("session", type=Path, help="a session folder")
    add("--replay", action="store_true", help="no window: run the stored pictures again, compare")
    add("--model", type=Path | None, default=None, help="the network, if it is not a shipped one")
    return parser


def _export_parser() -> CommandParser:
    parser = CommandParser(description="Write a session in another format.")
    parser.add_argument("session", type=Path, help="a session folder")
    parser.add_argument("--format", type=Literal["parquet", "bids"], required=True)
    parser.add_argument("--out", type=Path | None, default=None, help="beside the session if none")
    return parser


def build_parser() -> CommandParser:
    """The whole command line."""
    parser = CommandParser(prog=NAME, description=__doc__, version=__version__)
    parser.add_argument("--debug", action="store_true", help="show an error's traceback")
    commands = parser.add_subcommands()
    commands.add_subcommand("run", _run_parser(), help="the window, or --headless (the default)")
    commands.add_subcommand("batch", _batch_parser(), help="many files into sessions")
    commands.add_subcommand("review", _review_parser(), help="look at a session")
    commands.add_subcommand("export", _export_parser(), help="a session to Parquet or BIDS")
    commands.add_subcommand("devices", CommandParser(), help="list the cameras")
    commands.add_subcommand("doctor", CommandParser(), help="check this installation")
    return parser


def _with_default_command(arguments: list[str]) -> list[str]:
    """Put `run` in front of options that belong to it: `avce-live --headless` is a run."""
    commands = ("run", "batch", "review", "export", "devices", "doctor")
    own = ("--help", "-h", "--version", "--print_shtab")
    first = next((a for a in arguments if a != "--debug"), None)
    if first in commands or first in own:
        return arguments
    rest = [a for a in arguments if a != "--debug"]
    debug = ["--debug"] if "--debug" in arguments else []
    return [*debug, "run", *rest]


def _settings(options: Namespace) -> RunSettings:
    if options.max_faces < 1:
        raise InputError(f"--max-faces must be at least 1, not {options.max_faces}.")
    if options.duration is not None and options.duration <= 0:
        raise InputError(f"--duration must be more than 0 seconds, not {options.duration:g}.")
    if options.record_video and options.record is None and options.headless:
        raise InputError("--record-video needs --record DIR: it says where the pictures go.")
    if options.lossless and not options.record_video:
        raise InputError("--lossless needs --record-video: it says how the pictures are stored.")
    return RunSettings(**{f.name: options[f.name] for f in fields(RunSettings)})


def _display_missing() -> bool:
    from .doctor import has_display

    return not has_display() and not os.environ.get("QT_QPA_PLATFORM")


def _run(options: Namespace) -> int:
    settings = _settings(options)
    headless = settings.headless
    if not headless and _display_missing():
        print(
            f"{NAME}: there is no display, so no window opens: running headless on the same source",
            file=sys.stderr,
        )
        headless = True
    if headless:
        from .headless import run_headless

        return run_headless(settings, sinks=_lsl_sinks(settings, settings.source))
    from .gui.window import run_window

    return run_window(settings, sinks=lambda source: _lsl_sinks(settings, source.name))


def _lsl_sinks(settings: RunSettings, source: str) -> list[LslSink]:
    if not settings.lsl:
        return []
    from .lsl import LslSink
    from .sources.addresses import without_password

    # The name is announced on the network: an address goes out without its password.
    return [LslSink(source_id=without_password(source))]


def _batch(options: Namespace) -> int:
    from .batch import run_batch

    return run_batch(
        options.inputs,
        options.out,
        workers=options.workers,
        model=options.model,
        provider=options.provider,
        max_faces=options.max_faces,
    )


def _review(options: Namespace) -> int:
    from .session_reading import read_session

    session = read_session(options.session)
    if options.replay:
        from .replay import replay

        print(replay(session, model=options.model).words)
        return 0
    if _display_missing():
        raise InputError("There is no display to review a session on: use avce-live export.")
    from .gui.window import run_review

    return run_review(options.session)


def _export(options: Namespace) -> int:
    from .export_session import export_session

    for path in export_session(options.session, options.format, options.out):
        print(path)
    return 0


def _devices(options: Namespace) -> int:
    from .sources import list_cameras

    cameras = list_cameras()
    for camera in cameras:
        print(f"{camera.number}: {camera.name}")
    if not cameras:
        print("no camera was found; --source demo needs none")
    return 0


def _doctor(options: Namespace) -> int:
    from .doctor import diagnose, print_report

    return print_report(diagnose())


_COMMANDS = {
    "run": _run,
    "batch": _batch,
    "review": _review,
    "export": _export,
    "devices": _devices,
    "doctor": _doctor,
}


def main(arguments: list[str] | None = None) -> int:
    """Run avce-live; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = build_parser().parse_args(_with_default_command(given))
    command = options.subcommand
    return run_command(lambda: _COMMANDS[command](options[command]), name=NAME, debug=options.debug)


if __name__ == "__main__":
    sys.exit(main())

"""avce-live: the desktop app, its twin without a window, and the tools around sessions."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_type_hints

from ..model.errors import EXIT_DONE, EXIT_WRONG_USE, InputError, run_command
from ..model.providers import PROVIDERS
from ..model.system.command_line import CommandParser, Options, add_subcommand
from ..model.version import __version__
from .settings import RecordingOptions, RunSettings

if TYPE_CHECKING:
    from .lsl.outlet import LslSink

NAME = "avce-live"
_MIN_QUALITY = "0 to 1: leave smoothed and relative values blank for readings of lower quality"


def _run_parser() -> CommandParser:
    parser = CommandParser(description="Open the window, or run without one.")
    add = parser.add_argument
    add("--source", type=str, default="auto", help="auto, demo, 0, a file, a folder, an address")
    add("--model", type=Path | None, default=None, help="an exported model (ONNX)")
    add("--provider", type=Literal[("auto", *PROVIDERS)], default="auto", help="where it runs")
    add("--max-faces", type=int | None, default=None, help="number of faces to track, 1 by default")
    add("--min-quality", type=float, default=0.0, help=_MIN_QUALITY)
    _add_extras(parser)
    types = get_type_hints(RecordingOptions)
    for each in fields(RecordingOptions):
        name, words = each.metadata["option"], each.metadata["help"]
        if types[each.name] is bool:
            add(name, action="store_true", help=words)
        else:
            add(name, type=types[each.name], default=each.default, help=words)
    add("--lsl", action="store_true", help="offer the readings as a Lab Streaming Layer stream")
    add("--lsl-markers", action="store_true", help="store markers of other programs sent by LSL")
    add("--headless", action="store_true", help="no window")
    add("--loop", action="store_true", help="loop a file")
    add(
        "--duration",
        type=float | None,
        default=None,
        help="stop after this many seconds",
    )
    words = "take neutral baselines over 3 s, so many seconds after the first frame"
    add("--baseline", type=float | None, default=None, help=words)
    add(
        "--give-up-after",
        type=float | None,
        default=None,
        help="give up after a camera or stream is lost for this many seconds, instead of waiting",
    )
    return parser


def _add_extras(parser: CommandParser) -> None:
    """The optional columns."""
    words = "write the emotions' shares of a crowd's votes too, where the model gives them"
    parser.add_argument("--emotions", action="store_true", help=words)
    words = "write MediaPipe's 52 blendshape scores too; takes longer"
    parser.add_argument("--blendshapes", action="store_true", help=words)


def _batch_parser() -> CommandParser:
    parser = CommandParser(description="Analyse many files, each into a session of its own.")
    inputs = "videos, images, folders, patterns, or manifests (a table with a column path)"
    parser.add_argument("inputs", type=Path, nargs="+", help=inputs)
    parser.add_argument("--out", type=Path, required=True, help="folder that the sessions go into")
    parser.add_argument("--workers", type=int, default=1, help="processes")
    ray = "workers of a Ray cluster: its address, or local for this machine"
    parser.add_argument("--ray", type=str, default="", help=ray)
    segment = "analyse long films in segments of so many minutes side by side, 0: in one go"
    parser.add_argument("--segment", type=float, default=0.0, help=segment)
    parser.add_argument("--table", action="store_true", help="one Parquet data set, not sessions")
    parser.add_argument("--model", type=Path | None, default=None, help="an exported model")
    parser.add_argument("--provider", type=str, default="auto", help="where it runs")
    parser.add_argument("--max-faces", type=int, default=1, help="number of faces to track")
    parser.add_argument("--min-quality", type=float, default=0.0, help=_MIN_QUALITY)
    _add_extras(parser)
    return parser


def _review_parser() -> CommandParser:
    parser = CommandParser(description="Review a recorded session.")
    add = parser.add_argument
    add("session", type=Path, help="a session folder")
    add(
        "--replay",
        action="store_true",
        help="without a window: re-analyse the video and compare",
    )
    add(
        "--model",
        type=Path | None,
        default=None,
        help="the model, unless it is one that is shipped",
    )
    return parser


def _export_parser() -> CommandParser:
    parser = CommandParser(description="Write sessions in another format.")
    add = parser.add_argument
    add("sessions", type=Path, nargs="+", help="session folders")
    add("--format", type=Literal["parquet", "csv", "bids"], required=True)
    add(
        "--out",
        type=Path | None,
        default=None,
        help="file, or folder (several sessions, BIDS); by default each session's own folder",
    )
    add("--overwrite", action="store_true", help="replace existing files")
    add("--participant", default="", help="BIDS: the participant, if not the session's own")
    add("--session", default="", help="BIDS: the visit, if not the session's own")
    add("--task", default="", help="BIDS: the task, if not the session's own")
    add(
        "--run",
        default="",
        help="BIDS: number of this recording among those of one participant, visit and task",
    )
    add("--rate", type=float | None, default=None, help="BIDS: samples per second")
    add("--min-quality", type=float, default=0.0, help=_MIN_QUALITY)
    return parser


def _study_parser() -> CommandParser:
    parser = CommandParser(description="Analyse a folder of sessions as a study.")
    add = parser.add_argument
    add("folder", type=Path, help="a folder with sessions, and participants.tsv if you have one")
    words = "a new folder for the results; without it a window opens"
    add("--out", type=Path | None, default=None, help=words)
    add("--plan", type=Path | None, default=None, help="by default FOLDER/study.yaml, if it exists")
    add("--events", type=Path | None, default=None, help="a table of events for all sessions")
    add("--window", type=float, nargs=2, default=None, help="seconds around each event, as 0 5")
    add("--baseline", type=float, nargs=2, default=None, help="seconds, as -1 0; is subtracted")
    add("--condition", type=str | None, default=None, help="session, event, or a column")
    add("--use", type=str | None, default=None, help="raw, smooth or relative estimates")
    add("--faces", type=str | None, default=None, help="main, joined or all")
    add(
        "--min-quality",
        type=float | None,
        default=None,
        help="leave out readings below this quality",
    )
    add(
        "--min-coverage",
        type=float | None,
        default=None,
        help="leave out segments with a smaller share of readings",
    )
    add("--rate", type=float | None, default=None, help="samples per second of the epochs")
    add("--mixed", action="store_true", help="fit mixed models to the segments too")
    add("--tables-only", action="store_true", help="write neither report nor figures")
    return parser


def _ratings_parser() -> CommandParser:
    parser = CommandParser(description="Compare what people rated of a session.")
    add = parser.add_argument
    add("session", type=Path, help="a session folder")
    add("--add", type=Path, nargs="+", default=None, help="files of ratings, of other programs too")
    add("--rater", type=str, default="", help="whose they are")
    add("--axis", type=Literal["", "valence", "arousal"], default="", help="of files with one axis")
    add("--correct-lag", action="store_true", help="correct for each rater's lag")
    add("--gold", action="store_true", help="write the raters' weighted mean")
    return parser


def _rate_parser() -> CommandParser:
    parser = CommandParser(description="Rate valence and arousal of a video, moment by moment.")
    add = parser.add_argument
    add("recording", type=Path, help="a session folder, or a video file")
    add("--rater", type=str, default="", help="a label for the rater; asked for if not given")
    orders = Literal["both", "apart", "valence", "arousal"]
    add("--rate", type=orders, default="both", help="together, one after the other, or one alone")
    add(
        "--video",
        type=Path | None,
        default=None,
        help="the video of a session recorded without one",
    )
    add("--out", type=Path | None, default=None, help="folder for ratings of a video file")
    return parser


def _entry_parser() -> CommandParser:
    parser = CommandParser(description="Put the app into the desktop's menu, for this user.")
    parser.add_argument("--remove", action="store_true", help="take it away again")
    return parser


def build_parser() -> CommandParser:
    """The whole command line."""
    parser = CommandParser(prog=NAME, description=__doc__, version=__version__)
    parser.add_argument("--debug", action="store_true", help="show an error's traceback")
    commands = parser.add_subcommands()
    add_subcommand(commands, "run", _run_parser(), help="the window, or --headless (the default)")
    add_subcommand(commands, "batch", _batch_parser(), help="many files into sessions")
    add_subcommand(commands, "review", _review_parser(), help="look at a session")
    add_subcommand(commands, "export", _export_parser(), help="sessions to Parquet, CSV or BIDS")
    add_subcommand(commands, "study", _study_parser(), help="many sessions to results")
    add_subcommand(commands, "rate", _rate_parser(), help="rate what a video shows")
    add_subcommand(commands, "ratings", _ratings_parser(), help="agreement of people's ratings")
    add_subcommand(commands, "devices", CommandParser(), help="list the cameras")
    add_subcommand(commands, "doctor", CommandParser(), help="check this installation")
    add_subcommand(commands, "install-desktop-entry", _entry_parser(), help="into the menu")
    return parser


def _with_default_command(arguments: list[str]) -> list[str]:
    """Put `run` in front of options that belong to it: `avce-live --headless` is a run."""
    commands = tuple(_COMMANDS)
    own = ("--help", "-h", "--version")
    first = next((a for a in arguments if a != "--debug"), None)
    if first in commands or first in own:
        return arguments
    rest = [a for a in arguments if a != "--debug"]
    debug = ["--debug"] if "--debug" in arguments else []
    return [*debug, "run", *rest]


def _settings(options: Options) -> RunSettings:
    if options.max_faces is not None and options.max_faces < 1:
        raise InputError(f"--max-faces must be at least 1, not {options.max_faces}.")
    if options.duration is not None and options.duration <= 0:
        raise InputError(f"--duration must be more than 0 seconds, not {options.duration:g}.")
    if options.baseline is not None and not 0 <= options.baseline < math.inf:
        raise InputError(f"--baseline must be 0 seconds or more, not {options.baseline:g}.")
    if options.give_up_after is not None and not options.give_up_after >= 0:
        raise InputError(
            f"--give-up-after must be 0 seconds or more, not {options.give_up_after:g}."
        )
    from .sources import chosen

    recording = _recording(options)
    if recording.video and recording.folder is None and options.headless:
        raise InputError("--record-video needs --record DIR: it says where the video goes.")
    if options.lsl_markers and recording.folder is None and options.headless:
        raise InputError("--lsl-markers needs --record DIR: they are stored in the session.")
    if recording.lossless and not recording.video:
        raise InputError("--lossless needs --record-video: it says how the video is stored.")
    given = {f.name: options[f.name] for f in fields(RunSettings) if f.name in options}
    return RunSettings(
        **given | {"source": chosen(options.source), "faces": options.max_faces},
        recording=recording,
    )


def _recording(options: Options) -> RecordingOptions:
    """The recording options. Raises `InputError` for what is about a session that there is not."""
    names = {f.name: f.metadata["option"] for f in fields(RecordingOptions)}
    given = {name: options[option[2:].replace("-", "_")] for name, option in names.items()}
    recording = RecordingOptions(**given)
    about = next((names[name] for name, text in recording.about().items() if text), None)
    if about and recording.folder is None:
        raise InputError(f"{about} needs --record DIR: it is stored in the session.")
    recording.labels()
    return recording


def _display_missing() -> bool:
    from .doctor import has_display

    return not has_display() and not os.environ.get("QT_QPA_PLATFORM")


def _run(options: Options) -> int:
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

        return run_headless(settings, sinks=_lsl_sinks(settings))
    from .gui.launch import run_window

    return run_window(settings)


def _lsl_sinks(settings: RunSettings) -> list[LslSink]:
    if not settings.lsl:
        return []
    from .lsl.outlet import LslSink

    return [LslSink(str(settings.source), settings.extras)]


def _batch(options: Options) -> int:
    from .batch.run import run_batch

    settings = RunSettings(
        model=options.model,
        provider=options.provider,
        faces=options.max_faces,
        recording=RecordingOptions(options.out),
        min_quality=options.min_quality,
        emotions=options.emotions,
        blendshapes=options.blendshapes,
    )
    return run_batch(
        options.inputs,
        settings,
        workers=options.workers,
        table=options.table,
        ray=options.ray,
        segment=options.segment,
    )


def _review(options: Options) -> int:
    from .session.reader import read_session

    session = read_session(options.session)
    if options.replay:
        from .session.replay import replay

        print(replay(session, model=options.model).words)
        return 0
    if _display_missing():
        raise InputError("There is no display to review a session on: use avce-live export.")
    from .gui.launch import run_review

    return run_review(options.session)


def _export(options: Options) -> int:
    from .session.export import ExportOptions, export_session

    given = ExportOptions(**{f.name: options[f.name] for f in fields(ExportOptions)})
    common = ExportOptions(overwrite=given.overwrite, min_quality=given.min_quality)
    if options.format != "bids" and given != common:
        raise InputError("--participant, --session, --task, --run and --rate are for BIDS alone.")
    several = len(options.sessions) > 1
    status = EXIT_DONE
    for session in options.sessions:
        out = options.out
        if several and out is not None and options.format != "bids":
            out /= f"{session.resolve().name}.{options.format}"
        try:
            print(*export_session(session, options.format, out, given), sep="\n")
        except InputError as error:
            if not several:
                raise
            print(f"{NAME}: {error}", file=sys.stderr)
            status = EXIT_WRONG_USE
    return status


def _study(options: Options) -> int:
    from .study.command import has_options, study_command

    if options.out is not None:
        return study_command(options.folder, options.out, options.plan, options.as_dict())
    if has_options(options.as_dict()):
        raise InputError("A study by options needs --out: the new folder for its results.")
    if _display_missing():
        raise InputError("A study needs --out: the new folder for its results.")
    from .gui.launch import run_study_window

    return run_study_window(options.folder)


def _rate(options: Options) -> int:
    from .rating.subject import open_subject

    subject = open_subject(options.recording, options.video, options.out)
    if _display_missing():
        raise InputError("There is no display to rate on: run this where a window can open.")
    from .gui.launch import run_rating

    return run_rating(subject, rater=options.rater, order=options.rate)


def _ratings(options: Options) -> int:
    from .rating.session_ratings import add_ratings, compare_ratings, words, write_gold_standard
    from .session.reader import read_session

    if bool(options.add) != bool(options.rater):
        raise InputError("--add FILE and --rater NAME belong together: whose ratings are they?")
    session = read_session(options.session)
    if options.add:
        print(add_ratings(session, options.add, options.rater, options.axis))
    compared = compare_ratings(session, correct_lag=options.correct_lag)
    print("\n".join(words(compared)))
    if options.gold:
        print(write_gold_standard(session, compared, corrected=options.correct_lag))
    return 0


def _devices(options: Options) -> int:
    from .sources import list_cameras

    cameras = list_cameras()
    for camera in cameras:
        print(f"{camera.number}: {camera.name}")
    if not cameras:
        print("no camera was found; --source demo needs none")
    return 0


def _doctor(options: Options) -> int:
    from .doctor import diagnose, print_report

    return print_report(diagnose())


def _entry(options: Options) -> int:
    from .desktop_entry import install, remove

    paths = remove() if options.remove else install()
    print("\n".join(map(str, paths)) or "there was none")
    return 0


_COMMANDS = {
    "run": _run,
    "batch": _batch,
    "review": _review,
    "export": _export,
    "study": _study,
    "rate": _rate,
    "ratings": _ratings,
    "devices": _devices,
    "doctor": _doctor,
    "install-desktop-entry": _entry,
}


def main(arguments: list[str] | None = None) -> int:
    """Run avce-live; returns the exit status."""
    given = sys.argv[1:] if arguments is None else arguments
    options = build_parser().read(_with_default_command(given))
    command = _COMMANDS[options.subcommand]
    return run_command(lambda: command(options), name=NAME, debug=options.debug)


if __name__ == "__main__":
    sys.exit(main())

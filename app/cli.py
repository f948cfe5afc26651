"""avce-live: what its commands do."""

from __future__ import annotations

import math
import os
import sys
from dataclasses import fields
from typing import TYPE_CHECKING

from ..model.errors import EXIT_DONE, EXIT_WRONG_USE, InputError, run_command
from ..model.system.command_line import Options
from .options import NAME, build_parser
from .settings import RecordingOptions, RunSettings

if TYPE_CHECKING:
    from .lsl.outlet import LslSink


def _with_default_command(arguments: list[str]) -> list[str]:
    """Put `run` in front of options that belong to it: `avce-live --headless` is a run."""
    own = ("--help", "-h", "--version")
    first = next((a for a in arguments if a != "--debug"), None)
    if first in _COMMANDS or first in own:
        return arguments
    rest = [a for a in arguments if a != "--debug"]
    debug = ["--debug"] if "--debug" in arguments else []
    return [*debug, "run", *rest]


def _settings(options: Options) -> RunSettings:
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
    from ..model.ratings.files import read_ratings
    from .rating.session_ratings import (
        add_ratings,
        beyond_words,
        compare_ratings,
        words,
        write_gold_standard,
    )
    from .session.reader import read_session

    if bool(options.add) != bool(options.rater):
        raise InputError("--add FILE and --rater NAME belong together: whose ratings are they?")
    session = read_session(options.session)
    if options.add:
        added = add_ratings(session, options.add, options.rater, options.axis)
        print(added)
        if beyond := beyond_words(session, read_ratings(added)):
            print(beyond, file=sys.stderr)
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

"""A command that is killed at any moment leaves no half file, and the next start ends as ever."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from killing import forked, left_over, run, schedule, timed
from made_data import write_webfaces

from avce.app.session.export import ExportOptions, export_session
from avce.app.session.reader import read_session
from avce.app.study.plan import StudyPlan
from avce.app.study.study import run_study

from .app.session.exported import session_of
from .app.study_folders import columns, session
from .app.videos import write_video

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no SIGKILL here")
KILLS = int(os.environ.get("KILLS", "50"))
ROWS = columns(np.arange(0, 10, 0.1), valence=0.5, arousal=-0.5)


def content(folder: Path) -> dict[str, bytes]:
    """Files by name that are there for good: nothing hidden, no lock."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not any(p.startswith(".") for p in path.relative_to(folder).parts)
    }


def killed_at_every_change(make: Callable[[Path], object], parent: Path) -> int:
    """Kill it at each change of its folder; returns how many there were."""
    whole = parent / "whole" / "out"
    whole.parent.mkdir()
    changes = forked(lambda: make(whole), parent, 10**9)
    assert changes
    wanted = content(whole)
    for n in range(1, changes + 1):
        out = parent / f"{n}" / "out"
        out.parent.mkdir()
        assert forked(partial(make, out), parent, n) is None
        for name, data in content(out).items():
            assert data == wanted[name], (n, name)
        make(out)
        assert content(out) == wanted, n
        assert not left_over(out.parent), n
    return changes


@pytest.mark.parametrize("kind", ["csv", "parquet", "bids"])
def test_an_export_killed_at_any_change_leaves_no_half_file(tmp_path: Path, kind: str) -> None:
    recorded = session_of(tmp_path / "sessions")
    again = ExportOptions(overwrite=True)

    def make(out: Path) -> None:
        out.mkdir(exist_ok=True)
        export_session(recorded, kind, out, again)

    assert killed_at_every_change(make, tmp_path) >= 3


def test_a_study_killed_at_any_change_leaves_no_half_table(tmp_path: Path) -> None:
    session(tmp_path / "in" / "a", ROWS, participant="P1")
    make = lambda out: run_study(tmp_path / "in", out, StudyPlan(), report=False)  # noqa: E731
    assert killed_at_every_change(make, tmp_path) > 8


def _prepare(folder: Path) -> tuple[str, list[str], Path]:
    write_webfaces(folder / "faces", train=24, val=4)
    crops = folder / "made"
    arguments = ["prepare", "--data", f"webfaces:{folder / 'faces'}", "--crops", str(crops)]
    return "avce.train.cli", [*arguments, "--workers", "1"], crops


def _fitted(folder: Path, command: str) -> list[str]:
    return [
        *(command, "--data", f"webfaces:{folder / 'faces'}", "--crops", str(folder / "crops")),
        *("--workers", "1", "--accelerator", "cpu"),
    ]


_FIT = (
    *("--batch_size", "4", "--epochs", "2", "--checkpoint_every", "2", "--threads", "1"),
    *("--input_size", "64", "--crop_size", "64", "--precision", "32-true"),
)


def _fit(folder: Path) -> tuple[str, list[str], Path]:
    write_webfaces(folder / "faces", train=24, val=4)
    arguments = [*_fitted(folder, "fit"), *_FIT, "--run", str(folder / "made")]
    return "avce.train.cli", arguments, folder / "made"


def _compare(folder: Path) -> tuple[str, list[str], Path]:
    write_webfaces(folder / "faces", train=24, val=4)
    grid = folder / "grid.yaml"
    grid.write_text(
        "options: {batch_size: 4, epochs: 1, input_size: 64, crop_size: 64, precision: 32-true,\n"
        "  accelerator: cpu, threads: 1}\nseeds: [0]\nrows:\n"
        "  - {name: baseline, method: baseline}\n  - {name: caf, method: caf}\n"
    )
    arguments = ["compare", str(grid), "--data", f"webfaces:{folder / 'faces'}"]
    arguments += ["--crops", str(folder / "crops"), "--workers", "1", "--out", str(folder / "made")]
    return "avce.train.cli", arguments, folder / "made"


def _export(folder: Path) -> tuple[str, list[str], Path]:
    module, arguments, made = _fit(folder)
    run(module, arguments, folder)
    made.rename(folder / "run")
    made.mkdir()
    return "avce.train.export", [str(folder / "run"), "--out", str(made / "a.onnx")], made


def _study(folder: Path) -> tuple[str, list[str], Path]:
    session(folder / "in" / "a", ROWS, participant="P1")
    other = columns(np.arange(0, 8, 0.1), valence=-0.5, arousal=0.25)
    session(folder / "in" / "b", other, participant="P2")
    made = folder / "made"
    return "avce.app.cli", ["study", str(folder / "in"), "--out", str(made)], made


def _batch(folder: Path) -> tuple[str, list[str], Path]:
    (folder / "in").mkdir()
    for name in "abc":
        write_video(folder / "in" / f"{name}.mp4")
    made = folder / "made"
    arguments = ["batch", str(folder / "in"), "--out", str(made), "--workers", "1"]
    return "avce.app.cli", arguments, made


def whole(path: Path) -> bool:
    """Whether a file under a final name can be read to its end by who reads it."""
    if path.suffix == ".json":
        json.loads(path.read_bytes())
    elif path.suffix == ".onnx":
        import onnx

        onnx.checker.check_model(onnx.load(str(path)))
    elif path.suffix == ".ckpt":
        from avce.train.checkpoint import load_checkpoint

        load_checkpoint(path)
    elif path.suffix in (".npy", ".npz"):
        np.load(path)
    elif path.name == "frames.csv":
        return read_session(path.parent).info["status"] == "complete"
    elif path.suffix == ".html":
        return path.read_text().rstrip().endswith((">", "</html>"))
    return True


def _kind(name: str) -> str:
    own = Path(name).name
    return "tfevents" if own.startswith("events.out.tfevents") else own


@pytest.mark.slow
@pytest.mark.parametrize("make", [_prepare, _fit, _export, _compare, _study, _batch])
def test_killed_again_and_again_it_goes_on_and_ends_as_ever(
    tmp_path: Path, make: Callable[[Path], tuple[str, list[str], Path]]
) -> None:
    """`KILLS` (50) kills by a seeded schedule; a run that came to its end is begun anew."""
    (tmp_path / "whole").mkdir()
    module, arguments, made = make(tmp_path / "whole")
    changes, seconds = timed(lambda: run(module, arguments, made))
    wanted = {*content(made)}
    (tmp_path / "killed").mkdir()
    module, arguments, made = make(tmp_path / "killed")
    killed = ended = 0
    for fatal, after in schedule(changes, seconds, KILLS, seed=14):
        if run(module, arguments, made, fatal, after) >= 0:
            ended += 1
            made.rename(tmp_path / f"ended-{ended}")
            made.mkdir()
        else:
            killed += 1
        assert all(whole(made / name) for name in content(made)), (fatal, after)
    assert killed > KILLS / 4
    run(module, arguments, made)
    names = {*content(made)}
    # A session's folder is named by the time; a run that was resumed has a log for each time, and
    # TensorBoard names its own by the time and the process.
    assert {_kind(name) for name in wanted} == {_kind(name) for name in names}
    assert not left_over(made.parent)
    print(f"{killed} kills of {make.__name__[1:]}, {ended} runs ended between them")

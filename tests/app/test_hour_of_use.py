"""An hour of use, made short: four participants, one data set, nothing lost, mixed or unexplained.

Two sit at a window to its end or until their camera is pulled out, one whose program is killed, one
is recorded without a window. All go into one BIDS data set, which is read by pandas and pybids.
"""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest

from avce.app.cli import main
from avce.app.gui.review.data import load
from avce.app.session.reader import Session, read_session

from .sitting import MARKERS

SITTINGS = {
    "P01": ("key", "calm"),
    "P02": ("pull", "excited"),
    "P03": ("kill", "calm"),
    "P04": ("headless", "excited"),
}
SITTING = Path(__file__).with_name("sitting.py")


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sessions, and the data set that they were exported into."""
    root = tmp_path_factory.mktemp("laboratory")
    for participant, (ending, condition) in SITTINGS.items():
        command = [sys.executable, str(SITTING), ending, participant, condition]
        done = subprocess.run(
            [*command, str(root / "sessions")],
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )
        expected = -signal.SIGKILL if ending == "kill" else 0
        assert done.returncode == expected, done.stderr
    folders = [str(folder) for folder in sorted((root / "sessions").iterdir())]
    export = ["export", *folders, "--format", "bids", "--out", str(root / "study")]
    assert main(export) == 0
    # A second time nothing is replaced, and that is said.
    before = {path: path.read_bytes() for path in (root / "study").rglob("*") if path.is_file()}
    assert main(export) == 2
    assert before == {path: path.read_bytes() for path in before}
    return root


def sessions(root: Path) -> dict[str, Session]:
    found = [read_session(folder) for folder in (root / "sessions").iterdir()]
    return {str(session.info["participant"]): session for session in found}


def recordings(root: Path, participant: str) -> list[Path]:
    return sorted((root / "study" / f"sub-{participant}").rglob("*_physio.tsv.gz"))


def sidecar(path: Path) -> Mapping[str, Any]:
    return json.loads(path.with_name(path.name.replace(".tsv.gz", ".json")).read_text("utf-8"))


@pytest.mark.slow
def test_each_participant_has_a_session_of_their_own_that_says_how_it_ended(laboratory) -> None:
    found = sessions(laboratory)
    assert found.keys() == SITTINGS.keys()
    assert {p: s.info["condition"] for p, s in found.items()} == {
        participant: condition for participant, (_, condition) in SITTINGS.items()
    }
    status = {participant: session.info["status"] for participant, session in found.items()}
    assert status == {"P01": "complete", "P02": "complete", "P03": "recording", "P04": "complete"}
    assert [bool(session.damaged) for _, session in sorted(found.items())] == [
        False,
        False,
        True,
        False,
    ]
    assert "interrupted" in found["P03"].damaged[-1]
    # The time without its camera is told, and nobody else's.
    ends = {p: session.readings["timestamp"][-1] for p, session in found.items()}
    lost = [p for p, session in found.items() if ends[p] in {g.timestamp for g in session.gaps}]
    assert lost == ["P02"]
    for participant in ("P01", "P02", "P03"):
        assert found[participant].info["note"] == f"consent of {participant}"
        assert [event.label for event in found[participant].events] == [*MARKERS]
        assert len(found[participant].info["baselines"]) == 1
        assert load(found[participant].path).peaks is not None
    for session in found.values():
        # Every reading that was counted is there.
        counted = session.info["counts"]["rows"]
        assert 0 < counted <= len(session)
        assert counted == len(session) or session.damaged
        assert (np.diff(session.readings["timestamp"]) > 0).all()


@pytest.mark.slow
def test_the_validator_finds_no_error(laboratory) -> None:
    validator = Path(sys.executable).with_name("bids-validator-deno")
    command = [validator, "--format", "json", laboratory / "study"]
    run = subprocess.run(command, capture_output=True, check=False)
    issues = json.loads(run.stdout)["issues"]["issues"]
    assert [issue for issue in issues if issue["severity"] == "error"] == []


@pytest.mark.slow
@pytest.mark.parametrize("participant", SITTINGS)
def test_pandas_reads_the_readings_of_the_session_and_no_others(laboratory, participant) -> None:
    session = sessions(laboratory)[participant]
    paths = recordings(laboratory, participant)
    assert len(paths) == len(session.faces)
    for path in paths:
        told = sidecar(path)
        samples = pandas.read_csv(path, sep="\t", names=told["Columns"], na_values="n/a")
        rows = session.of_face(told["FaceNumber"])
        times = told["StartTime"] + np.arange(len(samples)) / told["SamplingFrequency"]
        first, last = rows["timestamp"][[0, -1]]
        assert first - 1e-6 <= times[0] < first + 1 / told["SamplingFrequency"]
        assert last - 1 / told["SamplingFrequency"] < times[-1] <= last + 1e-6
        for name in ("valence", "arousal", "valence_smooth"):
            linear = np.interp(times, rows["timestamp"], rows[name].astype(float))
            seen = samples[name].notna().to_numpy()
            # What is missing lies between two readings that are far apart.
            after = np.searchsorted(rows["timestamp"], times[~seen]).clip(1)
            step = rows["timestamp"][after] - rows["timestamp"][after - 1]
            assert (step > 0.5).all()
            assert seen.any()
            np.testing.assert_allclose(samples[name][seen], linear[seen], atol=1e-5)
        assert told["RecordedSession"]["Folder"] == session.path.name
        assert told["RecordedSession"]["Damaged"] == list(session.remarks)
        baseline = session.info["baselines"].get(str(told["FaceNumber"]))
        assert told["Baseline"] == baseline
        assert ("valence_relative" in samples) == (baseline is not None)


@pytest.mark.slow
def test_pybids_finds_every_participant_with_condition_markers_and_times(laboratory) -> None:
    from bids import BIDSLayout

    found = sessions(laboratory)
    layout = BIDSLayout(laboratory / "study")
    assert sorted(layout.get_subjects()) == sorted(SITTINGS)
    assert layout.get_sessions() == ["1"]
    assert layout.get_tasks() == ["watch"]
    for participant, (_, condition) in SITTINGS.items():
        files = layout.get(subject=participant, suffix="physio", extension=".tsv.gz")
        assert len(files) == len(found[participant].faces)
        for file in files:
            told = file.get_metadata()
            assert told["RecordedSession"]["Participant"] == participant
            assert told["RecordedSession"]["Condition"] == condition
            assert told["SamplingFrequency"] > 0
        events = layout.get(subject=participant, suffix="events", extension=".tsv")
        rows = [row for file in events for row in file.get_df().to_dict("records")]
        assert [(row["onset"], row["trial_type"]) for row in rows] == [
            (event.timestamp, event.label) for event in found[participant].events
        ]
    table = pandas.read_csv(laboratory / "study" / "participants.tsv", sep="\t")
    assert table["participant_id"].tolist() == [f"sub-{participant}" for participant in SITTINGS]


@pytest.mark.slow
def test_every_file_of_the_data_set_is_listed_with_the_time_it_was_taken(laboratory) -> None:
    for participant in SITTINGS:
        visit = laboratory / "study" / f"sub-{participant}" / "ses-1"
        (scans,) = visit.glob("*_scans.tsv")
        with scans.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        there = {p.relative_to(visit).as_posix() for p in visit.glob("beh/*.tsv*")}
        assert {row["filename"] for row in rows} == there
        assert all(row["acq_time"] != "n/a" for row in rows)

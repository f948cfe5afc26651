"""A study of a BIDS data set says what the study of the sessions says that it was made from."""

from __future__ import annotations

import csv
import gzip
import json
import math
from pathlib import Path

import numpy as np
import pytest

from avce.app.cli import main
from avce.app.session.bids_reader import find_bids, read_bids
from avce.app.session.reader import read_session
from avce.app.study.plan import StudyPlan, Window
from avce.app.study.study import run_study
from avce.model.errors import InputError

from ..study_folders import columns, session

TIMES = np.round(np.arange(0, 20, 0.1), 1)
EVENTS = [(2.0, "film"), (9.0, "rest")]


@pytest.fixture
def data_set(tmp_path: Path) -> Path:
    """Two people's sessions in `sessions`, and the data set that they were exported to."""
    random = np.random.default_rng(4)
    for who, condition in (("P01", "A"), ("P02", "B")):
        found = (TIMES < 6.0) | (TIMES > 7.0)
        walk = [np.clip(np.cumsum(random.normal(0, 0.05, len(TIMES))), -1, 1) for _ in range(2)]
        rows = columns(
            TIMES,
            success=found,
            face_id=np.where(found, 0, -1),
            valence=np.where(found, walk[0], np.nan),
            arousal=np.where(found, walk[1], np.nan),
            quality=np.where(found, 0.8, np.nan),
        )
        about = {"participant": who, "session": "1", "condition": condition, "task": "talk"}
        session(tmp_path / "sessions" / who, rows, EVENTS, **about)
        folder = str(tmp_path / "sessions" / who)
        assert main(["export", folder, "--format", "bids", "--out", str(tmp_path / "bids")]) == 0
    return tmp_path / "bids"


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_results_are_those_of_the_sessions(data_set: Path, tmp_path: Path) -> None:
    plan = StudyPlan(windows=(Window("late", 0.0, 3.0),), condition="event")
    sessions = run_study(tmp_path / "sessions", tmp_path / "a", plan, report=False)
    bids = run_study(data_set, tmp_path / "b", plan, report=False)
    assert (bids.participants, bids.segments, bids.used) == (2, 4, sessions.used)
    of_sessions = table(tmp_path / "a" / "segments.csv")
    of_bids = table(tmp_path / "b" / "segments.csv")
    for first, second in zip(of_sessions, of_bids, strict=True):
        for name in ("participant", "session", "condition", "onset", "n", "valid"):
            assert first.get(name) == second.get(name), name
        for name in ("valence_mean", "arousal_sd", "valence_max"):
            assert float(second[name]) == pytest.approx(float(first[name]), abs=1e-6), name


def test_a_recording_is_the_session_that_it_was_made_from(data_set: Path, tmp_path: Path) -> None:
    paths = find_bids(data_set)
    assert [path.name for path in paths] == [f"sub-{who}_ses-1_task-talk" for who in ("P01", "P02")]
    for path in paths:
        got = read_bids(path)
        was = read_session(tmp_path / "sessions" / str(got.info["participant"]))
        assert got.info["condition"] == was.info["condition"]
        assert got.readings["timestamp"] == pytest.approx(was.readings["timestamp"], abs=1e-9)
        for name in ("frame", "face_id", "success"):
            assert got.readings[name].tolist() == was.readings[name].tolist(), name
        for name in ("valence", "arousal", "quality"):
            assert got.readings[name] == pytest.approx(was.readings[name], abs=1e-6, nan_ok=True)


def test_two_faces_share_a_clock_and_keep_their_names(tmp_path: Path) -> None:
    rows = {name: np.repeat(values, 2) for name, values in columns(TIMES, valence=0.5).items()}
    rows["face_id"] = np.tile([0, 3], len(TIMES))
    rows["arousal"] = np.tile(np.float32([0.25, -0.5]), len(TIMES))
    late = (rows["face_id"] == 0) | (rows["timestamp"] >= 5)
    session(tmp_path / "s", {name: values[late] for name, values in rows.items()})
    out = tmp_path / "bids"
    arguments = ["export", str(tmp_path / "s"), "--format", "bids", "--out", str(out)]
    assert main([*arguments, "--participant", "P1", "--task", "talk"]) == 0
    for sidecar in out.rglob("*face3_physio.json"):
        sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | {"FaceName": "Ann"}))
    got = read_bids(find_bids(out)[0])
    assert got.faces == [0, 3]
    assert got.people.name(3) == "Ann"
    late_face = got.of_face(3)
    assert late_face["timestamp"][0] == pytest.approx(5.0)
    assert (late_face["arousal"] == -0.5).all()
    assert late_face["frame"][0] == 50


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SamplingFrequency": 0}, "SamplingFrequency must be above 0"),
        ({"SamplingFrequency": "fast"}, "SamplingFrequency must be a number"),
        ({"StartTime": math.nan}, "StartTime must be a number"),
        ({"Columns": ["pulse"]}, "Columns must name valence and arousal"),
        ({"Columns": ["valence", "arousal"]}, "cannot be read"),
    ],
)
def test_a_broken_recording_is_one_sentence(data_set: Path, change, words: str) -> None:
    path = find_bids(data_set)[0]
    sidecar = path.with_name(f"{path.name}_recording-face0_physio.json")
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | change))
    with pytest.raises(InputError, match=words):
        read_bids(path)


@pytest.mark.parametrize("content", [b"", b"no gzip", gzip.compress(b"a\tb\n", mtime=0)])
def test_a_broken_table_is_left_out_of_a_study_and_named(
    data_set: Path, tmp_path: Path, content: bytes
) -> None:
    path = find_bids(data_set)[0]
    path.with_name(f"{path.name}_recording-face0_physio.tsv.gz").write_bytes(content)
    outcome = run_study(data_set, tmp_path / "out", StudyPlan(), report=False)
    assert outcome.recordings == 1
    (said,) = [remark for remark in outcome.remarks if remark.kind == "excluded"]
    assert "cannot be read" in said.reason

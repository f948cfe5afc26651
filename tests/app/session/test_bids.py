"""BIDS data sets: as the standard has them, each face its own span, nobody mixed with another."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avce.app.cli import main
from avce.app.session.bids import MOST_FACES
from avce.app.session.curves import resample, usual_rate
from avce.app.session.export import ExportOptions, export_session
from avce.app.session.writer import SessionWriter
from avce.app.settings import RecordingOptions
from avce.model.errors import InputError
from avce.model.session_people import People, write_people

from ..stand_ins import ModelInfo, SourceInfo
from .exported import at_times, columns, recordings, session_of, sidecar, valence

ABOUT = {"participant": "P01", "session": "1", "task": "talk", "condition": "A", "operator": "KS"}


def export(path: Path, root: Path, **options: object) -> list[Path]:
    return export_session(path, "bids", root, ExportOptions(**options))  # type: ignore[arg-type]


def content(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


# Names and contents.


def test_a_data_set_has_the_files_of_the_standard(tmp_path: Path) -> None:
    root = tmp_path / "out"
    files = export(session_of(tmp_path, **ABOUT), root)
    beh = "sub-P01/ses-1/beh/sub-P01_ses-1_task-talk"
    assert [path.relative_to(root).as_posix() for path in files] == [
        f"{beh}_recording-face0_physio.tsv.gz",
        f"{beh}_recording-face0_physio.json",
        f"{beh}_recording-face1_physio.tsv.gz",
        f"{beh}_recording-face1_physio.json",
        f"{beh}_events.tsv",
        "sub-P01/ses-1/sub-P01_ses-1_scans.tsv",
        "dataset_description.json",
        "README.md",
        "participants.tsv",
        "task-talk_events.json",
    ]
    assert set(content(root)) == {p.relative_to(root).as_posix() for p in files} | {
        ".avce-live.lock"
    }


def test_the_official_validator_finds_no_error_and_no_recommended_key_missing(
    tmp_path: Path,
) -> None:
    root = tmp_path / "study"
    for number in (1, 2):
        about = ABOUT | {"participant": f"P0{number}"}
        export(session_of(tmp_path / "sessions", **about), root)
    export(session_of(tmp_path / "sessions"), root)
    validator = Path(sys.executable).with_name("bids-validator-deno")
    run = subprocess.run([validator, "--format", "json", root], capture_output=True, check=False)
    issues = json.loads(run.stdout)["issues"]["issues"]
    errors = [issue for issue in issues if issue["severity"] == "error"]
    assert not errors
    assert run.returncode == 0
    # One author is all that a session knows of.
    assert {issue["code"] for issue in issues} <= {"TOO_FEW_AUTHORS"}


@pytest.mark.parametrize("merged", [False, True])
def test_a_sidecar_tells_every_baseline_that_its_person_was_compared_with(
    merged: bool, tmp_path: Path
) -> None:
    path = session_of(tmp_path, **ABOUT)
    info = json.loads((path / "session.json").read_text("utf-8"))
    now = info["baselines"]["0"]
    info["baselines"]["1"] = {**now, "valence": 0.5}
    info["earlier_baselines"] = [{"face_id": 0, **now, "valence": 0.9}]
    (path / "session.json").write_text(json.dumps(info))
    write_people(path, People({}, {1: 0} if merged else {}))
    one, *_ = map(sidecar, recordings(export(path, tmp_path / "out")[0].parents[3]))
    assert one["Baseline"] == now
    told = [(each["face_id"], each["valence"]) for each in one["OtherBaselines"]]
    assert told == ([(1, 0.5)] if merged else []) + [(0, 0.9)]


@pytest.mark.parametrize(
    "broken",
    [{"baselines": {"x": {}}}, {"baselines": {"0": 3}}, {"earlier_baselines": [{"valence": 1}]}],
)
def test_baselines_that_make_no_sense_are_left_out_and_told(broken: Any, tmp_path: Path) -> None:
    path = session_of(tmp_path, **ABOUT)
    info = json.loads((path / "session.json").read_text("utf-8"))
    (path / "session.json").write_text(json.dumps(info | broken))
    one, *_ = map(sidecar, recordings(export(path, tmp_path / "out")[0].parents[3]))
    assert one["Baseline"] is None
    assert "nothing readable about its baselines" in one["RecordedSession"]["Damaged"][0]


def test_a_sidecar_tells_columns_model_and_session(tmp_path: Path) -> None:
    path = session_of(tmp_path, **ABOUT, note="agreed")
    one, two = map(sidecar, recordings(export(path, tmp_path / "out")[0].parents[3]))
    assert one["SamplingFrequency"] == 10.0
    assert one["Columns"][:2] == ["valence", "arousal"]
    for name in one["Columns"]:
        assert one[name]["Description"]
        assert one[name]["Units"]
    assert (one["valence"]["Minimum"], one["valence"]["Maximum"]) == (-1, 1)
    assert one["Baseline"]["readings"] == 10
    assert one["Model"]["sha256"] == "ab"
    assert two["Baseline"] is None
    told = one["RecordedSession"]
    assert told["Folder"] == path.name
    assert told["Status"] == "complete"
    assert {key: told[key.capitalize()] for key in (*ABOUT, "note")} == ABOUT | {"note": "agreed"}


def test_markers_are_events_in_order_of_time(tmp_path: Path) -> None:
    path = session_of(tmp_path, **ABOUT)
    with (path / "events.csv").open("a") as file:
        file.write('2.25,"=early"\n3.0,""\n')
    (events,) = (p for p in export(path, tmp_path / "out") if p.name.endswith("_events.tsv"))
    assert events.read_text().splitlines() == [
        "onset\tduration\ttrial_type",
        "2.25\tn/a\t=early",
        "2.5\tn/a\ta b c",
        "3.0\tn/a\tn/a",
    ]


def test_each_face_has_its_own_span_on_the_clock_of_the_session(tmp_path: Path) -> None:
    export(session_of(tmp_path, **ABOUT), tmp_path / "out")
    one, two = recordings(tmp_path / "out")
    assert (sidecar(one)["StartTime"], sidecar(two)["StartTime"]) == (2.0, 4.0)
    cells = columns(one)["valence"]
    assert len(cells) == 31
    for i, cell in enumerate(cells):
        if 10 < i < 20:
            assert cell == "n/a"
        else:
            assert float(cell) == pytest.approx(valence(i / 10), abs=1e-6)
    assert columns(two)["valence"] == ["0.5"] * 11
    assert columns(two)["valence_relative"] == ["n/a"] * 11


@pytest.mark.parametrize("rate", [7.0, 25.0, 1000 / 3])
def test_another_rate_is_linear_within_stretches_and_empty_between(
    tmp_path: Path, rate: float
) -> None:
    export(session_of(tmp_path), tmp_path / "out", rate=rate)
    cells = columns(recordings(tmp_path / "out")[0])["valence"]
    assert len(cells) == int(3.0 * rate + 1e-6) + 1
    for i, cell in enumerate(cells):
        t = i / rate
        if 1.0 + 1e-6 < t < 2.0 - 1e-6:
            assert cell == "n/a"
        else:
            assert float(cell) == pytest.approx(valence(t), abs=1e-6)


def test_a_face_seen_between_two_samples_alone_has_its_reading(tmp_path: Path) -> None:
    path = at_times(tmp_path, [0.0, 0.1, 0.2, 0.25, 0.3, 0.4, 0.5])
    frames = path / "frames.csv"
    lines = frames.read_text().splitlines()
    cells = lines[4].split(",")
    cells[2] = "7"
    lines[4] = ",".join(cells)
    frames.write_text("\n".join(lines) + "\n")
    export(path, tmp_path / "out")
    seven = recordings(tmp_path / "out")[1]
    assert sidecar(seven)["StartTime"] == 0.25
    assert columns(seven)["valence"] == ["0.1"]


# Rate.


def test_the_rate_is_that_of_the_readings_and_not_of_the_container(tmp_path: Path) -> None:
    # A browser's WebM counts in milliseconds, and calls that 1000 frames a second.
    webm = [round(i / 30, 3) for i in range(60)]
    export(at_times(tmp_path, webm, rate=1000.0), tmp_path / "out")
    rate = sidecar(recordings(tmp_path / "out")[0])["SamplingFrequency"]
    assert rate == pytest.approx(30.0, rel=2e-3)


@pytest.mark.parametrize("stated", [30000 / 1001, None])
def test_a_rate_that_the_readings_agree_with_keeps_its_digits(
    tmp_path: Path, stated: float | None
) -> None:
    times = [i * 1001 / 30000 for i in range(60)]
    export(at_times(tmp_path, times, rate=stated), tmp_path / "out")
    rate = sidecar(recordings(tmp_path / "out")[0])["SamplingFrequency"]
    assert rate == (stated or 29.97)


def test_the_usual_rate_sees_neither_gaps_nor_repetitions() -> None:
    times = np.array([0.0, 0.1, 0.1, 0.2, 9.0, 9.1, 9.2])
    assert usual_rate(times) == pytest.approx(10.0)
    assert usual_rate(np.array([1.0, 1.0])) is None


def test_resampling_gives_the_values_themselves_at_their_own_times() -> None:
    times = np.array([0.0, 0.05, 0.13, 0.2, 5.0, 5.1])
    values = np.array([1.0, -1.0, 3.0, np.nan, 7.0, 8.0])
    assert resample(times, values, times[[0, 1, 2, 4, 5]]).tolist() == [1, -1, 3, 7, 8]
    between = resample(times, values, np.array([0.025, 0.09, 0.2, 2.0, 5.05]))
    np.testing.assert_allclose(between, [0, 1, np.nan, np.nan, 7.5])


# Nothing is overwritten or mixed.


def test_a_second_export_changes_nothing_and_says_so(tmp_path: Path) -> None:
    path, root = session_of(tmp_path, **ABOUT), tmp_path / "out"
    export(path, root)
    before = content(root)
    with pytest.raises(
        InputError, match=r"has sub-P01.* already, of session .*: .*--run 2.*--overwrite"
    ):
        export(path, root)
    assert content(root) == before


def test_overwriting_leaves_nothing_of_the_session_that_was_there(tmp_path: Path) -> None:
    root = tmp_path / "out"
    export(session_of(tmp_path / "a", **ABOUT), root)
    other = at_times(tmp_path / "b", [0.0, 0.1, 0.2])
    export(other, root, overwrite=True, **{k: ABOUT[k] for k in ("participant", "session", "task")})
    (left,) = recordings(root)
    assert sidecar(left)["RecordedSession"]["Folder"] == other.name
    assert not list(root.rglob("*_events.tsv")), "the new session has no marker"
    (scans,) = root.rglob("*_scans.tsv")
    assert [line.split("\t")[0] for line in scans.read_text().splitlines()] == [
        "filename",
        f"beh/{left.name}",
    ]


def test_another_run_participant_or_visit_stands_beside(tmp_path: Path) -> None:
    root = tmp_path / "out"
    export(session_of(tmp_path / "1", **ABOUT), root)
    export(session_of(tmp_path / "2", **ABOUT), root, run="2")
    export(session_of(tmp_path / "3", **ABOUT | {"session": "2"}), root)
    export(session_of(tmp_path / "4", **ABOUT | {"participant": "P02"}), root)
    assert len(recordings(root)) == 8
    assert (root / "participants.tsv").read_text().splitlines()[1:] == [
        "sub-P01\thomo sapiens\tn/a\tn/a\tn/a",
        "sub-P02\thomo sapiens\tn/a\tn/a\tn/a",
    ]


def test_what_people_wrote_into_a_data_set_is_kept(tmp_path: Path) -> None:
    root = tmp_path / "out"
    root.mkdir()
    own = {
        "dataset_description.json": '{"Name": "Ours", "BIDSVersion": "1.9.0"}',
        "README": "Ours",
        "participants.tsv": "participant_id\tage\r\nsub-X\t33\r\nsub-P01\t44",
        "task-talk_events.json": '{"InstitutionName": "Ours"}',
    }
    for name, text in own.items():
        (root / name).write_bytes(text.encode())
    export(session_of(tmp_path, **ABOUT), root)
    assert {name: (root / name).read_bytes().decode() for name in own} == own
    assert not (root / "README.md").exists()
    export(session_of(tmp_path / "b", **ABOUT | {"participant": "Zoë"}), root)
    rows = (root / "participants.tsv").read_text().splitlines()
    assert rows == ["participant_id\tage", "sub-X\t33", "sub-P01\t44", "sub-Zoe\tn/a"]


def test_people_without_a_name_are_not_taken_for_one_another(tmp_path: Path) -> None:
    root = tmp_path / "out"
    one, two = session_of(tmp_path / "s"), session_of(tmp_path / "s")
    export(one, root)
    export(two, root)
    assert len({path.parts[-3] for path in recordings(root)}) == 2
    third = two.rename(two.with_name(one.name + "-"))
    with pytest.raises(InputError, match=r"stands for .* already"):
        export(third, root, task="other")


@pytest.mark.parametrize(
    ("key", "first", "second"),
    [("participant", "P-01", "P01"), ("session", "1.0", "10"), ("task", "n-back", "n back")],
)
def test_two_words_of_one_label_are_refused(
    tmp_path: Path, key: str, first: str, second: str
) -> None:
    root = tmp_path / "out"
    export(session_of(tmp_path / "a", **ABOUT | {key: first}), root)
    before = content(root)
    with pytest.raises(InputError, match=rf"stands for '{first}' already.*give another --{key}"):
        export(session_of(tmp_path / "b", **ABOUT | {key: second}), root, run="2")
    assert content(root) == before
    with pytest.raises(InputError, match=r"some computers take for"):
        export(session_of(tmp_path / "c", **ABOUT | {"participant": "p01"}), root)


@pytest.mark.parametrize("words", ["--", "李", "../..", "x" * 200])
def test_words_without_a_label_are_refused(tmp_path: Path, words: str) -> None:
    with pytest.raises(InputError, match="gives no BIDS label"):
        export(session_of(tmp_path), tmp_path / "out", participant=words)
    assert not (tmp_path / "out").exists()


def _exported(path: Path, root: Path, number: int) -> None:
    export(path, root, participant=f"P{number}")


def test_two_exports_at_once_both_arrive_whole(tmp_path: Path) -> None:
    path, root = session_of(tmp_path, **ABOUT), tmp_path / "out"
    context = multiprocessing.get_context("fork")
    running = [context.Process(target=_exported, args=(path, root, i)) for i in range(4)]
    for process in running:
        process.start()
    for process in running:
        process.join(60)
    assert [process.exitcode for process in running] == [0] * 4
    assert len(recordings(root)) == 8
    names = [row.split("\t")[0] for row in (root / "participants.tsv").read_text().splitlines()]
    assert sorted(names[1:]) == [f"sub-P{i}" for i in range(4)]


def test_what_a_killed_export_left_behind_goes_with_the_next(tmp_path: Path) -> None:
    root = tmp_path / "out"
    parts = root / ".avce-live-parts"
    parts.mkdir(parents=True)
    (parts / "half.tsv.gz").write_bytes(b"half")
    export(session_of(tmp_path), root)
    assert not parts.exists()
    assert len(recordings(root)) == 2


# Bad input.


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("participants.tsv", b"participant_id\nsub-\xe9\n", "not UTF-8 text"),
        ("participants.tsv", b"name\tage\n", "does not begin with a column participant_id"),
        ("dataset_description.json", b"{", "not a readable JSON"),
        ("dataset_description.json", b"[" * 100_000, "not a readable JSON"),
        ("dataset_description.json", b"[]", "contains no JSON object"),
        ("task-talk_events.json", b"\xff\xfe", "not a readable JSON"),
        ("sub-P01/ses-2/beh/sub-P01_ses-2_task-talk_physio.json", b"{", "not a readable JSON"),
    ],
)
def test_a_broken_file_of_the_data_set_is_one_sentence(
    tmp_path: Path, name: str, data: bytes, words: str
) -> None:
    root = tmp_path / "out"
    (root / name).parent.mkdir(parents=True)
    (root / name).write_bytes(data)
    with pytest.raises(InputError, match=words):
        export(session_of(tmp_path, **ABOUT), root)
    assert (root / name).read_bytes() == data
    assert not recordings(root)


def test_too_many_faces_and_too_long_a_jump_are_refused_in_a_sentence(tmp_path: Path) -> None:
    many = at_times(tmp_path / "many", [0.0], faces=5_000)
    with pytest.raises(InputError, match=f"5000 faces; a BIDS export takes up to {MOST_FACES}"):
        export(many, tmp_path / "out")
    steps = [i / 30 for i in range(30)]
    jump = at_times(tmp_path / "jump", [*steps, *(1e6 + step for step in steps)])
    with pytest.raises(InputError, match=r"would give 3e\+07 samples.*give a lower --rate"):
        export(jump, tmp_path / "out")
    export(jump, tmp_path / "out", rate=0.01)
    assert columns(recordings(tmp_path / "out")[0])["valence"] == ["0.1", *["n/a"] * 9_999, "0.1"]


def test_wrong_exports_are_one_sentence(tmp_path: Path) -> None:
    path = session_of(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        export(path, tmp_path / "file")
    for rate in (0.0, -1.0, float("nan"), 1e9):
        with pytest.raises(InputError, match="--rate must be above 0"):
            export(path, tmp_path / "out", rate=rate)
    with pytest.raises(InputError, match="--run is a number"):
        export(path, tmp_path / "out", run="two")
    with SessionWriter(
        RecordingOptions(tmp_path),
        source=SourceInfo("video", "clip.mp4"),
        model=ModelInfo(Path("net.onnx"), "ab", "cpu"),
    ) as empty:
        pass
    with pytest.raises(InputError, match="contains no face"):
        export(empty.path, tmp_path / "out")


def test_a_killed_session_can_be_exported(tmp_path: Path) -> None:
    path = session_of(tmp_path)
    (path / "session.json").unlink()
    frames = path / "frames.csv"
    frames.write_bytes(frames.read_bytes()[:-5])
    export(path, path / "bids")
    told = sidecar(recordings(path / "bids")[0])["RecordedSession"]
    assert any("cut off" in words for words in told["Damaged"])


def test_the_same_session_gives_the_same_bytes(tmp_path: Path) -> None:
    path = session_of(tmp_path, **ABOUT)
    for name in ("a", "b"):
        export(path, tmp_path / name / "out")
    assert content(tmp_path / "a") == content(tmp_path / "b")


# From the command line, and into the tools of others.


def test_several_sessions_go_into_one_data_set_by_one_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "study"
    paths = [
        str(session_of(tmp_path, **ABOUT | {"participant": f"P{number}"})) for number in (1, 2, 1)
    ]
    assert main(["export", *paths, "--format", "bids", "--out", str(root)]) == 2
    said = capsys.readouterr()
    assert len(recordings(root)) == 4
    assert "--run 2" in said.err
    assert "Traceback" not in said.err
    assert main(["export", paths[2], "--format", "bids", "--out", str(root), "--run", "2"]) == 0


def test_pandas_reads_an_export(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    export(session_of(tmp_path, **ABOUT), tmp_path / "out")
    path = recordings(tmp_path / "out")[0]
    names = sidecar(path)["Columns"]
    read = pandas.read_csv(path, sep="\t", names=names, na_values="n/a")
    assert read["valence"].dtype == np.float64
    assert read["valence"].isna().sum() == 9
    np.testing.assert_allclose(read["valence"][:11], [valence(i / 10) for i in range(11)], 1e-6)

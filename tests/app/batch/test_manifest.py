"""Lists of files for a batch: patterns, and manifests that say what each file is about."""

from __future__ import annotations

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from avce.app.batch import job as batch_job
from avce.app.batch import run as batch
from avce.app.batch.inputs import find_inputs
from avce.app.batch.manifest import find_entries, read_manifest
from avce.app.batch.run import run_batch
from avce.app.session.reader import read_session
from avce.app.settings import RecordingOptions, RunSettings
from avce.model.errors import InputError

from ..stand_ins import FilmSource, StandInNetwork, analyser, frame


@pytest.fixture
def clips(tmp_path: Path) -> Path:
    for name in ("a.mp4", "b.mp4", "odd [1].mp4"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def write(folder: Path, text: str, name: str = "list.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_rows_say_what_each_file_is_about(clips: Path) -> None:
    text = "path,participant,start,end,room\na.mp4,P01,,,r1\nb.mp4, P02 ,1.5,3,\n\n"
    one, two = read_manifest(write(clips, text))
    assert (one.path, dict(one.about)) == (clips / "a.mp4", {"participant": "P01"})
    assert (one.start, one.end, dict(one.columns)) == (None, None, {"room": "r1"})
    assert (two.start, two.end, dict(two.about)) == (1.5, 3.0, {"participant": "P02"})


@pytest.mark.parametrize(
    ("name", "text", "encoding"),
    [
        ("a.csv", "path,condition\na.mp4,A\n", "utf-8-sig"),
        ("a.tsv", "path\tcondition\na.mp4\tA\n", "utf-8"),
        ("a.csv", "path;condition\r\na.mp4;A\r\n", "utf-8"),
    ],
)
def test_tables_as_programs_write_them(clips: Path, name: str, text: str, encoding: str) -> None:
    (entry,) = read_manifest(write(clips, text, name, encoding))
    assert dict(entry.about) == {"condition": "A"}


def test_capitals_and_decimal_commas_of_a_spreadsheet_are_understood(clips: Path) -> None:
    text = "Path;Participant;START;End;Room\r\na.mp4;P01;1,5;n/a;r1\r\n"
    (entry,) = read_manifest(write(clips, text))
    assert (entry.problem, dict(entry.about), entry.start, entry.end) == (
        "", {"participant": "P01"}, 1.5, None,
    )  # fmt: skip
    assert dict(entry.columns) == {"Room": "r1"}
    with pytest.raises(InputError, match="two columns 'session'"):
        read_manifest(write(clips, "path,Session,session\na.mp4,1,2\n"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "no column 'path'"),
        ("file\na.mp4\n", "no column 'path'"),
        ("path,path\na.mp4,b.mp4\n", "two columns 'path'"),
        ("path\n", "names no file"),
    ],
)
def test_a_manifest_that_cannot_be_understood_says_where(
    clips: Path, text: str, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        read_manifest(write(clips, text))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("path\nnone.mp4\n", "row 2: there is nothing at"),
        ("path,participant\n,P01\n", "row 2: there is nothing at"),
        ("path,start\na.mp4\n", "row 2: 1 cells, not 2"),
        ("path,start\na.mp4,soon\n", "start 'soon' is not a time"),
        ("path,end\na.mp4,-1\n", "end '-1' is not a time"),
        ("path,end\na.mp4,inf\n", "end 'inf' is not a time"),
        ("path,start,end\na.mp4,3,2\n", "not after its start"),
        ("path,participant\na.mp4,--\n", "has no letter or digit"),
    ],
)
def test_a_row_that_cannot_be_understood_says_so_and_spares_the_others(
    clips: Path, text: str, complaint: str
) -> None:
    cells = text.splitlines()[0].count(",")
    wrong, right = read_manifest(write(clips, text + f"b.mp4{',' * cells}\n"))
    assert complaint in wrong.problem
    assert "list.csv, row 2" in wrong.problem
    assert (right.path, right.problem) == (clips / "b.mp4", "")


def test_of_rows_that_name_the_same_part_neither_is_taken(clips: Path) -> None:
    text = "path,participant,start\na.mp4,P01,\nb.mp4,P02,\na.mp4,P03,\na.mp4,P01,2\n"
    problems = [entry.problem for entry in read_manifest(write(clips, text))]
    assert "rows 2 and 4 name the same part of a file" in problems[0]
    assert problems == [problems[0], "", problems[0], ""]


def test_what_a_manifest_says_of_a_file_goes_before_its_bare_name(clips: Path) -> None:
    manifest = write(clips, "path,participant\na.mp4,P01\n")
    found = find_entries([clips / "a.mp4", clips / "b.mp4", manifest], find_inputs)
    assert [(e.path.name, dict(e.about)) for e in found] == [
        ("a.mp4", {"participant": "P01"}),
        ("b.mp4", {}),
    ]


def test_a_manifest_of_another_encoding_says_how_to_save_it(clips: Path) -> None:
    with pytest.raises(InputError, match="CSV UTF-8"):
        read_manifest(write(clips, "path,note\na.mp4,Zoë\n", encoding="cp1252"))


def test_a_pattern_stands_for_its_matches_and_a_name_for_itself(clips: Path) -> None:
    found = find_entries([clips / "*.mp4", clips / "a.mp4"], find_inputs)
    assert [each.path.name for each in found] == ["a.mp4", "b.mp4", "odd [1].mp4"]
    (odd,) = find_entries([clips / "odd [1].mp4"], find_inputs)
    assert odd.path.name == "odd [1].mp4"
    (none,) = find_entries([clips / "*.mov"], find_inputs)
    assert "Nothing matches" in none.problem


class SeekableFilm(FilmSource):
    """A film that goes on from the frame shown at a time."""

    def seek(self, seconds: float) -> None:
        self.frames = [f for f in self.frames if f.timestamp > seconds - 1 / 30]


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> None:
    film = [frame(i) for i in range(30)]
    monkeypatch.setattr(batch, "_model", lambda settings: (Path("net.onnx"), "0" * 64))
    monkeypatch.setattr(batch_job, "Predictor", StandInNetwork)
    monkeypatch.setattr(batch_job, "open_source", lambda path: SeekableFilm(film, Path(path).name))
    monkeypatch.setattr(batch_job, "_real_analyser", lambda job, source: analyser())
    monkeypatch.setattr(batch_job, "_draw", lambda path: None)


def run(manifest: Path, out: Path) -> int:
    settings = RunSettings(recording=RecordingOptions(out))
    return run_batch([manifest], settings, workers=1, make_pool=ThreadPoolExecutor)


def index(out: Path) -> list[dict[str, str]]:
    with (out / "batch.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.usefixtures("stand_ins")
def test_sessions_carry_what_the_manifest_says_and_so_does_the_index(
    clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "path,participant,session,start,end,room\na.mp4,P01,1,,.5,r1\na.mp4,P01,1,.5,,r1\n"
    manifest, out = write(clips, text), clips / "out"
    assert run(manifest, out) == 0
    rows = index(out)
    told = [(row["participant"], row["visit"], row["room"]) for row in rows]
    assert told == [("P01", "1", "r1")] * 2
    times = []
    for row in rows:
        assert "_sub-P01_ses-1" in row["session"]
        session = read_session(out / row["session"])
        assert session.info["participant"] == "P01"
        times.append(session.readings["timestamp"])
    # Two parts of one file meet without a frame that is in both or in none.
    assert [t.size for t in times] == [int(row["frames"]) for row in rows]
    assert sum(t.size for t in times) == 30
    assert times[0].max() < 0.5 <= times[1].min()
    page = (out / "batch.html").read_text()
    assert "<h1>2 files: 2 done</h1>" in page
    capsys.readouterr()
    assert run(manifest, out) == 0
    assert "0 done, 2 done before" in capsys.readouterr().out


@pytest.mark.usefixtures("stand_ins")
def test_a_row_that_says_something_else_is_analysed_again(clips: Path) -> None:
    out = clips / "out"
    run(write(clips, "path,participant\na.mp4,P01\n"), out)
    run(write(clips, "path,participant\na.mp4,P02\n"), out)
    assert [row["participant"] for row in index(out)] == ["P01", "P02"]
    labels = [json.loads(p.read_text())["participant"] for p in out.glob("*/session.json")]
    assert sorted(labels) == ["P01", "P02"]


@pytest.mark.usefixtures("stand_ins")
def test_cells_that_a_spreadsheet_runs_are_text_in_the_index_and_known_again(
    clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest, out = write(clips, "path,condition,why\na.mp4,=1+1,@SUM(A1)\n"), clips / "out"
    run(manifest, out)
    (row,) = index(out)
    assert (row["condition"], row["why"]) == ("'=1+1", "'@SUM(A1)")
    capsys.readouterr()
    run(manifest, out)
    assert "1 done before" in capsys.readouterr().out


@pytest.mark.usefixtures("stand_ins")
def test_an_index_of_other_columns_is_not_mixed_with(clips: Path) -> None:
    out = clips / "out"
    run(write(clips, "path,room\na.mp4,r1\n"), out)
    before = (out / "batch.csv").read_bytes()
    with pytest.raises(InputError, match="choose another --out"):
        run(write(clips, "path,house\na.mp4,h1\n"), out)
    assert (out / "batch.csv").read_bytes() == before


@pytest.mark.usefixtures("stand_ins")
def test_a_part_without_a_frame_has_failed(clips: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = clips / "out"
    assert run(write(clips, "path,start\na.mp4,90\nb.mp4,\n"), out) == 1
    assert "no frame from 90 s" in capsys.readouterr().err
    page = (out / "batch.html").read_text()
    assert page.index("failed: ") < page.index("done: ")


@pytest.mark.usefixtures("stand_ins")
def test_a_misspelt_row_is_a_failed_file_of_a_batch_that_goes_on(
    clips: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = clips / "out"
    manifest = write(clips, "path,start\nb.mp4,soon\na.mp4,\nnone.mp4,\n")
    settings = RunSettings(recording=RecordingOptions(out))
    inputs = [manifest, clips / "gone.mp4", clips / "*.mov"]
    assert run_batch(inputs, settings, workers=1, make_pool=ThreadPoolExecutor) == 1
    told = capsys.readouterr()
    assert "1 done, 0 done before, 4 failed" in told.out
    assert told.err.count("failed: ") == 4
    rows = {Path(row["input"]).name: (row["status"], row["detail"]) for row in index(out)}
    assert rows["a.mp4"] == ("done", "")
    assert rows["b.mp4"] == ("failed", f"{manifest}, row 2: start 'soon' is not a time in seconds.")
    assert "row 4: there is nothing at" in rows["none.mp4"][1]
    assert "There is nothing at" in rows["gone.mp4"][1]
    assert "<h1>5 files: 4 failed, 1 done</h1>" in (out / "batch.html").read_text()
    manifest.write_text("path,start\nb.mp4,0.5\na.mp4,\n")
    assert run_batch([manifest], settings, workers=1, make_pool=ThreadPoolExecutor) == 0
    assert "1 done, 1 done before, 0 failed" in capsys.readouterr().out


def test_a_batch_of_which_nothing_is_there_is_refused_before_anything_is_made(clips: Path) -> None:
    out = clips / "out"
    with pytest.raises(InputError, match=r"no such file or folder.*\(1 more like this\)"):
        run(write(clips, "path\nc.mp4\nd.mp4\n"), out)
    assert not out.exists()


def test_a_label_without_a_letter_is_refused_before_anything_runs(clips: Path) -> None:
    with pytest.raises(InputError, match="has no letter or digit"):
        run(write(clips, "path,participant\na.mp4,--\n"), clips / "out")
    assert not (clips / "out").exists()

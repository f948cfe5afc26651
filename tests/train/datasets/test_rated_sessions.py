"""Frames of rated sessions meet the raters' values, and a person stays on one side."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avce.model.errors import InputError
from avce.model.ratings.files import Rating, rating_file, write_ratings
from avce.model.session_people import People, write_people
from avce.train.datasets import parse_data
from avce.train.datasets.base import drop_duplicates
from avce.train.datasets.rated_sessions import read_rated_sessions
from avce.train.datasets.splits import check_leak, train_or_val

HEADER = "frame,timestamp,face_id,confidence,success,x,y,width,height,valence,arousal\n"


def rated(root: Path, name: str, participant: str, *, frames: int = 40, video: bool = True) -> Path:
    """A session of ten frames a second; valence is rated as time / 10, arousal against it."""
    folder = root / name
    folder.mkdir(parents=True)
    rows = [f"{i},{i / 10},0,0.9,1,{i},2,30,30,0,0" for i in range(frames)]
    (folder / "frames.csv").write_text(HEADER + "\n".join(rows) + "\n")
    (folder / "session.json").write_text(json.dumps({"participant": participant}))
    if video:
        (folder / "video.mp4").write_bytes(b"")
    times = np.arange(0, frames) / 10
    values = np.stack([times / 10, -times / 10], axis=1)
    write_ratings(rating_file(folder, "KS"), Rating("KS", times, values))
    return folder


def test_one_frame_in_half_a_second_is_taken_with_its_number_box_and_rating(tmp_path: Path) -> None:
    rated(tmp_path, "s1", "P1")
    samples = read_rated_sessions(tmp_path, "test").samples
    assert [s.frame for s in samples] == list(range(0, 40, 5))
    assert [s.valence for s in samples] == pytest.approx([0.05 * i for i in range(8)])
    assert [s.arousal for s in samples] == pytest.approx([-0.05 * i for i in range(8)])
    assert samples[3].box == (15.0, 2.0, 30.0, 30.0)
    assert {(s.identity, s.video, s.path.name, s.in_video) for s in samples} == {
        ("P1", "s1", "video.mp4", True)
    }


def test_numbers_of_one_person_are_that_person(tmp_path: Path) -> None:
    """Somebody who came back under another number, while a second person was seen longer."""
    folder = rated(tmp_path, "s1", "P1")
    rows = [f"{i},{i / 10},{0 if i < 18 else 2},0.9,1,{i},2,30,30,0,0" for i in range(40)]
    rows += [f"{i},{i / 10},1,0.9,1,200,2,30,30,0,0" for i in range(10, 35)]
    (folder / "frames.csv").write_text(HEADER + "\n".join(rows) + "\n")
    apart = read_rated_sessions(tmp_path, "test").samples
    assert {s.box[0] for s in apart if s.box} == {200.0}
    write_people(folder, People(same={2: 0}))
    merged = read_rated_sessions(tmp_path, "test").samples
    assert [s.box[0] for s in merged if s.box] == [float(i) for i in range(0, 40, 5)]


def test_several_raters_are_joined_and_a_gold_standard_stands_above_them(tmp_path: Path) -> None:
    folder = rated(tmp_path, "s1", "P1")
    times = np.arange(0, 40) / 10
    values = np.stack([times / 10 + 0.2, -times / 10 - 0.2], axis=1)
    write_ratings(rating_file(folder, "AB"), Rating("AB", times, values))
    joined = read_rated_sessions(tmp_path, "test").samples
    assert [s.valence for s in joined] == pytest.approx([0.1 + 0.05 * i for i in range(8)])
    write_ratings(folder / "gold-standard.csv", Rating("g", times, np.zeros((40, 2)) + 0.7))
    gold = read_rated_sessions(tmp_path, "test").samples
    assert {s.valence for s in gold} == {0.7}


def test_a_person_is_on_one_side_and_test_is_everybody(tmp_path: Path) -> None:
    for i in range(8):
        rated(tmp_path, f"a/s{i}", f"P{i % 4}", frames=12)
    whole = read_rated_sessions(tmp_path)
    for sample in whole.samples:
        assert sample.split == train_or_val(sample.identity, 5)
    parts = [read_rated_sessions(tmp_path, split) for split in ("train", "val")]
    check_leak(*parts)
    assert sum(len(part.samples) for part in parts) == len(whole.samples)
    everybody = drop_duplicates(read_rated_sessions(tmp_path, "test"))
    assert {s.identity for s in everybody.samples} == {"P0", "P1", "P2", "P3"}
    assert len(everybody.samples) == 8 * 3


def test_what_cannot_be_used_is_named(tmp_path: Path) -> None:
    rated(tmp_path, "good", "P1")
    rated(tmp_path, "no-video", "P2", video=False)
    broken = rated(tmp_path, "broken", "P3") / "frames.csv"
    broken.write_text(broken.read_text().replace("7,0.7,0", "7,x,0"))
    numberless = rated(tmp_path, "numberless", "P5") / "frames.csv"
    numberless.write_text(numberless.read_text().replace("\n7,0.7,0", "\n,0.7,0"))
    blank = rated(tmp_path, "blank", "P4") / "frames.csv"
    blank.write_text(blank.read_text().replace("\n0,0.0,0,0.9,1,0", "\n0,0.0,-1,,0,"))
    listing = read_rated_sessions(tmp_path, "test")
    reasons = {item.name: (item.reason, item.fault) for item in listing.skipped}
    assert "recorded without its video" in reasons["no-video"][0]
    assert reasons["no-video"][1]
    assert "cannot be read" in reasons["broken"][0]
    assert "cannot be read" in reasons["numberless"][0]
    assert reasons["blank#0"] == ("the session has no face there", False)


def test_a_session_without_video_is_taken_with_the_file_that_it_was_made_from(
    tmp_path: Path,
) -> None:
    folder = rated(tmp_path, "s1", "P1", video=False)
    text = (folder / "frames.csv").read_text().splitlines()
    # Analysed from the hundredth frame on.
    rows = [f"{int(row.partition(',')[0]) + 100},{row.partition(',')[2]}" for row in text[1:]]
    (folder / "frames.csv").write_text("\n".join([text[0], *rows]) + "\n")
    about = {"participant": "P1", "source": {"file": {"name": "film [1].mp4", "bytes": 3}}}
    (folder / "session.json").write_text(json.dumps(about))
    film = tmp_path / "films" / "film [1].mp4"
    film.parent.mkdir()
    film.write_bytes(b"abcd")
    with pytest.raises(InputError, match="not below the folder"):
        parse_data(f"session:{tmp_path}")[0].read("test")
    film.write_bytes(b"abc")
    samples = read_rated_sessions(tmp_path, "test").samples
    assert {sample.path for sample in samples} == {film}
    assert [sample.frame for sample in samples] == [100 + i for i in range(0, 40, 5)]
    about["source"]["file"]["name"] = "../films/film [1].mp4"
    (folder / "session.json").write_text(json.dumps(about))
    assert not read_rated_sessions(tmp_path, "test").samples


def test_sessions_that_nobody_rated_are_refused(tmp_path: Path) -> None:
    folder = rated(tmp_path, "s1", "P1")
    (folder / "ratings-KS.csv").unlink()
    with pytest.raises(InputError, match="no rated session"):
        read_rated_sessions(tmp_path)

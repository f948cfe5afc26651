"""Files of ratings of every kind give the same ratings, and others a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avce.model.errors import InputError
from avce.model.ratings.files import (
    Rating,
    at_times,
    find_ratings,
    merged,
    rating_file,
    read_ratings,
    write_ratings,
)

CARMA = """Time of Rating,01-Feb-2020 10:00:00
Multimedia File,talk.mp4
Lower Label,very negative
Upper Label,very positive
Minimum Value,-100
Maximum Value,100
Number of Steps,9
Second,Rating
%%%%%%,%%%%%%
1,50
2,-25
"""
DARMA = """Time of Rating,01-Feb-2020 10:00:00,,
Multimedia File,talk.mp4,,
Magnitude,1000,,
Second,Valence,Arousal,Button
%%%%%%,%%%%%%,%%%%%%,%%%%%%
1,500,100,0
2,-250,NaN,0
"""


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_every_kind_of_file_gives_the_same_valence(tmp_path: Path) -> None:
    frames = np.array([1.0, 2.0, 3.0])
    files = [
        write(tmp_path / "carma-valence.csv", CARMA),
        write(tmp_path / "darma.csv", DARMA),
        write(tmp_path / "gtrace-valence.txt", "1.0 0.5\n2.0 -0.25\n"),
        write(tmp_path / "feeltrace.txt", "time valence arousal\n1.0\t0.5\t0.1\n2.0\t-0.25\t0.2\n"),
        write(tmp_path / "aff-wild-valence.txt", "0.5\n-0.25\n"),
        write(tmp_path / "aff-wild2.txt", "valence,arousal\n0.5,0.1\n-0.25,-5\n"),
        write(tmp_path / "commas.csv", "timestamp;valence;arousal\n1,0;0,5;0,1\n2,0;-0,25;\n"),
        write(tmp_path / "commas-valence.csv", "1;0,5\n2;-0,25\n"),
        write(tmp_path / "tabs-valence.txt", "1,0\t0,5\n2,0\t-0,25\n"),
    ]
    for file in files:
        found = read_ratings(file, frame_times=frames)
        assert found.times.tolist() == [1.0, 2.0], file
        assert found.values[:, 0].tolist() == [0.5, -0.25], file
    assert np.isnan(read_ratings(files[1]).values[1, 1])
    assert np.isnan(read_ratings(files[5], frame_times=frames).values[1, 1])
    named = read_ratings(write(tmp_path / "x.txt", "0 1\n1 1\n"), axis="arousal")
    assert np.isnan(named.values[:, 0]).all()


def test_what_is_written_is_read_again_and_never_overwritten(tmp_path: Path) -> None:
    rating = Rating("KS", np.array([0.1, 0.2]), np.array([[0.1 + 0.2, np.nan], [-1.0, 1.0]]))
    path = rating_file(tmp_path, "KS")
    write_ratings(path, rating)
    (found,) = find_ratings(tmp_path)
    assert found.rater == "KS"
    assert found.times.tolist() == rating.times.tolist()
    assert np.array_equal(found.values, rating.values, equal_nan=True)
    before = path.read_bytes()
    with pytest.raises(InputError, match="already exists"):
        write_ratings(path, Rating("KS", np.array([5.0]), np.zeros((1, 2))))
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    with pytest.raises(InputError, match="not a valid rater label"):
        rating_file(tmp_path, "../KS")


def test_two_axes_of_two_files_become_one_rater(tmp_path: Path) -> None:
    valence = read_ratings(write(tmp_path / "valence.txt", "0 0.0\n1 0.5\n2 1.0\n"))
    arousal = read_ratings(write(tmp_path / "arousal.txt", "0.5 -1\n1.5 1\n"))
    found = merged([valence, arousal], "KS")
    assert found.times.tolist() == [0.0, 0.5, 1.0, 1.5, 2.0]
    assert found.values[:, 0].tolist() == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert found.values[1:4, 1].tolist() == [-1.0, 0.0, 1.0]
    assert np.isnan(found.values[[0, 4], 1]).all()
    with pytest.raises(InputError, match="the same axis"):
        merged([valence, valence], "KS")


def test_nothing_is_made_up_where_nobody_rated() -> None:
    times = np.array([0.0, 0.1, 0.2, 5.0, 5.1])
    found = at_times(times, np.array([0.0, 0.1, 0.2, 0.5, 0.6]), np.array([-1, 0.05, 2, 5, 9]))
    assert found[[1, 3]] == pytest.approx([0.05, 0.5])
    assert np.isnan(found[[0, 2, 4]]).all()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("r.csv", "timestamp,valence,arousal\n1,2,0\n", r"outside \[-1, 1\]"),
        ("r.csv", "timestamp,valence,arousal\n1,0,0\n0,0,0\n", "do not increase"),
        ("r.csv", "timestamp,valence,arousal\n", "contains no rating"),
        ("r.csv", "timestamp,valence,arousal\n1,x,0\n", "line 2"),
        ("r.csv", "timestamp,valence,arousal\n1,0\n", "line 2"),
        ("r.csv", "timestamp,valence,arousal\n1,inf,0\n", "infinite"),
        ("r.txt", "1 0.5\n2 0.4\n", "name it"),
        ("valence.txt", "1 0.5\n2\n", "line 2"),
        ("valence.txt", "0.5\n0.4\n", "a line for each frame"),
        ("r.txt", "hello\n", "not a file of ratings"),
        ("r.txt", "", "not a file of ratings"),
        ("valence.csv", CARMA.replace("Maximum Value,100", "Maximum Value,-100"), "scale ends"),
    ],
)
def test_what_is_no_file_of_ratings_is_refused(
    tmp_path: Path, name: str, text: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        read_ratings(write(tmp_path / name, text))

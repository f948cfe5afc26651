"""Ratings of a session: added, compared, and joined to a gold standard beside the readings."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from avce.app.cli import main
from avce.app.rating.parts import by_part, over_time, parts_between
from avce.app.rating.session_ratings import compare_ratings
from avce.app.session.reader import read_session
from avce.model.errors import InputError
from avce.model.metrics import ccc
from avce.model.ratings.files import Rating, rating_file, read_ratings, write_ratings
from avce.model.session_people import People, write_people

from ..study_folders import columns, session


def smooth(seed: int, n: int) -> np.ndarray:
    steps = np.random.default_rng(seed).normal(size=n)
    return np.clip(np.convolve(steps, np.ones(30) / 15, "same"), -1, 1)


TIMES = np.arange(0, 120, 0.1)
V, A = smooth(0, len(TIMES)), smooth(1, len(TIMES))


def rated(folder: Path, lags: dict[str, float]) -> Path:
    """A session whose raters say what the model says, each some seconds later."""
    path = session(folder, columns(TIMES, valence=V, arousal=A), participant="P1")
    for i, (rater, seconds) in enumerate(lags.items()):
        noise = np.random.default_rng(i).normal(0, 0.05, (len(TIMES), 2))
        values = np.clip(np.stack([V, A], axis=1) + noise, -1, 1)
        inside = TIMES + seconds <= TIMES[-1]
        write_ratings(
            rating_file(path, rater), Rating(rater, (TIMES + seconds)[inside], values[inside])
        )
    return path


def test_each_raters_lag_is_found_and_taken_off(tmp_path: Path) -> None:
    path = rated(tmp_path / "s", {"AB": 1.5, "KS": 3.0})
    late = compare_ratings(read_session(path))
    assert [found.seconds for found in late.lags] == pytest.approx([1.5, 3.0], abs=0.11)
    right = compare_ratings(read_session(path), correct_lag=True)
    assert late.between is not None
    assert right.between is not None
    assert right.between["valence"].icc_a1 > 0.9 > late.between["valence"].icc_a1
    assert right.with_model["KS"]["arousal"][0] > 0.9


def test_of_several_faces_the_one_that_is_compared_is_said_and_merged_numbers_are_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Face 1 leaves at 50 s and is back as 2 at 60 s; somebody else, 0, is there for 80 s.
    times = np.concatenate([TIMES[TIMES < 50], TIMES[TIMES >= 60], TIMES[TIMES < 80]])
    numbers = np.repeat([1, 2, 0], [500, 600, 800])
    order = np.argsort(times, kind="stable")
    times, numbers = times[order], numbers[order]
    at = np.rint(times * 10).astype(int)
    rows = columns(
        times,
        frame=at,
        face_id=numbers,
        valence=np.where(numbers == 0, -V[at], V[at]),
        arousal=np.where(numbers == 0, -A[at], A[at]),
    )
    path = session(tmp_path / "s", rows, participant="P1")
    write_ratings(rating_file(path, "R1"), Rating("R1", TIMES, np.stack([V, A], axis=1)))
    write_people(path, People({1: "Anna"}, {2: 1}))
    assert main(["ratings", str(path)]) == 0
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert first == "several faces: the model's values are those of Anna, seen longest"
    assert "valence CCC +1.000" in second


def test_the_gold_standard_stands_at_the_frames_and_says_whose_it_is(tmp_path: Path) -> None:
    path = rated(tmp_path / "s", {"AB": 1.5, "KS": 3.0})
    before = {p.name: p.read_bytes() for p in path.iterdir()}
    assert main(["ratings", str(path), "--correct-lag", "--gold"]) == 0
    assert {name: (path / name).read_bytes() for name in before} == before
    with (path / "gold-standard.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["timestamp"]) for row in rows] == TIMES.tolist()
    values = np.array([float(row["valence"] or "nan") for row in rows])
    known = np.isfinite(values)
    assert known.mean() > 0.9
    assert np.sqrt(np.mean((values[known] - V[known]) ** 2)) < 0.1
    facts = json.loads((path / "gold-standard.json").read_text())
    assert facts["Raters"] == ["AB", "KS"]
    assert sum(facts["Weights"]["valence"].values()) == pytest.approx(1.0)
    assert main(["ratings", str(path), "--gold"]) == 2


def test_files_of_other_programs_are_added_beside_the_readings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = session(tmp_path / "s", columns(TIMES, valence=V, arousal=A))
    for name, values in (("valence", V), ("arousal", A)):
        text = "\n".join(f"{t:.1f} {v:.6f}" for t, v in zip(TIMES, values, strict=True))
        (tmp_path / f"{name}.txt").write_text(text)
    files = [str(tmp_path / "valence.txt"), str(tmp_path / "arousal.txt")]
    assert main(["ratings", str(path), "--add", *files, "--rater", "KS"]) == 0
    said = capsys.readouterr()
    assert "CCC +1.000" in said.out
    assert said.err == ""
    (tmp_path / "long-valence.txt").write_text("0 0.1\n900 0.1\n")
    long = str(tmp_path / "long-valence.txt")
    assert main(["ratings", str(path), "--add", long, "--rater", "long"]) == 0
    assert "from 0.0 to 900.0 s, the session is from 0.0 to" in capsys.readouterr().err
    assert main(["ratings", str(path), "--add", *files, "--rater", "KS"]) == 2
    assert main(["ratings", str(path), "--add", *files]) == 2
    (tmp_path / "late-valence.txt").write_text("900 0.1\n901 0.1\n")
    late = str(tmp_path / "late-valence.txt")
    assert main(["ratings", str(path), "--add", late, "--rater", "X"]) == 2
    errors = capsys.readouterr().err
    assert "no moment is in both" in errors
    assert "Traceback" not in errors


def test_a_session_that_nobody_rated_says_how_to_add_ratings(tmp_path: Path) -> None:
    path = session(tmp_path / "s", columns(TIMES, valence=V, arousal=A))
    with pytest.raises(InputError, match="--add FILE --rater NAME"):
        compare_ratings(read_session(path))


def test_passes_of_a_rater_are_one_voice_and_are_compared_with_each_other(tmp_path: Path) -> None:
    path = rated(tmp_path / "s", {"AB": 0.0, "AB_pass2": 0.0, "KS": 0.0})
    compared = compare_ratings(read_session(path))
    assert compared.raters == ["AB", "KS"]
    assert compared.retest["AB"]["valence"].icc_a1 > 0.9
    own = [find(path, label) for label in ("AB", "AB_pass2")]
    mean = (own[0].values + own[1].values) / 2
    np.testing.assert_allclose(compared.ratings[0].values, mean, atol=1e-12)


def find(path: Path, label: str) -> Rating:
    return read_ratings(rating_file(path, label))


def test_of_too_short_ratings_no_lag_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = session(tmp_path / "s", columns(TIMES, valence=V, arousal=A))
    values = np.stack([V, A], axis=1)[:120]
    write_ratings(rating_file(path, "AB"), Rating("AB", TIMES[:120], values))
    assert main(["ratings", str(path), "--correct-lag", "--gold"]) == 0
    assert json.loads((path / "gold-standard.json").read_text())["LagCorrected"] is False
    said = capsys.readouterr().out
    assert "too short for a lag: 12 s are rated, 30 s are needed" in said
    assert "CCC +1.000" in said, "nothing was taken off"


def test_agreement_by_part_is_that_of_the_part_alone(tmp_path: Path) -> None:
    path = rated(tmp_path / "s", {"AB": 0.0, "KS": 0.0})
    compared = compare_ratings(read_session(path))
    parts = parts_between([(40.0, "clip"), (500.0, "outside")], 0.0, float(TIMES[-1]))
    assert [(p.name, p.start) for p in parts] == [("start", 0.0), ("clip", 40.0)]
    first, second = by_part(compared, parts)
    a, b = (find(path, label).values[400:, 0] for label in ("AB", "KS"))
    assert second.between is not None
    assert second.between["valence"].moments == 800
    mixed = 2 * np.cov(a, b, bias=True)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    assert second.between["valence"].ccc == pytest.approx(mixed, abs=1e-6)
    assert first.between is not None
    assert first.between["valence"].moments == 400
    assert first.with_model["arousal"][0] > 0.9


def test_agreement_over_time_is_that_of_each_window(tmp_path: Path) -> None:
    path = rated(tmp_path / "s", {"AB": 0.0, "KS": 0.0})
    compared = compare_ratings(read_session(path))
    middles, found = over_time(compared, seconds=10.0)
    assert len(middles) == 111
    assert middles[7] == pytest.approx(12.0)
    window = slice(70, 170)
    values = compared.values[window, 0]
    assert found[0, 0, 7] == pytest.approx(float(ccc(values[:, 0], values[:, 1])), abs=1e-9)
    model = compared.model[window, 1]
    with_each = [float(ccc(model, compared.values[window, 1, k])) for k in range(2)]
    assert found[1, 1, 7] == pytest.approx(np.mean(with_each), abs=1e-9)

"""A study's numbers against plain loops over the CSV, and against simulated people."""

from __future__ import annotations

import csv
import math
import statistics
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from avce.app.study.plan import StudyPlan, Window
from avce.app.study.study import run_study

from ..study_folders import columns, session, wandering

EVENTS = [(1.0, "smile"), (4.5, "frown"), (9.0, "smile"), (14.0, "frown"), (18.5, "smile")]
PLAN = StudyPlan(
    condition="event",
    windows=(Window("early", 0.0, 2.0), Window("late", 1.0, 4.0)),
    baseline=(-0.8, 0.0),
    min_quality=0.2,
    min_coverage=0.4,
    above=0.1,
    below=-0.1,
)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


Point = tuple[float, float, float]
"""Time, value and half-width of a good reading."""


def good_points(folder: Path, axis: str) -> tuple[list[float], list[Point]]:
    """The times of all frames, and the good readings, read as text."""
    rows = table(folder / "frames.csv")
    good = [
        (
            float(r["timestamp"]),
            float(np.float32(r[axis])),
            float(np.float32(r[f"{axis}_halfwidth"])),
        )
        for r in rows
        if r["success"] == "1" and float(r["quality"]) >= 0.2
    ]
    return [float(r["timestamp"]) for r in rows], good


def by_loops(points: list[Point], onset: float, start: float, end: float) -> dict[str, float]:
    """The measures of one axis, one reading after the other."""
    before = [v for t, v, _ in points if onset - 0.8 <= t < onset]
    zero = sum(before) / len(before) if before else math.nan
    inside = [(t, v - zero, h) for t, v, h in points if start <= t < end]
    values = [v for _, v, _ in inside]
    if not values:
        return {}
    usual = statistics.median(b[0] - a[0] for a, b in pairwise(inside))
    broken = max(0.5, 3 * usual)
    above = below = area = 0.0
    for i, (t, v, _) in enumerate(inside):
        lasting = usual
        if i + 1 < len(inside) and inside[i + 1][0] - t <= broken:
            lasting = inside[i + 1][0] - t
            area += (v + inside[i + 1][1]) / 2 * lasting
        lasting = min(lasting, end - t)
        above += lasting if v > 0.1 else 0.0
        below += lasting if v < -0.1 else 0.0
    peak = max(inside, key=lambda point: abs(point[1]))
    return {
        "baseline": zero,
        "mean": statistics.fmean(values),
        "sd": statistics.stdev(values),
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
        "peak": peak[1],
        "peak_latency": peak[0] - onset,
        "time_above": above,
        "time_below": below,
        "auc": area,
        "halfwidth": statistics.fmean(h for *_, h in inside),
    }


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of sessions; its results are in `out` beside it."""
    folder = tmp_path_factory.mktemp("study")
    for i in range(3):
        about = {"participant": f"P{i % 2}", "session": str(i)}
        session(folder / "in" / f"s{i}", wandering(i), EVENTS, **about)
    run_study(folder / "in", folder / "out", PLAN, report=False)
    return folder


def test_every_segment_is_what_plain_loops_make_of_the_csv(study: Path) -> None:
    rows = table(study / "out" / "segments.csv")
    assert len(rows) == 3 * 5 * 2
    compared = 0
    for row in rows:
        onset, start, end = (float(row[name]) for name in ("onset", "start", "end"))
        for axis in ("valence", "arousal"):
            frames, points = good_points(study / "in" / row["recording"], axis)
            expected = by_loops(points, onset, start, end)
            inside = [t for t in frames if start <= t < end]
            assert int(row["frames"]) == len(inside)
            assert int(row["n"]) == sum(start <= t < end for t, *_ in points)
            for name, value in expected.items():
                found = float(row[f"{axis}_{name}"] or "nan")
                assert found == pytest.approx(value, abs=1e-9, nan_ok=True), (name, row)
                compared += 1
    assert compared > 500


def test_the_summary_is_the_mean_over_the_segments_used(study: Path) -> None:
    segments = table(study / "out" / "segments.csv")
    assert {row["used"] for row in segments} == {"0", "1"}
    for row in table(study / "out" / "summary.csv"):
        keys = ("participant", "condition", "window")
        own = [s for s in segments if all(s[k] == row[k] for k in keys)]
        used = [s for s in own if s["used"] == "1"]
        assert (int(row["segments"]), int(row["segments_used"])) == (len(own), len(used))
        for name in ("valence_mean", "arousal_auc", "valence_peak_latency", "arousal_sd"):
            expected = statistics.fmean(float(s[name]) for s in used)
            assert float(row[name]) == pytest.approx(expected, abs=1e-9)


def test_epochs_are_straight_lines_between_readings_and_missing_in_gaps(study: Path) -> None:
    rows = parquet.read_table(study / "out" / "epochs.parquet").to_pylist()
    assert any(row["valence"] is None for row in rows)
    for row in rows[::7]:
        if row["valence"] is None:
            continue
        _, points = good_points(study / "in" / row["recording"], "valence")
        onset = EVENTS[row["event_number"] - 1][0]
        at = onset + row["time"]
        before = max((p for p in points if p[0] <= at + 1e-9), key=lambda p: p[0])
        after = min((p for p in points if p[0] >= at - 1e-9), key=lambda p: p[0])
        gap = after[0] - before[0]
        share = (at - before[0]) / gap if gap > 1e-9 else 0.0
        own = [v for t, v, _ in points if onset - 0.8 <= t < onset]
        expected = before[1] + share * (after[1] - before[1]) - statistics.fmean(own)
        assert row["valence"] == pytest.approx(expected, abs=1e-6)


def test_readings_hold_every_row_once_with_whose_it_is(study: Path) -> None:
    rows = parquet.read_table(study / "out" / "readings.parquet").to_pylist()
    for i in range(3):
        own = [row for row in rows if row["recording"] == f"s{i}"]
        text = table(study / "in" / f"s{i}" / "frames.csv")
        assert [row["timestamp"] for row in own] == [float(row["timestamp"]) for row in text]
        assert {(row["participant"], row["session"]) for row in own} == {(f"P{i % 2}", str(i))}
        assert sum(row["good"] for row in own) == len(
            good_points(study / "in" / f"s{i}", "valence")[1]
        )


def test_simulated_people_give_back_their_effects(tmp_path: Path) -> None:
    times = np.arange(0, 8, 0.1)
    effects = {"P1": 0.3, "P2": 0.1, "P3": -0.2}
    for i, (name, effect) in enumerate(effects.items()):
        for condition, shift in (("calm", 0.0), ("loud", effect)):
            rows = columns(times, valence=0.1 * i + shift, arousal=-shift)
            folder = tmp_path / "in" / f"{name}-{condition}"
            session(folder, rows, participant=name, condition=condition)
    run_study(tmp_path / "in", tmp_path / "out", StudyPlan(), report=False)
    means = {
        (row["participant"], row["condition"]): float(row["valence_mean"])
        for row in table(tmp_path / "out" / "summary.csv")
    }
    for name, effect in effects.items():
        found = means[name, "loud"] - means[name, "calm"]
        assert found == pytest.approx(effect, abs=1e-6)  # float32 in the session


def by_pandas(frames: pd.DataFrame, row: pd.Series) -> dict[str, float]:
    """The numbers of a segment that are counts, shares and moments, from the rows of its CSV."""
    onset, start, end = row["onset"], row["start"], row["end"]
    inside = frames[(frames["timestamp"] >= start) & (frames["timestamp"] < end)]
    found = frames["success"] == 1
    good = frames[found & (frames["quality"].isna() | (frames["quality"] >= 0.2))]
    own = good[(good["timestamp"] >= start) & (good["timestamp"] < end)]
    before = good[(good["timestamp"] >= onset - 0.8) & (good["timestamp"] < onset)]
    values = {
        "frames": len(inside),
        "n": len(own),
        "share_valid": inside["success"].mean() if len(inside) else 0.0,
        "share_good": len(own) / len(inside) if len(inside) else 0.0,
    }
    for axis in ("valence", "arousal"):
        zero = before[axis].mean()
        moved = own[axis] - zero
        values |= {
            f"{axis}_baseline": zero,
            f"{axis}_mean": moved.mean(),
            f"{axis}_sd": moved.std(),
            f"{axis}_median": moved.median(),
            f"{axis}_min": moved.min(),
            f"{axis}_max": moved.max(),
            f"{axis}_halfwidth": own[f"{axis}_halfwidth"].mean(),
        }
    return values


def test_all_rows_of_segments_are_those_of_pandas(study: Path) -> None:
    segments = pd.read_csv(study / "out" / "segments.csv")
    assert len(segments) == 30
    compared = 0
    for _, row in segments.iterrows():
        frames = pd.read_csv(study / "in" / str(row["recording"]) / "frames.csv")
        single = [c for c in frames if c.startswith(("valence", "arousal"))]
        frames[single] = frames[single].astype(np.float32).astype(np.float64)
        for name, expected in by_pandas(frames, row).items():
            assert row[name] == pytest.approx(expected, abs=1e-9, nan_ok=True), (name, row)
            compared += 1
    assert compared == 30 * 18

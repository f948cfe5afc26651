"""How well the faces of a session were seen, and means with and without poor readings."""

from __future__ import annotations

from dataclasses import replace
from math import isnan, nan
from pathlib import Path

import numpy as np
import pytest

from avce.app.gui.review.data import load
from avce.app.session.reader import read_session
from avce.app.session.seen import seen
from avce.app.session.summary import write_summary

from ..session_folders import analysis, face, writer


def _session(folder: Path, *read: tuple[float, float], halfwidth: float = nan) -> Path:
    """A session of one face with these (quality, valence) and one frame without a face."""
    with writer(folder) as session:
        for index, (quality, valence) in enumerate(read):
            reading = face(index, valence=valence)
            reading = replace(
                reading,
                quality=quality,
                valence_smooth_halfwidth=halfwidth,
                arousal_smooth_halfwidth=halfwidth,
            )
            session.write(analysis(index, reading))
        session.write(analysis(len(read)))
    return session.path


def test_shares_and_means_with_and_without_poor_readings(tmp_path: Path) -> None:
    path = _session(tmp_path, (1.0, 0.5), (0.75, 0.25), (0.6, 0.25), (0.2, -1.0))
    found = seen(read_session(path).readings)
    assert found is not None
    assert (found.readings, found.good, found.poor) == (4, 0.5, 0.25)
    assert found.mean == pytest.approx((0.0, 0.0))
    assert found.mean_without_poor == pytest.approx((1 / 3, -1 / 3))
    assert found.share == "50 % of readings in good conditions, 25 % in poor"
    assert found.means("arousal") == "+0.00, without poor readings −0.33"


def test_poor_readings_alone_leave_no_mean_without_them(tmp_path: Path) -> None:
    found = seen(read_session(_session(tmp_path, (0.1, 0.5))).readings)
    assert found is not None
    assert isnan(found.mean_without_poor[0])
    assert found.means("valence") == "+0.50"


def test_a_session_that_does_not_know_its_conditions_says_nothing_of_them(tmp_path: Path) -> None:
    path = _session(tmp_path, (nan, 0.5))
    assert seen(read_session(path).readings) is None
    assert "conditions" not in dict(load(path).facts)


def test_the_review_tells_them_among_the_facts(tmp_path: Path) -> None:
    facts = dict(load(_session(tmp_path, (0.9, 0.5), (0.3, -0.5))).facts)
    assert facts["conditions"] == "50 % of readings in good conditions, 50 % in poor"
    assert facts["mean valence"] == "+0.00, without poor readings +0.50"


def test_the_summary_shows_the_interval_as_a_band(tmp_path: Path) -> None:
    cv2 = pytest.importorskip("cv2")
    read = [(1.0, 0.25)] * 10
    plain = write_summary(_session(tmp_path / "a", *read))
    with_band = write_summary(_session(tmp_path / "b", *read, halfwidth=0.4))
    one, other = (cv2.imread(str(path)).astype(int) for path in (plain, with_band))
    assert one.shape == other.shape
    tinted = np.abs(one - other).max(axis=2) > 10
    # Two bands of 0.8 of the 2.1 units of the axis, overlapping, over the whole time.
    assert 0.2 < tinted.mean() < 0.7

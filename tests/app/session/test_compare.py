"""Two curves side by side: differences where both are known, nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from avce.app.session.curves import compare, differences

TIMES = np.arange(0, 10, 0.1)
LINE = np.stack([0.05 * TIMES, -0.02 * TIMES])


def test_a_line_and_the_same_line_at_other_moments_are_the_same() -> None:
    other = np.arange(0.03, 9.95, 0.07)
    result = compare(TIMES, LINE, other, np.stack([0.05 * other, -0.02 * other]))
    assert result is not None
    assert result.rmse == (pytest.approx(0, abs=1e-12), pytest.approx(0, abs=1e-12))
    assert result.ccc == (pytest.approx(1), pytest.approx(1))
    assert result.seconds == pytest.approx(9.8, abs=0.11)


def test_a_shift_is_the_mean_difference_and_leaves_the_correlation() -> None:
    shift = np.array([[0.3], [-0.1]])
    result = compare(TIMES, LINE, TIMES, LINE + shift)
    assert result is not None
    assert result.mean == (pytest.approx(0.3), pytest.approx(-0.1))
    assert result.rmse == (pytest.approx(0.3), pytest.approx(0.1))
    assert result.pcc == (pytest.approx(1), pytest.approx(1))
    # 2 s^2 / (2 s^2 + d^2), the concordance of a curve with itself moved by d.
    variance = float(np.var(LINE[0]))
    assert result.ccc[0] == pytest.approx(2 * variance / (2 * variance + 0.09))


def test_gaps_of_either_side_have_no_difference() -> None:
    here, there = LINE.copy(), LINE + 0.5
    here[:, 10:20] = np.nan
    there[:, 40:60] = np.nan
    apart = differences(TIMES, here, TIMES, there)
    unknown = np.isnan(apart).any(axis=0)
    assert unknown[10:20].all()
    assert unknown[41:59].all()
    assert not unknown[[0, 9, 20, 39, 60, 99]].any()
    np.testing.assert_allclose(apart[:, ~unknown], 0.5)
    result = compare(TIMES, here, TIMES, there)
    assert result is not None
    assert result.seconds == pytest.approx(9.9 - 1.1 - 2.1, abs=0.11)


def test_curves_that_share_no_moment_cannot_be_compared() -> None:
    assert compare(TIMES, LINE, TIMES + 100.0, LINE) is None
    assert compare(TIMES[:0], LINE[:, :0], TIMES, LINE) is None

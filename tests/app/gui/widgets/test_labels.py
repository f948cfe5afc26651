"""Numbers are written as people read them."""

from __future__ import annotations

import pytest

from avce.app.gui.widgets.labels import signed


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((0.4567, "+0.46"), (-0.4567, "−0.46"), (-1.0, "−1.00")),
        *((0.0, "+0.00"), (-0.0, "+0.00"), (-0.004, "+0.00")),
        (float("nan"), "–"),
    ],
)
def test_a_value_has_its_sign_and_zero_has_none_below(value: float, text: str) -> None:
    assert signed(value) == text

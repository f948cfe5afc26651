"""A run computes in what the machine is fast in, and says where it does not."""

from __future__ import annotations

import warnings

import pytest

from avce.train import hardware as machine
from avce.train.config import Precision, RunConfig
from avce.train.hardware import choose_precision


@pytest.mark.parametrize(
    ("wanted", "native", "chosen", "warned"),
    [
        ("auto", True, "bf16-mixed", False),
        ("auto", False, "32-true", False),
        ("bf16-mixed", True, "bf16-mixed", False),
        ("bf16-mixed", False, "bf16-mixed", True),
        ("32-true", False, "32-true", False),
    ],
)
def test_bfloat16_is_taken_where_it_is_native(
    monkeypatch: pytest.MonkeyPatch, wanted: Precision, native: bool, chosen: str, warned: bool
) -> None:
    monkeypatch.setattr(machine, "native_bfloat16", lambda on_cpu: native)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert choose_precision(wanted, on_cpu=True) == chosen
    said = [str(w.message) for w in caught]
    assert ["--precision 32-true" in text for text in said] == [True] * warned


def test_a_run_leaves_the_arithmetic_to_the_machine() -> None:
    assert RunConfig("csv:a").precision == "auto"

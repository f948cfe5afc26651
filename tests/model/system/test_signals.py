"""What ends a command cleanly, and what does not end it at all."""

from __future__ import annotations

import signal
import sys

import pytest

from avce.model.system.signals import interruptible

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_each_signal_ends_it_as_ctrl_c_does(name: str) -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        signal.raise_signal(signal.Signals[name])


@pytest.mark.parametrize("first", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_terminal_that_closes_does_not_disturb_what_is_being_finished(first: str) -> None:
    finished = False
    with interruptible(lambda: pytest.fail("it was ended hard")):
        try:
            signal.raise_signal(signal.Signals[first])
        except KeyboardInterrupt:
            signal.raise_signal(signal.SIGHUP)
            finished = True
    assert finished


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_that_is_sent_twice_is_one_request(name: str) -> None:
    """As `timeout` sends it, and a wrapper that passes on a terminal's Ctrl-C."""
    finished = False
    with interruptible(lambda: pytest.fail("it was ended hard")):
        try:
            signal.raise_signal(signal.Signals[name])
        except KeyboardInterrupt:
            signal.raise_signal(signal.Signals[name])
            finished = True
    assert finished


def test_what_nohup_runs_goes_on() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)

"""Errors become one sentence and the right exit status."""

from __future__ import annotations

import pytest

from avce.model.errors import AvceError, InputError, MissingExtraError, run_command


def _raise(error: BaseException):
    def main() -> int:
        raise error

    return main


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InputError("no such file"), 2),
        (MissingExtraError("--lsl", "lsl"), 2),
        (AvceError("the disk is full"), 1),
        (RuntimeError("surprise"), 1),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_error_ends_with_its_status_and_one_line(error, status, capsys) -> None:
    assert run_command(_raise(error), name="avce", debug=False) == status
    said = capsys.readouterr().err
    assert said.startswith("avce: ")
    assert said.count("\n") == 1
    assert "Traceback" not in said


def test_debug_shows_the_traceback(capsys) -> None:
    run_command(_raise(InputError("no such file")), name="avce", debug=True)
    assert "Traceback" in capsys.readouterr().err


def test_done_is_zero() -> None:
    assert run_command(lambda: None, name="avce", debug=False) == 0

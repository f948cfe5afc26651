"""The errors a user can meet, and how a command reports them."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

EXIT_DONE, EXIT_FAILURE, EXIT_WRONG_USE = 0, 1, 2


class AvceError(Exception):
    """Base of every error of ours; its text is one sentence: what, where, what to do."""


class InputError(AvceError):
    """Wrong use or bad input: a command that meets it ends with exit status 2."""


class MissingExtraError(InputError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs the optional extra '{extra}', which is not installed: "
            f"install it with pip install 'avce-live[{extra}]'."
        )


def run_command(main: Callable[[], int | None], *, name: str, debug: bool) -> int:
    """Run `main` and turn what it raises into an exit status.

    Returns 0 when it is done, 2 for an `InputError`, 1 for anything else and 130 when it was
    interrupted. The error is one line on standard error; `debug` adds the traceback.
    """
    try:
        return main() or EXIT_DONE
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        return EXIT_FAILURE
    except Exception as error:
        if debug:
            traceback.print_exc()
        expected = isinstance(error, AvceError)
        text = " ".join(str(error).split()) or type(error).__name__
        hint = "" if expected else f" ({type(error).__name__}; --debug shows where)"
        print(f"{name}: {text}{hint}", file=sys.stderr)
        return EXIT_WRONG_USE if isinstance(error, InputError) else EXIT_FAILURE

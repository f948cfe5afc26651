"""The parser that the three commands share: wrong use is one sentence and exit status 2."""

from __future__ import annotations

import sys
from typing import NoReturn

from jsonargparse import ArgumentParser

from .errors import EXIT_WRONG_USE


class CommandParser(ArgumentParser):
    """An `ArgumentParser` that says what is wrong in one line, without the whole usage."""

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Print the message with the command's name and leave."""
        text = " ".join(message.split())
        name = (self.prog or "").split(" ")[0]
        print(f"{name}: {text} (--help shows the options)", file=sys.stderr)
        sys.exit(EXIT_WRONG_USE)

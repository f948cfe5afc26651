"""Parsers of the three commands: wrong use is one sentence and exit status 2.

`CommandParser` knows the standard library alone, so that `avce-live --help` is there at once;
training, whose options are nested and come from files, has one of its own on the same manners.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from types import NoneType
from typing import Any, Literal, NoReturn, get_args, get_origin

from ..errors import EXIT_WRONG_USE

_OPTION = re.compile(r"(?<![\w-])--[a-z][\w.]*")


class PlainManners:
    """What any of our parsers does: one way to spell options, and errors in one line.

    Options are spelled `--like-this`; `--like_this`, as they once were, works too. Goes before an
    `argparse.ArgumentParser` among the bases.
    """

    prog: str
    _option_string_actions: dict[str, argparse.Action]

    def _parse_optional(self, arg_string: str) -> Any:
        name, equals, value = arg_string.partition("=")
        if name.startswith("--") and name not in self._option_string_actions:
            other = f"--{name[2:].replace('-', '_')}"
            spelled = f"--{name[2:].replace('_', '-')}"
            for each in (other, spelled):
                if each in self._option_string_actions:
                    arg_string = f"{each}{equals}{value}"
        return super()._parse_optional(arg_string)  # pyright: ignore[reportAttributeAccessIssue]

    def format_help(self, *arguments: Any, **options: Any) -> str:
        """The help, with every option spelled in the one way."""
        text = super().format_help(*arguments, **options)  # pyright: ignore[reportAttributeAccessIssue]
        return _OPTION.sub(lambda found: found[0].replace("_", "-"), text)

    def error(self, message: str, ex: Exception | None = None) -> NoReturn:
        """Print the message with the command's name and leave."""
        text = " ".join(message.split())
        name = (self.prog or "").split(" ")[0]
        print(f"{name}: {text} (--help shows the options)", file=sys.stderr)
        sys.exit(EXIT_WRONG_USE)


class Options(argparse.Namespace):
    """What was given, by attribute and by name."""

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)

    def as_dict(self) -> dict[str, Any]:
        """All of it by name."""
        return dict(vars(self))


class _Help(argparse.HelpFormatter):
    """Says the default of an option that has one."""

    def _get_help_string(self, action: argparse.Action) -> str:
        said = action.help or ""
        if action.option_strings and action.default not in (None, False, "", argparse.SUPPRESS):
            said += " (default: %(default)s)"
        return said


class CommandParser(PlainManners, argparse.ArgumentParser):
    """A parser whose arguments have types: `int`, `float`, `str`, `Path`, one of them or None, or
    a `Literal` of texts.

    Args:
        version: what `--version` says; no such option if empty.
        options: those of `argparse.ArgumentParser`.
    """

    def __init__(self, *, version: str = "", **options: Any) -> None:
        options.setdefault("formatter_class", _Help)
        super().__init__(allow_abbrev=False, **options)
        if version:
            super().add_argument("--version", action="version", version=f"%(prog)s {version}")

    def add_argument(self, *names: str, **options: Any) -> argparse.Action:
        """As `argparse` has it; `type` may be any of the types above."""
        hint = options.get("type")
        if get_origin(hint) is Literal:
            options |= {"type": str, "choices": get_args(hint)}
        elif hint is not None and NoneType in get_args(hint):
            (options["type"],) = (each for each in get_args(hint) if each is not NoneType)
        return super().add_argument(*names, **options)

    def add_subcommands(self) -> Any:
        """The place of subcommands, for `add_subcommand`; the chosen one's name is `subcommand`."""
        return self.add_subparsers(dest="subcommand", required=True, metavar="COMMAND")

    def read(self, arguments: Sequence[str]) -> Options:
        """The options that were given; leaves with a sentence where they are wrong."""
        return self.parse_args(arguments, Options())


def add_subcommand(place: Any, name: str, parser: CommandParser, *, help: str) -> None:  # noqa: A002
    """Let a parser read what follows `name`. It may stand for itself as well."""
    told = parser.description or help
    place.add_parser(name, parents=[parser], add_help=False, description=told, help=help)

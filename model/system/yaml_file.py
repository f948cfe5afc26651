"""YAML files: plain values alone, and no more of them than are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from yaml.composer import ComposerError

from ..errors import InputError

MOST_BYTES = 1_000_000
_MOST_ALIASES = 100


class _Loader(yaml.SafeLoader):
    """Refuses what grows beyond its text: a list of nine names for a list of nine names for ... is
    short, and in full fills any memory."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._aliases = 0
        self._within = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent):
            self._aliases += 1
            if self._within or self._aliases > _MOST_ALIASES:
                raise ComposerError(
                    None, None, "too many values stand for others", event.start_mark
                )
            return super().compose_node(parent, index)
        named = getattr(event, "anchor", None) is not None
        self._within += named
        node = super().compose_node(parent, index)
        self._within -= named
        return node


def read_yaml(path: Path) -> Any:
    """What a YAML file says, None for an empty one.

    A name for a value (`&few`) may be used, but not within another named value. Raises `InputError`
    for a file that cannot be read, is too large or is no YAML; it names the line.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(f"{path} is too large: it has more than {MOST_BYTES / 1e6:.0f} MB.")
        return yaml.load(path.read_bytes().decode("utf-8-sig"), _Loader)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}).") from error
    except (yaml.YAMLError, ValueError, LookupError, TypeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None)
        told = f" ({' '.join(str(reason).split())})" if reason else ""
        raise InputError(f"{path}{where}: this is not YAML{told}.") from error

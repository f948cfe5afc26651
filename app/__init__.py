"""The live app: sources, pipeline, tracking, sessions, batch; Qt in `gui` alone.

from avce.app import analyse, read_session, stream
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .notebook import Readings as Readings
    from .notebook import analyse as analyse
    from .notebook import stream as stream
    from .session.reader import read_session as read_session

__all__ = ["Readings", "analyse", "read_session", "stream"]
_HOMES = {"read_session": "session.reader"}


def __getattr__(name: str) -> Any:
    # Loaded when they are asked for: `avce-live --help` needs none of it.
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'notebook')}", __name__), name)

"""The live app: sources, pipeline, tracking, sessions, batch; Qt in `gui` alone.

from avce.app import analyse, read_session, run_study, stream
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .notebook import Readings as Readings
    from .notebook import analyse as analyse
    from .notebook import stream as stream
    from .session.reader import read_session as read_session
    from .study.plan import StudyPlan as StudyPlan
    from .study.study import run_study as run_study

__all__ = ["Readings", "StudyPlan", "analyse", "read_session", "run_study", "stream"]
_HOMES = {
    "StudyPlan": "study.plan",
    "read_session": "session.reader",
    "run_study": "study.study",
}


def __getattr__(name: str) -> Any:
    # Loaded when they are asked for: `avce-live --help` needs none of it.
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES.get(name, 'notebook')}", __name__), name)

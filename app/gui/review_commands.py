"""Which command and which part of the review window does what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import review_export

if TYPE_CHECKING:
    from .review import ReviewWindow


def connect(window: ReviewWindow) -> None:
    """Let every command and every part of the window do what it is there for."""
    panes, go, history = window.panes, window.commands, window.history
    for name, do in {
        "open": window.open_other,
        "compare": window.choose_other,
        "replay": window.strip.start,
        "quit": window.close,
        "undo": history.stack.undo,
        "redo": history.stack.redo,
        "marker": window.add_marker,
        "move_marker": window.move_marker,
        "remove_marker": window.events.remove,
        "play": window.play_or_pause,
        "step": lambda: window.step(1),
        "step_back": lambda: window.step(-1),
        "back": lambda: window.go(window.time - 5.0),
        "forward": lambda: window.go(window.time + 5.0),
        "to_start": lambda: window.go(window.review.start),
        "to_end": lambda: window.go(window.review.end),
        "earlier": lambda: panes.timeline.plot.move_view(-0.5),
        "later": lambda: panes.timeline.plot.move_view(0.5),
        "next_face": panes.timeline.next_face,
        "switch_theme": window.switch_theme,
    }.items():
        go[name].triggered.connect(lambda _=False, do=do: do())
    for kind in review_export.KINDS:
        go[f"export_{kind}"].triggered.connect(
            lambda _=False, kind=kind: review_export.ask(window, kind)
        )
    for kind in ("event", "marker", "peak"):
        for name, by in (("next", 1), ("last", -1)):
            go[f"{name}_{kind}"].triggered.connect(
                lambda _=False, kind=kind, by=by: window.jump(kind, by)
            )
    go["density"].toggled.connect(panes.circumplex.set_density)
    go["relative"].toggled.connect(panes.timeline.plot.set_relative)
    panes.transport.seek_wanted.connect(lambda at: window.go(window.review.start + at))
    panes.timeline.plot.pointed.connect(window.go)
    panes.view.face_clicked.connect(panes.show_face)
    window.events.chosen.connect(window.go)
    window.events.add_wanted.connect(window.add_marker)
    window.events.move_wanted.connect(window.move_marker)
    window.events.wrong.connect(window.toast.say)
    history.changed.connect(window.markers_changed)
    history.stack.canUndoChanged.connect(go["undo"].setEnabled)
    history.stack.canRedoChanged.connect(go["redo"].setEnabled)
    window.comparison.aligned.connect(window.lay_beside)
    window.comparison.ended.connect(window.end_comparison)
    go.guard(window)

# ruff: noqa: E501  (a table reads best with one entry a line)
"""Everything the rating window can do: words, key, what is done, and when."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..qt.actions import Action, Menus

REDO_SECONDS = 10.0


def menus(
    *,
    close: Callable[[], object],
    play: Callable[[], object],
    redo: Callable[[], object],
    undo: Callable[[], object],
    can_undo: Callable[[], bool],
    next_unrated: Callable[[], object],
    choose_axes: Callable[[str], object],
    record: Callable[[bool], object],
    use_pad: Callable[[bool], object],
    pad_there: Callable[[], bool],
    step: Callable[[int], object],
    seek_by: Callable[[float], object],
    to_start: Callable[[], object],
    to_end: Callable[[], object],
    show_words: Callable[[bool], object],
    switch_theme: Callable[[], object],
) -> Menus:
    """The menus from left to right."""
    return {
        "&Rating": (
            Action("play", "Play or pause", "Space", "Play and rate from here, or pause", play),
            Action("redo_stretch", "Redo last 10 s", "Backspace", "Go back 10 seconds and rate them again", redo),
            Action("undo", "Undo last stretch", "Ctrl+Z", "Undo the ratings made since playback last started", undo, can_undo),
            Action("next_unrated", "Go to next unrated moment", "N", "Go to the next moment that is not rated", next_unrated),
            None,
            Action("rate_both", "Rate both", "B", "Rate valence and arousal together", choose_axes, group="axes", value="both"),
            Action("rate_valence", "Rate valence", "V", "Rate valence alone", choose_axes, group="axes", value="valence"),
            Action("rate_arousal", "Rate arousal", "A", "Rate arousal alone", choose_axes, group="axes", value="arousal"),
            None,
            Action("record", "Rate while playing", "R", "Off: only look at what was rated", record, switch=True),
            Action("use_pad", "Use game pad", "G", "The left stick moves the point", use_pad, pad_there, switch=True),
            None,
            Action("quit", "Close", "Ctrl+W", "Close this window; ratings are saved", close),
        ),
        "&Playback": (
            Action("step", "Next frame", ".", "Step one frame forward", partial(step, 1), repeats=True),
            Action("step_back", "Previous frame", ",", "Step one frame back", partial(step, -1), repeats=True),
            Action("back", "Back 5 s", "PgUp", "Go back 5 seconds", partial(seek_by, -5.0), repeats=True),
            Action("forward", "Forward 5 s", "PgDown", "Go forward 5 seconds", partial(seek_by, 5.0), repeats=True),
            Action("to_start", "Go to start", "Home", "Go to the start", to_start),
            Action("to_end", "Go to end", "End", "Go to the end", to_end),
        ),
        "&View": (
            Action("words", "Show emotion words", "W", "Show where the model's labels put emotions: raters may follow them", show_words, switch=True),
            Action("switch_theme", "Toggle dark theme", "T", "Switch between the dark and the light theme", switch_theme),
        ),
    }  # fmt: skip

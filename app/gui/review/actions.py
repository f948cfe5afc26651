# ruff: noqa: E501  (a table reads best with one entry a line)
"""Everything the review window can do: words, key, what is done, and when."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QMainWindow

from ..qt.actions import Action, Menus
from ..widgets.panes import Panes
from .data import Review
from .events_table import EventsTable
from .export import Exporter
from .marker_editing import MarkerEditing
from .markers import MarkerHistory
from .playhead import Playhead
from .replay import ReplayStrip


def menus(
    window: QMainWindow,
    review: Review,
    playhead: Playhead,
    history: MarkerHistory,
    editing: MarkerEditing,
    events: EventsTable,
    panes: Panes,
    strip: ReplayStrip,
    exporter: Exporter,
    *,
    open_other: Callable[[], object],
    compare: Callable[[], object],
    name_faces: Callable[[], object],
    switch_theme: Callable[[], object],
    count_from_start: Callable[[bool], object],
    show_stretch: Callable[[], object],
    rate: Callable[[], object],
    show_ratings: Callable[[], object],
    presets: Sequence[Action],
) -> Menus:
    """The menus from left to right."""
    stack, editable = history.stack, (lambda: not review.growing)
    return {
        "&File": (
            Action("open", "Open another session…", "Ctrl+O", "Review another session", open_other),
            Action("compare", "Compare with…", "Ctrl+K", "Overlay a second session on this one", compare),
            Action("rate", "Rate…", "Shift+R", "Rate the valence and arousal that you see in the stored video, moment by moment", rate, lambda: review.video is not None and not review.growing),
            Action("ratings", "Ratings and agreement…", "Shift+A", "Draw what people rated, with their lags and how far they agree over time and by part", show_ratings),
            Action("replay", "Re-analyse stored video", "Ctrl+R", "Run the stored video through the model again and compare the estimates", strip.start, lambda: review.video is not None),
            None,
            Action("export_png", "Export plots as image (PNG)…", "Ctrl+P", "Save the plots as an image", partial(exporter.ask, "png")),
            Action("export_svg", "Export plots as vector graphics (SVG)…", "Ctrl+G", "Save the plots as vector graphics", partial(exporter.ask, "svg")),
            Action("export_csv", "Export time range in view (CSV)…", "Ctrl+S", "Save the readings in view as a table", partial(exporter.ask, "csv")),
            Action("export_parquet", "Export as Parquet…", "", "Save all readings as a Parquet file", partial(exporter.ask, "parquet")),
            Action("export_eaf", "Export markers as ELAN file…", "", "Save markers and intervals as annotations for ELAN", partial(exporter.ask, "eaf")),
            Action("export_textgrid", "Export markers as TextGrid…", "", "Save markers and intervals as tiers for Praat", partial(exporter.ask, "textgrid")),
            Action("export_bids", "Export as BIDS…", "", "Save resampled readings as BIDS physiological recordings", partial(exporter.ask, "bids")),
            Action("export_summary", "Export summary (PNG)…", "", "Save a plot of the whole session with the faces at its peaks", partial(exporter.ask, "summary")),
            None,
            Action("quit", "Close", "Ctrl+W", "Close this window", window.close),
        ),
        "&Edit": (
            Action("undo", "Undo", "Ctrl+Z", "Undo the last change to a marker", stack.undo, stack.canUndo),
            Action("redo", "Redo", "Ctrl+Shift+Z", "Redo the last change that was undone", stack.redo, stack.canRedo),
            None,
            Action("marker", "Add marker", "M", "Add a marker at the cursor", editing.add, editable),
            Action("move_marker", "Move marker to cursor", "H", "Move the marker selected last to the cursor", editing.move, editable),
            Action("end_marker", "Extend marker to cursor", "E", "Make the marker selected last an interval that ends at the cursor", editing.extend, editable),
            Action("remove_marker", "Delete marker", "Del", "Delete the selected marker", events.remove, editable),
            None,
            *presets,
            Action("import_annotations", "Import annotations…", "", "Import annotations from an ELAN file or Praat TextGrid as markers and intervals", editing.import_annotations, editable),
            None,
            Action("name_faces", "Name or merge faces…", "Shift+N", "Name faces, and say which numbers are one person", name_faces, editable),
        ),
        "&Playback": (
            Action("play", "Play or pause", "Space", "Play from the cursor, or pause", playhead.play_or_pause),
            Action("step", "Next frame", ".", "Step one frame forward", partial(playhead.step, 1), repeats=True),
            Action("step_back", "Previous frame", ",", "Step one frame back", partial(playhead.step, -1), repeats=True),
            Action("back", "Back 5 s", "Left", "Move the cursor back 5 seconds", partial(playhead.seek_by, -5.0), repeats=True),
            Action("forward", "Forward 5 s", "Right", "Move the cursor forward 5 seconds", partial(playhead.seek_by, 5.0), repeats=True),
            Action("to_start", "Go to start", "Home", "Move the cursor to the start", playhead.to_start),
            Action("to_end", "Go to end", "End", "Move the cursor to the end", playhead.to_end),
            None,
            Action("next_event", "Next marker or peak", "Down", "Go to the next marker or peak", partial(playhead.jump, "event", 1)),
            Action("last_event", "Previous marker or peak", "Up", "Go to the previous marker or peak", partial(playhead.jump, "event", -1)),
            Action("next_marker", "Next marker", "Ctrl+Down", "Go to the next marker", partial(playhead.jump, "marker", 1)),
            Action("last_marker", "Previous marker", "Ctrl+Up", "Go to the previous marker", partial(playhead.jump, "marker", -1)),
            Action("next_peak", "Next peak", "Shift+Down", "Go to the next peak", partial(playhead.jump, "peak", 1)),
            Action("last_peak", "Previous peak", "Shift+Up", "Go to the previous peak", partial(playhead.jump, "peak", -1)),
        ),
        "&View": (
            Action("density", "Show density", "G", "Show in the circumplex where the session has been", panes.circumplex.set_density, switch=True),
            Action("relative", "Show values relative to neutral", "V", "Plot the smoothed curves relative to each face's baseline", panes.timeline.plot.set_relative, switch=True),
            *panes.plot_actions(),
            Action("stretch", "Statistics of a stretch…", "I", "Drag a band over the plot: mean, SD, range and share valid of each face", show_stretch),
            Action("since_start", "Show time since the start", "Z", "Count time from the session's first frame instead of in the source's own time", count_from_start, switch=True),
            Action("switch_theme", "Toggle dark theme", "T", "Switch between the dark and the light theme", switch_theme),
        ),
    }  # fmt: skip

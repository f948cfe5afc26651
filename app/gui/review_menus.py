# ruff: noqa: E501  (a table reads best with one entry a line)
"""Everything the review window can do, with its words and keys."""

from __future__ import annotations

from typing import Final

from .actions import MOVE_PLOT, Command

MENUS: Final[dict[str, tuple[Command | None, ...]]] = {
    "&File": (
        Command("open", "Open another session…", "Ctrl+O", "Look at another session"),
        Command("compare", "Compare with…", "Ctrl+K", "Draw a second session over this one"),
        Command("replay", "Run the pictures again", "Ctrl+R", "Run the stored pictures through the network again and compare the estimates"),
        None,
        Command("export_png", "Export picture (PNG)…", "Ctrl+P", "Save the plots as a picture"),
        Command("export_svg", "Export drawing (SVG)…", "Ctrl+G", "Save the plots as a drawing"),
        Command("export_csv", "Export what is in view (CSV)…", "Ctrl+S", "Save the readings"),
        Command("export_parquet", "Export Parquet…", "", "Save all readings as a Parquet file"),
        Command("export_bids", "Export to a BIDS folder…", "", "Save resampled readings as BIDS physiological recordings"),
        Command("export_summary", "Export summary (PNG)…", "", "Save the whole session with its peaks and their faces"),
        None,
        Command("quit", "Close", "Ctrl+W", "Close this window"),
    ),
    "&Edit": (
        Command("undo", "Undo", "Ctrl+Z", "Take the last change of a marker back"),
        Command("redo", "Redo", "Ctrl+Shift+Z", "Make it again"),
        None,
        Command("marker", "Set a marker", "M", "Set a marker at the cursor"),
        Command("move_marker", "Move the marker here", "H", "Move the chosen marker to the cursor"),
        Command("remove_marker", "Remove the marker", "Del", "Take the chosen marker away"),
    ),
    "&Play": (
        Command("play", "Play or pause", "Space", "Move the cursor at true speed, or hold it"),
        Command("step", "Next frame", ".", "Move the cursor by one frame"),
        Command("step_back", "Frame before", ",", "Move the cursor back by one frame"),
        Command("back", "Back 5 s", "Left", "Move the cursor back by five seconds"),
        Command("forward", "Forward 5 s", "Right", "Move the cursor on by five seconds"),
        Command("to_start", "To the start", "Home", "Move the cursor to the start"),
        Command("to_end", "To the end", "End", "Move the cursor to the end"),
        None,
        Command("next_event", "Next marker or peak", "Down", "Go to the next one"),
        Command("last_event", "Marker or peak before", "Up", "Go to the one before"),
        Command("next_marker", "Next marker", "Ctrl+Down", "Go to the next marker"),
        Command("last_marker", "Marker before", "Ctrl+Up", "Go to the marker before"),
        Command("next_peak", "Next peak", "Shift+Down", "Go to the next peak"),
        Command("last_peak", "Peak before", "Shift+Up", "Go to the peak before"),
    ),
    "&View": (
        Command("density", "Density in the circumplex", "G", "Show where the session was", True),
        Command("relative", "Thick lines relative to neutral", "V", "From the baseline", True),
        *MOVE_PLOT,
        Command("next_face", "Plot the next face", "N", "Go through the faces"),
        Command("switch_theme", "Switch dark and light", "T", "Switch dark and light"),
    ),
}  # fmt: skip

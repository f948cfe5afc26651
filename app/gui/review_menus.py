"""Everything the review window can do, with its words and keys."""

from __future__ import annotations

from typing import Final

from .actions import Command

MENUS: Final[dict[str, tuple[Command | None, ...]]] = {
    "&File": (
        Command("open", "Open another session…", "Ctrl+O", "Look at another session"),
        Command("compare", "Compare with…", "Ctrl+K", "Draw a second session over this one"),
        None,
        Command("export_png", "Export picture (PNG)…", "Ctrl+P", "Save the plots as a picture"),
        Command("export_svg", "Export drawing (SVG)…", "Ctrl+G", "Save the plots as a drawing"),
        Command("export_csv", "Export what is in view (CSV)…", "Ctrl+S", "Save the readings"),
        None,
        Command("quit", "Close", "Ctrl+W", "Close this window"),
    ),
    "&Play": (
        Command("play", "Play or pause", "Space", "Move the cursor at true speed, or hold it"),
        Command("step", "Next frame", ".", "Move the cursor by one frame"),
        Command("step_back", "Frame before", ",", "Move the cursor back by one frame"),
        Command("back", "Back 5 s", "Left", "Move the cursor back by five seconds"),
        Command("forward", "Forward 5 s", "Right", "Move the cursor on by five seconds"),
        None,
        Command("next_event", "Next marker or peak", "Down", "Go to the next one"),
        Command("last_event", "Marker or peak before", "Up", "Go to the one before"),
        Command("marker", "Set a marker", "M", "Set a marker at the cursor"),
    ),
    "&View": (
        Command("density", "Density in the circumplex", "G", "Show where the session was", True),
        Command("relative", "Thick lines relative to neutral", "V", "From the baseline", True),
        Command("next_face", "Plot the next face", "N", "Go through the faces"),
        Command("switch_theme", "Switch dark and light", "T", "Switch dark and light"),
    ),
}

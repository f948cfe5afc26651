# ruff: noqa: E501  (a table reads best with one entry a line)
"""Everything the live window can do: words, key, what is done, when, and whether it is remembered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from PySide6.QtWidgets import QMainWindow

from ..qt.actions import Action, Menus
from ..widgets.panes import Panes
from .baseline_guide import BaselineGuide
from .lsl_switches import LslSwitches
from .pages import Pages
from .peak_marks import PeakMarks
from .playback import Playback
from .recording import Recording
from .source_menu import SourceMenu

FACES: Final = (1, 2, 4, 8)
HOLDS: Final = {"video": "record_video", "lossless": "lossless"}
"""The switches of what a session holds, by the fields of `RecordingOptions`."""


def menus(
    window: QMainWindow,
    playback: Playback,
    sources: SourceMenu,
    recording: Recording,
    lsl: LslSwitches,
    baselines: BaselineGuide,
    panes: Panes,
    peak_marks: PeakMarks,
    pages: Pages,
    *,
    faces: Sequence[int],
    ask_review: Callable[[], object],
    ask_study: Callable[[], object],
    track_faces: Callable[[int], object],
    write_extra: Callable[[str, bool], object],
    ask_marker: Callable[[], object],
    presets: Sequence[Action],
    choose_model: Callable[[], object],
    use_theme: Callable[[str], object],
    switch_theme: Callable[[], object],
) -> Menus:
    """The menus from left to right."""
    view, timeline, readout, circumplex = (
        panes.view,
        panes.timeline,
        panes.readout,
        panes.circumplex,
    )
    idle, opened = (lambda: not recording.active), playback.opened
    return {
        "&File": (
            Action("open_file", "Open video or image…", "Ctrl+O", "Play a video file or an image", sources.open_file),
            Action("open_folder", "Open image folder…", "Ctrl+Shift+O", "Play all images in a folder", sources.open_folder),
            Action("open_stream", "Open stream…", "Ctrl+L", "Watch an RTSP or HTTP stream", sources.open_stream),
            Action("open_demo", "Play demo clip", "Ctrl+D", "Play the synthetic face that comes with the app", sources.open_demo),
            None,
            Action("review", "Review session…", "Ctrl+E", "Open a recorded session", ask_review),
            Action("study", "Study…", "Ctrl+Shift+E", "Analyse a folder of sessions as a study", ask_study),
            None,
            Action("quit", "Quit", "Ctrl+Q", "Stop the source and close the window", window.close),
        ),
        "&Playback": (
            Action("play", "Pause or resume", "Space", "Pause or resume the source", playback.play_or_pause, playback.can_play),
            Action("step_back", "Previous frame", ",", "Step back one frame while paused", playback.step_back, playback.can_step_back, repeats=True),
            Action("step", "Next frame", ".", "Step one frame while paused", playback.step, playback.paused, repeats=True),
            Action("back", "Back 5 s", "Left", "Seek back 5 seconds", partial(playback.seek_by, -5.0), playback.seekable, repeats=True),
            Action("forward", "Forward 5 s", "Right", "Seek forward 5 seconds", partial(playback.seek_by, 5.0), playback.seekable, repeats=True),
            Action("to_start", "Go to start", "Home", "Seek to the first frame", playback.to_start, playback.seekable),
            Action("to_end", "Go to end", "End", "Seek to the last second", playback.to_end, playback.seekable),
        ),
        "&Measure": (
            *(
                Action(f"faces_{n}", "Track one face" if n == 1 else f"Track up to {n} faces", "", "How many faces to track at once; locked while recording", track_faces, idle, group="max_faces", value=n, remembered=True)
                for n in faces
            ),
            None,
            Action("baseline", "Record neutral baseline (3 s)", "B", "Average the next 3 seconds of this face as its neutral baseline", lambda: baselines.take(readout.face_id), playback.reads),
            Action("clear_baseline", "Clear baseline", "Shift+B", "Stop showing values relative to neutral", lambda: baselines.forget(readout.face_id), opened),
            None,
            Action("record", "Record", "R", "Record the readings to a new session folder, while the source runs", recording.switch, lambda: recording.active or recording.can_start(), switch=True),
            Action("record_video", "Record video", "", "Also store the video: faces will be stored on disk", partial(recording.hold, "video"), idle, switch=True, remembered=True),
            Action("lossless", "Record lossless video", "", "Store every pixel exactly (large files), so that a re-analysis gives the same numbers", partial(recording.hold, "lossless"), lambda: recording.holds.video and not recording.active, switch=True, remembered=True),
            Action("emotions", "Write emotions' shares", "", "Store and send the emotions' shares of a crowd's votes too, where the model gives them; locked while recording", partial(write_extra, "emotions"), idle, switch=True),
            Action("blendshapes", "Write blendshapes", "", "Store and send MediaPipe's 52 blendshape scores too, which slows analysis down; locked while recording", partial(write_extra, "blendshapes"), idle, switch=True),
            Action("session_details", "Session details…", "Shift+R", "Participant, session, condition, task, operator, consent and length of the next session", recording.ask_details, idle),
            Action("ask_details", "Ask for details before recording", "", "Offer the session details each time a recording is started", recording.ask_before, idle, switch=True, remembered=True, on=True),
            Action("lsl", "Send readings by LSL", "", "Offer the readings to other programs on this network by the Lab Streaming Layer", lsl.send, switch=True),
            Action("lsl_markers", "Receive markers by LSL", "", "Store markers that other programs send by the Lab Streaming Layer, while a live source runs", lsl.receive, switch=True),
            None,
            Action("choose_folder", "Session folder…", "", "Choose where new sessions are stored", recording.ask_folder, idle),
            None,
            Action("marker", "Add marker", "M", "Mark this moment and name it", ask_marker, opened),
            *presets,
            Action("snapshot", "Save snapshot", "S", "Save the frame with its boxes, values and map as an image", lambda: recording.snapshot(view), opened),
        ),
        "&View": (
            Action("map_off", "No map", "0", "Show the video alone", view.set_map, group="map", value="off", remembered=True),
            Action("map_valence", "Valence map", "1", "Show which regions push the valence estimate away from neutral", view.set_map, group="map", value="valence", remembered=True),
            Action("map_arousal", "Arousal map", "2", "Show which regions push the arousal estimate away from neutral", view.set_map, group="map", value="arousal", remembered=True),
            Action("map_stronger", "Increase map opacity", "]", "Show more of the map and less of the video", lambda: view.set_map(opacity=view.opacity + 0.1)),
            Action("map_weaker", "Decrease map opacity", "[", "Show less of the map and more of the video", lambda: view.set_map(opacity=view.opacity - 0.1)),
            Action("map_colours", "Next map colours", "C", "Cycle through the colour maps", view.next_colours),
            None,
            Action("mirror", "Mirror video", "X", "Flip left and right, as in a mirror", view.set_mirrored, switch=True),
            Action("density", "Show density", "G", "Show in the circumplex where the session has been so far", circumplex.set_density, switch=True, remembered=True),
            Action("relative", "Show values relative to neutral", "V", "Plot the smoothed curves relative to each face's baseline", timeline.plot.set_relative, switch=True, remembered=True),
            None,
            Action("peaks", "Show faces at peaks", "P", "Show the face and its map at each peak in the plot", peak_marks.set_visible, switch=True, remembered=True, on=True),
            Action("follow", "Follow newest reading", "F", "Keep the newest reading at the right edge", timeline.follow_button.toggle),
            *panes.plot_actions(),
            Action("shorter", "Zoom in", "Ctrl+=", "Show a shorter time range", partial(timeline.zoom, -1)),
            Action("longer", "Zoom out", "Ctrl+-", "Show a longer time range", partial(timeline.zoom, 1)),
            None,
            Action("theme_system", "System theme", "", "Dark or light, as on the desktop", use_theme, group="theme", value="system", remembered=True),
            Action("theme_dark", "Dark theme", "", "Light text on a dark background", use_theme, group="theme", value="dark", remembered=True),
            Action("theme_light", "Light theme", "", "Dark text on a light background", use_theme, group="theme", value="light", remembered=True),
            Action("switch_theme", "Toggle dark theme", "T", "Switch between the dark and the light theme", switch_theme),
            Action("full_screen", "Full screen", "F11", "Fill the screen", lambda on: window.showFullScreen() if on else window.showNormal(), switch=True),
        ),
        "&Help": (
            Action("meaning", "What the numbers mean", "F2", "What the numbers mean and what they do not mean", pages.meaning),
            Action("keys", "Keyboard shortcuts", "F1", "All shortcuts on one page", pages.keys),
            Action("details", "Details", "I", "Source, model, speed and session in full", pages.details),
            Action("model", "Model…", "Ctrl+M", "Choose a model and read its card", choose_model),
            Action("doctor", "System check", "", "Check this computer for missing or conflicting parts", pages.doctor),
            None,
            Action("about", "About", "", "Version, paper and licences", pages.about),
        ),
    }  # fmt: skip

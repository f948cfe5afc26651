"""What each command of the window does, where it takes more than one line."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QFileDialog, QInputDialog

from ...model.errors import AvceError
from ..session_reading import FRAMES
from . import details, theme, words
from .actions import FACES
from .dialogs import LivePage, Page
from .model_chooser import ModelChooser
from .open_review import show_review
from .pictures import COLOUR_MAPS
from .review_data import Review
from .time_axis import clock
from .timeline import WINDOWS

if TYPE_CHECKING:
    from .main_window import Window
    from .review import ReviewWindow

CAMERA_SHAPES: Final = ("640x480@30", "1280x720@30", "1280x720@60", "1920x1080@30")
_FILES: Final = (
    "Videos and pictures (*.mp4 *.mov *.mkv *.avi *.webm *.m4v *.mpg *.wmv "
    "*.jpg *.jpeg *.png *.bmp *.tif *.tiff *.webp);;All files (*)"
)


def connect(window: Window) -> None:
    """Tie every command to what it does."""
    go = window.commands
    for name, do in {
        "open_file": partial(open_file, window),
        "open_folder": partial(open_folder, window),
        "open_stream": partial(open_stream, window),
        "open_demo": partial(window.open, "demo"),
        "review": partial(ask_review, window),
        "quit": window.close,
        "play": window.play_or_pause,
        "step": partial(_step, window),
        "back": partial(_wind, window, -5.0),
        "forward": partial(_wind, window, 5.0),
        "baseline": lambda: window.baselines.take(window.readout.face_id),
        "clear_baseline": lambda: window.baselines.forget(window.readout.face_id),
        "record": window.recording.toggle,
        "consent": partial(ask_consent, window),
        "choose_folder": partial(choose_folder, window),
        "marker": partial(ask_marker, window),
        "snapshot": lambda: window.recording.snapshot(window.view),
        "map_stronger": lambda: window.set_map(opacity=min(window.view.opacity + 0.1, 1.0)),
        "map_weaker": lambda: window.set_map(opacity=max(window.view.opacity - 0.1, 0.0)),
        "map_colours": partial(_next_colours, window),
        "follow": window.timeline.follow_button.toggle,
        "earlier": partial(window.timeline.plot.move_view, -0.5),
        "later": partial(window.timeline.plot.move_view, 0.5),
        "next_face": window.timeline.next_face,
        "shorter": partial(_other_window, window, -1),
        "longer": partial(_other_window, window, 1),
        "switch_theme": partial(_switch_theme, window),
        "meaning": partial(show_meaning, window),
        "keys": lambda: show_page(window, "Keys", words.key_page(window.theme), (780, 640)),
        "about": lambda: show_page(window, "AVCE live", words.about(window.theme)),
        "details": partial(show_details, window),
        "model": partial(choose_model, window),
        "doctor": partial(show_doctor, window),
    }.items():
        go[name].triggered.connect(lambda _=False, do=do: do())
    for axis in ("off", "valence", "arousal"):
        go[f"map_{axis}"].triggered.connect(lambda _=False, axis=axis: window.set_map(axis))
    for choice in ("system", "dark", "light"):
        go[f"theme_{choice}"].triggered.connect(
            lambda _=False, choice=choice: choose_theme(window, choice)
        )
    for count in FACES:
        go[f"faces_{count}"].triggered.connect(lambda _=False, n=count: window.follow_faces(n))
    go["mirror"].toggled.connect(partial(_mirror, window))
    go["density"].toggled.connect(window.circumplex.set_density)
    go["relative"].toggled.connect(window.timeline.plot.set_relative)
    window.timeline.face_choice.currentIndexChanged.connect(lambda _: window.peak_marks.place())
    go["peaks"].toggled.connect(window.peak_marks.set_visible)
    for name in ("density", "relative", "peaks", "record_video", "lossless"):
        go[name].toggled.connect(partial(window.preferences.put, name))
    go["full_screen"].toggled.connect(
        lambda on: window.showFullScreen() if on else window.showNormal()
    )


def offer(window: Window) -> None:
    """Enable what can be done in the present state."""
    go, state, has_pipeline = window.commands, window.feed.current_state, window.running is not None
    reads = has_pipeline and state != "failed"
    for name in ("clear_baseline", "marker", "snapshot"):
        go[name].setEnabled(has_pipeline)
    go["baseline"].setEnabled(reads)
    go["record"].setEnabled(reads or window.recording.active)
    go["play"].setEnabled(has_pipeline or state == "failed")
    go["step"].setEnabled(state == "paused")


def show_meaning(window: Window, *, first: bool = False) -> None:
    """The page that says what the numbers mean, also shown at the first run."""
    heading = "What the numbers mean, and what they do not"
    button = "I understand" if first else "Close"
    size = (680, 620)
    page = Page(window, heading, words.meaning(window.theme), size=size, button=button)
    page.finished.connect(lambda _: window.preferences.put("first_run_done", True))
    page.open()


def show_page(window: Window, heading: str, html: str, size: tuple[int, int] = (640, 560)) -> None:
    """A page of text."""
    Page(window, heading, html, size=size).open()


def show_details(window: Window) -> None:
    """A page with everything that is known of the run, kept up to date."""
    LivePage(window, "Details", partial(details.page, window)).show()


def choose_model(window: Window) -> None:
    """Show the networks with their cards and take another one."""
    chooser = ModelChooser(window, window.backend, window.theme, window.request.model)
    chooser.accepted.connect(lambda: window.use_model(chooser.chosen))
    chooser.open()


def show_doctor(window: Window) -> None:
    """What was found on this computer."""
    found: list[tuple[str, str]] = []
    # It starts a program and opens the networks: not while the picture waits.
    search = Thread(target=lambda: found.extend(window.backend.doctor()), daemon=True)
    search.start()

    def page() -> str:
        if search.is_alive():
            return "<p>Looking …</p>"
        return words.table(found, window.theme)

    LivePage(window, "Check of this computer", page).show()


def fill_sources(window: Window) -> None:
    """List the cameras by name, then everything else that can be opened."""
    menu = window.controls.source_menu
    menu.clear()
    cameras = window.backend.cameras()
    for source, name in cameras:
        menu.addAction(name).triggered.connect(
            lambda _=False, s=source: window.open(f"{s}@{window.preferences.text('camera')}")
        )
    if not cameras:
        menu.addAction("no camera found").setEnabled(False)
    shapes = menu.addMenu("Resolution and rate of cameras")
    for shape in CAMERA_SHAPES:
        action = shapes.addAction(shape.replace("x", " x ").replace("@", ", ") + " pictures/s")
        action.setCheckable(True)
        action.setChecked(shape == window.preferences.text("camera"))
        action.triggered.connect(lambda _=False, s=shape: choose_shape(window, s))
    menu.addSeparator()
    for name in ("open_demo", "open_file", "open_folder", "open_stream"):
        menu.addAction(window.commands[name])


def choose_shape(window: Window, shape: str) -> None:
    """Ask cameras for this resolution and rate from now on; a running one is opened again."""
    window.preferences.put("camera", shape)
    source = None if window.running is None else window.running.source
    if source is not None and source.kind == "camera":
        window.open(f"{source.location}@{shape}")


def open_file(window: Window) -> None:
    """Ask for a video or picture and play it."""
    name, _ = QFileDialog.getOpenFileName(window, "Open video or picture", "", _FILES)
    if name:
        window.open(name)


def open_folder(window: Window) -> None:
    """Ask for a folder of pictures and play it."""
    name = QFileDialog.getExistingDirectory(window, "Open folder of pictures")
    if name:
        window.open(name)


def open_stream(window: Window) -> None:
    """Ask for the address of a stream and watch it."""
    address, accepted = QInputDialog.getText(
        window, "Open stream", "Address (rtsp://, http:// or https://)"
    )
    if accepted and address.strip():
        window.open(address.strip())


def open_path(window: Window, path: Path) -> None:
    """Open what was dropped: a session folder for review, anything else as a source."""
    if (path / FRAMES).is_file():
        open_review(window, path)
    else:
        window.open(str(path))


def ask_review(window: Window) -> None:
    """Ask for a session folder and review it."""
    start = str(window.recording.folder)
    name = QFileDialog.getExistingDirectory(window, "Review a session", start)
    if name:
        open_review(window, Path(name))


def open_review(window: Window, path: Path | Review) -> None:
    """Review a session folder in a window of its own."""
    try:
        review = show_review(path, window.theme)
    except AvceError as error:
        window.toast.say(str(error))
        return
    window.reviews.append(review)
    review.theme_chosen.connect(lambda name: choose_theme(window, name))
    review.opened.connect(lambda data: open_review(window, data))
    review.closed.connect(lambda: _forget(window, review))


def _forget(window: Window, review: ReviewWindow) -> None:
    window.reviews = [other for other in window.reviews if other is not review]


def ask_marker(window: Window) -> None:
    """Keep this moment and ask for its name."""
    plot = window.timeline.plot
    if plot.origin is None:
        window.toast.say("Nothing has been read yet")
        return
    window.prompt.ask(plot.latest, clock(plot.latest - plot.origin, decimals=1))


def ask_consent(window: Window) -> None:
    """Ask for the note on consent that goes with the next session."""
    text, accepted = QInputDialog.getMultiLineText(
        window,
        "Consent note",
        "Stored in session.json of the next session, for example who agreed to what:",
        window.recording.note,
    )
    if accepted:
        window.recording.note = text.strip()


def choose_folder(window: Window) -> None:
    """Ask where sessions go."""
    start = str(window.recording.folder)
    name = QFileDialog.getExistingDirectory(window, "Folder for sessions", start)
    if name:
        window.recording.use_folder(Path(name))
        window.toast.say(f"New sessions go to {name}")


def choose_theme(window: Window, choice: str) -> None:
    """Take "system", "dark" or "light" and remember it."""
    window.preferences.put("theme", choice)
    window.set_theme(theme.resolve(choice))
    window.commands[f"theme_{choice}"].setChecked(True)


def _step(window: Window) -> None:
    if window.running is not None:
        window.running.pipeline.step()


def _wind(window: Window, seconds: float) -> None:
    frame = window.view.frame
    if frame is not None:
        window.seek(frame.timestamp + seconds)


def _mirror(window: Window, mirrored: bool) -> None:
    window.view.mirrored = mirrored
    window.view.update()


def _next_colours(window: Window) -> None:
    at = COLOUR_MAPS.index(window.view.colour_map)
    window.set_map(colours=COLOUR_MAPS[(at + 1) % len(COLOUR_MAPS)])


def _other_window(window: Window, by: int) -> None:
    choices = [seconds for _, seconds in WINDOWS]
    at = choices.index(window.timeline.plot.seconds_shown) + by
    window.timeline.choose_window(choices[min(max(at, 0), len(choices) - 1)])


def _switch_theme(window: Window) -> None:
    choose_theme(window, "light" if window.theme.name == "dark" else "dark")

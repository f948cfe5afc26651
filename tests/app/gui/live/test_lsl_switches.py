"""The switches for the Lab Streaming Layer, in a real window."""

from __future__ import annotations

from typing import Any

import pytest

from avce.app.gui.live.main_window import MainWindow
from avce.app.lsl.streams import LslStreams
from avce.app.settings import RunSettings
from avce.model.errors import MissingExtraError

from ...stand_ins import SourceInfo


class Outlet:
    def __init__(self, source: str, extras: object = ()) -> None:
        self.name = f"AVCE live, here, {source}"
        self.facts = {"name": self.name}

    def write(self, analysis: object) -> None: ...

    def close(self, *, complete: bool = True) -> None: ...


class Inlet(Outlet):
    names: tuple[str, ...] = ("PsychoPy",)

    def __init__(self, receive: Any) -> None:
        self.receive = receive


def _missing(*_: object) -> Any:
    raise MissingExtraError("--lsl", "lsl")


@pytest.fixture
def streams() -> LslStreams:
    made: Any = {"make_outlet": Outlet, "make_inlet": Inlet}
    return LslStreams(**made)


@pytest.fixture
def live(qtbot, backend, preferences, streams):
    window = MainWindow(backend, RunSettings("0"), preferences, streams)
    qtbot.addWidget(window)
    window.show()
    streams.attach(SourceInfo("camera", "camera 0", live=True))
    yield window
    window.close_now()


def test_a_switch_sends_and_the_status_bar_names_the_stream(live, streams):
    live.commands["lsl"].trigger()
    assert streams.sending
    assert live.toast.text().endswith("as “AVCE live, here, camera 0”")
    live.status.show_lsl(live.lsl.words())
    assert "AVCE live, here, camera 0" in live.status.lsl.text()
    assert live.status.lsl.isVisible()
    live.commands["lsl"].trigger()
    live.status.show_lsl(live.lsl.words())
    assert not live.status.lsl.isVisible()


def test_a_marker_that_comes_is_marked_at_its_moment(live, streams):
    marked = []
    live.recording.marked.connect(marked.append)
    live.commands["lsl_markers"].trigger()
    assert live.lsl.words() == "markers from PsychoPy"
    streams._current.inlet.receive("stimulus", 1.25)
    live.lsl.words()
    assert [(marker.label, marker.time) for marker in marked] == [("stimulus", 1.25)]


def test_without_the_library_the_tick_goes_and_the_window_says_why(qtbot, backend, preferences):
    streams = LslStreams(make_outlet=_missing, make_inlet=_missing)
    window = MainWindow(backend, RunSettings("0"), preferences, streams)
    qtbot.addWidget(window)
    streams.attach(SourceInfo("camera", "camera 0", live=True))
    window.commands["lsl"].trigger()
    assert not window.commands["lsl"].isChecked()
    assert "avce-live[lsl]" in window.toast.text()
    window.close_now()

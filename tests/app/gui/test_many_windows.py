"""Opening and closing again and again: nothing stays behind."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from avce.app.gui.live import live_backend
from avce.app.gui.live.live_backend import LiveBackend
from avce.app.gui.live.main_window import MainWindow
from avce.app.settings import RunSettings
from avce.app.sources.camera import CameraSource

from ..stand_ins import WAIT, analyser
from ..videos import FakeCapture

MOST_BYTES = 5 * 2**20
WARM_UP = 10
ROUNDS = 3


@pytest.fixture
def cameras(monkeypatch) -> list[FakeCapture]:
    """Every capture that was opened, each with frames without end, at 100 a second."""
    made: list[FakeCapture] = []
    tick = threading.Event()

    class Paced(FakeCapture):
        def grab(self) -> bool:
            tick.wait(0.01)
            return super().grab()

    def capture(_: int) -> FakeCapture:
        made.append(Paced(1_000_000))
        return made[-1]

    monkeypatch.setattr(
        live_backend, "open_source", lambda spec, loop=False: CameraSource(0, factory=capture)
    )
    monkeypatch.setattr(live_backend, "open_analyser", lambda *_: analyser())
    return made


def let_go() -> None:
    """What Qt and Python do by themselves while a program runs."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()


def left_behind(
    cycle: Callable[[], None], count: int, warm_up: int = WARM_UP, running: int = 0
) -> tuple[int, int, int]:
    """Threads, handles and bytes that `count` cycles add to what a few had already taken; of the
    last cycle so many threads go on running."""
    me = psutil.Process()

    def now() -> tuple[int, int]:
        let_go()
        return me.num_fds(), me.memory_info().rss

    for _ in range(warm_up):
        cycle()
    before = now()
    # Those of tests before this one may end meanwhile.
    others = set(threading.enumerate())

    def threads() -> int:
        return len(set(threading.enumerate()) - others) - running

    for number in range(count):
        cycle()
        if number % 10 == 9:
            let_go()
    # The last cycle's threads end in their own time.
    patience = time.monotonic() + WAIT
    while threads() and time.monotonic() < patience:
        let_go()
        time.sleep(0.02)
    handles, memory = (after - b for after, b in zip(now(), before, strict=True))
    return threads(), max(handles, 0), memory


def check(cycle: Callable[[], None], count: int, running: int = 0) -> None:
    # What tests before this one freed can come and go in between; a leak is there in every round.
    grown: list[int] = []
    while len(grown) < ROUNDS:
        threads, handles, memory = left_behind(cycle, count, running=running)
        assert (threads, handles) == (0, 0)
        grown.append(memory)
        if memory <= MOST_BYTES:
            return
    pytest.fail(f"{count} cycles took {[f'{each / 2**20:.1f} MB' for each in grown]} more")


@pytest.fixture
def one_window(qtbot, cameras, preferences) -> Callable[[], None]:
    """Opens a window, lets it run until it has a reading, and closes it."""

    def cycle() -> None:
        window = MainWindow(LiveBackend(), RunSettings("0"), preferences)
        window.show()
        window.start()
        qtbot.waitUntil(lambda: 0 in window.timeline.plot.series)
        assert window.close()
        window.deleteLater()

    return cycle


@pytest.mark.slow
def test_200_windows_that_were_opened_and_closed_leave_nothing(one_window, cameras):
    check(one_window, 200)
    assert len(cameras) >= 200 + WARM_UP
    assert {capture.released for capture in cameras} == {1}


def test_a_few_windows_leave_no_thread_and_no_handle(one_window, cameras):
    assert left_behind(one_window, 3, warm_up=2)[:2] == (0, 0)
    assert {capture.released for capture in cameras} == {1}


@pytest.mark.slow
def test_a_window_whose_source_is_changed_again_and_again_keeps_nothing(
    qtbot, cameras, preferences
):
    window = MainWindow(LiveBackend(), RunSettings("0"), preferences)
    qtbot.addWidget(window)
    window.show()

    def cycle() -> None:
        before = window.running
        window.open("0")
        qtbot.waitUntil(lambda: window.running not in (None, before))
        qtbot.waitUntil(lambda: 0 in window.timeline.plot.series)

    cycle()
    assert window.running is not None
    before = set(threading.enumerate())
    cycle()
    # A running source has threads of its own, another as many.
    qtbot.waitUntil(lambda: not {t for t in before if "avce" in t.name and t.is_alive()})
    check(cycle, 30, running=len(set(threading.enumerate()) - before))
    assert window.close()
    assert {capture.released for capture in cameras} == {1}

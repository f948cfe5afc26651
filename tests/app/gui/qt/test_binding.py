"""Faults between Python and Qt that would end the app."""

from __future__ import annotations

import gc
import sys

import pytest
from PySide6.QtGui import QImage, QPainter

from avce.app.gui.qt.garbage import Collector


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_painting_does_not_use_up_the_references_to_none(qtbot):
    # PySide6 6.12.0 on Python 3.11 gives one back too many in each call: a window dies in seconds.
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    before = sys.getrefcount(None)
    with QPainter(image) as painter:
        for _ in range(200):
            painter.save()
            painter.restore()
    assert sys.getrefcount(None) > before - 100


def test_garbage_is_collected_on_the_thread_of_the_window_only(qtbot):
    collector = Collector()
    try:
        assert not gc.isenabled()
        kept: list[list] = []
        for _ in range(gc.get_threshold()[0] + 10):
            loop: list = []
            loop.append(loop)
            kept.append(loop)
        del kept, loop
        assert collector.collect() is not None
        assert gc.get_count()[0] <= gc.get_threshold()[0]
    finally:
        collector.stop()
    assert gc.isenabled()

"""What is wrong with a file is said in the window as soon as it is met, and stays at its end."""

from __future__ import annotations

from avce.app.sources.base import Discontinuity, remarks

from ..conftest import FakeSource, analysis_at, frame_at, reading_at


def test_a_jump_and_damage_are_said_once_and_stand_at_the_end(qtbot, window, backend):
    film = FakeSource(kind="video", name="joined.ts", live=False, seekable=True, duration=4.0)
    backend.sources["joined.ts"] = film
    window.open("joined.ts")
    qtbot.waitUntil(lambda: len(backend.opened) == 2 and window.running is not None)
    pipeline = backend.opened[1].pipeline
    pipeline.push(frame_at(1.0), analysis_at(1.0, reading_at(1.0)))
    qtbot.waitUntil(lambda: window.view.frame is not None)
    assert not window.toast.isVisible()
    film.discontinuities = (Discontinuity(2.0, -1.5),)
    qtbot.waitUntil(lambda: "jumps back by 1.500 s at 2.000 s" in window.toast.text())
    film.damaged = "joined.ts is damaged: it ends at 3.000 s of the 4.000 s that it states."
    qtbot.waitUntil(lambda: "is damaged" in window.toast.text())
    assert window.toast.text().count("jumps back") == 1
    pipeline.state = "ended"
    qtbot.waitUntil(lambda: window.feed.current_state == "ended")
    assert film.damaged in window.view.detail
    assert "jumps back" in window.view.detail


def test_what_a_folder_lacks_is_named_and_long_lists_are_shortened():
    folder = FakeSource(skipped=tuple(f"{i}.png" for i in range(7)))
    assert remarks(folder) == (
        "Left out, as it cannot be read: 0.png, 1.png, 2.png, 3.png, 4.png and 2 more.",
    )
    jumping = FakeSource(discontinuities=tuple(Discontinuity(i, -1.0) for i in range(1, 9)))
    assert len(remarks(jumping)) == 6
    assert "jumps 3 more times" in remarks(jumping)[-1]
    assert remarks(FakeSource()) == ()


def test_a_single_image_is_shown_without_words_over_it(qtbot, window, backend, tmp_path):
    for name, file in (("one.png", tmp_path / "one.png"), ("folder", None)):
        source = FakeSource(
            kind="images", name=name, live=False, seekable=True, still=True, file=file
        )
        backend.sources[name] = source
        window.open(name)
        qtbot.waitUntil(lambda f=source: window.running is not None and window.running.source is f)
        pipeline = backend.opened[-1].pipeline
        pipeline.push(frame_at(0.0), analysis_at(0.0, reading_at(0.0)))
        qtbot.waitUntil(lambda: window.view.frame is not None)
        pipeline.state = "ended"
        qtbot.waitUntil(lambda: window.feed.current_state == "ended")
        assert window.view.notice() == ("" if file else "ended")

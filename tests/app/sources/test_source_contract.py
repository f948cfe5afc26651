"""What every source promises: one set of tests for camera, video, images, demo and stream."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from avce.app.analysis.pipeline import Pipeline
from avce.app.sources import SourceLostError, decoding, stream
from avce.app.sources.base import Frame, Source
from avce.app.sources.camera import CameraSource
from avce.app.sources.demo import DEMO_CLIP, DemoSource
from avce.app.sources.images import ImagesSource
from avce.app.sources.stream import StreamSource
from avce.app.sources.video import VideoSource
from avce.model.errors import AvceError, InputError

from ..stand_ins import WAIT, Collector, analyser
from ..unplugging import Lead, QuietCapture, serving
from ..videos import write_images, write_video

CLOSE_SECONDS = WAIT / 2
"""Before a sender that is silent gives up by itself."""


@pytest.fixture
def lead() -> Iterator[Lead]:
    made = Lead()
    yield made
    made.out.set()


@pytest.fixture
def address(tmp_path: Path, lead: Lead) -> Iterator[str]:
    with serving(tmp_path, lead) as found:
        yield found


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing ends because it was silent for too long: on a busy machine everything is."""
    for module in (decoding, stream):
        monkeypatch.setattr(module, "TIMEOUT_SECONDS", (2 * WAIT, 2 * WAIT))


Maker = Callable[[], Source]


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path, lead: Lead) -> Maker:
    """Makes the source that the test is about."""

    def of(path: str) -> StreamSource:
        return StreamSource(request.getfixturevalue("address") + path)

    clip, faces = tmp_path / "clip.mp4", tmp_path / "faces"
    makers: dict[str, Maker] = {
        "camera": lambda: CameraSource(0, factory=lambda _: QuietCapture(lead)),
        "video": lambda: VideoSource(write_video(clip)),
        "looped video": lambda: VideoSource(write_video(clip, (0, 100, 250)), loop=True),
        "images": lambda: ImagesSource(write_images(faces)),
        "looped images": lambda: ImagesSource(write_images(faces), loop=True),
        "demo": DemoSource,
        "stream": lambda: of("/film"),
        "broadcast": lambda: of("/live"),
    }
    return makers[request.param]


def each(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("make", names, indirect=True)


FILES = ("video", "images")
PLAYED = (*FILES, "looped video", "looped images", "demo", "stream")
LIVE = ("camera", "broadcast")
every_source = each("camera", *PLAYED)
if not DEMO_CLIP.is_file():
    every_source = each("camera", *(name for name in PLAYED if name != "demo"))


def some(source: Source, count: int = 8) -> list[Frame]:
    """The first frames of an open source."""
    frames = (source.read() for _ in range(count))
    return [frame for frame in frames if frame is not None]


@every_source
def test_frames_come_as_rgb_with_increasing_number_and_time(make: Maker) -> None:
    with make() as source:
        frames = some(source)
    assert len(frames) >= 3
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(a.timestamp < b.timestamp for a, b in pairwise(frames))
    assert all(a.captured <= b.captured for a, b in pairwise(frames))
    for frame in frames:
        assert frame.rgb.dtype == np.uint8
        assert frame.rgb.ndim == 3
        assert frame.rgb.shape[2] == 3
        assert frame.rgb.flags.c_contiguous


@every_source
def test_frames_that_were_handed_out_stay_as_they_were(make: Maker) -> None:
    with make() as source:
        first = source.read()
        assert first is not None
        before = first.rgb.copy()
        some(source, 4)
    assert np.array_equal(first.rgb, before)


@every_source
def test_reading_before_opening_and_after_closing_is_a_clear_error(make: Maker) -> None:
    source = make()
    with pytest.raises(AvceError, match="not open"):
        source.read()
    with source:
        assert source.read() is not None
    with pytest.raises(AvceError, match="not open"):
        source.read()


@every_source
def test_opening_and_closing_twice_is_harmless(make: Maker) -> None:
    source = make()
    source.close()
    source.open()
    first = source.read()
    source.open()
    second = source.read()
    assert first is not None
    assert second is not None
    assert second.index == first.index + 1
    source.close()
    source.close()


@every_source
def test_a_source_says_what_it_is(make: Maker, request: pytest.FixtureRequest) -> None:
    kind = request.node.callspec.params["make"].removeprefix("looped ")
    with make() as source:
        assert source.name
        assert source.kind == kind
        assert source.live == (kind in ("camera", "stream"))
        assert source.rate is None or source.rate > 0
        frame = source.read()
        assert frame is not None
        assert source.size in (None, (frame.rgb.shape[1], frame.rgb.shape[0]))
        if source.live:
            assert source.origin is not None
        if source.seekable:
            assert source.duration is not None
        else:
            with pytest.raises(InputError, match="does not support seeking"):
                source.seek(0.0)


@every_source
def test_a_source_can_be_opened_again(make: Maker) -> None:
    source = make()
    with source:
        first = source.read()
    with source:
        again = source.read()
    assert first is not None
    assert again is not None
    assert first.rgb.shape == again.rgb.shape
    if source.live:
        # The clock and the count go on.
        assert again.timestamp > first.timestamp
        assert again.index == first.index + 1
    else:
        assert np.array_equal(first.rgb, again.rgb)
        assert (again.index, again.timestamp) == (first.index, first.timestamp)


@every_source
def test_an_interrupt_is_over_once_the_source_is_closed(make: Maker) -> None:
    with make() as source:
        source.read()
        source.interrupt()
        assert (source.read() is None) == source.live, "a file is read whole whatever happens"
    with source:
        assert source.read() is not None


@each(*FILES, "stream")
def test_what_has_an_end_says_so_again_and_again(make: Maker) -> None:
    with make() as source:
        frames = list(iter(source.read, None))
        assert frames
        assert source.read() is None
        assert source.read() is None


@each("looped video", "looped images")
def test_what_is_looped_never_ends_and_its_time_goes_on(make: Maker) -> None:
    with make() as source:
        frames = some(source, 9)
    assert len(frames) == 9
    assert all(a.timestamp < b.timestamp for a, b in pairwise(frames))


@each(*LIVE)
def test_a_read_that_waits_gives_up_and_the_source_closes_in_time(make: Maker) -> None:
    source = make()
    reading, done = threading.Event(), threading.Event()

    def read_and_close() -> None:
        with source:
            while source.read() is not None:
                reading.set()
        done.set()

    thread = threading.Thread(target=read_and_close, daemon=True)
    thread.start()
    assert reading.wait(WAIT)
    while reading.wait(0.1):
        reading.clear()
    source.interrupt()
    assert done.wait(CLOSE_SECONDS)
    thread.join()


@each(*LIVE)
def test_what_is_unplugged_is_lost_and_goes_on_when_it_is_back(make: Maker, lead: Lead) -> None:
    source = make()
    source.open()
    frames = some(source, 3)
    lead.out.set()
    with pytest.raises(SourceLostError):
        frames.extend(iter(source.read, None))
    source.close()
    with pytest.raises(InputError):
        source.open()
    lead.out.clear()
    source.open()
    frames += some(source, 3)
    source.close()
    lead.out.set()
    assert [frame.index for frame in frames] == list(range(len(frames)))
    assert all(a.timestamp < b.timestamp for a, b in pairwise(frames))


@each("camera", "broadcast", *PLAYED)
def test_a_pipeline_that_is_stopped_in_the_middle_stops_in_time(make: Maker) -> None:
    sink = Collector()
    pipeline = Pipeline(make(), analyser, sinks=[sink])
    pipeline.start()
    sink.wait_for(1)
    assert pipeline.stop(CLOSE_SECONDS)
    assert (sink.closed, sink.complete) == (1, True)
    assert pipeline.error is None


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="handles are counted in /proc")
@each("camera", "broadcast", *PLAYED)
def test_opening_and_closing_leave_no_thread_and_no_handle(make: Maker, lead: Lead) -> None:
    source = make()

    def cycle() -> None:
        with source:
            source.read()

    def settled(limit: tuple[int, int]) -> bool:
        """Whether so few are left; those of the server that sends a stream take a moment to go."""
        tick = threading.Event()
        return any(
            all(now <= most for now, most in zip(left(), limit, strict=True)) or tick.wait(0.01)
            for _ in range(round(WAIT * 100))
        )

    def left() -> tuple[int, int]:
        return len(os.listdir("/proc/self/fd")), threading.active_count()

    before = left()
    for _ in range(5 if source.kind != "stream" else 2):
        cycle()
    # A broadcast that is silent holds its receiver until the sender lets go.
    lead.out.set()
    assert settled(before), (before, left())

"""The recorded video: only when asked for, at its frames' own times, exact where that is wanted."""

from __future__ import annotations

import errno
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from avce.app.analysis.analyser import Analysis
from avce.app.analysis.reading import Reading, no_face
from avce.app.session.reader import read_session
from avce.app.session.video import VideoWriter, frames_at
from avce.app.session.writer import SessionWriter
from avce.app.settings import RecordingOptions
from avce.app.sources.base import Frame
from avce.model.errors import InputError

from ..stand_ins import ModelInfo, SourceInfo

# A first timestamp other than 0, an uneven rate and a long pause.
TIMES = [2.5, 2.533333, 2.6, 2.600004, 9.0, 9.04]
Images = list[NDArray[np.uint8]]


def noise(count: int, height: int = 34, width: int = 46) -> Images:
    rng = np.random.default_rng(3)
    return [rng.integers(0, 256, (height, width, 3), dtype=np.uint8) for _ in range(count)]


def flat(count: int, height: int = 48, width: int = 64) -> Images:
    colours = [(200, 40, 40), (40, 200, 40), (40, 40, 200), (128, 128, 128), (250, 250, 20)]
    return [np.full((height, width, 3), colours[i % 5], np.uint8) for i in range(count)]


def record(path: Path, images: Images, times: list[float]) -> None:
    writer = VideoWriter(path, lossless=path.suffix == ".mkv")
    for image, seconds in zip(images, times, strict=True):
        writer.write(image, seconds)
    writer.close()
    writer.close()


def read(path: Path) -> tuple[list[float], Images]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [float(f.time or 0) for f in frames], [f.to_ndarray(format="rgb24") for f in frames]


@pytest.mark.parametrize(("height", "width"), [(34, 46), (33, 47), (1, 1)])
def test_the_lossless_video_gives_every_value_back(tmp_path: Path, height: int, width: int) -> None:
    path = tmp_path / "video.mkv"
    images = noise(6, height, width)
    record(path, images, TIMES)
    times, back = read(path)
    # Matroska counts milliseconds; two frames within one move apart.
    assert times == [2.5, 2.533, 2.6, 2.601, 9.0, 9.04]
    assert all(np.array_equal(a, b) for a, b in zip(images, back, strict=True))


@pytest.mark.parametrize(("height", "width"), [(48, 64), (47, 63)])
def test_the_small_video_keeps_times_and_nearly_the_colours(
    tmp_path: Path, height: int, width: int
) -> None:
    path = tmp_path / "video.mp4"
    images = flat(6, height, width)
    record(path, images, TIMES)
    times, back = read(path)
    np.testing.assert_allclose(times, TIMES, rtol=0, atol=1e-6)
    assert all(b.shape == (48, 64, 3) for b in back)
    worst = [
        np.abs(a.astype(int) - b[:height, :width]).max() for a, b in zip(images, back, strict=True)
    ]
    assert max(worst) <= 4


def test_the_small_video_is_what_players_expect(tmp_path: Path) -> None:
    path = tmp_path / "video.mp4"
    record(path, flat(6), TIMES)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert next(container.decode(stream)).colorspace == 1  # BT.709


@pytest.mark.parametrize("name", ["video.mp4", "video.mkv"])
def test_a_video_whose_writer_was_killed_lacks_a_second_at_most(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    writer = VideoWriter(path, lossless=name.endswith("mkv"))
    times = [i / 10 for i in range(60)]
    for image, seconds in zip(noise(60), times, strict=True):
        writer.write(image, seconds)
    writer.flush()
    copy = tmp_path / f"killed-{name}"
    copy.write_bytes(path.read_bytes())
    writer.close()
    back, _ = read(copy)
    # The frames of the last second, and the one that would have closed it.
    assert len(back) >= 60 - 11
    np.testing.assert_allclose(back, times[: len(back)], rtol=0, atol=1e-6)


def test_frames_of_another_size_are_refused(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "video.mp4", lossless=False)
    writer.write(flat(1)[0], 0.0)
    with pytest.raises(InputError, match="changed from 64 x 48 to 32 x 48"):
        writer.write(flat(1, 48, 32)[0], 0.1)
    writer.close()


def test_a_full_disk_is_told_at_the_latest_when_the_video_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = VideoWriter(tmp_path / "video.mp4", lossless=False)

    def no_room(rgb: NDArray[np.uint8]) -> av.VideoFrame:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writer, "_scaled", no_room)
    writer.write(flat(1)[0], 0.0)
    with pytest.raises(OSError, match="No space left"):
        writer.close()
    writer.close()


def test_without_a_frame_there_is_no_file(tmp_path: Path) -> None:
    VideoWriter(tmp_path / "video.mp4", lossless=False).close()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("lossless", [False, True])
def test_a_session_gives_back_the_frame_of_each_row(tmp_path: Path, lossless: bool) -> None:
    session = SessionWriter(
        RecordingOptions(tmp_path, video=True, lossless=lossless),
        source=SourceInfo("camera", "test", live=True),
        model=ModelInfo(Path("net.onnx"), "00", "cpu"),
        clock=lambda: datetime(2026, 1, 1, tzinfo=UTC),
    )
    images = noise(6) if lossless else flat(6)
    for i, (image, seconds) in enumerate(zip(images, TIMES, strict=True)):
        # Two faces in each frame but the last: rows 0 and 1 are of frame 0, and so on.
        rows = [Reading(i, seconds, n, 0.5, True) for n in range(2)] if i < 5 else []
        session.write(
            Analysis(Frame(i, seconds, image, 0.0), tuple(rows) or (no_face(i, seconds),))
        )
    session.close()
    read_back = read_session(session.path)
    assert read_back.info["record_video"] is True
    assert read_back.video == session.path / ("video.mkv" if lossless else "video.mp4")
    found = frames_at(read_back, range(11))
    assert sorted(found) == list(range(11))
    for row, image in found.items():
        error = np.abs(image.astype(int) - images[row // 2])
        assert error.max() <= (0 if lossless else 4)


def test_no_frame_is_stored_unless_that_was_asked_for(tmp_path: Path) -> None:
    with SessionWriter(
        RecordingOptions(tmp_path),
        source=SourceInfo("camera", "test", live=True),
        model=ModelInfo(Path("net.onnx"), "00", "cpu"),
    ) as session:
        session.write(Analysis(Frame(0, 0.0, flat(1)[0], 0.0), (no_face(0, 0.0),)))
    assert sorted(p.suffix for p in session.path.iterdir()) == [".csv", ".csv", ".json"]
    read_back = read_session(session.path)
    assert read_back.video is None
    assert frames_at(read_back, [0]) == {}

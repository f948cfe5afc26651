"""What the camera adds to the contract of every source, and which word names which source."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import cv2
import pytest

from avce.app import sources
from avce.app.sources import SourceLostError, open_source
from avce.app.sources.addresses import without_password
from avce.app.sources.base import CameraConfig, Source
from avce.app.sources.camera import CameraSource
from avce.app.sources.demo import DEMO_CLIP, DemoSource
from avce.app.sources.images import ImagesSource
from avce.app.sources.stream import StreamSource
from avce.app.sources.video import VideoSource
from avce.model.errors import InputError

from ..videos import FakeCapture, write_images, write_video

needs_demo = pytest.mark.skipif(not DEMO_CLIP.is_file(), reason="the demo clip is not there")


# The camera.


def test_the_camera_is_asked_for_resolution_and_rate() -> None:
    capture = FakeCapture()
    with CameraSource(CameraConfig(0, (640, 480), 60.0), factory=lambda _: capture) as camera:
        assert capture.asked[cv2.CAP_PROP_FRAME_WIDTH] == 640
        assert capture.asked[cv2.CAP_PROP_FRAME_HEIGHT] == 480
        assert capture.asked[cv2.CAP_PROP_FPS] == 60
        assert camera.size == (64, 48), "the size is what the camera really gives"
        frame = camera.read()
    assert frame is not None
    assert frame.rgb[0, 0].tolist() == [0, 0, 200], "OpenCV's blue comes first, ours last"
    assert capture.released == 1


def test_an_unplugged_camera_is_lost_and_goes_on_when_it_is_back() -> None:
    captures = [FakeCapture(3), FakeCapture(0, opens=False), FakeCapture(4)]
    camera = CameraSource(0, factory=lambda _: captures.pop(0))
    camera.open()
    before = [camera.read(), camera.read()]
    with pytest.raises(SourceLostError, match="has stopped giving frames"):
        camera.read()
    camera.close()
    with pytest.raises(InputError, match="camera 0"):
        camera.open()
    camera.open()
    after = [camera.read(), camera.read()]
    camera.close()
    frames = [frame for frame in before + after if frame is not None]
    assert [frame.index for frame in frames] == [0, 1, 2, 3]
    assert all(a.timestamp < b.timestamp for a, b in pairwise(frames))


def test_a_camera_that_is_slow_to_begin_is_waited_for() -> None:
    with CameraSource(0, factory=lambda _: FakeCapture(5, silent=2)) as camera:
        assert camera.read() is not None


def test_a_camera_without_frames_does_not_open_and_is_let_go() -> None:
    capture = FakeCapture(0)
    with pytest.raises(InputError, match="gives no frame"):
        CameraSource(0, factory=lambda _: capture).open()
    assert capture.released == 1


def test_an_interrupted_camera_ends() -> None:
    with CameraSource(0, factory=lambda _: FakeCapture(5)) as camera:
        camera.interrupt()
        assert camera.read() is None


def test_a_camera_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [sources.Camera(2, "Front", "V4L2")]
    monkeypatch.setattr("avce.app.sources.camera.list_cameras", lambda: listed)
    with pytest.raises(InputError, match=r"There is no camera 7: .* 2 \(Front\)"):
        CameraSource(7, factory=lambda _: FakeCapture(opens=False)).open()


# From a word to a source.


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("3", CameraSource),
        ("0@640x480@15", CameraSource),
        ("rtsp://host/live", StreamSource),
        ("http://host/live", StreamSource),
        ("https://host/clip.mp4?token=1", VideoSource),
        pytest.param("demo", DemoSource, marks=needs_demo),
        pytest.param(" demo ", DemoSource, marks=needs_demo),
    ],
)
def test_a_word_names_a_source(spec: str, kind: type[Source]) -> None:
    assert type(open_source(spec)) is kind


def test_a_path_names_a_source(tmp_path: Path) -> None:
    video = write_video(tmp_path / "clip.mkv", (0, 100))
    assert type(open_source(str(video))) is VideoSource
    assert type(open_source(str(write_images(tmp_path / "faces")))) is ImagesSource


def test_a_camera_can_be_asked_for_by_resolution() -> None:
    camera = open_source("1@640x480@15")
    assert isinstance(camera, CameraSource)
    assert camera.camera == CameraConfig(1, (640, 480), 15.0)


def test_the_password_of_an_address_is_shown_nowhere() -> None:
    source = open_source("rtsp://me:secret@host/live")
    assert "secret" not in source.name + source.location
    assert "secret" not in open_source("http://me:secret@host/a.mp4").location


@pytest.mark.parametrize("spec", ["no-such.mp4", "", "ftp://host/clip.mp4"])
def test_what_is_no_source_is_an_error(spec: str) -> None:
    with pytest.raises(InputError):
        open_source(spec)


def test_a_folder_without_images_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="contains no images"):
        open_source(str(tmp_path))


def test_a_missing_demo_clip_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="demo clip is missing"):
        DemoSource(path=tmp_path / "demo.mp4")


def test_auto_takes_the_first_camera_that_gives_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [sources.Camera(n, f"Camera {n}", "V4L2") for n in range(3)]
    captures = {0: FakeCapture(opens=False), 1: FakeCapture(0), 2: FakeCapture(9)}
    monkeypatch.setattr(sources, "list_cameras", lambda: listed)
    monkeypatch.setattr(sources, "open_capture", captures.__getitem__)
    with open_source("auto") as source:
        assert source.name == "Camera 2"
        assert source.read() is not None
    assert [capture.released for capture in captures.values()] == [1, 1, 1]


@needs_demo
def test_auto_shows_the_demo_where_there_is_no_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "list_cameras", list)
    source = open_source("auto", loop=True)
    assert source.kind == "demo"
    assert not source.live


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("0", CameraConfig(0)),
        ("12@640x480", CameraConfig(12, (640, 480))),
        ("1@1920x1080@29.97", CameraConfig(1, (1920, 1080), 29.97)),
    ],
)
def test_a_camera_is_written_as_it_is_read(text: str, config: CameraConfig) -> None:
    assert CameraConfig.parse(text) == config
    assert CameraConfig.parse(str(config)) == config


@pytest.mark.parametrize("text", ["./001", "01.mp4", "-1", "0@720p", "0@1280x720@", "²", ""])
def test_what_only_looks_like_a_camera_is_none(text: str) -> None:
    assert CameraConfig.parse(text) is None


def test_a_path_is_never_taken_for_a_camera(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_images(tmp_path / "001")
    monkeypatch.chdir(tmp_path)
    assert type(open_source(Path("001"))) is ImagesSource
    assert type(open_source("./001")) is ImagesSource
    assert type(open_source("001")) is CameraSource


def test_sources_say_what_they_are(tmp_path: Path) -> None:
    clip = write_video(tmp_path / "clip.mkv", (0, 100))
    folder = write_images(tmp_path / "faces")
    one = next(folder.iterdir())
    facts = {
        choice: (source.file, source.camera, source.live, source.still, source.mirrored)
        for choice in (str(clip), str(folder), str(one), "3", "http://host/live", "http://h/a.mp4")
        for source in [open_source(choice)]
    }
    assert facts == {
        str(clip): (clip, None, False, False, False),
        str(folder): (None, None, False, True, False),
        str(one): (one, None, False, True, False),
        "3": (None, CameraConfig(3), True, False, True),
        "http://host/live": (None, None, True, False, False),
        "http://h/a.mp4": (None, None, False, False, False),
    }


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://a:b@host:554/live?user=a&pwd=b", "rtsp://host:554/live"),
        ("http://host/cgi?password=b#c", "http://host/cgi"),
        ("http://host?pwd=b", "http://host"),
        ("HTTPS://a@host/x", "https://host/x"),
        ("http://[::1", "http://[::1"),
    ],
)
def test_neither_password_nor_query_of_an_address_is_shown(address: str, shown: str) -> None:
    assert without_password(address) == shown

"""The whole way on a real face: a photograph that moves, found, estimated and recorded."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from avce.app import cli
from avce.app.session.reader import read_session

RATE = 25
FRAMES = 100


@pytest.fixture(scope="module")
def astronaut_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eileen Collins (NASA, public domain) drifting and zooming for four seconds."""
    from skimage import data

    photograph = np.asarray(data.astronaut(), dtype=np.uint8)
    path = tmp_path_factory.mktemp("video") / "astronaut.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = 480, 360, "yuv420p"
        stream.options = {"threads": "1"}
        stream.time_base = Fraction(1, RATE)
        for i in range(FRAMES):
            turn = 2 * np.pi * i / FRAMES
            zoom = 1.1 + 0.5 * np.sin(turn)
            centre_x, centre_y = 225 + 25 * np.cos(turn), 130 + 20 * np.sin(2 * turn)
            shift = np.array([[zoom, 0, 240 - zoom * centre_x], [0, zoom, 180 - zoom * centre_y]])
            frame = cv2.warpAffine(photograph, shift, (480, 360), borderMode=cv2.BORDER_REPLICATE)
            image = av.VideoFrame.from_ndarray(np.asarray(frame, np.uint8), format="rgb24")
            image.pts = i
            container.mux(stream.encode(image))
        container.mux(stream.encode())
    return path


def _record(video: Path, folder: Path) -> Path:
    assert cli.main(["--headless", "--source", str(video), "--record", str(folder)]) == 0
    (session,) = folder.iterdir()
    return session


@pytest.fixture(scope="module")
def sessions(astronaut_video: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The same video recorded twice."""
    return [_record(astronaut_video, tmp_path_factory.mktemp(name)) for name in ("one", "two")]


def test_the_face_is_found_and_estimated_in_almost_every_frame(sessions: list[Path]) -> None:
    session = read_session(sessions[0])
    found = session.readings["success"]
    assert len(found) == FRAMES
    assert found.mean() >= 0.95
    valence = session.readings["valence"][found]
    assert np.isfinite(valence).all()
    assert (np.abs(valence) <= 1).all()
    assert set(session.readings["face_id"][found]) == {0}


def test_timestamps_are_the_files_own(sessions: list[Path]) -> None:
    times = read_session(sessions[0]).readings["timestamp"]
    assert np.allclose(times, np.arange(FRAMES) / RATE, atol=1e-9)


def test_the_same_file_gives_the_same_bytes_twice(sessions: list[Path]) -> None:
    first, second = ((s / "frames.csv").read_bytes() for s in sessions)
    assert first == second


def test_the_session_is_complete_and_holds_no_image_of_the_face(sessions: list[Path]) -> None:
    session = read_session(sessions[0])
    assert session.info["status"] == "complete"
    assert session.info["counts"]["rows"] == FRAMES
    assert session.info["counts"]["frames_dropped"] == 0
    names = sorted(p.name for p in sessions[0].iterdir())
    assert names == ["events.csv", "frames.csv", "session.json", "summary.png"]


def test_a_broad_smile_reads_as_positive(sessions: list[Path]) -> None:
    readings = read_session(sessions[0]).readings
    assert np.median(readings["valence"][readings["success"]]) > 0.3

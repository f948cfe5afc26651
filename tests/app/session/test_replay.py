"""Recorded frames run again: the same to the last bit, or stated how far from it."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from avce.app import cli
from avce.app.analysis.analyser import Analyser
from avce.app.analysis.reading import Reading
from avce.app.gui.live import live_backend
from avce.app.gui.live.live_backend import LiveBackend
from avce.app.session import replay as replay_module
from avce.app.session.reader import Session, read_session
from avce.app.session.replay import find_network, replay
from avce.app.session.rows import row
from avce.app.session.writer import SessionWriter
from avce.app.settings import RecordingOptions, RunSettings
from avce.app.sources import open_source
from avce.app.sources.base import Frame, Kind, Source
from avce.model.errors import InputError
from avce.weights import available_weights

from ..stand_ins import WAIT, SourceInfo, StandInFinder, StandInNetwork, face_at


def recorded(
    folder: Path, *, lossless: bool = True, size: tuple[int, int] = (63, 47), step: float = 0.0004
) -> Session:
    """Stand-ins on noise of an odd size; two faces, in the third frame none."""

    def faces(number: int) -> list[object]:
        return [] if number % 4 == 2 else [face_at(20.0), face_at(45.0)]

    network = StandInNetwork()
    rng = np.random.default_rng(5)
    with (
        Analyser(network, StandInFinder(faces), max_faces=4) as analyser,  # pyright: ignore
        SessionWriter(
            RecordingOptions(folder, video=True, lossless=lossless),
            source=SourceInfo("camera", "test", live=True),
            model=network,
            faces=4,
            first_run=0,
        ) as writer,
    ):
        for i in range(6):
            # By default within a millisecond of each other.
            rgb = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
            writer.write(analyser.analyse(Frame(i, 3.0 + step * i + 0.4 * (i > 3), rgb, 0.0)))
    return read_session(writer.path)


def again(session: Session, **options: object) -> tuple[replay_module.Replay, StandInFinder]:
    """Replayed with the stand-ins that recorded it."""

    def faces(number: int) -> list[object]:
        return [] if number % 4 == 2 else [face_at(45.0), face_at(20.0)]

    finder = StandInFinder(faces)  # pyright: ignore
    return replay(session, finder=finder, estimator=StandInNetwork(), **options), finder  # pyright: ignore


def test_lossless_frames_give_the_same_bits_at_the_same_times(tmp_path: Path) -> None:
    session = recorded(tmp_path)
    result, finder = again(session)
    assert result.exact
    assert (result.frames, result.replayed, result.faces, result.equal) == (6, 6, 10, 10)
    assert result.largest == (0.0, 0.0)
    # What the face finder is told: the milliseconds of the exact times, not of the video's.
    assert finder.milliseconds == [3000, 3001, 3002, 3003, 3402, 3403]
    assert "All 10 estimates in 6 frames are the same" in result.words


@pytest.mark.parametrize("size", [(64, 48), (63, 47)])
def test_h264_states_how_far_the_estimates_are_apart(tmp_path: Path, size: tuple[int, int]) -> None:
    session = recorded(tmp_path, lossless=False, size=size)
    result, _ = again(session)
    assert not result.exact
    assert result.faces == 10
    assert 0 < result.mean[0] <= result.largest[0] < 0.2
    assert "H.264" in result.words
    assert "largest" in result.words


def test_a_changed_row_is_found_and_its_difference_is_that_of_the_row(tmp_path: Path) -> None:
    session = recorded(tmp_path)
    session.readings["valence"][1] += np.float32(0.25)
    result, _ = again(session)
    assert (result.faces, result.equal) == (10, 9)
    assert result.largest == (pytest.approx(0.25, abs=1e-6), 0.0)
    assert result.mean[0] == pytest.approx(0.025, abs=1e-6)
    assert not result.exact


def test_faces_of_one_side_alone_are_counted(tmp_path: Path) -> None:
    session = recorded(tmp_path)
    one = replay(
        session,
        finder=StandInFinder(lambda _: [face_at(20.0)]),
        estimator=StandInNetwork(),
    )
    # Five frames with two faces lose one each; the sixth frame had none and now has one.
    assert (one.faces, one.only_recorded, one.only_replayed) == (5, 5, 1)
    assert not one.exact


def test_frames_that_the_video_lost_are_told(tmp_path: Path) -> None:
    session = recorded(tmp_path)
    frames = session.path / "frames.csv"
    # One more frame than the video holds: the program was killed in between.
    more = Reading(9, 9.5, 0, 0.9, True, 1, 1, 5, 5, 0.5, 0.5, 0.5, 0.5)
    frames.write_text(frames.read_text() + row(more))
    result, _ = again(read_session(session.path))
    assert (result.frames, result.replayed, result.exact) == (7, 6, True)
    assert "1 of 7 frames are not in the video" in result.words


def test_a_frame_whose_row_is_lost_is_still_shown_to_the_face_finder(tmp_path: Path) -> None:
    session = recorded(tmp_path, step=0.04)
    frames = session.path / "frames.csv"
    lines = frames.read_text().splitlines(keepends=True)
    frames.write_text("".join(line for line in lines if not line.startswith("1,")))
    result, finder = again(read_session(session.path))
    assert len(finder.milliseconds) == 6
    assert (result.frames, result.replayed, result.exact) == (5, 5, True)


def test_it_can_be_stopped(tmp_path: Path) -> None:
    shares: list[float] = []

    def two(share: float) -> bool:
        shares.append(share)
        return len(shares) < 2

    result, _ = again(recorded(tmp_path), progress=two)
    assert result.stopped
    assert shares == [pytest.approx(1 / 6), pytest.approx(2 / 6)]
    assert "Stopped after 2 of 6 frames" in result.words


def test_another_network_is_refused_by_name(tmp_path: Path) -> None:
    session = recorded(tmp_path)
    with pytest.raises(InputError, match=r"stand-in.onnx with SHA-256 0{16}…, which does not come"):
        replay(session)
    with pytest.raises(InputError, match="is another model: this session was made by"):
        replay(session, model=available_weights()[0])
    with pytest.raises(InputError, match="no such file"):
        replay(session, model=tmp_path / "gone.onnx")


def test_the_shipped_network_is_known_by_its_digest() -> None:
    import hashlib

    path = available_weights()[0]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert find_network({"model": {"sha256": digest, "file": "renamed.onnx"}}) == path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"video": None}, "contains no video"),
        ({"faces": {"max_faces": "many"}}, "how many faces"),
        ({"model": 3}, "which model"),
    ],
)
def test_what_a_session_lacks_is_said_in_a_sentence(
    tmp_path: Path, change: dict[str, object], words: str
) -> None:
    session = recorded(tmp_path)
    path = session.path / "session.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=words):
        replay(read_session(session.path))


def test_a_video_that_is_none_is_refused(tmp_path: Path) -> None:
    session = recorded(tmp_path)
    (session.path / "video.mkv").write_bytes(b"\x1aE\xdf\xa3 nothing more")
    with pytest.raises(InputError, match=r"video\.mkv"):
        again(session)


def test_why_bits_may_differ_is_said(tmp_path: Path) -> None:
    session = recorded(tmp_path)
    session.info["software"]["onnxruntime"] = "0.1"
    session.info["faces"]["finder_began_here"] = False
    session.readings["valence"][0] += np.float32(0.5)
    words = again(session)[0].words
    assert "onnxruntime 0.1 then" in words
    assert "had seen frames before" in words


@pytest.mark.slow
@pytest.mark.parametrize("lossless", [True, False])
def test_a_recorded_part_of_the_demo_clip_replays(
    tmp_path: Path, lossless: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    run = ["--headless", "--source", "demo", "--duration", "0.7", "--record", str(tmp_path)]
    run += ["--record-video", *(["--lossless"] if lossless else [])]
    assert cli.main(run) == 0
    (path,) = tmp_path.iterdir()
    capsys.readouterr()
    assert cli.main(["review", str(path), "--replay"]) == 0
    said = capsys.readouterr().out
    if lossless:
        assert "All 21 estimates in 21 frames are the same" in said
    else:
        assert "0 of 21 estimates are the same" in said


class DemoCamera(Source):
    """A live source: frames of the demo clip, one whenever the test asks for it."""

    kind: Kind = "camera"
    name = "demo camera"
    live = True

    def __init__(self) -> None:
        self._asked: queue.Queue[bool] = queue.Queue()
        self._clip = open_source("demo")
        self._frames: Iterator[Frame | None] = iter(())

    def open(self) -> None:
        self._clip.open()
        self._frames = iter(self._clip.read, None)

    def show(self) -> None:
        self._asked.put(True)

    def read(self) -> Frame | None:
        return next(self._frames) if self._asked.get(timeout=WAIT) else None

    def interrupt(self) -> None:
        self._asked.put(False)

    def close(self) -> None:
        self._clip.close()


class Told:
    """A sink, behind the recorder, that says when something came."""

    def __init__(self) -> None:
        self.something = threading.Event()

    def write(self, analysis: object) -> None:
        self.something.set()


@pytest.mark.slow
def test_a_live_recording_begun_in_mid_run_replays_to_the_last_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = DemoCamera()
    monkeypatch.setattr(live_backend, "open_source", lambda spec, loop=False: camera)
    told = Told()
    backend = LiveBackend(sinks=lambda *_: [told])
    running = backend.open(RunSettings("0"))
    pipeline = running.pipeline

    def analysed(count: int) -> None:
        for _ in range(count):
            camera.show()
            assert told.something.wait(WAIT)
            told.something.clear()

    pipeline.start()
    try:
        analysed(12)
        path = backend.record(running, RecordingOptions(tmp_path, video=True, lossless=True))
        analysed(12)
        running.recorder.end()
    finally:
        assert pipeline.stop(WAIT)
    session = read_session(path)
    assert session.readings["frame"].tolist() == list(range(12, 24))
    result = replay(session)
    assert result.exact, result.words
    assert result.faces == 12


def test_a_joint_is_replayed_as_it_was_recorded(tmp_path: Path) -> None:
    session = recorded(tmp_path)
    at = float(session.readings["timestamp"][5])
    session.info["source"]["discontinuities"] = [{"timestamp": at, "seconds": -1.0}]
    result, finder = again(session)
    assert finder.restarts == 1
    assert result.exact

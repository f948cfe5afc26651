"""Files that are cut, or lack frames, say so; whole files of every kind do not."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from avce.app.sources.base import Frame
from avce.app.sources.video import VideoSource

from ..videos import SIZE, numbered_frame, write_recorder, write_video

ENDINGS = ("mp4", "mov", "m4v", "mkv", "webm", "avi", "ts", "mpg", "flv", "3gp", "h264", "m2ts")
CODECS = {"webm": "libvpx-vp9", "mpg": "mpeg2video", "avi": "mpeg4"}


def read(path: Path) -> tuple[list[Frame], str]:
    with VideoSource(path) as source:
        frames = list(iter(source.read, None))
        return frames, source.damaged


def with_sound(path: Path, frames: int, *, sound: float) -> Path:
    """A video, 25 frames a second, with so many seconds of sound."""
    with av.open(str(path), "w") as container:
        moving: Any = container.add_stream("libx264", rate=25)
        moving.width, moving.height = SIZE
        moving.pix_fmt = "yuv420p"
        moving.options = {"preset": "ultrafast"}
        heard: Any = container.add_stream("aac", rate=16_000)
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(numbered_frame(number % 25), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(moving.encode(frame))
        container.mux(moving.encode())
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 16_000
        for start in range(0, round(sound * 16_000), 1024):
            silence.pts = start
            container.mux(heard.encode(silence))
        container.mux(heard.encode())
    return path


def without(path: Path, drop: Callable[[int], bool], to: Path) -> Path:
    """A copy that lacks the packets whose number is to be dropped."""
    with av.open(str(path)) as source, av.open(str(to), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.dts is not None and not drop(number):
                packet.stream = stream
                target.mux(packet)
    return to


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("between", [0, 3])
def test_a_whole_file_is_not_called_damaged(ending: str, between: int, tmp_path: Path) -> None:
    codec = CODECS.get(ending, "libx264")
    path = write_recorder(tmp_path / f"whole.{ending}", 27, rate=25, between=between, codec=codec)
    frames, damaged = read(path)
    assert len(frames) == 27
    assert damaged == ""


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
def test_sound_that_goes_on_longer_is_no_damage(ending: str, tmp_path: Path) -> None:
    assert read(with_sound(tmp_path / f"a.{ending}", 25, sound=2.5))[1] == ""
    assert read(with_sound(tmp_path / f"b.{ending}", 50, sound=0.5))[1] == ""


@pytest.mark.parametrize("sound", [0.0, 4.0])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_a_file_that_was_cut_says_what_is_there_and_what_is_missing(
    sound: float, share: float, tmp_path: Path
) -> None:
    path = tmp_path / "cut.mkv"
    if sound:
        with_sound(path, 100, sound=sound)
    else:
        write_recorder(path, 100, rate=25)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    frames, damaged = read(path)
    there, stated, missing = map(float, re.findall(r"([\d.]+) s", damaged)[-3:])
    assert stated == pytest.approx(4.0, abs=0.15)
    assert there == pytest.approx(frames[-1].timestamp + 0.04, abs=0.002)
    assert missing == pytest.approx(stated - there, abs=0.002)


def test_frames_that_are_missing_in_the_middle_are_counted(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", range(0, 4000, 40), between=0, key_every=10)
    path = without(whole, lambda number: 40 <= number < 60, tmp_path / "holed.mkv")
    frames, damaged = read(path)
    assert len(frames) == 80
    assert damaged == (
        "holed.mkv is damaged: 20 frames are missing or broken, the first at 1.600 s."
    )


@pytest.mark.parametrize("ending", ["mkv", "webm", "avi", "ts", "flv", "m2ts", "mp4", "mov"])
def test_a_single_missing_frame_shows_by_the_times_of_the_others(
    ending: str, tmp_path: Path
) -> None:
    codec = CODECS.get(ending, "libx264")
    # The last frame before a key frame: no other one is told from it.
    whole = write_recorder(tmp_path / f"whole.{ending}", 60, rate=25, between=0, codec=codec)
    times = [frame.timestamp for frame in read(whole)[0]]
    path = without(whole, lambda number: number == 35, tmp_path / f"holed.{ending}")
    frames, damaged = read(path)
    assert len(frames) == 59
    told = re.fullmatch(r".* 1 frame is missing or broken, at ([\d.]+) s\.", damaged)
    assert told is not None, damaged
    assert float(told[1]) - frames[0].timestamp == pytest.approx(times[35] - times[0], abs=0.002)


@pytest.mark.parametrize("rate", [24, 30, 50])
def test_a_second_that_is_missing_is_counted_in_frames(rate: int, tmp_path: Path) -> None:
    whole = write_recorder(tmp_path / "whole.mp4", 120, rate=rate, between=0)
    lacks = range(36, 36 + 12 * round(rate / 12))
    holed = without(whole, lambda number: number in lacks, tmp_path / "holed.mp4")
    assert f": {len(lacks)} frames are missing or broken" in read(holed)[1]


@pytest.mark.parametrize("rate", [24, 30, 60, 120])
def test_times_that_are_rounded_to_milliseconds_lack_no_frame(rate: int, tmp_path: Path) -> None:
    times = [round(1000 * number / rate) for number in range(90)]
    assert read(write_video(tmp_path / "rounded.mkv", times, between=0))[1] == ""
    missing = times[:44] + times[45:]
    assert "1 frame is missing" in read(write_video(tmp_path / "lacks.mkv", missing, between=0))[1]


def test_pauses_of_a_video_without_a_rate_are_no_damage(tmp_path: Path) -> None:
    times = [0, 30, 95, 140, 700, 720, 790, 1800, 1830, 1900, 1950, 2010, 2500, 2590, 2600]
    assert read(write_video(tmp_path / "uneven.mkv", times))[1] == ""
    assert read(write_video(tmp_path / "uneven.mp4", times))[1] == ""


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_frames_that_are_left_out_here_and_there_are_counted(ending: str, tmp_path: Path) -> None:
    times = [t for t in range(0, 4000, 40) if t not in (800, 1400, 1440, 3000)]
    damaged = read(write_video(tmp_path / f"lacks.{ending}", times, between=0))[1]
    assert "4 frames are missing or broken, the first at 0.800 s" in damaged


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
@pytest.mark.parametrize(
    "lengths",
    [
        [40, 40, 40, 80] * 25,  # film on a screen that shows every fourth frame twice
        [40, 40, 60, 40, 40, 70, 40, 40, 40, 90] * 10,  # a telephone in the dark
        [40] * 30 + [50] * 30 + [66] * 30,  # its rate sinks with the light
        ([40] * 30 + [80]) * 12,  # a meeting, whose computer is busy
        [40] * 50 + [1013] + [40] * 70 + [377] + [40] * 40,  # a screen that stood still
    ],
)
def test_uneven_frames_are_no_damage(ending: str, lengths: list[int], tmp_path: Path) -> None:
    times = [sum(lengths[:number]) for number in range(len(lengths))]
    assert read(write_video(tmp_path / f"uneven.{ending}", times, between=0))[1] == ""


def test_the_frames_of_a_long_hole_are_counted_by_the_exact_step(tmp_path: Path) -> None:
    # Steps of 33 and 34 ms: by the more frequent of the two there would be 303 frames.
    times = [round(1000 * number / 30) for number in (*range(100), *range(399, 460))]
    damaged = read(write_video(tmp_path / "holed.mkv", times, between=0))[1]
    assert "299 frames are missing or broken" in damaged


def test_a_file_that_holds_fewer_frames_than_it_says_is_damaged(tmp_path: Path) -> None:
    path = write_recorder(tmp_path / "few.avi", 40, rate=25, codec="mpeg4")
    data = bytearray(path.read_bytes())
    # The number of frames stands in the header of the file and in that of its stream.
    for header, offset in ((b"avih", 8 + 16), (b"strh", 8 + 32)):
        at = data.index(header) + offset
        assert int.from_bytes(data[at : at + 4], "little") == 40
        data[at : at + 4] = (60).to_bytes(4, "little")
    path.write_bytes(data)
    frames, damaged = read(path)
    assert len(frames) == 40
    assert "frames are missing or broken" in damaged


def test_what_is_lost_is_counted_once_however_often_it_is_passed(tmp_path: Path) -> None:
    whole = write_video(tmp_path / "whole.mkv", range(0, 3000, 40), between=0, key_every=10)
    path = without(whole, lambda number: 40 <= number < 60, tmp_path / "holed.mkv")
    with VideoSource(path) as source:
        list(iter(source.read, None))
        before = source.damaged
        source.seek(0.5)
        list(iter(source.read, None))
        assert source.damaged == before

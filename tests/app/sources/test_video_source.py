"""Videos: true times, every frame, seeking, and what damaged files do."""

from __future__ import annotations

import hashlib
import os
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from av.bitstream import BitStreamFilterContext
from display_matrix import set_display_matrix

from avce.app.analysis.pipeline import frames_of
from avce.app.sources.base import Discontinuity, Frame, Source
from avce.app.sources.decoding import decoded
from avce.app.sources.video import VideoSource
from avce.model.errors import InputError

from ..videos import SIZE, number_of, numbered_frame, write_recorder, write_sound, write_video

UNEVEN = (0, 40, 55, 300, 301, 700, 905, 1500, 1510, 2000)


def read_all(source: Source, most: int = 100) -> list[Frame]:
    frames: list[Frame] = []
    while len(frames) < most and (frame := source.read()) is not None:
        frames.append(frame)
    return frames


def milliseconds(frames: list[Frame]) -> list[float]:
    return [round(frame.timestamp * 1000, 6) for frame in frames]


def numbers(frames: list[Frame]) -> list[int]:
    return [number_of(frame.rgb) for frame in frames]


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
def test_times_are_the_files_own_whatever_the_rate_does(suffix: str, tmp_path: Path) -> None:
    path = write_video(tmp_path / f"clip.{suffix}", UNEVEN)
    with VideoSource(path) as source:
        frames = read_all(source)
        assert source.size == (64, 48)
        assert source.duration is not None
        assert source.duration > 2.0, "the last frame begins at 2 s, whatever the file states"
        assert not source.damaged
    assert milliseconds(frames) == [float(time) for time in UNEVEN]
    assert numbers(frames) == list(range(10))


def test_a_name_with_a_colon_is_no_address(tmp_path: Path) -> None:
    write_video(tmp_path / "plain.mkv", (0, 100)).rename(tmp_path / "take:1.mkv")
    with VideoSource(tmp_path / "take:1.mkv") as source:
        assert len(read_all(source)) == 2


def test_the_same_file_gives_the_same_bytes_every_time(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", range(0, 2000, 100), between=3)
    digests = set()
    for _ in range(3):
        with VideoSource(path) as source:
            whole = b"".join(frame.rgb.tobytes() for frame in read_all(source))
        digests.add(hashlib.sha256(whole).hexdigest())
    assert len(digests) == 1


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
def test_the_rotation_of_a_phones_video_is_honoured(rotation: int, tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", (0, 100), rotation=rotation)
    with VideoSource(path) as source:
        frame = source.read()
    assert frame is not None
    red = frame.rgb[..., 0].astype(int) - frame.rgb[..., 1] > 100
    corner = {0: (0, 0), 90: (1, 0), 180: (1, 1), -90: (0, 1)}[rotation]
    height, width = red.shape
    assert (width, height) == ((48, 64) if rotation % 180 else (64, 48)) == source.size
    assert red[corner[0] * (height - 1), corner[1] * (width - 1)]
    assert 0 < red.mean() < 0.1


@pytest.mark.parametrize(
    ("matrix", "corner"),
    [
        ((-1, 0, 0, 1), (0, 1)),  # mirrored, as phones store a selfie
        ((1, 0, 0, -1), (1, 0)),
        ((0, 1, 1, 0), (0, 0)),  # turned and mirrored
        ((0, -1, -1, 0), (1, 1)),
    ],
)
def test_a_mirroring_in_the_display_matrix_is_honoured(
    matrix: tuple[int, int, int, int], corner: tuple[int, int], tmp_path: Path
) -> None:
    path = write_video(tmp_path / "selfie.mp4", (0, 100))
    set_display_matrix(path, *matrix)
    with VideoSource(path) as source:
        frame = source.read()
        assert source.size == ((64, 48) if matrix[0] else (48, 64))
    assert frame is not None
    red = frame.rgb[..., 0].astype(int) - frame.rgb[..., 1] > 100
    height, width = red.shape
    assert red[corner[0] * (height - 1), corner[1] * (width - 1)]
    assert 0 < red.mean() < 0.1


@pytest.mark.parametrize("told", ["rotate=90", "flip=horizontal"])
@pytest.mark.parametrize("ending", ["h264", "ts"])
def test_a_turn_that_the_codec_tells_with_a_key_frame_holds_for_those_behind_it(
    told: str, ending: str, tmp_path: Path
) -> None:
    whole = write_video(tmp_path / "whole.mp4", range(0, 1000, 100), between=0)
    path = tmp_path / f"turned.{ending}"
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        turn = BitStreamFilterContext(
            f"h264_mp4toannexb,h264_metadata=display_orientation=insert:{told}",
            source.streams.video[0],
            stream,
        )
        for packet in source.demux(video=0):
            for turned in turn.filter(packet if packet.size else None):
                turned.stream = stream
                target.mux(turned)
    with VideoSource(path) as source:
        frames = read_all(source)
    assert len(frames) == 10
    for frame in frames:
        # Turned counter-clockwise the patch comes to the lower left, mirrored to the upper right.
        patch = frame.rgb[-8:, :8] if told == "rotate=90" else frame.rgb[:8, -8:]
        assert patch[..., 0].mean() > 200
        assert frame.rgb.shape == ((64, 48, 3) if told == "rotate=90" else (48, 64, 3))


def test_wide_pixels_become_square(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", (0, 100), aspect=Fraction(4, 3))
    with VideoSource(path) as source:
        frame = source.read()
        assert source.size == (85, 48)
    assert frame is not None
    assert frame.rgb.shape == (48, 85, 3)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
@pytest.mark.parametrize("where", [0.0, 0.299, 0.3, 0.42, 0.95, 1.6, 1.9])
def test_seeking_shows_the_frame_of_that_time(suffix: str, where: float, tmp_path: Path) -> None:
    path = write_video(tmp_path / f"clip.{suffix}", range(0, 2000, 100), key_every=6)
    with VideoSource(path) as source:
        plain = read_all(source)
        begin = plain[0].timestamp
        source.seek(begin + where)
        sought = read_all(source)
    expected = [f for i, f in enumerate(plain) if i >= int(where * 10 + 1e-9)]
    assert numbers(sought) == numbers(expected)
    assert [f.timestamp for f in sought] == [f.timestamp for f in expected]
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(sought, expected, strict=True))
    assert [f.index for f in sought] == [f.index for f in expected]
    assert all(f.counted for f in sought)


@pytest.mark.parametrize("between", [0, 2])
@pytest.mark.parametrize("suffix", ["mp4", "mkv", "mov", "ts", "avi"])
def test_the_number_of_a_frame_is_that_in_the_file_or_not_told(
    suffix: str, between: int, tmp_path: Path
) -> None:
    path = tmp_path / f"clip.{suffix}"
    if suffix == "avi":
        write_recorder(path, 20, between=between)
    else:
        write_video(path, range(0, 2000, 100), key_every=6, between=between)
    told = suffix in ("mp4", "mkv", "mov")
    with VideoSource(path) as source:
        times = [f.timestamp for f in read_all(source)]
    with VideoSource(path) as source:
        # Nobody has read so far.
        source.seek(times[12])
        assert not [f for f in read_all(source) if f.counted]
    with VideoSource(path) as source:
        assert source.number_frames() is told
        source.seek(times[12])
        frame = source.read()
        assert frame is not None
        assert frame.counted is told
        assert frame.timestamp == times[12]
        assert not told or frame.index == 12
        source.seek(times[3])
        rest = read_all(source)
    assert not told or [(f.index, f.timestamp) for f in rest] == list(enumerate(times))[3:]


def test_a_later_round_of_a_loop_has_no_numbers_of_the_file(tmp_path: Path) -> None:
    with VideoSource(write_video(tmp_path / "clip.mp4"), loop=True) as source:
        frames = [source.read() for _ in range(15)]
        assert [f.counted for f in frames if f] == [True] * 10 + [False] * 5
        source.seek(0.3)
        frame = source.read()
        assert frame is not None
        assert (frame.index, frame.counted) == (3, True)


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "ts"])
def test_a_part_of_a_file_has_the_frame_numbers_of_the_whole(suffix: str, tmp_path: Path) -> None:
    path = write_video(tmp_path / f"clip.{suffix}", range(0, 2000, 100), key_every=6)
    with VideoSource(path) as source:
        whole = [(f.index, f.timestamp) for f in frames_of(source)]
    with VideoSource(path) as source:
        start, end = whole[9][1] - 0.02, whole[15][1]
        part = [(f.index, f.timestamp) for f in frames_of(source, start=start, end=end)]
    assert part == whole[9:15]


def test_seeking_beyond_the_ends_shows_the_first_and_the_last_frame(tmp_path: Path) -> None:
    with VideoSource(write_video(tmp_path / "clip.mp4")) as source:
        source.seek(99.0)
        assert numbers(read_all(source)) == [9]
        source.seek(-1.0)
        assert numbers(read_all(source, 1)) == [0]


def test_a_time_rounded_to_microseconds_finds_its_frame(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4", (0, 333, 667))
    with VideoSource(path) as source:
        times = [frame.timestamp for frame in read_all(source)]
        for number, time in enumerate(times):
            source.seek(round(time, 6))
            assert numbers(read_all(source, 1)) == [number]


def test_looped_the_time_goes_on_by_the_length_of_a_round(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mkv", (0, 100, 200))
    with VideoSource(path, loop=True) as source:
        frames = read_all(source, 8)
    assert numbers(frames) == [0, 1, 2, 0, 1, 2, 0, 1]
    assert milliseconds(frames) == [0.0, 100, 200, 300, 400, 500, 600, 700]


def test_seeking_in_a_looped_video_stays_within_its_rounds(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mkv", (0, 100, 200))
    with VideoSource(path, loop=True) as source:
        read_all(source, 5)
        source.seek(0.75)
        frames = read_all(source, 3)
    assert numbers(frames) == [1, 2, 0]
    assert milliseconds(frames) == [700.0, 800, 900]


def test_frames_without_times_come_at_the_nominal_rate(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.h264", range(0, 600, 100), between=0)
    with VideoSource(path) as source:
        frames = read_all(source)
        assert source.rate is not None
        period = 1.0 / source.rate
        assert numbers(frames) == list(range(6))
        gaps = [b.timestamp - a.timestamp for a, b in pairwise(frames)]
        assert gaps == pytest.approx([period] * 5, abs=1e-6)
        source.seek(frames[3].timestamp)
        assert numbers(read_all(source)) == [3, 4, 5]


@pytest.mark.parametrize("between", [1, 2, 3, 5])
def test_frames_told_from_later_ones_keep_their_order_and_step_in_avi(
    between: int, tmp_path: Path
) -> None:
    path = write_recorder(tmp_path / "dvr.avi", 24, between=between)
    with VideoSource(path) as source:
        frames = read_all(source)
        assert numbers(frames) == list(range(24))
        assert [b.timestamp - a.timestamp for a, b in pairwise(frames)] == pytest.approx([0.1] * 23)
        assert not source.damaged
        source.seek(frames[17].timestamp)
        again = read_all(source)
    assert [f.timestamp for f in again] == [f.timestamp for f in frames[17:]]
    assert numbers(again) == list(range(17, 24))


def joined(folder: Path, ending: str, codec: str = "libx264") -> Path:
    """Recordings of 20 and of 25 frames, 25 a second, put end to end."""
    parts = [
        write_recorder(folder / f"{count}.{ending}", count, rate=25, codec=codec)
        for count in (20, 25)
    ]
    path = folder / f"joined.{ending}"
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def test_recordings_put_end_to_end_go_on_by_the_usual_step(tmp_path: Path) -> None:
    path = joined(tmp_path, "ts")
    with VideoSource(path) as source:
        frames = read_all(source)
        assert numbers(frames) == [*range(20), *range(25)]
        assert [b.timestamp - a.timestamp for a, b in pairwise(frames)] == pytest.approx(
            [1 / 25] * 44
        )
        assert [frame.index for frame in frames if frame.restarts] == [20]
        assert source.discontinuities == (
            Discontinuity(frames[20].timestamp, pytest.approx(-19 / 25)),
        )
        assert "jumps back by 0.760 s" in str(source.discontinuities[0])
        assert not source.damaged
        for place in (40, 22, 20, 5):
            source.seek(frames[place].timestamp)
            again = read_all(source, 3)
            assert [f.timestamp for f in again] == [f.timestamp for f in frames[place:][:3]]
            assert numbers(again) == numbers(frames[place:][:3])
        assert len(source.discontinuities) == 1


def test_a_joint_from_which_time_is_far_ahead_costs_no_frame(tmp_path: Path) -> None:
    first = write_recorder(tmp_path / "first.ts", 20, rate=25)
    later = tmp_path / "later.ts"
    with av.open(str(first)) as source, av.open(str(later), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.pts is not None and packet.dts is not None:
                packet.pts, packet.dts = packet.pts + 40 * 90_000, packet.dts + 40 * 90_000
                packet.stream = stream
                target.mux(packet)
    path = tmp_path / "both.ts"
    path.write_bytes(first.read_bytes() + later.read_bytes())
    with VideoSource(path) as source:
        frames = read_all(source)
        assert numbers(frames) == [*range(20), *range(20)]
        assert np.diff([f.timestamp for f in frames]) == pytest.approx(1 / 25)
        assert len(source.discontinuities) == 1
        assert source.damaged == ""


@pytest.mark.parametrize("ending", ["mpg", "vob", "m2ts"])
def test_the_joint_is_found_in_every_kind_of_broadcast(ending: str, tmp_path: Path) -> None:
    with VideoSource(joined(tmp_path, ending, "mpeg2video")) as source:
        frames = read_all(source)
        assert len(frames) == 45
        assert [frame.index for frame in frames if frame.restarts] == [20]
        # FFmpeg puts the last frame before the joint a step too late in some of them.
        assert all(0.03 < b.timestamp - a.timestamp < 0.09 for a, b in pairwise(frames))
        assert not source.damaged


def test_a_text_file_named_mp4_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "notes.mp4"
    path.write_text("These are notes, no video.\n" * 50)
    with pytest.raises(InputError, match=r"notes\.mp4 cannot be opened as a video") as caught:
        VideoSource(path).open()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["notes.txt", "notes.m3u8", "empty.mp4"])
def test_other_files_are_refused(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text("" if name.startswith("empty") else "#EXTM3U\nhttp://127.0.0.1:9/a.ts\n")
    with pytest.raises(InputError):
        VideoSource(path).open()


def test_a_file_with_sound_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="contains no video"):
        VideoSource(write_sound(tmp_path / "voice.m4a")).open()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        VideoSource(tmp_path / "none.mp4").open()


@pytest.mark.parametrize(
    ("name", "options"),
    [("clip.mp4", {"movflags": "faststart"}), ("clip.mkv", {}), ("clip.ts", {})],
)
def test_a_file_that_was_cut_off_gives_what_is_whole_and_says_so(
    name: str, options: dict[str, str], tmp_path: Path
) -> None:
    path = write_video(tmp_path / name, range(0, 2500, 100), options=options)
    with VideoSource(path) as source:
        whole = read_all(source)
    os.truncate(path, int(path.stat().st_size * 0.6))
    results = []
    for _ in range(2):
        with VideoSource(path) as source:
            results.append(read_all(source))
            if name != "clip.ts":  # which states no length: its last frame is all that is torn
                assert "is damaged" in source.damaged
    first, second = results
    expected = {frame.timestamp: frame.rgb.tobytes() for frame in whole}
    assert 3 <= len(first) < len(whole)
    assert all(frame.rgb.tobytes() == expected[frame.timestamp] for frame in first)
    assert [f.rgb.tobytes() for f in first] == [f.rgb.tobytes() for f in second]


def test_a_file_cut_before_its_index_is_refused(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4")
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(InputError, match="cannot be opened"):
        VideoSource(path).open()


def test_damage_in_the_middle_costs_only_the_frames_that_it_hit(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mkv", codec="mjpeg", pixels="yuvj420p")
    data = bytearray(path.read_bytes())
    with av.open(str(path)) as container:
        packet = list(container.demux(video=0))[4]
    assert packet.pos is not None
    begin = packet.pos + packet.size // 3
    data[begin : begin + packet.size // 2] = b"\xff" * (packet.size // 2)
    path.write_bytes(data)
    with VideoSource(path) as source:
        frames = read_all(source)
        assert source.damaged == "clip.mkv is damaged: 1 frame is missing or broken, at 0.400 s."
    assert numbers(frames) == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    assert [f.timestamp for f in frames] == [i / 10 for i in (0, 1, 2, 3, 5, 6, 7, 8, 9)]


def test_open_files_are_let_go(tmp_path: Path) -> None:
    path = write_video(tmp_path / "clip.mp4")
    descriptors = Path("/proc/self/fd")
    if not descriptors.is_dir():
        pytest.skip("this system does not list open files")
    before = len(list(descriptors.iterdir()))
    for _ in range(5):
        with VideoSource(path, loop=True) as source:
            read_all(source, 12)
            source.seek(0.5)
    assert len(list(descriptors.iterdir())) == before


@pytest.mark.parametrize("sound_at", [0, 12])
def test_sound_that_sets_in_late_ends_no_video(sound_at: int, tmp_path: Path) -> None:
    path = tmp_path / "late.mpg"
    with av.open(str(path), "w", options={"muxrate": "4000000"}) as container:
        moving: Any = container.add_stream("mpeg2video", rate=25)
        moving.width, moving.height, moving.pix_fmt = *SIZE, "yuv420p"
        heard: Any = container.add_stream("mp2", rate=16_000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.int16), "s16", "mono")
        silence.sample_rate = 16_000
        for number in range(25 * 15):
            frame = av.VideoFrame.from_ndarray(numbered_frame(number % 28), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(moving.encode(frame))
            if number >= 25 * sound_at:
                silence.pts = number * 640
                container.mux(heard.encode(silence))
        container.mux(moving.encode())
        container.mux(heard.encode())
    with VideoSource(path) as source:
        assert sum(1 for _ in iter(source.read, None)) == 25 * 15
        assert source.damaged == ""


@pytest.mark.parametrize("rate", [10, 30])
def test_a_bare_stream_has_the_rate_that_its_codec_tells(rate: int, tmp_path: Path) -> None:
    path = write_recorder(tmp_path / "camera.h264", 30, rate=rate)
    with VideoSource(path) as source:
        times = [frame.timestamp for frame in iter(source.read, None)]
        assert source.rate == pytest.approx(rate)
    np.testing.assert_allclose(np.diff(times), 1 / rate, atol=1e-6)


def test_headers_of_theora_in_the_middle_are_no_missing_frames() -> None:
    def decode(packet: bytes | None) -> list[Any]:
        if packet is not None and packet[0] >= 0x80:
            raise ValueError("no frame")
        return [SimpleNamespace(is_corrupt=False)] if packet else []

    class Coded(bytes):
        is_corrupt = False

    stream: Any = SimpleNamespace(codec_context=SimpleNamespace(name="theora"), decode=decode)
    lost: list[object] = []
    packets: Any = iter(
        [Coded(b"\x12"), Coded(b"\x80theora"), Coded(b"\x82theora"), Coded(b"\x55")]
    )
    assert len([*decoded(packets, stream, lost.append)]) == 2
    assert lost == []

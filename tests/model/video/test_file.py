"""Video files are opened alone, and only where their frames can be used."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest

from avce.model.video.file import open_video_file, packets, video_stream
from avce.model.video.pixels import MOST_SIDE, too_large


def write(path: Path, width: int, height: int, codec: str = "ffv1") -> Path:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        frame = av.VideoFrame.from_ndarray(
            np.full((height * 3 // 2, width), 90, np.uint8), "yuv420p"
        )
        frame.pts, frame.time_base = 0, Fraction(1, 10)
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("ending", ["mp4", "txt", "m3u8", "mkv", "sdp"])
@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile film.mkv\n",
        "\ufeff#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:1,\nfilm.mkv\n#EXT-X-ENDLIST\n",
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n",
    ],
)
def test_a_list_of_other_files_is_not_followed_whatever_its_name(
    text: str, ending: str, tmp_path: Path
) -> None:
    write(tmp_path / "film.mkv", 64, 48)
    path = tmp_path / f"list.{ending}"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="a list of files"):
        open_video_file(path)


def test_a_video_opens_whatever_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "film.mkv", 64, 48).rename(tmp_path / "take:1.txt")
    with open_video_file(path) as container:
        stream = video_stream(container)
        assert stream is not None
        assert len(list(container.decode(stream))) == 1


@pytest.mark.parametrize(("width", "height"), [(MOST_SIDE + 2, 16), (16, MOST_SIDE + 2)])
def test_a_video_with_too_long_a_side_is_refused_before_it_is_decoded(
    width: int, height: int, tmp_path: Path
) -> None:
    with (
        open_video_file(write(tmp_path / "wide.mkv", width, height)) as container,
        pytest.raises(ValueError, match="are too many"),
    ):
        video_stream(container)


def test_the_limits_hold_for_sides_and_for_the_whole() -> None:
    assert too_large(MOST_SIDE, 6000) == ""
    assert too_large(7680, 4320) == ""
    assert "16385 x 1 pixels" in too_large(MOST_SIDE + 1, 1)
    assert too_large(12_000, 12_000)


def test_a_stream_that_begins_in_the_middle_is_no_error() -> None:
    def demux(*_: object) -> Iterator[int]:
        yield from range(3)
        raise IndexError("list index out of range")

    container: Any = SimpleNamespace(demux=demux)
    assert [*packets(container)] == [0, 1, 2]

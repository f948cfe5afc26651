"""The frames of a session, stored only when asked for: H.264 for the eye, FFV1 to the last bit.

Every analysed frame is in the video, in order: its n-th frame is the n-th frame of
`frames.csv`, which holds the exact timestamps.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from ...model.errors import InputError
from ...model.session_files import LOSSLESS_VIDEO, VIDEO
from ..sources.decoding import decoded, open_container
from ..sources.ticks import Ticks
from .reader import Session

# Fragments (and Matroska clusters) of at most a second: a video whose writer was killed still
# opens. The first two options keep a first timestamp other than 0, which MP4 would else drop.
_MP4 = {
    "movflags": "frag_discont+negative_cts_offsets+frag_keyframe+empty_moov+default_base_moof",
    "frag_duration": "1000000",
    "video_track_timescale": "1000000",
    "flush_packets": "1",
}
_MATROSKA = {"cluster_time_limit": "1000", "flush_packets": "1"}
_MOST_WAITING = 12
_PER_SECOND = {".mp4": 1_000_000, ".mkv": 1000}
_H264 = {"crf": "18", "preset": "veryfast", "tune": "zerolatency", "bf": "0", "g": "60"}
_FFV1 = {"level": "3", "g": "1", "slicecrc": "1"}


class VideoWriter:
    """Writes frames of one size with their timestamps, rates that change included.

    A thread of its own encodes, so that the model need not wait.

    `video.mp4`: H.264, YUV 4:2:0, BT.709, timestamps to a microsecond; a frame with an odd side
    repeats its last row or column. `video.mkv` (lossless): FFV1 as BGR0, which gives every RGB
    value back exactly; Matroska keeps timestamps to a millisecond.
    """

    def __init__(self, path: Path, *, lossless: bool) -> None:
        self.path = path
        self._lossless = lossless
        self._ticks = Ticks(_PER_SECOND[path.suffix])
        self._container: Any = None
        self._stream: Any = None
        self._shape: tuple[int, ...] = ()
        self._encoder = ThreadPoolExecutor(1, "avce-video")
        self._waiting: deque[Future[None]] = deque()

    def write(self, rgb: NDArray[np.uint8], timestamp: float) -> None:
        """Add a frame uint8 [H, W, 3] shown at `timestamp` seconds; it must not change later.

        Raises `OSError` where the disk is full, a few frames late, and `InputError` for another
        size than that of the first frame.
        """
        self._shape = self._shape or rgb.shape
        if rgb.shape != self._shape:
            raise InputError(
                f"The frames changed from {_words(self._shape)} to {_words(rgb.shape)}: "
                "a recorded video holds one size, record this source without video."
            )
        self.flush(_MOST_WAITING)
        self._waiting.append(self._encoder.submit(self._encode, rgb, self._ticks(timestamp)))

    def flush(self, left: int = 0) -> None:
        """Wait until at most `left` frames wait for the encoder; raises what it met."""
        while self._waiting and (len(self._waiting) > left or self._waiting[0].done()):
            self._waiting.popleft().result()

    def close(self) -> None:
        """Finish the file; further calls do nothing. Without a frame there is no file."""
        try:
            self.flush()
            if self._container is not None:
                self._mux(None)
        finally:
            self._waiting.clear()
            self._encoder.shutdown(cancel_futures=True)
            container, self._container = self._container, None
            if container is not None:
                container.close()

    def _encode(self, rgb: NDArray[np.uint8], tick: int) -> None:
        if self._container is None:
            self._open(rgb.shape)
        frame = self._scaled(rgb)
        frame.pts, frame.time_base = tick, Fraction(1, self._ticks.per_second)
        self._mux(frame)

    def _mux(self, frame: av.VideoFrame | None) -> None:
        self._container.mux(self._stream.encode(frame))

    def _open(self, shape: tuple[int, ...]) -> None:
        height, width = shape[:2]
        kind, options = ("matroska", _MATROSKA) if self._lossless else ("mp4", _MP4)
        self._container = av.open(str(self.path), "w", format=kind, options=options)
        codec, settings = ("ffv1", _FFV1) if self._lossless else ("libx264", _H264)
        stream: Any = self._container.add_stream(codec, rate=30, options=settings)
        # The rate is a name only: the time base and each frame's own time rule.
        stream.time_base = stream.codec_context.time_base = Fraction(1, self._ticks.per_second)
        if self._lossless:
            stream.width, stream.height, stream.pix_fmt = width, height, "bgr0"
        else:
            stream.width, stream.height = width + width % 2, height + height % 2
            stream.pix_fmt = "yuv420p"
            context = stream.codec_context
            context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
            context.color_primaries = context.color_trc = 1  # BT.709
        self._stream = stream

    def _scaled(self, rgb: NDArray[np.uint8]) -> av.VideoFrame:
        if self._lossless:
            return av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(format="bgr0")
        height, width = rgb.shape[:2]
        if height % 2 or width % 2:
            rgb = np.pad(rgb, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        return av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(
            format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
        )


def open_video(folder: Path, *, lossless: bool) -> VideoWriter:
    """The video of a session folder; its file begins with the first frame."""
    return VideoWriter(folder / (LOSSLESS_VIDEO if lossless else VIDEO), lossless=lossless)


def frames_at(session: Session, rows: Iterable[int]) -> dict[int, NDArray[np.uint8]]:
    """The recorded frames uint8 [H, W, 3] of some rows of a session, by row.

    A frame that the video lacks (the program was killed) is left out.
    """
    path = session.video
    if path is None or not len(session) or path.suffix not in _PER_SECOND:
        return {}
    starts = frame_starts(session)
    ticks = _ticks(session, starts, path)
    found: dict[int, NDArray[np.uint8]] = {}
    try:
        with av.open(str(path)) as container:
            for row in rows:
                tick = ticks[int(np.searchsorted(starts, row, side="right")) - 1]
                image = _seek(container, tick, _PER_SECOND[path.suffix])
                if image is not None:
                    found[row] = image
    except (FFmpegError, IndexError):
        # Cut off before its first frame.
        return found
    return found


def frame_starts(session: Session) -> NDArray[np.intp]:
    """The first row of each frame; a frame with several faces has several rows."""
    frame, time = session.readings["frame"], session.readings["timestamp"]
    return np.flatnonzero(np.r_[True, (np.diff(frame) != 0) | (np.diff(time) != 0)][: len(frame)])


def frame_of_rows(session: Session) -> NDArray[np.intp]:
    """Which of the recorded frames each row [N] is of, from 0: one that is shown again after a
    seek backwards is another one."""
    first = np.zeros(len(session), np.intp)
    first[frame_starts(session)] = 1
    return np.cumsum(first) - 1


def _ticks(session: Session, starts: NDArray[np.intp], path: Path) -> list[int]:
    clock = Ticks(_PER_SECOND[path.suffix])
    return [clock(float(seconds)) for seconds in session.readings["timestamp"][starts]]


def frame_times(session: Session) -> NDArray[np.float64]:
    """When the video shows each frame, in its own seconds, float64 [frames].

    Its clock is coarser than that of `frames.csv`, and continues where there was a seek backwards.
    """
    starts, path = frame_starts(session), session.video
    if path is None or path.suffix not in _PER_SECOND:
        return np.asarray(session.readings["timestamp"][starts], np.float64)
    return np.array(_ticks(session, starts, path), np.float64) / _PER_SECOND[path.suffix]


def all_frames(session: Session) -> Iterator[tuple[int | None, float, NDArray[np.uint8]]]:
    """The recorded frames in order, as (frame, seconds, uint8 [H, W, 3]).

    `frame` counts the session's frames, None for a frame whose row is lost; then `seconds` is
    the video's own time, else the exact one of `frames.csv`. Raises `InputError` for a session
    without frames, or whose video cannot be opened.
    """
    path = session.video
    if path is None or path.suffix not in _PER_SECOND:
        raise InputError(f"{session.path} contains no video: it was recorded without one.")
    starts = frame_starts(session)
    times = session.readings["timestamp"][starts]
    frame_at = {tick: i for i, tick in enumerate(_ticks(session, starts, path))}
    source = session.info.get("source")
    facts: dict[str, Any] = source if isinstance(source, dict) else {}
    container, stream = open_container(path)
    with container:
        base = stream.time_base or Fraction(1, _PER_SECOND[path.suffix])
        for image in decoded(container.demux(stream), stream, lambda _: None):
            tick = round((image.pts or 0) * base * _PER_SECOND[path.suffix])
            frame = frame_at.get(tick)
            rgb = np.asarray(image.to_ndarray(format="rgb24"), np.uint8)
            seconds = tick / _PER_SECOND[path.suffix] if frame is None else float(times[frame])
            yield frame, seconds, _unpadded(rgb, facts.get("width"), facts.get("height"))


def _unpadded(rgb: NDArray[np.uint8], width: object, height: object) -> NDArray[np.uint8]:
    """Without the row and column that H.264 adds to an odd size."""
    h, w = rgb.shape[:2]
    h -= height == h - 1 and h % 2 == 0
    w -= width == w - 1 and w % 2 == 0
    return np.ascontiguousarray(rgb[:h, :w])


def _seek(container: InputContainer, tick: int, per_second: int) -> NDArray[np.uint8] | None:
    stream = container.streams.video[0]
    base = stream.time_base or Fraction(1, per_second)
    container.seek(int(Fraction(tick, per_second) / base), stream=stream)
    for frame in container.decode(stream):
        at = round((frame.pts or 0) * base * per_second)
        if at >= tick:
            return np.asarray(frame.to_ndarray(format="rgb24"), np.uint8) if at == tick else None
    return None


def _words(shape: tuple[int, ...]) -> str:
    return f"{shape[1]} x {shape[0]}"

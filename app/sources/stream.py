"""A live stream at an address (rtsp, http): the newest frame, however late the reader comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from ...model.errors import AvceError
from ...model.video.file import packets
from ...model.video.frame import Upright
from .addresses import without_password
from .base import Frame, Kind, Source, SourceLostError
from .decoding import TIMEOUT_SECONDS, decoded, open_container

_GRACE_SECONDS = 1.0
_STEP = 1e-6


class StreamSource(Source):
    """Reads a stream on a thread of its own, so that nobody waits for the network to answer.

    Timestamps are seconds since the stream was first opened, when each frame arrived. After
    `SourceLostError`, `close()` and `open()` reconnect: index and timestamp continue. What has
    a known end (a video on a server) comes at its own speed.
    """

    kind: Kind = "stream"
    live = True

    def __init__(self, address: str) -> None:
        self._address = address
        self.name = self.location = without_password(address)
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._newest: tuple[float, NDArray[np.uint8]] | None = None
        self._closing = self._over = self._interrupted = False
        self._error: Exception | None = None
        self._ends = False
        self._start: float | None = None
        self._began: float | None = None
        self._index = 0
        self._last = -_STEP

    def open(self) -> None:
        if self._thread is not None:
            return
        container, stream = open_container(self._address)
        self._closing = self._over = False
        self._error = self._newest = self._start = None
        self._ends = bool(container.duration)
        self.size = (stream.width, stream.height) if stream.width else None
        self.rate = float(stream.average_rate) if stream.average_rate else None
        if self._began is None:
            self._began = time.perf_counter()
            self.origin = datetime.now(UTC)
        self._thread = threading.Thread(
            target=self._receive, args=(container, stream), name="avce-stream", daemon=True
        )
        self._thread.start()

    def _receive(self, container: InputContainer, stream: VideoStream) -> None:
        upright = Upright(stream.sample_aspect_ratio)
        try:
            with container:
                for frame in decoded(self._packets(container, stream), stream):
                    if self._ends:
                        self._wait_for(frame)
                    if self._closing:
                        return
                    self._offer(upright.show(frame))
        except (FFmpegError, OSError, ValueError) as error:
            self._error = error
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def _packets(
        self, container: InputContainer, stream: VideoStream
    ) -> Iterator[Packet[VideoStream]]:
        # Of every kind: where sound alone goes on, waiting for a frame would never end.
        for packet in packets(container):
            if self._closing:
                return
            if isinstance(packet.stream, VideoStream) and packet.stream.index == stream.index:
                yield cast("Packet[VideoStream]", packet)

    def _wait_for(self, frame: VideoFrame) -> None:
        if frame.pts is None or frame.time_base is None:
            return
        seconds, now = float(frame.pts * frame.time_base), time.perf_counter()
        if self._start is None:
            self._start = now - seconds
        with self._changed:
            self._changed.wait_for(lambda: self._closing, self._start + seconds - now)

    def _offer(self, rgb: NDArray[np.uint8]) -> None:
        with self._changed:
            self._newest = time.perf_counter(), rgb
            self._changed.notify_all()

    def read(self) -> Frame | None:
        """The newest frame; None at a known end, or when `interrupt` was called.

        Raises `SourceLostError` when the stream broke or sent nothing for longer than the time-out.
        """
        if self._thread is None or self._began is None:
            raise AvceError(f"{self.name} is not open: open it first.")
        with self._changed:
            came = self._changed.wait_for(
                lambda: self._newest is not None or self._over or self._interrupted,
                TIMEOUT_SECONDS[1],
            )
            if self._interrupted:
                return None
            newest, self._newest = self._newest, None
        if newest is not None:
            captured, rgb = newest
            self._last = max(captured - self._began, self._last + _STEP)
            self._index += 1
            return Frame(self._index - 1, self._last, rgb, captured)
        if self._over and self._error is None and self._ends:
            return None
        reason = str(self._error or "the sender ended it") if came else "nothing came in time"
        raise SourceLostError(f"The stream {self.name} broke off ({reason}).")

    def interrupt(self) -> None:
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()

    def close(self) -> None:
        """Let go of the stream, after a second at most.

        While the sender is silent, its connection is held until FFmpeg's own time-out for a read,
        `TIMEOUT_SECONDS[1]`: PyAV has no way to interrupt a read from another thread, and closing
        what is being read crashes. Many short time-outs in a row would not do: FFmpeg keeps
        answering with the first one's error when the sender goes on.
        """
        if self._thread is None:
            return
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join(_GRACE_SECONDS)
        self._thread = None
        self._interrupted = False

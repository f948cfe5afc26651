"""Network streams, from a server on this machine: they begin, break off and come back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from avce.app.sources import SourceLostError, decoding, open_source, stream
from avce.app.sources.base import Frame
from avce.app.sources.stream import StreamSource
from avce.app.sources.video import VideoSource
from avce.model.errors import AvceError, InputError

from ..videos import number_of, write_broadcast, write_video


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Sends `live`, a broadcast of ten frames that breaks off, and `clip.mp4`, a file."""
    live = write_video(tmp_path / "live.ts").read_bytes()
    file = write_video(tmp_path / "clip.mp4", options={"movflags": "faststart"}).read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ends = self.path == "/clip.mp4"
            self.send_response(200 if ends or self.path == "/live" else 404)
            self.send_header("Content-Type", "video/mp4" if ends else "video/mp2t")
            if ends:
                self.send_header("Content-Length", str(len(file)))
            self.end_headers()
            self.wfile.write(file if ends else live)

        def log_message(self, *_: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}"
        listening.shutdown()
        thread.join()


def read_until_lost(source: StreamSource) -> list[Frame]:
    frames: list[Frame] = []
    with pytest.raises(SourceLostError, match="broke off"):
        frames.extend(iter(source.read, None))
    return frames


def test_a_stream_that_breaks_off_is_lost_and_goes_on_when_it_is_back(server: str) -> None:
    source = open_source(f"{server}/live")
    assert isinstance(source, StreamSource)
    assert source.live
    with pytest.raises(AvceError, match="not open"):
        source.read()
    with source:
        frames = read_until_lost(source)
        source.close()
        source.open()
        before = len(frames)
        frames += read_until_lost(source)
        source.close()
    assert 0 < before < len(frames)
    assert frames[-1].rgb.shape == (48, 64, 3)
    assert all(a.index < b.index and a.timestamp < b.timestamp for a, b in pairwise(frames))


def test_a_file_on_a_server_is_read_whole(server: str) -> None:
    source = open_source(f"{server}/clip.mp4")
    assert isinstance(source, VideoSource)
    with source:
        frames = [source.read() for _ in range(10)]
        assert source.read() is None
    assert [number_of(frame.rgb) for frame in frames if frame is not None] == list(range(10))


@pytest.mark.parametrize("place", ["/nothing", ":1/live"])
def test_an_address_without_a_stream_is_refused_in_one_sentence(server: str, place: str) -> None:
    address = server + place if place.startswith("/") else "http://127.0.0.1" + place
    with pytest.raises(InputError, match="cannot be opened"):
        open_source(address).open()


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[StreamSource]:
    """An open stream whose sender says nothing."""
    waiting = threading.Event()

    class Container:
        duration = None

        def __enter__(self) -> Container:
            return self

        def __exit__(self, *_: object) -> None:
            pass

    class Images:
        width, height, average_rate, sample_aspect_ratio = 64, 48, 10, None

    def nothing(*_: object) -> Iterator[Any]:
        waiting.wait(30.0)
        yield from ()

    monkeypatch.setattr(stream, "open_container", lambda _: (Container(), Images()))
    monkeypatch.setattr(stream, "decoded", nothing)
    monkeypatch.setattr(stream, "TIMEOUT_SECONDS", (0.01, 0.01))
    monkeypatch.setattr(stream, "_GRACE_SECONDS", 0.01)
    source = StreamSource("rtsp://127.0.0.1/live")
    source.open()
    yield source
    waiting.set()
    source.close()


def test_a_stream_that_falls_silent_is_lost(silent: StreamSource) -> None:
    with pytest.raises(SourceLostError, match="nothing came in time"):
        silent.read()


def test_an_interrupted_stream_ends(silent: StreamSource) -> None:
    silent.interrupt()
    assert silent.read() is None
    silent.close()
    silent.close()


@pytest.fixture
def sound_goes_on(tmp_path: Path) -> Iterator[str]:
    """The address of a sender whose frames end while its sound goes on until it is left."""
    whole = write_broadcast(tmp_path / "broadcast.ts").read_bytes()
    sound = whole[len(whole) // 2 // 188 * 188 :]

    def send(connection: socket.socket) -> None:
        connection.sendall(whole)
        while True:
            connection.sendall(sound)

    with sender(send) as address:
        yield address


@pytest.fixture
def silence(tmp_path: Path) -> Iterator[str]:
    """The address of a sender that says nothing more after forty frames, until it is left."""
    whole = write_video(tmp_path / "live.ts").read_bytes() * 4

    def send(connection: socket.socket) -> None:
        connection.sendall(whole)
        connection.recv(1)

    with sender(send) as address:
        yield address


@contextmanager
def sender(send: Callable[[socket.socket], None]) -> Iterator[str]:
    """Serves one connection after another at an address, each until it is left."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    connection = listening.accept()[0]
                except OSError:
                    return  # the test is over
                with connection, suppress(OSError):
                    send(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(1.0)  # it never ends where a stream is not left


def receiver(source: StreamSource) -> threading.Thread:
    """The thread on which an open stream is received."""
    assert source._thread is not None
    return source._thread


def test_a_closed_stream_is_left_although_its_sound_goes_on(
    sound_goes_on: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "TIMEOUT_SECONDS", (10.0, 0.1))
    source = StreamSource(sound_goes_on)
    with source:
        receiving = receiver(source)
        assert read_until_lost(source)
    receiving.join(10.0)
    assert not receiving.is_alive()


def test_a_closed_stream_that_is_silent_is_left_after_the_time_out_of_a_read(
    silence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may take half a second for the first frame.
    monkeypatch.setattr(decoding, "TIMEOUT_SECONDS", (10.0, 1.5))
    monkeypatch.setattr(stream, "TIMEOUT_SECONDS", (10.0, 0.7))
    monkeypatch.setattr(stream, "_GRACE_SECONDS", 0.0)
    source = StreamSource(silence)
    with source:
        receiving = receiver(source)
        assert read_until_lost(source)
    receiving.join(10.0)
    assert not receiving.is_alive()
    # The sender serves one at a time, so that the second one is served says that the first is gone.
    with source:
        assert source.read() is not None

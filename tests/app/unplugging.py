"""A camera and a server whose cable can be pulled out and put back."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

from .stand_ins import WAIT
from .videos import FakeCapture, numbered_frame, write_video

IMAGES = 12


class Lead:
    """The cable of a live source: in, or out."""

    def __init__(self) -> None:
        self.out = threading.Event()


class QuietCapture(FakeCapture):
    """Gives some frames, then waits for another as a driver does: a while, or until it is out."""

    def __init__(self, lead: Lead) -> None:
        super().__init__(IMAGES + 1, opens=not lead.out.is_set())
        self.lead = lead

    def grab(self) -> bool:
        return super().grab() or (self.lead.out.wait(0.5) and False)


@contextmanager
def serving(folder: Path, lead: Lead) -> Iterator[str]:
    """A server: `/live` sends frames as network cameras do and is then silent, `/film` ends."""
    times = tuple(range(0, 20 * IMAGES, 20))
    film = write_video(folder / "film.mp4", times, options={"movflags": "faststart"}).read_bytes()
    jpeg = io.BytesIO()
    Image.fromarray(numbered_frame(3)).save(jpeg, "JPEG")
    part = b"--next\r\nContent-Type: image/jpeg\r\n\r\n" + jpeg.getvalue() + b"\r\n"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            ends = self.path == "/film"
            kind = "video/mp4" if ends else "multipart/x-mixed-replace;boundary=next"
            self.send_response(503 if lead.out.is_set() else 200)
            self.send_header("Content-Type", kind)
            if ends:
                self.send_header("Content-Length", str(len(film)))
            self.end_headers()
            if ends:
                self.wfile.write(film)
            elif not lead.out.is_set():
                self.wfile.write(part * 3 * IMAGES)
                self.wfile.flush()
                lead.out.wait(WAIT)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (its name)
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    lead.out.set()
    server.shutdown()
    thread.join()
    server.server_close()

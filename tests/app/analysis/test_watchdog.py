"""A model that never answers: noticed, said, and the run ends without it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from avce.app.analysis.pipeline import Pipeline
from avce.app.analysis.watchdog import Watchdog, words
from avce.app.session.reader import read_session
from avce.model.errors import AvceError

from ..stand_ins import WAIT, Collector, HandFedCamera, analyser, frame


def test_it_barks_once_when_the_model_is_busy_for_too_long() -> None:
    now, since, barked = 100.0, [None], threading.Event()
    times: list[float] = []

    def bark() -> None:
        times.append(now)
        barked.set()

    dog = Watchdog(lambda: since[0], bark, patience=10.0, clock=lambda: now, look_every=0.001)
    with dog:
        now = 1000.0
        # An idle model may be idle for ever.
        assert not barked.wait(0.02)
        since[0] = 995.0  # type: ignore[call-overload]
        assert not barked.wait(0.02)
        now = 1005.5
        assert barked.wait(WAIT)
    assert times == [1005.5]


def test_a_model_that_never_answers_fails_the_run_and_closes_its_sinks() -> None:
    inside, turn = threading.Event(), threading.Event()

    def hold() -> None:
        if inside.is_set():
            return
        inside.set()
        turn.wait(WAIT)

    camera, sink = HandFedCamera(), Collector()
    pipeline = Pipeline(camera, lambda: analyser(before=hold), sinks=[sink], patience=0.05)
    pipeline.start()
    camera.feed(frame(0))
    assert inside.wait(WAIT)
    # The window asks for the state again and again.
    tick = threading.Event()
    assert any(sink.closed or tick.wait(0.01) for _ in range(int(WAIT * 100)))
    assert pipeline.state == "failed"
    assert isinstance(pipeline.error, AvceError)
    assert "stand-in.onnx has not answered" in str(pipeline.error)
    assert sink.complete is False
    turn.set()
    assert pipeline.join(WAIT)


PROGRAM = """
import hashlib, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from stand_ins import FilmSource, StandInFinder, StandInNetwork, frame
from avce.app import headless
from avce.app.analysis.analyser import Analyser
from avce.app import opening
from avce.app.analysis import watchdog
from avce.app.settings import RecordingOptions, RunSettings
from avce.model.errors import run_command

calls = []
def stuck():
    calls.append(0)
    if len(calls) == 4:
        hashlib.pbkdf2_hmac("sha256", b"x", b"y", 2**31 - 1)

network = StandInNetwork(stuck)
film = FilmSource([frame(i) for i in range(9)])
headless.open_source = lambda spec, loop=False: film
headless.open_model = lambda settings: network
opening.Analyser = lambda predictor, **o: Analyser(predictor, StandInFinder(), **o)
watching = headless.Watchdog
headless.Watchdog = lambda since, bark: watching(since, bark, patience=0.5)
settings = RunSettings(source="0", headless=True, recording=RecordingOptions(Path({out!r})))
sys.exit(run_command(lambda: headless.run_headless(settings), name="avce", debug=False))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_model_that_holds_the_main_thread_ends_the_process_and_the_session_is_told(
    tmp_path: Path,
) -> None:
    tests = str(Path(__file__).resolve().parents[1])
    program = PROGRAM.format(tests=tests, out=str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 1, done.stderr
    assert words("stand-in.onnx") in done.stderr
    (path,) = tmp_path.iterdir()
    session = read_session(path)
    assert session.readings["frame"].tolist() == [0, 1, 2]
    assert session.info["status"] == "interrupted"
    assert session.info["counts"]["rows"] == 3

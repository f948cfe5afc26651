"""The LSL stream, against a stand-in for pylsl: no test opens a socket."""

from __future__ import annotations

import math
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from avce.app.analysis.analyser import Analysis
from avce.app.analysis.reading import Reading, no_face
from avce.app.lsl.markers import MarkerInlet
from avce.app.lsl.outlet import LslSink
from avce.app.lsl.streams import LslStreams
from avce.app.session.reader import read_session
from avce.app.session.writer import SessionWriter
from avce.app.settings import RecordingOptions
from avce.app.sources.base import Frame
from avce.model.errors import InputError, MissingExtraError

from ..stand_ins import ModelInfo, SourceInfo


class Element:
    """A node of a stream's description."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.values: dict[str, str] = {}
        self.children: list[Element] = []

    def append_child(self, name: str) -> Element:
        self.children.append(Element(name))
        return self.children[-1]

    def append_child_value(self, name: str, value: str) -> Element:
        self.values[name] = value
        return self


class StreamInfo:
    """Keeps what it was made of."""

    def __init__(self, *facts: Any) -> None:
        self.facts = facts
        self.root = Element("desc")

    def desc(self) -> Element:
        return self.root


class FakeLsl:
    """As much of pylsl as we use; its clock is set by the test."""

    IRREGULAR_RATE = 0.0
    proc_clocksync = 1

    def __init__(self) -> None:
        self.now = 1000.0
        self.infos: list[StreamInfo] = []
        self.samples: list[tuple[list[float], float]] = []
        self.events: list[str] = []
        self.StreamInfo = StreamInfo
        self.StreamOutlet = self._outlet
        self.announced: list[Announced] = []
        self.StreamInlet = lambda info, processing_flags: info

    def _outlet(self, info: StreamInfo) -> SimpleNamespace:
        self.infos.append(info)

        def push(values: list[Any], timestamp: float) -> None:
            if info.facts[1] == "Markers":
                self.events += values
            else:
                self.samples.append((values, timestamp))

        return SimpleNamespace(push_sample=push, have_consumers=lambda: False)

    def local_clock(self) -> float:
        return self.now

    def ContinuousResolver(self, prop: str, value: str) -> SimpleNamespace:
        return SimpleNamespace(
            results=lambda: [
                each for each in self.announced if (prop, value) == ("type", each.kind)
            ]
        )


class Announced:
    """A stream of another program, and an inlet to it."""

    def __init__(self, name: str, source_id: str = "x", kind: str = "Markers") -> None:
        self.name = lambda: name
        self.source_id = lambda: source_id
        self.uid = lambda: name
        self.kind = kind
        self.coming: list[tuple[list[str], float]] = []

    def open_stream(self, timeout: float) -> None:
        """Nothing to wait for."""

    def pull_sample(self, timeout: float) -> tuple[list[str] | None, float | None]:
        return self.coming.pop(0) if self.coming else (None, None)


def analysis(captured: float, *readings: Reading) -> Analysis:
    frame = Frame(0, 0.0, np.zeros((2, 2, 3), np.uint8), captured)
    return Analysis(frame, readings or (no_face(0, 0.0),))


def test_a_session_names_the_streams_by_which_its_readings_went_out(tmp_path: Path) -> None:
    lsl = FakeLsl()
    streams = LslStreams(make_outlet=lambda name, extras: LslSink(name, extras, lsl=lsl))
    relay = streams.attach(SourceInfo("camera", "camera 0", live=True))
    model = ModelInfo(Path("net.onnx"), "ab", "cpu")
    recording = RecordingOptions(tmp_path)
    source = SourceInfo("camera", "camera 0", live=True)
    with SessionWriter(recording, source=source, model=model, streams=streams.sent) as writer:
        for switch in (False, True, True, False, True):
            if streams.sending != switch:
                streams.send(switch)
            writer.write(analysis(0.0))
    told = read_session(writer.path).info["lsl"]
    sent = [info for info in lsl.infos if info.facts[1] == "Expression"]
    # Two runs of sending, each told once, as receivers know them.
    assert [each["source_id"] for each in told] == [info.facts[5] for info in sent]
    assert [each["run"] for each in told] == [info.root.values["run"] for info in sent]
    assert len(told) == 2
    relay.close()
    assert streams.sent() == []


def face(face_id: int = 0) -> Reading:
    return Reading(
        0, 0.0, face_id, 0.9, True, valence=0.5, arousal=-0.25, valence_smooth=0.4,
        arousal_smooth=-0.2, valence_halfwidth=0.2, arousal_halfwidth=0.1, quality=0.75,
    )  # fmt: skip


def test_streams_with_labelled_channels() -> None:
    lsl = FakeLsl()
    sink = LslSink("camera 0", lsl=lsl)
    readings, events = lsl.infos
    assert readings.facts == (sink.name, "Expression", 8, 0.0, "float32", sink.source_id)
    assert events.facts[:2] == (f"{sink.name}, events", "Markers")
    assert events.facts[4] == "string"
    (channels,) = readings.root.children
    assert [channel.values["label"] for channel in channels.children] == [
        "valence", "arousal", "valence_smooth", "arousal_smooth", "face_id",
        "valence_halfwidth", "arousal_halfwidth", "quality",
    ]  # fmt: skip
    assert all(channel.values["unit"] for channel in channels.children)


def test_no_two_runs_machines_or_sources_share_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    lsl = FakeLsl()
    ids = set()
    names = set()
    # Two laboratory computers may even be called alike.
    for node, card in (("lab", 1), ("lab", 2), ("desk", 2)):
        monkeypatch.setattr("avce.app.lsl.outlet.platform.node", lambda node=node: node)
        monkeypatch.setattr("avce.app.lsl.outlet.getnode", lambda card=card: card)
        for source in ("camera 0", "camera 1"):
            for _ in range(2):
                sink = LslSink(source, lsl=lsl)
                ids.add(sink.source_id.rpartition("/")[0])
                names.add(sink.name)
    assert len({info.facts[5] for info in lsl.infos}) == len(lsl.infos) == 24
    assert len(ids) == 6
    assert names == {f"AVCE live, {m}, camera {n}" for m in ("lab", "desk") for n in (0, 1)}
    told = lsl.infos[0].root.values
    assert (told["machine"], told["source"]) == ("lab", "camera 0")
    assert told["run"] != lsl.infos[2].root.values["run"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("/data/anna/secret study/P01.mp4", "P01.mp4"),
        ("D:\\data\\anna\\P01.mp4", "P01.mp4"),
        ("rtsp://anna:geheim@camera/live?user=anna&pwd=geheim", "live"),
        ("HTTP://camera/?password=geheim#geheim", "camera"),
        ("Logitech C920", "Logitech C920"),
        ("", "source"),
    ],
)
def test_nothing_is_announced_of_a_source_but_its_name(source: str, name: str) -> None:
    lsl = FakeLsl()
    sink = LslSink(source, lsl=lsl)
    assert sink.name.endswith(f", {name}")
    told = str([(info.facts, info.root.values) for info in lsl.infos])
    for secret in ("anna", "geheim", "secret", "?"):
        assert secret not in told


@pytest.mark.parametrize(("complete", "word"), [(True, "end"), (False, "end: incomplete")])
def test_receivers_are_told_how_a_run_ended(complete: bool, word: str) -> None:
    lsl = FakeLsl()
    sink = LslSink("camera 0", lsl=lsl)
    assert lsl.events == ["start"]
    sink.close(complete=complete)
    sink.close()
    assert lsl.events == ["start", word]


def test_a_sample_a_face_with_the_moment_of_its_frame() -> None:
    lsl = FakeLsl()
    clock = SimpleNamespace(now=50.0)
    sink = LslSink(lsl=lsl, clock=lambda: clock.now)
    sink.write(analysis(49.75, face(0), face(3)))
    assert lsl.samples == [
        ([0.5, -0.25, 0.4, -0.2, 0.0, 0.2, 0.1, 0.75], 999.75),
        ([0.5, -0.25, 0.4, -0.2, 3.0, 0.2, 0.1, 0.75], 999.75),
    ]


def test_a_frame_without_a_face_is_sent_as_nan() -> None:
    lsl = FakeLsl()
    LslSink(lsl=lsl, clock=lambda: 0.0).write(analysis(0.0))
    ((values, moment),) = lsl.samples
    assert all(math.isnan(value) for value in values[:4] + values[5:])
    assert (values[4], moment) == (-1.0, 1000.0)


def test_moments_never_go_back() -> None:
    lsl = FakeLsl()
    now = iter([10.0, 10.04])
    sink = LslSink(lsl=lsl, clock=lambda: next(now))
    sink.write(analysis(10.0, face()))
    # LSL's clock lags behind ours by a hair.
    lsl.now = 1000.01
    sink.write(analysis(10.0, face()))
    moments = [moment for _, moment in lsl.samples]
    assert moments == sorted(moments)


def test_after_closing_nothing_is_sent() -> None:
    lsl = FakeLsl()
    with LslSink(lsl=lsl) as sink:
        pass
    sink.close()
    sink.write(analysis(0.0, face()))
    assert not lsl.samples


def test_without_pylsl_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pylsl", None)
    with pytest.raises(MissingExtraError, match=r"--lsl needs .*avce-live\[lsl\]"):
        LslSink()


def test_pylsl_without_its_library_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        """Fails as pylsl does where liblsl is missing."""

        @staticmethod
        def find_spec(name: str, *_: object) -> None:
            if name == "pylsl":
                raise RuntimeError("LSL binary library file was not found.\nPlease ...")

    monkeypatch.delitem(sys.modules, "pylsl", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    with pytest.raises(InputError, match="install liblsl"):
        LslSink()


def test_the_real_pylsl_has_what_the_sink_calls() -> None:
    pylsl = pytest.importorskip("pylsl", exc_type=(ImportError, RuntimeError))
    info = pylsl.StreamInfo("a", "b", 5, pylsl.IRREGULAR_RATE, "float32", "")
    info.desc().append_child("channels").append_child_value("label", "valence")
    assert info.channel_count() == 5
    assert pylsl.local_clock() > 0
    assert callable(pylsl.StreamOutlet.push_sample)


# Markers of other programs.


def listening(lsl: FakeLsl, now: float = 50.0) -> tuple[MarkerInlet, list[tuple[str, float]]]:
    got: list[tuple[str, float]] = []
    inlet = MarkerInlet(lambda words, at: got.append((words, at)), lsl=lsl, clock=lambda: now)
    return inlet, got


def test_a_marker_stands_at_its_moment_on_the_clock_of_the_source() -> None:
    lsl = FakeLsl()
    other = Announced("PsychoPy")
    lsl.announced.append(other)
    inlet, got = listening(lsl, now=50.0)
    # 2.5 s ago, whatever passed before somebody looked.
    other.coming.append((["stimulus", "7"], 997.5))
    inlet.look()
    assert not got, "no frame has told the time yet"
    # A frame of the source's second 12, captured .25 s ago.
    inlet.write(Analysis(Frame(0, 12.0, np.zeros((2, 2, 3), np.uint8), 49.75), (no_face(0, 12.0),)))
    assert got == [("stimulus, 7", pytest.approx(12.0 + 0.25 - 2.5))]
    assert inlet.names == ["PsychoPy"]
    other.coming.append((["last"], 1000.0))
    inlet.look()
    inlet.close()
    assert got[1:] == [("last", pytest.approx(12.25))]


def test_our_own_streams_and_other_kinds_are_not_listened_to() -> None:
    lsl = FakeLsl()
    own = LslSink("camera 0", lsl=lsl)
    lsl.announced += [
        Announced(own.name, own.source_id + "/events"),
        Announced("EEG", kind="EEG"),
        Announced("Presentation"),
    ]
    inlet, _ = listening(lsl)
    inlet.look()
    inlet.look()
    assert inlet.names == ["Presentation"]


def test_the_thread_of_an_inlet_ends_with_it() -> None:
    inlet, _ = listening(FakeLsl())
    inlet.start()
    inlet.close()
    inlet.close()
    assert not [t for t in threading.enumerate() if t.name == "avce-lsl-markers"]


# Switched in a window.


def streams(lsl: FakeLsl, **on: bool) -> LslStreams:
    return LslStreams(
        **on,
        make_outlet=lambda name, extras: LslSink(name, extras, lsl=lsl),
        make_inlet=lambda receive: MarkerInlet(receive, lsl=lsl, clock=lambda: 0.0),
    )


def test_sending_is_switched_while_a_source_runs_and_holds_for_the_next() -> None:
    lsl = FakeLsl()
    both = streams(lsl)
    sink = both.attach(SourceInfo("camera", "camera 0", live=True))
    sink.write(analysis(0.0, face()))
    assert not lsl.samples
    both.send(True)
    sink.write(analysis(0.0, face()))
    assert len(lsl.samples) == 1
    assert "camera 0" in both.words()
    sink.close(complete=False)
    assert lsl.events == ["start", "end: incomplete"]
    both.attach(SourceInfo("camera", "camera 1", live=True)).write(analysis(0.0, face()))
    assert len(lsl.samples) == 2
    both.send(False)
    assert lsl.events[2:] == ["start", "end"]
    assert both.words() == ""


def test_markers_are_taken_of_a_live_source_alone() -> None:
    lsl = FakeLsl()
    other = Announced("PsychoPy")
    other.coming.append((["go"], 1000.0))
    lsl.announced.append(other)
    both = streams(lsl, receiving=True)
    both.attach(SourceInfo("video", "film.mp4"))
    assert both.words() == "LSL markers need a live source"
    sink = both.attach(SourceInfo("camera", "camera 0", live=True))
    assert both.words() == "no LSL markers yet"
    inlet = both._current.inlet  # type: ignore[union-attr]
    assert inlet is not None
    inlet.look()
    sink.write(analysis(0.0, face()))
    assert both.markers() == [("go", 0.0)]
    assert both.markers() == []
    assert both.words() == "markers from PsychoPy"


def test_what_cannot_be_had_is_switched_off_again() -> None:
    def missing(*_: object) -> Any:
        raise MissingExtraError("--lsl", "lsl")

    both = LslStreams(make_outlet=missing, make_inlet=missing)
    both.attach(SourceInfo("camera", "camera 0", live=True))
    for switch in (both.send, both.receive):
        with pytest.raises(MissingExtraError):
            switch(True)
    assert not both.sending
    assert not both.receiving


def test_optional_columns_are_sent_from_a_window_too() -> None:
    lsl = FakeLsl()
    streams(lsl, sending=True).attach(SourceInfo("camera", "camera 0", live=True), ("emotions",))
    _, _, count, *_ = lsl.infos[0].facts
    assert count == 8 + 8

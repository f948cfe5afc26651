"""The LSL stream, against a stand-in for pylsl: no test opens a socket."""

from __future__ import annotations

import math
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from avce.app.analysis import Analysis
from avce.app.lsl import LslSink
from avce.app.reading import Reading, no_face
from avce.app.sources.base import Frame
from avce.model.errors import InputError, MissingExtraError


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
    """As much of pylsl as the sink uses; its clock is set by the test."""

    IRREGULAR_RATE = 0.0

    def __init__(self) -> None:
        self.now = 1000.0
        self.infos: list[StreamInfo] = []
        self.samples: list[tuple[list[float], float]] = []
        self.StreamInfo = StreamInfo
        self.StreamOutlet = self._outlet

    def _outlet(self, info: StreamInfo) -> SimpleNamespace:
        self.infos.append(info)
        return SimpleNamespace(push_sample=lambda x, timestamp: self.samples.append((x, timestamp)))

    def local_clock(self) -> float:
        return self.now


def analysis(captured: float, *readings: Reading) -> Analysis:
    frame = Frame(0, 0.0, np.zeros((2, 2, 3), np.uint8), captured)
    return Analysis(frame, readings or (no_face(0, 0.0),))


def face(face_id: int = 0) -> Reading:
    return Reading(
        0, 0.0, face_id, 0.9, True, valence=0.5, arousal=-0.25, valence_smooth=0.4,
        arousal_smooth=-0.2,
    )  # fmt: skip


def test_one_outlet_with_labelled_channels() -> None:
    lsl = FakeLsl()
    LslSink("My stream", source_id="camera 0", lsl=lsl)
    (info,) = lsl.infos
    assert info.facts == ("My stream", "Expression", 5, 0.0, "float32", "camera 0")
    (channels,) = info.root.children
    assert [channel.values["label"] for channel in channels.children] == [
        "valence", "arousal", "valence_smooth", "arousal_smooth", "face_id",
    ]  # fmt: skip
    assert all(channel.values["unit"] for channel in channels.children)


def test_a_sample_a_face_with_the_moment_of_its_picture() -> None:
    lsl = FakeLsl()
    clock = SimpleNamespace(now=50.0)
    sink = LslSink(lsl=lsl, clock=lambda: clock.now)
    sink.write(analysis(49.75, face(0), face(3)))
    assert lsl.samples == [
        ([0.5, -0.25, 0.4, -0.2, 0.0], 999.75),
        ([0.5, -0.25, 0.4, -0.2, 3.0], 999.75),
    ]


def test_a_frame_without_a_face_is_sent_as_nan() -> None:
    lsl = FakeLsl()
    LslSink(lsl=lsl, clock=lambda: 0.0).write(analysis(0.0))
    ((values, moment),) = lsl.samples
    assert all(math.isnan(value) for value in values[:4])
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

"""The summary image: which moments are peaks, and what is drawn with and without consent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from avce.app.analysis.analyser import Analysis
from avce.app.analysis.reading import Reading, no_face
from avce.app.session.curves import stretches
from avce.app.session.peaks import find_peaks, peak_faces, session_peaks
from avce.app.session.reader import read_session
from avce.app.session.summary import overlaid, thinned, write_summary
from avce.app.session.writer import SessionWriter
from avce.app.settings import RecordingOptions
from avce.app.sources.base import Frame
from avce.model.predictor import Prediction

from ..stand_ins import ModelInfo, SourceInfo

RATE = 10


class Maps:
    """An estimator whose valence map lights the top left corner, its arousal map the other."""

    def predict(self, crops: Any) -> Prediction:
        count = len(crops)
        cam = np.zeros((count, 2, 4, 4), np.float32)
        cam[:, 0, 0, 0] = cam[:, 1, 3, 3] = 1.0
        return Prediction(np.zeros((count, 2), np.float32), cam, np.zeros((count, 32), np.float32))


def session_of(folder: Path, *, record_video: bool = False, faces: int = 1) -> Path:
    """12 s at 10 Hz: valence rises to 0.8 at 3 s, arousal falls to -0.6 at 9 s; 5-6 s no face."""
    image = np.full((48, 64, 3), 90, np.uint8)
    writer = SessionWriter(
        RecordingOptions(folder, video=record_video),
        source=SourceInfo("video", "clip.mp4"),
        model=ModelInfo(Path("net.onnx"), "00", "cpu"),
    )
    for i in range(12 * RATE):
        t = i / RATE
        v, a = 0.8 * np.exp(-((t - 3.0) ** 2)), -0.6 * np.exp(-((t - 9.0) ** 2))
        rows = [Reading(i, t, n, 0.9, True, 8.0, 4.0, 40.0, 40.0, v, a, v, a) for n in range(faces)]
        seen = faces and not 5.0 <= t < 6.0
        found = tuple(rows) if seen else (no_face(i, t),)
        writer.write(Analysis(Frame(i, t, image, 0.0), found))
    writer.event("a $strange$ \\label_{\n", 2.0)
    writer.close()
    return writer.path


def test_peaks_are_the_strongest_turns_both_ways() -> None:
    times = np.arange(0, 40, 0.05)
    values = np.sin(2 * np.pi * times / 16) * (1 - times / 80) + 0.01 * np.sin(40 * times)
    peaks = find_peaks(times, values)
    np.testing.assert_allclose(times[peaks], [4, 12, 20, 28, 36], atol=0.4)


def test_of_two_close_peaks_the_more_prominent_one_stays() -> None:
    times = np.arange(0, 6, 0.1)
    values = 0.5 * np.exp(-(((times - 2) / 0.5) ** 2)) + 0.9 * np.exp(-(((times - 3.6) / 0.5) ** 2))
    assert times[find_peaks(times, values)] == pytest.approx([3.6])
    # The dip between them comes no farther than to neutral: it is none.
    assert times[find_peaks(times, values, apart=0.2)] == pytest.approx([2.0, 3.6], abs=0.11)


@pytest.mark.parametrize("rate", [10, 25, 60])
@pytest.mark.parametrize("rest", [0.0, 0.15, 0.3])
def test_a_blink_is_no_peak_at_any_frame_rate(rate: int, rest: float) -> None:
    times = np.arange(0, 8, 1 / rate)
    for lowest in (-0.02, -0.4):
        blink = (rest - lowest) * np.exp(-(((times - 4) / 0.12) ** 2))
        assert find_peaks(times, rest - blink) == []


def test_a_slow_fall_that_ends_at_neutral_is_no_peak() -> None:
    times = np.arange(0, 12, 0.1)
    dip = 0.32 * np.exp(-(((times - 6) / 1.5) ** 2))
    assert find_peaks(times, 0.3 - dip) == []
    assert times[find_peaks(times, 0.1 - dip)] == pytest.approx([6.0])


@pytest.mark.parametrize("rate", [10, 30])
@pytest.mark.parametrize("blinking", [False, True])
def test_a_plateau_is_one_peak_though_its_top_is_rough(rate: int, blinking: bool) -> None:
    times = np.arange(0, 10, 1 / rate)
    values = np.where((times >= 4) & (times < 6.5), 0.5, 0.0)
    values += 0.03 * np.random.default_rng(0).normal(size=len(times))
    if blinking:
        values -= 0.3 * (abs(times - 5.25) < 0.15)
    (peak,) = find_peaks(times, values)
    assert 4 <= times[peak] < 6.5
    assert values[peak] == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [0.3] * 50, [np.nan] * 50])
def test_a_signal_without_turns_has_no_peaks(values: list[float]) -> None:
    assert find_peaks(np.arange(len(values), dtype=float), np.array(values)) == []


def test_a_gap_is_no_valley() -> None:
    times = np.r_[np.arange(0, 3, 0.1), np.arange(8, 11, 0.1)]
    values = np.r_[np.linspace(0, 1, 30), np.linspace(1, 0, 30)]
    assert find_peaks(times, values) == []
    assert stretches(times) == [slice(0, 30), slice(30, 60)]


def test_images_a_second_apart_are_no_gaps_but_seeking_back_is() -> None:
    times = np.r_[np.arange(0.0, 10.0), np.arange(4.0, 8.0), 20.0]
    assert stretches(times) == [slice(0, 10), slice(10, 14), slice(14, 15)]
    assert stretches(np.array([])) == []


def test_a_long_curve_is_thinned_without_losing_a_spike() -> None:
    times = np.arange(100_000) / 30
    values = np.zeros(100_000)
    values[54_321] = 0.9
    values[12_345] = -0.8
    t, v = thinned(times, values)
    assert len(t) < 8_000
    assert np.isin([0.9, -0.8], v).all()
    assert times[54_321] == t[np.nanargmax(v)]
    assert np.nanmin(np.diff(t)) >= 0


def test_a_curve_breaks_where_there_was_no_face() -> None:
    t, v = thinned(np.array([0.0, 0.1, 5.0, 5.1]), np.array([1.0, 2.0, 3.0, 4.0]))
    assert np.isnan(v).tolist() == [False, False, True, False, False, True]
    assert t.tolist() == [0.0, 0.1, 0.1, 5.0, 5.1, 5.1]


def test_a_session_without_recorded_images_shows_no_face(tmp_path: Path) -> None:
    session = read_session(session_of(tmp_path))
    peaks = session_peaks(session)
    assert [(peak.axis, peak.timestamp) for peak in peaks] == [("valence", 3.0), ("arousal", 9.0)]
    assert peak_faces(session, peaks, Maps()) == {}


def test_recorded_faces_stand_at_their_peaks_with_their_maps(tmp_path: Path) -> None:
    session = read_session(session_of(tmp_path, record_video=True))
    peaks = session_peaks(session)
    images = peak_faces(session, peaks, Maps())
    assert set(images) == set(peaks)
    valence, arousal = (images[peak] for peak in peaks)
    assert valence.face.shape == (224, 224, 3)
    assert abs(int(valence.face[100, 100, 0]) - 90) <= 2
    assert valence.map is not None
    assert arousal.map is not None
    assert (valence.map[0, 0], arousal.map[3, 3]) == (1.0, 1.0)
    shown = overlaid(valence).astype(int)
    assert np.abs(shown[0, 0] - valence.face[0, 0].astype(int)).max() > 40, (
        "coloured where the map is"
    )
    assert (shown[-1, -1] == valence.face[-1, -1]).all()
    # A network without maps, and no network at all.
    assert all(image.map is None for image in peak_faces(session, peaks).values())


@pytest.mark.parametrize(("faces", "video"), [(0, False), (1, False), (2, True)])
def test_the_summary_is_an_image(tmp_path: Path, faces: int, video: bool) -> None:
    path = write_summary(session_of(tmp_path, faces=faces, record_video=video), estimator=Maps())
    assert path.name == "summary.png"
    drawn = cv2.imread(str(path))
    assert drawn is not None
    assert drawn.std() > 5
    height = 3.6 if faces < 2 else 0.6 + 2 * 4.7
    assert drawn.shape[:2] == pytest.approx((height * 110, 1320), abs=2)


def test_the_same_session_gives_the_same_image(tmp_path: Path) -> None:
    folder = session_of(tmp_path)
    first = write_summary(folder).read_bytes()
    assert write_summary(folder, out=tmp_path / "again.png").read_bytes() == first


def test_an_empty_session_has_a_summary(tmp_path: Path) -> None:
    writer = SessionWriter(
        RecordingOptions(tmp_path),
        source=SourceInfo("camera", "0", live=True),
        model=ModelInfo(Path("net.onnx"), "00", "cpu"),
    )
    writer.close()
    assert write_summary(writer.path).is_file()

"""The demo clip through the shipped network: faces found, expressions in the right order."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avce.app import cli
from avce.app.session.reader import Session, read_session

ASSETS = Path(cli.__file__).parent / "assets"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """The whole clip, recorded headless."""
    folder = tmp_path_factory.mktemp("demo")
    assert cli.main(["--headless", "--source", "demo", "--record", str(folder)]) == 0
    (path,) = folder.iterdir()
    return read_session(path)


@pytest.fixture(scope="module")
def held(session: Session) -> dict[str, dict[str, float]]:
    """Median valence and arousal while the clip holds each expression."""
    parts = json.loads((ASSETS / "demo.json").read_text())
    time = session.readings["timestamp"]
    result = {}
    for label in sorted({part["label"] for part in parts}):
        inside = np.zeros(len(time), dtype=bool)
        for part in parts:
            if part["label"] == label:
                inside |= (time >= part["start"]) & (time <= part["end"])
        inside &= session.readings["success"]
        axes = ("valence", "arousal")
        result[label] = {a: float(np.median(session.readings[a][inside])) for a in axes}
    return result


def test_the_clip_is_small_and_of_the_right_length(session: Session) -> None:
    assert (ASSETS / "demo.mp4").stat().st_size < 2_000_000
    assert 20 <= session.readings["timestamp"][-1] <= 30


def test_one_face_is_found_in_almost_every_frame(session: Session) -> None:
    assert session.readings["success"].mean() >= 0.95
    assert set(session.readings["face_id"][session.readings["success"]]) == {0}


def test_valence_orders_smile_neutral_and_anger(held: dict[str, dict[str, float]]) -> None:
    assert held["smile"]["valence"] > held["neutral"]["valence"] > held["anger"]["valence"]


def test_anger_and_sadness_are_negative_and_neutral_is_neither(
    held: dict[str, dict[str, float]],
) -> None:
    # The networks shipped at first read anger as -0.05.
    assert held["anger"]["valence"] < -0.2
    assert held["sadness"]["valence"] < -0.2
    assert abs(held["neutral"]["valence"]) < 0.1
    assert held["anger"]["arousal"] > 0.2 > held["sadness"]["arousal"]


def test_a_smile_is_positive_and_surprise_is_aroused(held: dict[str, dict[str, float]]) -> None:
    assert held["smile"]["valence"] > 0.2
    assert held["surprise"]["arousal"] > held["neutral"]["arousal"]

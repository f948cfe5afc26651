"""Emotions' shares and blendshapes: written where they are asked for, everywhere readings go."""

from __future__ import annotations

import json
from dataclasses import replace
from math import isnan
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from avce.app.analysis.analyser import Analyser
from avce.app.analysis.reading import (
    COLUMN,
    OPTIONAL,
    Reading,
    optional_columns,
    optional_values,
)
from avce.app.lsl.outlet import CHANNELS, sample
from avce.app.session.export import export_session
from avce.app.session.reader import read_session
from avce.app.session.rows import header, read_rows, row
from avce.app.settings import EXTRAS, RunSettings
from avce.model.anchors import EMOTIONS
from avce.model.errors import InputError
from avce.model.face.blendshapes import BLENDSHAPES, open_blendshapes
from avce.model.face.finder import FaceFinder
from avce.model.face.square import Square
from avce.model.prediction import Prediction

from .session_folders import analysis, face, writer
from .stand_ins import StandInFinder, StandInNetwork, frame

SHARES = tuple(float(np.float32(share)) for share in np.arange(1, 9) / 36)
SCORES = tuple(float(np.float32(i / 60)) for i in range(52))


class Voting(StandInNetwork):
    """A network with the emotions' shares."""

    def predict(self, crops: NDArray[np.uint8]) -> Prediction:
        said = super().predict(crops)
        votes = np.tile(np.array(SHARES, np.float32), (len(crops), 1))
        return replace(said, votes=votes)


class Scores:
    """Reads the same blendshapes of every face."""

    closed = 0

    def read(self, rgb: NDArray[np.uint8], square: Square) -> tuple[float, ...]:
        return SCORES

    def close(self) -> None:
        self.closed += 1


def test_the_names_are_said_alike_wherever_they_stand() -> None:
    assert tuple(OPTIONAL) == EXTRAS
    assert optional_columns(("emotions",)) == tuple(f"emotion_{name}" for name in EMOTIONS)
    assert len(BLENDSHAPES) == len(set(BLENDSHAPES)) == len(OPTIONAL["blendshapes"]) == 52
    assert RunSettings(blendshapes=True).extras == ("blendshapes",)
    assert RunSettings(emotions=True, blendshapes=True).extras == EXTRAS
    assert RunSettings().extras == ()


def test_an_analysis_holds_what_was_asked_for() -> None:
    scores = Scores()
    both = Analyser(Voting(), StandInFinder(), extras=EXTRAS, blendshapes=scores)
    (reading,) = both.analyse(frame(0)).readings
    assert optional_values(reading, EXTRAS) == (*SHARES, *SCORES)
    both.close()
    assert scores.closed == 1
    (plain,) = Analyser(StandInNetwork(), StandInFinder()).analyse(frame(0)).readings
    assert all(map(isnan, optional_values(plain, EXTRAS)))


def test_a_model_without_shares_is_refused_in_a_sentence() -> None:
    with pytest.raises(InputError, match="gives no emotions' shares"):
        Analyser(StandInNetwork(), StandInFinder(), extras=("emotions",))


def test_lines_are_read_back_as_they_were_written() -> None:
    known = Reading(0, 0.5, 1, success=True, emotions=SHARES, blendshapes=SCORES)
    lines = row(known, EXTRAS) + row(Reading(1, 0.6, -1), EXTRAS)
    columns, wrong = read_rows(header(EXTRAS) + lines.encode())
    assert not wrong
    for name, value in zip(optional_columns(EXTRAS), (*SHARES, *SCORES), strict=True):
        assert columns[name].dtype == np.float32
        np.testing.assert_array_equal(columns[name], np.array([value, np.nan], np.float32))


def test_sessions_and_their_exports_have_the_columns(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    with writer(tmp_path, extras=("emotions",)) as session:
        for i in range(3):
            session.write(analysis(i, replace(face(i), emotions=SHARES)))
    read = read_session(session.path)
    assert read.damaged == ()
    assert read.readings["emotion_happiness"][0] == np.float32(SHARES[1])
    field = parquet.read_schema(export_session(session.path, "parquet")[0]).field("emotion_fear")
    assert field.metadata[b"description"] == COLUMN["emotion_fear"].description.encode()
    files = export_session(session.path, "bids", tmp_path / "bids")
    told = json.loads(next(f for f in files if f.name.endswith("_physio.json")).read_text())
    assert [name for name in told["Columns"] if name in COLUMN][-8:] == list(
        optional_columns(("emotions",))
    )
    assert told["emotion_fear"]["Maximum"] == 1.0


def test_lsl_sends_them_after_its_channels() -> None:
    sent = sample(Reading(0, 0.0, 2, valence=0.5, emotions=SHARES), ("emotions",))
    assert len(sent) == len(CHANNELS) + 8
    assert sent[0] == 0.5
    assert tuple(sent[-8:]) == SHARES


def test_blendshapes_are_the_landmarkers_own() -> None:
    # Eileen Collins (NASA, public domain).
    astronaut = np.asarray(pytest.importorskip("skimage.data").astronaut(), np.uint8)
    with FaceFinder() as finder, open_blendshapes() as reader:
        (found,) = finder.find(astronaut)
        scores = dict(zip(BLENDSHAPES, reader.read(astronaut, found.square()), strict=True))
        assert reader.read(np.zeros((200, 200, 3), np.uint8), Square(100, 100, 80)) == ()
    # She smiles broadly with both corners of the mouth, and does not frown.
    assert min(scores["mouthSmileLeft"], scores["mouthSmileRight"]) > 0.6
    assert max(scores["mouthFrownLeft"], scores["mouthFrownRight"]) < 0.1
    assert scores["jawOpen"] < 0.3

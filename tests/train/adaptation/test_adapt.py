"""From rated sessions to an adapted file that the app opens, or to a refusal that leaves none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_data import write_video

from avce.model.errors import InputError
from avce.model.predictor import Predictor
from avce.model.ratings.files import Rating, rating_file, write_ratings
from avce.train.adaptation.adapt import adapt
from avce.train.cli import main
from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import prepare
from avce.train.datasets.rated_sessions import read_rated_sessions
from avce.train.exporting.parity import sample_images

HEADER = "frame,timestamp,face_id,confidence,success,x,y,width,height,valence,arousal\n"
SESSIONS, FRAMES = 3, 5


def rate(folder: Path, values: np.ndarray) -> None:
    path = rating_file(folder, "KS")
    path.unlink(missing_ok=True)
    write_ratings(path, Rating("KS", np.arange(FRAMES) / 2, values))


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory, astronaut: np.ndarray) -> Path:
    """One face in three sessions of five frames, ever brighter."""
    root = tmp_path_factory.mktemp("sessions")
    for s in range(SESSIONS):
        folder = root / f"s{s}"
        light = [0.5 + 0.05 * (SESSIONS * i + s) for i in range(FRAMES)]
        frames = [np.clip(astronaut * k, 0, 255).astype(np.uint8) for k in light]
        write_video(folder / "video.mp4", [frame[:260, :290] for frame in frames])
        rows = [f"{i},{i / 2},0,0.9,1,60,40,160,160,0,0" for i in range(FRAMES)]
        (folder / "frames.csv").write_text(HEADER + "\n".join(rows) + "\n")
        (folder / "session.json").write_text(json.dumps({"participant": f"P{s}"}))
        rate(folder, np.zeros((FRAMES, 2)))
    return root


@pytest.fixture(scope="module")
def estimates(sessions: Path, exported: Path) -> list[np.ndarray]:
    """What the model says of each session's frames."""
    predictor = Predictor(exported, provider="cpu")
    listing = read_rated_sessions(sessions, "test")
    where = Preparation(crops=sessions / "crops", workers=1)
    geometry = predictor.card.geometry
    crops = prepare(listing, where, size=224, grey=False, geometry=geometry).crops
    va = predictor.predict(np.asarray(crops)).va.astype(np.float64)
    return list(va.reshape(SESSIONS, FRAMES, 2))


def test_ratings_that_are_a_change_of_the_estimates_give_that_change(
    sessions: Path, exported: Path, estimates: list[np.ndarray], tmp_path: Path
) -> None:
    gain, offset = np.array([0.5, 0.6]), np.array([0.1, -0.1])
    for s, va in enumerate(estimates):
        rate(sessions / f"s{s}", va * gain + offset)
    where = Preparation(crops=sessions / "crops", workers=1)
    found = adapt(exported, f"session:{sessions}", tmp_path / "mine.onnx", where)
    assert found.trial.after == pytest.approx((1.0, 1.0), abs=1e-3)
    faces = sample_images()
    plain, mine = (Predictor(p, provider="cpu") for p in (exported, found.out))
    expected = np.clip(plain.predict(faces).va * gain + offset, -1, 1)
    assert mine.predict(faces).va == pytest.approx(expected, abs=2e-3)
    assert np.array_equal(mine.predict(faces).z, plain.predict(faces).z)
    card = found.card.read_text()
    assert "3 people, 3 sessions, 15 faces" in card
    assert "gain" in card
    with pytest.raises(InputError, match="already exists"):
        adapt(exported, f"session:{sessions}", found.out, where)


def test_where_there_is_no_gain_nothing_is_written(
    sessions: Path,
    exported: Path,
    estimates: list[np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for s, va in enumerate(estimates):
        rate(sessions / f"s{s}", va)
    out = tmp_path / "mine.onnx"
    options = ["--crops", str(sessions / "crops"), "--workers", "1"]
    arguments = ["adapt", str(exported), "--data", f"session:{sessions}", "--out", str(out)]
    assert main([*arguments, *options]) == 2
    assert "no gain that holds" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []

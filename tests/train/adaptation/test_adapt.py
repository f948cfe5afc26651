"""From rated sessions to an adapted file that the app opens, or to a refusal that leaves none."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from made_data import write_video

from avce.model.errors import InputError
from avce.model.predictor import Predictor
from avce.model.ratings.files import Rating, rating_file, write_ratings
from avce.train.adaptation import levels, rated_people
from avce.train.adaptation.adapt import adapt, look_at
from avce.train.adaptation.adapted_file import write_adapted
from avce.train.adaptation.rated_people import read_people
from avce.train.cli import main
from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import prepare
from avce.train.datasets import parse_data
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
    for name, value in (("people", "3"), ("sessions", "3"), ("raters", "1 (KS)"), ("faces", "15")):
        assert f"| {name} | {value} |" in card
    assert "| minutes rated | 0.1 |" in card
    assert "95 % interval" in card
    with pytest.raises(InputError, match="adapted already"):
        adapt(found.out, f"session:{sessions}", tmp_path / "again.onnx", where)
    with pytest.raises(InputError, match="already exists"):
        adapt(exported, f"session:{sessions}", found.out, where)


def test_the_command_says_the_gain_and_which_rated_session_it_cannot_use(
    sessions: Path,
    exported: Path,
    estimates: list[np.ndarray],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = tmp_path / "study"
    shutil.copytree(sessions, root, ignore=shutil.ignore_patterns("crops"))
    for s, va in enumerate(estimates):
        rate(root / f"s{s}", va * 0.5 + 0.1)
    shutil.copytree(root / "s0", root / "unseen", ignore=shutil.ignore_patterns("video.mp4"))
    options = ["--crops", str(tmp_path / "crops"), "--workers", "1"]
    data = ["--data", f"session:{root}"]
    assert main(["evaluate", str(exported), *data, "--split", "test", *options]) == 0
    missing = "left out of session: 1 (unseen): the session was recorded without its video"
    assert missing in capsys.readouterr().err
    assert main(["adapt", str(exported), *data, "--out", str(tmp_path / "m.onnx"), *options]) == 0
    said = capsys.readouterr()
    assert missing in said.err
    first = said.out.splitlines()[0]
    assert first.startswith("adapted by its offset and gain: mean CCC ")
    assert " +1.000 after, gain +" in first
    assert first.endswith(" on people held out")
    fit = ["fit", "--adapt", "--start", str(exported), *data, *options, "--run"]
    assert main([*fit, str(tmp_path / "runs" / "mine")]) == 0
    assert capsys.readouterr().out.splitlines()[0] == first
    made = tmp_path / "runs" / "mine" / f"{exported.stem}-adapted.onnx"
    assert made.read_bytes() == (tmp_path / "m.onnx").read_bytes()
    assert main([*fit, str(made.parent), "--epochs", "3"]) == 2
    assert "--adapt chooses by itself" in capsys.readouterr().err
    assert main(["fit", "--adapt", *data, "--run", str(made.parent)]) == 2
    assert "--adapt needs --start MODEL" in capsys.readouterr().err


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


def test_a_few_labelled_images_of_one_person_are_enough(
    faces: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = Preparation(crops=tmp_path / "crops", workers=1)
    data = f"csv:{faces}"
    with pytest.raises(InputError, match="has 12 images: at least 20 are needed"):
        adapt(exported, data, tmp_path / "mine.onnx", where)
    monkeypatch.setitem(rated_people.FEWEST, "images", 10)
    predictor = Predictor(exported, provider="cpu")
    rows = (faces / "labels.csv").read_text().splitlines()
    people = read_people(parse_data(data), where, predictor.card.geometry)
    va = predictor.predict(np.asarray(people.sets[0].crops)).va
    said = dict(zip(people.recordings, va, strict=True))
    folder = tmp_path / "images"
    shutil.copytree(faces, folder)
    table = [rows[0].rpartition(",")[0]]
    table += [
        f"{name},{0.5 * said[name][0] + 0.2:.6f},{0.5 * said[name][1] - 0.1:.6f}"
        for name in (row.partition(",")[0] for row in rows[1:])
    ]
    (folder / "labels.csv").write_text("\n".join(table) + "\n")
    found = adapt(exported, f"csv:{folder}", tmp_path / "mine.onnx", where)
    assert found.facts["held_out"] == "images"
    assert found.trial.change.correction.gain == pytest.approx((0.5, 0.5), abs=0.02)
    assert "| minutes rated | none: stills |" in found.card.read_text()


def test_the_last_block_goes_into_the_file_as_it_was_measured(
    sessions: Path, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    for s in range(SESSIONS):
        rate(sessions / f"s{s}", random.uniform(-0.5, 0.5, (FRAMES, 2)))
    where = Preparation(crops=sessions / "crops", workers=1)
    monkeypatch.setitem(levels.NEEDED, levels.LEVELS[-1], (3, 10))
    people = read_people(parse_data(f"session:{sessions}"), where, "upright")
    seen, network, _ = look_at(exported, people.sets, people.target, people.people)
    change = levels.fit_level(seen, levels.LEVELS[-1], network)
    assert change.block is not None
    facts = {"people": 3, "faces": 15}
    write_adapted(exported, tmp_path / "mine.onnx", change, None, facts)
    crops = np.asarray(people.sets[0].crops)
    plain, mine = (Predictor(p, provider="cpu") for p in (exported, tmp_path / "mine.onnx"))
    assert mine.predict(crops).va == pytest.approx(change(seen), abs=2e-3)
    assert np.abs(mine.predict(crops).z - plain.predict(crops).z).max() > 1e-4


def test_an_included_model_is_known_by_its_name_and_another_name_says_which_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    arguments = ["--data", f"session:{tmp_path / 'empty'}", "--out", str(tmp_path / "m.onnx")]
    assert main(["adapt", "avce-r18", *arguments]) == 2
    assert "contains no rated session" in capsys.readouterr().err
    assert main(["adapt", "avce-r81", *arguments]) == 2
    said = capsys.readouterr().err
    assert "There is no model avce-r81.onnx here" in said
    assert "avce-r18.onnx" in said

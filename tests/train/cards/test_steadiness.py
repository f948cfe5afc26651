"""How far an estimate moves, with a network whose answer is known."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from avce.model.face.finder import FaceFinder
from avce.model.face.head_pose import head_pose
from avce.model.predictor import ModelCard, Prediction, Predictor
from avce.train.cards.map_mass import map_mass, share_inside
from avce.train.cards.steadiness import QUALITIES, jittered, re_encoded, steadiness, summary
from avce.train.conditions import taken_of
from avce.train.crops.preparation import Preparation
from avce.train.crops.prepare import prepare
from avce.train.datasets.base import Listing, Sample
from avce.weights import find_weights

ROOT = Path(__file__).parents[3]


class Brightness:
    """Answers with the crop's mean red (valence) and a constant (arousal)."""

    card = ModelCard("1", "none", "none", "0", "nothing", {}, {"geometry": "upright"})

    def predict(self, crops) -> Prediction:
        red = np.array([crop[..., 0].mean() / 255 for crop in crops], np.float32)
        va = np.stack([red, np.full_like(red, 0.25)], axis=1)
        cam = np.zeros((len(crops), 2, 4, 4), np.float32)
        cam[:, 0] = 1.0
        return Prediction(va=va, cam=cam, z=np.zeros((len(crops), 32), np.float32))


def test_the_deviations_are_those_of_the_networks_answers(astronaut: np.ndarray) -> None:
    network = Brightness()
    with FaceFinder() as finder:
        found = steadiness(network, finder, astronaut)  # type: ignore[arg-type]
        assert found is not None
        (face,) = finder.find(astronaut)
        copies = [finder.find(copy)[0].crop(copy) for copy in re_encoded(astronaut)]
    assert len(copies) == len(QUALITIES)
    expected = np.std([copy[..., 0].mean() / 255 for copy in copies])
    assert found.encoded == pytest.approx((expected, 0.0), abs=1e-4)
    moved = jittered(astronaut, face)
    assert len(moved) == 9
    assert found.jittered[0] == pytest.approx(
        np.std([m[..., 0].mean() / 255 for m in moved]), abs=1e-5
    )
    crop = face.crop(astronaut)
    grey = np.asarray(cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY))
    assert found.colour == pytest.approx(abs(crop[..., 0].mean() - grey.mean()) / 255, abs=1e-5)
    assert found.colour > 0.05


def test_an_image_without_a_face_has_no_steadiness() -> None:
    with FaceFinder() as finder:
        assert steadiness(Brightness(), finder, np.full((200, 200, 3), 90, np.uint8)) is None  # type: ignore[arg-type]
    assert summary([]) == {}


def test_the_shipped_network_is_steady_and_does_not_see_colour(astronaut: np.ndarray) -> None:
    predictor = Predictor(find_weights(), provider="cpu")
    with FaceFinder() as finder:
        found = steadiness(predictor, finder, astronaut)
    assert found is not None
    assert found.estimate[0] > 0.3  # she smiles
    assert found.encoded[0] < 0.03
    assert found.jittered[0] < 0.05
    assert found.colour < 0.03


def test_a_prepared_face_tells_how_it_was_taken(astronaut: np.ndarray, tmp_path: Path) -> None:
    path, dark, none = (tmp_path / f"{name}.png" for name in ("plain", "dark", "none"))
    cv2.imwrite(str(path), cv2.cvtColor(astronaut, cv2.COLOR_RGB2BGR))
    cv2.imwrite(str(dark), cv2.cvtColor(astronaut // 2, cv2.COLOR_RGB2BGR))
    cv2.imwrite(str(none), np.full((100, 100), 128, np.uint8))
    samples = [Sample(p, 0.5, -0.5, "val") for p in (path, none, dark)]
    listing = Listing("csv", samples, [], precropped=True)
    prepared = prepare(listing, Preparation(tmp_path / "crops", workers=1), grey=False)
    taken, seen = taken_of([prepared]), prepared.seen()
    assert seen.known.tolist() == [True, False, True]
    assert taken.brightness[2] == pytest.approx(taken.brightness[0] / 2, rel=0.05)
    assert taken.size[0] == pytest.approx(taken.size[2], rel=0.1)
    assert np.isnan(taken.size[1])
    with FaceFinder(portraits=True) as finder:
        (face,) = finder.find(astronaut)
    assert taken.yaw[0] == pytest.approx(head_pose(face.landmarks).yaw, abs=1.0)
    assert taken.size[0] == pytest.approx(face.width, rel=0.02)
    outline = face.square().in_cut(face.outline)
    np.testing.assert_allclose(seen.outline[0] * 224, outline, atol=2)
    # The valence map is even: its share inside is the outline's share of the crop.
    mass = map_mass(Brightness(), prepared)  # type: ignore[arg-type]
    assert mass["faces"] == 2
    assert mass["valence"] == pytest.approx(mass["outline_area"])
    assert np.isnan(mass["arousal"])
    # A set that takes its crops from this one knows as much; one of before knows nothing.
    again = prepare(
        Listing("csv", samples[2:], [], precropped=True),
        Preparation(tmp_path / "crops", workers=1),
        grey=False,
    )
    assert again.folder != prepared.folder
    assert again.seen().yaw[0] == seen.yaw[2]
    (prepared.folder / "seen.npy").unlink()
    assert not prepared.seen().known.any()
    assert map_mass(Brightness(), prepared) == {}  # type: ignore[arg-type]


def test_a_map_of_zeros_has_no_mass_anywhere() -> None:
    corners = np.array([[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]])
    cam = np.zeros((2, 4, 4), np.float32)
    cam[0] = 1.0
    valence, arousal, area = share_inside(corners, cam)
    assert valence == pytest.approx(area)
    assert area == pytest.approx(0.25, abs=0.01)
    assert np.isnan(arousal)


@pytest.fixture
def own_faces(monkeypatch: pytest.MonkeyPatch):
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("own_faces", ROOT / "benchmarks" / "own_faces.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "own_faces", module)
    spec.loader.exec_module(module)
    return module


def test_own_faces_prints_groups_ranks_and_steadiness(
    own_faces, astronaut: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for place in ("old/one/happiness", "old/one/neutral", "young/one/happiness"):
        (tmp_path / place).mkdir(parents=True)
        image = astronaut if "happiness" in place else astronaut[:, ::-1]
        cv2.imwrite(str(tmp_path / place / "a.png"), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    (tmp_path / "notes.txt").write_text("no image")
    assert own_faces.main([str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "3 images, a face found in 3" in printed
    rows = [line.split() for line in printed.splitlines()[2:] if "%" in line]
    assert [row[:3] for row in rows] == [
        ["all", "neutral", "1"],
        ["all", "happiness", "2"],
        ["old", "neutral", "1"],
        ["old", "happiness", "1"],
        ["one", "neutral", "1"],
        ["one", "happiness", "2"],
        ["young", "happiness", "1"],
    ]
    # The same images in both groups.
    assert rows[1][3:] == rows[5][3:]
    assert "auc valence happiness over neutral" in printed
    assert "encoded p95" in printed


def test_own_faces_takes_emotions_from_a_table_and_refuses_what_is_no_folder_of_images(
    own_faces, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a.png").write_bytes(b"")
    (tmp_path / "labels.csv").write_text("image,emotion\na.png,surprise\n")
    (image,) = own_faces.list_images(tmp_path)
    assert (image.emotion, image.groups) == ("surprise", ())
    assert own_faces.main([str(tmp_path)]) == 2
    assert "No face was found" in capsys.readouterr().err
    assert own_faces.main([str(tmp_path / "absent")]) == 2
    assert "is not a folder" in capsys.readouterr().err

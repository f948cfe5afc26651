"""Networks that were trained before have a share in the labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from made_data import make_prepared
from made_runs import make_run

from avce.model.anchors import RULES
from avce.model.errors import InputError
from avce.model.network_config import NetworkConfig
from avce.model.predictor import Prediction, Predictor
from avce.train.config import RunConfig
from avce.train.crops.preparation import Preparation
from avce.train.distillation import ask_teachers
from avce.train.fit import load_sets


def _estimate(teacher: Predictor, crop: np.ndarray) -> np.ndarray:
    """Of one face and its mirror image, one by one."""
    face = cv2.resize(crop, (224, 224))
    if face.ndim == 2:
        face = cv2.cvtColor(face, cv2.COLOR_GRAY2RGB)
    return (teacher.predict([face]).va[0] + teacher.predict([cv2.flip(face, 1)]).va[0]) / 2


@pytest.mark.parametrize("colour", [False, True])
def test_a_label_moves_towards_the_mean_of_the_teachers(
    colour: bool, exported: Path, tmp_path: Path
) -> None:
    made = make_prepared(tmp_path, n=5)
    if colour:
        made = replace(made, crops=np.stack([made.crops, 255 - made.crops, made.crops], axis=3))
    other = Path(__file__).parents[2] / "weights" / "avce-al.onnx"
    taught = ask_teachers(made, f"{exported}+{other}", 0.25)
    teachers = Predictor(exported), Predictor(other)
    means = [np.mean([_estimate(t, crop) for t in teachers], axis=0) for crop in made.crops]
    assert np.allclose(taught.target, 0.75 * made.target + 0.25 * np.array(means), atol=1e-5)
    assert taught.target.dtype == np.float32
    assert np.array_equal(taught.votes, made.votes, equal_nan=True)


def test_no_share_leaves_the_labels(exported: Path, tmp_path: Path) -> None:
    made = make_prepared(tmp_path, n=3)
    assert np.array_equal(ask_teachers(made, str(exported), 0.0).target, made.target)


def test_a_teacher_is_asked_once(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_prepared(tmp_path, n=3)
    first = ask_teachers(made, str(exported), 1.0)

    def refuse(*_: object) -> None:
        raise AssertionError("the teacher was asked again")

    monkeypatch.setattr("avce.train.distillation._estimates", refuse)
    assert np.array_equal(ask_teachers(made, str(exported), 1.0).target, first.target)


def test_only_the_faces_to_learn_from_are_taught(
    faces: Path, exported: Path, tmp_path: Path
) -> None:
    run = replace(make_run("avce"), data=f"csv:{faces}", validation="", crop_size=64)
    crops = Preparation(tmp_path / "crops", workers=1)
    (plain,), (held_out,) = load_sets(run, crops)
    taught = replace(run, teachers=str(exported), teaching=1.0)
    (learned,), (still,) = load_sets(taught, crops)
    assert not np.array_equal(learned.target, plain.target)
    assert np.array_equal(still.target, held_out.target)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_out_of_range_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="--teaching must be from 0 to 1"):
        RunConfig(data="csv:faces", teachers="a.onnx", teaching=share)


def test_a_network_that_classifies_has_no_teachers() -> None:
    with pytest.raises(InputError, match="classifies emotions"):
        RunConfig(data="csv:faces", teachers="a.onnx", network=NetworkConfig(outputs=7))


def test_a_teacher_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"There is no model at nobody\.onnx"):
        ask_teachers(make_prepared(tmp_path, n=3), "nobody.onnx", 0.5)


def test_nobody_teaches_what_a_face_was_made_to_show(
    exported: Path, astronaut: np.ndarray, tmp_path: Path
) -> None:
    rows = ["image,emotion,share,identity"]
    for i in range(12):
        cv2.imwrite(str(tmp_path / f"{i}.png"), astronaut[i:, i:, ::-1])
        rows.append(f"{i}.png,anger,1,person{i}")
    (tmp_path / "labels.csv").write_text("\n".join(rows))
    run = replace(
        make_run("avce"),
        anchors="affectnet",
        data=f"rendered:{tmp_path}",
        crop_size=64,
        teachers=str(exported),
        teaching=1.0,
    )
    (learned,), _ = load_sets(run, Preparation(tmp_path / "crops", workers=1))
    assert np.allclose(learned.target, RULES["affectnet"].positions["anger"])


def test_a_teacher_of_another_rule_is_refused(exported: Path, tmp_path: Path) -> None:
    assert Predictor(exported).anchors == RULES["affectnet"]
    made = make_prepared(tmp_path, n=3)
    ask_teachers(made, str(exported), 0.5, rule=RULES["affectnet"])
    with pytest.raises(InputError, match=r"learned by the anchors 'affectnet'.* than 'words'"):
        ask_teachers(made, str(exported), 0.5, rule=RULES["words"])


def test_a_teacher_that_classifies_is_refused(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict = Predictor.predict

    def classify(teacher: Predictor, crops: np.ndarray) -> Prediction:
        n = len(crops)
        if n == 2:  # the faces that a model is tried on when it is opened
            return predict(teacher, crops)
        maps = np.zeros((n, 2, 0, 0), np.float32)
        return Prediction(np.zeros((n, 7), np.float32), maps, np.zeros((n, 32), np.float32))

    monkeypatch.setattr(Predictor, "predict", classify)
    with pytest.raises(InputError, match="classifies emotions"):
        ask_teachers(make_prepared(tmp_path, n=3), str(exported), 0.5)
    assert not list(tmp_path.glob("estimates-*.npy"))

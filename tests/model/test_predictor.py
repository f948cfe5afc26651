"""What a network's file may hold besides valence and arousal: vote shares, intervals, anchors."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from avce import weights
from avce.model import predictor as predictor_file
from avce.model.anchors import EMOTIONS, RULES
from avce.model.errors import InputError
from avce.model.prediction import problem_of
from avce.model.predictor import Predictor

INTERVAL = {"level": 0.9, "calibration": "made faces", "n": 12}
SHARES = np.array([[0.5, 0.25, 0.25, 0, 0, 0, 0, 0]], np.float32)
HALFWIDTH = np.array([[0.2, 0.1]], np.float32)
CONSTANTS = {
    "va": np.array([[0.4, -0.1]], np.float32),
    "z": np.ones((1, 32), np.float32),
    "votes": SHARES,
    "halfwidth": HALFWIDTH,
}


def made_file(
    path: Path,
    outputs: dict[str, int],
    values: dict[str, NDArray[np.float32]] = CONSTANTS,
    **metadata: Any,
) -> Path:
    """A network that says the same of every face; `outputs` are named with their columns."""
    nodes = [
        # [N, 224, 224, 3] to a column [N, 1] of zeros, to which each output adds its constant.
        helper.make_node("Slice", ["face", "from", "to", "axes"], ["pixel"]),
        helper.make_node("Cast", ["pixel"], ["value"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["value", "column"], ["row"]),
        helper.make_node("Mul", ["row", "zero"], ["nothing"]),
    ]
    constants = {
        "from": np.zeros(3, np.int64),
        "to": np.ones(3, np.int64),
        "axes": np.arange(1, 4),
        "column": np.array([-1, 1]),
        "zero": np.zeros(1, np.float32),
    }
    for name, columns in outputs.items():
        constants[f"{name}_is"] = np.resize(values[name], (1, columns))
        nodes.append(helper.make_node("Add", ["nothing", f"{name}_is"], [name]))
    graph = helper.make_graph(
        nodes,
        "made",
        [helper.make_tensor_value_info("face", TensorProto.UINT8, ["N", 224, 224, 3])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", columns])
            for name, columns in outputs.items()
        ],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    entries = dict.fromkeys(("backbone", "method", "version", "trained_on"), "made")
    entries |= {"format": "1", "metrics": "{}", "crop": "{}"}
    entries |= {key: json.dumps(value) for key, value in metadata.items()}
    helper.set_model_props(file, {f"avce.{key}": value for key, value in entries.items()})
    onnx.save(file, str(path))
    return path


PLAIN = {"va": 2, "z": 32}
FULL = {**PLAIN, "votes": 8, "halfwidth": 2}


def test_votes_and_halfwidth_are_read_where_the_file_has_them(tmp_path: Path) -> None:
    predictor = Predictor(made_file(tmp_path / "full.onnx", FULL, interval=INTERVAL))
    found = predictor.predict(np.zeros((3, 224, 224, 3), np.uint8))
    assert found.votes is not None
    assert found.halfwidth is not None
    np.testing.assert_array_equal(found.votes, np.repeat(SHARES, 3, axis=0))
    np.testing.assert_array_equal(found.halfwidth, np.repeat(HALFWIDTH, 3, axis=0))
    assert found.votes.dtype == found.halfwidth.dtype == np.float32
    assert predictor.card.interval == INTERVAL
    nothing = predictor.predict([])
    assert nothing.votes is not None
    assert nothing.halfwidth is not None
    assert (nothing.votes.shape, nothing.halfwidth.shape) == ((0, 8), (0, 2))


@pytest.mark.parametrize("faces", [0, 2])
def test_a_file_without_them_has_none(tmp_path: Path, faces: int) -> None:
    predictor = Predictor(made_file(tmp_path / "plain.onnx", PLAIN))
    found = predictor.predict(np.zeros((faces, 224, 224, 3), np.uint8))
    assert found.votes is None
    assert found.halfwidth is None
    assert predictor.card.interval is None
    assert predictor.anchors == RULES["words"], "files of before there was a choice"


def test_a_file_names_its_rule_of_anchors_with_the_positions(tmp_path: Path) -> None:
    rule = RULES["affectnet"]
    path = made_file(tmp_path / "a.onnx", PLAIN, anchors=rule.as_dict())
    assert Predictor(path).anchors == rule
    own = rule.as_dict() | {"rule": "own"}
    own["positions"]["fear"] = [-0.5, 0.5]
    found = Predictor(made_file(tmp_path / "b.onnx", PLAIN, anchors=own)).anchors
    assert (found.name, found.source) == ("own", "")
    assert found.positions["fear"] == (-0.5, 0.5)


def _without(name: str) -> dict[str, Any]:
    positions = {e: [0.0, 0.0] for e in EMOTIONS if e != name}
    return {"rule": "affectnet", "positions": positions}


@pytest.mark.parametrize(
    ("outputs", "metadata", "words"),
    [
        ({**PLAIN, "votes": 7}, {}, "its output 'votes' is not [N, 8]"),
        ({**PLAIN, "halfwidth": 1}, {"interval": INTERVAL}, "'halfwidth' is not [N, 2]"),
        ({**PLAIN, "halfwidth": 2}, {}, "only one of the output 'halfwidth' and the metadata"),
        (PLAIN, {"interval": INTERVAL}, "only one of the output 'halfwidth' and the metadata"),
        (PLAIN, {"interval": {"level": 1.5}}, "avce.interval cannot be read (it has no level"),
        (PLAIN, {"interval": [0.9]}, "avce.interval cannot be read (it is not a JSON object)"),
        (PLAIN, {"anchors": {"positions": {}}}, "avce.anchors cannot be read (it names no rule)"),
        (PLAIN, {"anchors": _without("fear")}, "its positions are not those of neutral"),
        (
            PLAIN,
            {"anchors": {"rule": "r", "positions": {e: [0.0, 2.0] for e in EMOTIONS}}},
            "the position of neutral is outside [-1, 1]",
        ),
        (
            PLAIN,
            {"anchors": {"rule": "r", "positions": {e: [None, 0.0] for e in EMOTIONS}}},
            "avce.anchors cannot be read",
        ),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(
    tmp_path: Path, outputs: dict[str, int], metadata: dict[str, Any], words: str
) -> None:
    path = made_file(tmp_path / "wrong.onnx", outputs, **metadata)
    with pytest.raises(InputError) as refused:
        Predictor(path)
    assert words in str(refused.value)
    assert str(path) in str(refused.value)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("va", [0.1, float("nan")], "'va' holds values that are not finite"),
        ("va", [float("inf"), 0.0], "'va' holds values that are not finite"),
        ("va", [7.0, 0.0], "'va' is 7, outside -1 to 1"),
        ("va", [0.0, -1.01], "'va' is -1.01, outside -1 to 1"),
        ("z", [float("nan")], "'z' holds values that are not finite"),
        ("votes", [2.0] * 8, "'votes' is 2, outside 0 to 1"),
        ("halfwidth", [-0.5, 0.1], "'halfwidth' is -0.5, outside 0 to 1"),
    ],
)
def test_a_file_whose_answers_are_no_estimates_is_refused_when_it_is_opened(
    tmp_path: Path, name: str, value: list[float], words: str
) -> None:
    values = CONSTANTS | {name: np.array([value], np.float32)}
    path = made_file(tmp_path / "odd.onnx", FULL, values, interval=INTERVAL)
    with pytest.raises(InputError) as refused:
        Predictor(path)
    assert words in str(refused.value)
    assert str(path) in str(refused.value)


class Answers:
    """A session of ONNX Runtime that answers what a test says."""

    def __init__(self, va: Any) -> None:
        self.va = va

    def run(self, names: None, inputs: dict[str, Any]) -> list[Any]:
        if isinstance(self.va, Exception):
            raise self.va
        return [self.va, np.zeros((len(inputs["face"]), 32), np.float32)]


@pytest.mark.parametrize(
    ("va", "words"),
    [
        (np.full((1, 2), np.nan, np.float32), "not finite"),
        (np.zeros((1, 2)), "'va' is float64, not float32"),
        (np.zeros((2, 2), np.float32), "'va' has shape [2, 2], not [1, 2]"),
        (np.zeros((1, 3), np.float32), "'va' has shape [1, 3], not [1, 2]"),
        ([[0.0, 0.0]], "'va' is list, not float32"),
        (RuntimeError("CUDA failure 700\nand more"), "failed on cpu (CUDA failure 700)"),
    ],
)
def test_a_network_that_fails_in_the_middle_of_a_run_is_told_in_a_sentence(
    tmp_path: Path, va: Any, words: str
) -> None:
    predictor = Predictor(made_file(tmp_path / "plain.onnx", PLAIN), provider="cpu")
    predictor._session = Answers(va)
    with pytest.raises(InputError) as told:
        predictor.predict(np.zeros((1, 224, 224, 3), np.uint8))
    assert words in str(told.value)
    assert "\n" not in str(told.value)


def test_rounding_beyond_a_limit_is_no_fault() -> None:
    answers = {"va": np.array([[1.0000001, -1.0]], np.float32), "z": np.zeros((1, 3), np.float32)}
    assert problem_of(answers, 1) == ""
    assert problem_of(answers, 2)


def shipped(monkeypatch: pytest.MonkeyPatch, folder: Path, *names: str) -> None:
    """A folder of shipped networks with these files, which say of themselves what they are."""
    monkeypatch.setattr(weights, "_FOLDER", folder)
    for name in names:
        made_file(folder / name, PLAIN)


@pytest.mark.parametrize(
    ("names", "provider", "chosen"),
    [
        ((weights.DEFAULT, weights.ON_CPU), "cpu", weights.ON_CPU),
        ((weights.DEFAULT, weights.ON_CPU), "cuda", weights.DEFAULT),
        ((weights.DEFAULT, weights.ON_CPU), "", weights.DEFAULT),
        ((weights.DEFAULT,), "cpu", weights.DEFAULT),
    ],
)
def test_the_default_network_depends_on_what_it_runs_on(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    names: tuple[str, ...],
    provider: str,
    chosen: str,
) -> None:
    shipped(monkeypatch, tmp_path, *names, "aaa.onnx")
    assert weights.find_weights(provider=provider).name == chosen
    assert [path.name for path in weights.available_weights()][-1] == "aaa.onnx"


def test_the_predictor_takes_the_default_of_the_provider_that_started(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped(monkeypatch, tmp_path, weights.DEFAULT, weights.ON_CPU)
    assert Predictor(provider="cpu").path.name == weights.ON_CPU
    assert Predictor(tmp_path / weights.DEFAULT, provider="cpu").path.name == weights.DEFAULT
    # CUDA is likely, but it is not there: the processor's own is opened in the end.
    monkeypatch.setattr(predictor_file, "likely_provider", lambda wanted: "cuda")
    found = Predictor()
    assert (found.path.name, found.provider) == (weights.ON_CPU, "cpu")


def test_a_shipped_file_that_is_not_what_its_card_describes_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shipped(monkeypatch, tmp_path, weights.DEFAULT)
    sha256 = Predictor().sha256
    card = tmp_path / weights.DEFAULT.replace(".onnx", ".json")
    card.write_text(json.dumps({"sha256": sha256}))
    assert Predictor().sha256 == sha256
    card.write_text(json.dumps({"sha256": "0" * 64}))
    with pytest.raises(InputError, match="not the file that its card"):
        Predictor()
    assert Predictor(match_card=False).sha256 == sha256


def test_every_shipped_file_is_what_its_card_describes() -> None:
    for path in weights.available_weights():
        assert weights.stated_sha256(path) == hashlib.sha256(path.read_bytes()).hexdigest(), path


@pytest.mark.parametrize("fate", ["deleted", "another one", "cut short", "overwritten in place"])
def test_what_becomes_of_its_file_changes_nothing_of_a_model_that_runs(
    tmp_path: Path, fate: str
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(weights.find_weights(provider="cpu").read_bytes())
    predictor = Predictor(path, provider="cpu", threads=1)
    crops = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), np.uint8)
    before, sha256 = predictor.predict(crops).va.copy(), predictor.sha256
    size = path.stat().st_size
    if fate == "deleted":
        path.unlink()
    elif fate == "another one":
        (tmp_path / "other").write_bytes(b"another network")
        (tmp_path / "other").replace(path)
    else:
        with path.open("r+b") as file:
            file.truncate(0) if fate == "cut short" else file.write(bytes(size))
    assert np.array_equal(predictor.predict(crops).va, before)
    assert predictor.sha256 == sha256

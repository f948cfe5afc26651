"""Which parts of a face are hidden: what is learned, what the graph computes, what widens."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper
from sklearn.metrics import roc_auc_score

from avce.model.errors import InputError
from avce.model.predictor import Predictor
from avce.train.crops.preparation import Preparation
from avce.train.exporting.parity import sample_images
from avce.train.exporting.quantise import encoder_nodes
from avce.train.heads.add import give_heads
from avce.train.heads.covered import tell_covered
from avce.train.heads.covered_fit import CoveredHead, cells, fit_covered, widening
from avce.train.heads.covered_graph import add_covered, map_name, reach_name, values_of
from avce.train.heads.head_graph import remove_heads
from avce.train.heads.head_settings import CoveredSettings, HeadSettings

SIDE = 14


def made_maps(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Maps whose first channel falls where something hides a cell, and where that is: every second
    face has its mouth hidden, every fourth an eye."""
    random = np.random.default_rng(seed)
    where = np.zeros((n, SIDE, SIDE), np.float32)
    where[::2, 9:12, 4:10] = 1
    where[1::4, 4:6, 2:6] = 1
    maps = random.normal(0, 1, (n, 5, SIDE, SIDE))
    maps[:, 0] -= 3 * where
    return maps.astype(np.float16), where


@pytest.fixture(scope="module")
def head() -> CoveredHead:
    return fit_covered(*made_maps(200, 0), steps=150)


@pytest.fixture
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is learned does not matter."""
    monkeypatch.setattr(fit_covered, "__kwdefaults__", {"steps": 5})


def test_hidden_parts_are_told_on_new_faces(head: CoveredHead) -> None:
    maps, where = made_maps(200, 1)
    eyes, mouth = head.covered(maps).T
    assert roc_auc_score(where[:, 10, 6], mouth) > 0.99
    assert roc_auc_score(where[:, 4, 4], eyes) > 0.99
    assert mouth[where[:, 10, 6] == 1].mean() > 0.7
    assert mouth[where[:, 10, 6] == 0].mean() < 0.2
    # Either eye counts: the one that is hidden more.
    mirrored = head.covered(maps[..., ::-1].copy())
    assert roc_auc_score(where[:, 4, 4], mirrored[:, 0]) > 0.95
    assert head.covered(maps[:0]).shape == (0, 2)


def test_cells_are_the_share_of_each_that_is_hidden() -> None:
    where = np.zeros((8, 8), np.float32)
    where[:4] = 1
    where[4, :4] = 1
    np.testing.assert_allclose(cells([where], 2), [[[1, 1], [0.25, 0]]])


def test_an_interval_widens_by_what_its_level_asks_for() -> None:
    # Of ten faces, ceil(11 * .8) = 9 are to be held: the ninth smallest need.
    missed = np.array([[-0.1] * 5 + [0.1, 0.2, 0.3, 0.4, 0.5]]).T
    excess = np.full(10, 0.5)
    assert widening(missed, excess, 0.8) == pytest.approx([0.8])
    assert widening(missed - 1, excess, 0.8) == 0, "what is held already widens nothing"
    # One that is not told cannot be widened for: the widest there is.
    assert widening(np.ones((10, 2)), np.zeros(10), 0.8) == pytest.approx([2.0, 2.0])
    random = np.random.default_rng(0)
    error = np.abs(random.laplace(0, 0.3, (4000, 2)))
    share = random.uniform(0.3, 1, 4000)
    wider = widening(error[:2000] - 0.2, share[:2000], 0.9)
    held = error[2000:] <= 0.2 + share[2000:, None] * wider
    assert held.mean(axis=0) == pytest.approx(0.9, abs=0.03)


@pytest.fixture(scope="module")
def plain(exported: Path, faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with intervals; the prepared faces are beside it."""
    folder = tmp_path_factory.mktemp("plain")
    settings = HeadSettings(f"csv:{faces}", split="train", part="all", level=0.5, copies=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("avce.train.heads.head_fit.LEAST_FACES", 2)
        give_heads(exported, folder / "with.onnx", settings, Preparation(folder / "c", workers=1))
    return folder / "with.onnx"


@pytest.mark.usefixtures("_short")
def test_the_command_tells_and_widens_and_leaves_the_estimates(
    plain: Path, faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preparation = Preparation(plain.parent / "c", workers=1)
    settings = CoveredSettings(f"csv:{faces}", split="train", part="all")
    with pytest.raises(InputError, match=r"Covered parts need 100 faces .* name more --data"):
        tell_covered(plain, tmp_path / "out.onnx", settings, preparation)
    monkeypatch.setattr("avce.train.heads.covered._LEAST", 2)
    found = tell_covered(plain, tmp_path / "out.onnx", settings, preparation)
    assert set(found) == {"eyes", "mouth"}
    made = Predictor(tmp_path / "out.onnx")
    told = json.loads(
        {p.key: p.value for p in onnx.load(str(made.path)).metadata_props}["avce.covered"]
    )
    assert (told["parts"], told["learned"]) == (["eyes", "mouth"], "csv train")
    crops = sample_images(4)
    said, was = made.predict(crops), Predictor(plain).predict(crops)
    np.testing.assert_allclose(said.va, was.va, atol=1e-6)
    assert said.covered is not None
    assert said.covered.shape == (4, 2)
    assert was.covered is None
    assert made.predict([]).covered is not None
    with pytest.raises(InputError, match="tells already what is covered"):
        tell_covered(made.path, tmp_path / "twice.onnx", settings, preparation)


@pytest.mark.usefixtures("_short")
def test_the_graph_computes_what_was_learned(plain: Path, tmp_path: Path) -> None:
    file = onnx.load(str(plain))
    values = values_of(file, plain)
    crops = np.random.default_rng(0).integers(0, 256, (5, 224, 224, 3), dtype=np.uint8)
    maps, va, reach = values(crops)
    learned = fit_covered(maps.astype(np.float16), np.ones((5, *maps.shape[2:]), np.float32))
    learned = replace(
        learned,
        usual=np.array([0.1, 0.2], np.float32),
        widening=np.array([[0.3, 0.1], [0.2, 0.4]], np.float32),
    )
    add_covered(plain, tmp_path / "told.onnx", learned)
    said = Predictor(tmp_path / "told.onnx").predict(crops)
    wanted = learned.covered(maps)
    np.testing.assert_allclose(said.covered, wanted, atol=1e-4)
    wider = reach + learned.excess(wanted) @ learned.widening
    half = (np.minimum(va + wider, 1) - np.maximum(va - wider, -1)) / 2
    np.testing.assert_allclose(said.halfwidth, half, atol=1e-4)
    # Heads that are learned anew know nothing of what was learned for others.
    graph = onnx.load(str(tmp_path / "told.onnx")).graph
    remove_heads(graph)
    assert not {"covered", "halfwidth"} & {output.name for output in graph.output}
    assert not [node.name for node in graph.node if node.name.startswith("heads.")]


@pytest.mark.usefixtures("_short")
def test_a_network_without_intervals_tells_what_is_covered_alone(
    exported: Path, tmp_path: Path
) -> None:
    file = onnx.load(str(exported))
    assert reach_name(file.graph) is None
    maps = values_of(file, exported)(sample_images(1))[0]
    channels, side = maps.shape[1], maps.shape[2]
    blank = np.zeros((1, side, side), np.float32)
    learned = fit_covered(np.zeros((1, channels, side, side), np.float16), blank)
    add_covered(exported, tmp_path / "told.onnx", learned)
    said = Predictor(tmp_path / "told.onnx").predict(sample_images(2))
    assert said.covered is not None
    assert said.halfwidth is None
    # Its layers are no part of the encoder: neither stored in 8 bits nor learned from again.
    told = onnx.load(str(tmp_path / "told.onnx"))
    assert encoder_nodes(told.graph) == encoder_nodes(file.graph)
    assert map_name(told, exported) == map_name(file, exported)


def test_a_network_without_a_map_is_refused(tmp_path: Path) -> None:
    face = helper.make_tensor_value_info("face", TensorProto.UINT8, ["N", 224, 224, 3])
    out = helper.make_tensor_value_info("va", TensorProto.FLOAT, ["N", 1])
    nodes = [
        helper.make_node("Cast", ["face"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["f"], ["m"], keepdims=0),
        helper.make_node("Relu", ["m"], ["va"]),
    ]
    graph = helper.make_graph(nodes, "g", [face], [out])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    with pytest.raises(InputError, match="no map of its encoder"):
        map_name(model, tmp_path / "odd.onnx")

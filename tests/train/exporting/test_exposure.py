"""Dark faces are brought to a usual brightness inside the file; bright ones stay as they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from made_runs import save_checkpoint
from numpy.typing import NDArray

from avce.model.errors import InputError
from avce.model.predictor import Predictor
from avce.train.export import main as export_command
from avce.train.exporting.exposure import MOST, USUAL, even_exposure
from avce.train.exporting.last_layer import open_values
from avce.train.exporting.narrowing import to_half
from avce.train.exporting.onnx_file import export
from avce.train.exporting.parity import sample_images
from avce.train.exporting.quantise import quantise

LUMA = np.array([0.299, 0.587, 0.114])


@pytest.fixture(scope="module", params=["grey", "colour"])
def exported(
    request: pytest.FixtureRequest, exported: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A network that looks at luminance, and one that looks at colours."""
    if request.param == "grey":
        return exported
    folder = tmp_path_factory.mktemp("colour")
    export(save_checkpoint(folder / "a.ckpt", luminance=False), folder / "a.onnx")
    return folder / "a.onnx"


@pytest.fixture(scope="module")
def evened(exported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported network, evened."""
    out = tmp_path_factory.mktemp("evened") / "evened.onnx"
    even_exposure(exported, out)
    return out


def faces(level: float, count: int = 3) -> NDArray[np.uint8]:
    """Smooth made-up faces whose mean luminance is about this, of 255; none of it is clipped."""
    images = sample_images(count).astype(np.float64) * 0.5 + 60.0
    scale = level / (images @ LUMA).mean(axis=(1, 2))
    return np.rint(images * scale[:, None, None, None]).astype(np.uint8)


def by_hand(dark: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each face multiplied by what brings its mean luminance to the usual one."""
    gain = np.clip(USUAL / (dark @ LUMA).mean(axis=(1, 2)), 1.0, MOST)
    return np.clip(np.rint(dark * gain[:, None, None, None]), 0, 255).astype(np.uint8)


def test_bright_faces_are_read_as_before(exported: Path, evened: Path) -> None:
    bright = faces(90.0)
    was, says = (Predictor(path, provider="cpu").predict(bright) for path in (exported, evened))
    np.testing.assert_allclose(says.va, was.va, atol=1e-6)
    assert says.cam is not None
    np.testing.assert_allclose(says.cam, was.cam, atol=1e-4)


@pytest.mark.parametrize("level", [12.0, 30.0, 60.0])
def test_a_dark_face_is_read_as_one_that_was_brightened_by_hand(
    level: float, exported: Path, evened: Path
) -> None:
    dark = faces(level)
    was = Predictor(exported, provider="cpu")
    says = Predictor(evened, provider="cpu").predict(dark).va
    # What is between two grey levels is rounded by hand.
    np.testing.assert_allclose(says, was.predict(by_hand(dark)).va, atol=2e-3)
    assert np.abs(says - was.predict(dark).va).max() > 0.01


def test_the_same_face_is_read_alike_in_much_and_in_little_light(evened: Path) -> None:
    network = Predictor(evened, provider="cpu")
    says = [network.predict(faces(level)).va for level in (USUAL, 35.0, 14.0)]
    np.testing.assert_allclose(says[1], says[0], atol=0.01)
    np.testing.assert_allclose(says[2], says[0], atol=0.02)


def test_a_black_crop_gives_numbers(evened: Path) -> None:
    black = np.zeros((1, 224, 224, 3), np.uint8)
    assert np.isfinite(Predictor(evened, provider="cpu").predict(black).va).all()


def test_each_face_of_a_batch_has_its_own_gain(evened: Path) -> None:
    network = Predictor(evened, provider="cpu")
    mixed = np.concatenate([faces(20.0, 2), faces(120.0, 2)])
    alone = np.concatenate([network.predict(mixed[i : i + 1]).va for i in range(4)])
    np.testing.assert_allclose(network.predict(mixed).va, alone, atol=1e-5)


def test_nothing_goes_beyond_white(evened: Path) -> None:
    spot = np.zeros((1, 224, 224, 3), np.uint8)
    spot[:, 100:140, 100:140] = 255
    (x,) = open_values(onnx.load(str(evened)), ["exposure.evened"])(spot)
    assert x.max() == 1.0
    assert x.min() == 0.0


def test_the_file_says_what_it_does(evened: Path) -> None:
    entries = {p.key: p.value for p in onnx.load(str(evened)).metadata_props}
    assert json.loads(entries["avce.exposure"]) == {"usual": USUAL, "most": MOST}


def test_it_is_done_once(evened: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="evens the exposure of dark faces already"):
        even_exposure(evened, tmp_path / "again.onnx")
    assert list(tmp_path.iterdir()) == []


def test_an_int8_file_is_evened_and_one_in_half_precision_refused(
    exported: Path, tmp_path: Path
) -> None:
    narrow, half = tmp_path / "int8.onnx", tmp_path / "half.onnx"
    quantise(exported, narrow, sample_images(12))
    out = tmp_path / "out.onnx"
    even_exposure(narrow, out)
    dark = faces(25.0)
    was, says = (Predictor(path, provider="cpu") for path in (narrow, out))
    np.testing.assert_allclose(says.predict(dark).va, was.predict(by_hand(dark)).va, atol=0.02)
    to_half(exported, half)
    file = onnx.load(str(half))
    entries = {p.key: p.value for p in file.metadata_props} | {"avce.precision": "fp16"}
    del file.metadata_props[:]
    onnx.helper.set_model_props(file, entries)
    onnx.save(file, str(half))
    with pytest.raises(InputError, match="is in fp16: use --exposure on the float32 file"):
        even_exposure(half, tmp_path / "none.onnx")


def test_the_command_writes_beside_the_file_and_stands_alone(
    exported: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "mine.onnx"
    source.write_bytes(exported.read_bytes())
    assert export_command([str(source), "--exposure"]) == 0
    assert (tmp_path / "mine-exposure.onnx").is_file()
    assert export_command([str(source), "--exposure", "--half-stored"]) == 2
    assert export_command([str(source), "--exposure", "--out", str(source)]) == 2
    assert export_command([str(exported.with_name("a.ckpt")), "--exposure"]) == 2
    said = capsys.readouterr().err
    assert said.count("--exposure stands alone, and changes an exported file") == 2
    assert "is the model itself" in said

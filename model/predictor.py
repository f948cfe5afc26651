"""Runs an exported network (ONNX) on face crops; knows nothing of PyTorch."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .face import CROP_SIZE
from .providers import PROVIDERS, choose_provider

FORMAT = "1"
_MAX_BYTES = 2_000_000_000
_METADATA = ("format", "backbone", "method", "version", "trained_on", "metrics", "crop")


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """`va` float32 [N, 2] valence and arousal in [-1, 1]; `cam` float32 [N, 2, h, w] in [0, 1]
    (h = w = 0 for a network exported without maps); `z` float32 [N, 32]."""

    va: NDArray[np.float32]
    cam: NDArray[np.float32]
    z: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a network's file says of itself; `precision` is fp32, fp16 or int8."""

    format: str
    backbone: str
    method: str
    version: str
    trained_on: str
    metrics: dict[str, Any]
    crop: dict[str, Any]
    precision: str = "fp32"


def read_card(metadata: dict[str, str], path: Path) -> ModelCard:
    """The card from a file's metadata; `InputError` names every entry that is missing or wrong."""
    missing = [f"avce.{key}" for key in _METADATA if f"avce.{key}" not in metadata]
    if missing:
        raise InputError(
            f"{path} is not a network of this program: its metadata lacks {', '.join(missing)}. "
            "Write one with avce-export."
        )
    if metadata["avce.format"] != FORMAT:
        raise InputError(
            f"{path} has format {metadata['avce.format']}, this version reads format {FORMAT}: "
            "export the network again."
        )
    values: dict[str, Any] = {key: metadata[f"avce.{key}"] for key in _METADATA}
    for key in ("metrics", "crop"):
        try:
            values[key] = json.loads(values[key])
        except json.JSONDecodeError as error:
            raise InputError(f"{path}: the metadata avce.{key} is not JSON ({error}).") from error
    # Files of before there was a choice do not say it.
    return ModelCard(**values, precision=metadata.get("avce.precision", "fp32"))


def _check_interface(session: Any, path: Path) -> None:
    inputs = {i.name: (i.type, list(i.shape)) for i in session.get_inputs()}
    outputs = {o.name: list(o.shape) for o in session.get_outputs()}
    kind, shape = inputs.get("face", ("", []))
    wanted = [CROP_SIZE, CROP_SIZE, 3]
    if len(inputs) != 1 or kind != "tensor(uint8)" or shape[1:] != wanted:
        raise InputError(
            f"{path} has no input 'face' of uint8 [N, {CROP_SIZE}, {CROP_SIZE}, 3]: "
            "it is not a network of this program."
        )
    for name, rank in (("va", 2), ("z", 2)):
        if len(outputs.get(name, [])) != rank:
            raise InputError(f"{path} has no output '{name}' of rank {rank}: export it again.")
    if "cam" in outputs and len(outputs["cam"]) != 4:
        raise InputError(f"{path}: its output 'cam' is not [N, 2, h, w]: export it again.")


class Predictor:
    """An exported network, ready to run.

    Args:
        path: the ONNX file; None takes the default network that is shipped.
        provider: "auto", "cpu", "cuda", "tensorrt", "coreml" or "directml".
        threads: CPU threads for one run, None for ONNX Runtime's choice.

    Raises `InputError` for a file that is not a network of this program, or a provider that
    cannot be had.
    """

    def __init__(
        self, path: Path | str | None = None, *, provider: str = "auto", threads: int | None = None
    ) -> None:
        if path is None:
            from ..weights import find_weights

            path = find_weights()
        self.path = Path(path)
        if not self.path.is_file():
            raise InputError(f"There is no network at {self.path}: no such file.")
        if self.path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{self.path} is too large for a network of this program.")
        data = self.path.read_bytes()
        self.sha256 = hashlib.sha256(data).hexdigest()
        self.provider, self._session = _open_session(data, self.path, provider, threads)
        try:
            metadata = self._session.get_modelmeta().custom_metadata_map
            self.card = read_card(dict(metadata), self.path)
            _check_interface(self._session, self.path)
        except UnicodeDecodeError as error:
            raise InputError(f"{self.path} is damaged: a name in it is no text.") from error
        self._outputs = [o.name for o in self._session.get_outputs()]

    def predict(self, crops: NDArray[np.uint8] | Sequence[NDArray[np.uint8]]) -> Prediction:
        """Estimate crops uint8 [N, 224, 224, 3], an array or a list; N may be 0."""
        if len(crops) == 0:
            shapes = ((0, 2), (0, 2, 0, 0), (0, 32))
            return Prediction(*(np.zeros(shape, np.float32) for shape in shapes))
        crops = np.asarray(crops)
        if (
            crops.dtype != np.uint8
            or crops.ndim != 4
            or crops.shape[1:] != (CROP_SIZE, CROP_SIZE, 3)
        ):
            raise ValueError(
                f"crops must be uint8 [N, {CROP_SIZE}, {CROP_SIZE}, 3], "
                f"not {crops.dtype} {list(crops.shape)}"
            )
        values = self._session.run(None, {"face": np.ascontiguousarray(crops)})
        named = dict(zip(self._outputs, values, strict=True))
        cam = named.get("cam")
        if cam is None:
            cam = np.zeros((len(crops), 2, 0, 0), np.float32)
        return Prediction(named["va"], cam, named["z"])


def _open_session(data: bytes, path: Path, provider: str, threads: int | None) -> tuple[str, Any]:
    """The active provider's name and the ONNX Runtime session."""
    import onnxruntime as ort

    ort.set_default_logger_severity(4)
    options = ort.SessionOptions()
    options.log_severity_level = 4
    # Waiting threads sleep: capture and painting need the cores as well.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if threads is not None:
        options.intra_op_num_threads = threads
    names = choose_provider(provider, ort.get_available_providers())
    if names[0] in ("cuda", "tensorrt") and hasattr(ort, "preload_dlls"):
        _preload(ort)
    try:
        # From memory: a file cannot make ONNX Runtime open others by naming external data.
        # Where a provider fails it prints so and tries the next; ours is to say it in a sentence.
        with contextlib.redirect_stdout(io.StringIO()):
            session = ort.InferenceSession(data, options, providers=[PROVIDERS[n] for n in names])
    except Exception as error:
        raise InputError(
            f"{path} cannot be opened as an ONNX network ({_first_line(error)})."
        ) from error
    active = session.get_providers()
    if provider != "auto" and PROVIDERS[provider] not in active:
        raise InputError(
            f"The provider {provider} could not be started (ONNX Runtime fell back to "
            f"{active[0].removesuffix('ExecutionProvider')}): check its driver, "
            "or use --provider auto."
        )
    by_full_name = {full: short for short, full in PROVIDERS.items()}
    return by_full_name.get(active[0], active[0]), session


def _preload(ort: Any) -> None:
    """Load the CUDA libraries that pip installed; where there are none the system's are used."""
    with contextlib.redirect_stdout(io.StringIO()):
        ort.preload_dlls()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else "no reason given"

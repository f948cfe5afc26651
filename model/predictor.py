"""Runs an exported network (ONNX) on face crops; knows nothing of PyTorch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..weights import find_weights, stated_sha256
from .anchors import AnchorRule
from .errors import InputError
from .face.face import CROP_SIZE
from .model_card import ModelCard, read_card
from .prediction import OPTIONAL, Prediction, columns_of, problem_of
from .providers import PROVIDERS, choose_provider, likely_provider
from .system.quiet import silence

__all__ = ["ModelCard", "Prediction", "Predictor"]

_MAX_BYTES = 2_000_000_000


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
    for name in ("va", "z"):
        if len(outputs.get(name, [])) != 2:
            raise InputError(f"{path} has no output '{name}' of rank 2: export it again.")
    for name in OPTIONAL:
        columns = columns_of(name)
        if name in outputs and outputs[name][1:] != [columns]:
            raise InputError(f"{path}: its output '{name}' is not [N, {columns}]: export it again.")
    if "cam" in outputs and len(outputs["cam"]) != 4:
        raise InputError(f"{path}: its output 'cam' is not [N, 2, h, w]: export it again.")


class Predictor:
    """An exported network, ready to run: opened, and tried on two made-up faces.

    Args:
        path: the ONNX file; None takes the shipped network that is best on the provider.
        provider: "auto", "cpu", "cuda", "tensorrt", "coreml" or "directml".
        threads: CPU threads for one run, None for ONNX Runtime's choice.
        match_card: whether a shipped file has to be the one that its card describes.

    Raises `InputError` for a file that is not a network of this program, a shipped one that is not
    what its card describes, one whose answers are no estimates, or a provider that cannot be had.
    """

    def __init__(
        self,
        path: Path | str | None = None,
        *,
        provider: str = "auto",
        threads: int | None = None,
        match_card: bool = True,
    ) -> None:
        wanted = likely_provider(provider)
        self._open(
            find_weights(provider=wanted) if path is None else path, provider, threads, match_card
        )
        if path is None and self.provider != wanted:
            # The provider could not be started: what is best on the other one may be another file.
            best = find_weights(provider=self.provider)
            if best != self.path:
                self._open(best, provider, threads, match_card)

    def _open(self, path: Path | str, provider: str, threads: int | None, match_card: bool) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise InputError(f"There is no model at {self.path}: no such file.")
        if self.path.stat().st_size > _MAX_BYTES:
            raise InputError(f"{self.path} is too large for a network of this program.")
        data = self.path.read_bytes()
        self.sha256 = hashlib.sha256(data).hexdigest()
        stated = stated_sha256(self.path) if match_card else None
        if stated not in (None, self.sha256):
            raise InputError(
                f"{self.path} is not the file that its card beside it describes (SHA-256 "
                f"{self.sha256[:16]}…, not {stated[:16]}…): it is damaged or was exchanged, "
                "install again."
            )
        self.provider, self._session = _open_session(data, self.path, provider, threads)
        try:
            metadata = self._session.get_modelmeta().custom_metadata_map
            self.card = read_card(dict(metadata), self.path)
            _check_interface(self._session, self.path)
        except UnicodeDecodeError as error:
            raise InputError(f"{self.path} is damaged: a name in it is not text.") from error
        self._outputs = [o.name for o in self._session.get_outputs()]
        if ("halfwidth" in self._outputs) != (self.card.interval is not None):
            raise InputError(
                f"{self.path} has only one of the output 'halfwidth' and the metadata "
                "avce.interval, which tell its level: export it again."
            )
        self.predict(_trial_faces())

    @property
    def anchors(self) -> AnchorRule:
        """The rule by which the network's labels became valence and arousal."""
        return self.card.anchors

    def predict(self, crops: NDArray[np.uint8] | Sequence[NDArray[np.uint8]]) -> Prediction:
        """Estimate crops uint8 [N, 224, 224, 3], an array or a list; N may be 0."""
        if len(crops) == 0:
            shapes = ((0, 2), (0, 2, 0, 0), (0, 32))
            given = [name for name in OPTIONAL if name in self._outputs]
            return Prediction(
                *(np.zeros(shape, np.float32) for shape in shapes),
                **{name: np.zeros((0, columns_of(name)), np.float32) for name in given},
            )
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
        try:
            values = self._session.run(None, {"face": np.ascontiguousarray(crops)})
        except Exception as error:
            # ONNX Runtime's errors share no base class.
            raise InputError(
                f"{self.path} failed on {self.provider} ({_first_line(error)}): "
                "choose another model, or another provider."
            ) from error
        named = dict(zip(self._outputs, values, strict=True))
        problem = problem_of(named, len(crops))
        if problem:
            raise InputError(
                f"{self.path} gives no estimates on {self.provider} (its output {problem}): the "
                "file is damaged or was not made by avce-export, choose another model."
            )
        cam = named.get("cam")
        if cam is None:
            cam = np.zeros((len(crops), 2, 0, 0), np.float32)
        optional = {name: named.get(name) for name in OPTIONAL}
        return Prediction(named["va"], cam, named["z"], **optional)


def _trial_faces() -> NDArray[np.uint8]:
    """Two images uint8 [2, 224, 224, 3] with all shades: a ramp, and its mirror image."""
    ramp = np.linspace(0, 255, CROP_SIZE, dtype=np.uint8)
    face = np.repeat(np.maximum.outer(ramp, ramp)[..., None], 3, axis=2)
    return np.stack([face, face[:, ::-1]])


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
        with silence():
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
    with silence():
        ort.preload_dlls()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else "no reason given"

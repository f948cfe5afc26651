"""The model and the analyser of a run, as its settings ask for them."""

from __future__ import annotations

from pathlib import Path

from ..model.errors import InputError
from ..model.predictor import Predictor
from ..weights import find_weights
from .analysis.analyser import Analyser, Estimator, check_extras
from .settings import RunSettings
from .sources.base import SourceFacts


def find_model(model: Path | None) -> Path | None:
    """The model's file: a path, or the name of a shipped one; None for the default, which depends
    on the provider (`Predictor`).

    Raises `InputError` where there is none.
    """
    if model is None or model.exists():
        return model
    if model.parent == Path():
        name = model.name if model.name.endswith(".onnx") else f"{model.name}.onnx"
        try:
            return find_weights(name)
        except FileNotFoundError as error:
            raise InputError(str(error)) from error
    raise InputError(f"There is no model at {model}: no such file.")


def open_model(settings: RunSettings, threads: int | None = None) -> Predictor:
    """The model, on so many threads of the CPU (None for ONNX Runtime's choice).

    Raises `InputError` where it cannot be had or cannot fill the optional columns.
    """
    predictor = Predictor(find_model(settings.model), provider=settings.provider, threads=threads)
    check_extras(predictor, settings.extras)
    return predictor


def open_analyser(
    settings: RunSettings, source: SourceFacts, predictor: Estimator | None = None
) -> Analyser:
    """An analyser for the frames of a source, with the real face finder; None opens the model.

    Call it on the thread that will use it. Raises `InputError` as `open_model` does.
    """
    return Analyser(
        predictor or open_model(settings),
        max_faces=settings.max_faces,
        video=not source.still,
        min_quality=settings.min_quality,
        extras=settings.extras,
        baseline_at=settings.baseline,
    )

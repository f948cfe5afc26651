"""The model and the analyser of a run, as its settings ask for them."""

from __future__ import annotations

from ..model.included import find_model
from ..model.predictor import Predictor
from .analysis.analyser import Analyser, Estimator, check_extras
from .settings import RunSettings
from .sources.base import SourceFacts


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

"""A model by its path, or by the name of one that comes with the program."""

from __future__ import annotations

from pathlib import Path

from ..weights import find_weights
from .errors import InputError


def find_model(model: Path | None) -> Path | None:
    """The model's file: a path, or the name of an included one; None for the default, which
    depends on the provider (`Predictor`).

    Raises `InputError` where there is none.
    """
    return None if model is None else named_model(model)


def named_model(model: Path) -> Path:
    """The file of a model that is named, as `find_model` has it."""
    if model.exists():
        return model
    if model.parent == Path() and model.suffix in ("", ".onnx"):
        try:
            return find_weights(model.with_suffix(".onnx").name)
        except FileNotFoundError as error:
            raise InputError(str(error)) from error
    raise InputError(f"There is no model at {model}: no such file.")

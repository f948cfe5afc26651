"""Figures of a network that names the emotion: accuracy, mean recall and the confusion matrix."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.errors import InputError
from .datasets.base import EMOTIONS


def confusion(
    answer: NDArray[np.integer], label: NDArray[np.integer], classes: int
) -> NDArray[np.int64]:
    """How often a face of a class (row) was given an answer (column): [classes, classes]."""
    pairs = label.astype(np.int64) * classes + answer
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def class_figures(
    outputs: NDArray[np.floating], label: NDArray[np.integer]
) -> dict[str, float | int]:
    """Accuracy, and the mean recall of the classes that occur, which no frequent class rules.

    Args:
        outputs: [N, classes]; the largest is the answer.
        label: the right class [N], each in [0, classes).
    """
    table = confusion(outputs.argmax(axis=1), label, outputs.shape[1])
    occurring = table.sum(axis=1) > 0
    recalls = np.diagonal(table)[occurring] / table.sum(axis=1)[occurring]
    return {
        "n": int(table.sum()),
        "accuracy": float(np.diagonal(table).sum() / table.sum()),
        "mean_recall": float(recalls.mean()),
    }


def evaluate_classes(outputs: NDArray[np.floating], emotion: NDArray[np.integer]) -> dict[str, Any]:
    """The figures of `class_figures`, the recall of each class, and the confusion matrix.

    Args:
        outputs: [N, classes], in the order of `EMOTIONS`.
        emotion: index into `EMOTIONS` [N]; -1 where it is unknown.

    Pictures whose emotion is none of the classes are counted as "without_class" and left out.
    Raises `InputError` where that leaves none.
    """
    classes = outputs.shape[1]
    known = (emotion >= 0) & (emotion < classes)
    if not known.any():
        raise InputError(
            f"None of the {len(emotion)} pictures has an emotion among the {classes} classes "
            f"({', '.join(EMOTIONS[:classes])}): evaluate on data with emotion labels."
        )
    table = confusion(outputs[known].argmax(axis=1), emotion[known], classes)
    names = EMOTIONS[:classes]
    of_each = table.sum(axis=1)
    return class_figures(outputs[known], emotion[known]) | {
        "without_class": int((~known).sum()),
        "classes": list(names),
        "recall": {
            name: float(table[i, i] / of_each[i]) for i, name in enumerate(names) if of_each[i]
        },
        "confusion": table.tolist(),
    }

"""Figures of a network that names the emotion: accuracy, mean recall and the confusion matrix."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..model.errors import InputError
from .datasets.base import EMOTIONS


@dataclass(frozen=True, slots=True, eq=False)
class Confusion:
    """`count` [classes, classes]: rows are labels, columns answers."""

    count: NDArray[np.int64]

    @property
    def accuracy(self) -> float:
        """Share of right answers."""
        return float(np.trace(self.count) / self.count.sum())

    @property
    def recall(self) -> NDArray[np.float64]:
        """Share of right answers of each class [classes]; nan for a class that does not occur."""
        total = self.count.sum(axis=1)
        return np.diag(self.count) / np.where(total > 0, total, np.nan)

    @property
    def mean_recall(self) -> float:
        """Mean recall of the classes that occur, which no frequent class rules."""
        return float(np.nanmean(self.recall))


def confuse(outputs: NDArray[np.floating], label: NDArray[np.integer]) -> Confusion:
    """Count labels [N] against the highest of the outputs [N, classes]."""
    from sklearn.metrics import confusion_matrix  # slow to import

    classes = range(outputs.shape[1])
    return Confusion(confusion_matrix(label, outputs.argmax(axis=1), labels=classes))


def class_figures(
    outputs: NDArray[np.floating], label: NDArray[np.integer]
) -> dict[str, float | int]:
    """Accuracy, and the mean recall of the classes that occur, which no frequent class rules.

    Args:
        outputs: [N, classes]; the largest is the answer.
        label: the right class [N], each in [0, classes).
    """
    table = confuse(outputs, label)
    return {
        "n": int(table.count.sum()),
        "accuracy": table.accuracy,
        "mean_recall": table.mean_recall,
    }


def evaluate_classes(outputs: NDArray[np.floating], emotion: NDArray[np.integer]) -> dict[str, Any]:
    """The figures of `class_figures`, the recall of each class, and the confusion matrix.

    Args:
        outputs: [N, classes], in the order of `EMOTIONS`.
        emotion: index into `EMOTIONS` [N]; -1 where it is unknown.

    Images whose emotion is none of the classes are counted as "without_class" and left out.
    Raises `InputError` where that leaves none.
    """
    classes = outputs.shape[1]
    known = (emotion >= 0) & (emotion < classes)
    if not known.any():
        raise InputError(
            f"None of the {len(emotion)} images has an emotion among the {classes} classes "
            f"({', '.join(EMOTIONS[:classes])}): evaluate on data with emotion labels."
        )
    table = confuse(outputs[known], emotion[known])
    names = EMOTIONS[:classes]
    return class_figures(outputs[known], emotion[known]) | {
        "without_class": int((~known).sum()),
        "classes": list(names),
        "recall": {
            name: float(share)
            for name, share in zip(names, table.recall, strict=True)
            if np.isfinite(share)
        },
        "confusion": table.count.tolist(),
    }

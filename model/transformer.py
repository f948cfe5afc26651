"""The network as a step of a scikit-learn pipeline: crops of faces to numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from .anchors import EMOTIONS
from .errors import InputError
from .metrics import AXES
from .predictor import Predictor

Kind = Literal["z", "va", "votes"]


class FaceTransformer(TransformerMixin, BaseEstimator):
    """Crops to features; it learns nothing itself, so `fit` only looks at the model.

    Args:
        model: an exported model, None for the default one.
        output: `z`, the features that valence and arousal are read from; `va`, valence and arousal;
            `votes`, the emotions' shares of a crowd's votes, where the model has them.
        provider: where the model runs; "auto" takes the best.
        batch: how many crops at once.
    """

    def __init__(
        self,
        model: str | Path | None = None,
        *,
        output: Kind = "z",
        provider: str = "auto",
        batch: int = 32,
    ) -> None:
        self.model, self.output = model, output
        self.provider, self.batch = provider, batch

    def fit(self, X: Any, y: Any = None) -> Self:
        """Load the model. Raises `InputError` for an output that it does not have."""
        if self.output not in ("z", "va", "votes"):
            raise InputError(f"There is no output '{self.output}': choose z, va or votes.")
        self.predictor_ = Predictor(self.model, provider=self.provider)
        first = np.zeros((1, *np.shape(X)[1:]), np.uint8)
        self.n_features_out_ = self._read(first).shape[1]
        return self

    def transform(self, X: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Features [N, n] of crops uint8 [N, 224, 224, 3], RGB, cut as the model's card says."""
        parts = [self._read(X[at : at + self.batch]) for at in range(0, len(X), self.batch)]
        return np.concatenate(parts) if parts else np.zeros((0, self.n_features_out_), np.float32)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:
        """Names of the columns that `transform` gives."""
        names = {"va": AXES, "votes": EMOTIONS}.get(self.output)
        return np.array(names or [f"z{i}" for i in range(self.n_features_out_)], object)

    def _read(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        values = getattr(self.predictor_.predict(list(crops)), self.output)
        if values is None:
            raise InputError(f"{self.predictor_.path} gives no votes: choose another output.")
        return values

"""The network in a scikit-learn pipeline."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from avce.model import Predictor
from avce.model.errors import InputError
from avce.model.transformer import FaceTransformer

CROPS = np.random.default_rng(0).integers(0, 256, (5, 224, 224, 3), np.uint8)


def test_a_pipeline_learns_from_what_the_predictor_gives() -> None:
    wanted = Predictor().predict(list(CROPS))
    y = np.arange(len(CROPS), dtype=float)
    pipeline = make_pipeline(FaceTransformer(batch=2), Ridge()).fit(CROPS, y)
    by_hand = Ridge().fit(wanted.z, y)
    # A batch of another size may differ in the last digits.
    np.testing.assert_allclose(pipeline.predict(CROPS), by_hand.predict(wanted.z), atol=1e-3)
    step = pipeline[0]
    assert list(step.get_feature_names_out()[:2]) == ["z0", "z1"]
    assert step.transform(CROPS[:0]).shape == (0, wanted.z.shape[1])


def test_it_can_be_cloned_and_names_what_it_gives() -> None:
    given = clone(FaceTransformer(output="va", batch=3)).fit(CROPS)
    np.testing.assert_allclose(
        given.transform(CROPS), Predictor().predict(list(CROPS)).va, atol=1e-4
    )
    assert list(given.get_feature_names_out()) == ["valence", "arousal"]
    with pytest.raises(InputError, match="choose z, va or votes"):
        FaceTransformer(output="cam").fit(CROPS)  # pyright: ignore[reportArgumentType]

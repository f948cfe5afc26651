"""How good the emotions' shares are that a network gives, against those of a crowd's votes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .datasets.base import EMOTIONS

BINS = 15


def emotion_figures(shares: NDArray[np.floating], votes: NDArray[np.floating]) -> dict[str, float]:
    """Of shares [N, 8] against the votes' shares [N, 8], on faces that have votes; {} without any.

    - `n`: faces with votes; `accuracy`: of the largest share, against the emotion with most votes
      (the first of those with as many: majority voting, as Barsoum et al., ICMI 2016, report it).
    - `macro_f1`: the mean F1 of the emotions that are the label or the answer of some face.
    - `calibration`: expected calibration error of the largest share in 15 bins of equal width
      (Guo et al., ICML 2017); `mean_difference`: mean absolute difference of a share from the
      votes' share.
    """
    known = np.isfinite(votes).all(axis=1)
    if not known.any():
        return {}
    shares, votes = shares[known], votes[known]
    answer, label = shares.argmax(axis=1), votes.argmax(axis=1)
    right, confidence = answer == label, shares.max(axis=1)
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    off = [abs(float(right[place == i].sum() - confidence[place == i].sum())) for i in range(BINS)]
    scores = [
        2.0 * float((right & (label == i)).sum()) / float(count)
        for i in range(len(EMOTIONS))
        if (count := (label == i).sum() + (answer == i).sum())
    ]
    return {
        "n": int(known.sum()),
        "accuracy": float(right.mean()),
        "macro_f1": float(np.mean(scores)),
        "calibration": sum(off) / len(right),
        "mean_difference": float(np.abs(shares - votes).mean()),
    }

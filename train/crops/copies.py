"""The same face twice: crops that are equal to the last pixel, within a set and between two.

Equal crops come from equal images, whatever their files are called or how they are packed. Within
a set they are counted and listed, not dropped: the published splits hold some, and figures on them
count each. Between training and validation they are a leak, and training goes without them.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..datasets.base import Sample


def digest(crop: NDArray[np.uint8]) -> int:
    """64 bits that tell a crop from all others (BLAKE2b of its pixels)."""
    return int.from_bytes(hashlib.blake2b(np.ascontiguousarray(crop).data, digest_size=8).digest())


def digests_of(crops: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint64]:
    """The digest of every crop [N]."""
    return np.array([digest(crop) for crop in crops], np.uint64)


def report_copies(samples: list[Sample], digests: NDArray[np.uint64]) -> dict[str, Any]:
    """How many crops of a set are equal to another one, and which."""
    groups: defaultdict[int, list[Sample]] = defaultdict(list)
    for sample, value in zip(samples, digests.tolist(), strict=True):
        groups[value].append(sample)
    equal = [group for group in groups.values() if len(group) > 1]
    return {
        "images": sum(len(group) for group in equal),
        "groups": len(equal),
        "groups with different labels": sum(
            len({(s.valence, s.arousal) for s in group}) > 1 for group in equal
        ),
        "groups in several splits": sum(len({s.split for s in group}) > 1 for group in equal),
        "each": [[f"{s.split}/{s.name}" for s in group] for group in equal],
    }


def copies_of(
    learned: list[NDArray[np.uint64]], held_out: list[NDArray[np.uint64]]
) -> NDArray[np.bool_]:
    """Which of the joined crops to learn from [N] are also among those held out."""
    return np.isin(np.concatenate(learned), np.concatenate(held_out))

"""Labels in which networks that were trained before have a say (distillation).

One label is the opinion of a few people about one image, and differs from what others would have
said. Networks that learned from all labels together err otherwise, so a mean of both is nearer to
the common opinion (Hinton et al., Distilling the Knowledge in a Neural Network, 2015; for values in
place of classes, the mean of label and estimate has the gradient of the two squared errors' mean).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from ..model.anchors import AnchorRule
from ..model.errors import InputError
from ..model.face.crop_geometry import Geometry
from ..model.face.face import CROP_SIZE
from ..model.predictor import Predictor
from ..model.system.file_lock import one_at_a_time
from .crops.prepare import Prepared
from .loader import Batch, EvaluationLoader

_BATCH = 64


def ask_teachers(
    prepared: Prepared,
    teachers: str,
    share: float,
    cut: Callable[[Geometry], Prepared] | None = None,
    rule: AnchorRule | None = None,
) -> Prepared:
    """The set with each label [valence, arousal] moved towards the teachers' mean estimate.

    Args:
        prepared: a set to learn from. No teacher may have seen the faces to validate on.
        teachers: exported networks, joined by `+`.
        share: of the estimate in the new label, 0 to 1.
        cut: the same faces as a teacher wants them that names this geometry; None shows each
            teacher the crops of the set itself.
        rule: the anchors of the set's labels, which must be those of each teacher's; None does not
            ask.

    A teacher's estimates are kept in the set's folder, for they cost minutes. Raises `InputError`
    where a teacher is no exported network for valence and arousal, or learned by another rule.
    """
    paths = [Path(name) for name in teachers.split("+")]
    estimates = [_estimates_at_hand(prepared, path, cut, rule) for path in paths]
    mean = np.mean(estimates, axis=0)
    target = (1 - share) * prepared.target + share * mean
    return replace(prepared, target=target.astype(np.float32))


def _estimates_at_hand(
    prepared: Prepared,
    path: Path,
    cut: Callable[[Geometry], Prepared] | None,
    rule: AnchorRule | None,
) -> NDArray[np.float32]:
    teacher = Predictor(path)
    if rule is not None and teacher.anchors.positions != rule.positions:
        raise InputError(
            f"{path} learned by the anchors '{teacher.anchors.name}', which place emotions "
            f"elsewhere than '{rule.name}': choose --anchors {teacher.anchors.name}, or another "
            "teacher."
        )
    if cut is not None:
        prepared = cut(teacher.card.geometry)
    stored = prepared.folder / f"estimates-{teacher.sha256[:16]}.npy"
    with one_at_a_time(stored.with_suffix(".lock")):
        if not stored.is_file():
            partial = stored.with_suffix(".partial.npy")
            np.save(partial, _estimates(prepared, teacher))
            os.replace(partial, stored)
    return np.load(stored)


def _estimates(prepared: Prepared, teacher: Predictor) -> NDArray[np.float32]:
    """The mean of the estimates for each face and for its mirror image, [N, 2]."""
    parts = []
    batches = EvaluationLoader([prepared], _BATCH)
    for batch in track(batches, f"Asking {teacher.path.name}", total=len(batches)):
        faces = _faces(batch)
        both = np.concatenate([faces, faces[:, :, ::-1]])
        va = teacher.predict(both).va
        if va.shape[1] != 2:
            raise InputError(
                f"{teacher.path} classifies emotions: name teachers for valence and arousal."
            )
        parts.append(va.reshape(2, len(batch), 2).mean(axis=0))
    return np.concatenate(parts)


def _faces(batch: Batch) -> NDArray[np.uint8]:
    """Faces uint8 [N, 224, 224, 3], as an exported network takes them, from crops of any size."""
    faces = np.empty((len(batch), CROP_SIZE, CROP_SIZE, 3), np.uint8)
    for face, crop in zip(faces, batch.faces.numpy().transpose(0, 2, 3, 1), strict=True):
        large = cv2.resize(crop, (CROP_SIZE, CROP_SIZE))
        face[:] = large.reshape(CROP_SIZE, CROP_SIZE, -1)  # luminance goes to all three channels
    return faces

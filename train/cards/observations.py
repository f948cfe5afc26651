"""Faces of a labelled split as the live app would see them: estimates, and how each was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...model.crop_geometry import UPRIGHT, Geometry
from ...model.face import CROP_SIZE, Face
from ...model.face_finder import FaceFinder
from ...model.head_pose import head_pose
from ...model.image_measures import brightness, grey_of, sharpness
from ...model.predictor import Predictor
from ..crops.cropping import read_image
from ..crops.labelled_face import FACES, labelled_face
from ..datasets.base import Sample

_COLUMNS = 12  # numbers that make one row of `Observations`


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """Faces that the finder saw, a row each.

    `estimate` and `target` [N, 2]; `brightness` [N] mean grey level of the crop, 0 to 255;
    `sharpness` [N] (`image_measures`); `yaw` and `pitch` [N] degrees (`head_pose`); `size` [N]
    side of the face's square in the image's pixels; `inside` [N, 2] share of each map's mass
    inside the face outline, nan for a map of zeros; `outline` [N] share of the crop that the
    outline covers.
    """

    estimate: NDArray[np.float64]
    target: NDArray[np.float64]
    brightness: NDArray[np.float64]
    sharpness: NDArray[np.float64]
    yaw: NDArray[np.float64]
    pitch: NDArray[np.float64]
    size: NDArray[np.float64]
    inside: NDArray[np.float64]
    outline: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.estimate)


def share_inside(
    face: Face, cam: NDArray[np.float32], geometry: Geometry = UPRIGHT
) -> tuple[float, float, float]:
    """Share of the two maps' mass [2, h, w] inside the face outline, and the outline's own area.

    A map of zeros gives nan.
    """
    outline = face.square(geometry).in_cut(face.outline)
    inside = np.zeros((CROP_SIZE, CROP_SIZE), np.uint8)
    cv2.fillPoly(inside, [np.round(outline).astype(np.int32)], 1)
    shares = []
    for values in cam:
        large = cv2.resize(values, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_LINEAR)
        total = float(large.sum())
        shares.append(float(large[inside == 1].sum()) / total if total > 0 else float("nan"))
    valence, arousal = shares
    return valence, arousal, float(inside.mean())


def observe(predictor: Predictor, samples: Sequence[Sample]) -> Observations:
    """Find, crop and estimate the face of each still image.

    Images that cannot be decoded or that show no face, and frames of videos, do not count.
    """
    rows: list[tuple[float, ...]] = []
    geometry = predictor.card.geometry
    with FaceFinder(FACES, portraits=True) as finder:
        for sample in samples:
            image = "a frame of a video" if sample.in_video else read_image(sample.path)
            face = None if isinstance(image, str) else labelled_face(finder, image, sample)
            if isinstance(image, str) or face is None:
                continue
            crop = face.crop(image, geometry=geometry)
            grey = grey_of(crop)
            guess = predictor.predict(crop[None])
            pose = head_pose(face.landmarks)
            cam = guess.cam[0]
            shares = share_inside(face, cam, geometry) if cam.size else (float("nan"),) * 3
            rows.append(
                (
                    *guess.va[0],
                    *(sample.valence, sample.arousal),
                    brightness(grey),
                    sharpness(grey),
                    pose.yaw,
                    pose.pitch,
                    face.width,
                    *shares,
                )
            )
    values = np.array(rows, np.float64).reshape(-1, _COLUMNS)
    return Observations(
        estimate=values[:, 0:2],
        target=values[:, 2:4],
        brightness=values[:, 4],
        sharpness=values[:, 5],
        yaw=values[:, 6],
        pitch=values[:, 7],
        size=values[:, 8],
        inside=values[:, 9:11],
        outline=values[:, 11],
    )

"""Which random changes are made to faces: plain values, without PyTorch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AugmentConfig:
    """Ranges of the random changes; zero turns one off.

    Args:
        crop: side of a random crop, made first, 0 for none; evaluation looks at the centre
            (`NetworkConfig.centre`).
        size: side that faces are averaged down to first, 0 to keep theirs; at 112 px the changes
            cost a quarter of what they cost at 224.
        rotation: largest turn, degrees either way.
        shift: largest shift, share of the side.
        scale: largest enlargement or reduction, share.
        flip: mirror half of the faces.
        brightness, contrast: largest relative change.
        gamma: largest |log2| of the gamma exponent.
        low_resolution: share of batches' groups that are scaled down to 32..96 px and up again, so
            that sharp photographs and 48 px crops meet in the middle.
        noise: largest standard deviation, in grey levels.
        erase: share of faces that lose a random rectangle.
        shade: strength of a random light gradient across the face.
    """

    size: int = 112
    rotation: float = 15.0
    shift: float = 0.06
    scale: float = 0.12
    flip: bool = True
    brightness: float = 0.2
    contrast: float = 0.3
    gamma: float = 0.5
    low_resolution: float = 0.35
    noise: float = 6.0
    erase: float = 0.2
    shade: float = 0.25
    crop: int = 0


NO_AUGMENTATION = AugmentConfig(0, 0, 0, 0, False, 0, 0, 0, 0, 0, 0, 0)

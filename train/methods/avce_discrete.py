"""AVCE-discrete (Table 3): emotion classes in place of valence and arousal.

Regressor and projection head end in one output a class without a last activation, cross-entropy
takes the place of MSE, PCC and CCC, and L_AVCE contrasts the outputs themselves: its critic needs
an angle, which points of any dimension have. Validation counts right answers.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy, softmax

from ...model.errors import InputError
from ...model.networks import AVCENet, Output
from ..classes import class_figures
from ..loader import Batch
from ..method_config import MethodConfig
from .avce import AVCE


class AVCEDiscrete(AVCE):
    """AVCE for 7 classes (the basic emotions and neutral) or 8 (contempt besides)."""

    name = "avce-discrete"
    monitor: ClassVar[str] = "val/accuracy"
    outputs: ClassVar[tuple[int, ...]] = (7, 8)

    def __init__(self, config: MethodConfig, net: AVCENet) -> None:
        super().__init__(config, net)
        if config.critic == "released":
            raise InputError(
                f"The critic '{config.critic}' compares signs of valence, which classes have not: "
                "use --critic paper with avce-discrete."
            )
        self.classes = net.config.outputs

    def supervised(self, batch: Batch, output: Output) -> Tensor:
        """Cross-entropy of the outputs [N, classes] against the emotion's index [N]."""
        return cross_entropy(output.x.float(), self.labels(batch))

    def compared(self, x: Tensor) -> Tensor:
        """The classes' probabilities [2N, classes]: outputs have no bound."""
        return softmax(x, dim=1)

    def predict(self, net: AVCENet, faces: Tensor) -> Tensor:
        """The outputs [N, classes]; the largest is the answer."""
        return net(faces).x

    def labels(self, batch: Batch) -> Tensor:
        """The emotion's index [N]; `InputError` for an image without one."""
        emotion = batch.emotion
        outside = (emotion < 0) | (emotion >= self.classes)
        if bool(outside.any()):
            raise InputError(
                f"{int(outside.sum())} of {len(emotion)} images of a batch have no emotion among "
                f"the {self.classes} classes: train {self.name} on data with emotion labels and "
                "give --outputs their number."
            )
        return emotion

    def scores(
        self, prediction: NDArray[np.floating], labels: NDArray[np.generic]
    ) -> dict[str, float]:
        """Accuracy, and mean recall of the classes that occur, which no frequent class rules."""
        figures = class_figures(prediction, labels.astype(np.int64))
        return {f"val/{name}": figures[name] for name in ("accuracy", "mean_recall")}

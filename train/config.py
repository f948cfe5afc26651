"""Everything that defines a run, as plain values that are stored with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from ..model.anchors import BEFORE_RULES, DEFAULT, RULES, AnchorRule, RuleName
from ..model.errors import InputError, option
from ..model.face.crop_geometry import UPRIGHT, Geometry, geometry_of
from ..model.network_config import NetworkConfig, network_config
from .augment_config import AugmentConfig
from .method_config import MethodConfig
from .optim_config import OptimConfig

Arithmetic = Literal["32-true", "bf16-mixed", "16-mixed"]
Precision = Literal["auto", Arithmetic]
Part = Literal["all", "tune", "report"]
Networks = Literal["shared", "own"]
"""Of methods that are timed: AVCE's network for all, or each the paper's."""


@dataclass(frozen=True)
class RunConfig:
    """One training run.

    Args:
        data: data sets to learn from, `NAME:PATH` joined by `+`.
        validation: data sets to choose by; empty takes the same data's own validation split.
        train_splits: splits to learn from, joined by `+`: "train+val" where "test" is validated on.
        validation_split: the split to validate on.
        subset: faces of each training set to learn from, always the same ones (chosen by a checksum
            of their names); 0 takes all.
        even_subset: let that number go round the emotions, so that rare ones are taken whole.
        stride: of the frames of a video to learn from, every so manieth by its number; 1 takes all.
        validation_part: "tune" and "report" are the two halves of the validation split, parted by
            a checksum of the identities: choose settings on one, report metrics on the other.
        method: name of the training method.
        start: a checkpoint or an exported model whose weights the run begins with; empty begins
            from random ones.
        frozen: the encoder's last layer, by name, that keeps the weights it started with, as do all
            before it (of a ResNet conv1, layer1 to layer4); they cost no backward pass. Empty
            trains every layer.
        teachers: exported models, joined by `+`, whose mean estimate of a face and of its mirror
            image has a share in the label of each face to learn from (distillation); empty takes
            the labels as they are, as those of rendered faces are always taken. Teachers must not
            have seen the faces to validate on.
        teaching: that share, 0 to 1.
        epochs: passes over the data.
        iterations: batches in place of epochs, 0 to count epochs; a number beyond one epoch is
            rounded up to whole epochs.
        batch_size: samples a batch and process.
        seed: of everything random.
        crop_size: side of the prepared crops in pixels.
        geometry: where the crops lie, see `model.face.crop_geometry`.
        anchors: the rule by which votes for emotions become valence and arousal; ratings stay.
        balance: even out the V/A plane by sampling.
        small_size: side in pixels that the network works at in the first part of a run, which is
            cheap; 0 uses the full size throughout (progressive resizing).
        small_share: how much of the run that first part is.
        precision: arithmetic; "auto" is bf16-mixed where the device has it, about twice as fast on
            recent CPUs, and float32 elsewhere.
        accelerator, devices, nodes: where to run, in PyTorch Lightning's words.
        patience: epochs without a better mean CCC before stopping; 0 never stops early.
        keep: how many of the best checkpoints to keep.
        checkpoint_every: iterations between two saves of the state to resume from.
        validate_every: iterations between two validations, 0 to validate after each epoch.
    """

    data: str
    validation: str = ""
    train_splits: str = "train"
    validation_split: str = "val"
    subset: int = 0
    even_subset: bool = False
    stride: int = 1
    validation_part: Part = "all"
    method: str = "avce"
    start: str = ""
    frozen: str = ""
    teachers: str = ""
    teaching: float = 0.5
    epochs: int = 8
    iterations: int = 0
    batch_size: int = 128
    seed: int = 0
    crop_size: int = 224
    geometry: Geometry = UPRIGHT
    anchors: RuleName = DEFAULT
    balance: bool = False
    small_size: int = 0
    small_share: float = 0.7
    precision: Precision = "auto"
    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    patience: int = 0
    keep: int = 1
    checkpoint_every: int = 100
    validate_every: int = 0
    network: NetworkConfig = field(default_factory=NetworkConfig)
    settings: MethodConfig = field(default_factory=MethodConfig)
    optim: OptimConfig = field(default_factory=OptimConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size", "crop_size", "devices", "nodes", "checkpoint_every"):
            if getattr(self, name) < 1:
                raise InputError(f"{option(name)} must be at least 1, not {getattr(self, name)}.")
        check_subset(self.subset)
        if self.stride < 1:
            raise InputError(f"--stride must be at least 1, not {self.stride}.")
        if self.validate_every < 0:
            raise InputError(f"--validate-every must be 0 or more, not {self.validate_every}.")
        if self.validation_part not in get_args(Part):
            allowed = ", ".join(get_args(Part))
            raise InputError(
                f"--validation-part must be one of {allowed}, not '{self.validation_part}'."
            )
        if self.anchors not in RULES:
            raise InputError(
                f"There is no rule of anchors '{self.anchors}': choose one of {', '.join(RULES)}."
            )
        if not 0 <= self.teaching <= 1:
            raise InputError(f"--teaching must be from 0 to 1, not {self.teaching}.")
        if self.teachers and self.network.outputs != 2:
            raise InputError(
                "--teachers estimate valence and arousal: a network that classifies emotions "
                "cannot learn from them."
            )
        if self.batch_size < 2:
            raise InputError(
                "--batch-size must be at least 2: the contrastive terms compare faces."
            )

    @property
    def rule(self) -> AnchorRule:
        """What `anchors` names."""
        return RULES[self.anchors]

    def as_dict(self) -> dict[str, Any]:
        """Plain values for a checkpoint or a JSON file."""
        return asdict(self)


def check_subset(count: int) -> None:
    """Raise `InputError` where that is no number of faces."""
    if count < 0:
        raise InputError(f"--subset must be 0 (all) or more, not {count}.")


def config_from_dict(values: dict[str, Any]) -> RunConfig:
    """The inverse of `RunConfig.as_dict`."""
    parts = {
        "network": lambda **given: network_config(given),
        "settings": MethodConfig,
        "optim": OptimConfig,
        "augment": AugmentConfig,
    }
    built = {name: kind(**values[name]) for name, kind in parts.items()}
    # Runs of before there was a choice do not say it.
    before = {"geometry": geometry_of(values), "anchors": values.get("anchors", BEFORE_RULES)}
    return RunConfig(**{**values, **before, **built})

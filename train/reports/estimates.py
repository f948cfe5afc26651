"""What a run's best network says of the faces of a split: one pass, held as a value."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from torch import Tensor

from ...model.errors import InputError
from ...model.export_graph import InferenceGraph
from ...model.networks import AVCENet, inference_parameters
from ..checkpoint import load_network
from ..config import RunConfig
from ..crops.preparation import USUAL, Preparation
from ..crops.prepare import Prepared, prepare, read_origins
from ..datasets import parse_data
from ..loader import EvaluationLoader, gather_batch
from ..run_folder import best_checkpoint

BATCH = 64


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run's folder, its best checkpoint, and the network in it."""

    folder: Path
    checkpoint: Path
    config: RunConfig
    net: AVCENet

    @property
    def discrete(self) -> bool:
        """Whether the network answers with emotion classes in place of valence and arousal."""
        return self.config.network.outputs != 2

    @property
    def parameters(self) -> int:
        """Learnable values that inference uses."""
        return inference_parameters(self.net)


@dataclass(frozen=True, slots=True, eq=False)
class Labels:
    """The labels of a split's faces, and where the faces come from.

    `target` [N, 2] in [-1, 1]; `emotion` [N], -1 where unknown; `found` [N] whether the face finder
    saw the face; `video` and `group` [N] names (see `prepare.Origins`); `frame` [N].
    """

    target: NDArray[np.float32]
    emotion: NDArray[np.int64]
    found: NDArray[np.bool_]
    names: list[str]
    video: list[str]
    frame: NDArray[np.int64]
    group: list[str]

    def __len__(self) -> int:
        return len(self.target)


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """A network's answers: `answers` [N, 2] valence and arousal in [-1, 1], or [N, classes] scores;
    `z` [N, 32]; and of the faces asked for, by index, `maps` [2, h, w] and `images` [S, S, 3].
    """

    answers: NDArray[np.float32]
    z: NDArray[np.float32]
    maps: dict[int, NDArray[np.float32]]
    images: dict[int, NDArray[np.uint8]]


def open_run(folder: Path) -> Run:
    """A run with its best network; `InputError` where the folder holds none."""
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder} is not a run of avce-train: it holds no config.json.")
    checkpoint = best_checkpoint(folder)
    net, config = load_network(checkpoint)
    return Run(folder, checkpoint, config, net)


def open_sets(
    config: RunConfig,
    data: str,
    split: str,
    preparation: Preparation = USUAL,
) -> list[Prepared]:
    """The crops of a split in the size and colours that the run's own validation saw."""
    return [
        prepare(
            source.read(split, preparation.max_faulty),
            preparation,
            size=config.crop_size,
            grey=config.network.luminance,
            geometry=config.geometry,
        )
        for source in parse_data(data, config.rule)
    ]


def read_labels(sets: list[Prepared]) -> Labels:
    """The labels of prepared sets, joined in their order."""
    origins = [read_origins(one) for one in sets]
    several = len(sets) > 1

    def named(number: int, name: str) -> str:
        return f"{number + 1}: {name}" if several and name else name

    return Labels(
        target=np.concatenate([one.target for one in sets]),
        emotion=np.concatenate([one.emotion for one in sets]),
        found=np.concatenate([one.found for one in sets]),
        names=[name for one in sets for name in one.names],
        video=[named(i, video) for i, origin in enumerate(origins) for video in origin.video],
        frame=np.concatenate([origin.frame for origin in origins]),
        group=[named(i, group) for i, origin in enumerate(origins) for group in origin.group],
    )


def images_of(sets: Sequence[Prepared], rows: Sequence[int]) -> dict[int, NDArray[np.uint8]]:
    """Crops [S, S, 3] by their index into the joined sets."""
    batch = gather_batch(list(sets), np.array(rows, np.int64))
    return dict(zip(rows, map(in_three, batch.faces), strict=True))


def in_three(face: Tensor) -> NDArray[np.uint8]:
    """A face [1 or 3, S, S] as an image [S, S, 3]."""
    return face.expand(3, -1, -1).permute(1, 2, 0).numpy().copy()


def estimate(run: Run, sets: list[Prepared], keep: Iterable[int] = ()) -> Estimates:
    """Run the network over the sets once, in float32 on the CPU.

    Args:
        run: which network.
        sets: prepared crops.
        keep: indices of the faces whose images and, for valence and arousal, maps are kept.

    Raises `InputError` where an estimate is no number.
    """
    wanted = set(keep)
    graph = None if run.discrete else InferenceGraph(run.net)
    answers, latents = [], []
    maps: dict[int, NDArray[np.float32]] = {}
    images: dict[int, NDArray[np.uint8]] = {}
    loader = EvaluationLoader(sets, BATCH)
    console = Console(stderr=True)
    first = 0
    for batch in track(
        loader, str(run.folder), total=len(loader), console=console, disable=not console.is_terminal
    ):
        with torch.inference_mode():
            if graph is None:
                output = run.net(batch.faces)
                answer, cam, z = output.x, None, output.z
            else:
                answer, cam, z = graph(batch.faces.permute(0, 2, 3, 1))
        answers.append(answer.numpy())
        latents.append(z.numpy())
        for row in sorted(wanted & set(range(first, first + len(batch)))):
            images[row] = in_three(batch.faces[row - first])
            if cam is not None:
                maps[row] = cam[row - first].numpy().copy()
        first += len(batch)
    result = Estimates(np.concatenate(answers), np.concatenate(latents), maps, images)
    if not (np.isfinite(result.answers).all() and np.isfinite(result.z).all()):
        raise InputError(
            f"{run.checkpoint} gives estimates that are not numbers: the training diverged."
        )
    return result

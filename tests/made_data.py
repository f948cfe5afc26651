"""Small images and prepared sets that tests make for themselves."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np

from avce.train.crops.prepare import Prepared
from avce.train.datasets import DataSource
from avce.train.datasets.base import Listing
from avce.train.datasets.splits import train_or_val


def write_image(path: Path, seed: int = 0, shape: tuple[int, ...] = (48, 48)) -> None:
    """An image of noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    assert cv2.imwrite(str(path), image)


def write_webfaces(root: Path, train: int, val: int) -> None:
    """Images of noise in the format of web faces: so many to learn from and to validate on."""
    emotions = ("neutral", "happiness", "surprise", "sadness", "anger", "fear")
    left = {"train": train, "val": val}
    rows = ["image,emotion,identity,source"]
    number = 0
    while any(left.values()):
        split = train_or_val(f"person{number}", 10)
        if left[split]:
            left[split] -= 1
            write_image(root / "images" / f"{number}.png", seed=number)
            rows.append(f"{number}.png,{emotions[number % 6]},person{number},made")
        number += 1
    (root / "labels.csv").write_text("\n".join(rows) + "\n")


def splits_read_both_ways(name: str, root: Path) -> tuple[dict[str, Listing], dict[str, Listing]]:
    """Every split of a data set: all from one reading, and each read alone."""
    source = DataSource(name, root)
    together = source.read_splits(max_faulty=1.0)
    return together, {split: source.read(split, max_faulty=1.0) for split in together}


def make_prepared(folder: Path, n: int = 24, size: int = 64, seed: int = 0) -> Prepared:
    """Prepared crops whose brightness gives valence and whose contrast gives arousal."""
    random = np.random.default_rng(seed)
    target = random.uniform(-0.8, 0.8, (n, 2)).astype(np.float32)
    noise = random.normal(0, 1, (n, size, size))
    level = 128 + 80 * target[:, :1, None]
    spread = 20 + 15 * target[:, 1:, None]
    crops = np.clip(level + spread * noise, 0, 255).astype(np.uint8)
    votes = random.dirichlet(np.ones(8), n).astype(np.float32)
    return Prepared(
        folder=folder,
        crops=crops,
        target=target,
        votes=votes,
        emotion=votes.argmax(axis=1),
        found=np.ones(n, dtype=bool),
        names=[f"face{i}.png" for i in range(n)],
    )


def write_video(path: Path, images: list[np.ndarray]) -> None:
    """A video of images uint8 [H, W, 3], some of them told from later ones (B-frames)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "2", "crf": "4"})
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode())

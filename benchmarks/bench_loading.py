"""Whether decoding, loading and augmentation keep up with the network.

    python benchmarks/bench_loading.py [--batch 128] [--rounds 12] [--size 112] [--images 512]

Images a second of each part alone, with the real code: finding and cropping faces by one and by
two processes (`avce-train prepare`, once for a data set), reading batches of crops from disk,
augmenting them, and a training iteration (AVCE, AlexNet; in bfloat16 where the processor computes
it, in float32 elsewhere) without its augmentation. Then an
epoch of the real loader with iterations behind it: which share of the time the network waits for
its next batch, which share of an iteration augmentation takes, and how many cores were busy (by
processor time; fewer where other programs run). Exit status 1 where the network waits for more
than a twentieth of the time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from avce.model.network_config import NetworkConfig
from avce.train.augment import augment
from avce.train.augment_config import NO_AUGMENTATION, AugmentConfig
from avce.train.bench import BareModule
from avce.train.config import RunConfig
from avce.train.crops.cropping import Cut, cropped_faces
from avce.train.crops.prepare import Prepared
from avce.train.datasets.base import Listing, Sample
from avce.train.hardware import native_bfloat16
from avce.train.loader import Batch, TrainLoader, gather_batch

MOST_WAITING = 0.05


def made_set(folder: Path, n: int, size: int) -> Prepared:
    """Crops of noise that lie on disk as prepared ones do."""
    random = np.random.default_rng(0)
    np.save(folder / "crops.npy", random.integers(0, 256, (n, size, size), dtype=np.uint8))
    return Prepared(
        folder=folder,
        crops=np.load(folder / "crops.npy", mmap_mode="r"),
        target=random.uniform(-1, 1, (n, 2)).astype(np.float32),
        votes=np.full((n, 8), np.nan, np.float32),
        emotion=np.arange(n) % 8,
        found=np.ones(n, bool),
        names=[str(i) for i in range(n)],
    )


def made_listing(folder: Path, n: int) -> Listing:
    """JPEG files of 256 px with smooth noise; precropped, as the finder sees no face there."""
    random = np.random.default_rng(1)
    samples = []
    for i in range(n):
        rough = random.integers(0, 256, (32, 32, 3), dtype=np.uint8)
        cv2.imwrite(str(folder / f"{i}.jpg"), cv2.resize(rough, (256, 256)))
        samples.append(Sample(folder / f"{i}.jpg", 0.0, 0.0, "train"))
    return Listing("made", samples, precropped=True)


def seconds(work: Callable[[], object], rounds: int) -> float:
    """Median of several times, after one to warm up."""
    work()
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def iterate(module: BareModule, batch: Batch, number: int) -> None:
    """One training iteration."""
    with torch.autocast("cpu", torch.bfloat16, enabled=native_bfloat16(on_cpu=True)):
        module.training_step(batch, number)


@dataclass(frozen=True, slots=True)
class Epoch:
    """Seconds in all and waiting for batches; busy cores; how many images."""

    seconds: float
    waiting: float
    cores: float
    images: int


def run_epoch(loader: TrainLoader, module: BareModule) -> Epoch:
    """Iterations behind the real loader, without the first, which warms up."""
    batches = iter(loader)
    iterate(module, next(batches), 0)
    start, cpu = time.perf_counter(), time.process_time()
    waiting, images = 0.0, 0
    while True:
        asked = time.perf_counter()
        batch = next(batches, None)
        waiting += time.perf_counter() - asked
        if batch is None:
            break
        iterate(module, batch, 1)
        images += len(batch)
    spent = time.perf_counter() - start
    return Epoch(spent, waiting, (time.process_time() - cpu) / spent, images)


def preparing(n: int) -> None:
    """Print how fast faces are found and cropped, from when the processes have started."""
    with tempfile.TemporaryDirectory() as name:
        listing = made_listing(Path(name), n)
        for workers in (1, 2):
            found = cropped_faces(listing, Cut(112), workers)
            next(found)
            start = time.perf_counter()
            rest = sum(1 for _ in found)
            rate = rest / (time.perf_counter() - start)
            print(f"{f'cropping, {workers} process(es)':<24}{rate:>16.0f}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--size", type=int, default=112, help="side of the crops")
    parser.add_argument("--images", type=int, default=512, help="files to crop, 0 for none")
    return parser.parse_args()


def main() -> int:
    warnings.filterwarnings("ignore")
    options = _options()
    network = NetworkConfig("alexnet", input_size=options.size)

    def module(changes: AugmentConfig) -> BareModule:
        config = RunConfig("", batch_size=options.batch, network=network, augment=changes)
        made = BareModule(config)
        made.train()
        if made.average is not None:
            made.average.eval()
        return made

    print(
        f"{os.cpu_count()} cores, {torch.get_num_threads()} threads, {options.size} px, "
        f"batch {options.batch}"
    )
    print(f"{'':<24}{'images / s':>16}")
    if options.images:
        preparing(options.images)
    with tempfile.TemporaryDirectory() as name:
        prepared = made_set(Path(name), options.batch * (options.rounds + 1), options.size)
        random = np.random.default_rng(2)

        def read() -> Batch:
            chosen = np.sort(random.permutation(len(prepared))[: options.batch])
            return gather_batch([prepared], chosen)

        batch = read()
        generator = torch.Generator().manual_seed(0)
        bare = module(NO_AUGMENTATION)
        parts = {
            "reading": seconds(read, options.rounds),
            "augmenting": seconds(
                lambda: augment(batch.faces, AugmentConfig(), generator), options.rounds
            ),
            "network": seconds(lambda: iterate(bare, batch, 1), options.rounds),
        }
        for part, spent in parts.items():
            print(f"{part:<24}{options.batch / spent:>16.0f}")
        loader = TrainLoader([prepared], options.batch, seed=0, position=lambda: 0)
        epoch = run_epoch(loader, module(AugmentConfig()))
    print(f"{'all, in an epoch':<24}{epoch.images / epoch.seconds:>16.0f}")
    share = epoch.waiting / epoch.seconds
    print(
        f"the network waits for batches {share:.1%} of the time; augmentation takes "
        f"{parts['augmenting'] / (parts['augmenting'] + parts['network']):.0%} of an iteration; "
        f"{epoch.cores:.2f} cores busy"
    )
    if share > MOST_WAITING:
        print(f"The network waits for more than {MOST_WAITING:.0%} of the time.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

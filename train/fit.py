"""Run a training from its configuration, or go on with it where it stopped."""

from __future__ import annotations

import logging
import math
import os
import warnings
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, RichProgressBar
from pytorch_lightning.loggers import CSVLogger, Logger, TensorBoardLogger
from torchvision.models import get_model_weights

from ..model.errors import InputError
from ..model.face.crop_geometry import Geometry
from ..model.system.file_lock import one_at_a_time
from .config import RunConfig
from .crops.copies import copies_of
from .crops.preparation import USUAL, Preparation
from .crops.prepare import Prepared, prepare
from .datasets import DATASETS, parse_data
from .datasets.base import Listing
from .datasets.splits import check_leak, take_every, take_half, take_subset
from .distillation import ask_teachers
from .engine import TrainingModule
from .hardware import choose_precision
from .loader import EvaluationLoader, TrainLoader, gather_batch
from .methods import find_method
from .run_folder import BEST, LAST, LOCK, checkpoint_name, claim
from .warm_start import start_from
from .watching import LOG_EVERY

_MEASURED_FACES = 256  # on which the normalisations of an exported network are found again
IMAGENET = "IMAGENET1K_V1"
_SHOWN = ("train/total", "val/ccc_valence", "val/ccc_arousal", "val/rmse_valence", "val/accuracy")


class ResumePoint(pl.Callback):
    """Saves the whole state every so many iterations; a kill while saving leaves the older one."""

    def __init__(self, folder: Path, every: int, accumulate: int = 1) -> None:
        self.path = folder / LAST
        self.every = every
        self.accumulate = accumulate

    def _save(self, trainer: pl.Trainer) -> None:
        partial = self.path.with_suffix(".partial")
        trainer.save_checkpoint(partial)
        if trainer.is_global_zero:
            os.replace(partial, self.path)

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,
        batch: Any,
        batch_idx: int,
    ) -> None:
        # In between, gradients are waiting that a checkpoint does not hold.
        if int(pl_module.iteration) % math.lcm(self.every, self.accumulate) == 0:  # type: ignore[arg-type]
            self._save(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._save(trainer)


class EpochLine(pl.Callback):
    """One line an epoch on standard output: what a log file needs."""

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._start = monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if not trainer.is_global_zero:
            return
        seen = trainer.callback_metrics
        parts = [f"epoch {trainer.current_epoch + 1}", f"iteration {int(pl_module.iteration)}"]  # type: ignore[arg-type]
        for name in _SHOWN:
            if name in seen:
                parts.append(f"{name.split('/')[1]} {float(seen[name]):.4f}")
        spent = timedelta(seconds=round(monotonic() - self._start))
        print(", ".join(parts), f"({spent})", flush=True)


def load_sets(config: RunConfig, preparation: Preparation = USUAL) -> tuple[list[Prepared], ...]:
    """The prepared training and validation sets of a run; teachers have had their say.

    Raises `InputError` where a person, recording or image is in both.
    """
    most = preparation.max_faulty
    train = [
        take_subset(
            take_every(source.read(split, most), config.stride),
            config.subset,
            even=config.even_subset,
        )
        for source in parse_data(config.data, config.rule)
        for split in config.train_splits.split("+")
    ]
    validation = [
        take_half(source.read(config.validation_split, most), config.validation_part)
        for source in parse_data(config.validation or config.data, config.rule)
    ]
    for learned in train:
        for held_out in validation:
            check_leak(learned, held_out)

    def crops(listing: Listing, geometry: Geometry = config.geometry) -> Prepared:
        size, grey = config.crop_size, config.network.luminance
        return prepare(listing, preparation, size=size, grey=grey, geometry=geometry)

    def taught(listing: Listing) -> Prepared:
        prepared = crops(listing)
        # What a face was drawn to show is no opinion that others could better.
        if not config.teachers or DATASETS[listing.name].labels == "rendered":
            return prepared
        return ask_teachers(
            prepared,
            config.teachers,
            config.teaching,
            lambda geometry: crops(listing, geometry),
            config.rule,
        )

    return [taught(one) for one in train], [crops(one) for one in validation]


def initial_weights(backbone: str, wanted: bool) -> str | None:
    """ImageNet weights' name, None where none are wanted.

    Raises `InputError` where torchvision cannot have them.
    """
    if not wanted:
        return None
    from ..model.networks import build_encoder

    try:
        build_encoder(backbone, IMAGENET)
    except (OSError, RuntimeError) as error:
        url = get_model_weights(backbone)[IMAGENET].url
        raise InputError(
            f"ImageNet weights of {backbone} cannot be loaded ({error}): put {url} into "
            f"{Path(torch.hub.get_dir()) / 'checkpoints'}, or begin with others: --imagenet false."
        ) from error
    return IMAGENET


def fit(
    config: RunConfig,
    run: Path,
    preparation: Preparation = USUAL,
    *,
    imagenet: bool = False,
    sets: tuple[list[Prepared], ...] | None = None,
) -> dict[str, float]:
    """Train in the folder `run`, going on from its last saved state where there is one.

    A training image that is also among the validation images, pixel by pixel, is left out. `sets`
    are the run's own (`load_sets`), where a caller has opened them already.

    Returns the last validation's figures. Raises `InputError` when the folder holds a run with
    another configuration.
    """
    _quieten()
    run.mkdir(parents=True, exist_ok=True)
    claim(run, config)
    train_sets, val_sets = sets or load_sets(config, preparation)
    leaked = copies_of([s.digests() for s in train_sets], [s.digests() for s in val_sets])
    position: list[TrainingModule] = []
    world = config.devices * config.nodes
    loader = TrainLoader(
        train_sets,
        config.batch_size,
        seed=config.seed,
        position=lambda: int(position[0].iteration),
        balance=config.balance,
        limit=config.iterations,
        world=world,
        leave_out=leaked,
    )
    validation = EvaluationLoader(val_sets, config.batch_size, world=world)
    epochs = -(-config.iterations // len(loader)) if config.iterations else config.epochs
    total = epochs * len(loader)
    last = run / LAST
    weights = None if last.exists() else initial_weights(config.network.backbone, imagenet)
    module = TrainingModule(config, total, weights)
    position.append(module)
    if config.start and not last.exists():
        _start(module, Path(config.start), train_sets)
    trainer = build_trainer(config, run, epochs)
    # Known only now: Lightning, torchrun and SLURM each name it in a way of their own.
    loader.rank = validation.rank = trainer.global_rank
    if trainer.is_global_zero and leaked.any():
        print(f"{leaked.sum()} training images are left out: they are validation images too")
    busy = f"Another training writes into {run}: wait until it has ended, or name another folder."
    # One process of a run holds its folder; the others belong to it.
    alone = one_at_a_time(run / LOCK, patience=0, refusal=busy)
    with alone if trainer.is_global_zero else nullcontext():
        trainer.fit(
            module,
            train_dataloaders=loader,
            val_dataloaders=validation,
            ckpt_path=str(last) if last.exists() else None,
            weights_only=True,
        )
    finished_before = find_method(config.method).monitor not in trainer.callback_metrics
    if finished_before or (config.validate_every and total % config.validate_every):
        trainer.validate(module, EvaluationLoader(val_sets, config.batch_size), verbose=False)
    return {k: float(v) for k, v in trainer.callback_metrics.items() if k.startswith("val/")}


def _start(module: TrainingModule, path: Path, sets: list[Prepared]) -> None:
    """Begin with the weights of a file, and the moving average with them."""
    total = sum(len(s) for s in sets)
    spread = np.linspace(0, total - 1, min(total, _MEASURED_FACES)).astype(np.int64)
    start_from(module.net, path, gather_batch(sets, spread).faces.float())
    if module.average is not None:
        module.evaluated.load_state_dict(module.net.state_dict())


def build_trainer(config: RunConfig, run: Path, epochs: int) -> pl.Trainer:
    """The Lightning trainer of a run.

    Several processes: heads and losses see the global batch (`engine.joined`). An encoder with
    batch normalisation (ResNets) needs its statistics joined besides, which PyTorch can do on GPUs
    alone; on CPUs each process normalises its own part.
    """
    monitor = find_method(config.method).monitor
    several = config.devices * config.nodes > 1
    on_cpu = config.accelerator == "cpu" or not torch.cuda.is_available()
    callbacks: list[pl.Callback] = [
        ModelCheckpoint(
            run / BEST,
            filename=checkpoint_name(monitor),
            auto_insert_metric_name=False,
            monitor=monitor,
            mode="max",
            save_top_k=config.keep,
            save_weights_only=True,
            # Before the state to resume from is saved: a kill in between costs no epoch's best.
            save_on_train_epoch_end=False,
            enable_version_counter=False,
        ),
        ResumePoint(run, config.checkpoint_every, config.optim.accumulate),
        EpochLine(),
    ]
    if config.patience > 0:
        callbacks.append(EarlyStopping(monitor, mode="max", patience=config.patience))
    interactive = os.isatty(1)
    if interactive:
        callbacks.append(RichProgressBar())
    return pl.Trainer(
        accelerator=config.accelerator,
        devices=config.devices,
        num_nodes=config.nodes,
        # A method may leave heads unused, and an adversary's step uses nothing but the adversary.
        strategy="ddp_find_unused_parameters_true" if several else "auto",
        sync_batchnorm=several and not on_cpu,
        precision=choose_precision(config.precision, on_cpu),
        max_epochs=epochs,
        # An interval in iterations is one across epochs.
        val_check_interval=config.validate_every or None,
        check_val_every_n_epoch=None if config.validate_every else 1,
        num_sanity_val_steps=0,
        log_every_n_steps=LOG_EVERY,
        logger=_loggers(run),
        callbacks=callbacks,
        enable_progress_bar=interactive,
        enable_model_summary=False,
        use_distributed_sampler=False,
        default_root_dir=run,
    )


def _loggers(run: Path) -> list[Logger]:
    """A table of its own for each time that the run is taken up, and TensorBoard's log."""
    part = len(list(run.glob("csv-*")))
    return [
        CSVLogger(run, name="", version=f"csv-{part}"),
        TensorBoardLogger(run, name="", version="tensorboard"),
    ]


def _quieten() -> None:
    """Leave out what Lightning says of its own workings, which is no news to a user of ours."""
    for name in ("pytorch_lightning", "lightning_fabric", "lightning.pytorch"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for text in (".*treespec.*", ".*smaller than the logging interval.*", ".*is not empty.*"):
        warnings.filterwarnings("ignore", message=text)

"""The training step as a Lightning module: one forward pass, one set of losses, exact resume."""

from __future__ import annotations

import warnings
from typing import Any, cast

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn

from ..model.errors import InputError
from ..model.gather import gather_rows
from ..model.networks import AVCENet, Output
from .augment import augment
from .config import RunConfig
from .loader import Batch
from .methods import build_method
from .methods.base import Term, total_of
from .optimisation import build_optimisers, moving_average, rate_factor
from .watching import complaints, gradient_lengths, is_watched, latent_state, shares

_SEED_STRIDE = 1_000_003


class TrainingModule(pl.LightningModule):
    """Trains an `AVCENet` with a `Method`.

    Everything random in iteration k is seeded from (seed, rank, k), so no generator state has to
    be saved: a run that goes on from a checkpoint is the run that was never stopped.

    Args:
        config: the run.
        total: iterations that the learning-rate schedule spans.
        weights: torchvision weights name for the encoder's start, None for a random one.
    """

    iteration: Tensor

    def __init__(self, config: RunConfig, total: int, weights: str | None = None) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.config = config
        self.total = total
        torch.manual_seed(config.seed)
        self.net = AVCENet(config.network, weights).to(memory_format=torch.channels_last)
        self.method = build_method(config.method, config.settings, self.net)
        if config.batch_size * config.devices * config.nodes < self.method.least_batch:
            raise InputError(
                f"--batch-size must be at least {self.method.least_batch} for {config.method}, "
                f"not {config.batch_size}: its groups of faces would be too small."
            )
        if self.method.steps_twice and config.optim.accumulate > 1:
            raise InputError(
                "--regulariser-step second takes a step after each batch: leave "
                "--optim.accumulate at 1."
            )
        self.kept = kept_layers(self.net, config.frozen)
        for layer in self.kept:
            layer.requires_grad_(False)
        decay = config.optim.ema
        self.average = moving_average(self.net, decay) if decay > 0 else None
        self.register_buffer("iteration", torch.zeros((), dtype=torch.int64))
        self._predictions: list[Tensor] = []
        self._labels: list[Tensor] = []
        self._told: set[str] = set()

    def train(self, mode: bool = True) -> TrainingModule:
        super().train(mode)
        # Else their normalisation would follow the batches.
        for layer in self.kept:
            layer.eval()
        return self

    @property
    def evaluated(self) -> AVCENet:
        """The network that is evaluated and exported: the moving average where there is one."""
        # AveragedModel says only that it holds a Module.
        return cast(AVCENet, self.average.module) if self.average is not None else self.net

    def configure_optimizers(self) -> list[torch.optim.Optimizer]:
        optimisers = build_optimisers(self.net, list(self.method.adversary()), self.config.optim)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["initial_lr"] = group["lr"]
        return optimisers

    def _optimisers(self) -> list[Any]:
        found = self.optimizers()
        return list(found) if isinstance(found, (list, tuple)) else [found]

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int):
        return batch.to(device)

    def training_step(self, batch: Batch, batch_idx: int) -> None:
        done = int(self.iteration)
        seed = (self.config.seed * 7919 + self.global_rank) * _SEED_STRIDE + done
        torch.manual_seed(seed)
        generator = torch.Generator().manual_seed(seed)
        self.net.preprocess.size = self._working_size(done)
        if self.config.settings.consistency > 0:
            batch = batch.doubled()
        faces = augment(batch.faces, self.config.augment, generator)
        faces = faces.to(memory_format=torch.channels_last)
        own, (output, batch) = batch, joined(self.net, faces, batch)
        accumulate = self.config.optim.accumulate
        step_now = (done + 1) % accumulate == 0
        optimisers = self._optimisers()
        factor = rate_factor(self.config.optim, done, self.total)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = group["initial_lr"] * factor
        if any(True for _ in self.method.adversary()):
            self._adversary_step(batch, output, optimisers.pop(), accumulate, step_now)
        terms = self.method.terms(self.net, batch, output)
        total = total_of(terms)
        watched = is_watched(done)
        lengths = gradient_lengths(terms, self.net.encoder.parameters()) if watched else {}
        state = latent_state(output.z) if watched else {}
        self.manual_backward(total / accumulate)
        if step_now:
            self._step(optimisers)
        if self.method.steps_twice:
            output, batch = joined(self.net, faces, own)
            second = self.method.second_terms(self.net, output)
            if watched:
                lengths |= gradient_lengths(second, self.net.encoder.parameters())
            self.manual_backward(total_of(second))
            self._step(optimisers)
            terms |= second
        if step_now and self.average is not None:
            self.average.update_parameters(self.net)
        self.iteration += 1
        self._log_terms(terms, total, len(batch))
        if watched:
            self._watch(state, shares(lengths))

    def record(self, values: dict[str, float]) -> None:
        """Log values of this iteration alone: what `log_dict` is given is repeated in each row
        until the epoch ends."""
        step = int(self.iteration) - 1
        for logger in self.loggers:
            logger.log_metrics({**values, "epoch": self.current_epoch}, step)

    def _watch(self, state: dict[str, float], share: dict[str, float]) -> None:
        values = {f"latent/{name}": value for name, value in state.items()}
        values |= {f"share/{name}": value for name, value in share.items()}
        self.record(values)
        for name, text in complaints(state, self.net.config.latent, share).items():
            if name not in self._told and self.global_rank == 0:
                self._told.add(name)
                warnings.warn(f"iteration {int(self.iteration)}: {text}", stacklevel=2)

    def _step(self, optimisers: list[Any]) -> None:
        if self.config.optim.clip > 0:
            torch.nn.utils.clip_grad_norm_(self.net.parameters(), self.config.optim.clip)
        for optimiser in optimisers:
            optimiser.step()
            optimiser.zero_grad()

    def _log_terms(self, terms: dict[str, Term], total: Tensor, count: int) -> None:
        values = {f"train/{name}": term.value.detach() for name, term in terms.items()}
        self.log_dict({**values, "train/total": total.detach()}, batch_size=count)
        self.log("train/loss", total.detach(), prog_bar=True, logger=False, batch_size=count)

    def _working_size(self, iteration: int) -> int:
        small = self.config.small_size
        early = iteration < self.config.small_share * self.total
        return small if small and early else self.config.network.input_size

    def _adversary_step(
        self, batch: Batch, output: Output, optimiser: Any, accumulate: int, step_now: bool
    ) -> None:
        losses = self.method.adversary_losses(batch, output)
        self.manual_backward(losses["total"] / accumulate)
        if step_now:
            optimiser.step()
            optimiser.zero_grad()
            self.method.adversary_stepped()
        self.log_dict(
            {f"train/adversary_{name}": value.detach() for name, value in losses.items()},
            batch_size=len(batch),
        )

    def on_train_epoch_start(self) -> None:
        # Dropout and normalisation of the average stay in evaluation mode throughout.
        if self.average is not None:
            self.average.eval()

    def on_validation_epoch_start(self) -> None:
        self._predictions.clear()
        self._labels.clear()

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        faces = batch.faces.float().to(memory_format=torch.channels_last)
        self._predictions.append(self.method.predict(self.evaluated, faces).float())
        self._labels.append(self.method.labels(batch))

    def on_validation_epoch_end(self) -> None:
        prediction = _of_all_processes(self, torch.cat(self._predictions))
        labels = _of_all_processes(self, torch.cat(self._labels))
        values = self.method.scores(prediction, labels)
        self.log_dict(values, rank_zero_only=False, sync_dist=False)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["avce"] = {"format": 1, "config": self.config.as_dict(), "total": self.total}


def kept_layers(net: AVCENet, last: str) -> list[nn.Module]:
    """The encoder's layers up to the one named `last`; none for "".

    Raises `InputError` where there is no such layer.
    """
    names = [name for name, _ in net.encoder.named_children()]
    if not last:
        return []
    if last not in names:
        raise InputError(
            f"--frozen names no layer of {net.config.backbone}: choose one of {', '.join(names)}."
        )
    return [layer for _, layer in net.encoder.named_children()][: names.index(last) + 1]


def joined(net: AVCENet, faces: Tensor, batch: Batch) -> tuple[Output, Batch]:
    """One forward pass of this process's faces; from the latent on, the rows of all processes.

    Every loss, and the batch normalisation of every head, sees the global batch, as one process
    would with all of it (`model.gather` says why the gradients are right). The feature maps and
    the faces, which are large and which no loss compares, stay this process's own.

    The encoder's own batch normalisation (ResNets) is not joined here: `fit.build_trainer` turns
    on its synchronisation where that exists, which is on GPUs.
    """
    features, z = net.encode(faces)
    emotion = batch.emotion.float()
    z, target, votes, emotion = gather_rows(z.float(), batch.target, batch.votes, emotion)
    return net.read_out(features, z), Batch(batch.faces, target, votes, emotion.long())


def _of_all_processes(module: pl.LightningModule, rows: Tensor) -> np.ndarray:
    """Rows of all processes [sum N, ...], whose counts may differ."""
    if module.trainer.world_size > 1:
        parts: list[Any] = [None] * module.trainer.world_size
        torch.distributed.all_gather_object(parts, rows.cpu())
        rows = torch.cat(parts)
    return rows.cpu().numpy()

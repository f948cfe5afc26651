"""The folder of a run: its configuration, the state to resume from, its best checkpoints."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

from ..model.errors import InputError
from .config import RunConfig

LAST, LOCK = "last.ckpt", ".run.lock"
BEST = "best"


def claim(run: Path, config: RunConfig) -> None:
    """Write the configuration, or refuse a folder that belongs to another one."""
    path = run / "config.json"
    text = json.dumps(config.as_dict(), indent=1)
    there = path.read_text(encoding="utf-8") if path.exists() else ""
    if there == text:
        return
    if there and (run / LAST).exists():
        raise InputError(
            f"{run} holds a run with another configuration (config.json differs): "
            "give the same options to resume it, or another folder."
        )
    # Every process of a run does this: none may read what another has half written.
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)


def checkpoint_name(monitor: str) -> str:
    """The pattern of the names that `best_checkpoint` understands: epoch and monitored figure."""
    return f"{{epoch:03d}}-{{{monitor}:.4f}}"


def best_checkpoint(run: Path) -> Path:
    """The checkpoint with the highest monitored figure (mean validation CCC) of a run.

    Raises `InputError` where there is none, or one whose name does not end in its figure.
    """
    found = {path: _figure(path) for path in sorted((run / BEST).glob("*.ckpt"))}
    if not found:
        raise InputError(f"{run} holds no finished epoch yet: {run / BEST} has no checkpoint.")
    return max(found, key=lambda path: found[path])


def _figure(path: Path) -> float:
    epoch, _, figure = path.stem.partition("-")
    try:
        int(epoch)
        value = float(figure)
    except ValueError as error:
        raise InputError(
            f"{path} is not named as avce-train names its checkpoints (EPOCH-FIGURE.ckpt, as in "
            "003-0.5123.ckpt): move it elsewhere, or name the checkpoint that is meant."
        ) from error
    return -math.inf if math.isnan(value) else value

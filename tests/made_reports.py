"""Runs as avce-train leaves them, with an untrained network, for the tests of reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from made_data import write_image

from avce.model.network_config import NetworkConfig
from avce.model.networks import AVCENet
from avce.train.config import RunConfig
from avce.train.method_config import MethodConfig

FRAMES = 12


def write_videos(root: Path, names: tuple[str, ...] = ("calm", "lively"), first: int = 1) -> Path:
    """Aff-Wild2 with one validation video a name; each name's labels vary more than the last's.

    Valence peaks at frame 3 (counted from 0) and falls lowest at frame 8; arousal is constant.
    """
    for number, name in enumerate(names):
        height = 0.8 * (number + 1) / len(names)
        valence = np.zeros(FRAMES)
        valence[3], valence[8] = height, -0.9 * height
        table = root / "VA_Estimation_Challenge" / "Validation_Set" / f"{name}.txt"
        table.parent.mkdir(parents=True, exist_ok=True)
        rows = "".join(f"{v:.2f},0.10\n" for v in valence)
        table.write_text("valence,arousal\n" + rows)
        for frame in range(FRAMES):
            path = root / "cropped_aligned" / name / f"{frame + 1:05d}.jpg"
            write_image(path, seed=first + 100 * number + frame)
    return root


def write_run(
    folder: Path, data: str, method: str = "avce", *, outputs: int = 2, seed: int = 0
) -> Path:
    """A finished run of two epochs on `data`, whose best checkpoint is that of the first."""
    network = NetworkConfig("alexnet", outputs, input_size=64, dropout=0)
    config = RunConfig(
        data, method=method, crop_size=64, network=network, settings=MethodConfig(), seed=seed
    )
    torch.manual_seed(seed)
    net = AVCENet(network)
    last = [part for part in net.regressor.modules() if isinstance(part, torch.nn.Linear)][-1]
    # Without training it answers with the ends of the range.
    last.weight.data *= 0.05
    state = {f"net.{name}": value for name, value in net.state_dict().items()}
    best = folder / "best" / "000-0.5000.ckpt"
    best.parent.mkdir(parents=True)
    own = {"format": 1, "config": config.as_dict(), "total": 40}
    torch.save({"avce": own, "state_dict": state}, best)
    (folder / "config.json").write_text(json.dumps(config.as_dict()))
    figures = ("accuracy", "mean_recall") if outputs > 2 else ("ccc_valence", "ccc_arousal")
    more = () if outputs > 2 else ("rmse_valence", "rmse_arousal")
    rows: list[dict[str, float]] = []
    for step in range(4, 40, 5):
        losses = {"train/total": 3 - step / 20, "train/contrast": 1.0, "train/supervised": 2.0}
        rows.append({"epoch": step // 20, "step": step} | losses)
    for epoch in (0, 1):
        values = {f"val/{name}": 0.5 - 0.1 * epoch for name in (*figures, *more)}
        rows.append({"epoch": epoch, "step": 20 * epoch + 19} | values)
    write_log(folder, 0, rows)
    return folder


def write_log(folder: Path, part: int, rows: list[Mapping[str, float]] | list[dict]) -> Path:
    """A `metrics.csv` as the logger writes it: a column a name, empty where a row has none."""
    names = sorted({name for row in rows for name in row})
    lines = [",".join(names)]
    lines += [",".join(str(row.get(name, "")) for name in names) for row in rows]
    table = folder / f"csv-{part}" / "metrics.csv"
    table.parent.mkdir(parents=True)
    table.write_text("\n".join(lines) + "\n")
    return table

"""The published numbers (AVCE supplement, Tables 1-5; SAGR from the poster) and the nearest row.

`figures` holds a metric's valence and arousal, as `model.metrics` names them; what the paper does
not state is not there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ..config import RunConfig
from ..datasets import DATASETS

Pair = tuple[float, float]

METHOD_TITLES = {
    "baseline": "Baseline",
    "caf": "CAF",
    "avce": "AVCE",
    "avce-no-contrast": "AVCE without L_AVCE",
    "infonce": "InfoNCE",
    "barlow-twins": "Barlow Twins",
    "avce-discrete": "AVCE-discrete",
}
BACKBONE_TITLES = {
    "alexnet": "AlexNet",
    "resnet18": "ResNet18",
    "resnet50": "ResNet50",
    "resnet101": "ResNet101",
}


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One row of the paper: what was trained on which data, and its figures.

    `backbone` is "" where the paper does not name it; `accuracy` is a share, for classes.
    """

    source: str
    data: str
    method: str
    backbone: str
    figures: dict[str, Pair] = field(default_factory=dict)
    mining: str = "none"
    accuracy: float | None = None

    @property
    def title(self) -> str:
        """The row's name, as in "AVCE (AlexNet)"."""
        return run_title(self.method, self.backbone, self.mining)


def run_title(method: str, backbone: str, mining: str = "none") -> str:
    """Method and backbone in the paper's words."""
    mined = "" if mining == "none" else f" + {mining} negatives"
    name, network = METHOD_TITLES.get(method, method), BACKBONE_TITLES.get(backbone, backbone)
    return f"{name}{mined} ({network})" if network else f"{name}{mined}"


def _affectnet(method: str, backbone: str, rmse: Pair, pcc: Pair, ccc: Pair) -> PaperRow:
    figures = {"rmse": rmse, "pcc": pcc, "ccc": ccc}
    return PaperRow("Table 1", "affectnet", method, backbone, figures)


def _mined(method: str, mining: str, ccc: Pair) -> PaperRow:
    return PaperRow("Table 2", "aff-wild", method, "alexnet", {"ccc": ccc}, mining)


def _backbone(backbone: str, pcc: Pair, ccc: Pair) -> PaperRow:
    return PaperRow("Table 4", "aff-wild", "avce", backbone, {"pcc": pcc, "ccc": ccc})


def _ablation(method: str, **figures: Pair) -> PaperRow:
    source = "Table 5 and the poster" if "sagr" in figures else "Table 5"
    return PaperRow(source, "aff-wild", method, "alexnet", figures)


ROWS: tuple[PaperRow, ...] = (
    _affectnet("baseline", "alexnet", (0.37, 0.41), (0.66, 0.54), (0.60, 0.34)),
    _affectnet("caf", "resnet18", (0.219, 0.187), (0.86, 0.85), (0.83, 0.84)),
    _affectnet("caf", "alexnet", (0.222, 0.192), (0.81, 0.86), (0.80, 0.85)),
    _affectnet("avce", "resnet18", (0.191, 0.174), (0.903, 0.848), (0.865, 0.840)),
    _affectnet("avce", "alexnet", (0.198, 0.180), (0.908, 0.832), (0.860, 0.826)),
    _mined("infonce", "none", (0.637, 0.546)),
    _mined("infonce", "debiased", (0.631, 0.552)),
    _mined("infonce", "hard", (0.646, 0.577)),
    _mined("barlow-twins", "none", (0.653, 0.566)),
    _mined("barlow-twins", "debiased", (0.626, 0.564)),
    _mined("barlow-twins", "hard", (0.660, 0.606)),
    _mined("avce", "debiased", (0.686, 0.617)),
    _mined("avce", "hard", (0.691, 0.592)),
    PaperRow("Table 3", "raf-db", "avce-discrete", "", accuracy=0.8470),
    _backbone("resnet18", (0.600, 0.621), (0.552, 0.583)),
    _backbone("resnet50", (0.621, 0.609), (0.562, 0.553)),
    _backbone("resnet101", (0.610, 0.632), (0.581, 0.580)),
    _ablation(
        "avce",
        rmse=(0.154, 0.154),
        sagr=(0.849, 0.795),
        pcc=(0.713, 0.632),
        ccc=(0.682, 0.594),
    ),
    _ablation("avce-no-contrast", rmse=(0.206, 0.181), pcc=(0.520, 0.574), ccc=(0.476, 0.523)),
)


def nearest_row(config: RunConfig, data: str, *, videos: bool) -> PaperRow | None:
    """The paper's row for a run, or the nearest of the same method; None where it has none.

    The mining of negatives counts first, as it is part of the method; then the data set (the same,
    or another of the same kind: stills or videos), then the backbone.

    Args:
        config: the run.
        data: name of the data set that it is measured on.
        videos: whether those are frames of videos.
    """

    def distance(row: PaperRow) -> tuple[bool, int, bool]:
        same_kind = DATASETS[row.data].videos == videos
        data_distance = 0 if row.data == data else 1 if same_kind else 2
        same_mining = row.mining == config.settings.mining
        return not same_mining, data_distance, row.backbone != config.network.backbone

    rows = [row for row in ROWS if row.method == config.method]
    return min(rows, key=distance, default=None)


def differences(row: PaperRow, config: RunConfig, data: str) -> list[str]:
    """In what a row is not about what the run is: nothing where they can be compared."""
    found = []
    if row.data != data:
        found.append("another data set")
    if row.backbone not in ("", config.network.backbone):
        found.append("another backbone")
    if row.mining != config.settings.mining:
        found.append("another choice of negatives")
    return found

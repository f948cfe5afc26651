"""The report of a run: its best checkpoint measured once on a split, in tables and figures."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ...model.errors import InputError, option
from ...model.version import __version__
from ..crops.preparation import USUAL, Preparation
from ..crops.prepare import Prepared
from ..datasets import DATASETS, parse_data, proxy_note
from ..figures.maps import choose_faces
from ..figures.video import choose_videos
from .estimates import Labels, Run, estimate, open_run, open_sets, read_labels
from .learning import read_learning
from .paper import nearest_row, run_title
from .report_numbers import (
    Row,
    Table,
    check_classes,
    class_row,
    class_table,
    data_notes,
    emotion_table,
    metric_row,
    metric_table,
    paper_row,
    recall_table,
)
from .report_page import Content, write_page
from .report_sections import Material, sections

MOST_FACES, MOST_VIDEOS = 24, 24
PRIVACY = (
    "This page shows faces of the data set. Share it only as the data's terms and the people in "
    "the images allow; --show-faces false makes it without them."
)


@dataclass(frozen=True)
class ReportSettings:
    """What to report.

    Args:
        run: folder of the run.
        data: `NAME:PATH`, the run's own validation data if empty.
        split: which split of it.
        out: folder to write to, `RUN/report` if None.
        against: runs to set beside it.
        faces: how many faces the grids of maps show.
        videos: how many videos are followed frame by frame.
        show_faces: whether the images are shown under their maps.
        preparation: how faces are found and cropped.
    """

    run: Path
    data: str = ""
    split: str = "val"
    out: Path | None = None
    against: tuple[Path, ...] = ()
    faces: int = 8
    videos: int = 3
    show_faces: bool = True
    preparation: Preparation = USUAL

    def __post_init__(self) -> None:
        for name, most in (("faces", MOST_FACES), ("videos", MOST_VIDEOS)):
            if not 0 <= getattr(self, name) <= most:
                raise InputError(f"{option(name)} must be 0 to {most}, not {getattr(self, name)}.")
        folders = [folder.resolve() for folder in (self.run, *self.against)]
        if len(set(folders)) < len(folders):
            raise InputError("Each run can stand in a report once: a folder is named twice.")

    @property
    def folder(self) -> Path:
        """Where the report is written."""
        return self.out or self.run / "report"

    def command(self) -> str:
        """The command line that makes this report again."""
        words = ["avce-train", "report", str(self.run)]
        own = ("data", "split", "out", "faces", "videos")
        cropping = tuple(f.name for f in fields(Preparation))
        parts = ((self, ReportSettings(self.run), own), (self.preparation, USUAL, cropping))
        for chosen, plain, names in parts:
            for name in names:
                if getattr(chosen, name) != getattr(plain, name):
                    words += [option(name), str(getattr(chosen, name))]
        words += [word for folder in self.against for word in ("--against", str(folder))]
        words += [] if self.show_faces else ["--show-faces", "false"]
        return shlex.join(words)


def write_report(settings: ReportSettings) -> Path:
    """Measure the run and those beside it, draw everything, and return the page's path."""
    if settings.folder.exists() and not settings.folder.is_dir():
        raise InputError(f"{settings.folder} is a file: give --out a folder.")
    runs = [open_run(folder) for folder in (settings.run, *settings.against)]
    _check_kinds(runs)
    config = runs[0].config
    data = settings.data or config.validation or config.data
    sets = [open_sets(run.config, data, settings.split, settings.preparation) for run in runs]
    labels = read_labels(sets[0])
    for run, own in zip(runs[1:], sets[1:], strict=True):
        _check_same(run, read_labels(own), labels)
    discrete = runs[0].discrete
    faces = choose_faces(labels.target, labels.found, 0 if discrete else settings.faces)
    videos = 0 if discrete else settings.videos
    shown_videos = choose_videos(labels.video, labels.frame, labels.target, videos)
    keep = [*faces.tolist(), *(peak.row for video in shown_videos for peak in video.peaks)]
    estimates = [estimate(run, own, keep) for run, own in zip(runs, sets, strict=True)]
    if discrete:
        for one in estimates:
            check_classes(one, labels)
    sources = [source.name for source in parse_data(data)]
    names = _names(runs)
    material = Material(
        runs=runs,
        sets=sets[0],
        names=names,
        estimates=estimates,
        labels=labels,
        faces=faces,
        shown_videos=shown_videos,
        learning=read_learning(settings.run),
        proxy=bool(proxy_note(sources, config.rule)),
        show_faces=settings.show_faces,
    )
    title = " + ".join(DATASETS[name].title for name in sources)
    content = Content(
        title=f"{names[0]} on {title}",
        subtitle=f"Split {settings.split}: {len(labels)} faces. Run {settings.run.resolve().name}, "
        f"checkpoint {runs[0].checkpoint.name}.",
        privacy=PRIVACY if settings.show_faces else "",
        tables=_tables(material, sources),
        notes=data_notes(sources, labels, config.rule),
        sections=sections(material),
        facts=_facts(material, sets[0], data, settings.split),
        command=settings.command(),
    )
    return write_page(content, settings.folder)


def _check_kinds(runs: Sequence[Run]) -> None:
    for run in runs[1:]:
        if run.config.network.outputs != runs[0].config.network.outputs:
            raise InputError(
                f"{run.folder} has {run.config.network.outputs} outputs and {runs[0].folder} "
                f"{runs[0].config.network.outputs}: only runs of one kind stand side by side."
            )


def _check_same(run: Run, own: Labels, labels: Labels) -> None:
    if own.names != labels.names or not np.array_equal(own.target, labels.target):
        raise InputError(
            f"{run.folder} sees other faces of this split than the reported run: its crops were "
            "made from other files, so make them again with avce-train prepare."
        )


def _names(runs: Sequence[Run]) -> list[str]:
    """Method and backbone, and the folder's name where that alone does not tell runs apart."""
    titles = [
        run_title(run.config.method, run.config.network.backbone, run.config.settings.mining)
        for run in runs
    ]
    return [
        title if titles.count(title) == 1 else f"{title}, {run.folder.resolve().name}"
        for title, run in zip(titles, runs, strict=True)
    ]


def _tables(material: Material, sources: Sequence[str]) -> list[Table]:
    labels, run = material.labels, material.runs[0]
    one_row = class_row if run.discrete else metric_row
    rows: list[Row] = []
    for number, (name, estimates) in enumerate(
        zip(material.names, material.estimates, strict=True)
    ):
        rows.append(one_row(name, "this run" if number == 0 else "", estimates, labels))
    data = sources[0] if len(sources) == 1 else ""
    published = nearest_row(run.config, data, videos=any(labels.video))
    if published is not None:
        rows.append(paper_row(published, run.config, data))
    if run.discrete:
        return [class_table(rows), recall_table(material.estimates[0], labels)]
    by_label = emotion_table(material.estimates[0], labels)
    return [metric_table(rows), *([by_label] if by_label else [])]


def _facts(
    material: Material, sets: Sequence[Prepared], data: str, split: str
) -> list[tuple[str, str]]:
    run, labels = material.runs[0], material.labels
    config = run.config
    colours = "luminance" if config.network.luminance else "colour"
    digest = hashlib.sha256(run.checkpoint.read_bytes()).hexdigest()
    facts = [
        ("Run", str(run.folder)),
        ("Checkpoint", f"{run.checkpoint.name}, SHA-256 {digest}"),
        ("Network", f"{config.network.backbone}, {run.parameters / 1e6:.2f} M parameters, works at "
                    f"{config.network.input_size} px"),
        ("Trained on", config.data),
        ("Measured on", f"{data}, split {split}: {len(labels)} crops of {config.crop_size} px in "
                        f"{colours}; the face finder saw a face in {labels.found.mean():.1%}, the "
                        "others were taken whole or by the data set's box"),
    ]  # fmt: skip
    facts += [
        (f"Beside it: {name}", f"{other.folder}, {other.checkpoint.name}")
        for name, other in zip(material.names[1:], material.runs[1:], strict=True)
    ]
    return [
        *facts,
        ("Made", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC by avce-train {__version__} with"),
    ]

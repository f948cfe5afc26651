"""The sections of a report: which figures it has, and what is said about each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...model.metrics import AXES
from ..classes import confuse
from ..crops.prepare import Prepared
from ..figures.calibration import calibrate, draw_calibration
from ..figures.confusion import draw_confusion
from ..figures.curves import (
    TOTAL,
    draw_class_validation,
    draw_losses,
    draw_validation,
    loss_parts,
)
from ..figures.latent import draw_by_class, draw_by_value, draw_faces, embed, spread_faces
from ..figures.maps import MapRow, draw_grid
from ..figures.plane import draw_count, draw_error, plane_error
from ..figures.style import Drawing, Style, digits
from ..figures.video import LEAST_FRAMES, LabelledVideo, draw_video
from .estimates import Estimates, Labels, Run, images_of
from .learning import Learning


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All that a report is made from.

    `runs` and `estimates` begin with the reported run; the others stand beside it. `names` tell
    them apart, `sets` are the crops that the first one saw. `faces` and `shown_videos` were chosen
    by the labels; `images` is None where no face is to be shown.
    """

    runs: Sequence[Run]
    sets: Sequence[Prepared]
    names: Sequence[str]
    estimates: Sequence[Estimates]
    labels: Labels
    faces: NDArray[np.int64]
    shown_videos: Sequence[LabelledVideo]
    learning: Learning
    proxy: bool
    show_faces: bool

    @property
    def images(self) -> dict[int, NDArray[np.uint8]] | None:
        return self.estimates[0].images if self.show_faces else None

    @property
    def map_rows(self) -> list[MapRow]:
        return [
            MapRow(name, one.maps, one.answers)
            for name, one in zip(self.names, self.estimates, strict=True)
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """A heading, what its figures mean, and the figures; `key` is its place in the page."""

    key: str
    title: str
    text: tuple[str, ...]
    drawings: tuple[Drawing, ...] = field(default=())


def video_section(material: Material) -> Section:
    """Fig. 2: valence and arousal frame by frame, with maps at the peaks of the labels."""
    title = "Frame by frame"
    if not material.shown_videos:
        text = (
            "This split has no video of at least "
            f"{LEAST_FRAMES} labelled frames, so there is nothing to follow over time.",
        )
        return Section("video", title, text)
    text = (
        "Estimates against labels in the videos whose labels vary most. Numbered marks are frames "
        "at which a label stands out from its surroundings (the labels alone choose them); below, "
        "what pushed the estimate away from neutral there, with the estimate under it.",
    )
    drawings = tuple(
        Drawing(
            f"video-{number + 1}",
            f"Video {video.name}: valence and arousal of {len(video.rows)} frames, label and "
            f"estimates of {_listed(material.names)}, and activation maps at "
            f"{len(video.peaks)} peaks.",
            partial(_draw_video, video, material),
            wide=True,
            caption=f"Video {video.name}, {len(video.rows)} labelled frames.",
        )
        for number, video in enumerate(material.shown_videos)
    )
    return Section("video", title, text, drawings)


def _draw_video(video: LabelledVideo, material: Material, style: Style) -> Figure:
    return draw_video(video, material.map_rows, material.images, material.labels.target, style)


def map_section(material: Material) -> Section:
    """Figs. 3 and 4: the maps of both axes."""
    text = [
        "Grad-CAM of what pushes the estimate away from neutral, at the encoder's last feature "
        "maps, each scaled to its own maximum; the number under a map is the estimate. The faces "
        "were chosen by their labels alone, spread over the plane, and not by how good a map is.",
        "A map says which regions the estimate hangs on, not that they are the right ones.",
    ]
    if not material.show_faces:
        text.append("The images are left out (--show-faces false): a map covers the face crop.")
    rows, target = material.map_rows, material.labels.target
    drawings = tuple(
        Drawing(
            f"maps-{axis}",
            f"Activation maps of {axis} on {len(material.faces)} faces by "
            f"{_listed(material.names)}, in the order of their label.",
            partial(draw_grid, axis, material.faces.tolist(), rows, material.images, target),
            wide=True,
            caption=f"{axis.capitalize()}.",
        )
        for axis in AXES
    )
    return Section("maps", "Activation maps", tuple(text), drawings if len(material.faces) else ())


def latent_section(material: Material) -> Section:
    """Fig. 5: t-SNE of z."""
    title, labels = "The latent z", material.labels
    embedding = embed(material.estimates[0].z)
    if embedding is None:
        nothing = "z takes fewer than three different values here, so there is nothing to lay out."
        return Section("latent", title, (nothing,))
    some = (
        ""
        if len(embedding.rows) == len(labels)
        else f" {len(embedding.rows)} faces drawn at random."
    )
    text: tuple[str, ...] = (
        "t-SNE of the 32 features before the regressor, coloured by label." + some,
        "Neighbours in the figure are neighbours in z. Distances between clusters, their sizes "
        "and the directions mean nothing.",
    )
    drawings: list[Drawing] = []
    if not material.runs[0].discrete:
        drawings += [
            Drawing(
                f"latent-{axis}",
                f"t-SNE of z of {len(embedding.rows)} faces, coloured by the label of {axis}.",
                partial(draw_by_value, embedding, labels.target[:, number], axis),
            )
            for number, axis in enumerate(AXES)
        ]
    if (labels.emotion[embedding.rows] >= 0).any():
        drawings.append(
            Drawing(
                "latent-class",
                f"t-SNE of z of {len(embedding.rows)} faces, coloured by emotion class.",
                partial(draw_by_class, embedding, labels.emotion),
            )
        )
    else:
        text += ("The data name no emotion classes, so there is no figure by class.",)
    if material.show_faces:
        places = spread_faces(embedding)
        drawings.append(
            Drawing(
                "latent-faces",
                f"{len(places)} faces where t-SNE puts their z.",
                partial(draw_faces, embedding, places, images_of(material.sets, list(places))),
                wide=True,
                caption="One face for each part of the plane: the one nearest its middle.",
            )
        )
    return Section("latent", title, text, tuple(drawings))


def plane_section(material: Material) -> Section:
    """The error over the plane."""
    labels = material.labels
    values = plane_error(material.estimates[0].answers, labels.target)
    anchors = material.runs[0].config.rule.positions if material.proxy else {}
    drawings = [
        Drawing(
            f"error-{axis}",
            f"Mean absolute error of {axis} in cells of the plane of labelled valence and arousal.",
            partial(draw_error, values, axis, anchors),
        )
        for axis in AXES
    ]
    alt = "Number of faces in cells of the plane of labelled valence and arousal."
    drawings.append(Drawing("error-count", alt, partial(draw_count, values, anchors)))
    filled = int((values.count > 0).sum())
    few = int(((values.count > 0) & (values.count < 10)).sum())
    text = (
        "Mean absolute error by where the label lies. An empty cell contains no face; "
        f"{few} of the {filled} others hold fewer than ten, whose error says little.",
    )
    return Section("plane", "Error over the plane", text, tuple(drawings))


def calibration_section(material: Material) -> Section:
    """Calibration of both axes."""
    drawings, words = [], []
    for number, axis in enumerate(AXES):
        values = calibrate(
            material.estimates[0].answers[:, number], material.labels.target[:, number]
        )
        slope = "is not defined, as every estimate is the same"
        if np.isfinite(values.slope):
            slope = f"is {digits(values.slope, 'z.2f')}"
        words.append(f"the slope of {axis} {slope}")
        drawings.append(
            Drawing(
                f"calibration-{axis}",
                f"Mean label against mean estimate of {axis} in ten bins, and how many faces each "
                f"bin has; {words[-1]}.",
                partial(draw_calibration, values, axis),
            )
        )
    text = (
        "What the labels are on average where the estimate says a certain value. On the dashed "
        "line the estimate can be taken as it is. A slope above 1 means that estimates keep too "
        f"close to their mean, below 1 that they go too far: {'; '.join(words)}.",
    )
    return Section("calibration", "Calibration", text, tuple(drawings))


def confusion_section(material: Material) -> Section:
    """The confusion matrix in place of the sections about valence and arousal."""
    confusion = confuse(material.estimates[0].answers, material.labels.emotion)
    text = (
        "Each row is a label, each column an answer; a cell holds the share of the row and the "
        "number of faces. This run answers with emotion classes, so valence and arousal, their "
        "maps, error and calibration have no place here.",
    )
    alt = f"Confusion matrix of {int(confusion.count.sum())} faces."
    drawing = Drawing("confusion", alt, partial(draw_confusion, confusion), wide=True)
    return Section("confusion", "Confusion matrix", text, (drawing,))


def learning_section(material: Material) -> Section:
    """The learning curves."""
    learning, title = material.learning, "Learning curves"
    if not learning.curves:
        return Section("learning", title, ("The run's folder holds no log of its training.",))
    run = material.runs[0]
    best = learning.iteration_of(int(run.checkpoint.stem.split("-", 1)[0]))
    times = "" if learning.parts == 1 else f" The run was resumed {learning.parts} times."
    text = (
        "Thin lines are single batches, thick ones a moving average. Validation metrics are those "
        "measured during the training, on the run's own validation data; the ring is the "
        "checkpoint of this report." + times,
    )
    drawings = []
    if TOTAL in learning.curves:
        draw = partial(draw_losses, learning, [TOTAL])
        drawings.append(Drawing("learning-loss", "Training loss over the iterations.", draw))
    if run.discrete:
        alt = "Validation accuracy and mean recall after each epoch."
        draw = partial(draw_class_validation, learning, best)
        drawings.append(Drawing("learning-validation", alt, draw))
    else:
        for metric in ("ccc", "rmse"):
            alt = f"Validation {metric.upper()} of valence and arousal after each epoch."
            draw = partial(draw_validation, learning, metric, best)
            drawings.append(Drawing(f"learning-{metric}", alt, draw))
    parts = loss_parts(learning)
    if parts:
        alt = f"Parts of the training loss over the iterations: {', '.join(parts)}."
        draw = partial(draw_losses, learning, parts)
        drawings.append(Drawing("learning-parts", alt, draw, wide=len(parts) > 1))
    return Section("learning", title, text, tuple(drawings))


Builder = Callable[[Material], Section]
SECTIONS: tuple[Builder, ...] = (
    video_section,
    map_section,
    latent_section,
    plane_section,
    calibration_section,
    learning_section,
)
CLASS_SECTIONS: tuple[Builder, ...] = (confusion_section, latent_section, learning_section)


def sections(material: Material) -> list[Section]:
    """The sections of a run's report, in their order."""
    builders = CLASS_SECTIONS if material.runs[0].discrete else SECTIONS
    return [build(material) for build in builders]


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)

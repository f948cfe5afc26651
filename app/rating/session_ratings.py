"""A session's ratings on one clock: lags, agreement with each other and with the model, and the
gold standard."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from math import isfinite, nan
from pathlib import Path
from typing import Any

import numpy as np

from ...model.errors import InputError
from ...model.metrics import AXES, ccc, sagr
from ...model.ratings.agreement import Agreement, Floats, Lag, agreement, gold_standard, lag
from ...model.ratings.files import (
    Rating,
    at_times,
    find_ratings,
    merged,
    rating_file,
    read_ratings,
    write_ratings,
)
from ...model.ratings.passes import by_rater, mean_of_passes
from ...model.session_files import GOLD, GOLD_FACTS
from ..session.curves import resample
from ..session.folder import replace_file
from ..session.reader import Session

RATE = 10.0
"""Samples per second on which ratings are compared."""
FEWEST_SECONDS = 30.0
"""Of ratings, from which on a lag can be told: several times the longest that is looked for."""

_SLACK = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What a session's ratings come to.

    Args:
        raters: their labels [K]; a rater's passes are one voice, their mean.
        lags: of each behind the model's estimates, unknown where less than `FEWEST_SECONDS` is
            rated.
        seconds: how much each has rated [K].
        between: agreement of the raters, by axis; None where there is one.
        retest: agreement of a rater's passes with each other, by rater and axis.
        with_model: (CCC, SAGR) of each rater with the model, by rater and axis.
        ratings: the ratings [K], less their lags where that was asked for.
        times: [N] s, `RATE` samples per second on the clock of the readings.
        values: [N, 2, K] the ratings at these times, nan for none.
        model: [N, 2] the raw estimates of the face that is seen longest.
        face: which one that is, where there are several.
    """

    raters: list[str]
    lags: list[Lag]
    seconds: list[float]
    between: dict[str, Agreement] | None
    retest: dict[str, dict[str, Agreement]]
    with_model: dict[str, dict[str, tuple[float, float]]]
    ratings: list[Rating]
    times: Floats
    values: Floats
    model: Floats
    face: str = ""


def add_ratings(session: Session, files: Sequence[Path], rater: str, axis: str = "") -> Path:
    """Copy ratings from other programs' files into the session, as one rater's; returns the file.

    Raises `InputError` for files that cannot be read, lie outside the session's time, or a rater
    who already exists.
    """
    frames = np.unique(session.readings["timestamp"])
    if not len(frames):
        raise InputError(f"{session.path} has no readings.")
    target = rating_file(session.path, rater)
    found = merged([read_ratings(file, axis, frames, rater) for file in files], rater)
    if found.times[-1] < frames[0] or found.times[0] > frames[-1]:
        raise InputError(
            f"The ratings of {rater} are from {found.times[0]:.1f} to {found.times[-1]:.1f} s, the "
            f"session is from {frames[0]:.1f} to {frames[-1]:.1f} s: no moment is in both."
        )
    write_ratings(target, found)
    return target


def beyond_words(session: Session, rating: Rating) -> str:
    """What is to be said of ratings that reach more than a second beyond the session, as those of
    another video would; "" of others."""
    frames = session.readings["timestamp"]
    first, last = float(frames.min()), float(frames.max())
    if first - _SLACK <= rating.times[0] and rating.times[-1] <= last + _SLACK:
        return ""
    return (
        f"note: the ratings of {rating.rater} are from {rating.times[0]:.1f} to "
        f"{rating.times[-1]:.1f} s, the session is from {first:.1f} to {last:.1f} s: what lies "
        "beyond it does not count. Are they of this session?"
    )


def compare_ratings(session: Session, *, correct_lag: bool = False) -> Compared:
    """Compare what stands beside the readings. Raises `InputError` where nobody rated them."""
    files = find_ratings(session.path)
    if not files:
        raise InputError(
            f"{session.path} has no ratings: avce-live rate makes them, and --add FILE --rater "
            "NAME adds those of other programs."
        )
    # Numbers of somebody who left and came back are one person.
    grid, model, face = _model_curve(session.by_person())
    passes = by_rater(files)
    ratings = [mean_of_passes(each) for each in passes]
    lags = [_lag(_on(rating, grid), model) for rating in ratings]
    if correct_lag:
        ratings = [_shifted(r, each) for r, each in zip(ratings, lags, strict=True)]
    values = np.stack([_on(rating, grid) for rating in ratings], axis=2)
    raters = [rating.rater for rating in ratings]
    return Compared(
        raters,
        lags,
        [_rated_seconds(values[..., k]) for k in range(len(ratings))],
        by_axis(values) if len(ratings) > 1 else None,
        {
            rater: by_axis(np.stack([_on(each, grid) for each in own], axis=2))
            for rater, own in zip(raters, passes, strict=True)
            if len(own) > 1
        },
        {rater: with_model(values[..., k], model) for k, rater in enumerate(raters)},
        ratings,
        grid,
        values,
        model,
        face,
    )


def by_axis(values: Floats) -> dict[str, Agreement]:
    """Agreement of [N, 2, K] ratings on each axis."""
    return {name: agreement(values[:, i]) for i, name in enumerate(AXES)}


def with_model(rated: Floats, model: Floats) -> dict[str, tuple[float, float]]:
    """(CCC, SAGR) of one rater's values [N, 2] with the model's [N, 2], by axis."""
    return {name: _pair(rated[:, i], model[:, i]) for i, name in enumerate(AXES)}


def _rated_seconds(rated: Floats) -> float:
    return float(np.isfinite(rated).any(axis=1).sum()) / RATE


def _lag(rated: Floats, model: Floats) -> Lag:
    """Unknown where too little is rated: the best of many shifts of a short stretch is chance."""
    if _rated_seconds(rated) < FEWEST_SECONDS:
        return Lag(nan, nan, nan, nan)
    return lag(rated, model, RATE)


def lag_words(found: Lag, seconds: float) -> str:
    """A lag in words, of so many seconds of ratings."""
    if seconds < FEWEST_SECONDS:
        return f"too short for a lag: {seconds:.0f} s are rated, {FEWEST_SECONDS:.0f} s are needed"
    if not isfinite(found.seconds):
        return "lag unknown: ratings or estimates do not vary"
    interval = f"95 % interval {found.low:.1f} to {found.high:.1f}, " if isfinite(found.low) else ""
    return (
        f"{found.seconds:.1f} s behind the model ({interval}correlation {found.correlation:+.2f})"
    )


def write_gold_standard(session: Session, compared: Compared, *, corrected: bool) -> Path:
    """Write the evaluator-weighted mean at the session's frames, with its weights beside it.

    Raises `InputError` where there is one already.
    """
    target = session.path / GOLD
    if target.exists():
        raise InputError(f"{target} already exists: move it away to make another.")
    times = np.unique(session.readings["timestamp"]).astype(np.float64)
    values = np.stack([_on(rating, times) for rating in compared.ratings], axis=2)
    gold = [gold_standard(values[:, i]) for i in range(2)]
    facts: dict[str, Any] = {
        "Raters": compared.raters,
        "Weights": {
            name: dict(zip(compared.raters, each.weights.tolist(), strict=True))
            for name, each in zip(AXES, gold, strict=True)
        },
        # Of ratings that are too short no lag is known, and none is taken off.
        "LagCorrected": corrected and any(isfinite(each.seconds) for each in compared.lags),
        "Lags": {r: _clean(asdict(x)) for r, x in zip(compared.raters, compared.lags, strict=True)},
        "Agreement": {n: _clean(asdict(a)) for n, a in (compared.between or {}).items()},
        "Rule": "evaluator-weighted mean (Grimm & Kroschel 2005)",
    }
    replace_file(session.path / GOLD_FACTS, (json.dumps(facts, indent=2) + "\n").encode())
    write_ratings(target, Rating("gold-standard", times, np.stack([g.values for g in gold], 1)))
    return target


def words(compared: Compared) -> list[str]:
    """What was found, in lines for a terminal."""
    lines = []
    if compared.face:
        lines.append(face_words(compared.face))
    for rater, found, seconds in zip(compared.raters, compared.lags, compared.seconds, strict=True):
        scores = ", ".join(
            f"{name} CCC {c:+.3f}, SAGR {s:.3f}"
            for name, (c, s) in compared.with_model[rater].items()
            if isfinite(c)
        )
        about = lag_words(found, seconds)
        lines.append(f"{rater}: {about}; with the model: {scores or 'nothing in common'}")
    for rater, axes in compared.retest.items():
        lines += [agreement_words(f"{name}, passes of {rater}", a) for name, a in axes.items()]
    count = len(compared.raters)
    for name, a in (compared.between or {}).items():
        lines.append(agreement_words(f"{name}, {count} raters", a))
    return lines


def face_words(face: str) -> str:
    """Of several faces, whose estimates the ratings are compared with."""
    return f"several faces: the model's values are those of {face}, seen longest"


def agreement_words(what: str, a: Agreement) -> str:
    """Agreement on an axis in a line."""
    if a.moments < 2:
        return f"{what}: no moment in common"
    return (
        f"{what}: ICC(A,1) {a.icc_a1:+.3f}, ICC(A,k) {a.icc_ak:+.3f}, ICC(C,1) {a.icc_c1:+.3f}, "
        f"CCC {a.ccc:+.3f}, SAGR {a.sagr:.3f}, over {a.moments / RATE:.1f} s"
    )


def _model_curve(session: Session) -> tuple[Floats, Floats, str]:
    """The raw estimates [N, 2] of the face that is seen longest, ten times a second, and of which
    one they are where there are several."""
    if not session.faces:
        raise InputError(
            f"{session.path} contains no face: there is nothing to compare ratings with."
        )
    ids = session.readings["face_id"][session.readings["success"]]
    face = int(np.bincount(ids).argmax())
    own = session.of_face(face)
    times = own["timestamp"].astype(np.float64)
    grid = np.arange(int((times[-1] - times[0]) * RATE) + 1) / RATE + times[0]
    model = np.stack([resample(times, own[axis], grid) for axis in AXES], axis=1)
    return grid, model, session.people.words(face) if len(session.faces) > 1 else ""


def _on(rating: Rating, grid: Floats) -> Floats:
    return np.stack([at_times(rating.times, v, grid) for v in rating.values.T], axis=1)


def _shifted(rating: Rating, found: Lag) -> Rating:
    seconds = found.seconds if isfinite(found.seconds) else 0.0
    return replace(rating, times=rating.times - seconds)


def _pair(rated: Floats, estimated: Floats) -> tuple[float, float]:
    both = np.isfinite(rated) & np.isfinite(estimated)
    if both.sum() < 2:
        return nan, nan
    x, y = estimated[both], rated[both]
    return float(np.asarray(ccc(x, y))), float(np.asarray(sagr(x, y)))


def _clean(facts: dict[str, Any]) -> dict[str, Any]:
    """JSON has no nan."""
    return {k: None if isinstance(v, float) and not isfinite(v) else v for k, v in facts.items()}

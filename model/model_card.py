"""What a network's file says of itself: the metadata that every file of this program has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from .anchors import BEFORE_RULES, RULES, AnchorRule, parse_rule
from .errors import InputError
from .face.crop_geometry import GEOMETRIES, Geometry, geometry_of

FORMAT = "1"
_METADATA = ("format", "backbone", "method", "version", "trained_on", "metrics", "crop")


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What a network's file says of itself.

    Args:
        precision: fp32, fp16 or int8.
        anchors: the rule by which the votes it learned from became valence and arousal.
        interval: of the output `halfwidth`: "level" (share of faces whose label it holds),
            "calibration" (the faces that it was calibrated on) and "n" (their number); None for a
            network without it.
    """

    format: str
    backbone: str
    method: str
    version: str
    trained_on: str
    metrics: dict[str, Any]
    crop: dict[str, Any]
    precision: str = "fp32"
    anchors: AnchorRule = RULES[BEFORE_RULES]
    interval: dict[str, Any] | None = None

    @property
    def geometry(self) -> Geometry:
        """Where the crops lie that the network is to be fed with, for `Face.crop`."""
        return cast(Geometry, geometry_of(self.crop))  # `read_card` refuses others


def _parse_object(text: str) -> dict[str, Any]:
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("it is not a JSON object")
    return values


def _parse_interval(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    values = _parse_object(text)
    if not 0 < float(values.get("level", 0)) < 1:
        raise ValueError("it has no level between 0 and 1")
    return values


def read_card(metadata: dict[str, str], path: Path) -> ModelCard:
    """The card from a file's metadata; `InputError` names every entry that is missing or wrong."""
    missing = [f"avce.{key}" for key in _METADATA if f"avce.{key}" not in metadata]
    if missing:
        raise InputError(
            f"{path} is not a network of this program: its metadata lacks {', '.join(missing)}. "
            "Write one with avce-export."
        )
    if metadata["avce.format"] != FORMAT:
        raise InputError(
            f"{path} has format {metadata['avce.format']}, this version reads format {FORMAT}: "
            "export the network again."
        )
    values: dict[str, Any] = {key: metadata[f"avce.{key}"] for key in _METADATA}
    key = ""
    try:
        for key in ("metrics", "crop"):
            values[key] = _parse_object(values[key])
        for key, parse in (("anchors", parse_rule), ("interval", _parse_interval)):
            values[key] = parse(metadata.get(f"avce.{key}"))
    except (ValueError, TypeError, RecursionError) as error:
        raise InputError(f"{path}: the metadata avce.{key} cannot be read ({error}).") from error
    if geometry_of(values["crop"]) not in GEOMETRIES:
        raise InputError(
            f"{path} wants faces cropped by '{geometry_of(values['crop'])}', which this version "
            f"does not know (it knows {', '.join(GEOMETRIES)}): use a newer version."
        )
    # Files of before there was a choice do not say it.
    return ModelCard(**values, precision=metadata.get("avce.precision", "fp32"))

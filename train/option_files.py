"""Option files that come along, called by their names: presets of `fit` and grids of `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jsonargparse import (
    ActionConfigFile,  # pyright: ignore[reportPrivateImportUsage]  # it is in the documentation
)

from ..model.errors import InputError

_HERE = Path(__file__).parent


def shipped(kind: str) -> dict[str, Path]:
    """The files of a kind ("presets" or "grids") by name."""
    return {path.stem: path for path in sorted((_HERE / kind).glob("*.yaml"))}


def find(kind: str, name: str | Path) -> Path:
    """The file that is meant by a path or by the name of one that comes along.

    Raises `InputError` where there is neither.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return path
    named = shipped(kind)
    if str(name) in named:
        return named[str(name)]
    raise InputError(
        f"There is no file {name}, and no {kind[:-1]} of that name: {', '.join(named)}."
    )


class ConfigAction(ActionConfigFile):
    """An option that takes a YAML file of options, or the name of a preset."""

    def __call__(
        self, parser: Any, cfg: Any, values: Any, option_string: str | None = None
    ) -> None:
        try:
            values = str(find("presets", values))
        except InputError as error:
            parser.error(str(error))
        super().__call__(parser, cfg, values, option_string)

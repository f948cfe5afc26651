"""Option files that come along, called by their names: presets of `fit` and grids of `compare`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from jsonargparse import (
    ActionConfigFile,  # pyright: ignore[reportPrivateImportUsage]  # it is in the documentation
)

from ..model.errors import InputError
from ..model.system.yaml_file import read_yaml

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


def merged(first: dict[str, Any], *later: dict[str, Any]) -> dict[str, Any]:
    """Nested options joined; the later one wins."""
    result = dict(first)
    for options in later:
        for key, value in options.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = merged(result[key], value) if both else value
    return result


def load_yaml(path: Path) -> dict[str, Any]:
    """The names and values of a YAML file; `InputError` for anything else."""
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise InputError(f"{path} must contain names and values, not {type(content).__name__}.")
    return content


def load_preset(name: str | Path, *, depth: int = 0) -> dict[str, Any]:
    """The options of a preset, those of the preset that it names under `preset` before its own."""
    path = find("presets", name)
    content = load_yaml(path)
    if "preset" not in content:
        return content
    if depth > 8:
        raise InputError(f"{path}: presets include each other in a circle.")
    base = load_preset(str(content.pop("preset")), depth=depth + 1)
    return merged(base, content)


class ConfigAction(ActionConfigFile):
    """An option that takes a YAML file of options, or the name of a preset."""

    def __call__(
        self, parser: Any, cfg: Any, values: Any, option_string: str | None = None
    ) -> None:
        try:
            values = yaml.safe_dump(load_preset(values))
        except InputError as error:
            parser.error(str(error))
        super().__call__(parser, cfg, values, option_string)

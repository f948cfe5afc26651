"""The parser of training: options that are nested, typed by dataclasses, and read from files."""

from __future__ import annotations

from jsonargparse import ArgumentParser

from ..model.system.command_line import PlainManners


class TrainingParser(PlainManners, ArgumentParser):
    """jsonargparse's parser with the manners of ours."""

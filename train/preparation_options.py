"""The options of every command that finds and crops faces of a data set."""

from __future__ import annotations

from pathlib import Path

from ..model.command_line import CommandParser
from .datasets.base import MAX_FAULTY


def add_preparation(parser: CommandParser) -> None:
    """Add --crops, --workers and --max_faulty."""
    parser.add_argument(
        "--crops", type=Path | None, default=None, help="where prepared crops are kept"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that crop faces")
    parser.add_argument(
        "--max_faulty",
        type=float,
        default=MAX_FAULTY,
        help="largest share of a data set's labelled pictures that may be unusable",
    )

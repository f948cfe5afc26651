"""How much of its source a session holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """The rows that were written, and the first and last moment that they are of (s)."""

    rows: int = 0
    first: float = 0.0
    last: float = 0.0

    @property
    def seconds(self) -> float:
        """From the first moment to the last one."""
        return self.last - self.first

    def with_more(self, rows: int, timestamp: float) -> Written:
        """The same, and the rows of another frame."""
        return Written(self.rows + rows, self.first if self.rows else timestamp, timestamp)

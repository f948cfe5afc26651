"""How many processors this process may use."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
"""What a container may use on Linux (cgroup v2): microseconds of processor time in each period, or
`max`, and the period."""


def processors() -> int:
    """Those of the machine, less what the system, a batch scheduler or a container withholds; at
    least 1."""
    affinity = getattr(os, "sched_getaffinity", None)  # Linux alone has it
    count = len(affinity(0)) if affinity else os.cpu_count() or 1
    with suppress(OSError, ValueError, ZeroDivisionError):
        allowed, period = map(int, _QUOTA.read_text(encoding="ascii").split())
        count = min(count, round(allowed / period))
    return max(1, count)


def memory() -> int | None:
    """Bytes of memory that the machine has, None where the system does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None

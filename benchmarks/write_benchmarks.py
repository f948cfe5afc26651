"""Run the benchmarks that need no data of yours, and write what they print to docs/benchmarks.md.

    make bench

Run it on a machine that does nothing else, with a display (`xvfb-run -a make bench` without one).
Ratios within one run can be compared between machines; seconds cannot.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from avce.model.version import __version__

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
LIMIT = 600  # seconds for one benchmark
BENCHMARKS = (
    ("A file without a window", "bench_headless.py", ()),
    ("Many files", "bench_batch.py", ()),
    ("Live, from capture to plot", "bench_live.py", ()),
    ("Finding faces", "bench_finding.py", ("--parts", "cost")),
    ("Growth", "bench_growth.py", ("--parts", "faces", "sizes", "review")),
    ("An hour", "bench_growth.py", ("--parts", "hours", "--hours", "1")),
    ("Start", "bench_start.py", ()),
    ("The timeline", "bench_timeline.py", ()),
    ("The exported file", "bench_export.py", ()),
    ("SparseMax and SoftMax, by transform", "bench_transforms.py", ()),
)
OPENING = """# Benchmarks

Written by `make bench` (`benchmarks/write_benchmarks.py`), version {version}, {cores} processors,
load average {load:.1f} before it began. Each block is what the command above it printed. Compare
ratios within a block: seconds are this machine's.
"""


def printed(script: str, arguments: tuple[str, ...]) -> str:
    """What a benchmark prints, or in a sentence why it did not end."""
    command = [sys.executable, str(HERE / script), *arguments]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT, check=False, cwd=HERE.parent
        )
    except subprocess.TimeoutExpired:
        return f"(not done within {LIMIT} s)"
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["a goal was not met"]
        return f"{done.stdout.rstrip()}\n(ended with status {done.returncode}: {last[0]})".strip()
    return done.stdout.rstrip()


def main() -> int:
    """Returns 1 where a benchmark did not end well."""
    parts = [OPENING.format(version=__version__, cores=os.cpu_count(), load=os.getloadavg()[0])]
    failed = False
    for title, script, arguments in BENCHMARKS:
        said = printed(script, arguments)
        failed |= said.endswith(")") and ("(ended with status" in said or "(not done" in said)
        command = " ".join(("python", f"benchmarks/{script}", *arguments))
        print(f"== {title}\n{said}", flush=True)
        parts.append(f"## {title}\n\n    {command}\n\n```text\n{said}\n```\n")
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(HERE.parent)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""Search for files on which a reader fails: `make fuzz`, or some readers by themselves.

    python -m tests.fuzzing.fuzz --minutes 1 [READER ...]

Each reader runs in a process of its own under atheris (libFuzzer, guided by the branches that an
input takes in our code). What is found stands in `build/fuzz/READER/`, with the input that shows
it; mended, that input goes into `tests/fuzzing/corpus/READER/`, which the tests read.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FOUND = ROOT / "build" / "fuzz"
MOST_MEGABYTES, MOST_SECONDS = 3000, 30
"""Of one process, most of it its libraries; and of one input."""


def fuzz_one(name: str, seconds: int) -> None:
    """Fuzz a reader in this process, which ends here: with 0 if nothing was found."""
    from .readers import READERS, made, outcome

    atheris: Any = importlib.import_module("atheris")

    reader = READERS[name]
    path = made(reader, Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-")))
    seed = path.read_bytes()
    grown = FOUND / name / "corpus"
    grown.mkdir(parents=True, exist_ok=True)
    (grown / "seed").write_bytes(seed)
    kept = [str(each.parent) for each in reader.corpus()[:1]]
    options = {
        "max_total_time": seconds,
        "timeout": MOST_SECONDS,
        "rss_limit_mb": MOST_MEGABYTES,
        "max_len": max(reader.longest, len(seed)),
        "artifact_prefix": f"{FOUND / name}/",
        "print_final_stats": 1,
    }
    arguments = [f"-{key}={value}" for key, value in options.items()]

    def one_input(data: bytes) -> None:
        outcome(reader, path, data)

    atheris.Setup([sys.argv[0], *arguments, str(grown), *kept], one_input)
    atheris.Fuzz()


def run(name: str, seconds: int) -> bool:
    """Fuzz a reader in a process of its own, and say what came out; whether nothing was found."""
    log = FOUND / name / "log.txt"
    log.parent.mkdir(parents=True, exist_ok=True)
    child = os.fork()
    if child == 0:
        with log.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        try:
            fuzz_one(name, seconds)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    said = log.read_text(encoding="utf-8", errors="replace").splitlines()
    inputs = [line.split()[-1] for line in said if "number_of_executed_units" in line]
    print(f"{name:<24} {inputs[0] if inputs else '?':>9} inputs", end="", flush=True)
    if status == 0:
        print(", nothing found", flush=True)
        return True
    words = [line for line in said if "Error" in line or "ERROR" in line or "Exception" in line]
    print(f", FOUND: {(words or ['it ended'])[0].strip()[:200]} ({log.relative_to(ROOT)})")
    return False


def main() -> int:
    """Returns 1 where a reader failed on an input, 2 without atheris."""
    parser = argparse.ArgumentParser(description="Search for files on which a reader fails.")
    parser.add_argument("readers", nargs="*", metavar="READER", help="default: all of them")
    parser.add_argument("--minutes", type=float, default=1.0, help="for each reader")
    given = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print(
            "fuzz: atheris is not installed: there are wheels of it for Linux and Python 3.11 to "
            "3.13 alone. The inputs that are kept are read by pytest tests/fuzzing, anywhere.",
            file=sys.stderr,
        )
        return 2
    atheris: Any = importlib.import_module("atheris")
    warnings.simplefilter("ignore")
    sys.path.insert(0, str(ROOT / "tests"))
    with atheris.instrument_imports(include=["avce"]):
        from .readers import READERS

    unknown = sorted({*given.readers} - {*READERS})
    if unknown:
        print(f"fuzz: there is no reader '{unknown[0]}': {', '.join(READERS)}.", file=sys.stderr)
        return 2
    names = given.readers or [*READERS]
    found = [name for name in names if not run(name, max(1, round(given.minutes * 60)))]
    print(f"{len(names)} readers, {len(found)} failed{': ' if found else ''}{', '.join(found)}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())

"""The wheel and the sdist of this checkout."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("app", "model", "train", "weights")


def build(folder: Path, kind: str = "wheel") -> Path:
    """Build the wheel, or the `sdist`, in `folder`, off line and in a copy of the checkout."""
    copy = folder / "checkout"
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "NOTICE"):
        shutil.copy2(ROOT / name, copy)
    (copy / "tests").mkdir()
    shutil.copy2(ROOT / "tests" / "test_packaging.py", copy / "tests")
    call = f"import setuptools.build_meta as build; build.build_{kind}({str(folder)!r})"
    done = subprocess.run(
        [sys.executable, "-c", call], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl" if kind == "wheel" else "*.tar.gz"))

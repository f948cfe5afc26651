"""Files for other ways to install: container, conda, public CI. They say what the project says."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

from avce.model.version import __version__

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
CONDA_NAMES = {
    "opencv-python": "py-opencv", "opencv-contrib-python": "py-opencv",
    "opencv-python-headless": "py-opencv", "onnxruntime-gpu": "onnxruntime",
    "matplotlib": "matplotlib-base", "pyside6-essentials": "pyside6",
}  # fmt: skip


def test_the_container_copies_what_is_built_and_installs_a_lock_that_is_there() -> None:
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", text, re.MULTILINE)
              for name in line.split()}  # fmt: skip
    assert all((ROOT / name).exists() for name in copied)
    assert {"app", "model", "train", "weights", "pyproject.toml", "LICENSE", "NOTICE"} <= copied
    kept = (ROOT / ".containerignore").read_text(encoding="utf-8")
    assert {line[1:] for line in kept.splitlines() if line.startswith("!")} == copied
    locks = set(re.findall(r"LOCK=(\w+)", text))
    assert locks == {"live", "gpu"}
    assert all((ROOT / "requirements" / f"{lock}.txt").is_file() for lock in locks)


def test_the_conda_recipe_asks_for_what_the_project_asks_for() -> None:
    recipe = yaml.safe_load((ROOT / "packaging/conda/meta.yaml").read_text(encoding="utf-8"))
    assert recipe["package"]["version"] == __version__
    wanted = {re.split(r"[\[=<>;~ ]", line)[0].lower() for line in PROJECT["dependencies"]}
    wanted = {CONDA_NAMES.get(name, name) for name in wanted} | {"python"}
    listed = {line.split()[0]: line.partition(" ")[2] for line in recipe["requirements"]["run"]}
    assert set(listed) == wanted
    assert listed["python"] == PROJECT["requires-python"]
    for line in PROJECT["dependencies"]:
        name, version = re.match(r"([\w-]+)(?:\[.*\])?([^;]*)", line).groups()  # pyright: ignore[reportOptionalMemberAccess]
        if CONDA_NAMES.get(name.lower(), name.lower()) != "py-opencv":
            assert listed[CONDA_NAMES.get(name.lower(), name.lower())] == version.strip()
    points = {f"{name} = {place}" for name, place in PROJECT["scripts"].items()}
    assert set(recipe["build"]["entry_points"]) == points


def test_public_ci_runs_every_python_and_system_that_the_project_names() -> None:
    text = (ROOT / ".github/workflows/tests.yml").read_text(encoding="utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    lowest, highest = re.findall(r"3\.(\d+)", PROJECT["requires-python"])
    pythons = [f"3.{minor}" for minor in range(int(lowest), int(highest))]
    for name in ("make", "pip"):
        assert jobs[name]["strategy"]["matrix"]["python"] == pythons
    systems = jobs["pip"]["strategy"]["matrix"]["system"]
    assert {each.split("-")[0] for each in systems} == {"ubuntu", "windows", "macos"}

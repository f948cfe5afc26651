"""What is built from this checkout, and what the locks install."""

from __future__ import annotations

import re
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from wheels import ROOMS, ROOT, build

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("bootstrap", "live", "dev", "gpu", "checks")
PIN = re.compile(
    r"""^(?P<name>[a-z0-9._-]+) (?:\[[^]]*\])? == (?P<version>[^\s;\\]+)
    (?:\ ;\ (?P<marker>.*?))? (?:\ \\)? $""",
    re.VERBOSE,
)


def lock(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")


def pins(name: str) -> set[tuple[str, str, str]]:
    """(name, version, marker) of each package in a lock."""
    lines = (PIN.match(line) for line in lock(name).splitlines())
    return {(pin["name"], pin["version"], pin["marker"] or "") for pin in lines if pin}


def requirement_name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return found[0].lower().replace("_", "-")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    return zipfile.ZipFile(build(tmp_path_factory.mktemp("wheel")))


def test_the_wheel_installs_under_one_namespace(wheel: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"avce"}
    assert "avce/__init__.py" not in wheel.namelist()


def files_of_rooms() -> set[str]:
    """What lies in the folders of the product, but for what Python leaves there."""
    return {
        path.relative_to(ROOT).as_posix()
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_nothing_but_the_product_and_its_metadata(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert names == {f"avce/{name}" for name in files_of_rooms()}
    told = {name.partition(".dist-info/")[2] for name in {*wheel.namelist()} - names}
    assert told == {
        *("METADATA", "RECORD", "WHEEL", "entry_points.txt", "top_level.txt"),
        *("licenses/LICENSE", "licenses/NOTICE"),
    }
    kinds = {Path(name).suffix for name in names}
    assert kinds == {".py", ".onnx", ".json", ".md", ".mp4", ".svg", ".yaml", ".j2"}


def test_the_sdist_holds_the_product_and_what_builds_it(tmp_path: Path) -> None:
    with tarfile.open(build(tmp_path, "sdist")) as archive:
        names = {name.name.partition("/")[2] for name in archive.getmembers() if name.isfile()}
    made = {name for name in names if name.startswith("avce_live.egg-info/")}
    assert names - made == files_of_rooms() | {
        *("pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "NOTICE"),
        *("PKG-INFO", "setup.cfg"),
    }


def test_the_wheel_holds_every_module_and_shipped_file(wheel: zipfile.ZipFile) -> None:
    wanted = {".py": ROOMS, ".onnx": ("weights",), ".md": ("weights",), ".mp4": ("app",)}
    wanted |= {".j2": ("train",), ".yaml": ("train",), ".svg": ("app",)}
    for suffix, rooms in wanted.items():
        for room in rooms:
            paths = list((ROOT / room).rglob(f"*{suffix}"))
            assert paths
            for path in paths:
                assert f"avce/{path.relative_to(ROOT).as_posix()}" in wheel.namelist()


def test_the_wheel_carries_the_licence_and_the_three_commands(wheel: zipfile.ZipFile) -> None:
    metadata = {Path(name).name for name in wheel.namelist() if ".dist-info/" in name}
    assert {"LICENSE", "NOTICE"} <= metadata
    name = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    commands = re.findall(r"^(avce-\w+) = ", wheel.read(name).decode(), re.MULTILINE)
    assert sorted(commands) == ["avce-export", "avce-live", "avce-train"]


def test_the_base_install_asks_for_no_torch() -> None:
    base = {requirement_name(line) for line in PROJECT["project"]["dependencies"]}
    assert not base & {"torch", "torchvision", "pytorch-lightning"}
    assert not {name for name, *_ in pins("live")} & {"torch", "torchvision", "pytorch-lightning"}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_pins_by_hash_and_names_no_address(name: str) -> None:
    text = lock(name)
    assert pins(name)
    assert "://" not in text
    packages = re.findall(r"^[a-z0-9].*?(?=^[a-z0-9]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(packages) == len(pins(name))
    assert all("--hash=sha256:" in package for package in packages)


def test_the_locks_agree_with_each_other() -> None:
    everything = pins("dev")
    assert pins("live") <= everything
    versions = {(name, version) for name, version, _ in everything}
    for other in ("bootstrap", "gpu", "checks"):
        known = {name for name, _ in versions}
        shared = {(name, version) for name, version, _ in pins(other) if name in known}
        assert shared <= versions


def test_the_locks_cover_what_the_project_asks_for() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    base = PROJECT["project"]["dependencies"]
    wanted = {
        "live": base,
        "dev": [*base, *extras["train"], *extras["lsl"], *extras["dev"]],
        "gpu": [*base, *extras["gpu"]],
        "bootstrap": PROJECT["build-system"]["requires"],
    }
    for name, requirements in wanted.items():
        locked = {package for package, *_ in pins(name)}
        assert {requirement_name(line) for line in requirements} <= locked


def test_one_opencv_alone_can_be_installed_from_a_lock() -> None:
    for name in LOCKS:
        markers = [
            marker for package, _, marker in pins(name) if package == "opencv-contrib-python"
        ]
        assert all("never" in marker for marker in markers)

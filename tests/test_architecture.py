"""Who may import whom, and what a committed file may hold."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("app", "model", "train", "weights")
ALLOWED = {"app": {"model", "weights"}, "model": {"weights"}, "train": {"model", "weights"}}
TORCH = {"torch", "torchvision", "torchmetrics", "pytorch_lightning", "lightning"}
QT = {"PySide6", "shiboken6", "pyqtgraph"}
MOST_LINES = 500


@cache
def committed_files() -> tuple[Path, ...]:
    """Files that git tracks or would track: a new file is checked before it is committed."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    return tuple(path for name in listing.split("\0") if name and (path := ROOT / name).is_file())


def python_files(*folders: str) -> list[Path]:
    files = [path for path in committed_files() if path.suffix == ".py"]
    return [path for path in files if path.relative_to(ROOT).parts[0] in folders]


def module_name(path: Path) -> str:
    """Dotted import name of a file of ours, `avce.model.face.face` for `model/face/face.py`."""
    parts = ("avce", *path.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> set[str]:
    """Absolute dotted names that a file imports anywhere, `if TYPE_CHECKING` included."""
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            names.add(origin)
            names.update(f"{origin}.{alias.name}" for alias in node.names)
    return names


def outside_packages(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)}


def rooms_entered(path: Path) -> set[str]:
    """Rooms of ours, other than its own, that a file imports from."""
    parts = (name.split(".") for name in imports(path) if name.startswith("avce."))
    entered = {part[1] for part in parts if len(part) > 1 and part[1] in ROOMS}
    return entered - {path.relative_to(ROOT).parts[0]}


def circles(files: list[Path]) -> list[list[str]]:
    """Modules that import each other, directly or by way of others."""
    modules = {module_name(path): path for path in files}
    ahead = {name: (imports(path) & modules.keys()) - {name} for name, path in modules.items()}
    # What imports nothing that is left is in no circle, nor is what nothing left imports.
    left = dict(ahead)
    while True:
        wanted = set().union(*left.values())
        kept = {name: there & left.keys() for name, there in left.items()}
        kept = {name: there for name, there in kept.items() if there and name in wanted}
        if kept.keys() == left.keys():
            return sorted([name, *sorted(kept[name])] for name in kept)
        left = kept


@cache
def reached_by_the_app() -> frozenset[str]:
    """Modules of the model that the app or the weights import, directly or by way of others."""
    ahead = {module_name(path): imports(path) for path in python_files("model")}
    reached: set[str] = set()
    found = set().union(*(imports(path) for path in python_files("app", "weights")))
    while fresh := (found & ahead.keys()) - reached:
        reached |= fresh
        found = set().union(*(ahead[name] for name in fresh))
    return frozenset(reached)


def names(paths: list[Path]) -> list[str]:
    return [path.relative_to(ROOT).as_posix() for path in paths]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_opens_only_the_doors_it_may(room: str) -> None:
    files = python_files(room)
    assert files, f"no Python file in {room}/"
    trespassers = [path for path in files if rooms_entered(path) - ALLOWED.get(room, set())]
    assert not names(trespassers)


def test_qt_is_imported_in_the_gui_folder_alone() -> None:
    gui = ROOT / "app" / "gui"
    elsewhere = [path for path in python_files(*ROOMS) if not path.is_relative_to(gui)]
    assert not names([path for path in elsewhere if outside_packages(path) & QT])


def test_no_two_files_import_each_other_directly_or_by_way_of_others() -> None:
    assert circles(python_files(*ROOMS)) == []


def test_the_rooms_of_the_app_import_in_one_direction() -> None:
    below = {"sources": set(), "analysis": {"sources"}}
    below["session"] = {"sources", "analysis", "settings"}
    below["study"] = {"analysis", "session"}
    below["rating"] = {"session", "sources"}
    for room, others in below.items():
        files = [path for path in python_files("app") if path.parent == ROOT / "app" / room]
        assert files, room
        for path in files:
            entered = {n.split(".")[2] for n in imports(path) if n.startswith("avce.app.")}
            assert entered - {room} <= others, path


def test_the_gui_imports_in_one_direction_and_never_in_a_circle() -> None:
    gui = [path for path in python_files("app") if path.is_relative_to(ROOT / "app" / "gui")]
    assert circles(gui) == []
    # Both windows stand on the widgets, these on Qt's part; launch joins the windows.
    below = {"qt": {"qt"}, "widgets": {"qt", "widgets"}}
    below |= {room: {"qt", "widgets", room} for room in ("live", "review", "rate", "study")}
    for path in gui:
        room = path.parent.name
        prefix = "avce.app.gui."
        entered = {n.split(".")[3] for n in imports(path) if n.startswith(prefix)}
        assert room == "gui" or entered <= below[room], path


def test_the_app_and_the_torch_free_half_of_the_model_never_name_torch() -> None:
    half = [path for path in python_files("model") if module_name(path) == "avce.model"]
    half += [path for path in python_files("model") if module_name(path) in reached_by_the_app()]
    files = [*python_files("app", "weights"), *half]
    assert not names([path for path in files if outside_packages(path) & TORCH])


def test_the_app_and_the_weights_use_only_the_torch_free_half_of_the_model() -> None:
    torch_half = {
        module_name(path) for path in python_files("model") if outside_packages(path) & TORCH
    }
    assert "avce.model.networks" in torch_half
    assert "avce.model.predictor" in reached_by_the_app()
    assert not reached_by_the_app() & torch_half
    assert not names(
        [path for path in python_files("app", "weights") if imports(path) & torch_half]
    )


@pytest.mark.parametrize(
    "module", ["avce.model", "avce.app.cli", "avce.train.cli", "avce.train.export", "avce.weights"]
)
def test_importing_the_command_or_the_package_stays_light(module: str) -> None:
    heavy = sorted(TORCH | QT | {"mediapipe"})
    program = f"import sys, {module}; print(*sorted(set(sys.modules) & set({heavy!r})))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert not done.stdout.strip()


def test_the_live_half_loads_no_torch_when_it_is_used() -> None:
    program = (
        "import sys; from avce.model import FaceFinder, Predictor; "
        "import avce.app.analysis.pipeline, avce.app.session.writer, avce.app.sources; "
        f"print(*sorted(set(sys.modules) & set({sorted(TORCH)!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert not done.stdout.strip()


def test_every_python_file_says_what_it_is_and_stays_readable() -> None:
    files = [path for path in committed_files() if path.suffix == ".py"]
    text = {path: path.read_text(encoding="utf-8") for path in files}
    assert not names([path for path in files if not ast.get_docstring(ast.parse(text[path]))])
    assert not names([path for path in files if len(text[path].splitlines()) > MOST_LINES])


def test_no_file_names_a_machine_path_or_a_package_index() -> None:
    # Put together here, so that this file does not match itself.
    homes = "|".join(("/" + "root/", "/" + "work/", "/" + "home/[a-z]", "/" + "Users/[a-z]"))
    hosts = "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "download" + r"\.pytorch\."))
    unwanted = re.compile(rf"(?<![\w.~}}-])({homes})|{hosts}", re.IGNORECASE)
    found = []
    for path in committed_files():
        content = path.read_bytes()
        if b"\0" not in content and unwanted.search(content.decode("utf-8", errors="replace")):
            found.append(path)
    assert not names(found)


@pytest.mark.parametrize("words", [["--help"], ["batch", "--help"], ["--version"], ["run", "--no"]])
def test_the_command_line_is_there_at_once(words: list[str]) -> None:
    # Modules are counted, not seconds: a bare Python has some 70, the old command line had 450.
    # `typings` holds the package where `site` is not there to find an editable installation.
    path = [str(ROOT / "typings"), *sys.path]
    program = (
        "import atexit, sys\n"
        "from avce.app.cli import main\n"
        "from importlib.util import find_spec\n"
        "atexit.register(lambda: print(len(sys.modules), *sorted({n.split('.')[0] for n in "
        "sys.modules if not n.startswith('_')} - sys.stdlib_module_names), file=sys.stderr))\n"
        f"main({words!r})"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, check=False,
        timeout=120, env={**os.environ, "PYTHONPATH": os.pathsep.join(path)},
    )  # fmt: skip
    count, *others = done.stderr.splitlines()[-1].split()
    assert others in (["avce"], ["avce", "sitecustomize"]), others
    assert int(count) < 160

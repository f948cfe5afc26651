"""An entry in the desktop's menu: made on request, in the user's own folders, and taken away."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape

from ..model.errors import AvceError
from ..model.version import __version__

NAME = "AVCE live"
ICON = "avce-live.svg"
_ABOUT = "Valence and arousal from facial expression"
_POWERSHELL = """
$link = (New-Object -ComObject WScript.Shell).CreateShortcut($args[0])
$link.TargetPath = $args[1]; $link.Arguments = $args[2]; $link.Description = $args[3]; $link.Save()
"""


def command() -> list[str]:
    """What starts this very installation: its script, or its Python where there is none."""
    script = Path(sys.executable).with_name("avce-live.exe" if os.name == "nt" else "avce-live")
    return [str(script)] if script.is_file() else [sys.executable, "-m", "avce.app.cli"]


def install(
    platform: str = sys.platform,
    home: Path | None = None,
    *,
    run: Callable[[Sequence[str]], object] | None = None,
) -> list[Path]:
    """Make the entry; returns what was written. What is there is replaced: it is ours.

    Args:
        platform: as `sys.platform`.
        home: the user's folder; theirs if None.
        run: what runs a program, for tests.

    Raises `AvceError` where Windows makes no shortcut, `OSError` where a folder cannot be written.
    """
    paths = places(platform, home or Path.home())
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
    if platform == "win32":
        _shortcut(paths[0], run or _run)
    elif platform == "darwin":
        information, script = paths
        information.write_text(_information(), encoding="utf-8")
        script.write_text(f"#!/bin/sh\nexec {shlex.join(command())}\n", encoding="utf-8")
        script.chmod(0o755)
    else:
        entry, icon = paths
        icon.write_bytes(files("avce.app.assets").joinpath(ICON).read_bytes())
        entry.write_text(_entry(icon), encoding="utf-8")
        # Some desktops start nothing that may not be run.
        entry.chmod(0o755)
    return paths


def remove(platform: str = sys.platform, home: Path | None = None) -> list[Path]:
    """Take the entry away; returns what there was."""
    paths = [path for path in places(platform, home or Path.home()) if path.exists()]
    for path in paths:
        path.unlink()
    if platform == "darwin" and paths:
        shutil.rmtree(paths[0].parents[1], ignore_errors=True)
    return paths


def places(platform: str, home: Path) -> list[Path]:
    """Where the files of the entry lie on a system."""
    if platform == "win32":
        roaming = Path(os.environ.get("APPDATA", home / "AppData" / "Roaming"))
        return [roaming / "Microsoft/Windows/Start Menu/Programs" / f"{NAME}.lnk"]
    if platform == "darwin":
        inside = home / "Applications" / f"{NAME}.app" / "Contents"
        return [inside / "Info.plist", inside / "MacOS" / "avce-live"]
    # https://specifications.freedesktop.org/basedir-spec: a relative path is to be ignored.
    stated = Path(os.environ.get("XDG_DATA_HOME", ""))
    data = stated if stated.is_absolute() else home / ".local/share"
    return [
        data / "applications" / "avce-live.desktop",
        data / "icons/hicolor/scalable/apps" / ICON,
    ]


def _entry(icon: Path) -> str:
    """As https://specifications.freedesktop.org/desktop-entry-spec/1.5 has it."""
    words = " ".join(_quoted(word) for word in command())
    lines = {
        "Type": "Application",
        "Version": "1.5",
        "Name": NAME,
        "Comment": _ABOUT,
        "Exec": words.replace("\\", "\\\\"),
        "Icon": str(icon),
        "Terminal": "false",
        "Categories": "Science;AudioVideo;",
        "StartupWMClass": "avce-live",
    }
    return "[Desktop Entry]\n" + "".join(f"{key}={value}\n" for key, value in lines.items())


def _quoted(word: str) -> str:
    """A word of `Exec`, by the rules of the specification: quotes, and four escaped signs."""
    for sign in ("\\", '"', "`", "$"):
        word = word.replace(sign, f"\\{sign}")
    return f'"{word}"'.replace("%", "%%")


def _information() -> str:
    pairs = {
        "CFBundleName": NAME,
        "CFBundleExecutable": "avce-live",
        "CFBundleIdentifier": "org.avce-live",
        "CFBundlePackageType": "APPL",
        "CFBundleShortVersionString": __version__,
        # Without it macOS ends a program that asks for the camera.
        "NSCameraUsageDescription": f"{NAME} reads the expression of the faces that it sees.",
    }
    lines = "".join(
        f"  <key>{escape(key)}</key><string>{escape(value)}</string>\n"
        for key, value in pairs.items()
    )
    kind = '"-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd"'
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC {kind}>\n'
    return f'{head}<plist version="1.0"><dict>\n{lines}</dict></plist>\n'


def _shortcut(path: Path, run: Callable[[Sequence[str]], object]) -> None:
    target, *rest = command()
    script = path.with_suffix(".ps1")
    script.write_text(_POWERSHELL, encoding="utf-8")
    shell = ["powershell", "-NoProfile", "-ExecutionPolicy", "Bypass", "-File", str(script)]
    try:
        run([*shell, str(path), target, subprocess.list2cmdline(rest), _ABOUT])
    except (OSError, subprocess.CalledProcessError) as error:
        raise AvceError(f"Windows made no shortcut {path} ({error}).") from error
    finally:
        script.unlink(missing_ok=True)


def _run(words: Sequence[str]) -> object:
    return subprocess.run(words, check=True, capture_output=True, timeout=60)

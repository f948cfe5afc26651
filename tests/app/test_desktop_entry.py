"""The entry in the desktop's menu: what it starts, and that it can be taken away."""

from __future__ import annotations

import configparser
import plistlib
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest

from avce.app import cli, desktop_entry
from avce.model.errors import AvceError


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("APPDATA", raising=False)
    return tmp_path / "data"


def entry_of(path: Path) -> configparser.SectionProxy:
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str  # pyright: ignore[reportAttributeAccessIssue]
    read.read(path, encoding="utf-8")
    return read["Desktop Entry"]


def test_the_command_makes_an_entry_that_starts_this_installation_and_takes_it_away(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop_entry.sys, "platform", "linux")
    assert cli.main(["install-desktop-entry"]) == 0
    entry = entry_of(data / "applications" / "avce-live.desktop")
    assert entry["Type"] == "Application"
    assert ElementTree.parse(entry["Icon"]).getroot().tag.endswith("svg")
    words = shlex.split(entry["Exec"].replace("\\\\", "\\").replace("%%", "%"))
    assert words == desktop_entry.command()
    done = subprocess.run([*words, "--version"], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("avce-live ")
    assert cli.main(["install-desktop-entry", "--remove"]) == 0
    assert not [path for path in data.rglob("*") if path.is_file()]
    capsys.readouterr()
    assert cli.main(["install-desktop-entry", "--remove"]) == 0
    assert "none" in capsys.readouterr().out


@pytest.mark.parametrize("folder", ["a b", 'quo"te', "100 % sure", "$HOME", "back\\slash"])
def test_any_folder_of_an_installation_can_stand_in_an_entry(
    folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desktop_entry, "command", lambda: [f"/opt/{folder}/avce-live"])
    (entry, _) = desktop_entry.install("linux", Path("unused"))
    # The file's escapes first, then those of Exec, as the specification says.
    text = entry_of(entry)["Exec"].replace("\\\\", "\\").replace("%%", "%")
    said = subprocess.run(["sh", "-c", f"printf %s {text}"], capture_output=True, check=True)
    assert said.stdout.decode() == f"/opt/{folder}/avce-live"


def test_on_macos_it_is_a_bundle_that_may_ask_for_the_camera(tmp_path: Path) -> None:
    information, script = desktop_entry.install("darwin", tmp_path)
    read = plistlib.loads(information.read_bytes())
    assert read["NSCameraUsageDescription"]
    assert (information.parent / "MacOS" / read["CFBundleExecutable"]) == script
    done = subprocess.run(["sh", "-n", str(script)], check=False)
    assert done.returncode == 0
    assert script.stat().st_mode & 0o111 or sys.platform == "win32"
    assert desktop_entry.remove("darwin", tmp_path)
    assert not (tmp_path / "Applications" / "AVCE live.app").exists()


def test_on_windows_the_shell_makes_a_shortcut_in_the_start_menu(tmp_path: Path) -> None:
    called: list[Sequence[str]] = []
    (link,) = desktop_entry.install("win32", tmp_path, run=called.append)
    assert link.relative_to(tmp_path).as_posix().endswith("Start Menu/Programs/AVCE live.lnk")
    assert called[0][0] == "powershell"
    assert called[0][-4:-2] == (str(link), desktop_entry.command()[0]) or called[0][-4] == str(link)
    assert not list(link.parent.glob("*.ps1"))

    def refuse(words: Sequence[str]) -> None:
        raise FileNotFoundError(words[0])

    with pytest.raises(AvceError, match="no shortcut"):
        desktop_entry.install("win32", tmp_path, run=refuse)

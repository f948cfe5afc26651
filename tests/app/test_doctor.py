"""The doctor names what is wrong, says what to do, and never fails itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from avce.app import doctor
from avce.app.doctor import Check, diagnose, print_report
from avce.app.sources import camera
from avce.model.face import asset as face_asset


def install(monkeypatch: pytest.MonkeyPatch, **versions: str) -> None:
    """Let those distributions, and no others, be installed."""
    known = {name.replace("_", "-"): version for name, version in versions.items()}

    def version(name: str) -> str:
        if name not in known:
            raise doctor.metadata.PackageNotFoundError(name)
        return known[name]

    monkeypatch.setattr(doctor.metadata, "version", version)


def answering(status: int, out: str = "", err: str = "") -> Any:
    """Stands in for `subprocess.run`."""
    return lambda *_, **__: subprocess.CompletedProcess([], status, out, err)


def test_this_computer_is_looked_at_from_end_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    # Qt alone is left out: its process would be most of the time that this takes.
    monkeypatch.setattr(doctor, "check_networks", lambda: Check("Models", "ok", ""))
    checks = diagnose([(name, check) for name, check in doctor.CHECKS if name != "Qt"])
    assert [check.name for check in checks] == [n for n, _ in doctor.CHECKS if n != "Qt"]
    assert all(check.detail for check in checks)
    assert all(check.advice for check in checks if check.status != "ok")
    good = {check.name for check in checks if check.status == "ok"}
    assert {"Python", "Packages", "OpenCV", "ONNX Runtime"} <= good


def test_a_check_that_breaks_has_failed_and_the_others_go_on() -> None:
    def breaks() -> Check:
        raise OSError("the disk\nis on fire")

    first, second = diagnose([("A", breaks), ("B", lambda: Check("B", "ok", "fine"))])
    assert (first.status, first.detail) == ("fail", "OSError: the disk is on fire")
    assert first.advice
    assert second.status == "ok"


def test_mixed_opencv_installs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, opencv_python="5.0.0", opencv_contrib_python="4.13.0")
    check = doctor.check_opencv()
    assert check.status == "fail"
    assert "opencv-python 5.0.0, opencv-contrib-python 4.13.0" in check.detail
    assert "pip uninstall opencv-python opencv-contrib-python" in check.advice


def test_opencv_installs_of_one_version_are_what_plain_pip_brings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    versions = dict.fromkeys(doctor.OPENCV[:3], "4.14.0")
    install(monkeypatch, **{name.replace("-", "_"): v for name, v in versions.items()})
    assert doctor.check_opencv().status == "ok"


@pytest.mark.parametrize("owner", doctor.OPENCV)
def test_any_single_opencv_will_do(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, **{owner: "5.0.0"})
    assert doctor.check_opencv() == Check("OpenCV", "ok", f"{owner} 5.0.0")


def test_both_onnx_runtimes_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, onnxruntime="1.31.0", onnxruntime_gpu="1.30.0")
    check = doctor.check_runtime()
    assert check.status == "warn"
    assert "onnxruntime 1.31.0, onnxruntime-gpu 1.30.0" in check.detail
    assert "CPU" in check.detail


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, numpy="2.4.0")
    check = doctor.check_packages(("numpy", "av", "rich"))
    assert (check.status, check.detail) == ("fail", "missing: av, rich")
    assert doctor.check_opencv().status == doctor.check_runtime().status == "fail"


@pytest.mark.parametrize(
    ("version", "status"), [((3, 10), "fail"), ((3, 11), "ok"), ((3, 14), "ok"), ((3, 15), "warn")]
)
def test_the_python_version_is_judged(
    version: tuple[int, int], status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, 0, "final", 0))
    check = doctor.check_python()
    assert check.status == status
    assert bool(check.advice) == (status != "ok")


@pytest.mark.parametrize("wrong", [face_asset.LANDMARKER, face_asset.DETECTOR])
def test_a_face_model_that_is_missing_or_not_genuine_has_failed(
    wrong: face_asset.PublishedFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / wrong.name
    other.write_bytes(b"something else")
    packaged = face_asset.package_path
    monkeypatch.setattr(face_asset, "cache_path", lambda _: tmp_path / "none")
    monkeypatch.setattr(
        face_asset, "package_path", lambda file: other if file is wrong else packaged(file)
    )
    check = doctor.check_face_models()
    assert check.status == "fail"
    assert wrong.name in check.detail
    assert wrong.package in check.advice


def test_networks_that_are_missing_or_damaged_have_failed(tmp_path: Path) -> None:
    assert doctor.check_networks([]).status == "fail"
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no network")
    check = doctor.check_networks([broken])
    assert check.status == "fail"
    assert "broken.onnx" in check.detail
    assert check.advice


def test_cameras_are_listed_by_number_and_name(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [camera.Camera(7000, "Front", "V4L2"), camera.Camera(7001, "Back", "V4L2")]
    monkeypatch.setattr(camera, "list_cameras", lambda: found)
    assert doctor.check_cameras() == Check("Cameras", "ok", "7000: Front, 7001: Back")
    monkeypatch.setattr(camera, "list_cameras", list)
    assert doctor.check_cameras().status == "warn"
    assert "--source demo" in doctor.check_cameras().advice


@pytest.mark.parametrize(
    ("environment", "platform", "there"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "darwin", True),
        ({}, "win32", True),
    ],
)
def test_a_display_is_found(environment: dict[str, str], platform: str, there: bool) -> None:
    assert doctor.has_display(environment, platform) is there


def test_qt_that_does_not_start_matters_where_there_is_a_screen() -> None:
    complaint = "Traceback\nImportError: libEGL.so.1: cannot open shared object file\n"
    run = answering(1, err=complaint)
    with_screen = doctor.check_qt(run, {"DISPLAY": ":0"})
    assert with_screen.status == "fail"
    assert with_screen.detail.endswith("libEGL.so.1: cannot open shared object file")
    assert "libegl1" in with_screen.advice
    if sys.platform.startswith("linux"):
        assert doctor.check_qt(run, {}).status == "warn"


def test_qt_that_is_killed_without_a_word_has_failed() -> None:
    check = doctor.check_qt(answering(-6), {"DISPLAY": ":0"})
    assert (check.status, check.detail) == ("fail", "it ended with status -6")


def test_qt_that_starts_is_well() -> None:
    check = doctor.check_qt(answering(0, out="6.12.0\n"), {"DISPLAY": ":0"})
    assert (check.status, check.detail) == ("ok", "6.12.0")


@pytest.mark.parametrize(("free", "status"), [(5e9, "ok"), (1e9, "warn"), (1e8, "fail")])
def test_disk_space_is_judged(
    free: float, status: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Usage:
        def __init__(self, _: Path) -> None:
            self.free = free

    monkeypatch.setattr(doctor.shutil, "disk_usage", Usage)
    check = doctor.check_disk(tmp_path)
    assert check.status == status
    assert bool(check.advice) == (status != "ok")


def test_the_report_shows_findings_and_advice_and_tells_whether_it_is_usable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = Check("Disk", "ok", "5 GB in [folder]")
    odd = Check("Cameras", "warn", "none", "Plug one in.")
    assert print_report([good, odd]) == 0
    shown = capsys.readouterr().out
    assert "5 GB in [folder]" in shown
    assert "Plug one in." in shown
    assert "can be used" in shown
    assert print_report([good, Check("Qt", "fail", "no", "Do this.")]) == 1
    assert "Not usable yet: Qt." in capsys.readouterr().out

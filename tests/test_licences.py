"""What is installed from the locks has a licence that is allowed, or is named with a reason."""

from __future__ import annotations

import importlib.util
from email.message import Message
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "tools" / "licences.py"


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    import sys

    spec = importlib.util.spec_from_file_location("licences", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["licences"] = module
    spec.loader.exec_module(module)
    return module


def test_every_locked_package_is_of_an_allowed_licence(licences: ModuleType) -> None:
    found = licences.licences(licences.locked(("bootstrap", "live", "dev")))
    assert {"numpy", "torch", "pyside6-essentials"} <= found.keys()
    assert licences.unknown(found, licences.read_rules()) == {}


def test_each_exception_is_of_a_package_that_is_locked(licences: ModuleType) -> None:
    names = licences.locked()
    for package in licences.read_rules().packages:
        assert any(name == package or name.startswith(f"{package}-") for name in names), package


def test_another_licence_is_named(licences: ModuleType) -> None:
    rules = licences.read_rules()
    found = {"a": "GPL-3.0-only", "b": "MIT", "c": "", "d": "GPL-2.0-only OR MIT",
             "e": "MIT AND GPL-2.0-only", "nvidia-x": "theirs"}  # fmt: skip
    assert licences.unknown(found, rules) == {
        "a": "GPL-3.0-only", "c": "", "e": "MIT AND GPL-2.0-only",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "other")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: BSD License")], "BSD License"),
        ([("Classifier", "License :: OSI Approved"), ("License", "MIT\nmore")], "MIT"),
        ([("Classifier", "Topic :: a :: b")], ""),
    ],
)
def test_a_licence_is_read_where_a_package_says_it(
    licences: ModuleType, lines: list[tuple[str, str]], licence: str
) -> None:
    about = Message()
    for key, value in lines:
        about[key] = value
    assert licences.licence_of(about) == licence

"""The documentation site: every page is in it, its examples run, and it works from disk."""

from __future__ import annotations

import html.parser
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from made_pages import GENERATED

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
EXAMPLES = ("tutorial.md", "how-to/python.md")


class _AnyTag(yaml.SafeLoader):
    """Reads tags that only MkDocs knows as nothing."""


_AnyTag.add_multi_constructor("", lambda *_: None)


@cache
def settings() -> dict[str, object]:
    return yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), _AnyTag)


def pages(entry: object) -> list[str]:
    """The pages of a part of the navigation."""
    if isinstance(entry, str):
        return [entry]
    parts = entry.values() if isinstance(entry, dict) else entry
    assert not isinstance(parts, int | float | None)
    return [page for part in parts for page in pages(part)]  # pyright: ignore[reportGeneralTypeIssues]


def blocks(page: str) -> list[str]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def test_every_page_is_in_the_navigation_once() -> None:
    named = pages(settings()["nav"])
    there = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert sorted(named) == sorted(there | GENERATED)


def test_the_site_asks_nothing_of_other_servers_and_lets_no_warning_pass() -> None:
    found = settings()
    theme, extra = found["theme"], found["extra"]
    assert isinstance(theme, dict)
    assert isinstance(extra, dict)
    assert theme["font"] is False
    assert found["strict"] is True
    assert found["use_directory_urls"] is False
    assert all((DOCS / script).is_file() for script in extra["polyfills"])


@pytest.mark.parametrize("page", EXAMPLES)
def test_the_examples_of_a_page_run(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found = blocks(page)
    assert found
    for block in found:
        exec(compile(block, page, "exec"), {"__name__": "example"})
    assert capsys.readouterr().out.strip()


class _Page(html.parser.HTMLParser):
    """What a page refers to, what it loads, and which names it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.names |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        loaded = given.get("src") if tag in ("script", "img", "iframe", "video") else None
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            loaded = given["href"]
        if loaded and not loaded.startswith("data:"):
            self.loads.append(loaded)


def read(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


@pytest.mark.slow
def test_the_site_builds_without_a_warning_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(tmp_path / "site")]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env=quiet, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    built = {path: read(path) for path in (tmp_path / "site").rglob("*.html")}
    assert len(built) > len(GENERATED) + 15
    dead = []
    for path, page in built.items():
        if path.name == "404.html":  # meant for a server's root
            continue
        for target in (*page.links, *page.loads):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                if target in page.loads:
                    dead.append(f"{path.name} loads {target}")
                continue
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            missing = not file.is_file()
            unnamed = parts.fragment and unquote(parts.fragment) not in {
                *(built[file].names if file in built else ()), "__tabbed"
            }  # fmt: skip
            if missing or unnamed:
                dead.append(f"{path.name}: {target}")
    assert not dead
    commands = (tmp_path / "site" / "reference" / "commands.html").read_text(encoding="utf-8")
    assert all(each in commands for each in ("avce-live batch", "avce-train fit", "--half-stored"))

"""The documents keep their word: links lead somewhere, and commands exist as they are written."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from made_pages import GENERATED

from avce.app import cli as live
from avce.model.version import __version__
from avce.train import cli as train
from avce.train import export

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = sorted(
    path
    for path in (*ROOT.glob("*.md"), *ROOT.glob("[a-z]*/**/*.md"))
    if ".venv" not in path.parts and "runs" not in path.parts
)
CURRENT = [path for path in DOCUMENTS if path.name != "CHANGELOG.md"]
"""What must hold today; a list of changes also names what is gone."""

MADE = {ROOT / "docs" / page for page in GENERATED}

MAINS: dict[str, Callable[[list[str]], int]] = {
    "avce-live": live.main,
    "avce-train": train.main,
    "avce-export": export.main,
}
ROOMS = "app|model|train|weights|tests|benchmarks|docs|tools|requirements"
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_PATH = re.compile(rf"`((?:{ROOMS})/[\w./-]*)`")
COMMAND = re.compile(r"(avce-(?:live|train|export))((?: +[^\s`#|>]+)*)")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code_in(path: Path) -> list[str]:
    """Lines of code: in blocks, and between backticks within a line."""
    text = text_of(path)
    fenced = re.findall(r"^```.*?^```$", text, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    indented = re.findall(r"^ {4}.*$", prose, re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", prose)
    # In a block, a line that is indented further continues the one before.
    lines = [re.sub(r"\n {4,}", " ", block).split("\n") for block in fenced]
    return [*(line for block in lines for line in block), *indented, *spans]


def anchors(path: Path) -> set[str]:
    """The headings of a document as links name them."""
    titles = re.findall(r"^#+ (.+)$", text_of(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@cache
def help_of(*command: str) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        MAINS[command[0]]([*command[1:], "--help"])
    return out.getvalue()


def options_of(*command: str) -> set[str]:
    """The options that a command's own help lists, spelled with hyphens."""
    options = re.findall(r"--[A-Za-z][\w.-]*", help_of(*command))
    return {option.replace("_", "-") for option in options}


def subcommands(command: str) -> set[str]:
    return set(re.findall(r"^ {4}([a-z][a-z-]+)(?: {2,}|$)", help_of(command), re.MULTILINE))


def wrong_in(command: str, words: list[str]) -> list[str]:
    """What of a written command line does not exist."""
    known = subcommands(command)
    whole = [command]
    if known and words and re.fullmatch(r"[a-z][a-z-]+", words[0]):
        if words[0] not in known:
            return [f"{command} {words[0]}"]
        whole.append(words[0])
    elif command == "avce-live":
        whole.append("run")
    used = {word.split("=")[0].replace("_", "-") for word in words if word.startswith("--")}
    return [f"{' '.join(whole)} {option}" for option in sorted(used - options_of(*whole))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=named)
def test_the_links_inside_the_repository_lead_somewhere(path: Path) -> None:
    dead = []
    for target in LINK.findall(text_of(path)):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, heading = target.partition("#")
        file = path.parent / place if place else path
        if file.resolve() in MADE:
            continue
        if not file.exists() or (heading and heading not in anchors(file)):
            dead.append(target)
    assert not dead


@pytest.mark.parametrize("path", CURRENT, ids=named)
def test_the_files_that_a_document_names_exist(path: Path) -> None:
    assert not [name for name in CODE_PATH.findall(text_of(path)) if not (ROOT / name).exists()]


@pytest.mark.parametrize("path", CURRENT, ids=named)
def test_the_make_targets_that_a_document_names_exist(path: Path) -> None:
    makefile = text_of(ROOT / "Makefile")
    named_targets = [
        target for line in code_in(path) for target in re.findall(r"\bmake ([a-z][\w-]*)", line)
    ]
    missing = [t for t in named_targets if not re.search(rf"^{t}:", makefile, re.MULTILINE)]
    assert not missing


@pytest.mark.parametrize("path", CURRENT, ids=named)
def test_the_commands_and_options_that_a_document_shows_exist(path: Path) -> None:
    wrong = []
    for line in code_in(path):
        for command, rest in COMMAND.findall(line):
            wrong += wrong_in(command, rest.split())
        # Options of `make live` are those of the app.
        for given in re.findall(r'ARGS="([^"]*)"', line):
            wrong += wrong_in("avce-live", shlex.split(given))
    assert not wrong


def test_a_command_that_does_not_exist_is_noticed() -> None:
    assert wrong_in("avce-live", ["--no-such-option"])
    assert wrong_in("avce-live", ["polish", "FILE"])
    assert wrong_in("avce-train", ["fit", "--run", "A", "--no_such_option", "1"])
    assert wrong_in("avce-export", ["A.ckpt", "--int9"])
    assert not wrong_in("avce-train", ["fit", "--data", "A", "--input_size", "112"])


def test_the_citation_names_this_version_and_the_paper() -> None:
    citation, readme = text_of(ROOT / "CITATION.cff"), text_of(ROOT / "README.md")
    assert f"\nversion: {__version__}\n" in citation
    assert f"version = {{{__version__}}}" in readme
    doi = "10.1007/978-3-031-19778-9_11"
    assert doi in citation
    assert readme.count(doi) == 2
    licence = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["license"]
    assert f"\nlicense: {licence}\n" in citation

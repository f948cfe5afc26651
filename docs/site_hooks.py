"""Pages of the documentation site that are made from the program: commands, models, changes.

MkDocs calls the functions that begin with `on_`; `mkdocs.yml` names this file.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[1]
_MERMAID = re.compile(r"^```mermaid$.*?^```$\n*", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[([^\]]+)\]\(((?!https?:)[^)]+)\)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][\w.]*")
_CARD_LEVEL = re.compile(r"^#", re.MULTILINE)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Lay the packages out under their import name, which the checkout's folders do not have."""
    place = Path(tempfile.mkdtemp(prefix="avce-docs-"))
    for room in ("app", "model", "weights"):
        skipped = shutil.ignore_patterns("*.onnx", "*.mp4", "__pycache__")
        shutil.copytree(ROOT / room, place / "avce" / room, ignore=skipped)
    handlers: dict[str, Any] = config.plugins["mkdocstrings"].config["handlers"]
    handlers["python"]["paths"] = [str(place)]
    config.extra["packages"] = str(place)
    return config


def on_post_build(config: MkDocsConfig) -> None:
    """Remove what `on_config` laid out."""
    shutil.rmtree(config.extra["packages"], ignore_errors=True)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made here."""
    pages = {"commands": commands(), "models": models(), "changes": changes()}
    for name, text in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Leave diagrams out: what draws them would be fetched; each stands as text too."""
    return _MERMAID.sub("", markdown)


def changes() -> str:
    """The list of changes, with its links as they are from here."""

    def link(found: re.Match[str]) -> str:
        words, target = found.groups()
        if target.startswith("docs/") and target.endswith(".md"):
            return f"[{words}](../{target.removeprefix('docs/')})"
        return words

    return _LINK.sub(link, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))


def models() -> str:
    """The cards of the models that come with the program."""
    parts = ["# Models\n\nEach model that comes with the program has a card: what it learned from, "
             "its metrics, and where it fails.\n"]  # fmt: skip
    for card in sorted((ROOT / "weights").glob("*.md")):
        text = _LINK.sub(r"\1", card.read_text(encoding="utf-8"))
        blocks = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
        # A line of code may begin with the sign of a heading.
        blocks[::2] = [_CARD_LEVEL.sub("##", block) for block in blocks[::2]]
        parts.append("".join(blocks))
    return "\n".join(parts)


def commands() -> str:
    """Every command with its options, as its own parser knows them."""
    from avce.app.cli import build_parser as live
    from avce.train.cli import build_parser as train
    from avce.train.export import build_parser as export

    parts = ["# Commands\n\nMade from the parsers of the commands; `--help` says the same.\n"]
    for parser in (live(), train(), export()):
        parts.append(f"## {parser.prog}\n\n{_sentence(parser.description)}\n")
        parts.append("\n".join(_table(parser)))
        for name, part in _subcommands(parser):
            parts.append(f"### {parser.prog} {name}\n\n{_sentence(part.description)}\n")
            parts.append("\n".join(_table(part)))
    return "\n".join(parts)


def _subcommands(parser: Any) -> Iterator[tuple[str, Any]]:
    for action in parser._actions:
        if hasattr(action, "_name_parser_map"):
            yield from action._name_parser_map.items()


def _table(parser: Any) -> Iterator[str]:
    rows = [action for action in parser._actions if _shown(action)]
    if rows:
        yield from ("| option | default | meaning |", "|---|---|---|")
    for action in rows:
        name = _OPTION.sub(lambda found: found[0].replace("_", "-"), _name(action))
        default = "required" if action.required else _value(action.default)
        yield f"| {name} | {default} | {_cell(action.help or '')} |"
    yield ""


def _shown(action: Any) -> bool:
    return not hasattr(action, "_name_parser_map") and action.dest not in ("help", "version")


def _name(action: Any) -> str:
    if not action.option_strings:
        return f"`{action.dest.upper()}`{' ...' if action.nargs == '+' else ''}"
    hint = getattr(action, "_typehint", None)
    choices = get_args(hint) if get_origin(hint) is Literal else action.choices
    if choices:
        values = "|".join(str(value) for value in choices if value != "")
    else:
        values = "" if action.nargs == 0 else action.dest.split(".")[-1].upper()
    # A bar would end the table's cell.
    shown = ", ".join(f"`{each}`" for each in action.option_strings)
    return f"{shown} {' or '.join(f'`{v}`' for v in values.split('|'))}" if values else shown


def _value(value: object) -> str:
    if value in (None, "", False, "==SUPPRESS=="):
        return ""
    return f"`{_cell(' '.join(map(str, value)) if isinstance(value, list | tuple) else value)}`"


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def _sentence(text: str | None) -> str:
    words = " ".join((text or "").split())
    return words.partition(": ")[2].capitalize() if words.startswith("avce-") else words

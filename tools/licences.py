"""Read the licence of every locked package that is installed, against those that are allowed.

    make licences

What a package's metadata say is taken as it is, SPDX expressions first. Returns 1 where a licence
is not in `tools/licences.toml`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCKS = ("bootstrap", "live", "dev", "gpu", "checks")
_PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is allowed: licences by their SPDX names, other words for them, and single packages."""

    allowed: frozenset[str]
    meaning: Mapping[str, str]
    packages: Mapping[str, str]

    def reason(self, package: str) -> str:
        """Why a package of another licence may stay, "" if it may not."""
        family = "nvidia" if package.startswith("nvidia-") else package
        return self.packages.get(family, "")

    def allows(self, licence: str) -> bool:
        """Whether each part of an expression is allowed; of an OR, one is enough."""
        return any(
            all(self._name(part.strip()) in self.allowed for part in choice.split(" AND "))
            for choice in licence.split(" OR ")
        )

    def _name(self, words: str) -> str:
        return self.meaning.get(words) or words.strip("()")


def read_rules() -> Rules:
    """The rules of the file beside this one."""
    told = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return Rules(frozenset(told["allowed"]), told["meaning"], told["packages"])


def locked(names: Iterable[str] = LOCKS) -> list[str]:
    """The packages of the locks, sorted."""
    texts = ((ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8") for name in names)
    return sorted({name for text in texts for name in _PIN.findall(text)})


def licence_of(about: Any) -> str:
    """What a package's metadata say: the expression, the classifiers, or the text's first line."""
    if expression := about.get("License-Expression"):
        return expression
    told = [c.split("::") for c in about.get_all("Classifier") or []]
    named = [
        parts[-1].strip() for parts in told if parts[0].strip() == "License" and len(parts) > 2
    ]
    return " AND ".join(named) or (about.get("License") or "").strip().split("\n")[0]


def licences(packages: Iterable[str]) -> dict[str, str]:
    """The licence of each package that is installed here."""
    found = {}
    for name in packages:
        try:
            found[name] = licence_of(metadata.distribution(name).metadata)
        except metadata.PackageNotFoundError:
            continue
    return found


def unknown(found: Mapping[str, str], rules: Rules) -> dict[str, str]:
    """The packages whose licence is not allowed, and which are not named one by one."""
    return {
        name: licence
        for name, licence in found.items()
        if not rules.allows(licence) and not rules.reason(name)
    }


def main() -> int:
    """Print packages by licence, those that are named one by one, and what is not allowed."""
    rules, packages = read_rules(), locked()
    found = licences(packages)
    for licence in sorted({licence for licence in found.values() if rules.allows(licence)}):
        names = [name for name, other in found.items() if other == licence]
        print(f"{licence}: {', '.join(names)}")
    for name, licence in found.items():
        if not rules.allows(licence) and (reason := rules.reason(name)):
            print(f"{name}: {reason}")
    wrong = unknown(found, rules)
    for name, licence in wrong.items():
        print(f"NOT ALLOWED: {name} ({licence or 'its metadata name no licence'})")
    absent = len(packages) - len(found)
    print(f"{len(found)} packages, {len(wrong)} not allowed; {absent} of other systems not read")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())

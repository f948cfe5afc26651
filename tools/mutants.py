"""Change the program in one place after the other, and see whether its tests notice.

    make mutants [FILES="model/metrics.py ..."]

The changes are those of cosmic-ray's operators, one in each place that it can change (another
arithmetic operator, an end of a comparison taken in or left out, a number one more, `and` for `or`
...). Each is made in memory, in a fork that then runs the tests of that file; a test that fails, or
that takes too long, has noticed it. What is printed are the changes that none noticed.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TESTS = {
    "model/metrics.py": ("tests/model/test_metrics.py",),
    "model/simplex.py": ("tests/model/test_simplex.py",),
    "model/critics.py": ("tests/model/test_critics.py",),
    "model/losses/avce.py": ("tests/model/losses/test_avce.py",),
    "model/losses/barlow_twins.py": ("tests/model/losses/test_barlow_twins.py",),
    "model/losses/caf.py": ("tests/model/losses/test_caf.py",),
    "model/losses/infonce.py": ("tests/model/losses/test_infonce.py",),
    "model/losses/negative_mining.py": ("tests/model/losses/test_negative_mining.py",),
    "model/losses/supervised.py": ("tests/model/losses/test_supervised.py",),
    "model/losses/triplet.py": ("tests/model/losses/test_triplet.py",),
    "app/analysis/smoothing.py": ("tests/app/analysis/test_smoothing.py",),
    "app/analysis/baseline.py": ("tests/app/analysis/test_baseline.py",),
    "app/analysis/tracking.py": ("tests/app/analysis/test_tracking.py",),
    "app/session/rows.py": ("tests/app/session/test_format.py", "tests/app/session/test_reader.py"),
}
"""Files and the tests that stand for them."""
_COMPARISONS = (
    "Lt_LtE",
    "LtE_Lt",
    "Gt_GtE",
    "GtE_Gt",
    "Eq_NotEq",
    "NotEq_Eq",
    "Is_IsNot",
    "IsNot_Is",
)
_ARITHMETIC = ("Add_Sub", "Sub_Add", "Mul_Div", "Div_Mul", "FloorDiv_Div", "Mod_Div", "Pow_Mul")
OPERATORS = (
    *(f"ReplaceComparisonOperator_{each}" for each in _COMPARISONS),
    *(f"ReplaceBinaryOperator_{each}" for each in _ARITHMETIC),
    *("ReplaceBinaryOperator_BitOr_BitAnd", "ReplaceBinaryOperator_BitAnd_BitOr"),
    *("ReplaceUnaryOperator_Delete_USub", "ReplaceUnaryOperator_Delete_Not"),
    *("ReplaceUnaryOperator_Delete_Invert", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
    *("ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceContinueWithBreak", "AddNot"),
    *("NumberReplacer", "ZeroIterationForLoop"),
)
LIBRARIES = (
    "numpy",
    "scipy.stats",
    "torch",
    "pandas",
    "pyarrow.csv",
    "hypothesis",
    "pytest",
    "PIL",
)
"""Loaded once: what tests of numbers need, and nothing of the program."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed file: where, and what the line was and became."""

    line: int
    before: str
    after: str
    source: str


def _does(source: str) -> str:
    """What a source does: its tree without types, which nobody reads at run time."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for name in ("annotation", "returns"):
            if hasattr(node, name):
                setattr(node, name, None)
    return ast.dump(tree)


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of a file, in the order of its lines."""
    nodes: Any = importlib.import_module("cosmic_ray.ast")
    mutating: Any = importlib.import_module("cosmic_ray.mutating")
    plugins: Any = importlib.import_module("cosmic_ray.plugins")
    source = path.read_text(encoding="utf-8")
    found = {}
    for name in OPERATORS:
        operator = plugins.get_operator(f"core/{name}")()
        places: list[Any] = []

        class Places(nodes.Visitor):
            def visit(self, node: Any, operator: Any = operator, places: Any = places) -> Any:
                places.extend(operator.mutation_positions(node))
                return node

        Places().walk(nodes.get_ast(source))
        for number in range(len(places)):
            changed = mutating.mutate_code(source, operator, number)
            if changed is None or changed == source:
                continue
            pairs = zip(source.splitlines(), changed.splitlines(), strict=False)
            line = next(i for i, (a, b) in enumerate(pairs, 1) if a != b)
            after = changed.splitlines()[line - 1]
            before = source.splitlines()[line - 1]
            if _does(changed) == _does(source) or before.startswith("@dataclass"):
                continue
            # Of a number, one more and one less: the first will do.
            key = (name, places[number]) if name == "NumberReplacer" else changed
            found.setdefault(key, Mutant(line, before.strip(), after.strip(), changed))
    yield from sorted(found.values(), key=lambda mutant: mutant.line)


def run_tests(path: Path, source: str, tests: tuple[str, ...], seconds: int) -> bool:
    """Whether the tests pass with that source in place of the file's, in a fork of this process."""
    child = os.fork()
    if child == 0:
        status = 1
        with suppress(BaseException):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(seconds)
            load = SourceFileLoader.get_code

            def get_code(self: SourceFileLoader, name: str) -> Any:
                place = self.get_filename(name)
                if os.path.realpath(place) == str(path):
                    return compile(source, place, "exec", dont_inherit=True)
                return load(self, name)

            SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
            import pytest

            status = int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *tests]))
        os._exit(status)
    _, status = os.waitpid(child, 0)
    return status == 0


def main() -> int:
    """Print for each file the changes that no test noticed, and how many did."""
    parser = argparse.ArgumentParser(description="See whether the tests notice a change.")
    parser.add_argument("files", nargs="*", metavar="FILE", help="default: all that are listed")
    parser.add_argument("--minutes", type=float, default=60.0, help="at most, for each file")
    given = parser.parse_args()
    if unknown := sorted({*given.files} - {*TESTS}):
        print(f"mutants: no tests are listed for '{unknown[0]}': {', '.join(TESTS)}.",
              file=sys.stderr)  # fmt: skip
        return 2
    os.chdir(ROOT)
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    for library in LIBRARIES:
        importlib.import_module(library)
    for name in given.files or TESTS:
        path = ROOT / name
        began = time.monotonic()
        if not run_tests(path, path.read_text(encoding="utf-8"), TESTS[name], 600):
            print(f"{name}: its tests fail as it is")
            return 1
        limit = 10 + round(5 * (time.monotonic() - began))
        made = [*mutants(path)]
        survivors, done = [], 0
        for mutant in made:
            if time.monotonic() - began > 60 * given.minutes:
                break
            done += 1
            if run_tests(path, mutant.source, TESTS[name], limit):
                survivors.append(mutant)
                print(f"{name}:{mutant.line}: {mutant.before}  ->  {mutant.after}", flush=True)
        killed = done - len(survivors)
        share = f"{100 * killed / done:.0f} %" if done else "-"
        left = f", {len(made) - done} not tried" if done < len(made) else ""
        print(f"{name}: {killed} of {done} changes noticed ({share}){left}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

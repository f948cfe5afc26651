"""Whether an AVCE iteration stays cheap: `avce-train bench`, held to a limit.

    python benchmarks/bench_iteration.py [the options of avce-train bench]

Exit status 1 where an AVCE iteration costs more than 1.15 x a Baseline iteration.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import fields

from avce.train.bench import BenchSettings, bench, print_costs
from avce.train.options import build_parser

MOST = 1.15


def main() -> int:
    warnings.filterwarnings("ignore")
    options = build_parser().parse_args(["bench", *sys.argv[1:]]).bench
    settings = BenchSettings(**{f.name: options[f.name] for f in fields(BenchSettings)})
    costs = bench(settings)
    print_costs(costs, settings)
    if costs["avce"].ratio > MOST:
        print(f"An AVCE iteration costs more than {MOST} x a Baseline one.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`python -m benchmarks [NAME...]`: measures, and prints a table.  Exits 0 also where a target is missed."""

from __future__ import annotations

import argparse
import os
import platform
from typing import TYPE_CHECKING

from benchmarks import changes, check, functions, provider, provisioning, rate_limit, review, synthesis, validation
from benchmarks.results import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.results import Result

BENCHMARKS: dict[str, Callable[[], list[Result]]] = {
    "provider": provider.results,
    "functions": functions.results,
    "rate-limit": rate_limit.results,
    "provisioning": provisioning.results,
    "validate": validation.results,
    "check": check.results,
    "review": review.results,
    "changes": changes.results,
    "synth": synthesis.results,
    "synth-iam": synthesis.iam_results,
}


def main() -> None:
    """Run those that are named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHMARKS)}; all of them by default")
    names = parser.parse_args().names
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}")
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print("Times are processor seconds, medians; ratios are medians of each round's ratio.")
    for name in names or BENCHMARKS:
        print(f"\n{name}\n{table(BENCHMARKS[name]())}", flush=True)


if __name__ == "__main__":
    main()

"""The command `saml-connectors validate`: cold for one file, and for a thousand at once.

Not here: whether what it finds is right.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import yaml

from benchmarks.processes import in_turns, middle, middle_ratio, python, run
from benchmarks.results import Result, at_most
from benchmarks.workload import SPECS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.clock import Reading

COGNITO, IAM = "cognito-user-pool", "iam"
MAX_COLD_SECONDS = 0.4
MAX_THOUSAND_SECONDS = 2.0
MANY = 1_000
ROUNDS = 9

_LOADED = "import sys, {module}; print(sorted({{'aws_cdk', 'jsii'}} & sys.modules.keys()))"
_PURE_MODULES = ("saml_connectors", "saml_connectors.spec", "saml_connectors.cli")


def results(*, rounds: int = ROUNDS, specs: int = MANY) -> list[Result]:
    """Measure; takes about half a minute.

    Args:
        rounds: How often each process is run.
        specs: How many specs are checked at once.
    """
    validate = "from saml_connectors.cli import main; main()"
    with TemporaryDirectory() as folder:
        kinds = {kind: Path(folder, kind) for kind in SPECS}
        for kind, place in kinds.items():
            place.mkdir()
            write_specs(place, kind, specs)
        one = str(kinds[COGNITO] / f"{SPECS[COGNITO](0)['name']}.yaml")
        readings = in_turns(
            rounds,
            {
                "one": lambda: run(python("-c", validate, "validate", one)).seconds,
                "imports": lambda: run(python("-c", "import pydantic, yaml, click")).seconds,
                "bare": lambda: run(python("-c", "pass")).seconds,
            },
            progress="validate, one spec",
        )

        def check(place: Path) -> Callable[[], Reading]:
            return lambda: run(python("-c", validate, "validate", str(place))).seconds

        many = in_turns(
            max(1, rounds // 3),
            {kind: check(place) for kind, place in kinds.items()},
            progress=f"validate, {specs} specs of each kind",
        )
    cold, ratio = middle(readings["one"]), middle_ratio(readings["one"], readings["imports"])
    return [
        at_most(
            "validate, one spec, whole process",
            cold.processor,
            MAX_COLD_SECONDS,
            "s",
            note=f"on the wall {cold.wall:.2f} s; bare interpreter "
            f"{median(each.processor for each in readings['bare']):.2f} s",
        ),
        Result(what="the same, to importing pydantic, yaml and click", found=f"{ratio.processor:.2f} x"),
        *(_of_many(kind, many[kind], cold, specs) for kind in SPECS),
        Result(
            what=f"the same, kind {IAM} to kind {COGNITO}",
            found=f"{middle_ratio(many[IAM], many[COGNITO]).processor:.2f} x",
        ),
        *(_imports_no_cdk(module) for module in _PURE_MODULES),
    ]


def write_specs(folder: Path, kind: str, count: int) -> None:
    """Put *count* specs of *kind* without problems into *folder*."""
    for number in range(count):
        data = SPECS[kind](number)
        Path(folder, f"{data['name']}.yaml").write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def _of_many(kind: str, readings: Sequence[Reading], cold: Reading, specs: int) -> Result:
    taken = middle(readings)
    each = (taken.processor - cold.processor) / max(1, specs - 1)
    rate = f"{each * 1000:.2f} ms a spec" + (f", {1 / each:,.0f} a second" if each > 0 else "")
    return at_most(
        f"validate, {specs:,} specs of kind {kind}, whole process",
        taken.processor,
        MAX_THOUSAND_SECONDS,
        "s",
        note=f"on the wall {taken.wall:.2f} s; {rate}",
    )


def _imports_no_cdk(module: str) -> Result:
    loaded = run(python("-c", _LOADED.format(module=module))).output.strip()
    return Result(
        what=f"import {module}",
        target="without the CDK",
        found="without the CDK" if loaded == "[]" else f"loads {loaded}",
        met=loaded == "[]",
    )

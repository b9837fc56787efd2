"""The command `saml-connectors validate`: cold for one file, and for a thousand at once.

Not here: whether what it finds is right.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import yaml

from benchmarks.processes import in_turns, middle, middle_ratio, python, run
from benchmarks.results import Result, at_most
from benchmarks.workload import spec_data

MAX_COLD_SECONDS = 0.4
MAX_THOUSAND_SECONDS = 2.0
SPECS = 1_000
ROUNDS = 9

_LOADED = "import sys, {module}; print(sorted({{'aws_cdk', 'jsii'}} & sys.modules.keys()))"
_PURE_MODULES = ("saml_connectors", "saml_connectors.spec", "saml_connectors.cli")


def results(*, rounds: int = ROUNDS, specs: int = SPECS) -> list[Result]:
    """Measure; takes about half a minute.

    Args:
        rounds: How often each process is run.
        specs: How many specs are checked at once.
    """
    with TemporaryDirectory() as folder:
        write_specs(Path(folder), specs)
        one = str(Path(folder, "portal-0.yaml"))
        validate = "from saml_connectors.cli import main; main()"
        readings = in_turns(
            rounds,
            {
                "one": lambda: run(python("-c", validate, "validate", one)).seconds,
                "imports": lambda: run(python("-c", "import pydantic, yaml, click")).seconds,
                "bare": lambda: run(python("-c", "pass")).seconds,
            },
            progress="validate, one spec",
        )
        many = in_turns(
            max(1, rounds // 3),
            {"many": lambda: run(python("-c", validate, "validate", folder)).seconds},
            progress=f"validate, {specs} specs",
        )["many"]
    cold, ratio = middle(readings["one"]), middle_ratio(readings["one"], readings["imports"])
    thousand = middle(many)
    rate = (thousand.processor - cold.processor) / max(1, specs - 1) * 1000
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
        at_most(
            f"validate, {specs:,} specs, whole process",
            thousand.processor,
            MAX_THOUSAND_SECONDS,
            "s",
            note=f"on the wall {thousand.wall:.2f} s; {rate:.2f} ms a spec",
        ),
        *(_imports_no_cdk(module) for module in _PURE_MODULES),
    ]


def write_specs(folder: Path, count: int) -> None:
    """Put *count* specs without problems into *folder*."""
    for number in range(count):
        data = spec_data(number)
        Path(folder, f"{data['name']}.yaml").write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def _imports_no_cdk(module: str) -> Result:
    loaded = run(python("-c", _LOADED.format(module=module))).output.strip()
    return Result(
        what=f"import {module}",
        target="without the CDK",
        found="without the CDK" if loaded == "[]" else f"loads {loaded}",
        met=loaded == "[]",
    )

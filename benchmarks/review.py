"""The command `saml-connectors review`: a hundred connectors against a hundred, each of them changed, and none.

Not here: whether what it tells is right.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from benchmarks.processes import in_turns, middle, python, run
from benchmarks.results import Result, at_most
from benchmarks.synthesis import synthesize
from benchmarks.workload import SPECS
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.clock import Reading

CONNECTORS = 100
MAX_SECONDS = 2.0
ROUNDS = 5

_REVIEW = "from saml_connectors.cli import main; main()"


def results(*, rounds: int = ROUNDS, connectors: int = CONNECTORS) -> list[Result]:
    """Measure; takes about a minute, most of it to synthesize what is reviewed.

    Args:
        rounds: How often each process is run.
        connectors: How many connectors there are on each side.
    """
    found = []
    with TemporaryDirectory() as folder:
        for kind in SPECS:
            base, new = Path(folder, f"{kind}-base"), Path(folder, f"{kind}-new")
            synthesize(kind, "library", connectors, str(base))
            shutil.copytree(base, new)
            changed = change_everything(new)
            readings = in_turns(
                rounds,
                {"changed": _review(new, base), "same": _review(base, base), "alone": _review(new, None)},
                progress=f"review, {connectors} connectors of kind {kind}",
            )
            for name, what in (
                ("changed", f"against {connectors}, {changed} resources changed"),
                ("same", f"against the same {connectors}"),
                ("alone", "without a base"),
            ):
                taken = middle(readings[name])
                found.append(
                    at_most(
                        f"review, {connectors} connectors of kind {kind} {what}, whole process",
                        taken.processor,
                        MAX_SECONDS,
                        "s",
                        note=f"on the wall {taken.wall:.2f} s",
                    )
                )
    return found


def change_everything(assembly: Path) -> int:
    """Give each connector of an assembly a group, a scope and a right more; how many resources that changes."""
    count = 0
    for path in sorted(assembly.glob("*.template.json")):
        template = json.loads(path.read_text("utf-8"))
        count += sum(map(_changed, template["Resources"].values()))
        path.write_text(json.dumps(template, indent=1), "utf-8")
    return count


def _changed(resource: dict[str, Any]) -> bool:
    properties = resource.get("Properties", {})
    match resource["Type"]:
        case contract.ACCESS:
            properties[contract.GROUPS] = [*properties[contract.GROUPS], "contractors"]
        case "AWS::Cognito::UserPoolClient":
            properties["AllowedOAuthScopes"] = [*properties["AllowedOAuthScopes"], "phone"]
        case "AWS::IAM::Role" if "RoleName" in properties:
            properties["ManagedPolicyArns"] = [
                *properties.get("ManagedPolicyArns", []),
                "arn:aws:iam::aws:policy/Another",
            ]
        case _:
            return False
    return True


def _review(new: Path, base: Path | None) -> Callable[[], Reading]:
    against = ["--base", str(base)] if base is not None else []
    command = python("-c", _REVIEW, "review", str(new), *against, "--now", "2027-01-01")
    return lambda: run(command).seconds

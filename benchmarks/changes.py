"""What a deployment of kind `iam` changes where nothing has changed, and where a role was added.

Not here: how it is deployed (`deployment.py`), and the calls of single resources (`provider_calls_iam.py`).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.deployment import Deployed, Deployment
from benchmarks.processes import PROJECT, python, run
from benchmarks.results import Result
from benchmarks.workload import iam_spec, iam_spec_with_another_role
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections import Counter

    from benchmarks.provider_calls import Calls

GROUPS = ("engineers", "auditors")
ROLE = "AWS::IAM::Role"
BY_CONSTANTS, BY_GROUPS = "constant-attributes", "group-attributes"
_BEFORE, _AFTER = "before", "after"
_WRITES = {BY_CONSTANTS: 1, BY_GROUPS: 2}
"""What an added role may write: its application; and the group that carries it, where groups do."""

_NAMES = {
    ROLE: "role",
    contract.APPLICATION: "application",
    contract.GROUP_ATTRIBUTES: "group attributes",
    "AWS::IAM::SAMLProvider": "provider",
}


class Course(NamedTuple):
    """What came of each deployment of one connector, one after another."""

    created: Deployed
    nothing: Deployed
    """The same template once more."""

    again: Calls
    """All custom resources asked to become what they are."""

    role_added: Deployed
    removed: Deployed


def results() -> list[Result]:
    """Measure; takes about ten seconds."""
    found = []
    for carrier, course in courses().items():
        changed = Counted(course.role_added.added, course.role_added.changed)
        unwanted = course.nothing.added + course.nothing.changed + course.nothing.removed
        target = f"1 role, 1 application{', 1 group' if carrier == BY_GROUPS else ''}"
        found += [
            Result(what=f"{carrier}: create, 2 roles, 2 groups", found=str(course.created.calls)),
            Result(
                what=f"{carrier}: no-op deploy",
                target="no change",
                found="no change" if course.nothing.is_nothing else _named(unwanted),
                met=course.nothing.is_nothing,
            ),
            Result(
                what=f"{carrier}: all resources sent again",
                target="no write",
                found=str(course.again),
                met=course.again.writes == 0,
            ),
            Result(
                what=f"{carrier}: a role added",
                target=target,
                found=f"{changed}; {course.role_added.calls}",
                met=is_one_role(carrier, course.role_added),
            ),
            Result(what=f"{carrier}: delete, 3 roles, 2 groups", found=str(course.removed.calls)),
        ]
    return found


class Counted(NamedTuple):
    """Resources that a deployment added and changed, as a sentence."""

    added: Counter[str]
    changed: Counter[str]

    def __str__(self) -> str:
        """As in `adds 1 role, changes 1 application`."""
        return f"adds {_named(self.added)}, changes {_named(self.changed)}"


def is_one_role(carrier: str, deployed: Deployed) -> bool:
    """Whether a role was added and nothing changed but what people get it from, with one write for each."""
    changes = {contract.APPLICATION: 1} | ({contract.GROUP_ATTRIBUTES: 1} if carrier == BY_GROUPS else {})
    return (
        deployed.added == {ROLE: 1}
        and deployed.changed == changes
        and not deployed.removed
        and deployed.calls.writes == _WRITES[carrier]
    )


def courses() -> dict[str, Course]:
    """Deploy a connector, again, with another role, and without anything, for each way that roles are carried."""
    with TemporaryDirectory() as folder:
        run(python("-m", "benchmarks.changes", folder))
        templates = {
            path.name.partition(".")[0]: json.loads(path.read_text("utf-8")) for path in Path(folder).iterdir()
        }
    return {
        carrier: _course(templates[f"{carrier}-{_BEFORE}"], templates[f"{carrier}-{_AFTER}"])
        for carrier in (BY_CONSTANTS, BY_GROUPS)
    }


def _course(before: dict[str, Any], after: dict[str, Any]) -> Course:
    deployment = Deployment(GROUPS)
    return Course(
        created=deployment.deploy(before),
        nothing=deployment.deploy(before),
        again=deployment.send_again(),
        role_added=deployment.deploy(after),
        removed=deployment.deploy({"Resources": {}}),
    )


def _named(types: Counter[str]) -> str:
    return " and ".join(f"{number} {_NAMES.get(name, name)}" for name, number in sorted(types.items())) or "nothing"


def _synthesize(folder: str) -> None:
    """Write the templates to *folder*; in a process of its own, as it starts Node."""
    from aws_cdk import App, Stack  # noqa: PLC0415 - it starts Node

    from saml_connectors.iam import IamConnector  # noqa: PLC0415 - as above
    from saml_connectors.spec import parse  # noqa: PLC0415 - as above
    from saml_connectors.spec.iam import IamSpec  # noqa: PLC0415 - as above

    context = json.loads((PROJECT / "cdk.json").read_text("utf-8"))["context"]
    with TemporaryDirectory() as outdir:
        app = App(outdir=outdir, analytics_reporting=False, context=context)
        for carrier in (BY_CONSTANTS, BY_GROUPS):
            for name, data in ((_BEFORE, iam_spec(0)), (_AFTER, iam_spec_with_another_role(0))):
                spec = parse(data | {"carry_roles": carrier})
                assert isinstance(spec, IamSpec)  # the workload says so
                IamConnector(Stack(app, f"{carrier}-{name}"), "Connector", spec=spec)
        app.synth()
        for path in Path(outdir).glob("*.template.json"):
            Path(folder, path.name).write_bytes(path.read_bytes())


if __name__ == "__main__":
    _synthesize(sys.argv[1])

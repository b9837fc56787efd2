"""`saml-connectors doctor`: the whole chain of a deployed connector, link by link, with what to do about each.

Reads only.  Each part looks at one side: nothing that is wrong keeps the next from being looked at, but what follows
from it.  Not here: options and printing.
"""

from __future__ import annotations

from datetime import datetime

from saml_connectors.deployed import (
    doctor_clients,
    doctor_directory,
    doctor_identity_center,
    doctor_roles,
    doctor_sign_in,
    doctor_trust,
)
from saml_connectors.deployed.checkup import Checkup
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.stack import DOUBTFUL, DeployedStack
from saml_connectors.problems import Problem
from saml_connectors.provisioning.command import World
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.spec.findings import shown

LONGEST_RUN_MINUTES = 15
"""What AWS lets a function run at most: after that, nothing of it can answer any more."""

SHOWN_WAITING = 6
_OWN = ("Custom::", "AWS::CloudFormation::CustomResource")
_FAILING = ("ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS", "IMPORT_ROLLBACK_IN_PROGRESS", "DELETE_IN_PROGRESS")


def run_doctor(stack: str, region: str | None, world: World) -> Checkup:
    """`doctor`: every link.

    Raises:
        Trouble: The stack cannot be read, or has nothing to look at.
    """
    here = Deployment.read(stack, region, world, changing=True)
    checkup = Checkup(here.stack.name)
    if here.stack.status in DOUBTFUL:
        seen = f"the last deployment ended as {here.stack.status}: the template may not be what is deployed"
        checkup.wrong("stack", here.stack.name, seen, "deploy it again, or continue the rollback")
    elif here.stack.changing:
        _changing(here.stack, checkup, world.now())
    before = len(checkup.steps)
    seen_applications = doctor_directory.look(here, checkup, world.now())
    doctor_trust.look(here, seen_applications, checkup)
    doctor_clients.look(here, checkup)
    doctor_sign_in.look(here, seen_applications, checkup)
    doctor_roles.look(here, seen_applications, checkup)
    doctor_identity_center.look(here, seen_applications, checkup)
    if len(checkup.steps) == before and not here.stack.changing:
        rule = f"must be the stack of a connector, and stack {shown(here.stack.name)} has nothing of one"
        raise Trouble(Problem(code="stack-connector", field="stack", rule=rule, fix="name the connector's own stack"))
    return checkup


def _changing(stack: DeployedStack, checkup: Checkup, now: datetime) -> None:
    """That it is being changed, what it waits for, and whether that can still come."""
    minutes = {
        name: int((now - since).total_seconds() // 60) if since else None for name, since in stack.waiting.items()
    }
    longest = sorted(minutes.items(), key=lambda each: -(each[1] or 0))
    told = [name if waited is None else f"{name} ({waited} min)" for name, waited in longest[:SHOWN_WAITING]]
    more = f" and {len(longest) - SHOWN_WAITING} more" if len(longest) > SHOWN_WAITING else ""
    waits = f", waiting for {', '.join(told)}{more}" if told else ""
    seen = f"it is being changed ({stack.status}{waits}): what follows may be of the old or of the new"
    own = {name for name, each in stack.template.get("Resources", {}).items() if str(each["Type"]).startswith(_OWN)}
    stuck = [name for name, waited in longest if name in own and (waited or 0) > LONGEST_RUN_MINUTES]
    if stuck:
        advice = f"the function behind {', '.join(stuck[:SHOWN_WAITING])} does not answer: read its log, mend it, then "
        checkup.wrong(
            "stack", stack.name, seen, f"{advice}cancel the deployment, or wait until CloudFormation gives up"
        )
    elif stack.status in _FAILING:
        checkup.wrong("stack", stack.name, seen, "look at the stack's events: the deployment failed, or it is deleted")
    else:
        checkup.unknown("stack", stack.name, seen, "run it again when that is over")

"""`saml-connectors doctor`: the whole chain of a deployed connector, link by link, with what to do about each.

Reads only.  Each part looks at one side: nothing that is wrong keeps the next from being looked at, but what follows
from it.  Not here: options and printing.
"""

from __future__ import annotations

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
from saml_connectors.deployed.stack import DOUBTFUL
from saml_connectors.problems import Problem
from saml_connectors.provisioning.command import World
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.spec.findings import shown


def run_doctor(stack: str, region: str | None, world: World) -> Checkup:
    """`doctor`: every link.

    Raises:
        Trouble: The stack cannot be read, or has nothing to look at.
    """
    here = Deployment.read(stack, region, world)
    checkup = Checkup(here.stack.name)
    if here.stack.status in DOUBTFUL:
        seen = f"the last deployment ended as {here.stack.status}: the template may not be what is deployed"
        checkup.wrong("stack", here.stack.name, seen, "deploy it again, or continue the rollback")
    before = len(checkup.steps)
    seen_applications = doctor_directory.look(here, checkup, world.now())
    doctor_trust.look(here, seen_applications, checkup)
    doctor_clients.look(here, checkup)
    doctor_sign_in.look(here, seen_applications, checkup)
    doctor_roles.look(here, seen_applications, checkup)
    doctor_identity_center.look(here, seen_applications, checkup)
    if len(checkup.steps) == before:
        rule = f"must be the stack of a connector, and stack {shown(here.stack.name)} has nothing of one"
        raise Trouble(Problem(code="stack-connector", field="stack", rule=rule, fix="name the connector's own stack"))
    return checkup

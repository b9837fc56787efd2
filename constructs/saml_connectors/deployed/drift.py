"""`saml-connectors drift`: what of a deployed stack is not in the directory as it was deployed.

Reads only.  Not here: one resource (`compared.py`), options and printing.
"""

from __future__ import annotations

from saml_connectors.deployed.compared import TYPES, compared
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.drift_report import DriftReport
from saml_connectors.deployed.resolved import NotKnown
from saml_connectors.deployed.stack import DOUBTFUL
from saml_connectors.problems import Problem
from saml_connectors.provisioning.command import World
from saml_connectors.provisioning.trouble import Trouble, telling_of_the_directory
from saml_connectors.spec.findings import shown


def run_drift(stack: str, region: str | None, world: World) -> DriftReport:
    """`drift`: everything that differs, and everything of which that cannot be known.

    Raises:
        Trouble: It could not be found out.
    """
    here = Deployment.read(stack, region, world)
    resources = here.of_type(*TYPES)
    if not resources:
        rule = f"must be the stack of a connector, and stack {shown(here.stack.name)} registers nothing in a directory"
        raise Trouble(Problem(code="stack-connector", field="stack", rule=rule, fix="name the connector's own stack"))
    report = DriftReport(here.stack.name)
    if here.stack.status in DOUBTFUL:
        why = f"the last deployment ended as {here.stack.status}: the template may not be what is deployed"
        report.unknown.append(NotKnown(here.stack.name, "*", why))
    with telling_of_the_directory():
        for resource in resources:
            report.add(compared(resource, here))
    return report

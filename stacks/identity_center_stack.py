"""Stacks of a connector of kind `identity-center`: the connector, and what its groups may do where.

Two stacks, because between them stand the steps that have no API: provisioning brings the groups only after it is
turned on by hand in both consoles, and needs the application for that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import Stack
from constructs import Construct

from saml_connectors.identity_center import IdentityCenterAccess, IdentityCenterConnector
from stacks.watching import add_watch, topic_of

if TYPE_CHECKING:
    from saml_connectors.spec import IdentityCenterSpec


class IdentityCenterStack(Stack):
    """The application in the directory, attributes for access control, and the watch on the SCIM token."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: IdentityCenterSpec, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        topic = topic_of(self, spec.watch)
        self.connector = IdentityCenterConnector(self, "Connector", spec=spec, assign=False, topic=topic)
        self.connector.add_outputs()
        add_watch(self, self.connector, topic=topic)


class IdentityCenterAccessStack(Stack):
    """Permission sets, and which groups get them in which accounts."""

    def __init__(self, scope: Construct, construct_id: str, *, spec: IdentityCenterSpec, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, **kwargs)
        self.access = IdentityCenterAccess(self, "Access", spec=spec)

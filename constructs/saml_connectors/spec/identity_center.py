"""Kind `identity-center`: people of the directory sign in to AWS accounts through IAM Identity Center.

Not here: its parts, which have files of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec import identity_center_rules
from saml_connectors.spec.access_attribute import AccessAttribute, AccessKey
from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.directory import Directory, SamlApplication
from saml_connectors.spec.model import SpecModel, refuse
from saml_connectors.spec.permission_set import Assignment, PermissionSet, PermissionSetName
from saml_connectors.spec.scim import Scim
from saml_connectors.spec.service_provider import ServiceProvider
from saml_connectors.spec.values import HttpsUrl, spelled
from saml_connectors.spec.watch import Watch

IDENTITY_CENTER_TEMPLATE = "aws-sso"
"""Name of JumpCloud's catalogue template "AWS IAM Identity Center"."""

_INSTANCE = re.compile(r"arn:aws(?:-[a-z]{1,5}){0,3}:sso:::instance/(?:sso)?ins-[a-zA-Z0-9-.]{16}")
_STORE = re.compile(r"d-[0-9a-f]{10}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _instance(value: str) -> str:
    if not _INSTANCE.fullmatch(value):
        raise refuse("instance-arn", "must be the ARN of an Identity Center instance")
    return value


def _store(value: str) -> str:
    if not _STORE.fullmatch(value):
        raise refuse("identity-store-id", "must be an identity store's id, such as d-9067654321")
    return value


class Instance(SpecModel):
    """The instance of Identity Center, as its settings show it."""

    arn: Annotated[str, AfterValidator(_instance), spelled(_INSTANCE, "arn:aws:sso:::instance/ssoins-1234567890abcdef")]
    """ARN of the instance."""

    identity_store_id: Annotated[str, AfterValidator(_store), spelled(_STORE, "d-9067654321")]
    """Id of its identity store."""

    access_portal_url: Annotated[HttpsUrl, Field(examples=["https://acme.awsapps.com/start"])] | None = None
    """URL of the AWS access portal, as its settings show it; needed outside the partition `aws`.
    Default: `https://<identity store id>.awsapps.com/start`."""

    @property
    def partition(self) -> str:
        """Partition that the instance is in."""
        return self.arn.split(":")[1]

    @property
    def portal_url(self) -> str:
        """URL of the AWS access portal that is used."""
        return self.access_portal_url or f"https://{self.identity_store_id}.awsapps.com/start"


class IdentityCenterSpec(ConnectorSpec):
    """Sign in to AWS accounts through IAM Identity Center, whose people and groups SCIM brings from the directory."""

    kind: Literal["identity-center"] = "identity-center"
    """Kind of the connector."""

    directory: Directory
    """The directory in which the application is made."""

    application: SamlApplication
    """The application that is made in the directory.  Its groups are those that SCIM brings."""

    service_provider: ServiceProvider
    """What the Identity Center console shows of itself as a SAML service provider."""

    instance: Instance
    """The instance."""

    attributes: dict[AccessKey, AccessAttribute] = {}
    """Attributes for access control: key to directory property, or to an attribute of the identity store; at most 50.
    Default: none, and access control by attributes stays as it is."""

    permission_sets: dict[PermissionSetName, PermissionSet] = {}
    """Permission sets by name.  Default: none."""

    assignments: tuple[Assignment, ...] = ()
    """Which groups get which permission sets in which accounts.  Default: none."""

    scim: Scim | None = None
    """Automatic provisioning.  Default: nothing is checked or watched; groups must come from elsewhere."""

    watch: Watch | None = None
    """Alarms for certificates and credentials that end, and for what was changed by hand in the directory.
    Default: nothing is watched but the SCIM token."""

    rests_on: ClassVar = identity_center_rules.RESTS_ON

    @property
    def template(self) -> str:
        """Name of the catalogue template that the application is made from."""
        return self.application.template or IDENTITY_CENTER_TEMPLATE

    @property
    def assigned_groups(self) -> tuple[str, ...]:
        """Names of the groups that are assigned something, in the order in which they are first named."""
        return tuple(dict.fromkeys(group for each in self.assignments for group in each.groups))

    @property
    def assigned(self) -> tuple[tuple[str, str, str], ...]:
        """Group, permission set and account of every single assignment, each once."""
        return tuple(
            dict.fromkeys(
                (group, name, account)
                for each in self.assignments
                for group in each.groups
                for name in each.permission_sets
                for account in each.accounts
            )
        )

    def rules(self) -> Iterator[Problem]:
        """What does not go together among application, attributes, permission sets and assignments."""
        return identity_center_rules.rules(self)

"""Kind `iam`: people of the directory sign in to AWS accounts, in the roles that their groups may assume.

Not here: its parts, which have files of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from saml_connectors.aws_sign_in import GLOBAL, SIGN_IN, SignIn
from saml_connectors.endpoints import partition_of
from saml_connectors.problems import Problem
from saml_connectors.spec import iam_rules
from saml_connectors.spec.accounts import OtherAccounts
from saml_connectors.spec.aws_session import Session
from saml_connectors.spec.connector import REGION, ConnectorSpec
from saml_connectors.spec.directory import Directory, SamlApplication
from saml_connectors.spec.identity_pool import IdentityPool
from saml_connectors.spec.metadata_source import MetadataSource
from saml_connectors.spec.model import refuse
from saml_connectors.spec.role import Role, RoleName
from saml_connectors.spec.role_sets import RoleSet, one_for_all, role_sets
from saml_connectors.spec.saml_provider import SamlProvider
from saml_connectors.spec.values import Text, spelled
from saml_connectors.spec.watch import Watch

IAM_TEMPLATE = "aws"
"""Name of JumpCloud's catalogue template "Amazon AWS"."""


_SIGN_IN_REGION = re.compile(f"{GLOBAL}|{REGION.pattern}")
_ONE_HOUR = 3_600


def _endpoint(value: str) -> str:
    if not _SIGN_IN_REGION.fullmatch(value):
        fix = "write global" if value.lower() == GLOBAL else None
        raise refuse("region", "must be global, or an AWS region, such as eu-west-1", fix=fix)
    return value


SignInRegion = Annotated[str, AfterValidator(_endpoint), spelled(_SIGN_IN_REGION, GLOBAL, "eu-west-1")]
"""A region with a sign-in endpoint, or `global`."""


class IamSpec(ConnectorSpec):
    """Sign in to AWS accounts with IAM roles, with people of the directory or of any other SAML IdP."""

    kind: Literal["iam"] = "iam"
    """Kind of the connector."""

    partition: Literal["aws", "aws-us-gov", "aws-cn"] | None = None
    """Partition of the accounts.  Default: that of *aws.region*, and `aws` where no region is given."""

    directory: Directory | None = None
    """The directory in which the application is made.  Left out, together with *application*, where *metadata* is
    given or the provider exists."""

    application: SamlApplication | None = None
    """The application that is made in the directory.  Who sees it follows from *groups*.  Its `default_relay_state` is
    the page of an AWS console that people arrive at.  Where several role sets need an application each, the roles are
    added to the label, and the slug of all but the first gets an ending."""

    metadata: MetadataSource | None = None
    """Metadata of another SAML IdP; then nothing is registered anywhere.  Default: the directory's application."""

    provider: SamlProvider = SamlProvider()
    """The IAM SAML provider.  Default: a new one called `JumpCloud`."""

    roles: Annotated[dict[RoleName, Role], Field(examples=[{"Engineer": {}}])]
    """The roles by name: at least one."""

    groups: Annotated[dict[RoleName, tuple[Text, ...]], Field(examples=[{"Engineer": ["engineers"]}])] = {}
    """Who may assume which role: role to the names of directory groups, which must exist.  From it follow the Role
    values in the directory and who sees the tile.  Default: nobody, which is right
    only where no application is made."""

    carry_roles: Literal["constant-attributes", "group-attributes"] = "constant-attributes"
    """How the directory knows the roles.  `constant-attributes`: each application sends all of its roles to everybody
    who sees it, so there is one application for each set of roles.  `group-attributes`: one application; each group
    carries an attribute for each of its roles, which its people inherit; not for dynamic groups.
    Default: `constant-attributes`."""

    session: Session = Session()
    """What AWS knows of the person.  Default: the e-mail address as the session's name."""

    attributes: Annotated[dict[Text, Text], Field(examples=[{"department": "department"}])] = {}
    """Further SAML attributes: name to directory property, for an identity pool or for trust policies of yours.
    Default: none."""

    sign_in_regions: tuple[SignInRegion, ...] = (GLOBAL,)
    """Sign-in endpoints that roles accept: regions, or `global`.  The directory posts to the first.  Name several so
    that sign-in can be moved when one of them fails.  Default: `global` only."""

    identity_pool: IdentityPool | None = None
    """A Cognito identity pool that trusts the provider too.  Default: none."""

    other_accounts: OtherAccounts | None = None
    """Further accounts that get provider and roles.  Default: only the one that the connector is deployed to."""

    watch: Watch | None = None
    """Alarms for certificates and credentials that end, and for what was changed by hand in the directory.
    Default: nothing is watched."""

    rests_on: ClassVar = iam_rules.RESTS_ON

    @property
    def in_partition(self) -> str:
        """The partition of the accounts."""
        return self.partition or partition_of(self.aws.region or "")

    @property
    def sign_in(self) -> SignIn:
        """AWS's sign-in in the partition."""
        return SIGN_IN[self.in_partition]

    @property
    def template(self) -> str:
        """Name of the catalogue template that applications are made from."""
        chosen = self.application.template if self.application else None
        return chosen or IAM_TEMPLATE

    @property
    def role_sets(self) -> tuple[RoleSet, ...]:
        """The applications: which roles each offers, and to which groups."""
        return one_for_all(self.groups) if self.carry_roles == "group-attributes" else role_sets(self.groups)

    @property
    def own_account(self) -> str:
        """Id of the account that the connector is deployed to; empty where the spec does not say."""
        return self.aws.account or ""

    @property
    def accounts(self) -> tuple[str, ...]:
        """Ids of all accounts, the connector's own first; that one is empty where the spec does not say."""
        return (self.own_account, *(self.other_accounts.ids if self.other_accounts else ()))

    def roles_in(self, account: str) -> dict[str, Role]:
        """The roles that *account* has."""
        return {name: role for name, role in self.roles.items() if role.accounts is None or account in role.accounts}

    def session_duration(self, roles: tuple[str, ...]) -> int | None:
        """Seconds that a session in any of *roles* lasts in the console; none: AWS's own.

        The shortest of them: AWS refuses to sign somebody in for longer than the role allows.  One that does not say
        lasts an hour.
        """
        given = [self.roles[name].session_duration for name in roles]
        if all(seconds is None for seconds in given):
            return None
        return min(_ONE_HOUR if seconds is None else seconds for seconds in given)

    def rules(self) -> Iterator[Problem]:
        """What does not go together among directory, provider, roles and groups."""
        return iam_rules.rules(self)

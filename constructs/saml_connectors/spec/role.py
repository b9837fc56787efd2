"""A role that people of the directory assume: what it may do, and for how long.

Not here: who may assume it, which the connector's `groups` say; and its trust policy, which follows from them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec import policy_document
from saml_connectors.spec.connector import Account
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import Count, Flag, SpecModel, refuse
from saml_connectors.spec.policy import (
    EXAMPLE_POLICY,
    ManagedPolicy,
    PolicyArn,
    PolicyName,
    check_policy,
    same_policy,
)
from saml_connectors.spec.tag import TagKey, TagValue, tag_rules
from saml_connectors.spec.values import Text, repeated, spelled

SHORTEST_SESSION, LONGEST_SESSION = 900, 43_200
"""Seconds of a session in the console (IAM user guide, `SessionDuration`)."""

SHORTEST_MAXIMUM = 3_600
"""Seconds: the least that a role's own maximum can be (CloudFormation, `MaxSessionDuration`)."""

USUAL_MANAGED_POLICIES, MAX_MANAGED_POLICIES = 10, 25
"""Managed policies of one role: the quota that accounts begin with, and the largest that can be asked for (IAM
quotas)."""

MAX_INLINE_CHARACTERS = 10_240
"""Characters of all inline policies of one role, white space not counted (IAM quotas)."""

RESERVED_ROLES = "AWSReservedSSO_"
"""What the names of IAM Identity Center's own roles begin with; nobody else can assume them."""

_ROLE_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,64}")
_PATH = re.compile(r"/(?:[\x21-\x2e\x30-\x7e]+/)*")
_LONGEST_PATH, _LONGEST_DESCRIPTION = 512, 1_000
_DESCRIPTION = re.compile(r"[\t\n\r\x20-\x7e\xa1-\xff]*")


def _role_name(value: str) -> str:
    if value.startswith("arn:"):
        name = value.rsplit("/", 1)[-1]
        fix = (
            f"write {name}, and existing: true at the role if it is there already"
            if _ROLE_NAME.fullmatch(name)
            else None
        )
        raise refuse(
            "role-name", "must be the name of a role, not its ARN: its accounts follow from the connector's", fix=fix
        )
    if not _ROLE_NAME.fullmatch(value):
        raise refuse("role-name", "must be 1 to 64 letters, digits, or any of _+=,.@-")
    if value.startswith(RESERVED_ROLES):
        raise refuse("role-reserved", f"must not begin with {RESERVED_ROLES}: only IAM Identity Center assumes those")
    return value


def _path(value: str) -> str:
    if not _PATH.fullmatch(value) or len(value) > _LONGEST_PATH:
        raise refuse(
            "role-path",
            "must begin and end with /, and have no empty part, no spaces, and at most 512 characters",
        )
    if value.startswith("/aws-reserved/"):
        raise refuse("role-reserved", "must not begin with /aws-reserved/: those roles are AWS's own")
    return value


def _session(value: int) -> int:
    if not SHORTEST_SESSION <= value <= LONGEST_SESSION:
        raise refuse("session-duration", f"must be {SHORTEST_SESSION:,} to {LONGEST_SESSION:,} seconds")
    return value


def _maximum(value: int) -> int:
    if not SHORTEST_MAXIMUM <= value <= LONGEST_SESSION:
        raise refuse("max-session-duration", f"must be {SHORTEST_MAXIMUM:,} to {LONGEST_SESSION:,} seconds")
    return value


def _description(value: str) -> str:
    if len(value) > _LONGEST_DESCRIPTION:
        raise refuse(
            "role-description", f"must be at most {_LONGEST_DESCRIPTION:,} characters", given=f"{len(value):,}"
        )
    if not _DESCRIPTION.fullmatch(value):
        rule = "must have characters of Latin-1 only: IAM takes no others, such as long dashes and curly quotes"
        raise refuse("role-description", rule)
    return value


RoleName = Annotated[str, AfterValidator(_role_name), spelled(_ROLE_NAME, "Engineer")]
"""Name of an IAM role, unique in its account whatever its path."""


class Role(SpecModel):
    """An IAM role that people of the directory assume."""

    existing: Flag = False
    """Whether a role of this name and path is there already, with a trust policy that names the provider (see
    `federated_principal()`); then it is not made.  Default: it is made."""

    path: Annotated[str, AfterValidator(_path), Field(examples=["/people/"])] = "/"
    """Its path.  It cannot be changed later without the role's name.  Default: `/`."""

    description: (
        Annotated[
            Text, AfterValidator(_description), Field(examples=["May read logs"], json_schema_extra={"maxLength": 1000})
        ]
        | None
    ) = None
    """What it is for, at most 1,000 characters.  Default: says which groups assume it."""

    managed_policies: Annotated[tuple[ManagedPolicy, ...], Field(examples=[["ReadOnlyAccess"]])] = ()
    """Managed policies: names of AWS's own, such as `ReadOnlyAccess` or `job-function/ViewOnlyAccess`, or ARNs; at most
    25, and 10 unless AWS raised the account's quota.  Default: none."""

    inline_policies: dict[
        PolicyName, Annotated[dict[str, Any], AfterValidator(check_policy), Field(examples=[EXAMPLE_POLICY])]
    ] = {}
    """Policies of its own by name, as IAM writes them; `Version` is `2012-10-17` where it is left out.
    Default: none."""

    permissions_boundary: PolicyArn | None = None
    """ARN of the managed policy that it can never go beyond.  Default: none."""

    session_duration: Annotated[Count, AfterValidator(_session), Field(examples=[3600])] | None = None
    """Seconds that a session in the console lasts, 900 to 43,200.  Where an application offers several roles, the
    shortest counts for all of them, a role that does not say with its hour.  Default: AWS's own, one hour."""

    max_session_duration: Annotated[Count, AfterValidator(_maximum), Field(examples=[3600])] | None = None
    """Seconds that any session may last at most, 3,600 to 43,200.  Default: *session_duration*, but at least one
    hour."""

    accounts: tuple[Account, ...] | None = None
    """Accounts that have the role, of those that the connector is for.  Default: all of them."""

    tags: dict[TagKey, TagValue] = {}
    """Tags of the role itself, at most 50.  Default: none."""

    rests_on: ClassVar = {"session-duration-above-role": ("max_session_duration",)}

    @property
    def maximum(self) -> int:
        """Seconds that a session may last at most."""
        return self.max_session_duration or max(SHORTEST_MAXIMUM, self.session_duration or 0)

    def rules(self) -> Iterator[Problem]:
        """What its parts ask of each other."""
        if self.existing:
            given = [name for name in _MADE_ONLY if name in self.model_fields_set]
            for name in given:
                rule = "must be left out for a role that is there already: it is not made, and not changed"
                yield Problem(code="role-existing", field=name, rule=rule)
        if (
            self.session_duration is not None
            and self.max_session_duration is not None
            and self.session_duration > self.max_session_duration
        ):
            yield Problem(
                code="session-duration-above-role",
                field="session_duration",
                rule=f"must be at most max_session_duration, {self.max_session_duration:,} seconds",
                given=f"{self.session_duration:,}",
                fix="raise max_session_duration, or leave it out",
            )
        if len(self.managed_policies) > MAX_MANAGED_POLICIES:
            yield Problem(
                code="managed-policy-count",
                field="managed_policies",
                rule=f"must be at most {MAX_MANAGED_POLICIES}",
                given=f"{len(self.managed_policies)}",
            )
        for index, _ in repeated(map(same_policy, self.managed_policies)):
            yield Problem(
                code="managed-policy-twice",
                field=f"managed_policies[{index}]",
                rule="must be named once",
                given=shown(self.managed_policies[index]),
            )
        if self.accounts is not None and not self.accounts:
            rule = "must name at least one account: a role that no account has cannot be assumed"
            yield Problem(code="role-nowhere", field="accounts", rule=rule, fix="leave it out for all accounts")
        for index, account in repeated(self.accounts or ()):
            rule = "must name each account once"
            yield Problem(code="account-twice", field=f"accounts[{index}]", rule=rule, given=shown(account))
        yield from tag_rules(self.tags, "tags")
        size = sum(policy_document.size(each) for each in self.inline_policies.values())
        if size > MAX_INLINE_CHARACTERS:
            yield Problem(
                code="policy-size",
                field="inline_policies",
                rule=f"must have at most {MAX_INLINE_CHARACTERS:,} characters in all",
                given=f"{size:,}",
                fix="make a managed policy of them, and name it under managed_policies",
            )


_MADE_ONLY = (
    "description",
    "managed_policies",
    "inline_policies",
    "permissions_boundary",
    "max_session_duration",
    "tags",
)
"""Fields that mean nothing for a role that is there already."""

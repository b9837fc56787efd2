"""Permission sets of Identity Center, and which groups get which of them in which accounts.

Not here: the groups themselves, which SCIM brings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from saml_connectors.problems import Problem
from saml_connectors.spec import policy_document
from saml_connectors.spec.connector import Account
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import SpecModel, refuse
from saml_connectors.spec.policy import EXAMPLE_POLICY, ManagedPolicy, PolicyArn, PolicyName, check_policy, same_policy
from saml_connectors.spec.tag import TagKey, TagValue, tag_rules
from saml_connectors.spec.values import Text, repeated, spelled, split_url

MAX_POLICIES = 25
"""Managed policies of one permission set (CloudFormation, `PermissionSet`)."""

MAX_INLINE_CHARACTERS = 32_768
"""Characters of a permission set's inline policy (CloudFormation, `PermissionSet`)."""

MAX_RELAY_STATE = 240
"""Characters of a relay state (CloudFormation, `PermissionSet`)."""

MAX_DESCRIPTION = 700
"""Characters of a permission set's description (CloudFormation, `PermissionSet`)."""

MAX_CUSTOMER_POLICIES = 20
"""Managed policies of the accounts that a permission set can name (CloudFormation, `PermissionSet`)."""

_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,32}")
_PATH = re.compile(r"/(?:[A-Za-z0-9.,+@=_-]+/)*")
_LONGEST_PATH = 512
_DURATION = re.compile(r"PT(?=\d)(?:(\d{1,2})H)?(?:(\d{1,3})M)?")
_SHORTEST, _LONGEST = 60, 12 * 60
_DESCRIPTION = re.compile(r"[\t\n\r\x20-\x7e\xa1-\xff]*")
_RELAY_STATE = re.compile(r"[a-zA-Z0-9&$@#\\/%?=~\-_'\"|!:,.;*+\[\]\ (){}]+")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise refuse("permission-set-name", "must be 1 to 32 letters, digits, or any of _+=,.@-")
    return value


def _description(value: str) -> str:
    if len(value) > MAX_DESCRIPTION:
        rule = f"must be at most {MAX_DESCRIPTION} characters"
        raise refuse("permission-set-description", rule, given=f"{len(value)}")
    if not _DESCRIPTION.fullmatch(value):
        rule = "must have characters of Latin-1 only: AWS takes no others, such as long dashes and curly quotes"
        raise refuse("permission-set-description", rule)
    return value


def _spelled_out(value: Any) -> Any:
    """What is no duration yet, told with the duration that it probably is: `28800` and `8` are PT8H."""
    if isinstance(value, bool) or not re.fullmatch(r"\d{1,5}", str(value)):
        return value
    number = int(value)
    minutes = number * 60 if number * 60 <= _LONGEST else number // 60
    fix = f"write {_iso(minutes)}" if _SHORTEST <= minutes <= _LONGEST else None
    raise refuse("permission-set-duration", _DURATION_RULE, fix=fix)


def _iso(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"PT{hours}H{rest}M" if rest else f"PT{hours}H"


_DURATION_RULE = "must be an ISO 8601 duration of one to twelve hours, such as PT8H"


def _duration(value: str) -> str:
    found = _DURATION.fullmatch(value)
    minutes = int(found[1] or 0) * 60 + int(found[2] or 0) if found else 0
    if not _SHORTEST <= minutes <= _LONGEST:
        raise refuse("permission-set-duration", _DURATION_RULE)
    return value


def _relay_state(value: str) -> str:
    parts = split_url(value, "permission-set-relay-state")
    if parts.scheme != "https" or not parts.hostname or not _RELAY_STATE.fullmatch(value):
        raise refuse("permission-set-relay-state", "must be an https URL of the AWS console, in plain characters")
    if len(value) > MAX_RELAY_STATE:
        rule = f"must be at most {MAX_RELAY_STATE} characters"
        raise refuse("permission-set-relay-state", rule, given=f"{len(value)}")
    return value


def _customer_policy_path(value: str) -> str:
    if not _PATH.fullmatch(value) or len(value) > _LONGEST_PATH:
        rule = f"must begin and end with /, and have no empty part, no spaces, and at most {_LONGEST_PATH} characters"
        raise refuse("policy-path", rule)
    return value


PermissionSetName = Annotated[str, AfterValidator(_name), spelled(_NAME, "Engineer")]
"""Name of a permission set, unique in the instance."""


class CustomerManagedPolicy(SpecModel):
    """A managed policy of the same name and path in each account that the permission set is assigned in."""

    name: PolicyName
    """Its name."""

    path: Annotated[str, AfterValidator(_customer_policy_path), spelled(_PATH, "/")] = "/"
    """Its path.  Default: `/`."""


_ARN, _OWN = "by its ARN", "by its name"


Boundary = Annotated[
    Annotated[PolicyArn, Tag(_ARN)] | Annotated[CustomerManagedPolicy, Tag(_OWN)],
    # Told apart first, so that what is wrong with one is not told of the other too.
    Discriminator(lambda given: _OWN if isinstance(given, Mapping | CustomerManagedPolicy) else _ARN),
    Field(examples=["arn:aws:iam::aws:policy/PowerUserAccess"]),
]
"""Policy that a permission set can never go beyond."""


class PermissionSet(SpecModel):
    """What people may do in an account, and for how long."""

    description: (
        Annotated[Text, AfterValidator(_description), Field(json_schema_extra={"maxLength": MAX_DESCRIPTION})] | None
    ) = None
    """What it is for, at most 700 characters.  Default: none."""

    managed_policies: Annotated[tuple[ManagedPolicy, ...], Field(examples=[["ReadOnlyAccess"]])] = ()
    """AWS's own managed policies, by name or ARN.  Default: none."""

    customer_managed_policies: tuple[CustomerManagedPolicy, ...] = ()
    """Managed policies of yours, which must be in each account.  Default: none."""

    inline_policy: Annotated[dict[str, Any], AfterValidator(check_policy), Field(examples=[EXAMPLE_POLICY])] | None = (
        None
    )
    """A policy of its own, as IAM writes it.  It can ask for attributes for access control as
    `aws:PrincipalTag/<key>`.  Default: none."""

    permissions_boundary: Boundary | None = None
    """Policy that it can never go beyond: the ARN of one of AWS's own, or name and path of one of yours.
    Default: none."""

    session_duration: Annotated[
        str, BeforeValidator(_spelled_out), AfterValidator(_duration), spelled(_DURATION, "PT8H")
    ] = "PT1H"
    """How long a session lasts, as an ISO 8601 duration of one to twelve hours.  Default: `PT1H`."""

    relay_state: (
        Annotated[str, AfterValidator(_relay_state), Field(examples=["https://console.aws.amazon.com/s3/"])] | None
    ) = None
    """Page of the console that people arrive at.  Default: its home."""

    tags: dict[TagKey, TagValue] = {}
    """Tags of the permission set itself.  Default: none."""

    def rules(self) -> Iterator[Problem]:
        """How many policies, and how long."""
        own = self.customer_managed_policies
        if len(own) > MAX_CUSTOMER_POLICIES:
            rule = f"must be at most {MAX_CUSTOMER_POLICIES}"
            yield Problem(
                code="managed-policy-count", field="customer_managed_policies", rule=rule, given=f"{len(own)}"
            )
        elif len(self.managed_policies) + len(own) > MAX_POLICIES:
            rule = f"must be at most {MAX_POLICIES}, together with customer_managed_policies"
            count = len(self.managed_policies) + len(own)
            yield Problem(code="managed-policy-count", field="managed_policies", rule=rule, given=f"{count}")
        for index, _ in repeated(map(same_policy, self.managed_policies)):
            yield _policy_twice(f"managed_policies[{index}]", self.managed_policies[index])
        for index, _ in repeated(f"{policy.path}{policy.name}".lower() for policy in own):
            yield _policy_twice(f"customer_managed_policies[{index}]", own[index].name)
        for index, policy in enumerate(self.managed_policies):
            if policy.startswith("arn:") and not policy.startswith(_arns_of_aws(policy)):
                yield _not_of_aws("managed-policy", f"managed_policies[{index}]", policy)
        boundary = self.permissions_boundary
        if isinstance(boundary, str) and not boundary.startswith(_arns_of_aws(boundary)):
            yield _not_of_aws("policy-arn", "permissions_boundary", boundary)
        yield from tag_rules(self.tags, "tags")
        size = policy_document.size(self.inline_policy or {})
        if size > MAX_INLINE_CHARACTERS:
            yield Problem(
                code="policy-size",
                field="inline_policy",
                rule=f"must have at most {MAX_INLINE_CHARACTERS:,} characters",
                given=f"{size:,}",
                fix="make a managed policy of it in each account, and name it under customer_managed_policies",
            )


def _arns_of_aws(arn: str) -> str:
    """What the ARN of one of AWS's own policies begins with, in the partition of *arn*."""
    return f"arn:{arn.split(':')[1]}:iam::aws:policy/"


def _policy_twice(field: str, given: str) -> Problem:
    return Problem(code="managed-policy-twice", field=field, rule="must be named once", given=shown(given))


def _not_of_aws(code: str, field: str, given: str) -> Problem:
    path, _, name = given.partition(":policy")[2].rpartition("/")
    place = f", path: {path}/" if path else ""
    what = "under customer_managed_policies" if code == "managed-policy" else "by name and path"
    return Problem(
        code=code,
        field=field,
        rule=f"must be one of AWS's own: those of an account are named {what}, and each account has its own",
        given=shown(given),
        fix=f"write {{name: {name}{place}}}" if _PATH.fullmatch(f"{path}/") else None,
    )


class Assignment(SpecModel):
    """Groups that get permission sets in accounts: each group each set in each account."""

    groups: Annotated[tuple[Text, ...], Field(examples=[["engineers"]])]
    """Names of directory groups, which must be among the application's."""

    permission_sets: Annotated[tuple[PermissionSetName, ...], Field(examples=[["Engineer"]])]
    """Names of permission sets of the connector."""

    accounts: Annotated[tuple[Account, ...], Field(examples=[["111122223333"]])]
    """Account ids."""

    def rules(self) -> Iterator[Problem]:
        """Something of each, and each once."""
        for name in ("groups", "permission_sets", "accounts"):
            values: tuple[str, ...] = getattr(self, name)
            if not values:
                yield Problem(code="assignment-empty", field=name, rule="must name at least one")
            for index, value in repeated(values):
                yield Problem(
                    code="assignment-twice", field=f"{name}[{index}]", rule="must be named once", given=shown(value)
                )

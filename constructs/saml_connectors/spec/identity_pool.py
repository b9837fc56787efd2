"""A Cognito identity pool that trusts the connector's SAML provider: AWS credentials for applications of yours.

Not here: the provider, and the roles that it hands out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec.model import SpecModel, refuse
from saml_connectors.spec.role import RoleName
from saml_connectors.spec.tag import TagKey, tag_rules
from saml_connectors.spec.values import Text, spelled

MAX_RULES = 25
"""Rules of one IdP in an identity pool (Cognito quotas)."""

MAX_PROVIDER_KEY = 128
"""Characters of the provider's ARN where rules and tags name it (Cognito identity's API, `IdentityProviderName`)."""

_POOL_NAME = re.compile(r"[A-Za-z0-9_ +=,.@-]{1,128}")
_LONGEST_CLAIM, _LONGEST_VALUE = 64, 128


def _pool_name(value: str) -> str:
    if not _POOL_NAME.fullmatch(value):
        raise refuse("identity-pool-name", "must be 1 to 128 letters, digits, spaces or any of _+=,.@-")
    return value


def _claim(value: str) -> str:
    if len(value) > _LONGEST_CLAIM:
        raise refuse("role-rule-length", f"must be at most {_LONGEST_CLAIM} characters", given=f"{len(value)}")
    return value


def _claim_value(value: str) -> str:
    if len(value) > _LONGEST_VALUE:
        raise refuse("role-rule-length", f"must be at most {_LONGEST_VALUE} characters", given=f"{len(value)}")
    return value


class RoleRule(SpecModel):
    """Who gets which role: the first rule that fits decides."""

    claim: Annotated[Text, AfterValidator(_claim), Field(examples=["department"])]
    """Name of a SAML attribute of the assertion; at most 64 characters."""

    match: Literal["equals", "contains", "starts-with", "not-equal"] = "equals"
    """How its value is compared.  Default: `equals`."""

    value: Annotated[Text, AfterValidator(_claim_value), Field(examples=["Engineering"])]
    """What it is compared with; at most 128 characters."""

    role: RoleName
    """A role of the connector."""


class IdentityPool(SpecModel):
    """An identity pool for the enhanced flow: AWS credentials for whoever shows a SAML response."""

    name: Annotated[str, AfterValidator(_pool_name), spelled(_POOL_NAME, "operations")] | None = None
    """Its name.  Default: the connector's."""

    role_rules: tuple[RoleRule, ...] = ()
    """Which role people get by what the assertion says of them; nobody else gets one.  Default: the role that the
    assertion names, where it names several the one that the application asks for."""

    principal_tags: dict[TagKey, Text] = {}
    """Tags of the credentials that policies can ask for as `aws:PrincipalTag/<key>`: key to SAML attribute.
    Default: none."""

    def rules(self) -> Iterator[Problem]:
        """How many rules, and how many tags."""
        if len(self.role_rules) > MAX_RULES:
            rule = f"must be at most {MAX_RULES}"
            yield Problem(code="role-rule-count", field="role_rules", rule=rule, given=f"{len(self.role_rules)}")
        yield from tag_rules(self.principal_tags, "principal_tags")

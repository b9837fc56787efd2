"""What would be too large in a connector of kind `iam`: applications, SAML responses, trust policies.

Not here: single values, which are bounded where they stand.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from saml_connectors.aws_sign_in import (
    ROLE,
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SIGN_IN,
    SOURCE_IDENTITY,
    TRANSITIVE_TAG_KEYS,
    principal_tag,
)
from saml_connectors.problems import Problem
from saml_connectors.spec.findings import visible
from saml_connectors.spec.role_sets import role_sets
from saml_connectors.spec.signing_certificate import ORIGINAL, name_of
from saml_connectors.spec.tag import MAX_TAG_VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from saml_connectors.spec.iam import IamSpec

MAX_CERTIFICATES = 10
"""Applications that one SAML provider can trust, each with its certificate (IAM quotas, IdPs of a SAML provider)."""

MAX_ASSERTION, MAX_LOGIN = 100_000, 50_000
"""Characters of a SAML response in base64: for STS (`SAMLAssertion`), and for an identity pool (`Logins`)."""

USUAL_TRUST_POLICY, MAX_TRUST_POLICY = 2_048, 8_192
"""Characters of a trust policy: the quota that accounts begin with, and the largest that can be asked for (IAM
quotas)."""

_ELSE_IN_RESPONSE = 14_000
"""Bytes of a response beside its attributes: two signatures with a certificate of 4,096 bits, and everything else."""

_AROUND_A_VALUE = 80
"""Bytes of the XML around one attribute value."""

_AROUND_AN_ATTRIBUTE = 120
"""Bytes of the XML around the values of one attribute, beside its name."""

_LONGEST_PERSON = 256
"""Characters of a directory property, generously."""

_UUID = "SAMLSP" + 58 * "X"
"""The longest UUID that a provider may have."""


def rules(spec: IamSpec) -> Iterator[Problem]:
    """Everything that would be too large."""
    if spec.application is not None:
        yield from _certificate_rules(spec)
        yield from _response_rules(spec)
    size = trust_policy_size(spec)
    if size > MAX_TRUST_POLICY:
        yield Problem(
            code="trust-policy-size",
            field="sign_in_regions",
            rule=f"must be few enough for a trust policy of {MAX_TRUST_POLICY:,} characters",
            given=f"about {size:,}",
        )


def _certificate_rules(spec: IamSpec) -> Iterator[Problem]:
    sets = spec.role_sets
    if len(sets) > MAX_CERTIFICATES:
        yield Problem(
            code="role-sets-many",
            field="groups",
            rule=f"must make at most {MAX_CERTIFICATES} sets of roles with constant attributes: each is an application "
            "with a certificate, and a provider takes no more",
            given=f"{len(sets)} sets",
            fix="write carry_roles: group-attributes",
        )
        return
    names = [name_of(each) for each in (spec.application and spec.application.certificates) or ()]
    trusted = len(sets) * names.count(ORIGINAL) + len(names) - names.count(ORIGINAL)
    if trusted > MAX_CERTIFICATES:
        yield Problem(
            code="certificates-many",
            field="application.certificates",
            rule=f"must be few enough for a provider, which takes {MAX_CERTIFICATES} certificates",
            given=f"{trusted}: an {ORIGINAL} of each of {len(sets)} applications, and {trusted - len(sets)} more",
            fix="write carry_roles: group-attributes, which needs one application",
        )


def _response_rules(spec: IamSpec) -> Iterator[Problem]:
    longest = MAX_ASSERTION if spec.identity_pool is None else MAX_LOGIN
    for each in role_sets(spec.groups):  # whoever is in one of its groups is offered at least these
        size = response_size(spec, each.roles)
        if size > longest:
            yield Problem(
                code="role-values-size",
                field="groups",
                rule=f"must offer nobody more roles than fit into a SAML response of {longest:,} characters",
                given=f"{len(each.roles)} roles for {visible(', '.join(each.groups[:3]))}: about {size:,} characters",
                fix="split the connector, or give some of the groups fewer roles",
            )


def response_size(spec: IamSpec, roles: Sequence[str]) -> int:
    """Characters, in base64, of a response that offers *roles*: rather too many than too few."""
    size = _ELSE_IN_RESPONSE + sum(_attribute_size(name, values) for name, values in _attributes(spec, roles))
    return (size + 2) // 3 * 4


def _attributes(spec: IamSpec, roles: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """The attributes of an assertion, with the longest values that they may have."""
    yield ROLE, [value for role in roles for value in _role_values(spec, role)]
    person = "x" * _LONGEST_PERSON
    yield from ((name, [person]) for name in (ROLE_SESSION_NAME, SOURCE_IDENTITY, SESSION_DURATION))
    yield TRANSITIVE_TAG_KEYS, list(spec.session.transitive_tags)
    for key, tag in spec.session.tags.items():
        yield principal_tag(key), ["x" * MAX_TAG_VALUE if tag.constant is None else tag.constant]
    yield from ((name, [person]) for name in spec.attributes)
    if spec.application is not None:
        yield from ((name, [value]) for name, value in spec.application.constant_attributes.items())


def _role_values(spec: IamSpec, role: str) -> Iterator[str]:
    for account in spec.accounts:
        if role in spec.roles_in(account):
            arn = f"arn:{spec.in_partition}:iam::{account or 12 * '1'}"
            yield f"{arn}:role{spec.roles[role].path}{role},{arn}:saml-provider/{spec.provider.name}"


def _attribute_size(name: str, values: list[str]) -> int:
    inside = sum(_octets(value) + _AROUND_A_VALUE for value in values)
    return _octets(name) + _AROUND_AN_ATTRIBUTE + inside


def _octets(text: str) -> int:
    """Bytes of *text* in XML: marks are written as entities."""
    return len(text.encode("utf-8", "surrogatepass")) + 5 * sum(map(text.count, "&<>\"'"))


def trust_policy_size(spec: IamSpec) -> int:
    """Characters of the trust policy of a role that is made; nothing where none is."""
    if spec.in_partition not in SIGN_IN or all(role.existing for role in spec.roles.values()):
        return 0
    sign_in, regions = spec.sign_in, spec.sign_in_regions
    accepted = [sign_in.acs_url(region) for region in regions]
    if spec.provider.acs == "provider":
        accepted += [sign_in.provider_acs_url(_UUID, region) for region in regions]
    arn = f"arn:{spec.in_partition}:iam::{12 * '1'}:saml-provider/{spec.provider.name}"
    statement = {
        "Action": ["sts:AssumeRoleWithSAML", "sts:SetSourceIdentity", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": accepted}},
        "Effect": "Allow",
        "Principal": {"Federated": arn},
    }
    size = len(json.dumps({"Statement": [statement], "Version": "2012-10-17"}, separators=(",", ":")))
    return size + (_OF_AN_IDENTITY_POOL if spec.identity_pool is not None else 0)


_OF_AN_IDENTITY_POOL = 330
"""Characters of the statement that lets an identity pool hand out a role."""

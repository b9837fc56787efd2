"""Warnings about connectors of kind `iam` that are right in themselves.

Not here: what makes a spec wrong (`iam_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.aws_sign_in import ROLE_ATTRIBUTES
from saml_connectors.problems import Problem
from saml_connectors.spec.findings import field_path, shown, visible
from saml_connectors.spec.iam_size_rules import USUAL_TRUST_POLICY, trust_policy_size
from saml_connectors.spec.role import USUAL_MANAGED_POLICIES
from saml_connectors.spec.role_sets import role_sets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.spec.findings import Located, Location
    from saml_connectors.spec.iam import IamSpec

_OF_THE_NAME_ID = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
"""What the names of claims begin with that an identity pool makes itself."""


def advise(spec: IamSpec) -> Iterator[Located]:
    """What is worth saying of *spec*."""
    if spec.application is not None:
        yield from _idle_roles(spec)
        yield from _short_sessions(spec)
        yield from _unsent_claims(spec)
    yield from _quotas(spec)


def _idle_roles(spec: IamSpec) -> Iterator[Located]:
    ruled = {rule.role for rule in spec.identity_pool.role_rules} if spec.identity_pool else set()
    for name in spec.roles:
        if not spec.groups.get(name) and name not in ruled:
            problem = _warning(
                "role-without-groups",
                ("groups", name) if name in spec.groups else ("roles", name),
                "is a role that no group may assume",
                fix=f"name the groups that may, under groups, {name}; or leave the role out",
            )
            yield problem


def _short_sessions(spec: IamSpec) -> Iterator[Located]:
    """Roles that say how long they last, and last shorter beside another."""
    sets = spec.role_sets if spec.carry_roles == "group-attributes" else role_sets(spec.groups)
    for name, role in spec.roles.items():
        asked = role.session_duration
        for each in sets:
            lasts = spec.session_duration(each.roles)
            if name in each.roles and asked is not None and lasts is not None and lasts < asked:
                shortest = next(other for other in each.roles if spec.session_duration((name, other)) == lasts)
                who = visible(", ".join(each.groups[:3]))
                yield _warning(
                    "session-duration-shortened",
                    ("roles", name, "session_duration"),
                    f"is cut to {lasts:,} seconds for {who}, who may assume {shortest} too",
                    given=f"{asked:,}",
                    fix=f"write the same session_duration at {shortest}",
                )
                break


def _unsent_claims(spec: IamSpec) -> Iterator[Located]:
    pool, application = spec.identity_pool, spec.application
    if pool is None or application is None:
        return
    sent = {*spec.attributes, *application.constant_attributes}
    claims: list[tuple[Location, str]] = [
        (("identity_pool", "role_rules", index, "claim"), rule.claim) for index, rule in enumerate(pool.role_rules)
    ]
    claims += [(("identity_pool", "principal_tags", key), claim) for key, claim in pool.principal_tags.items()]
    for location, claim in claims:
        if claim not in sent and not claim.startswith((ROLE_ATTRIBUTES, _OF_THE_NAME_ID)):
            yield _warning(
                "claim-unsent",
                location,
                "is a SAML attribute that the application does not send",
                given=shown(claim),
                fix="write it under attributes, with the directory property that it comes from",
            )


def _quotas(spec: IamSpec) -> Iterator[Located]:
    for name, role in spec.roles.items():
        if len(role.managed_policies) > USUAL_MANAGED_POLICIES:
            yield _warning(
                "managed-policy-quota",
                ("roles", name, "managed_policies"),
                f"is more than the {USUAL_MANAGED_POLICIES} that a role may have unless AWS raised the account's quota",
                given=f"{len(role.managed_policies)}",
                fix="have it raised first, or make fewer policies of them",
            )
    size = trust_policy_size(spec)
    if size > USUAL_TRUST_POLICY:
        yield _warning(
            "trust-policy-size",
            ("sign_in_regions",),
            f"makes a trust policy of more than {USUAL_TRUST_POLICY:,} characters, which AWS takes only where it raised"
            " the account's quota",
            given=f"about {size:,}",
            fix="name fewer endpoints, or have the quota raised first",
        )


def _warning(code: str, location: Location, rule: str, *, fix: str, given: str | None = None) -> Located:
    return location, Problem(code=code, level="warning", field=field_path(location), rule=rule, given=given, fix=fix)

"""Claims about warnings for kind `iam`: what is right in itself, and probably not meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from saml_connectors.spec import load

BASE: dict[str, Any] = {
    "kind": "iam",
    "name": "console",
    "directory": {"credentials": "jumpcloud/api-key"},
    "application": {"display_label": "AWS"},
    "roles": {"Engineer": {}},
    "groups": {"Engineer": ["engineers"]},
}


def warned(tmp_path: Path, **changes: Any) -> list[tuple[str, str, int | None]]:
    """Code, field and line of each warning about a spec that is right."""
    file = tmp_path / "console.yaml"
    file.write_text(yaml.safe_dump({**BASE, **changes}, sort_keys=False))
    loaded = load([file])
    assert len(loaded.specs) == 1
    assert {problem.level for problem in loaded.problems} <= {"warning"}
    assert all(problem.fix for problem in loaded.problems)
    return [(problem.code, problem.field, problem.line) for problem in loaded.problems]


def test_a_role_that_no_group_may_assume_is_a_warning(tmp_path: Path) -> None:
    """At the role, or where its groups are named; not where an identity pool hands it out."""
    roles: dict[str, Any] = {"Engineer": {}, "Idle": {}, "Empty": {}, "Pooled": {}}
    rule = {"claim": "department", "value": "x", "role": "Pooled"}
    assert warned(
        tmp_path,
        roles=roles,
        groups={"Engineer": ["engineers"], "Empty": []},
        attributes={"department": "department"},
        identity_pool={"role_rules": [rule]},
    ) == [("role-without-groups", "roles.Idle", 9), ("role-without-groups", "groups.Empty", 15)]


def test_a_duration_that_another_role_cuts_is_a_warning(tmp_path: Path) -> None:
    """Eight hours beside a role that says nothing are one hour; for groups without that role they stay eight."""
    roles = {"Engineer": {"session_duration": 28800}, "Auditor": {}}
    both = {"Engineer": ["a"], "Auditor": ["a"]}
    assert [code for code, _, _ in warned(tmp_path, roles=roles, groups=both)] == ["session-duration-shortened"]
    apart = {"Engineer": ["a"], "Auditor": ["b"]}
    assert warned(tmp_path, roles=roles, groups=apart) == []
    found = warned(tmp_path, roles=roles, groups=apart, carry_roles="group-attributes")
    assert [(code, field) for code, field, _ in found] == [
        ("session-duration-shortened", "roles.Engineer.session_duration")
    ]


def test_what_needs_a_higher_quota_is_a_warning(tmp_path: Path) -> None:
    """Eleven managed policies, and a trust policy of more than 2,048 characters, are refused in a new account."""
    policies = [f"Policy{number}" for number in range(11)]
    regions = [f"eu-west-{number}" for number in range(1, 40)]
    found = warned(tmp_path, roles={"Engineer": {"managed_policies": policies}}, sign_in_regions=regions)
    assert [(code, field) for code, field, _ in found] == [
        ("managed-policy-quota", "roles.Engineer.managed_policies"),
        ("trust-policy-size", "sign_in_regions"),
    ]
    assert warned(tmp_path, roles={"Engineer": {"managed_policies": policies[:10]}}, sign_in_regions=regions[:20]) == []


def test_a_claim_that_nobody_sends_is_a_warning(tmp_path: Path) -> None:
    """A rule that can never fit, and a tag that is never set; claims that AWS knows itself are not told."""
    pool = {
        "role_rules": [{"claim": "team", "value": "x", "role": "Engineer"}],
        "principal_tags": {
            "Team": "team",
            "Sent": "department",
            "Name": "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
        },
    }
    found = warned(tmp_path, attributes={"department": "department"}, identity_pool=pool)
    assert [(code, field) for code, field, _ in found] == [
        ("claim-unsent", "identity_pool.role_rules[0].claim"),
        ("claim-unsent", "identity_pool.principal_tags.Team"),
    ]

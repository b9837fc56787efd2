"""The Cognito identity pool of a connector: what it hands out, and to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.iam_fixtures import Synthesized

pytest_plugins = ["tests.iam_fixtures"]
pytestmark = pytest.mark.synth

PROVIDER = "AWS::IAM::SAMLProvider"
POOL = "AWS::Cognito::IdentityPool"
TWO = {
    "roles": {"Engineer": {}, "Auditor": {}, "Emergency": {"existing": True, "path": "/ops/"}},
    "groups": {"Engineer": ["engineers"], "Auditor": ["auditors"], "Emergency": ["auditors"]},
}
SPECS: dict[str, dict[str, Any]] = {
    "pool": TWO | {"identity_pool": {}},
    "ruled": TWO
    | {
        "identity_pool": {
            "name": "operations",
            "role_rules": [
                {"claim": "department", "match": "starts-with", "value": "Eng", "role": "Engineer"},
                {"claim": "department", "value": "Ops", "role": "Emergency"},
            ],
            "principal_tags": {"Department": "department"},
        },
        "attributes": {"department": "department"},
    },
}


@pytest.fixture(scope="module")
def templates(synthesize: Callable[..., dict[str, Synthesized]]) -> dict[str, Synthesized]:
    """Each of SPECS in a stack of its own."""
    return synthesize(SPECS)


def test_identity_pool_lets_nobody_choose(templates: dict[str, Synthesized]) -> None:
    """No guests and no classic flow: the service hands out roles, by the connector's provider alone."""
    for name, title in (("pool", "console"), ("ruled", "operations")):
        assert templates[name].only(POOL) == {
            "AllowClassicFlow": False,
            "AllowUnauthenticatedIdentities": False,
            "IdentityPoolName": title,
            "SamlProviderARNs": [{"Ref": templates[name].id_of(PROVIDER)}],
        }
    assert templates["pool"].of("AWS::Cognito::IdentityPoolRoleAttachment") == {}


def test_rules_of_the_pool_name_its_roles(templates: dict[str, Synthesized], as_text: Callable[[Any], str]) -> None:
    """The first rule that fits decides, and who fits none gets nothing."""
    template = templates["ruled"]
    (mapping,) = template.only("AWS::Cognito::IdentityPoolRoleAttachment")["RoleMappings"].values()
    assert mapping["IdentityProvider"] == {"Ref": template.id_of(PROVIDER)}
    assert (mapping["Type"], mapping["AmbiguousRoleResolution"]) == ("Rules", "Deny")
    rules = mapping["RulesConfiguration"]["Rules"]
    assert [(each["Claim"], each["MatchType"], each["Value"]) for each in rules] == [
        ("department", "StartsWith", "Eng"),
        ("department", "Equals", "Ops"),
    ]
    engineer = next(name for name, role in template.of("AWS::IAM::Role").items() if role.get("RoleName") == "Engineer")
    assert as_text(rules[0]["RoleARN"]) == f"<{engineer}.Arn>"
    assert as_text(rules[1]["RoleARN"]) == "arn:<AWS::Partition>:iam::<AWS::AccountId>:role/ops/Emergency"
    assert template.only("AWS::Cognito::IdentityPoolPrincipalTag") == {
        "IdentityPoolId": {"Ref": template.id_of(POOL)},
        "IdentityProviderName": {"Ref": template.id_of(PROVIDER)},
        "PrincipalTags": {"Department": "department"},
        "UseDefaults": False,
    }


def test_pool_is_trusted_by_roles_that_it_hands_out_alone(templates: dict[str, Synthesized]) -> None:
    """With rules, only the roles of the rules; without, all of them; tags only where the pool sends some."""
    action = "sts:AssumeRoleWithWebIdentity"
    for name, handed_out, actions in (
        ("pool", {"Engineer", "Auditor"}, action),
        ("ruled", {"Engineer"}, [action, "sts:TagSession"]),
    ):
        trusting: dict[str, dict[str, Any]] = {}
        for role, properties in templates[name].roles().items():
            first, *more = properties["AssumeRolePolicyDocument"]["Statement"]
            assert first["Action"] == "sts:AssumeRoleWithSAML"
            for statement in more:
                trusting[role] = statement
        assert trusting.keys() == handed_out
        for statement in trusting.values():
            assert statement["Action"] == actions
            assert statement["Principal"] == {"Federated": "cognito-identity.amazonaws.com"}
            assert statement["Condition"] == {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": {"Ref": templates[name].id_of(POOL)}},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            }

"""Claims about what a review tells: who gains and loses what, in which order, and when nothing changes for anybody."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import Review, Risk

pytest_plugins = ["tests.review_fixtures"]

Changed = Callable[..., Review]
Sentences = Callable[[Review], list[str]]
Find = Callable[[dict[str, Any], str], dict[str, Any]]

CLIENT, ROLE, POOL = "AWS::Cognito::UserPoolClient", "AWS::IAM::Role", "AWS::Cognito::UserPool"
ROLE_ATTRIBUTE = "https://aws.amazon.com/SAML/Attributes/Role"


def role_value(role: str, account: str = "111122223333") -> dict[str, str]:
    """A constant attribute that offers a role."""
    arn = f"arn:aws:iam::{account}"
    return {"Name": ROLE_ATTRIBUTE, "Value": f"{arn}:role/{role},{arn}:saml-provider/JumpCloud"}


def test_members_of_a_group_that_is_bound_gain_tile_and_sign_in(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """A group more in the spec is told as what its people gain."""
    found = changed("portal", lambda resources: of_type(resources, contract.ACCESS)["Groups"].append("contractors"))
    told = sentences(found)
    assert "access widened: Members of 'contractors' may now sign in to app client 'web'" in told
    assert "access widened: Members of 'contractors' gain the tile 'Acme portal' in the portal" in told


def test_members_of_a_group_that_leaves_lose_what_they_had(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """And one that is taken out, as what they lose."""
    found = changed("portal", lambda resources: of_type(resources, contract.ACCESS)["Groups"].remove("portal-users"))
    told = sentences(found)
    assert "access removed: Members of 'portal-users' may no longer sign in to app client 'web'" in told
    assert not [each for each in told if each.startswith("access widened")]


def test_a_role_that_an_application_offers_is_gained_in_its_account(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """The role's name, its account, and who gets it."""
    found = changed(
        "console",
        lambda resources: of_type(resources, contract.APPLICATION)["ConstantAttributes"].append(
            role_value("PortalAdmin")
        ),
    )
    assert "access widened: Members of 'portal-admins' gain role 'PortalAdmin' in account '111122223333'" in sentences(
        found
    )


def test_the_same_role_in_another_account_is_one_lost_and_one_gained(
    changed: Changed, of_type: Find, sentences: Sentences, examples: Any, reviewed: Any
) -> None:
    """Roles of two accounts are two roles."""
    base = examples("console")
    resources = base["saml-connector-console"]["Resources"]
    of_type(resources, contract.APPLICATION)["ConstantAttributes"].append(role_value("PortalAdmin"))
    new = copy.deepcopy(base)
    constants = of_type(new["saml-connector-console"]["Resources"], contract.APPLICATION)["ConstantAttributes"]
    constants[-1] = role_value("PortalAdmin", "444455556666")
    told = sentences(reviewed(new, base))
    assert "access widened: Members of 'portal-admins' gain role 'PortalAdmin' in account '444455556666'" in told
    assert "access removed: Members of 'portal-admins' lose role 'PortalAdmin' in account '111122223333'" in told


def test_what_a_role_may_do_more_and_less_is_told_action_by_action(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """However the statement is written, single actions are compared."""

    def change(resources: dict[str, Any]) -> None:
        of_type(resources, ROLE)["Policies"][0]["PolicyDocument"]["Statement"] = [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": ["*"]},
            {"Effect": "Allow", "Action": ["iam:ListRoles"], "Resource": "*"},
        ]

    told = sentences(changed("console", change))
    assert told == [
        "access widened: New: role 'Auditor' in '{AWS::AccountId}' may 's3:GetObject on *'",
        "access removed: No longer: role 'Auditor' in '{AWS::AccountId}' may 'iam:ListUsers on *'",
    ]


def test_a_policy_that_is_only_written_in_another_way_is_no_change(changed: Changed, of_type: Find) -> None:
    """One action in a list, another order, a statement id: nobody may do anything else."""

    def change(resources: dict[str, Any]) -> None:
        document = of_type(resources, ROLE)["Policies"][0]["PolicyDocument"]
        actions = document["Statement"][0]["Action"]
        document["Statement"] = [
            {"Sid": "A", "Effect": "Allow", "Action": [each], "Resource": ["*"]} for each in reversed(actions)
        ]

    assert changed("console", change).is_empty


def test_a_denial_that_goes_widens_access(changed: Changed, of_type: Find, sentences: Sentences) -> None:
    """What is no longer denied may be allowed elsewhere."""

    def change(resources: dict[str, Any]) -> None:
        document = of_type(resources, ROLE)["Policies"][0]["PolicyDocument"]
        document["Statement"].append({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})

    assert any(each.startswith("access removed: New: role") for each in sentences(changed("console", change)))
    back = sentences(changed("console", change, back=True))
    assert any(each.startswith("access widened: No longer: role") and "s3:*" in each for each in back)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda client: client["CallbackURLs"].append("https://evil.example/callback"),
            "access widened: New: app client 'web' sends codes and tokens to 'evil.example'",
        ),
        (
            lambda client: client["AllowedOAuthScopes"].append("phone"),
            "access widened: New: app client 'web' may ask for scope 'phone'",
        ),
        (
            lambda client: client["AllowedOAuthFlows"].append("implicit"),
            "access widened: New: app client 'web' may use the OAuth flow 'implicit'",
        ),
        (
            lambda client: client["ExplicitAuthFlows"].append("ALLOW_USER_PASSWORD_AUTH"),
            "access widened: New: app client 'web' takes 'ALLOW_USER_PASSWORD_AUTH' through Cognito's API",
        ),
        (
            lambda client: client["SupportedIdentityProviders"].append("COGNITO"),
            "access widened: New: app client 'web' lets in people of 'COGNITO'",
        ),
        (
            lambda client: client["ReadAttributes"].append("phone_number"),
            "access widened: New: app client 'web' reads 'phone_number'",
        ),
    ],
    ids=["callback", "scope", "flow", "auth-flow", "provider", "attribute"],
)
def test_what_an_app_client_gains_is_told_in_words(
    changed: Changed, of_type: Find, sentences: Sentences, change: Callable[[Any], object], told: str
) -> None:
    """Hosts that get tokens, scopes, flows, other people, attributes."""
    assert told in sentences(changed("portal", lambda resources: change(of_type(resources, CLIENT))))


def test_another_path_on_the_same_host_is_a_field_and_no_new_host(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """The reviewer sees it, but nobody else gets tokens."""

    def change(resources: dict[str, Any]) -> None:
        of_type(resources, CLIENT)["CallbackURLs"][1] += "/2"

    found = changed("portal", change)
    assert not any("sends codes" in each for each in sentences(found))
    assert [(row.field, row.before, row.after) for row in found.connectors[0].rows if row.field == "CallbackURLs"] == [
        ("CallbackURLs", "https://portal.acme.example/callback", "https://portal.acme.example/callback/2")
    ]


def test_an_attribute_more_is_told_from_the_directory_to_the_application(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """Which property of people is sent, and under which name."""

    def change(resources: dict[str, Any]) -> None:
        of_type(resources, contract.APPLICATION)["UserAttributes"].append({"Name": "cost", "Source": "costCenter"})

    wanted = "access widened: New: 'Acme portal' sends each person's 'costCenter' as SAML attribute 'cost'"
    assert wanted in sentences(changed("portal", change))


def test_somebody_else_who_may_assume_a_role_widens_access(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """A second principal in a trust policy is no detail."""

    def change(resources: dict[str, Any]) -> None:
        of_type(resources, ROLE)["AssumeRolePolicyDocument"]["Statement"].append(
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}}
        )

    told = sentences(changed("console", change))
    assert any(each.startswith("access widened: New: role") and "999999999999" in each for each in told)


def test_another_audience_in_a_trust_policy_is_a_change_of_trust(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """The same provider for the same action under another condition."""

    def change(resources: dict[str, Any]) -> None:
        statement = of_type(resources, ROLE)["AssumeRolePolicyDocument"]["Statement"][0]
        statement["Condition"]["StringEquals"]["SAML:aud"] = "https://eu-west-1.signin.aws.amazon.com/saml"

    told = sentences(changed("console", change))
    assert {each.partition(":")[0] for each in told} == {"trust changed"}
    assert len(told) == 2


def test_a_permission_set_is_gained_and_lost_by_group_and_account(
    examples: Any, reviewed: Any, of_type: Find, sentences: Sentences
) -> None:
    """Two stacks of Identity Center are one connector, and the group is named as the directory names it."""
    base = examples("workforce", "workforce-access")
    new = copy.deepcopy(base)
    assignment = of_type(new["saml-connector-workforce-access"]["Resources"], "AWS::SSO::Assignment")
    assignment["TargetId"] = "444455556666"
    found = reviewed(new, base)
    assert [each.connector.name for each in found.connectors] == ["workforce"]
    assert sentences(found) == [
        "access widened: Members of 'portal-admins' gain permission set 'Auditor' in account '444455556666'",
        "access removed: Members of 'portal-admins' lose permission set 'Auditor' in account '000000000000'",
    ]


def test_changes_are_told_in_the_order_of_their_risk(changed: Changed, of_type: Find) -> None:
    """The gravest first, over all connectors, and what people get before what else is wider."""

    def change(resources: dict[str, Any]) -> None:
        of_type(resources, contract.ACCESS)["Groups"] = ["portal-admins", "contractors"]
        of_type(resources, contract.APPLICATION)["Slug"] = "another"
        of_type(resources, CLIENT)["AllowedOAuthScopes"].append("phone")
        of_type(resources, POOL)["Schema"][0]["Required"] = False

    found = changed("portal", change)
    risks = [change.risk for _, change in found.gravest]
    assert risks == sorted(risks)
    assert set(risks) == {Risk.BREAKS, Risk.WIDENED, Risk.REPLACED, Risk.REMOVED}
    widened = [change.way for _, change in found.gravest if change.risk is Risk.WIDENED]
    assert widened == ["gains", "gains", "other"]


def test_a_renamed_tile_is_not_a_tile_lost_and_another_gained(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """The label is a field: nobody gains or loses anything by it."""

    def change(resources: dict[str, Any]) -> None:
        of_type(resources, contract.APPLICATION)["DisplayLabel"] = "Acme web portal"

    found = changed("portal", change)
    assert sentences(found) == []
    assert [(row.field, row.before, row.after) for row in found.connectors[0].rows] == [
        ("displayLabel", "Acme portal", "Acme web portal")
    ]

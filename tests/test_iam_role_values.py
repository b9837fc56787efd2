"""What the directory says of people: which roles, for how long, as whom, with which tags."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Environment, Stack

from saml_connectors import SpecError
from saml_connectors.iam import IamConnector

if TYPE_CHECKING:
    from collections.abc import Callable

    from saml_connectors.spec import IamSpec
    from tests.iam_fixtures import Synthesized

pytest_plugins = ["tests.iam_fixtures"]
pytestmark = pytest.mark.synth

APPLICATION = "Custom::JumpCloudApplication"
ACCESS = f"{APPLICATION}Access"
GROUP_ATTRIBUTES = "Custom::JumpCloudGroupAttributes"
AWS = "https://aws.amazon.com/SAML/Attributes/"
HERE, THERE, ELSEWHERE = "111122223333", "222233334444", "333344445555"
INHERITED = {"carry_roles": "group-attributes"}
TWO = {
    "roles": {"Engineer": {"path": "/people/"}, "Auditor": {}},
    "groups": {"Engineer": ["engineers"], "Auditor": ["auditors", "engineers"]},
}
ACCOUNTS = TWO | {
    "roles": {"Engineer": {"path": "/people/", "accounts": [HERE, ELSEWHERE]}, "Auditor": {}},
    "aws": {"account": HERE, "region": "eu-west-1"},
    "other_accounts": {"ids": [THERE, ELSEWHERE], "organizational_units": ["r-ab12"]},
}
SESSION = {
    "attributes": {"department": "department"},
    "session": {
        "name_from": "username",
        "source_identity_from": "email",
        "tags": {"CostCenter": "costcenter", "Team": {"constant": "core"}},
        "transitive_tags": ["Team", "CostCenter"],
    },
    "application": {"display_label": "AWS", "constant_attributes": {"tenant": "acme"}},
}
LASTING = {
    "roles": {"Long": {"session_duration": 28_800}, "Short": {"session_duration": 1_800}, "Usual": {}},
    "groups": {"Long": ["a", "b", "c"], "Short": ["b"], "Usual": ["c", "d"]},
}
SPECS: dict[str, dict[str, Any]] = {
    "plain": TWO,
    "literal": TWO | {"aws": {"account": HERE, "region": "eu-west-1"}},
    "inherited": TWO | INHERITED,
    "accounts": ACCOUNTS,
    "accounts-inherited": ACCOUNTS | INHERITED,
    "session": SESSION,
    "lasting": LASTING,
}


def maps() -> dict[str, dict[str, Any]]:
    """Specs with random maps of groups, some of them without anybody for a role."""
    chance = random.Random(20_261_122)  # noqa: S311 - no secret
    made: dict[str, dict[str, Any]] = {}
    while len(made) < 16:
        groups = [f"group {number}" for number in range(chance.randint(1, 4))]
        roles = [f"Role{number}" for number in range(chance.randint(1, 4))]
        found = {role: [group for group in groups if chance.random() < 0.5] for role in roles}
        if any(found.values()):
            made[f"map{len(made)}"] = {"roles": {role: {} for role in roles}, "groups": found}
    return made


MAPS = maps()


@pytest.fixture(scope="module")
def templates(synthesize: Callable[..., dict[str, Synthesized]]) -> dict[str, Synthesized]:
    """Each of SPECS and MAPS in a stack of its own; the maps both with constants and with groups' attributes."""
    here = Environment(account=HERE, region="eu-west-1")
    inherited = {f"{name}-inherited": spec | INHERITED for name, spec in MAPS.items()}
    places = dict.fromkeys(("literal", "accounts", "accounts-inherited"), here)
    return synthesize(SPECS | MAPS | inherited, places)


def value(role: str, account: str = "<AWS::AccountId>", partition: str = "<AWS::Partition>") -> str:
    """The Role value that offers *role*: its ARN with path, and the provider's."""
    arn = f"arn:{partition}:iam::{account}"
    return f"{arn}:role/{role},{arn}:saml-provider/JumpCloud"


def offered(template: Synthesized, as_text: Callable[[Any], str]) -> dict[str, list[str]]:
    """Group to the Role values of the applications that its people see."""
    found: dict[str, list[str]] = {}
    for access in template.of(ACCESS).values():
        application = template.of(APPLICATION)[access["ApplicationId"]["Ref"]]
        assert application["RequiredGroups"] == access["Groups"]
        values = [as_text(each["Value"]) for each in application["ConstantAttributes"] if each["Name"] == f"{AWS}Role"]
        for group in access["Groups"]:
            found.setdefault(group, []).extend(values)
    return found


def inherited(template: Synthesized, as_text: Callable[[Any], str]) -> dict[str, list[str]]:
    """Group to the Role values that it carries and the application sends on."""
    (application,) = template.of(APPLICATION).values()
    sent = {each["Source"] for each in application["UserAttributes"] if each["Name"] == f"{AWS}Role"}
    found: dict[str, list[str]] = {}
    for each in template.only(GROUP_ATTRIBUTES)["Attributes"]:
        assert each["Name"] in sent
        found.setdefault(each["Group"], []).append(as_text(each["Value"]))
    return found


def test_role_value_is_role_and_provider_with_path(
    templates: dict[str, Synthesized], as_text: Callable[[Any], str]
) -> None:
    """Role first, a comma, then the provider; the account is the deployment's where the spec does not say."""
    engineer, auditor = "people/Engineer", "Auditor"
    assert offered(templates["plain"], as_text) == {
        "engineers": [value(engineer), value(auditor)],
        "auditors": [value(auditor)],
    }
    literal = offered(templates["literal"], as_text)
    assert literal["auditors"] == [value(auditor, HERE, "aws")]


def test_other_accounts_are_named_literally(templates: dict[str, Synthesized], as_text: Callable[[Any], str]) -> None:
    """Each role once for each account that has it, own account first; both ways of carrying say the same."""
    engineer = [value("people/Engineer", account, "aws") for account in (HERE, ELSEWHERE)]
    auditor = [value("Auditor", account, "aws") for account in (HERE, THERE, ELSEWHERE)]
    expected = {"engineers": [*engineer, *auditor], "auditors": auditor}
    assert offered(templates["accounts"], as_text) == expected
    assert inherited(templates["accounts-inherited"], as_text) == expected


@pytest.mark.parametrize("name", MAPS)
def test_nobody_is_offered_a_role_of_another_group(
    name: str, templates: dict[str, Synthesized], as_text: Callable[[Any], str]
) -> None:
    """Whatever the map: each group is offered exactly its roles, at one tile, in both ways of carrying them."""
    groups = MAPS[name]["groups"]
    members = {member for each in groups.values() for member in each}
    expected = {member: sorted(value(role) for role, each in groups.items() if member in each) for member in members}
    found = offered(templates[name], as_text)
    assert {group: sorted(values) for group, values in found.items()} == expected
    bound = [group for access in templates[name].of(ACCESS).values() for group in access["Groups"]]
    assert len(bound) == len(set(bound))
    carried = inherited(templates[f"{name}-inherited"], as_text)
    assert {group: sorted(values) for group, values in carried.items()} == expected


def test_groups_that_carry_roles_need_no_constants(templates: dict[str, Synthesized]) -> None:
    """One application sends an attribute for each role and account; each group carries those of its own roles.

    The template's own constants are replaced even where there is nothing to put in their place: they would offer a
    role of somebody else's.
    """
    template = templates["accounts-inherited"]
    application = template.only(APPLICATION)
    sent = [each["Source"] for each in application["UserAttributes"] if each["Name"] == f"{AWS}Role"]
    assert len(set(sent)) == len(sent) == 5
    assert all(each.isalnum() and len(each) < 32 for each in sent)
    assert application["ConstantAttributes"] == []
    carried = template.only(GROUP_ATTRIBUTES)["Attributes"]
    assert len(carried) == 2 + 3 + 3
    assert len({(each["Group"], each["Name"]) for each in carried}) == len(carried)
    assert templates["plain"].of(GROUP_ATTRIBUTES) == {}


def test_session_says_who_and_what(templates: dict[str, Synthesized]) -> None:
    """Name, source identity, tags and the author's own: properties as user attributes, the rest as constants."""
    application = templates["session"].only(APPLICATION)
    assert [(each["Name"].removeprefix(AWS), each["Source"]) for each in application["UserAttributes"]] == [
        ("RoleSessionName", "username"),
        ("SourceIdentity", "email"),
        ("PrincipalTag:CostCenter", "costcenter"),
        ("department", "department"),
    ]
    constants = [(each["Name"].removeprefix(AWS), each["Value"]) for each in application["ConstantAttributes"]]
    assert [each for each in constants if each[0] != "Role"] == [
        ("tenant", "acme"),
        ("PrincipalTag:Team", "core"),
        ("TransitiveTagKeys", "Team"),
        ("TransitiveTagKeys", "CostCenter"),
    ]


def test_session_is_as_short_as_its_shortest_role(templates: dict[str, Synthesized]) -> None:
    """Whoever sees several roles has the duration that all of them allow; a role that does not say lasts an hour."""
    found = {}
    for access in templates["lasting"].of(ACCESS).values():
        constants = templates["lasting"].of(APPLICATION)[access["ApplicationId"]["Ref"]]["ConstantAttributes"]
        for group in access["Groups"]:
            found[group] = [each["Value"] for each in constants if each["Name"] == f"{AWS}SessionDuration"]
    assert found == {"a": ["28800"], "b": ["1800"], "c": ["3600"], "d": []}
    roles = templates["lasting"].roles()
    assert {name: role["MaxSessionDuration"] for name, role in roles.items()} == {
        "Long": 28_800,
        "Short": 3_600,
        "Usual": 3_600,
    }


def test_settings_of_the_template_are_left_unless_chosen(templates: dict[str, Synthesized]) -> None:
    """The catalogue template is made for AWS: NameID and signature are set only where the spec chooses them."""
    left = {"SubjectField", "NameIdFormat", "SignatureAlgorithm", "SignAssertion", "SignResponse"}
    application = templates["plain"].of(APPLICATION)
    assert all(not left & each.keys() for each in application.values())
    assert all(each["SpEntityId"] == "urn:amazon:webservices" for each in application.values())
    assert all(each["Template"] == "aws" for each in application.values())


def test_role_value_can_be_asked_for(any_stack: Stack, make_spec: Callable[..., IamSpec]) -> None:
    """For a SAML IdP of one's own: the value of any role in any account that has it, and of no other."""
    stack = Stack(any_stack, "Here", env=Environment(account=HERE, region="eu-west-1"))
    connector = IamConnector(stack, "Connector", spec=make_spec(**ACCOUNTS))
    assert connector.role_value("Engineer") == value("people/Engineer", HERE, "aws")
    assert connector.role_value("Engineer", HERE) == value("people/Engineer", HERE, "aws")
    assert connector.role_value("Engineer", ELSEWHERE) == value("people/Engineer", ELSEWHERE, "aws")
    with pytest.raises(SpecError, match=f"there are {HERE}, {ELSEWHERE} \\[role-account\\]"):
        connector.role_value("Engineer", THERE)
    with pytest.raises(SpecError, match="there are Engineer, Auditor \\[role-unknown\\]"):
        connector.role_value("Enginer")

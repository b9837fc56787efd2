"""Who may assume the roles of a connector: provider, audience, and exactly the actions that are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Environment, Stack
from aws_cdk import aws_iam as iam

from saml_connectors.iam import IamConnector

if TYPE_CHECKING:
    from collections.abc import Callable

    from saml_connectors.spec import IamSpec
    from tests.iam_fixtures import Synthesized

pytest_plugins = ["tests.iam_fixtures"]
pytestmark = pytest.mark.synth

ASSUME, TAG, IDENTITY = "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"
GLOBAL, IRELAND = "https://signin.aws.amazon.com/saml", "https://eu-west-1.signin.aws.amazon.com/saml"
OWN: dict[str, Any] = {"directory": None, "application": None, "groups": None, "provider": {"existing": True}}
TAGS = {"tags": {"Department": "department"}}
SOURCE_IDENTITY = {"source_identity_from": "username"}
SPECS: dict[str, dict[str, Any]] = {
    "plain": {},
    "regional": {"sign_in_regions": ["eu-west-1"]},
    "several": {"sign_in_regions": ["eu-west-1", "global"]},
    "own-address": {"provider": {"acs": "provider"}},
    "own-address-regional": {"provider": {"acs": "provider"}, "sign_in_regions": ["eu-west-1", "global"]},
    "gov": {"partition": "aws-us-gov"},
    "gov-region": {"aws": {"region": "us-gov-west-1", "account": "111122223333"}},
    "china": {"partition": "aws-cn"},
    "tags": {"session": TAGS},
    "source-identity": {"session": SOURCE_IDENTITY},
    "tags-and-source-identity": {"session": TAGS | SOURCE_IDENTITY},
    "existing-provider": OWN,
}
SESSIONS = ["plain", "tags", "source-identity", "tags-and-source-identity", "several", "own-address"]


@pytest.fixture(scope="module")
def templates(
    synthesize: Callable[..., dict[str, Synthesized]], make_spec: Callable[..., IamSpec]
) -> dict[str, Synthesized]:
    """Each of SPECS with roles of the app's own beside the connector's."""

    def define(changes: dict[str, Any]) -> Callable[[Stack], None]:
        def fill(stack: Stack) -> None:
            connector = IamConnector(stack, "Connector", spec=make_spec(**changes))
            asked = {"StringEquals": {"SAML:iss": "https://idp.example/"}, "Bool": {"aws:SecureTransport": "true"}}
            iam.Role(stack, "Mine", role_name="Mine", assumed_by=connector.federated_principal())
            more = connector.federated_principal().with_conditions(asked)
            iam.Role(stack, "Conditional", role_name="Conditional", assumed_by=more)

        return fill

    gov = Environment(account="111122223333", region="us-gov-west-1")
    return synthesize({name: define(changes) for name, changes in SPECS.items()}, {"gov-region": gov})


def statement(template: Synthesized, role: str = "Engineer") -> dict[str, Any]:
    """The one statement of a role's trust policy."""
    policy = template.roles()[role]["AssumeRolePolicyDocument"]
    assert policy["Version"] == "2012-10-17"
    (only,) = policy["Statement"]
    assert only["Effect"] == "Allow"
    return dict(only)


@pytest.mark.parametrize("name", [name for name in SPECS if name != "existing-provider"])
def test_role_trusts_its_connectors_provider_alone(name: str, templates: dict[str, Synthesized]) -> None:
    """The principal is the provider that the same template defines, by reference."""
    template = templates[name]
    assert statement(template)["Principal"] == {"Federated": {"Ref": template.id_of("AWS::IAM::SAMLProvider")}}


@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        ("plain", GLOBAL),
        ("regional", IRELAND),
        ("several", [IRELAND, GLOBAL]),
        ("own-address", [f"{GLOBAL}/acs/<UUID>", GLOBAL]),
        ("own-address-regional", [f"{IRELAND}/acs/<UUID>", f"{GLOBAL}/acs/<UUID>", IRELAND, GLOBAL]),
        ("gov", "https://signin.amazonaws-us-gov.com/saml"),
        ("gov-region", "https://signin.amazonaws-us-gov.com/saml"),
        ("china", "https://signin.amazonaws.cn/saml"),
        ("existing-provider", GLOBAL),
    ],
)
def test_assertion_must_be_meant_for_the_chosen_endpoints(
    name: str, accepted: str | list[str], templates: dict[str, Synthesized], as_text: Callable[[Any], str]
) -> None:
    """`SAML:aud` is exactly the recipients that the spec names, and nothing else is asked or left open."""
    condition = statement(templates[name])["Condition"]
    assert condition.keys() == {"StringEquals"}
    assert condition["StringEquals"].keys() == {"SAML:aud"}
    given = condition["StringEquals"]["SAML:aud"]
    if isinstance(accepted, str):
        assert given == accepted
        return
    uuid = f"<{next(iter(templates[name].of('AWS::IAM::SAMLProvider')))}.SamlProviderUUID>"
    assert [as_text(each).replace(uuid, "<UUID>") for each in given] == accepted


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("plain", ASSUME),
        ("tags", [ASSUME, TAG]),
        ("source-identity", [ASSUME, IDENTITY]),
        ("tags-and-source-identity", [ASSUME, IDENTITY, TAG]),
    ],
)
def test_only_what_is_sent_is_allowed(name: str, actions: str | list[str], templates: dict[str, Synthesized]) -> None:
    """Tags need `sts:TagSession` and a source identity `sts:SetSourceIdentity`; neither is allowed without."""
    assert statement(templates[name])["Action"] == actions


@pytest.mark.parametrize("name", list(SPECS))
def test_role_of_the_app_is_trusted_the_same_way(name: str, templates: dict[str, Synthesized]) -> None:
    """`federated_principal()` gives a role of one's own the trust policy of the connector's roles."""
    template = templates[name]
    assert statement(template, "Mine") == statement(template)


@pytest.mark.parametrize("name", SESSIONS)
def test_conditions_of_the_app_are_added_and_none_is_lost(name: str, templates: dict[str, Synthesized]) -> None:
    """The caller's conditions stand beside the audience, whatever the session carries; the actions stay."""
    mine, given = statement(templates[name], "Conditional"), statement(templates[name])
    assert mine["Action"] == given["Action"]
    assert mine["Principal"] == given["Principal"]
    audience = given["Condition"]["StringEquals"]["SAML:aud"]
    assert mine["Condition"] == {
        "StringEquals": {"SAML:aud": audience, "SAML:iss": "https://idp.example/"},
        "Bool": {"aws:SecureTransport": "true"},
    }


def test_existing_provider_is_trusted_by_its_name(
    templates: dict[str, Synthesized], as_text: Callable[[Any], str]
) -> None:
    """A provider that is there already is not made; its ARN follows from account and name."""
    template = templates["existing-provider"]
    assert template.of("AWS::IAM::SAMLProvider") == {}
    federated = as_text(statement(template)["Principal"]["Federated"])
    assert federated == "arn:<AWS::Partition>:iam::<AWS::AccountId>:saml-provider/JumpCloud"


def test_partition_is_not_guessed_where_the_stack_knows_it(templates: dict[str, Synthesized]) -> None:
    """In a stack of GovCloud every ARN is one of GovCloud's: none of the commercial partition is left."""
    resources = str(templates["gov-region"].resources)
    assert "arn:aws-us-gov:iam::111122223333:role/Engineer" in resources
    assert "arn:aws:" not in resources
    assert "signin.aws.amazon.com" not in resources

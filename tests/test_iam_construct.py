"""What a connector of kind `iam` defines in its own account and in the directory, and in which order."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import Environment, Stack
from aws_cdk import aws_iam as iam

from saml_connectors import SpecError
from saml_connectors.iam import IamConnector
from saml_connectors.spec import IamSpec, MetadataSource, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.iam_fixtures import Synthesized

pytest_plugins = ["tests.iam_fixtures"]
pytestmark = pytest.mark.synth

APPLICATION = "Custom::JumpCloudApplication"
LAUNCH, ACCESS = f"{APPLICATION}Launch", f"{APPLICATION}Access"
GROUP_ATTRIBUTES = "Custom::JumpCloudGroupAttributes"
PROVIDER = "AWS::IAM::SAMLProvider"
FOREIGN: dict[str, Any] = {"directory": None, "application": None, "groups": None}
TWO = {
    "roles": {"Engineer": {"session_duration": 7200}, "Auditor": {}, "Emergency": {"existing": True, "path": "/ops/"}},
    "groups": {"Engineer": ["engineers"], "Auditor": ["auditors"], "Emergency": ["auditors"]},
}
STATE = "https://eu-west-1.console.aws.amazon.com/s3/"
SPECS: dict[str, dict[str, Any]] = {
    "plain": {},
    "two": TWO,
    "inherited": TWO | {"carry_roles": "group-attributes"},
    "opened": TWO | {"application": {"display_label": "AWS", "default_relay_state": STATE}},
    "own-address": TWO | {"provider": {"acs": "provider"}},
    "existing": FOREIGN | {"provider": {"existing": True}},
    "encrypted": FOREIGN
    | {"provider": {"acs": "provider", "encryption": {"private_key": "saml/key"}}, "metadata": "here"},
    "policies": {
        "roles": {
            "Engineer": {
                "path": "/people/",
                "description": "Builds things",
                "managed_policies": ["job-function/ViewOnlyAccess", "arn:aws:iam::aws:policy/ReadOnlyAccess"],
                "inline_policies": {
                    "logs": {
                        "Version": "2008-10-17",
                        "Statement": {"Effect": "Allow", "Action": "logs:Get*", "Resource": "*"},
                    },
                },
                "permissions_boundary": "arn:aws:iam::111122223333:policy/limit",
                "max_session_duration": 14_400,
                "tags": {"team": "core"},
            }
        },
        "aws": {"account": "111122223333"},
    },
}


@pytest.fixture(scope="module")
def templates(synthesize: Callable[..., dict[str, Synthesized]], foreign_metadata: str) -> dict[str, Synthesized]:
    """Each of SPECS in a stack of its own."""
    given = {
        name: {**changes, **({"metadata": {"xml": foreign_metadata}} if "metadata" in changes else {})}
        for name, changes in SPECS.items()
    }
    return synthesize(given)


def test_provider_trusts_every_application_under_one_entity_id(
    templates: dict[str, Synthesized], as_text: Callable[[Any], str]
) -> None:
    """The metadata holds the certificate of each application; all of them say the first one's entity ID."""
    template = templates["two"]
    first, second = template.of(APPLICATION)
    provider = template.only(PROVIDER)
    assert provider["Name"] == "JumpCloud"
    metadata = as_text(provider["SamlMetadataDocument"])
    assert metadata.count("<ds:X509Certificate>") == 2
    assert f">{'<'}{first}.Certificate></ds:X509Certificate>" in metadata
    assert f"><{second}.Certificate></ds:X509Certificate>" in metadata
    assert f'entityID="<{first}.IdpEntityId>"' in metadata
    assert metadata.count(f'Location="<{first}.SsoUrl>"') == 2
    assert "IdpEntityId" not in template.of(APPLICATION)[first]
    assert as_text(template.of(APPLICATION)[second]["IdpEntityId"]) == f"<{first}.IdpEntityId>"


def test_applications_know_neither_provider_nor_roles(templates: dict[str, Synthesized]) -> None:
    """Provider and roles follow from the application, so the application must not wait for them: no cycle."""
    for name in ("two", "inherited", "opened", "own-address"):
        template = templates[name]
        for application in template.of(APPLICATION):
            types = {template.resources[each]["Type"] for each in template.needed_by(application)}
            assert not types & {PROVIDER, LAUNCH, ACCESS, GROUP_ATTRIBUTES}
            assert not any(
                "RoleName" in template.of("AWS::IAM::Role").get(each, {}) for each in template.needed_by(application)
            )
        for each in template.resources:
            assert each not in template.needed_by(each)


def test_people_see_the_tile_last(templates: dict[str, Synthesized]) -> None:
    """Groups are bound after provider, roles, what the tile opens, and the attributes that the groups carry."""
    for name in ("two", "inherited", "opened", "own-address"):
        template = templates[name]
        before = {PROVIDER, APPLICATION, "AWS::IAM::Role"}
        before |= {LAUNCH} if template.of(LAUNCH) else set()
        before |= {GROUP_ATTRIBUTES} if template.of(GROUP_ATTRIBUTES) else set()
        roles = {each for each, role in template.of("AWS::IAM::Role").items() if "RoleName" in role}
        for access in template.of(ACCESS):
            needed = template.needed_by(access)
            assert roles <= needed
            assert before <= {template.resources[each]["Type"] for each in needed}
    assert len(templates["opened"].of(LAUNCH)) == 2
    assert len(templates["inherited"].of(GROUP_ATTRIBUTES)) == 1


def test_own_address_of_the_provider_is_told_once_it_is_known(
    templates: dict[str, Synthesized], as_text: Callable[[Any], str]
) -> None:
    """The application is made without an ACS URL; its launch sets the one with the provider's UUID."""
    template = templates["own-address"]
    assert all("AcsUrl" not in each for each in template.of(APPLICATION).values())
    urls = [as_text(each["AcsUrl"]) for each in template.of(LAUNCH).values()]
    assert urls == [f"https://signin.aws.amazon.com/saml/acs/<{template.id_of(PROVIDER)}.SamlProviderUUID>"] * 2
    assert all("AcsUrl" not in each for each in templates["opened"].of(LAUNCH).values())
    acs_urls = [each["AcsUrl"] for each in templates["opened"].of(APPLICATION).values()]
    assert acs_urls == ["https://signin.aws.amazon.com/saml"] * 2


def test_page_of_the_console_is_what_the_tile_opens(templates: dict[str, Synthesized]) -> None:
    """The spec's RelayState goes to every application; without one, nothing is launched."""
    assert [each["DefaultRelayState"] for each in templates["opened"].of(LAUNCH).values()] == [STATE, STATE]
    assert templates["two"].of(LAUNCH) == {}


def test_role_is_what_the_spec_says(templates: dict[str, Synthesized], as_text: Callable[[Any], str]) -> None:
    """Name, path, policies as they were written, boundary, longest session and tags."""
    role = templates["policies"].roles()["Engineer"]
    assert [as_text(each) for each in role.pop("ManagedPolicyArns")] == [
        "arn:<AWS::Partition>:iam::aws:policy/job-function/ViewOnlyAccess",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
    ]
    statement = {"Effect": "Allow", "Action": "logs:Get*", "Resource": "*"}
    policy = {"Version": "2008-10-17", "Statement": [statement]}
    del role["AssumeRolePolicyDocument"]
    assert role == {
        "RoleName": "Engineer",
        "Path": "/people/",
        "Description": "Builds things",
        "Policies": [{"PolicyName": "logs", "PolicyDocument": policy}],
        "PermissionsBoundary": "arn:aws:iam::111122223333:policy/limit",
        "MaxSessionDuration": 14_400,
        "Tags": [{"Key": "team", "Value": "core"}],
    }


def test_existing_roles_and_providers_are_not_made(templates: dict[str, Synthesized]) -> None:
    """A role that is there already is only offered; a provider that is there already is only trusted."""
    assert templates["two"].roles().keys() == {"Engineer", "Auditor"}
    existing = templates["existing"]
    assert existing.roles().keys() == {"Engineer"}
    assert {each["Type"] for each in existing.resources.values()} == {"AWS::IAM::Role"}


def test_provider_of_the_app_is_used(any_stack: Stack, make_spec: Callable[..., IamSpec]) -> None:
    """Bring your own construct: roles trust it, Role values name it, no second one is made."""
    text = iam.SamlMetadataDocument.from_xml("<x/>" * 300)
    mine = iam.SamlProvider(any_stack, "Mine", name="Mine", metadata_document=text)
    spec = make_spec(**FOREIGN, provider={"existing": True})
    connector = IamConnector(any_stack, "Connector", spec=spec, saml_provider=mine)
    assert connector.provider_arn == mine.saml_provider_arn
    assert connector.role_value("Engineer").endswith(f",{mine.saml_provider_arn}")
    assert connector.account.provider is None
    with pytest.raises(SpecError, match="provider-existing"):
        IamConnector(any_stack, "Other", spec=make_spec(), saml_provider=mine)


def test_metadata_of_another_idp_registers_nothing(
    any_stack: Stack, make_spec: Callable[..., IamSpec], foreign_metadata: str
) -> None:
    """No application, no function, no secret: provider with that document, and the roles."""
    connector = IamConnector(any_stack, "Connector", spec=make_spec(**FOREIGN, metadata={"xml": foreign_metadata}))
    assert connector.applications == []
    assert {each.node.id for each in any_stack.node.children} == {"Connector"}
    provider = connector.account.provider
    assert provider is not None
    assert provider.saml_metadata_document == foreign_metadata
    assert connector.roles.keys() == {"Engineer"}


def test_refused_metadata_is_told_with_its_code(any_stack: Stack) -> None:
    """A document that IAM would not take stops the synth, not the deployment."""

    def spec(metadata: MetadataSource) -> IamSpec:
        return IamSpec(name="console", roles={"Engineer": Role()}, metadata=metadata)

    with pytest.raises(SpecError, match="the metadata of 'console'"):
        IamConnector(any_stack, "Refused", spec=spec(MetadataSource.from_xml("<EntityDescriptor/>")))
    with pytest.raises(SpecError, match="metadata-unreadable"):
        IamConnector(any_stack, "Missing", spec=spec(MetadataSource.from_file("nowhere/idp.xml")))


def test_private_key_stands_in_no_template(templates: dict[str, Synthesized]) -> None:
    """CloudFormation reads the key by a dynamic reference; nothing else in the template names the secret."""
    template = templates["encrypted"]
    provider = template.only(PROVIDER)
    assert provider["AddPrivateKey"] == "{{resolve:secretsmanager:saml/key:SecretString:::}}"
    assert provider["AssertionEncryptionMode"] == "Required"
    assert json.dumps(template.template).count("saml/key") == 1
    assert "PRIVATE KEY" not in json.dumps(template.template)


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        (Environment(account="999999999999", region="eu-west-1"), "account-differs"),
        (Environment(account="111122223333", region="us-gov-west-1"), "partition-differs"),
    ],
)
def test_stack_in_another_place_than_the_spec_is_refused(
    environment: Environment, code: str, any_stack: Stack, make_spec: Callable[..., IamSpec]
) -> None:
    """Role values, or the audience, would be those of somewhere else: nobody could sign in."""
    spec = make_spec(aws={"account": "111122223333"})
    stack = Stack(any_stack, "Elsewhere", env=environment)
    with pytest.raises(SpecError, match=code):
        IamConnector(stack, "Connector", spec=spec)

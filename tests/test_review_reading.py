"""Claims about what is read from templates: ours and others', and what is said where nobody can know."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from saml_connectors.cloudformation.document import parse
from saml_connectors.metadata import assemble
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.desired import CONFIG_FLAGS, CONFIG_TEXTS, LAUNCH_TEXTS
from saml_connectors.review import Review
from saml_connectors.review.fact_kinds import KINDS
from saml_connectors.review.reading_applications import FIELDS
from saml_connectors.review.values import shown

pytest_plugins = ["tests.review_fixtures"]

Page = Callable[[Review], str]


def facts(found: Review, connector: str) -> set[str]:
    """All that is said of a connector, in words."""
    told = next(each.connector for each in found.connectors if each.connector.name == connector)
    return {
        KINDS[fact.kind].stated.format(
            **{name: shown(given) for name, given in zip(KINDS[fact.kind].names, fact.names, strict=True)}
        )
        for fact in told.facts
    }


def test_every_kind_of_connector_is_known_by_its_name(examples: Any, reviewed: Any) -> None:
    """The five stacks of the examples are four connectors."""
    found = reviewed(examples())
    assert {(each.connector.name, each.connector.kind) for each in found.connectors} == {
        ("portal", "cognito-user-pool"),
        ("portal-bookmark", "bookmark"),
        ("console", "iam"),
        ("workforce", "identity-center"),
    }


def test_roles_are_those_that_the_application_of_a_group_offers(examples: Any, reviewed: Any) -> None:
    """Two applications, two sets of roles: nobody has a role of the other."""
    told = facts(reviewed(examples(), region="eu-west-1", account="111122223333"), "console")
    assert {each for each in told if " have role " in each} == {
        "Members of portal-admins have role Engineer in account 111122223333",
        "Members of portal-admins have role Auditor in account 111122223333",
        "Members of portal-users have role Auditor in account 111122223333",
    }


def test_an_account_that_nobody_knows_is_not_guessed(examples: Any, reviewed: Any) -> None:
    """It is told as what it is: the stack's."""
    assert "Members of portal-admins have role Engineer in account {AWS::AccountId}" in facts(
        reviewed(examples()), "console"
    )


def test_roles_that_groups_carry_are_told_for_each_group(examples: Any, reviewed: Any) -> None:
    """Group attributes that the application sends as Role are roles, not attributes."""
    data = examples("console")
    resources = data["saml-connector-console"]["Resources"]
    application = next(each for each in resources.values() if each["Type"] == contract.APPLICATION)["Properties"]
    application["ConstantAttributes"] = []
    application["UserAttributes"] = [{"Name": "https://aws.amazon.com/SAML/Attributes/Role", "Source": "awsEngineer"}]
    value = "arn:aws:iam::444455556666:role/Engineer,arn:aws:iam::444455556666:saml-provider/JumpCloud"
    rows = [
        {"Group": "developers", "Name": "awsEngineer", "Value": value},
        {"Group": "developers", "Name": "costCenter", "Value": "4711"},
    ]
    resources["Carrier"] = {"Type": contract.GROUP_ATTRIBUTES, "Properties": {"Attributes": rows}}
    told = facts(reviewed(data), "console")
    assert "Members of developers have role Engineer in account 444455556666" in told
    assert "Members of developers inherit the attribute costCenter with the value 4711" in told
    assert not any("awsEngineer" in each for each in told)


def test_a_role_from_a_property_of_people_cannot_be_known(examples: Any, reviewed: Any) -> None:
    """No group carries it in any template: whoever has it there has the role."""
    data = examples("console")
    for resource in data["saml-connector-console"]["Resources"].values():
        if resource["Type"] == contract.APPLICATION:
            role = {"Name": "https://aws.amazon.com/SAML/Attributes/Role", "Source": "awsRole"}
            resource["Properties"]["UserAttributes"].append(role)
    told = facts(reviewed(data), "console")
    assert any(each.startswith("Whoever has a Role value in the directory's property awsRole") for each in told)


def test_accounts_of_a_stack_set_get_the_roles_that_their_conditions_give_them(examples: Any, reviewed: Any) -> None:
    """The template inside the template is read as each account will."""
    role = {
        "Type": "AWS::IAM::Role",
        "Condition": "HasIt",
        "Properties": {"RoleName": "Biller", "ManagedPolicyArns": ["arn:aws:iam::aws:policy/job-function/Billing"]},
    }
    body = {
        "Mappings": {"Roles": {"444455556666": {"biller": "true"}, "777788889999": {"biller": "false"}}},
        "Conditions": {
            "HasIt": {"Fn::Equals": [{"Fn::FindInMap": ["Roles", {"Ref": "AWS::AccountId"}, "biller"]}, "true"]}
        },
        "Resources": {"Biller": role},
    }
    data = examples("console")
    resources = data["saml-connector-console"]["Resources"]
    application = next(name for name, each in resources.items() if each["Type"] == contract.APPLICATION)
    targets = {"DeploymentTargets": {"Accounts": ["444455556666", "777788889999"]}}
    resources["Others"] = {
        "Type": "AWS::CloudFormation::StackSet",
        "Properties": {
            "StackSetName": "others",
            "TemplateBody": json.dumps(body),
            "Parameters": [{"ParameterKey": "SsoUrl", "ParameterValue": {"Fn::GetAtt": [application, "SsoUrl"]}}],
            "StackInstancesGroup": [targets],
        },
    }
    found = reviewed(data)
    part = next(part for part in found.connectors[0].connector.parts if part.what == "StackSet")
    assert part.fields["role Biller is made in"] == "444455556666"
    assert "role Biller in every account of StackSet others has policy job-function/Billing" in facts(found, "console")


COGNITO_BY_HAND = """
Parameters: {Stage: {Type: String}}
Resources:
  People: {Type: AWS::Cognito::UserPool, Properties: {UserPoolName: people}}
  Idp:
    Type: AWS::Cognito::UserPoolIdentityProvider
    Properties:
      UserPoolId: !Ref People
      ProviderName: Okta
      ProviderType: SAML
      ProviderDetails: {MetadataURL: https://idp.example.com/metadata}
      AttributeMapping: {email: mail}
  Web:
    Type: AWS::Cognito::UserPoolClient
    DependsOn: Idp
    Properties:
      UserPoolId: !Ref People
      SupportedIdentityProviders: [Okta]
      CallbackURLs: [!Sub "https://${Stage}.acme.example/cb", "acme://cb"]
      AllowedOAuthScopes: [openid]
  Batch:
    Type: AWS::Cognito::UserPoolClient
    Properties: {UserPoolId: !Ref People, AllowedOAuthFlows: [client_credentials]}
"""

IAM_BY_HAND = """
Resources:
  Provider: {Type: AWS::IAM::SAMLProvider, Properties: {Name: Okta, SamlMetadataDocument: "@"}}
  Admin:
    Type: AWS::IAM::Role
    Properties:
      RoleName: Admin
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
      AssumeRolePolicyDocument:
        Statement:
          Effect: Allow
          Action: sts:AssumeRoleWithSAML
          Principal: {Federated: !Ref Provider}
          Condition: {StringEquals: {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
  Elsewhere:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Action: sts:AssumeRoleWithSAML
            Principal: {Federated: !Sub "arn:aws:iam::${AWS::AccountId}:saml-provider/Old"}
  Function:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Statement: [{Effect: Allow, Action: sts:AssumeRole, Principal: {Service: lambda.amazonaws.com}}]
"""

CENTER_BY_HAND = """
Parameters: {Instance: {Type: String}}
Resources:
  Reader:
    Type: AWS::SSO::PermissionSet
    Properties:
      InstanceArn: !Ref Instance
      Name: Reader
      ManagedPolicies: [arn:aws:iam::aws:policy/ReadOnlyAccess]
  Given:
    Type: AWS::SSO::Assignment
    Properties:
      InstanceArn: !Ref Instance
      PermissionSetArn: !GetAtt Reader.PermissionSetArn
      PrincipalId: 12345678-1234-1234-1234-123456789012
      PrincipalType: GROUP
      TargetId: "111122223333"
      TargetType: AWS_ACCOUNT
"""


def test_a_user_pool_that_somebody_else_wrote_is_read_as_far_as_it_shows(reviewed: Any) -> None:
    """Clients, hosts and attributes; of the IdP's people, that nobody here can know them."""
    told = facts(reviewed({"theirs": parse(COGNITO_BY_HAND)}), "theirs/Idp")
    assert told >= {
        "Everybody whom the IdP behind Okta lets in may sign in to app client {Web}",
        "app client {Web} sends codes and tokens to {parameter Stage}.acme.example",
        "app client {Web} sends codes and tokens to acme:",
        "SAML attribute mail of Okta becomes email in the user pool",
        (
            "identity provider Okta of the user pool trusts what https://idp.example.com/metadata serves, "
            "which synthesis cannot know"
        ),
        "Anybody may make an account of his own in user pool people",
        "app client {Batch} may use the OAuth flow client_credentials",
    }


def test_roles_that_somebody_else_wrote_are_read_with_what_they_trust(
    reviewed: Any, make_certificate: Callable[..., str]
) -> None:
    """Whoever the IdP names for them; a provider of no template is named all the same; other roles are none of ours."""
    data = parse(IAM_BY_HAND)
    xml = assemble(entity_id="urn:okta", sso_url="https://idp.example.com", certificates=[make_certificate()])
    data["Resources"]["Provider"]["Properties"]["SamlMetadataDocument"] = xml
    found = reviewed({"theirs": data})
    assert [each.connector.kind for each in found.connectors] == ["iam", "iam"]
    told = facts(found, "theirs/Provider")
    who = "Whomever the IdP of SAML provider Okta names for it has role Admin in account {AWS::AccountId}"
    assert who in told
    assert "role Admin in {AWS::AccountId} has policy AdministratorAccess" in told
    elsewhere = facts(found, "theirs/Elsewhere")
    assert any("SAML provider Old names for it has role {Elsewhere}" in each for each in elsewhere)
    assert not any(
        "lambda" in each for connector in ("theirs/Provider", "theirs/Elsewhere") for each in facts(found, connector)
    )


def test_permission_sets_of_a_parameter_s_instance_are_one_connector(reviewed: Any) -> None:
    """What is not known is equal to itself, in one template; a group's id is no name, and is told as it is."""
    found = reviewed({"theirs": parse(CENTER_BY_HAND)})
    assert len(found.connectors) == 1
    assert "group 12345678-1234-1234-1234-123456789012 has permission set Reader in account 111122223333" in facts(
        found, found.connectors[0].connector.name
    )


def test_certificates_in_metadata_are_told_by_fingerprint_subject_and_end(
    reviewed: Any, page: Page, make_certificate: Callable[..., str]
) -> None:
    """And their text is not."""
    certificate = make_certificate("sso.acme.example", 20)
    data = parse(IAM_BY_HAND)
    xml = assemble(entity_id="urn:okta", sso_url="https://idp.example.com", certificates=[certificate])
    data["Resources"]["Provider"]["Properties"]["SamlMetadataDocument"] = xml
    text = page(reviewed({"theirs": data}))
    assert "(SHA-256) of `CN=sso.acme.example`, until 2026-12-12: 20 days left" in text
    assert certificate[:40] not in text


def test_the_directory_s_own_names_are_those_that_the_provider_writes() -> None:
    """A field of the review is the one in the Admin Portal's API."""
    for table in (CONFIG_TEXTS, CONFIG_FLAGS, LAUNCH_TEXTS):
        for name, setting in table.items():
            assert FIELDS[name] == f"config.{setting}"


@pytest.mark.parametrize("name", ["portal", "console", "workforce"])
def test_every_property_of_an_application_is_a_field(examples: Any, reviewed: Any, name: str) -> None:
    """One that this release does not know is told by its own name, not left out."""
    data = examples(name)
    for resource in next(iter(data.values()))["Resources"].values():
        if resource["Type"] in {contract.APPLICATION, contract.LAUNCH, contract.ACCESS}:
            resource["Properties"]["SomethingNew"] = {"Inner": "value"}
    connector = reviewed(data).connectors[0].connector
    for part in connector.of_type(contract.APPLICATION):
        assert part.fields["SomethingNew.Inner"] == "value"

"""CloudFormation types that the local AWS adds, beside those of the emulator that a connector needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.forged_idp import ForgedIdp
from sandbox.aws.process import LocalAws
from sandbox.aws.stacks import deploy, failures, outputs, remove, settled

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def aws() -> Iterator[LocalAws]:
    """A local AWS."""
    with LocalAws() as running:
        yield running


@pytest.fixture(scope="module")
def idp() -> ForgedIdp:
    """An IdP whose metadata is good."""
    return ForgedIdp()


# --- the types of a sign-in -------------------------------------------------------------------------------------------


def cognito_resources(idp: ForgedIdp, **provider: Any) -> dict[str, Any]:
    """What a user-pool connector of this library consists of."""
    return {
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "portal"}},
        "Domain": {
            "Type": "AWS::Cognito::UserPoolDomain",
            "Properties": {"UserPoolId": {"Ref": "Pool"}, "Domain": "portal-stack", "ManagedLoginVersion": 2},
        },
        "Server": {
            "Type": "AWS::Cognito::UserPoolResourceServer",
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "Identifier": "api",
                "Name": "api",
                "Scopes": [{"ScopeName": "read", "ScopeDescription": "read"}],
            },
        },
        "Group": {
            "Type": "AWS::Cognito::UserPoolGroup",
            "Properties": {"UserPoolId": {"Ref": "Pool"}, "GroupName": "admins"},
        },
        "Idp": {
            "Type": "AWS::Cognito::UserPoolIdentityProvider",
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "ProviderName": "Directory",
                "ProviderType": "SAML",
                "ProviderDetails": {"MetadataFile": idp.metadata(), "IDPSignout": False},
                "AttributeMapping": {"email": "mail"},
                **provider,
            },
        },
        "Client": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "ClientName": "portal",
                "GenerateSecret": True,
                "SupportedIdentityProviders": [{"Ref": "Idp"}],
                "AllowedOAuthFlowsUserPoolClient": True,
                "AllowedOAuthFlows": ["code"],
                "AllowedOAuthScopes": ["openid", {"Fn::Sub": "${Server}/read"}],
                "CallbackURLs": ["https://app.example.com/callback"],
            },
        },
        "Branding": {
            "Type": "AWS::Cognito::ManagedLoginBranding",
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "ClientId": {"Ref": "Client"},
                "UseCognitoProvidedValues": True,
            },
        },
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}},
        "Parameter": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Pool", "ProviderName"]}},
        },
        "Secret": {
            "Type": "AWS::SecretsManager::Secret",
            "Properties": {"SecretString": {"Fn::GetAtt": ["Client", "ClientSecret"]}},
        },
        "Metadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "v2:deflate64:x"}},
    }


def test_a_user_pool_connector_is_made_changed_and_removed(aws: LocalAws, idp: ForgedIdp) -> None:
    """Ref and attributes are as on AWS, an update stays in place, and a new name replaces."""
    asked = {
        "Idp": {"Ref": "Idp"},
        "Secret": {"Fn::GetAtt": ["Client", "ClientSecret"]},
        "Arn": {"Fn::GetAtt": ["Pool", "Arn"]},
        "Url": {"Fn::GetAtt": ["Pool", "ProviderURL"]},
        "Pool": {"Ref": "Pool"},
        "Branding": {"Fn::GetAtt": ["Branding", "ManagedLoginBrandingId"]},
    }
    made = deploy(aws, "connector", cognito_resources(idp), asked)
    assert made["StackStatus"] == "CREATE_COMPLETE", failures(aws, "connector")
    found = outputs(made)
    pool = found["Pool"]
    assert found["Idp"] == "Directory"
    assert len(found["Secret"]) > 20
    assert found["Arn"] == f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}"
    assert found["Url"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
    cognito = aws.client("cognito-idp")
    described = cognito.describe_identity_provider(UserPoolId=pool, ProviderName="Directory")["IdentityProvider"]
    assert described["ProviderDetails"]["IDPSignout"] == "false"
    assert described["ProviderDetails"]["SSORedirectBindingURI"] == idp.sso_url

    changed = deploy(aws, "connector", cognito_resources(idp, AttributeMapping={"name": "displayname"}), asked)
    assert changed["StackStatus"] == "UPDATE_COMPLETE", failures(aws, "connector")
    later = cognito.describe_identity_provider(UserPoolId=pool, ProviderName="Directory")["IdentityProvider"]
    assert later["AttributeMapping"] == {"name": "displayname"}
    assert later["CreationDate"] == described["CreationDate"]

    renamed = deploy(aws, "connector", cognito_resources(idp, ProviderName="Renamed"), asked)
    assert renamed["StackStatus"] == "UPDATE_COMPLETE", failures(aws, "connector")
    listed = cognito.list_identity_providers(UserPoolId=pool)["Providers"]
    assert [one["ProviderName"] for one in listed] == ["Renamed"]
    assert remove(aws, "connector") == "DELETE_COMPLETE"


def test_a_client_that_comes_before_its_provider_fails(aws: LocalAws, idp: ForgedIdp) -> None:
    """A literal name makes no dependency: the deployment fails here as it does on AWS."""
    resources = cognito_resources(idp)
    resources["Client"]["Properties"]["SupportedIdentityProviders"] = ["Directory"]
    resources["Idp"]["DependsOn"] = "Client"
    stack = deploy(aws, "order", resources)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "The provider Directory does not exist for User Pool" in failures(aws, "order")


@pytest.mark.parametrize(("names", "said"), [("", "none"), ("a, b", "a+b")])
def test_a_condition_may_join_the_members_of_a_list(aws: LocalAws, names: str, said: str) -> None:
    """So does the template of `cdk bootstrap`, to find out whether a list is empty."""
    template = {
        "Parameters": {"Names": {"Type": "CommaDelimitedList", "Default": ""}},
        "Conditions": {"Any": {"Fn::Not": [{"Fn::Equals": ["", {"Fn::Join": ["", {"Ref": "Names"}]}]}]}},
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"Said": {"Value": {"Fn::If": ["Any", {"Fn::Join": ["+", {"Ref": "Names"}]}, "none"]}}},
    }
    aws.client("cloudformation").create_stack(
        StackName="joined",
        TemplateBody=json.dumps(template),
        Parameters=[{"ParameterKey": "Names", "ParameterValue": names}],
    )
    assert outputs(settled(aws, "joined"))["Said"] == said
    remove(aws, "joined")

"""What Cognito and IAM refuse at set-up, asked of the local AWS directly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from sandbox.aws.forged_idp import ForgedIdp
from sandbox.aws.process import LocalAws
from sandbox.aws.xml_parsing import HTTP_POST

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


# --- what Cognito and IAM refuse --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pool(aws: LocalAws) -> str:
    """Id of an empty user pool."""
    return str(aws.client("cognito-idp").create_user_pool(PoolName="strict")["UserPool"]["Id"])


@pytest.mark.parametrize(
    ("details", "reason"),
    [
        ({}, "At least one of the MetadataURL or MetadataFile should be provided."),
        ({"MetadataFile": "garbage"}, "Unable to unmarshall metadata"),
        ({"MetadataURL": "https://idp.example.com/metadata"}, "Error retrieving metadata"),
        ({"MetadataURL": "http://127.0.0.1:9/metadata"}, "Error retrieving metadata"),
    ],
)
def test_cognito_refuses_bad_metadata(aws: LocalAws, pool: str, details: dict[str, str], reason: str) -> None:
    """What is not metadata fails at once, not at the first sign-in."""
    with pytest.raises(ClientError, match=reason):
        aws.client("cognito-idp").create_identity_provider(
            UserPoolId=pool, ProviderName="Directory", ProviderType="SAML", ProviderDetails=details
        )


def test_cognito_refuses_metadata_without_redirect(aws: LocalAws, idp: ForgedIdp, pool: str) -> None:
    """Cognito sends its requests by HTTP-Redirect only."""
    details = {"MetadataFile": idp.metadata(binding=HTTP_POST)}
    with pytest.raises(ClientError, match="No SingleSignOn Http redirect binding location found in metadata"):
        aws.client("cognito-idp").create_identity_provider(
            UserPoolId=pool, ProviderName="Directory", ProviderType="SAML", ProviderDetails=details
        )


def test_cognito_fetches_metadata_from_this_machine(aws: LocalAws, pool: str) -> None:
    """An address that answers something else than metadata is named for what it is."""
    details = {"MetadataURL": f"{aws.endpoint_url}/_ministack/ready"}
    with pytest.raises(ClientError, match="Unable to unmarshall metadata"):
        aws.client("cognito-idp").create_identity_provider(
            UserPoolId=pool, ProviderName="Directory", ProviderType="SAML", ProviderDetails=details
        )


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"SupportedIdentityProviders": ["Nobody"]}, "The provider Nobody does not exist for User Pool"),
        ({"CallbackURLs": ["http://app.example.com"]}, "cannot use the HTTP protocol"),
        ({"LogoutURLs": ["http://app.example.com"]}, "cannot use the HTTP protocol"),
        ({"AllowedOAuthScopes": ["nothing/known"]}, "ScopeDoesNotExistException"),
    ],
)
def test_cognito_refuses_bad_app_clients(aws: LocalAws, pool: str, settings: dict[str, Any], reason: str) -> None:
    """At creation, and at an update of a good one."""
    cognito = aws.client("cognito-idp")
    with pytest.raises(ClientError, match=reason):
        cognito.create_user_pool_client(UserPoolId=pool, ClientName="app", **settings)
    good = cognito.create_user_pool_client(UserPoolId=pool, ClientName="app", CallbackURLs=["http://localhost:8000"])
    with pytest.raises(ClientError, match=reason):
        cognito.update_user_pool_client(UserPoolId=pool, ClientId=good["UserPoolClient"]["ClientId"], **settings)


def test_cognito_refuses_reserved_domains_and_bad_names(aws: LocalAws, idp: ForgedIdp, pool: str) -> None:
    """Both pass every check before deployment, and fail on AWS."""
    cognito = aws.client("cognito-idp")
    with pytest.raises(ClientError, match="reserved word: cognito"):
        cognito.create_user_pool_domain(UserPoolId=pool, Domain="my-cognito")
    with pytest.raises(ClientError, match="providerName"):
        cognito.create_identity_provider(
            UserPoolId=pool,
            ProviderName="Late_One",
            ProviderType="SAML",
            ProviderDetails={"MetadataFile": idp.metadata()},
        )


def test_iam_refuses_what_is_no_metadata(aws: LocalAws) -> None:
    """Long enough, but nothing that IAM could read."""
    with pytest.raises(ClientError, match="Unable to parse metadata"):
        aws.client("iam").create_saml_provider(Name="bad", SAMLMetadataDocument="x" * 1000)

"""The pure rules of the local AWS: metadata, names and URLs, sign-in memory, environments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.aws.cognito_rules import (
    client_problem,
    domain_prefix_problem,
    identifiers_problem,
    provider_name_problem,
    redirect_uri_problem,
    unknown_scopes,
)
from sandbox.aws.environment import client_environment, server_environment, stray_variables
from sandbox.aws.forged_idp import ForgedIdp
from sandbox.aws.saml_metadata import MetadataRefusedError, read_for_cognito, read_idp_metadata
from sandbox.aws.sign_in_memory import SignIn, SignInMemory
from sandbox.aws.xml_parsing import HTTP_POST

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


# --- metadata ---------------------------------------------------------------------------------------------------------


def test_good_metadata_is_read() -> None:
    """Entity ID, address and every certificate."""
    idp, other = ForgedIdp(), ForgedIdp()
    metadata = read_for_cognito(idp.metadata(more=[other.certificate]), datetime.now(UTC))
    assert (metadata.entity_id, metadata.sso_url) == (idp.entity_id, idp.sso_url)
    assert metadata.certificates == (idp.certificate, other.certificate)


def test_an_expired_certificate_is_refused_by_cognito_only() -> None:
    """IAM does not look at the date."""
    old = ForgedIdp(valid_from=NOW - timedelta(days=400), valid_for=timedelta(days=365)).metadata()
    with pytest.raises(MetadataRefusedError, match="expired"):
        read_for_cognito(old, NOW)
    assert read_idp_metadata(old).certificates


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("md:EntityDescriptor", "md:EntitiesDescriptor", "Unable to unmarshall"),
        ("md:IDPSSODescriptor", "md:SPSSODescriptor", "No IDPSSODescriptor"),
        ("entityID", "entity", "No entityID"),
        ("ds:X509Certificate", "ds:X509SKI", "No signing certificate"),
        ("<ds:X509Certificate>", "<ds:X509Certificate>AAAA", "Unable to parse a certificate"),
        ("HTTP-Redirect", "HTTP-Artifact", "No SingleSignOn Http redirect binding"),
        ('use="signing"', 'use="encryption"', "No signing certificate"),
    ],
)
def test_metadata_that_lacks_something_is_refused(old: str, new: str, reason: str) -> None:
    """Each with the sentence that says what."""
    with pytest.raises(MetadataRefusedError, match=reason):
        read_for_cognito(ForgedIdp().metadata().replace(old, new), datetime.now(UTC))
    assert HTTP_POST in ForgedIdp().metadata()


# --- names, domains, URLs ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["abc", "A_b", "JumpCloud-1", "Å.ngström", "x" * 32])
def test_a_good_provider_name_is_taken(name: str) -> None:
    """An underscore is allowed as the second character only."""
    assert provider_name_problem(name) is None


@pytest.mark.parametrize("name", ["", "ab", "x" * 33, "_ab", "A B", "Late_One", "AB_", "Google", " abc"])
def test_a_bad_provider_name_is_refused(name: str) -> None:
    """Too short, too long, spaces, underscores, reserved."""
    assert provider_name_problem(name) is not None


def test_idp_identifiers_are_checked() -> None:
    """Fifty of up to forty characters, without slash or colon."""
    assert identifiers_problem(["example.com", "a b+c=d@e-f"]) is None
    assert identifiers_problem(["https://example.com"]) is not None
    assert identifiers_problem(["x" * 41]) is not None
    assert identifiers_problem(["x"] * 51) is not None


@pytest.mark.parametrize("prefix", ["my-aws-app", "amazonas", "cognitive-cognito", "-a", "a-", "A", "x" * 64, ""])
def test_a_bad_domain_prefix_is_refused(prefix: str) -> None:
    """Reserved words anywhere, hyphens at the ends, capitals, length."""
    assert domain_prefix_problem(prefix) is not None
    assert domain_prefix_problem("portal-1") is None


@pytest.mark.parametrize(
    "uri",
    ["https://a.example/cb", "http://localhost:3000/cb", "http://127.0.0.1", "http://[::1]:80/", "myapp://cb"],
)
def test_a_good_redirect_uri_is_taken(uri: str) -> None:
    """Plain http on this machine only; schemes of apps are fine."""
    assert redirect_uri_problem(uri) is None


@pytest.mark.parametrize("uri", ["http://a.example/cb", "https://a.example/#x", "/cb", "https:///cb", ""])
def test_a_bad_redirect_uri_is_refused(uri: str) -> None:
    """Plain http elsewhere, fragments, relative ones."""
    assert redirect_uri_problem(uri) is not None


@pytest.mark.parametrize(
    ("client", "words"),
    [
        ({"SupportedIdentityProviders": ["Nobody"]}, "does not exist for User Pool p"),
        ({"SupportedIdentityProviders": ["Starts", "COGNITO"]}, "SAML identity providers only"),
        ({"CallbackURLs": ["https://a.example"], "DefaultRedirectURI": "https://b.example"}, "default redirect URI"),
        ({"AllowedOAuthFlowsUserPoolClient": True}, "are required"),
        ({"AllowedOAuthFlows": ["code", "client_credentials"]}, "client_credentials"),
    ],
)
def test_a_bad_app_client_is_refused(client: dict[str, object], words: str) -> None:
    """Each with the sentence that says what."""
    starts = {"ProviderType": "SAML", "ProviderDetails": {"IDPInit": "true"}}
    assert words in (client_problem(client, {"_identity_providers": {"Starts": starts}}, "p") or "")


def test_scopes_of_resource_servers_are_known() -> None:
    """Standard ones, and those that a resource server defines."""
    servers = {"api": {"Scopes": [{"ScopeName": "read"}]}}
    assert unknown_scopes(["openid", "api/read", "api/write"], servers) == ["api/write"]


# --- memory, environment ----------------------------------------------------------------------------------------------


def test_a_sign_in_is_remembered_for_five_minutes_and_once() -> None:
    """RelayState serves one answer."""
    memory = SignInMemory()
    sign_in = SignIn(pool_id="p", client_id="c", provider="P", redirect_uri="https://a", response_type="code")
    for relay_state in ("in time", "late"):
        memory.begin(relay_state, sign_in, NOW)
    assert memory.take("in time", NOW + timedelta(minutes=5)) == sign_in
    assert memory.take("in time", NOW) is None
    assert memory.take("late", NOW + timedelta(minutes=5, seconds=1)) is None


def test_an_assertion_id_is_forgotten_when_it_has_expired() -> None:
    """Until then it serves once, per user pool."""
    memory = SignInMemory()
    until = NOW + timedelta(minutes=5)
    assert memory.use_assertion("p", "_a", until, NOW)
    assert not memory.use_assertion("p", "_a", until, NOW)
    assert memory.use_assertion("q", "_a", until, NOW)
    assert memory.use_assertion("p", "_a", until, until)


def test_the_environments_name_no_other_endpoint(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Clients reach nothing but the local AWS, and the server opens nothing but its port."""
    client = client_environment(endpoint_url="http://127.0.0.1:1", region="eu-west-1")
    server = server_environment(state_dir=tmp_path_factory.mktemp("state"), port=1, region="eu-west-1")
    assert client["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert client["AWS_REGION"] == client["AWS_DEFAULT_REGION"] == server["MINISTACK_REGION"] == "eu-west-1"
    assert (server["BIND_HOST"], server["IOT_MTLS_ENABLED"], server["SFTP_ENABLED"]) == ("127.0.0.1", "0", "0")


def test_a_stray_variable_makes_an_environment_dirty() -> None:
    """Added, changed or missing; what Python and shells add does not count."""
    wanted = {"PATH": "/bin"}
    assert stray_variables({"PATH": "/bin", "LC_CTYPE": "C.UTF-8"}, wanted) == []
    assert stray_variables({"PATH": "/usr/bin", "SSL_CERT_FILE": "x"}, wanted) == ["PATH", "SSL_CERT_FILE"]

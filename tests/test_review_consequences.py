"""Claims about changes of one field that break sign-in, widen it, or send something elsewhere.

And that no resource is said to be deleted that is still there.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from saml_connectors.provider.jumpcloud import contract
from saml_connectors.review import Review
from saml_connectors.review.markdown_text import prose

pytest_plugins = ["tests.review_fixtures"]

Changed = Callable[..., Review]
Sentences = Callable[[Review], list[str]]
Find = Callable[[dict[str, Any], str], dict[str, Any]]

CLIENT, POOL, IDP = "AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPool", "AWS::Cognito::UserPoolIdentityProvider"
APPLICATION = contract.APPLICATION


def test_a_client_that_offers_another_provider_is_not_deleted_and_its_callbacks_are_told(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """A host that gets codes cannot hide behind another provider."""

    def change(resources: dict[str, Any]) -> None:
        of_type(resources, CLIENT).update(
            SupportedIdentityProviders=["Okta"], CallbackURLs=["https://*.acme.example/cb"]
        )

    found = changed("portal", change)
    told = sentences(found)
    assert not any("deleted" in each for each in told)
    assert (
        "access removed: app client 'web' stays, and no longer offers 'JumpCloud': it offers 'Okta' now, "
        "whose people this page cannot follow" in told
    )
    assert "access widened: New: app client 'web' sends codes and tokens to '*.acme.example'" in told
    assert "access widened: New: app client 'web' lets in people of 'Okta'" in told
    assert {row.field for row in found.connectors[0].rows} >= {"CallbackURLs", "SupportedIdentityProviders"}
    back = sentences(changed("portal", change, back=True))
    assert not any(each.partition(": ")[2] == "New: app client 'web'" for each in back)
    assert any("may now sign in to app client 'web'" in each for each in back)


def test_nothing_that_is_still_in_the_templates_is_called_deleted(
    examples: Any, reviewed: Any, sentences: Sentences
) -> None:
    """A pool without its identity provider is a pool, with all its users."""
    base = examples("portal")
    new = copy.deepcopy(base)
    resources = new["saml-connector-portal"]["Resources"]
    for name in [name for name, each in resources.items() if each["Type"] == IDP]:
        del resources[name]
    told = sentences(reviewed(new, base))
    assert not any("deleted" in each and "user pool" in each for each in told)
    assert any("user pool" in each and "stays in its template" in each for each in told)


def test_a_new_callback_host_is_in_the_headline_however_much_else_changes(
    changed: Changed, of_type: Find, page: Callable[[Review], str]
) -> None:
    """Ten graver lines do not push it into what is folded."""

    def change(resources: dict[str, Any]) -> None:
        of_type(resources, CLIENT)["CallbackURLs"].append("https://evil.example/cb")
        source = next(each for each in resources.values() if each["Type"] == CLIENT)
        for place in range(12):
            resources[f"Other{place}"] = copy.deepcopy(source)
            resources[f"Other{place}"]["Properties"].update(ClientName=f"a{place:02}", CallbackURLs=[])

    head = page(changed("portal", change)).partition("<details>")[0]
    assert "app client `web` sends codes and tokens to `evil.example`" in head


@pytest.mark.parametrize(
    ("kind", "values", "told"),
    [
        (
            APPLICATION,
            {"SubjectField": "employeeIdentifier"},
            "breaks: the NameID of 'Acme portal' is 'employeeIdentifier' now, was 'email': everybody who has signed in",
        ),
        (
            APPLICATION,
            {"NameIdFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"},
            "breaks: the format of 'Acme portal''s NameID is 'urn:oasis:names:tc:SAML:2.0:nameid-format:transient' now",
        ),
        (
            APPLICATION,
            {"SpEntityId": "urn:amazon:cognito:sp:eu-west-1_other"},
            "breaks: the SP entity ID of 'Acme portal' is 'urn:amazon:cognito:sp:eu-west-1_other' now, which is not",
        ),
        (
            APPLICATION,
            {"AcsUrl": "https://other.auth.eu-west-1.amazoncognito.com/saml2/idpresponse"},
            "breaks: the ACS URL of 'Acme portal' is 'https://other.auth.eu-west-1.amazoncognito.com/saml2/idpresponse'",
        ),
        (
            APPLICATION,
            {"SignAssertion": False},
            "breaks: neither assertion nor response of 'Acme portal' is signed any more",
        ),
        (
            APPLICATION,
            {"SignAssertion": False, "SignResponse": True},
            "trust changed: the assertion of 'Acme portal' is not signed any more, only the response around it",
        ),
        (POOL, {"LambdaConfig": {}}, "access removed: user pool "),
        (
            CLIENT,
            {"RefreshTokenValidity": 525_600},
            "access widened: refresh tokens of app client 'web' live '365 days', were '30 days'",
        ),
        (
            CLIENT,
            {"AccessTokenValidity": 24, "TokenValidityUnits": {"AccessToken": "hours", "IdToken": "minutes"}},
            "access widened: access tokens of app client 'web' live '1 day', were '1 hour'",
        ),
        (
            CLIENT,
            {"IdTokenValidity": 120},
            "access widened: ID tokens of app client 'web' live '2 hours', were '1 hour'",
        ),
    ],
)
def test_a_field_that_breaks_or_widens_sign_in_is_a_headline(
    changed: Changed, of_type: Find, sentences: Sentences, *, kind: str, values: dict[str, Any], told: str
) -> None:
    """No such change is one of the folded fields alone; and the way back of what lasts longer is none."""
    found = changed("portal", lambda resources: of_type(resources, kind).update(values))
    assert any(each.startswith(told) for each in sentences(found)), sentences(found)
    if kind == CLIENT:
        back = changed("portal", lambda resources: of_type(resources, kind).update(values), back=True)
        assert not any(" tokens of app client" in each for each in sentences(back))


def test_a_credential_that_goes_to_another_host_changes_trust(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """Whoever has that host has the directory; of each resource that knows the credential."""
    for kind in (APPLICATION, contract.ACCESS):
        found = changed(
            "portal",
            lambda resources, kind=kind: of_type(resources, kind)["Directory"].update(
                ApiUrl="https://evil.example/api"
            ),
        )
        start = "trust changed: the directory's credential is sent to 'evil.example' from now on, was "
        assert any(each.startswith(start) for each in sentences(found)), kind


def test_a_client_without_its_secret_is_public(changed: Changed, of_type: Find, sentences: Sentences) -> None:
    """Beside that it is replaced."""
    found = changed("portal", lambda resources: of_type(resources, CLIENT).update(GenerateSecret=True), back=True)
    assert any("app client 'web' has no secret any more" in each for each in sentences(found))


def test_longer_sessions_of_roles_and_permission_sets_widen_access(
    changed: Changed, of_type: Find, sentences: Sentences
) -> None:
    """By the role, by what the application asks for, and by the permission set; 12 hours is the longest."""
    for name, kind, values in (
        ("console", "AWS::IAM::Role", {"MaxSessionDuration": 43_200}),
        ("workforce-access", "AWS::SSO::PermissionSet", {"SessionDuration": "PT12H"}),
    ):
        told = sentences(
            changed(name, lambda resources, kind=kind, values=values: of_type(resources, kind).update(values))
        )
        assert any(each.startswith("access widened: sessions of ") and "'12 hours', were" in each for each in told)


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("'http://portal.acme.example/cb'; write https", "'`http://portal.acme.example/cb`'; write https"),
        ("custom:dept; declare", "`custom:dept`; declare"),
        ('"https://signin.aws.amazon.com/saml/",', '"`https://signin.aws.amazon.com/saml/`",'),
        ("Principal: {Federated: x}", "Principal: {Federated: x}"),
        ("custom:, and", "custom:, and"),
        ("f(x) {AWS::Region} a_b.", "`f(x)` `{AWS::Region}` `a_b`."),
    ],
)
def test_punctuation_stays_outside_of_code(given: str, written: str) -> None:
    """A semicolon after an address is not part of it."""
    assert prose(given) == written

"""Creating an application: what is checked first, what is sent, what is handed back, and whose application it is."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest
from cryptography import x509

from sandbox.directory.faults import Fault

if TYPE_CHECKING:
    from tests.provider_fixtures import Stage

pytest_plugins = ["tests.provider_fixtures"]


def test_a_created_application_is_active_and_hands_back_what_metadata_needs(stage: Stage) -> None:
    """The five attributes are those of the application as the directory tells it."""
    answer = stage.create()
    assert answer["Status"] == "SUCCESS"
    data = answer["Data"]
    live = stage.live(data["ApplicationId"])
    assert answer["PhysicalResourceId"] == data["ApplicationId"]
    assert live["active"] is True
    assert data["SsoUrl"] == live["ssoUrl"]
    assert data["IdpEntityId"] == live["ssoUrl"] == live["config"]["idpEntityId"]["value"]
    certificate = x509.load_der_x509_certificate(base64.b64decode(data["Certificate"], validate=True))
    assert certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ") == data["CertificateExpiresAt"]


def test_every_property_reaches_its_setting(stage: Stage) -> None:
    """Texts, flags, attribute rows and groups are where the directory keeps them."""
    properties = stage.properties(
        Visible="false",
        NameIdFormat="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
        SignatureAlgorithm="RSA-SHA256",
        SignResponse="true",
        IdpEntityId="urn:example:idp",
        ConstantAttributes=[{"Name": "tenant", "Value": "acme"}],
    )
    live = stage.live(stage.create(properties)["PhysicalResourceId"])
    value = {key: entry.get("value") for key, entry in live["config"].items()}
    assert live["displayLabel"] == "Portal"
    assert live["description"] == "The customer portal"
    assert live["sso"]["hidden"] is True
    assert value["spEntityId"] == "urn:amazon:cognito:sp:eu-central-1_AbCdEf123"
    assert value["acsUrl"] == "https://acme.auth.eu-central-1.amazoncognito.com/saml2/idpresponse"
    assert value["overrideNameIdFormat"] == "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    assert (value["signAssertion"], value["signResponse"], value["declareRedirectEndpoint"]) == (True, True, True)
    assert value["idpEntityId"] == "urn:example:idp"
    assert [(row["name"], row["value"]) for row in value["databaseAttributes"]] == [
        ("email", "email"),
        ("given", "firstname"),
    ]
    assert [(row["name"], row["value"]) for row in value["constantAttributes"]] == [("tenant", "acme")]
    assert (value["includeGroups"], value["groupsAttributeName"]) == (True, "memberOf")


def test_a_create_never_sends_a_certificate_a_key_or_an_empty_value(stage: Stage) -> None:
    """JumpCloud makes certificate and key itself, and fails for ever on an empty required value."""
    stage.create(stage.properties(Description=""))
    body = next(
        body for call, body in zip(stage.transport.calls, stage.transport.bodies, strict=True) if call[0] == "POST"
    )
    assert not {"idpCertificate", "idpPrivateKey"} & body["config"].keys()
    assert "" not in [entry["value"] for entry in body["config"].values()]
    assert "description" not in body
    assert body["active"] is True


def test_create_is_idempotent(stage: Stage) -> None:
    """A killed and retried function finds by its derived slug what it has made, and makes no second one."""

    class KilledError(BaseException):
        """Nothing in the function can catch it."""

    def kill(method: str, _path: str) -> None:
        if method == "POST":
            raise KilledError

    stage.transport.after_call = kill
    with pytest.raises(KilledError):
        stage.create()
    assert stage.labels() == ["Portal"]
    stage.transport.after_call = None
    stage.forget_calls()
    answer = stage.create()
    assert answer["Status"] == "SUCCESS"
    assert list(stage.directory.applications) == [answer["PhysicalResourceId"]]
    assert ("POST", "/api/applications") not in stage.transport.calls


def test_missing_and_doubled_groups_are_all_told_before_anything_is_made(stage: Stage) -> None:
    """One error names every group that is missing, with near misses, and every one that exists twice."""
    stage.directory.add_group("finance")
    groups = ["portal-user", "finance", "portal-admins", "nobody-at-all"]
    answer = stage.create(stage.properties(RequiredGroups=groups))
    assert answer["Status"] == "FAILED"
    assert "no group 'portal-user' (there is 'portal-users'" in answer["Reason"]
    assert "2 groups are called 'finance'" in answer["Reason"]
    assert "no group 'nobody-at-all'" in answer["Reason"]
    assert "portal-admins'" not in answer["Reason"].replace("'portal-users', 'portal-admins'", "")
    assert stage.writes() == []


@pytest.mark.parametrize("name", ["sales, EMEA", "star*", "a:b", "Käse & Wein"])
def test_a_group_with_an_awkward_name_is_found(stage: Stage, name: str) -> None:
    """A comma or a star breaks JumpCloud's filter; such a name is looked for in the whole list."""
    stage.directory.add_group("starfish")
    stage.directory.add_group(name)
    assert stage.create(stage.properties(RequiredGroups=[name]))["Status"] == "SUCCESS"


def test_groups_and_applications_beyond_the_first_page_are_seen(stage: Stage) -> None:
    """Lists have pages of at most a hundred; the 250th group and an old application on page two count."""
    for number in range(250):
        stage.directory.add_group(f"team, {number:03}")
    first = stage.created()["PhysicalResourceId"]
    for number in range(120):
        stage.directory.applications[f"{number:024x}"] = stage.directory.applications[first].__class__(
            id=f"{number:024x}",
            template=stage.directory.templates["bookmark"],
            organization="",
            created=stage.directory.clock(),
            sso_url=f"https://example.com/{number}",
            config={},
        )
    answer = stage.create(stage.properties(RequiredGroups=["team, 249"]))
    assert answer["PhysicalResourceId"] == first
    assert stage.transport.calls.count(("GET", "/api/v2/usergroups")) == 3
    assert stage.transport.calls.count(("GET", "/api/applications")) == 2


def test_a_template_that_is_not_there_fails_with_candidates(stage: Stage) -> None:
    """The error lists what the catalogue has that sounds like it."""
    answer = stage.create(stage.properties(Template="amazoncognito"))
    assert answer["Status"] == "FAILED"
    assert "no template 'amazoncognito'" in answer["Reason"]
    assert "amazoncognitouserpools (Amazon Cognito User Pools)" in answer["Reason"]
    assert stage.writes() == []


def test_a_setting_that_the_template_lacks_fails_naming_it_and_those_there_are(stage: Stage) -> None:
    """It is refused before anything is made, not dropped in silence."""
    answer = stage.create(stage.properties(Template="aws"))
    assert answer["Status"] == "FAILED"
    assert "no setting groupsAttributeName, includeGroups" in answer["Reason"]
    assert "acsUrl" in answer["Reason"]
    assert "use `template: saml2`" in answer["Reason"]
    assert stage.writes() == []


def test_a_chosen_slug_that_is_taken_is_refused(stage: Stage) -> None:
    """Somebody else's application is named, and not touched."""
    taken = stage.created(stage.properties(Slug="portal", DisplayLabel="Hers"), LogicalResourceId="Other")
    answer = stage.create(stage.properties(Slug="portal"))
    assert answer["Status"] == "FAILED"
    assert f"'portal' belongs to application 'Hers' ({taken['PhysicalResourceId']})" in answer["Reason"]
    assert stage.writes() == []
    stage.delete(answer["PhysicalResourceId"], stage.properties(Slug="portal"))
    assert stage.labels() == ["Hers"]


def test_a_chosen_slug_is_adopted_only_when_equal_and_recent(stage: Stage) -> None:
    """Within 15 minutes by the directory's clock it is a lost answer; after that it is somebody else's."""
    properties = stage.properties(Slug="portal")
    made = stage.created(properties)["PhysicalResourceId"]
    stage.time.now += 14 * 60
    assert stage.create(properties)["PhysicalResourceId"] == made
    stage.time.now += 2 * 60
    late = stage.create(properties)
    assert late["Status"] == "FAILED"
    assert "which this resource did not make" in late["Reason"]


def test_all_malformed_properties_are_told_at_once(stage: Stage) -> None:
    """One failure, before the secret is even read."""
    stage.secrets.clear()
    answer = stage.create({"Directory": {"ApiUrl": "jumpcloud"}, "Visible": "perhaps", "UserAttributes": "all"})
    assert answer["Status"] == "FAILED"
    for told in (
        "Directory.ApiUrl must be an absolute http or https address, got 'jumpcloud'",
        "Directory.CredentialsSecret is missing",
        "Template is missing",
        "DisplayLabel is missing",
        "Visible must be true or false, got 'perhaps'",
        "UserAttributes must be a list",
    ):
        assert told in answer["Reason"]


def test_unknown_properties_are_ignored(stage: Stage) -> None:
    """A newer construct may send more than this provider knows."""
    assert stage.create(stage.properties(Sparkles={"Colour": "green"}, ServiceToken="arn"))["Status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ({"idpCertificate": ""}, "its IdP certificate cannot be used: there is none"),
        ({"idpCertificate": "bm90IGEgY2VydGlmaWNhdGU="}, "its IdP certificate cannot be used"),
        ({"idpEntityId": 'urn:"quoted"'}, "the directory did not keep config.idpEntityId"),
    ],
)
def test_a_create_that_fails_half_way_leaves_nothing_behind(stage: Stage, spoil: dict[str, str], told: str) -> None:
    """An application that, read back, is not what was asked for is removed again, and the failure says why."""

    def tamper(method: str, _path: str) -> None:
        if method in {"POST", "PUT"}:
            for application in stage.directory.applications.values():
                application.config.update(spoil)

    stage.transport.after_call = tamper
    answer = stage.create()
    assert answer["Status"] == "FAILED"
    assert told in answer["Reason"]
    assert stage.labels() == []
    stage.forget_calls()
    assert stage.delete(answer["PhysicalResourceId"], stage.properties())["Status"] == "SUCCESS"
    assert stage.transport.calls == []


@pytest.mark.parametrize(
    ("part", "spoilt", "told"),
    [
        ("https://", "http://", "is no absolute https address"),
        ("https://", "//", "is no absolute https address"),
        ("/saml2/", "/saml2&amp/", "its SSO IdP URL holds a character that may not stand in XML as it is"),
        ("portal-prod", "other", "slug is not the one asked for"),
    ],
)
def test_an_sso_url_that_metadata_cannot_be_built_from_is_refused(
    stage: Stage, part: str, spoilt: str, told: str
) -> None:
    """Nobody is sent to a plain http address, and nothing breaks the XML that the stack joins from strings."""

    def tamper(method: str, _path: str) -> None:
        if method == "POST":
            for application in stage.directory.applications.values():
                application.sso_url = application.sso_url.replace(part, spoilt)

    stage.transport.after_call = tamper
    answer = stage.create()
    assert told in answer["Reason"]
    assert stage.labels() == []


def test_a_failed_clean_up_is_told_and_left_to_cloudformation(stage: Stage) -> None:
    """The failed answer then names the application, so that CloudFormation's own delete removes it."""
    stage.directory.faults.add(Fault(kind="status", status=500, method="GET", path="/api/applications/.*", count=None))
    stage.directory.faults.add(Fault(kind="status", status=500, method="DELETE", count=None))
    answer = stage.create()
    assert answer["Status"] == "FAILED"
    assert "cleaning up failed too" in answer["Reason"]
    (left,) = stage.directory.applications
    assert answer["PhysicalResourceId"] == f"left-behind-{left}"
    stage.directory.faults.clear()
    stage.delete(answer["PhysicalResourceId"], stage.properties(OnRemoval="deactivate"))
    assert stage.labels() == []


def test_a_deactivated_application_of_the_same_resource_is_taken_up_again(stage: Stage) -> None:
    """Removed with `deactivate`, then declared again: its derived slug proves whose it is."""
    properties = stage.properties(OnRemoval="deactivate")
    made = stage.created(properties)["PhysicalResourceId"]
    stage.delete(made, properties)
    assert stage.live(made)["active"] is False
    stage.time.now += 90 * 24 * 3600
    assert stage.create(properties)["PhysicalResourceId"] == made
    assert stage.live(made)["active"] is True


def test_a_service_account_signs_in_and_uses_its_token_everywhere(stage: Stage) -> None:
    """Client credentials become one token, which opens v1 and v2, and is in no log."""
    stage.secrets["directory-key"] = '{"client_id": "sandbox-client", "client_secret": "sandbox-client-secret"}'
    answer = stage.create()
    assert answer["Status"] == "SUCCESS"
    assert stage.transport.calls[0] == ("POST", "/oauth2/token")
    token = next(iter(stage.directory.tokens))
    assert all(token not in line and "sandbox-client-secret" not in line for line in stage.lines)

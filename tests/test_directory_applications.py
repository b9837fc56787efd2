"""The emulated directory's applications: making, replacing and deleting them, with JumpCloud's quirks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    import httpx

NOW = datetime(2024, 2, 29, 8, 30, 15, tzinfo=UTC)
COGNITO = "amazoncognitouserpools"
SSO = "https://sso.jumpcloud.com/saml2/"


@pytest.fixture
def directory() -> Directory:
    """The example directory on a leap day."""
    return Directory.example(clock=lambda: NOW)


@pytest.fixture
def client(directory: Directory) -> httpx.Client:
    """An administrator."""
    client = in_process_client(create_app(directory))
    client.headers["x-api-key"] = "sandbox-api-key"
    return client


def body_of(template: str = COGNITO, slug: str = "portal", /, **config: Any) -> dict[str, Any]:
    """A body for POST or PUT, with *config* as values."""
    values = {key: {"value": value} for key, value in config.items()}
    return {"active": True, "name": template, "displayLabel": "Portal", "ssoUrl": slug, "config": values}


def created(client: httpx.Client, template: str = COGNITO, slug: str = "portal", /, **config: Any) -> dict[str, Any]:
    """A new application."""
    answer = client.post("/api/applications", json=body_of(template, slug, **config))
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


def address(document: dict[str, Any]) -> str:
    """Where an application is."""
    return f"/api/applications/{document['_id']}"


def value(document: dict[str, Any], key: str) -> Any:
    """One config value."""
    return document["config"][key]["value"]


def export(client: httpx.Client, document: dict[str, Any]) -> httpx.Response:
    """The metadata export."""
    return client.get(f"/api/organizations/{document['organization']}/applications/{document['_id']}/metadata.xml")


def test_an_answer_has_both_ids_and_reads_back_the_same(client: httpx.Client) -> None:
    """POST answers what GET answers, with `_id` and `id`."""
    document = created(client)
    assert document["_id"] == document["id"]
    assert len(document["_id"]) == 24
    assert client.get(address(document)).json() == document
    assert document["created"] == "2024-02-29T08:30:15.000Z"
    assert document["color"] is None


def test_an_application_is_inactive_unless_told_otherwise(client: httpx.Client) -> None:
    """`active` left out, or anything but true, is inactive."""
    body = body_of()
    del body["active"]
    assert client.post("/api/applications", json=body).json()["active"] is False
    assert client.post("/api/applications", json=body | {"active": "true"}).json()["active"] is False
    assert created(client)["active"] is True


@pytest.mark.parametrize(("field", "error"), [("name", "name"), ("ssoUrl", "IdP URL"), ("config", "config")])
def test_name_sso_url_and_config_are_required(client: httpx.Client, field: str, error: str) -> None:
    """Each of the three left out is a 400."""
    body = body_of()
    del body[field]
    answer = client.post("/api/applications", json=body)
    assert (answer.status_code, answer.json()["status"]) == (400, 400)
    assert error in answer.json()["error"]


def test_a_body_that_is_not_declared_as_json_counts_as_empty(client: httpx.Client) -> None:
    """Without its content type the body is not read."""
    answer = client.post("/api/applications", content=b'{"name":"saml2"}', headers={"content-type": "text/plain"})
    assert answer.json()["error"] == "name is required"


def test_an_unknown_template_is_refused(client: httpx.Client) -> None:
    """Only names of the catalogue will do."""
    answer = client.post("/api/applications", json=body_of("amazon-cognito"))
    assert answer.status_code == 400
    assert "amazon-cognito" in answer.json()["error"]


@pytest.mark.parametrize("given", ["portal", SSO + "portal"])
def test_a_bare_slug_and_a_full_url_come_to_the_same(client: httpx.Client, given: str) -> None:
    """Both forms are accepted; the full URL is answered."""
    assert created(client, COGNITO, given)["ssoUrl"] == SSO + "portal"


def test_a_slug_is_not_kept_unique(client: httpx.Client) -> None:
    """The same `ssoUrl` twice makes two applications."""
    assert created(client)["_id"] != created(client)["_id"]
    assert client.get("/api/applications").json()["totalCount"] == 2


def test_unsent_keys_take_the_templates_defaults_and_unknown_ones_are_dropped(client: httpx.Client) -> None:
    """Cognito's template starts with placeholders and without the redirect endpoint."""
    document = created(client, COGNITO, "x", spEntityId="urn:amazon:cognito:sp:pool", loginUrl="https://a.example")
    assert value(document, "spEntityId") == "urn:amazon:cognito:sp:pool"
    assert value(document, "idpEntityId") == "JumpCloud"
    assert "YOUR_SUBDOMAIN" in value(document, "acsUrl")
    assert value(document, "declareRedirectEndpoint") is False
    assert value(document, "spCertificate") is None
    assert "loginUrl" not in document["config"]


def test_the_iam_template_is_prefilled_and_knows_no_groups(client: httpx.Client) -> None:
    """The role attribute is there as a placeholder, group keys are dropped."""
    document = created(client, "aws", "x", includeGroups=True)
    names = [row["name"] for row in value(document, "constantAttributes")]
    assert "https://aws.amazon.com/SAML/Attributes/Role" in names
    assert "includeGroups" not in document["config"]


def test_config_entries_carry_what_the_console_shows(client: httpx.Client) -> None:
    """An entry has label, type, position, and whether it is required."""
    entry = created(client)["config"]["groupsAttributeName"]
    assert entry["dependsOnProperty"] == "includeGroups"
    assert entry["position"] == 11
    assert {"label", "type", "readOnly", "required", "visible", "tooltip", "value"} <= set(entry)


def test_an_empty_value_of_a_required_entry_fails_on_create_every_time(client: httpx.Client) -> None:
    """503, again and again, and nothing is made."""
    for key in ("idpCertificate", "idpPrivateKey", "spEntityId"):
        for _ in range(2):
            assert client.post("/api/applications", json=body_of(COGNITO, "x", **{key: ""})).status_code == 503
    assert client.get("/api/applications").json()["totalCount"] == 0


@pytest.mark.parametrize(
    ("key", "given"),
    [("declareRedirectEndpoint", "true"), ("acsUrl", 5), ("constantAttributes", "x"), ("databaseAttributes", [{}])],
)
def test_a_value_of_the_wrong_type_is_refused(client: httpx.Client, key: str, given: object) -> None:
    """A boolean as a string, as CloudFormation makes them, is a 400 that names the key."""
    answer = client.post("/api/applications", json=body_of(COGNITO, "x", **{key: given}))
    assert answer.status_code == 400
    assert key in answer.json()["error"]


def test_put_resets_whatever_is_not_sent(client: httpx.Client) -> None:
    """A replacement that says little resets label, activity, visibility and config."""
    document = created(client, COGNITO, "x", includeGroups=True)
    answer = client.put(address(document), json={"ssoUrl": document["ssoUrl"]}).json()
    assert answer["active"] is False
    assert answer["displayLabel"] == "Amazon Cognito User Pools"
    assert value(answer, "includeGroups") is False
    assert answer["_id"] == document["_id"]


def test_put_of_what_was_read_changes_nothing(client: httpx.Client, directory: Directory) -> None:
    """Read-merge-write keeps certificate and key, although the key reads back empty."""
    document = created(client)
    key = directory.applications[document["_id"]].private_key
    assert client.put(address(document), json=document).json() == document
    assert directory.applications[document["_id"]].private_key == key
    assert key is not None


def test_put_needs_the_sso_url_but_never_changes_it(client: httpx.Client) -> None:
    """Left out it is a 400 with JumpCloud's words; another one is ignored."""
    document = created(client)
    body = body_of()
    del body["ssoUrl"]
    answer = client.put(address(document), json=body)
    assert (answer.status_code, answer.json()) == (400, {"status": 400, "error": "The IdP URL is required"})
    assert client.put(address(document), json=body_of(COGNITO, "other")).json()["ssoUrl"] == SSO + "portal"


def test_a_refused_put_changes_nothing(client: httpx.Client) -> None:
    """A replacement is whole or not at all."""
    document = created(client)
    assert client.put(address(document), json=body_of("aws")).status_code == 400
    wrong = body_of(COGNITO, "portal", includeGroups="yes") | {"displayLabel": "Other"}
    assert client.put(address(document), json=wrong).status_code == 400
    assert client.get(address(document)).json() == document


def test_a_description_has_at_most_256_characters(client: httpx.Client) -> None:
    """One more is a 400."""
    assert client.post("/api/applications", json=body_of() | {"description": "x" * 256}).status_code == 200
    assert client.post("/api/applications", json=body_of() | {"description": "x" * 257}).status_code == 400


def test_delete_answers_the_application_and_then_not_found(client: httpx.Client, directory: Directory) -> None:
    """The first delete is a 200 with what was deleted, later requests are 404, associations are gone."""
    document = created(client)
    directory.associations[document["_id"], "user_group", directory.group("finance").id] = {}
    assert client.delete(address(document)).json() == document
    assert directory.associations == {}
    for answer in (client.delete(address(document)), client.get(address(document))):
        assert (answer.status_code, answer.json()) == (404, {"message": "Not Found"})


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_a_malformed_id_is_a_bad_request(client: httpx.Client, method: str) -> None:
    """An id that is not 24 hexadecimal digits is a 400, not a 404."""
    assert client.request(method, "/api/applications/portal", json={}).status_code == 400


def test_a_bookmark_keeps_its_target_and_has_no_config(client: httpx.Client) -> None:
    """`ssoUrl` is where it leads; there is nothing to configure or export."""
    document = created(client, "bookmark", "https://status.example.com/?a=b")
    assert (document["ssoUrl"], document["config"]) == ("https://status.example.com/?a=b", {})
    assert document["sso"]["type"] == "bookmark"
    assert export(client, document).status_code == 404
    again = client.put(address(document), json=document | {"displayLabel": "Status"}).json()
    assert again == document | {"displayLabel": "Status"}

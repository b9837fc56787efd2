"""The emulated directory's front door: API keys, access tokens, and the header x-org-id."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import Directory

if TYPE_CHECKING:
    import httpx

KEY = {"x-api-key": "sandbox-api-key"}
BASIC = ("sandbox-client", "sandbox-client-secret")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still until it is moved."""
    return Clock()


@pytest.fixture
def directory(clock: Clock) -> Directory:
    """The example directory."""
    return Directory.example(clock=clock)


@pytest.fixture
def client(directory: Directory) -> httpx.Client:
    """A client without a credential."""
    return in_process_client(create_app(directory))


def token(client: httpx.Client, auth: tuple[str, str] = BASIC, form: dict[str, str] | None = None) -> httpx.Response:
    """Ask for an access token."""
    data = {"grant_type": "client_credentials", "scope": "api"} | (form or {})
    return client.post("/oauth2/token", auth=auth, data=data)


def test_a_request_without_a_credential_is_redirected_to_the_sign_in_page(client: httpx.Client) -> None:
    """No key is a 302 to HTML, not a 401, so a client that follows redirects reads a page."""
    answer = client.get("/api/applications")
    assert (answer.status_code, answer.headers["location"]) == (302, "/login")
    page = client.get("/login")
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")


def test_a_wrong_key_is_refused_with_jumpclouds_body(client: httpx.Client) -> None:
    """A wrong key is a 401 that has both `error` and `message`."""
    answer = client.get("/api/applications", headers={"x-api-key": "sandbox-api-kez"})
    assert answer.status_code == 401
    assert answer.json() == {"error": "Unauthorized", "message": "Unauthorized: api key user not found"}


def test_the_right_key_opens_both_versions(client: httpx.Client) -> None:
    """One key serves v1 and v2."""
    assert client.get("/api/applications", headers=KEY).status_code == 200
    assert client.get("/api/v2/usergroups", headers=KEY).status_code == 200


def test_an_unknown_route_is_not_found_as_json_but_only_with_a_key(client: httpx.Client) -> None:
    """What does not exist says so to administrators; others do not learn even that."""
    assert client.get("/api/v2/nothing", headers=KEY).json() == {"message": "Not Found"}
    assert client.get("/api/v2/nothing").status_code == 302


def test_a_service_account_gets_a_token_that_opens_the_api(client: httpx.Client) -> None:
    """Client credentials by Basic give a bearer token for an hour."""
    answer = token(client)
    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"]) == (200, "bearer", 3600)
    assert answer.headers["cache-control"] == "no-store"
    bearer = {"authorization": f"Bearer {body['access_token']}"}
    assert client.get("/api/applications", headers=bearer).status_code == 200


def test_a_token_ends_after_an_hour(client: httpx.Client, clock: Clock) -> None:
    """After `expires_in` the token is refused."""
    bearer = {"authorization": f"Bearer {token(client).json()['access_token']}"}
    clock.now += timedelta(minutes=59)
    assert client.get("/api/applications", headers=bearer).status_code == 200
    clock.now += timedelta(minutes=1)
    assert client.get("/api/applications", headers=bearer).status_code == 401


@pytest.mark.parametrize("auth", [("sandbox-client", "wrong"), ("nobody", "sandbox-client-secret")])
def test_wrong_client_credentials_get_no_token(client: httpx.Client, auth: tuple[str, str]) -> None:
    """A wrong id and a wrong secret are refused alike."""
    answer = token(client, auth)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_client_credentials_in_the_body_are_not_accepted(client: httpx.Client) -> None:
    """Only HTTP Basic will do."""
    form = {"grant_type": "client_credentials", "client_id": BASIC[0], "client_secret": BASIC[1]}
    answer = client.post("/oauth2/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "error"), [({"grant_type": "password"}, "unsupported_grant_type"), ({"scope": "all"}, "invalid_scope")]
)
def test_another_grant_or_scope_is_refused(client: httpx.Client, form: dict[str, str], error: str) -> None:
    """Only `client_credentials` and `api` exist."""
    answer = token(client, form=form)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_an_invented_token_is_refused(client: httpx.Client) -> None:
    """A token that nobody issued opens nothing."""
    assert client.get("/api/applications", headers={"authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(("given", "status"), [("short", 400), ("0" * 24, 404)])
def test_an_organization_id_has_to_be_well_formed_and_known(client: httpx.Client, given: str, status: int) -> None:
    """Malformed is 400, unknown is 404."""
    assert client.get("/api/applications", headers=KEY | {"x-org-id": given}).status_code == status


def test_the_organizations_own_id_is_accepted(client: httpx.Client, directory: Directory) -> None:
    """The right id changes nothing."""
    own = KEY | {"x-org-id": directory.organization.id}
    assert client.get("/api/applications", headers=own).status_code == 200


def test_an_administrator_of_several_organizations_has_to_name_one(client: httpx.Client, directory: Directory) -> None:
    """Without the header a multi-tenant key is a 401."""
    directory.add_api_key("many", multi_tenant=True)
    many = {"x-api-key": "many"}
    assert client.get("/api/applications", headers=many).status_code == 401
    assert client.get("/api/applications", headers=many | {"x-org-id": directory.organization.id}).status_code == 200


def test_the_list_of_organizations_takes_no_organization_id(client: httpx.Client, directory: Directory) -> None:
    """There the header is a 403, and without it the organization is told."""
    own = KEY | {"x-org-id": directory.organization.id}
    assert client.get("/api/organizations", headers=own).status_code == 403
    body = client.get("/api/organizations", headers=KEY).json()
    assert body["totalCount"] == 1
    assert body["results"][0]["_id"] == body["results"][0]["id"] == directory.organization.id
    assert body["results"][0]["displayName"] == "Acme"


def test_the_organization_in_header_and_path_have_to_agree(client: httpx.Client, directory: Directory) -> None:
    """A different id in the path is a 400 with JumpCloud's words."""
    path = f"/api/organizations/{'0' * 24}/applications/{'0' * 24}/metadata.xml"
    answer = client.get(path, headers=KEY | {"x-org-id": directory.organization.id})
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "x-org-id and Organization path ID do not match",
    )

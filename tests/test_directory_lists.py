"""The emulated directory's lists: pages, order, fields and filters, in both dialects."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sandbox.directory.app import create_app
from sandbox.directory.in_process import in_process_client
from sandbox.directory.state import Directory


@pytest.fixture
def directory() -> Directory:
    """The example directory."""
    return Directory.example()


@pytest.fixture
def client(directory: Directory) -> httpx.Client:
    """An administrator."""
    client = in_process_client(create_app(directory))
    client.headers["x-api-key"] = "sandbox-api-key"
    return client


@pytest.fixture
def twelve(client: httpx.Client) -> list[str]:
    """Labels of twelve bookmarks, in the order they were made."""
    labels = [f"label-{number:02d}" for number in range(12)]
    for label in labels:
        body = {"name": "bookmark", "displayLabel": label, "ssoUrl": f"https://{label}.example.com", "config": {}}
        assert client.post("/api/applications", json=body).status_code == 200
    return labels


def labels_of(client: httpx.Client, query: str) -> list[str]:
    """The labels that a list of applications answers."""
    answer = client.get(f"/api/applications?{query}")
    assert answer.status_code == 200, answer.text
    return [result["displayLabel"] for result in answer.json()["results"]]


def names_of(client: httpx.Client, query: str) -> list[str]:
    """The names that a list of groups answers."""
    answer = client.get(f"/api/v2/usergroups?{query}")
    assert answer.status_code == 200, answer.text
    return [group["name"] for group in answer.json()]


def test_a_page_has_ten_unless_asked_and_the_count_is_of_all(client: httpx.Client, twelve: list[str]) -> None:
    """The default page leaves two out, and says that there are twelve."""
    body = client.get("/api/applications").json()
    assert (len(body["results"]), body["totalCount"]) == (10, 12)
    assert labels_of(client, "limit=100") == twelve
    assert labels_of(client, "limit=5&skip=10") == twelve[10:]


def test_a_page_has_at_most_a_hundred(client: httpx.Client, directory: Directory) -> None:
    """Asking for more gives a hundred."""
    for number in range(101):
        directory.add_group(f"group-{number}")
    answer = client.get("/api/v2/usergroups?limit=1000")
    assert (len(answer.json()), answer.headers["x-total-count"]) == (100, "104")


@pytest.mark.parametrize("query", ["limit=many", "skip=-1"])
def test_a_page_that_is_no_number_is_refused(client: httpx.Client, query: str) -> None:
    """Neither a word nor a negative number will do."""
    assert client.get(f"/api/applications?{query}").status_code == 400


def test_order_follows_sort_and_a_minus_turns_it_round(client: httpx.Client, twelve: list[str]) -> None:
    """Several fields are separated by spaces."""
    assert labels_of(client, "limit=100&sort=-displayLabel") == twelve[::-1]
    assert labels_of(client, "limit=100&sort=name%20-displayLabel") == twelve[::-1]


def test_fields_leave_the_ids(client: httpx.Client, twelve: list[str]) -> None:
    """Only what was asked for, and ids."""
    result = client.get("/api/applications?fields=ssoUrl%20name&limit=1").json()["results"][0]
    assert set(result) == {"_id", "id", "ssoUrl", "name"}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("filter=displayLabel:$eq:label-03", [3]),
        ("filter=ssoUrl:$eq:https://label-04.example.com", [4]),
        ("filter[0]=name:$eq:bookmark&filter[1]=displayLabel:$sw:label-1", [10, 11]),
        ("filter[or][0]=displayLabel:$eq:label-01&filter[or][1]=displayLabel:$eq:label-02", [1, 2]),
        ("filter=displayLabel:$in:label-05|label-06", [5, 6]),
        ("filter=displayLabel:$gte:label-11", [11]),
        ("filter=sso.hidden:$eq:false&filter=displayLabel:$lt:label-01", [0]),
        ("filter=name:$ne:bookmark", []),
    ],
)
def test_v1_filters_select(client: httpx.Client, twelve: list[str], query: str, wanted: list[int]) -> None:
    """All of `filter`, any of `filter[or]`; a value may hold colons."""
    assert labels_of(client, query) == [twelve[index] for index in wanted]
    assert client.get(f"/api/applications?{query}").json()["totalCount"] == len(wanted)


@pytest.mark.parametrize("given", ["name:eq:bookmark", "name", "name:$like:x", ":$eq:x"])
def test_v1_filters_without_a_known_operator_are_refused(client: httpx.Client, given: str) -> None:
    """The `$` is part of the operator."""
    assert client.get("/api/applications", params={"filter": given}).status_code == 400


def test_templates_are_found_by_name_and_by_id(client: httpx.Client) -> None:
    """The catalogue has the templates that connectors are made from."""
    body = client.get("/api/application-templates?limit=100").json()
    names = {result["name"] for result in body["results"]}
    assert {"amazoncognitouserpools", "aws", "aws-sso", "saml2", "slack", "bookmark"} == names
    found: list[dict[str, Any]] = client.get("/api/application-templates?filter[0]=name:$eq:aws").json()["results"]
    assert [template["name"] for template in found] == ["aws"]
    assert client.get(f"/api/application-templates/{found[0]['_id']}").json() == found[0]
    assert client.get(f"/api/application-templates/{'0' * 24}").status_code == 404


def test_v2_lists_are_bare_arrays_with_the_count_in_a_header(client: httpx.Client) -> None:
    """There is no envelope."""
    answer = client.get("/api/v2/usergroups?limit=1")
    assert isinstance(answer.json(), list)
    assert answer.headers["x-total-count"] == "3"


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("name:eq:finance", ["finance"]),
        ("name:eq:Finance", []),
        ("name:eq:portal-*", ["portal-users", "portal-admins"]),
        ("name:ne:finance", ["portal-users", "portal-admins"]),
        ("name:search:ADMIN", ["portal-admins"]),
        ("name:in:finance|portal-users", ["portal-users", "finance"]),
        ("type:eq:user_group,name:eq:finance", ["finance"]),
    ],
)
def test_v2_filters_select(client: httpx.Client, given: str, names: list[str]) -> None:
    """Case counts, a star stands for anything, and a comma begins the next filter."""
    assert names_of(client, str(httpx.QueryParams({"filter": given}))) == names


def test_a_comma_in_a_v2_value_breaks_the_filter(client: httpx.Client, directory: Directory) -> None:
    """A group whose name has a comma cannot be found by it."""
    directory.add_group("sales, north")
    assert client.get("/api/v2/usergroups", params={"filter": "name:eq:sales, north"}).status_code == 400


def test_v2_order_follows_sort_with_commas(client: httpx.Client) -> None:
    """Fields are separated by commas."""
    assert names_of(client, "sort=-type,name") == ["finance", "portal-admins", "portal-users"]

"""SCIM as Identity Center has it: what is provisioned, and each thing that it does not take."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from sandbox.aws.identity_center.center_site import CenterSite, user_document
from sandbox.aws.identity_center.directory_records import ENTERPRISE
from sandbox.aws.process import LocalAws
from sandbox.identity_center_console import ConsoleError, User

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e
OTHER_ACCOUNT = "111111111111"


@pytest.fixture(scope="module")
def site() -> Iterator[CenterSite]:
    """Identity Center on a local AWS."""
    with LocalAws() as aws, closing(CenterSite(aws)) as made:
        yield made


@pytest.fixture(scope="module")
def ada(site: CenterSite) -> str:
    """Id of a user who stays."""
    return site.add_user("ada@example.com")


def refused(answer: httpx.Response, status: int, says: str) -> None:
    """The answer has to be SCIM's error of this status, with *says* in its sentence."""
    told = answer.json()
    assert (answer.status_code, told["status"]) == (status, str(status)), told
    assert told["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert says in told["detail"], told


def user(site: CenterSite, name: str) -> User:
    """The user of this name, as the console shows it."""
    return next(one for one in site.console.users() if one.user_name == name)


# --- who may ask -----------------------------------------------------------------------------------------------------


def test_without_the_right_token_nothing_is_told(site: CenterSite) -> None:
    """A missing or wrong token and a wrong tenant get the same 401."""
    bare = httpx.get(f"{site.base}/Users", trust_env=False)
    wrong = site.scim("GET", "/Users", token="not-it")
    other = httpx.get(
        f"{site.aws.endpoint_url}/scim/00000000000-0000-0000-0000-000000000000/scim/v2/Users",
        headers={"Authorization": f"Bearer {site.provisioning.token}"},
        trust_env=False,
    )
    for answer in (bare, wrong, other):
        refused(answer, 401, "the tenant or the access token is not right")
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert len({answer.text for answer in (bare, wrong, other)}) == 1


def test_a_second_token_takes_over_from_one_that_expired(site: CenterSite) -> None:
    """Both work, the expired one no more, and there are never three."""
    second = site.console.new_token()
    assert site.scim("GET", "/ServiceProviderConfig", token=second).status_code == 200
    with pytest.raises(ConsoleError, match="there are 2"):
        site.console.new_token()
    site.console.expire_token(second)
    refused(site.scim("GET", "/Users", token=second), 401, "expired")
    assert site.scim("GET", "/Users").status_code == 200
    expired = min(site.console.tokens(), key=lambda one: one.expires)
    site.console.delete_token(expired.id)
    assert len(site.console.tokens()) == 1


def test_the_endpoint_is_shown_with_a_slash_that_clients_must_not_keep(site: CenterSite) -> None:
    """With the slash kept, a client asks for //Users, which is not there."""
    assert site.provisioning.endpoint.endswith("/scim/v2/")
    refused(site.scim("GET", "//Users"), 404, "there is no //Users")
    refused(site.scim("GET", "/Users/"), 404, "there is no /Users/")


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/Bulk"), ("GET", "/Me"), ("POST", "/Users/.search"), ("GET", "/")]
)
def test_parts_of_scim_that_are_not_there(site: CenterSite, method: str, path: str) -> None:
    """No bulk requests, no /Me, no search by POST or over everything."""
    answer = site.scim(method, path, {} if method == "POST" else None)
    assert answer.status_code in {404, 405}
    assert answer.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_the_configuration_says_what_is_supported(site: CenterSite) -> None:
    """PATCH and filters, no bulk, no sorting, no ETags; and the schemas lack what is not taken."""
    told = site.scim("GET", "/ServiceProviderConfig").json()
    supported = {
        name for name in ("patch", "bulk", "filter", "sort", "etag", "changePassword") if told[name]["supported"]
    }
    assert supported == {"patch", "filter"}
    assert told["filter"]["maxResults"] == 50
    schemas = {one["id"].rpartition(":")[2]: one for one in site.scim("GET", "/Schemas").json()["Resources"]}
    assert "password" not in [one["name"] for one in schemas["User"]["attributes"]]


# --- users -----------------------------------------------------------------------------------------------------------


def test_a_user_is_created_changed_and_deleted(site: CenterSite) -> None:
    """What was sent is what the console shows, at each step."""
    user_id = site.add_user("eve@example.com", title="Spy")
    assert user(site, "eve@example.com").document[ENTERPRISE] == {"costCenter": "blue"}
    assert site.patch(f"/Users/{user_id}", {"op": "replace", "path": "active", "value": False}).status_code == 204
    assert not user(site, "eve@example.com").active
    changed = user_document("eve@example.com", displayName="Eve")
    assert site.scim("PUT", f"/Users/{user_id}", changed).status_code == 200
    assert (user(site, "eve@example.com").active, "title" in user(site, "eve@example.com").document) == (True, False)
    assert site.scim("DELETE", f"/Users/{user_id}").status_code == 204
    refused(site.scim("GET", f"/Users/{user_id}"), 404, "there is none")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"name": {"familyName": "Lovelace"}}, "givenName"),
        ({"name": {"givenName": "Ada"}}, "familyName"),
        ({"name": {"givenName": " ", "familyName": "Lovelace"}}, "givenName"),
        ({"name": None}, "name"),
        ({"displayName": None}, "displayName"),
        ({"userName": None}, "userName"),
        ({"emails": [{"value": "a@example.com", "primary": True}, {"value": "b@example.com"}]}, "emails has 2 values"),
        ({"emails": [{"value": "a@example.com"}]}, "primary"),
        ({"emails": [{"value": "a@example.com", "primary": True, "display": "A"}]}, "display"),
        ({"phoneNumbers": [{"value": "1", "type": "work"}, {"value": "2"}]}, "phoneNumbers has 2 values"),
        ({"addresses": [{"locality": "London"}, {"locality": "Paris"}]}, "addresses has 2 values"),
        ({"password": "secret"}, "password"),
        ({"ims": [{"value": "a"}]}, "ims"),
        ({"photos": [{"value": "https://example.com/a.png"}]}, "photos"),
        ({"entitlements": [{"value": "a"}]}, "entitlements"),
        ({"x509Certificates": [{"value": "YQ=="}]}, "x509Certificates"),
        ({"groups": [{"value": "a"}]}, "groups"),
        ({ENTERPRISE: {"manager": {"value": "x", "displayName": "Boss"}}}, "manager"),
    ],
)
def test_a_user_that_is_not_as_identity_center_takes_it(site: CenterSite, changes: dict[str, Any], says: str) -> None:
    """It is refused with 400, on creation and on replacement, and names the attribute."""
    document = {**user_document("nobody@example.com"), **changes}
    document = {key: value for key, value in document.items() if value is not None}
    refused(site.scim("POST", "/Users", document), 400, says)
    assert "nobody@example.com" not in [one.user_name for one in site.console.users()]


def test_a_put_is_as_strict_as_a_post(site: CenterSite, ada: str) -> None:
    """A replacement without a family name is refused, and changes nothing."""
    refused(site.scim("PUT", f"/Users/{ada}", user_document(name={"givenName": "Ada"})), 400, "familyName")
    assert user(site, "ada@example.com").document["name"]["familyName"] == "Lovelace"


@pytest.mark.parametrize(
    ("operations", "says"),
    [
        ([{"op": "remove"}], "path"),
        ([{"op": "remove", "path": "active"}], "active is changed once, and not removed"),
        ([{"op": "remove", "path": "userName"}], "username is changed once, and not removed"),
        ([{"op": "replace", "path": "active", "value": False}] * 2, "active is changed once"),
        ([{"op": "replace", "value": {"active": False, "password": "x"}}], "password cannot be changed"),
        ([{"op": "remove", "path": "name.familyName"}], "familyName"),
        ([{"op": "add", "path": "emails", "value": [{"value": "b@example.com", "primary": False}]}], "emails has 2"),
        ([{"op": "copy", "path": "title", "value": "x"}], "op"),
    ],
)
def test_a_patch_of_a_user_that_is_not_applied(site: CenterSite, ada: str, operations: Any, says: str) -> None:
    """It is refused with 400, and the user stays as it was."""
    before = user(site, "ada@example.com")
    refused(site.patch(f"/Users/{ada}", *operations), 400, says)
    assert user(site, "ada@example.com") == before


def test_a_user_that_exists_is_a_conflict_unless_it_was_made_by_hand(site: CenterSite, ada: str) -> None:
    """SCIM takes over the one made by hand, with its id."""
    refused(site.scim("POST", "/Users", user_document("ADA@example.com", externalId="other")), 409, "exists")
    made = site.client("identitystore").create_user(
        IdentityStoreId=site.instance.identity_store_id,
        UserName="hand@example.com",
        DisplayName="By Hand",
        Name={"GivenName": "By", "FamilyName": "Hand"},
    )
    assert not user(site, "hand@example.com").provisioned
    assert site.add_user("hand@example.com") == made["UserId"]
    assert user(site, "hand@example.com").provisioned


# --- lists -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "expression", "says"),
    [
        ("/Users", 'userName co "a"', "only eq"),
        ("/Users", 'userName eq "a" or userName eq "b"', "only eq"),
        ("/Users", 'not (userName eq "a")', "only eq"),
        ("/Users", "userName pr", "only eq"),
        ("/Users", 'displayName eq "a"', "is not supported"),
        ("/Users", 'emails[type eq "work"]', "only eq"),
        ("/Users", "userName eq", ""),
        ("/Groups", 'displayName eq "a" and externalId eq "b"', "is not supported"),
        ("/Groups", 'displayName sw "a"', "only eq"),
    ],
)
def test_a_filter_beyond_eq_and_and(site: CenterSite, path: str, expression: str, says: str) -> None:
    """It is refused as an invalid filter."""
    answer = site.scim("GET", path, filter=expression)
    refused(answer, 400, says)
    assert answer.json()["scimType"] == "invalidFilter"


def test_filters_that_are_there(site: CenterSite, ada: str) -> None:
    """By name and external id, and whether somebody is in a group."""
    group = site.add_group("mathematicians", ada)
    for path, expression, found in (
        ("/Users", 'userName eq "ADA@example.com"', [ada]),
        ("/Users", 'externalId eq "directory-ada@example.com"', [ada]),
        ("/Users", 'externalId eq "none"', []),
        ("/Groups", 'displayName eq "mathematicians"', [group]),
        ("/Groups", f'members eq "{ada}"', [group]),
        ("/Groups", f'id eq "{group}" and members eq "{ada}"', [group]),
        ("/Groups", f'members.value eq "{ada}" and id eq "{group}"', [group]),
    ):
        told = site.scim("GET", path, filter=expression).json()
        assert ([one["id"] for one in told.get("Resources", [])], told["totalResults"]) == (found, len(found)), (
            expression
        )


@pytest.mark.parametrize("query", [{"attributes": "userName"}, {"sortBy": "userName"}, {"startIndex": "51"}])
def test_lists_are_neither_trimmed_nor_sorted_nor_paged(site: CenterSite, query: dict[str, str]) -> None:
    """Identity Center supports none of it, so that a client that counts on it fails here too."""
    refused(site.scim("GET", "/Users", **query), 400, "not supported")


def test_a_list_ends_after_fifty(site: CenterSite) -> None:
    """However many are asked for; the total tells that there are more."""
    for number in range(55):
        site.add_group(f"group {number:02}")
    told = site.scim("GET", "/Groups", count="200").json()
    assert (len(told["Resources"]), told["itemsPerPage"]) == (50, 50)
    assert told["totalResults"] >= 55
    assert len(site.scim("GET", "/Groups", count="3").json()["Resources"]) == 3


# --- the whole -------------------------------------------------------------------------------------------------------


def test_accounts_do_not_see_each_other(site: CenterSite, ada: str) -> None:
    """A user of one account is not in another's Identity Center."""
    with closing(CenterSite(site.aws, OTHER_ACCOUNT)) as other:
        refused(other.scim("GET", f"/Users/{ada}"), 404, "there is none")
        assert other.console.users() == []
    refused(site.scim("GET", "/Users", token=other.provisioning.token), 401, "not right")


def test_a_reset_forgets_everything() -> None:
    """After it, Identity Center is not enabled any more, and can be again."""
    with LocalAws() as aws, closing(CenterSite(aws)) as first:
        aws.reset()
        with pytest.raises(ConsoleError, match="not enabled"):
            first.console.users()
        assert first.scim("GET", "/Users").status_code == 401
        assert first.console.enable().identity_store_id != first.instance.identity_store_id

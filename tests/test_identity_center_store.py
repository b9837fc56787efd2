"""The identity store, tokens and attributes for access control of the local Identity Center, without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sandbox.aws.identity_center.access_attributes import SAML, read, session_tags
from sandbox.aws.identity_center.access_tokens import LIFETIME, accepted, new_token
from sandbox.aws.identity_center.directory_records import ENTERPRISE, User
from sandbox.aws.identity_center.identity_store import IdentityStore
from sandbox.aws.identity_center.instances import Instances
from sandbox.aws.identity_center.refusals import ConflictError, DeniedError, InvalidError, NotFoundError


@pytest.fixture
def store() -> IdentityStore:
    """An empty identity store."""
    return IdentityStore("d-0123456789")


def document(name: str, external_id: str = "") -> dict[str, Any]:
    """The least of a user that the store looks at."""
    return {"userName": name, **({"externalId": external_id} if external_id else {})}


def attribute(key: str, source: str) -> dict[str, Any]:
    """One attribute for access control, as the API has it."""
    return {"Key": key, "Value": {"Source": [source]}}


def test_a_user_name_is_taken_whatever_its_case(store: IdentityStore) -> None:
    """Two users cannot have names that differ in case only."""
    store.add_user(document("ada@example.com"), provisioned=True)
    with pytest.raises(ConflictError, match="a user of this name exists"):
        store.add_user(document("Ada@example.com"), provisioned=True)


def test_scim_takes_over_a_user_that_was_made_by_hand(store: IdentityStore) -> None:
    """The id stays, the rest is SCIM's; the other way round it is a conflict."""
    made = store.add_user(document("ada@example.com"), provisioned=False)
    taken = store.add_user(document("ada@example.com", "5f"), provisioned=True)
    assert (taken.id, taken.provisioned, taken.external_id) == (made.id, True, "5f")
    with pytest.raises(ConflictError):
        store.add_user(document("ada@example.com"), provisioned=False)


def test_an_external_id_is_of_one_user(store: IdentityStore) -> None:
    """A second user with the same id in the directory is refused, and a freed one is free."""
    first = store.add_user(document("ada@example.com", "5f"), provisioned=True)
    with pytest.raises(ConflictError, match="external id"):
        store.add_user(document("bob@example.com", "5f"), provisioned=True)
    store.replace_user(first.id, document("ada@example.com", "60"))
    assert store.add_user(document("bob@example.com", "5f"), provisioned=True).external_id == "5f"


def test_deleting_a_user_ends_the_memberships(store: IdentityStore) -> None:
    """No membership, name or id of it is left."""
    user = store.add_user(document("ada@example.com", "5f"), provisioned=True)
    group = store.add_group("engineers", provisioned=True)
    membership = store.add_member(group.id, user.id)
    store.delete_user(user.id)
    assert group.members == {}
    assert store.user_named("ada@example.com") is None
    assert store.user_from("5f") is None
    with pytest.raises(NotFoundError):
        store.membership(membership)


def test_a_renamed_group_frees_its_name(store: IdentityStore) -> None:
    """The old name can be taken, the new one cannot."""
    group = store.add_group("engineers", provisioned=True)
    store.change_group(group.id, display_name="builders", external_id="")
    store.add_group("engineers", provisioned=True)
    with pytest.raises(ConflictError):
        store.add_group("Builders", provisioned=True)


def test_a_token_is_good_for_a_year() -> None:
    """It is accepted until its last second, beside others, and nothing else is."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    plain, token = new_token(start)
    _, other = new_token(start)
    assert accepted(plain, [other, token], start + LIFETIME - timedelta(seconds=1))
    assert not accepted(plain, [other, token], start + LIFETIME)
    assert not accepted(plain, [other], start)
    assert not accepted("", [token], start)
    assert plain not in repr(token)


def test_an_account_has_one_instance_and_sees_its_own() -> None:
    """A second one is a conflict, and another account's is denied as if there were none."""
    instances = Instances()
    made = instances.enable("000000000000", "us-east-1")
    with pytest.raises(ConflictError, match="enabled in us-east-1"):
        instances.enable("000000000000", "eu-west-1")
    assert instances.by_arn("000000000000", made.arn) is made
    assert instances.by_store("000000000000", made.store_arn) is made
    for account, arn in (("111111111111", made.arn), ("000000000000", "arn:aws:sso:::instance/ssoins-none")):
        with pytest.raises(DeniedError, match="no such instance"):
            instances.by_arn(account, arn)


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ([attribute("CostCenter", "costCenter")], "source of the attribute"),
        ([attribute("CostCenter", "${path:shoeSize}")], "source of the attribute"),
        ([attribute("", "${path:userName}")], "is not a key"),
        ([attribute("a#b", "${path:userName}")], "is not a key"),
        ([attribute("A", "${path:userName}"), attribute("A", "${path:title}")], "twice"),
        ([attribute(f"K{number}", "${path:userName}") for number in range(51)], "at most 50"),
        ([{"Key": "A", "Value": {"Source": ["${path:title}", "${path:userName}"]}}], "exactly one Source"),
    ],
)
def test_attributes_for_access_control_are_checked(told: Any, problem: str) -> None:
    """Whatever AWS does not take is refused, with what is wrong."""
    with pytest.raises(InvalidError, match=problem):
        read(told)


def test_session_tags_come_from_the_assertion_and_the_store() -> None:
    """Each from its own place; a source without a value gives no tag."""
    user = User(
        id="x",
        provisioned=True,
        document={
            "userName": "ada@example.com",
            "emails": [{"value": "ada@example.com", "primary": True}],
            "addresses": [{"type": "work", "locality": "London"}],
            ENTERPRISE: {"department": "engines", "manager": {"value": "boss"}},
        },
    )
    sources = {
        "Mail": "${path:emails[primary eq true].value}",
        "City": '${path:addresses[type eq "work"].locality}',
        "Boss": "${path:enterprise.manager.value}",
        "Title": "${path:title}",
    }
    configured = read([attribute(key, source) for key, source in sources.items()])
    assertion = {f"{SAML}CostCenter": ("blue",), "Other": ("no tag",)}
    assert session_tags(configured, user, assertion) == {
        "CostCenter": ("blue",),
        "Mail": ("ada@example.com",),
        "City": ("London",),
        "Boss": ("boss",),
    }
    assert session_tags(None, user, assertion) == {}
    with pytest.raises(InvalidError, match="Mail comes from the assertion and from the identity store"):
        session_tags(configured, user, {f"{SAML}Mail": ("other",)})

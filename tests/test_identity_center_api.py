"""The API identitystore of the local AWS, by boto3: what it tells, refuses, and to whom."""

from __future__ import annotations

import json
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError  # type: ignore[import-untyped]

from sandbox.aws.identity_center.center_site import CenterSite
from sandbox.aws.process import LocalAws

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e
NOBODY = "0000000000-00000000-0000-0000-0000-000000000000"
OTHER_ACCOUNT = "111111111111"


@pytest.fixture(scope="module")
def site() -> Iterator[CenterSite]:
    """Identity Center with two users and a group."""
    with LocalAws() as aws, closing(CenterSite(aws)) as made:
        ada = made.add_user("ada@example.com", phoneNumbers=[{"value": "1", "type": "work"}])
        made.add_user("bob@example.com", active=False)
        made.add_group("engineers", ada)
        yield made


@pytest.fixture
def store(site: CenterSite) -> str:
    """Id of the identity store."""
    return str(site.instance.identity_store_id)


@pytest.fixture
def identity_store(site: CenterSite) -> Any:
    """A client with all rights."""
    return site.client("identitystore")


@contextmanager
def refused(code: str, says: str = "") -> Iterator[None]:
    """Within it, a call has to be refused with *code*, in a sentence that holds *says*."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert (error["Code"], says in error["Message"]) == (code, True), error


def by_name(value: str) -> dict[str, Any]:
    """An alternate identifier of a group."""
    return {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": value}}


# --- identitystore ---------------------------------------------------------------------------------------------------


def test_a_user_is_told_as_aws_tells_it(identity_store: Any, store: str) -> None:
    """Names, e-mail, external id and state, by the API's names."""
    users = {one["UserName"]: one for one in identity_store.list_users(IdentityStoreId=store)["Users"]}
    ada = users["ada@example.com"]
    assert ada["Name"] == {"GivenName": "Ada", "FamilyName": "Lovelace"}
    assert ada["Emails"] == [{"Value": "ada@example.com", "Type": "work", "Primary": True}]
    assert ada["ExternalIds"][0]["Id"] == "directory-ada@example.com"
    assert (ada["UserStatus"], users["bob@example.com"]["UserStatus"]) == ("ENABLED", "DISABLED")
    described = identity_store.describe_user(IdentityStoreId=store, UserId=ada["UserId"])
    assert described["UserName"] == "ada@example.com"
    for identifier in (
        {"UniqueAttribute": {"AttributePath": "userName", "AttributeValue": "ada@example.com"}},
        {"UniqueAttribute": {"AttributePath": "emails.value", "AttributeValue": "ada@example.com"}},
        {"ExternalId": ada["ExternalIds"][0]},
    ):
        found = identity_store.get_user_id(IdentityStoreId=store, AlternateIdentifier=identifier)
        assert found["UserId"] == ada["UserId"]


def test_what_the_enterprise_extension_holds_is_told_when_asked_for(identity_store: Any, store: str) -> None:
    """By SCIM's names; not without being asked, and no other extension."""
    extension = "aws:identitystore:enterprise"
    told = identity_store.list_users(IdentityStoreId=store, Extensions=[extension])["Users"][0]
    assert told["Extensions"] == {extension: {"costCenter": "blue"}}
    assert "Extensions" not in identity_store.list_users(IdentityStoreId=store)["Users"][0]
    with refused("ValidationException", "no extension"):
        identity_store.describe_user(
            IdentityStoreId=store, UserId=told["UserId"], Extensions=["aws:identitystore:other"]
        )


def test_a_group_is_found_by_its_name_and_members_are_listed(identity_store: Any, store: str) -> None:
    """By name; and memberships from both sides."""
    group = identity_store.get_group_id(IdentityStoreId=store, AlternateIdentifier=by_name("engineers"))["GroupId"]
    assert identity_store.describe_group(IdentityStoreId=store, GroupId=group)["DisplayName"] == "engineers"
    listed = identity_store.list_group_memberships(IdentityStoreId=store, GroupId=group)["GroupMemberships"]
    ada = listed[0]["MemberId"]
    back = identity_store.list_group_memberships_for_member(IdentityStoreId=store, MemberId=ada)["GroupMemberships"]
    assert [one["GroupId"] for one in back] == [group]
    results = identity_store.is_member_in_groups(IdentityStoreId=store, MemberId=ada, GroupIds=[group])["Results"]
    assert results[0]["MembershipExists"] is True
    filters = [{"AttributePath": "DisplayName", "AttributeValue": "none"}]
    assert identity_store.list_groups(IdentityStoreId=store, Filters=filters)["Groups"] == []


def test_lists_come_in_pages(identity_store: Any, store: str) -> None:
    """Pages of one give everybody once; a page has a hundred at most, and a token has to be one of the API's."""
    pages = identity_store.get_paginator("list_users").paginate(IdentityStoreId=store, PaginationConfig={"PageSize": 1})
    names = [[one["UserName"] for one in page["Users"]] for page in pages]
    assert names == [["ada@example.com"], ["bob@example.com"]]
    with refused("ValidationException", "MaxResults"):
        identity_store.list_users(IdentityStoreId=store, MaxResults=101)
    with refused("ValidationException", "NextToken"):
        identity_store.list_users(IdentityStoreId=store, NextToken="bm90")


def test_what_is_not_there_is_not_found(identity_store: Any, store: str) -> None:
    """A group or user of another id or name, with AWS's code."""
    with refused("ResourceNotFoundException", NOBODY):
        identity_store.describe_group(IdentityStoreId=store, GroupId=NOBODY)
    with refused("ResourceNotFoundException", "GROUP"):
        identity_store.get_group_id(IdentityStoreId=store, AlternateIdentifier=by_name("nobodies"))
    with refused("ResourceNotFoundException"):
        identity_store.list_group_memberships_for_member(IdentityStoreId=store, MemberId={"UserId": NOBODY})


def test_another_store_or_account_is_denied(site: CenterSite, identity_store: Any, store: str) -> None:
    """Whether it exists is not told."""
    with refused("AccessDeniedException", "no such instance or identity store"):
        identity_store.list_users(IdentityStoreId="d-0000000000")
    other = site.client("identitystore", aws_access_key_id=OTHER_ACCOUNT, aws_secret_access_key="test")
    with refused("AccessDeniedException", "no such instance or identity store"):
        other.list_users(IdentityStoreId=store)


def test_an_input_that_aws_does_not_take_is_refused(identity_store: Any) -> None:
    """By the SDK's own model: patterns and what is unknown."""
    with refused("ValidationException", "IdentityStoreId"):
        identity_store.list_users(IdentityStoreId="store")


# --- who may call ----------------------------------------------------------------------------------------------------


def test_a_role_may_call_what_its_policies_allow(site: CenterSite, store: str) -> None:
    """GetGroupId on this store's groups, and nothing else, as a Lambda function's role is written."""
    iam, sts = site.client("iam"), site.client("sts")
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": site.account}, "Action": "sts:AssumeRole"}]}
    role = iam.create_role(RoleName="looker", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    allowed = {
        "Effect": "Allow",
        "Action": "identitystore:GetGroupId",
        "Resource": [
            f"arn:aws:identitystore::{site.account}:identitystore/{store}",
            "arn:aws:identitystore:::group/*",
        ],
    }
    iam.put_role_policy(
        RoleName="looker",
        PolicyName="look",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allowed]}),
    )
    got = sts.assume_role(RoleArn=role, RoleSessionName="looking")["Credentials"]
    credentials = {
        "aws_access_key_id": got["AccessKeyId"],
        "aws_secret_access_key": got["SecretAccessKey"],
        "aws_session_token": got["SessionToken"],
    }
    limited = site.client("identitystore", **credentials)
    assert limited.get_group_id(IdentityStoreId=store, AlternateIdentifier=by_name("engineers"))["GroupId"]
    with refused("AccessDeniedException", "identitystore:ListUsers"):
        limited.list_users(IdentityStoreId=store)
    with refused("AccessDeniedException", "sso:ListInstances"):
        site.client("sso-admin", **credentials).list_instances()
    with refused("UnrecognizedClientException"):
        site.client("sso-admin", aws_access_key_id="AKIANOBODY", aws_secret_access_key="x").list_instances()

"""CloudFormation's types of Identity Center on the local AWS: made, changed in place, replaced, deleted, refused."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from sandbox.aws.identity_center.center_site import CenterSite
from sandbox.aws.process import LocalAws
from sandbox.aws.stacks import deploy, failures, outputs, remove

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.e2e
NOBODY = "0000000000-00000000-0000-0000-0000-000000000000"
OTHER_ACCOUNT = "111111111111"
POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
ARN = {"Fn::GetAtt": ["Set", "PermissionSetArn"]}
ROLES = "/aws-reserved/sso.amazonaws.com/"


@pytest.fixture(scope="module")
def site() -> Iterator[CenterSite]:
    """Identity Center with a user and a group that SCIM brought."""
    with LocalAws() as aws, closing(CenterSite(aws)) as made:
        made.add_group("engineers", made.add_user("ada@example.com"))
        yield made


def permission_set(site: CenterSite, name: str, **properties: Any) -> dict[str, Any]:
    """A permission set's resource."""
    told = {"InstanceArn": site.instance.arn, "Name": name, **properties}
    return {"Set": {"Type": "AWS::SSO::PermissionSet", "Properties": told}}


def assignment(site: CenterSite, **properties: Any) -> dict[str, Any]:
    """An assignment of the permission set `Set` to the group that SCIM brought."""
    told = {
        "InstanceArn": site.instance.arn,
        "TargetId": site.account,
        "TargetType": "AWS_ACCOUNT",
        "PermissionSetArn": ARN,
        "PrincipalType": "GROUP",
        "PrincipalId": site.console.groups()[0].id,
        **properties,
    }
    return {"Assigned": {"Type": "AWS::SSO::Assignment", "Properties": told}}


def attributes(site: CenterSite, **sources: str) -> dict[str, Any]:
    """The configuration of attributes for access control."""
    listed = [{"Key": key, "Value": {"Source": [source]}} for key, source in sources.items()]
    told = {"InstanceArn": site.instance.arn, "AccessControlAttributes": listed}
    return {"Attributes": {"Type": "AWS::SSO::InstanceAccessControlAttributeConfiguration", "Properties": told}}


def group(site: CenterSite, name: str, **properties: Any) -> dict[str, Any]:
    """A group made by CloudFormation."""
    told = {"IdentityStoreId": site.instance.identity_store_id, "DisplayName": name, **properties}
    return {"Group": {"Type": "AWS::IdentityStore::Group", "Properties": told}}


def described(site: CenterSite, arn: str) -> dict[str, Any]:
    """A permission set, as the API tells it."""
    told = site.client("sso-admin").describe_permission_set(InstanceArn=site.instance.arn, PermissionSetArn=arn)
    return dict(told["PermissionSet"])


def roles(site: CenterSite, account: str) -> dict[str, Any]:
    """Identity Center's roles in an account, by the names of their permission sets."""
    iam = site.client("iam", aws_access_key_id=account, aws_secret_access_key="test")
    return {one["RoleName"].split("_")[1]: one for one in iam.list_roles(PathPrefix=ROLES)["Roles"]}


def test_a_permission_set_is_changed_in_place_and_replaced_with_its_name(site: CenterSite) -> None:
    """Ref holds instance and ARN; the ARN stays on a change, and is another with another name."""
    asked = {"Ref": {"Ref": "Set"}, "Arn": ARN}
    resources = permission_set(site, "Builder", SessionDuration="PT2H", InlinePolicy=POLICY, RelayStateType="https://a")
    made = outputs(deploy(site.aws, "sets", resources, asked))
    assert made["Ref"] == f"{site.instance.arn}|{made['Arn']}"
    assert described(site, made["Arn"])["SessionDuration"] == "PT2H"
    changed = deploy(site.aws, "sets", permission_set(site, "Builder", Description="builds"), asked)
    assert (changed["StackStatus"], outputs(changed)) == ("UPDATE_COMPLETE", made), failures(site.aws, "sets")
    told = described(site, made["Arn"])
    assert (told["Description"], told["SessionDuration"], "RelayState" in told) == ("builds", "PT1H", False)
    renamed = outputs(deploy(site.aws, "sets", permission_set(site, "Maker"), asked))
    assert renamed["Arn"] != made["Arn"]
    listed = site.client("sso-admin").list_permission_sets(InstanceArn=site.instance.arn)["PermissionSets"]
    assert listed == [renamed["Arn"]]
    assert remove(site.aws, "sets") == "DELETE_COMPLETE"
    assert site.client("sso-admin").list_permission_sets(InstanceArn=site.instance.arn)["PermissionSets"] == []


def test_an_assignment_provisions_and_a_change_reaches_the_role(site: CenterSite) -> None:
    """The account may be any; a changed policy is in the role after the update; both go with the stack."""
    resources = permission_set(site, "Viewer") | assignment(site, TargetId=OTHER_ACCOUNT)
    made = deploy(site.aws, "assigned", resources)
    assert made["StackStatus"] == "CREATE_COMPLETE", failures(site.aws, "assigned")
    name = roles(site, OTHER_ACCOUNT)["Viewer"]["RoleName"]
    resources = permission_set(site, "Viewer", InlinePolicy=POLICY) | assignment(site, TargetId=OTHER_ACCOUNT)
    deploy(site.aws, "assigned", resources)
    iam = site.client("iam", aws_access_key_id=OTHER_ACCOUNT, aws_secret_access_key="test")
    inline = iam.get_role_policy(RoleName=name, PolicyName="AwsSSOInlinePolicy")["PolicyDocument"]
    assert (json.loads(inline) if isinstance(inline, str) else inline) == POLICY
    moved = deploy(site.aws, "assigned", permission_set(site, "Viewer", InlinePolicy=POLICY) | assignment(site))
    assert moved["StackStatus"] == "UPDATE_COMPLETE", failures(site.aws, "assigned")
    assert (list(roles(site, OTHER_ACCOUNT)), list(roles(site, site.account))) == ([], ["Viewer"])
    assert remove(site.aws, "assigned") == "DELETE_COMPLETE"
    assert roles(site, site.account) == {}


@pytest.mark.parametrize(
    ("properties", "says"),
    [
        ({"PrincipalId": NOBODY}, "GROUP with id"),
        ({"PrincipalType": "USER"}, "USER with id"),
        ({"TargetId": "12345"}, "12 digits"),
        ({"TargetType": "AWS_OU"}, "AWS_ACCOUNT"),
        (
            {"PermissionSetArn": "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef"},
            "does not exist",
        ),
        ({"Color": "blue"}, "extraneous key"),
    ],
)
def test_an_assignment_that_cannot_be(site: CenterSite, properties: dict[str, Any], says: str) -> None:
    """The stack rolls back, and nothing is left of it."""
    made = deploy(site.aws, "refused", permission_set(site, "Unlucky") | assignment(site, **properties))
    assert made["StackStatus"] == "ROLLBACK_COMPLETE"
    assert says in failures(site.aws, "refused")
    remove(site.aws, "refused")
    assert site.client("sso-admin").list_permission_sets(InstanceArn=site.instance.arn)["PermissionSets"] == []


def test_a_permission_set_that_cannot_be_leaves_nothing(site: CenterSite) -> None:
    """A bad duration, and a policy that AWS does not have, after which the name is free."""
    refusals: tuple[tuple[str, dict[str, Any], str], ...] = (
        ("Bad", {"SessionDuration": "PT24H"}, "one to twelve hours"),
        ("Bad", {"ManagedPolicies": ["arn:aws:iam::aws:policy/NoSuchPolicy"]}, "does not exist"),
        ("a name with spaces", {}, "1 to 32 letters"),
    )
    for name, properties, says in refusals:
        made = deploy(site.aws, "bad-set", permission_set(site, name, **properties))
        assert (made["StackStatus"], says in failures(site.aws, "bad-set")) == ("ROLLBACK_COMPLETE", True)
        remove(site.aws, "bad-set")


def test_attributes_for_access_control_are_one_configuration_an_instance(site: CenterSite) -> None:
    """Ref is the instance; it is changed in place; a second one is refused; without it the feature is off."""
    sso, named = site.client("sso-admin"), {"InstanceArn": site.instance.arn}
    made = deploy(site.aws, "abac", attributes(site, Team="${path:userType}"), {"Ref": {"Ref": "Attributes"}})
    assert outputs(made)["Ref"] == site.instance.arn
    second = deploy(site.aws, "abac-again", attributes(site))
    assert (second["StackStatus"], "enabled" in failures(site.aws, "abac-again")) == ("ROLLBACK_COMPLETE", True)
    remove(site.aws, "abac-again")
    deploy(site.aws, "abac", attributes(site, Center="${path:enterprise.costCenter}"))
    told = sso.describe_instance_access_control_attribute_configuration(**named)
    listed = told["InstanceAccessControlAttributeConfiguration"]["AccessControlAttributes"]
    assert listed == [{"Key": "Center", "Value": {"Source": ["${path:enterprise.costCenter}"]}}]
    assert remove(site.aws, "abac") == "DELETE_COMPLETE"
    with pytest.raises(sso.exceptions.ResourceNotFoundException):
        sso.describe_instance_access_control_attribute_configuration(**named)


def test_a_group_of_the_stack_has_members_and_goes_with_it(site: CenterSite) -> None:
    """Renamed in place; Ref is group and store, GetAtt the group's id."""
    user = site.console.users()[0].id
    membership = {
        "Member": {
            "Type": "AWS::IdentityStore::GroupMembership",
            "Properties": {
                "IdentityStoreId": site.instance.identity_store_id,
                "GroupId": {"Fn::GetAtt": ["Group", "GroupId"]},
                "MemberId": {"UserId": user},
            },
        }
    }
    asked = {"Ref": {"Ref": "Group"}, "Id": {"Fn::GetAtt": ["Group", "GroupId"]}}
    made = outputs(deploy(site.aws, "group", group(site, "auditors") | membership, asked))
    assert made["Ref"] == f"{made['Id']}|{site.instance.identity_store_id}"
    renamed = deploy(site.aws, "group", group(site, "reviewers", Description="look") | membership, asked)
    assert outputs(renamed) == made
    found = next(one for one in site.console.groups() if one.id == made["Id"])
    assert (found.display_name, found.members, found.provisioned) == ("reviewers", ("ada@example.com",), False)
    assert remove(site.aws, "group") == "DELETE_COMPLETE"
    assert [one.display_name for one in site.console.groups()] == ["engineers"]


def test_a_group_that_scim_brought_is_not_made_again(site: CenterSite) -> None:
    """The stack is told to look it up; SCIM's group stays when the stack is removed."""
    made = deploy(site.aws, "clash", group(site, "Engineers"))
    assert made["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "SCIM brought it: look it up" in failures(site.aws, "clash")
    remove(site.aws, "clash")
    assert [one.display_name for one in site.console.groups()] == ["engineers"]

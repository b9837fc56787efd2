"""The API sso-admin of the local AWS, by boto3: instances, permission sets, assignments, attributes."""

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
LIST_BUCKETS = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
)


@pytest.fixture(scope="module")
def site() -> Iterator[CenterSite]:
    """Identity Center with a group of one."""
    with LocalAws() as aws, closing(CenterSite(aws)) as made:
        made.add_group("engineers", made.add_user("ada@example.com"))
        yield made


@pytest.fixture
def sso(site: CenterSite) -> Any:
    """A client with all rights."""
    return site.client("sso-admin")


@contextmanager
def refused(code: str, says: str = "") -> Iterator[None]:
    """Within it, a call has to be refused with *code*, in a sentence that holds *says*."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert (error["Code"], says in error["Message"]) == (code, True), error


def test_the_instance_is_listed_in_its_region(site: CenterSite, sso: Any) -> None:
    """With its identity store; before anybody enables it, an account has none."""
    listed = sso.list_instances()["Instances"]
    assert [(one["InstanceArn"], one["IdentityStoreId"]) for one in listed] == [
        (site.instance.arn, site.instance.identity_store_id)
    ]
    assert sso.describe_instance(InstanceArn=site.instance.arn)["Status"] == "ACTIVE"
    other = site.client("sso-admin", aws_access_key_id=OTHER_ACCOUNT, aws_secret_access_key="test")
    assert other.list_instances()["Instances"] == []


def test_a_permission_set_is_made_changed_and_deleted(site: CenterSite, sso: Any) -> None:
    """With its policies, which are told back as they were put."""
    arn = site.permission_set("Engineer", LIST_BUCKETS, SessionDuration="PT2H", Description="builds")
    named = {"InstanceArn": site.instance.arn, "PermissionSetArn": arn}
    sso.attach_managed_policy_to_permission_set(**named, ManagedPolicyArn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    reference = {"Name": "read-logs", "Path": "/"}
    sso.attach_customer_managed_policy_reference_to_permission_set(**named, CustomerManagedPolicyReference=reference)
    boundary = {"ManagedPolicyArn": "arn:aws:iam::aws:policy/PowerUserAccess"}
    sso.put_permissions_boundary_to_permission_set(**named, PermissionsBoundary=boundary)
    sso.update_permission_set(**named, SessionDuration="PT4H")
    described = sso.describe_permission_set(**named)["PermissionSet"]
    assert (described["Name"], described["SessionDuration"], described["Description"]) == ("Engineer", "PT4H", "builds")
    assert json.loads(sso.get_inline_policy_for_permission_set(**named)["InlinePolicy"]) == json.loads(LIST_BUCKETS)
    managed = sso.list_managed_policies_in_permission_set(**named)["AttachedManagedPolicies"]
    assert [one["Name"] for one in managed] == ["ReadOnlyAccess"]
    customer = sso.list_customer_managed_policy_references_in_permission_set(**named)
    assert customer["CustomerManagedPolicyReferences"] == [reference]
    assert sso.get_permissions_boundary_for_permission_set(**named)["PermissionsBoundary"] == boundary
    sso.delete_permission_set(**named)
    with refused("ResourceNotFoundException", "does not exist"):
        sso.describe_permission_set(**named)


@pytest.mark.parametrize(
    ("settings", "code", "says"),
    [
        ({"Name": "much too long a name for a permission set"}, "ValidationException", "Name"),
        ({"Name": "Long", "SessionDuration": "PT13H"}, "ValidationException", "one to twelve hours"),
        ({"Name": "Short", "SessionDuration": "PT30M"}, "ValidationException", "one to twelve hours"),
        ({"Name": "Days", "SessionDuration": "P1D"}, "ValidationException", "one to twelve hours"),
        ({"Name": "taken"}, "ConflictException", "already exists"),
    ],
)
def test_a_permission_set_that_aws_does_not_take(
    site: CenterSite, sso: Any, settings: dict[str, str], code: str, says: str
) -> None:
    """Names, durations, and a name that is taken."""
    if "Taken" not in [one["Name"] for one in _permission_sets(site, sso)]:
        site.permission_set("Taken")
    with refused(code, says):
        sso.create_permission_set(InstanceArn=site.instance.arn, **settings)


def _permission_sets(site: CenterSite, sso: Any) -> list[dict[str, Any]]:
    arns = sso.list_permission_sets(InstanceArn=site.instance.arn)["PermissionSets"]
    return [
        sso.describe_permission_set(InstanceArn=site.instance.arn, PermissionSetArn=one)["PermissionSet"]
        for one in arns
    ]


def test_policies_that_are_none_are_refused(site: CenterSite, sso: Any) -> None:
    """An inline policy that is no policy, one of an account as AWS's own, and one that AWS does not have."""
    named = {"InstanceArn": site.instance.arn, "PermissionSetArn": site.permission_set("Odd")}
    for policy in ("{}", "no json", '{"Statement":[{"Effect":"Maybe"}]}'):
        with refused("ValidationException", "inline policy"):
            sso.put_inline_policy_to_permission_set(**named, InlinePolicy=policy)
    with refused("ValidationException", "ManagedPolicyArn"):
        sso.attach_managed_policy_to_permission_set(**named, ManagedPolicyArn="arn:aws:iam::000000000000:policy/mine")
    with refused("ResourceNotFoundException", "does not exist"):
        sso.attach_managed_policy_to_permission_set(**named, ManagedPolicyArn="arn:aws:iam::aws:policy/NoSuchPolicy")


def test_an_assignment_makes_a_role_in_the_account_and_its_end_removes_it(site: CenterSite, sso: Any) -> None:
    """The role has the permission set's name and policies, under AWS's reserved path."""
    arn = site.permission_set("Assigned", LIST_BUCKETS)
    group = next(one.id for one in site.console.groups() if one.display_name == "engineers")
    status = site.assign(arn, group, account=OTHER_ACCOUNT)
    named = {"InstanceArn": site.instance.arn, "PermissionSetArn": arn}
    told = sso.describe_account_assignment_creation_status(
        InstanceArn=site.instance.arn, AccountAssignmentCreationRequestId=status["RequestId"]
    )["AccountAssignmentCreationStatus"]
    assert told["Status"] == "SUCCEEDED"
    iam = site.client("iam", aws_access_key_id=OTHER_ACCOUNT, aws_secret_access_key="test")
    roles = iam.list_roles(PathPrefix="/aws-reserved/sso.amazonaws.com/")["Roles"]
    assert [one["RoleName"].rpartition("_")[0] for one in roles] == ["AWSReservedSSO_Assigned"]
    assert iam.list_role_policies(RoleName=roles[0]["RoleName"])["PolicyNames"] == ["AwsSSOInlinePolicy"]
    provisioned = sso.list_permission_sets_provisioned_to_account(
        InstanceArn=site.instance.arn, AccountId=OTHER_ACCOUNT
    )
    assert provisioned["PermissionSets"] == [arn]
    listed = sso.list_account_assignments(**named, AccountId=OTHER_ACCOUNT)["AccountAssignments"]
    assert [one["PrincipalId"] for one in listed] == [group]
    with refused("ConflictException", "associated"):
        sso.delete_permission_set(**named)
    sso.delete_account_assignment(
        **named, TargetId=OTHER_ACCOUNT, TargetType="AWS_ACCOUNT", PrincipalType="GROUP", PrincipalId=group
    )
    assert iam.list_roles(PathPrefix="/aws-reserved/")["Roles"] == []
    sso.delete_permission_set(**named)


def test_an_assignment_of_what_is_not_there_is_refused(site: CenterSite) -> None:
    """Nobody of that id, or a policy that the account does not have: the latter shows in the status."""
    arn = site.permission_set("Lacking")
    with refused("ResourceNotFoundException", "GROUP with id"):
        site.assign(arn, NOBODY)
    site.client("sso-admin").attach_customer_managed_policy_reference_to_permission_set(
        InstanceArn=site.instance.arn,
        PermissionSetArn=arn,
        CustomerManagedPolicyReference={"Name": "missing", "Path": "/"},
    )
    group = next(one.id for one in site.console.groups() if one.display_name == "engineers")
    status = site.assign(arn, group)
    assert (status["Status"], "has no policy /missing" in status["FailureReason"]) == ("FAILED", True)


def test_a_changed_permission_set_has_to_be_provisioned_again(site: CenterSite, sso: Any) -> None:
    """Until then, the role keeps what it had, as on AWS."""
    arn = site.permission_set("Changing")
    named = {"InstanceArn": site.instance.arn, "PermissionSetArn": arn}
    site.assign(arn, next(one.id for one in site.console.groups() if one.display_name == "engineers"))
    sso.put_inline_policy_to_permission_set(**named, InlinePolicy=LIST_BUCKETS)
    lagging = {"ProvisioningStatus": "LATEST_PERMISSION_SET_NOT_PROVISIONED"}
    assert sso.list_accounts_for_provisioned_permission_set(**named, **lagging)["AccountIds"] == [site.account]
    done = sso.provision_permission_set(**named, TargetType="ALL_PROVISIONED_ACCOUNTS")
    assert done["PermissionSetProvisioningStatus"]["Status"] == "SUCCEEDED"
    assert sso.list_accounts_for_provisioned_permission_set(**named, **lagging)["AccountIds"] == []


def test_attributes_for_access_control_are_enabled_once(site: CenterSite, sso: Any) -> None:
    """Created, told, changed, deleted; each call only where it fits."""
    named = {"InstanceArn": site.instance.arn}
    attributes = [{"Key": "Department", "Value": {"Source": ["${path:enterprise.department}"]}}]
    told = {"InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": attributes}}
    with refused("ResourceNotFoundException", "not enabled"):
        sso.update_instance_access_control_attribute_configuration(**named, **told)
    sso.create_instance_access_control_attribute_configuration(**named, **told)
    with refused("ConflictException", "enabled"):
        sso.create_instance_access_control_attribute_configuration(**named, **told)
    described = sso.describe_instance_access_control_attribute_configuration(**named)
    assert described["InstanceAccessControlAttributeConfiguration"]["AccessControlAttributes"] == attributes
    empty: dict[str, Any] = {"InstanceAccessControlAttributeConfiguration": {"AccessControlAttributes": []}}
    sso.update_instance_access_control_attribute_configuration(**named, **empty)
    sso.delete_instance_access_control_attribute_configuration(**named)
    with refused("ResourceNotFoundException", "not enabled"):
        sso.describe_instance_access_control_attribute_configuration(**named)


def test_a_call_that_aws_has_and_this_lacks_says_so(sso: Any) -> None:
    """It is refused, never answered with nothing."""
    with refused("ValidationException", "this local AWS does not"):
        sso.list_application_providers()

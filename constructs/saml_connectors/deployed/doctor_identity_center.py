"""Check-up of IAM Identity Center: the service provider's values, permission sets where they are assigned, groups.

Its own certificate of the IdP, and whether provisioning is on, have no API: they cannot be known.  Not here: people
(`saml-connectors scim verify`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from saml_connectors.aws_sign_in import SIGN_IN
from saml_connectors.cloudformation import Resource
from saml_connectors.deployed.checkup import Checkup
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.doctor_directory import Seen
from saml_connectors.provider.identity_store import contract as group_contract
from saml_connectors.provider.jumpcloud.plan import only_acs_url
from saml_connectors.provisioning.aws import telling_of_aws

TEMPLATE = "aws-sso"
_PATH = "/platform/saml/"
_COPY = "copy entity ID and ACS URL from the Identity Center console into the spec, and deploy"
_NO_INSTANCE = ("there is no such instance in this region", "check the spec's instance.arn, and --region")
_NOT_THERE = ("it is not there any more", "deploy the access stack again with a change to it")
_UPLOAD = "compare it in the console: `saml-connectors metadata` prints the document to upload"


def look(here: Deployment, seen: Sequence[Seen], checkup: Checkup) -> None:
    """Look at what the stack has of Identity Center: the application, or the access to accounts."""
    for each in seen:
        if each.live is not None and each.live.template == TEMPLATE:
            _service_provider(each, here, checkup)
    for resource in here.of_type("AWS::SSO::PermissionSet"):
        _permission_set(resource, here, checkup)
    for resource in here.of_type(group_contract.GROUP):
        _group(resource, here, checkup)
    for resource in here.of_type("AWS::SSO::Assignment"):
        _assignment(resource, here, checkup)


def _service_provider(seen: Seen, here: Deployment, checkup: Checkup) -> None:
    assert seen.live is not None  # that of the caller
    of, live = seen.resource.logical_id, seen.live
    entity_id, acs_url = (
        str(live.config_value("spEntityId") or ""),
        only_acs_url(str(live.config_value("acsUrl") or "")),
    )
    hosts = {each.host for each in SIGN_IN.values()}
    store = entity_id.rpartition(_PATH)[2]
    instance = here.stack.outputs.get("InstanceArn")
    if instance is None:
        checkup.unknown("sp-values", of, "no output of the stack tells the instance")
    else:
        with checkup.step("sp-values", of):
            with telling_of_aws("reading the instance of Identity Center", ResourceNotFoundException=_NO_INSTANCE):
                found = here.client("sso-admin").describe_instance(InstanceArn=instance)
            real = found["IdentityStoreId"]
            wrong = None
            if store != real:
                wrong = f"the application's SP entity ID {entity_id} is that of identity store {store}, not of {real}"
            elif not any(f"{host}{_PATH}acs/" in acs_url for host in hosts):
                wrong = f"the application's ACS URL {acs_url} is none of Identity Center's"
            checkup.judge("sp-values", of, f"the application is for identity store {real}", wrong, _COPY)
    checkup.unknown("trust", of, "Identity Center tells nobody which certificate of the IdP it has", _UPLOAD)


def _permission_set(resource: Resource, here: Deployment, checkup: Checkup) -> None:
    of, arn = resource.logical_id, here.physical_id(resource).rpartition("|")[2]
    instance = resource.text("InstanceArn")
    name = resource.text("Name") or arn
    if instance is None:
        checkup.unknown("permission-set", of, "its instance is not known")
        return
    with checkup.step("permission-set", of):
        client = here.client("sso-admin")
        with telling_of_aws(f"reading permission set {name}", ResourceNotFoundException=_NOT_THERE):
            client.describe_permission_set(InstanceArn=instance, PermissionSetArn=arn)
            accounts = _all(client, "list_accounts_for_provisioned_permission_set", "AccountIds", instance, arn)
            behind = _all(
                client,
                "list_accounts_for_provisioned_permission_set",
                "AccountIds",
                instance,
                arn,
                ProvisioningStatus="LATEST_PERMISSION_SET_NOT_PROVISIONED",
            )
        wrong = None
        if behind:
            wrong = f"permission set {name} was changed, and not provisioned to {', '.join(behind)} since"
        elif not accounts:
            wrong = f"permission set {name} is provisioned to no account: nobody has it"
        advice = "provision it in the console, or assign it to a group in an account"
        checkup.judge("permission-set", of, f"{name} is provisioned to {', '.join(accounts)}", wrong, advice)


def _group(resource: Resource, here: Deployment, checkup: Checkup) -> None:
    of, store = resource.logical_id, resource.text(group_contract.IDENTITY_STORE_ID)
    name = resource.text(group_contract.DISPLAY_NAME)
    if store is None or name is None:
        checkup.unknown("identity-center-group", of, "its name or its identity store is not known")
        return
    advice = "turn automatic provisioning on for the group; `saml-connectors scim verify` compares both sides"
    with checkup.step("identity-center-group", of):
        client = here.client("identitystore")
        unique = {"UniqueAttribute": {"AttributePath": "displayName", "AttributeValue": name}}
        there = (f"identity store {store} has no group {name!r}", advice)
        with telling_of_aws(f"looking up group {name!r}", ResourceNotFoundException=there):
            group_id = client.get_group_id(IdentityStoreId=store, AlternateIdentifier=unique)["GroupId"]
        deployed = here.physical_id(resource).rpartition("/")[2]
        wrong = None
        if group_id != deployed:
            wrong = f"group {name!r} is {group_id} now, and what was assigned names another ({deployed})"
        again = "deploy the access stack with a change: the group was made anew, and assignments name the old one"
        checkup.judge("identity-center-group", of, f"group {name!r} is there ({group_id})", wrong, again)


def _assignment(resource: Resource, here: Deployment, checkup: Checkup) -> None:
    of = resource.logical_id
    names = ("InstanceArn", "TargetId", "PermissionSetArn", "PrincipalId")
    instance, account, permission_set, principal = (resource.text(name) for name in names)
    if instance is None or account is None or permission_set is None or principal is None:
        checkup.unknown("assignment", of, "what it assigns is not known")
        return
    with checkup.step("assignment", of):
        client = here.client("sso-admin")
        with telling_of_aws(f"listing assignments in account {account}", ResourceNotFoundException=_NOT_THERE):
            found = _all(
                client, "list_account_assignments", "AccountAssignments", instance, permission_set, AccountId=account
            )
        there = any(each["PrincipalId"] == principal for each in found)
        wrong = None if there else f"nothing in account {account} is assigned to {principal} any more"
        advice = "assign it again in the console, or deploy the access stack with a change to it"
        checkup.judge("assignment", of, f"it is assigned in account {account}", wrong, advice)


def _all(client: Any, operation: str, name: str, instance: str, permission_set: str, **more: str) -> list[Any]:
    pages = client.get_paginator(operation).paginate(InstanceArn=instance, PermissionSetArn=permission_set, **more)
    return [each for page in pages for each in page[name]]

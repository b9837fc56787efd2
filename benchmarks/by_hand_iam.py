"""What kind `iam` is measured against: the same resources, written by hand with the CDK's own constructs.

As lean as `by_hand.py`, and held to the library's template in the same way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from aws_cdk import Aws, CustomResource, Duration
from aws_cdk import aws_iam as iam

from benchmarks.by_hand_provider import DIRECTORY, SharedProvider, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import Stack

_ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
_ENDPOINT = "https://signin.aws.amazon.com/saml"
_FOUR_HOURS = {"Name": f"{_ATTRIBUTES}SessionDuration", "Value": "14400"}
_TYPES = {"launch": "Custom::JumpCloudApplicationLaunch", "access": "Custom::JumpCloudApplicationAccess"}
_PERSON = [
    {"Name": f"{_ATTRIBUTES}RoleSessionName", "Source": "email"},
    {"Name": f"{_ATTRIBUTES}PrincipalTag:Department", "Source": "department"},
]


class _Shared(NamedTuple):
    """What the connectors of one stack share."""

    provider: SharedProvider
    account_arn: str
    four_hours: Duration
    power_user: iam.IManagedPolicy
    read_only: iam.IManagedPolicy


def fill(stack: Stack, numbers: Iterable[int]) -> None:
    """Put the connectors of *numbers* into *stack*, with the function that they share."""
    shared = _Shared(
        provider=SharedProvider(stack),
        account_arn=f"arn:{Aws.PARTITION}:iam::{Aws.ACCOUNT_ID}",
        four_hours=Duration.hours(4),
        power_user=iam.ManagedPolicy.from_aws_managed_policy_name("PowerUserAccess"),
        read_only=iam.ManagedPolicy.from_aws_managed_policy_name("ReadOnlyAccess"),
    )
    for number in numbers:
        _connector(stack, number, shared)


def _connector(stack: Stack, number: int, shared: _Shared) -> None:
    name, provider_name = f"console-{number}", f"JumpCloud-{number}"
    engineer, auditor = f"Engineer-{number}", f"Auditor-{number}"
    engineer_value, auditor_value = (
        {
            "Name": f"{_ATTRIBUTES}Role",
            "Value": f"{shared.account_arn}:role/{role},{shared.account_arn}:saml-provider/{provider_name}",
        }
        for role in (engineer, auditor)
    )
    engineers = _application(
        stack,
        f"{name}-engineers",
        shared.provider,
        {
            "DisplayLabel": f"AWS {number} ({engineer}, {auditor})",
            "RequiredGroups": ["engineers"],
            "ConstantAttributes": [engineer_value, auditor_value, _FOUR_HOURS],
        },
    )
    auditors = _application(
        stack,
        f"{name}-auditors",
        shared.provider,
        {
            "DisplayLabel": f"AWS {number} ({auditor})",
            "RequiredGroups": ["auditors"],
            "IdpEntityId": engineers.get_att_string("IdpEntityId"),
            "ConstantAttributes": [auditor_value, _FOUR_HOURS],
        },
    )
    provider = iam.CfnSAMLProvider(
        stack, f"{name}-idp", name=provider_name, saml_metadata_document=metadata(engineers, auditors)
    )
    # One audience, with tags: the CDK's own principal for the console allows neither only this address nor tags.
    people = iam.FederatedPrincipal(
        provider.ref, {"StringEquals": {"SAML:aud": _ENDPOINT}}, "sts:AssumeRoleWithSAML"
    ).with_session_tags()
    roles = [
        iam.Role(
            stack,
            f"{name}-engineer",
            role_name=engineer,
            path="/",
            description=f"Assumed by the directory groups engineers through SAML provider {provider_name}",
            assumed_by=people,
            managed_policies=[shared.power_user],
            max_session_duration=shared.four_hours,
        ),
        iam.Role(
            stack,
            f"{name}-auditor",
            role_name=auditor,
            path="/",
            description="Reads everything",
            assumed_by=people,
            managed_policies=[shared.read_only],
            max_session_duration=shared.four_hours,
        ),
    ]
    for application, group in ((engineers, "engineers"), (auditors, "auditors")):
        relay_state = f"https://console.aws.amazon.com/console/home?team={number}"
        launch = _tile(
            stack, f"{name}-{group}-launch", shared.provider, application, {"DefaultRelayState": relay_state}
        )
        access = _tile(stack, f"{name}-{group}-access", shared.provider, application, {"Groups": [group]})
        launch.node.add_dependency(shared.provider.right)
        access.node.add_dependency(shared.provider.right, launch, provider, *roles)


def _application(
    stack: Stack, construct_id: str, provider: SharedProvider, properties: dict[str, Any]
) -> CustomResource:
    application = CustomResource(
        stack,
        construct_id,
        resource_type="Custom::JumpCloudApplication",
        service_token=provider.token,
        service_timeout=provider.timeout,
        properties={
            "Directory": DIRECTORY,
            "Description": "The console of AWS",
            "Visible": True,
            "OnRemoval": "delete",
            "Template": "aws",
            "SpEntityId": "urn:amazon:webservices",
            "AcsUrl": _ENDPOINT,
            "UserAttributes": _PERSON,
            **properties,
        },
    )
    application.node.add_dependency(provider.right)
    return application


def _tile(
    stack: Stack, construct_id: str, provider: SharedProvider, application: CustomResource, properties: dict[str, Any]
) -> CustomResource:
    return CustomResource(
        stack,
        construct_id,
        resource_type=_TYPES[construct_id.rpartition("-")[2]],
        service_token=provider.token,
        service_timeout=provider.timeout,
        properties={"Directory": DIRECTORY, "ApplicationId": application.ref, **properties},
    )

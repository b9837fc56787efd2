"""What the connectors written by hand need of either kind: the provider's function, and metadata in the template.

Not here: the connectors (`by_hand.py`, `by_hand_iam.py`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

import saml_connectors

if TYPE_CHECKING:
    from aws_cdk import CustomResource, Stack
    from constructs import Construct

LIBRARY = Path(saml_connectors.__file__).parent
BYTECODE = ["**/__pycache__", "__pycache__", "**/*.pyc"]
RUNTIME = lambda_.Runtime.PYTHON_3_14
DIRECTORY = {
    "ApiUrl": "https://console.jumpcloud.com/api",
    "TokenUrl": "https://admin-oauth.id.jumpcloud.com/oauth2/token",
    "CredentialsSecret": "jumpcloud/api-key",
}
_METADATA = """<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" \
entityID="{entity_id}">
<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
{keys}
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{sso_url}"/>
<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{sso_url}"/>
</md:IDPSSODescriptor>
</md:EntityDescriptor>"""
_KEY = """<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>
<ds:X509Certificate>{certificate}</ds:X509Certificate>
</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"""


class SharedProvider:
    """The function that all custom resources of a stack call, and what they give it."""

    def __init__(self, stack: Stack) -> None:
        self.token, self.right = _function(stack)
        self.timeout = Duration.minutes(35)


def metadata(application: CustomResource, *further: CustomResource) -> str:
    """Metadata of the IdP that *application* is; assertions of the *further* ones are trusted too."""
    certificates = [each.get_att_string("Certificate") for each in (application, *further)]
    return _METADATA.format(
        entity_id=application.get_att_string("IdpEntityId"),
        sso_url=application.get_att_string("SsoUrl"),
        keys="\n".join(_KEY.format(certificate=certificate) for certificate in certificates),
    )


def function_role(scope: Construct, construct_id: str, log_group: logs.LogGroup) -> iam.Role:
    """A role for a function that writes its log."""
    role = iam.Role(scope, construct_id, assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    role.add_to_policy(
        iam.PolicyStatement(
            sid="WriteLog",
            actions=["logs:CreateLogStream", "logs:PutLogEvents"],
            resources=[log_group.log_group_arn],
        )
    )
    return role


def _function(stack: Stack) -> tuple[str, iam.Policy]:
    log_group = logs.LogGroup(
        stack, "ProviderLog", retention=logs.RetentionDays.ONE_YEAR, removal_policy=RemovalPolicy.DESTROY
    )
    role = function_role(stack, "ProviderRole", log_group)
    right = iam.Policy(
        stack,
        "ProviderRight",
        roles=[role],
        statements=[
            iam.PolicyStatement(
                sid="ReadCredential",
                actions=["secretsmanager:GetSecretValue"],
                resources=[
                    stack.format_arn(
                        service="secretsmanager",
                        resource="secret",
                        resource_name="jumpcloud/api-key-??????",
                        arn_format=ArnFormat.COLON_RESOURCE_NAME,
                    )
                ],
            )
        ],
    )
    function = lambda_.Function(
        stack,
        "Provider",
        description="Registers SAML applications in a JumpCloud-style directory",
        runtime=RUNTIME,
        handler="jumpcloud.handler.handle",
        code=lambda_.Code.from_asset(str(LIBRARY / "provider"), exclude=BYTECODE),
        role=role,
        log_group=log_group,
        memory_size=256,
        timeout=Duration.minutes(15),
    )
    return function.function_arn, right

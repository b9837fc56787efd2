"""What kind `cognito-user-pool` is measured against: the same resources, written by hand with the CDK's own constructs.

It is as lean as it can be with L2s: no checks, no choices, no constructs of its own, and what all connectors share is
made once.  `templates.py` holds it to the library's template.  Not here: what both kinds need (`by_hand_provider.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Aws, CfnMapping, CustomResource, Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from benchmarks.by_hand_provider import BYTECODE, DIRECTORY, LIBRARY, RUNTIME, SharedProvider, function_role, metadata

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import Stack


class _Shared:
    """What the connectors of one stack share."""

    def __init__(self, stack: Stack) -> None:
        labels = CfnMapping(
            stack,
            "CognitoDomainLabels",
            lazy=True,
            mapping={"aws": {"label": "auth"}, "aws-us-gov": {"label": "auth-fips"}},
        )
        self.domain_suffix = f"{labels.find_in_map(Aws.PARTITION, 'label')}.{Aws.REGION}.amazoncognito.com"
        self.trigger_timeout = Duration.seconds(5)
        self.auth_flows = cognito.AuthFlow(user_srp=False)
        self.hour, self.month = Duration.minutes(60), Duration.minutes(43_200)
        self.attributes = (
            cognito.ClientAttributes()
            .with_standard_attributes(email=True, given_name=True, family_name=True)
            .with_custom_attributes("department", "groups")
        )
        self.mapping = cognito.AttributeMapping(
            custom={
                "email": cognito.ProviderAttribute.other("email"),
                "given_name": cognito.ProviderAttribute.other("given_name"),
                "family_name": cognito.ProviderAttribute.other("family_name"),
                "custom:department": cognito.ProviderAttribute.other("department"),
                "custom:groups": cognito.ProviderAttribute.other("memberOf"),
            }
        )
        self.scopes = [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE]
        self.provider = SharedProvider(stack)


def fill(stack: Stack, numbers: Iterable[int]) -> None:
    """Put the connectors of *numbers* into *stack*, with the function that they share."""
    shared = _Shared(stack)
    for number in numbers:
        _connector(stack, number, shared)


def _connector(stack: Stack, number: int, shared: _Shared) -> None:
    name = f"portal-{number}"
    host = f"acme-{name}.{shared.domain_suffix}"
    callback_url = f"https://{name}.acme.example/callback"
    pool = cognito.UserPool(
        stack,
        f"{name}-pool",
        self_sign_up_enabled=False,
        password_policy=cognito.PasswordPolicy(
            min_length=14, require_lowercase=True, require_uppercase=True, require_digits=True, require_symbols=True
        ),
        account_recovery=cognito.AccountRecovery.NONE,
        feature_plan=cognito.FeaturePlan.ESSENTIALS,
        standard_attributes=cognito.StandardAttributes(email=cognito.StandardAttribute(required=True, mutable=True)),
        custom_attributes={
            "department": cognito.StringAttribute(mutable=True, max_len=2048),
            "groups": cognito.StringAttribute(mutable=True, max_len=2048),
        },
        deletion_protection=True,
        removal_policy=RemovalPolicy.RETAIN,
    )
    log_group = logs.LogGroup(
        stack, f"{name}-log", retention=logs.RetentionDays.THREE_MONTHS, removal_policy=RemovalPolicy.DESTROY
    )
    trigger = lambda_.Function(
        stack,
        f"{name}-trigger",
        description="Puts a person's directory groups into cognito:groups",
        runtime=RUNTIME,
        handler="handler.handle",
        code=lambda_.Code.from_asset(str(LIBRARY / "pre_token"), exclude=BYTECODE),
        role=function_role(stack, f"{name}-role", log_group),
        log_group=log_group,
        environment={"GROUPS_ATTRIBUTE": "custom:groups"},
        timeout=shared.trigger_timeout,
    )
    pool.add_trigger(cognito.UserPoolOperation.PRE_TOKEN_GENERATION, trigger)
    domain = cognito.UserPoolDomain(
        stack,
        f"{name}-domain",
        user_pool=pool,
        cognito_domain=cognito.CognitoDomainOptions(domain_prefix=f"acme-{name}"),
    )
    application = CustomResource(
        stack,
        f"{name}-application",
        resource_type="Custom::JumpCloudApplication",
        service_token=shared.provider.token,
        service_timeout=shared.provider.timeout,
        properties={
            "Directory": DIRECTORY,
            "DisplayLabel": f"Portal {number}",
            "Description": "Orders, invoices and reports",
            "Visible": True,
            "RequiredGroups": ["portal-users", "portal-admins"],
            "OnRemoval": "delete",
            "Template": "amazoncognitouserpools",
            "SpEntityId": f"urn:amazon:cognito:sp:{pool.user_pool_id}",
            "AcsUrl": f"https://{host}/saml2/idpresponse",
            "SubjectField": "email",
            "NameIdFormat": "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
            "SignatureAlgorithm": "RSA-SHA256",
            "SignAssertion": True,
            "SignResponse": False,
            "DeclareRedirectEndpoint": True,
            "UserAttributes": [
                {"Name": "email", "Source": "email"},
                {"Name": "given_name", "Source": "firstname"},
                {"Name": "family_name", "Source": "lastname"},
                {"Name": "department", "Source": "department"},
            ],
            "GroupsAttribute": "memberOf",
        },
    )
    application.node.add_dependency(shared.provider.right, domain)
    provider = cognito.UserPoolIdentityProviderSaml(
        stack,
        f"{name}-idp",
        user_pool=pool,
        name="JumpCloud",
        metadata=cognito.UserPoolIdentityProviderSamlMetadata.file(metadata(application)),
        identifiers=[f"{name}.example"],
        attribute_mapping=shared.mapping,
    )
    resource = provider.node.default_child
    assert isinstance(resource, cognito.CfnUserPoolIdentityProvider)  # the L2 wraps exactly one
    # CloudFormation takes texts here, and the L2 writes a boolean.
    for detail in ("IDPSignout", "IDPInit", "EncryptedResponses"):
        resource.add_property_override(f"ProviderDetails.{detail}", "false")
    client = cognito.UserPoolClient(
        stack,
        f"{name}-client",
        user_pool=pool,
        user_pool_client_name="web",
        generate_secret=False,
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        auth_flows=shared.auth_flows,
        access_token_validity=shared.hour,
        id_token_validity=shared.hour,
        refresh_token_validity=shared.month,
        supported_identity_providers=[cognito.UserPoolClientIdentityProvider.custom(provider.provider_name)],
        read_attributes=shared.attributes,
        write_attributes=shared.attributes,
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(authorization_code_grant=True),
            scopes=shared.scopes,
            callback_urls=[callback_url],
            logout_urls=[f"https://{name}.acme.example/"],
        ),
    )
    encoded = callback_url.replace(":", "%3A").replace("/", "%2F")
    launch = CustomResource(
        stack,
        f"{name}-launch",
        resource_type="Custom::JumpCloudApplicationLaunch",
        service_token=shared.provider.token,
        service_timeout=shared.provider.timeout,
        properties={
            "Directory": DIRECTORY,
            "ApplicationId": application.ref,
            "LoginUrl": f"https://{host}/oauth2/authorize?response_type=code&identity_provider=JumpCloud"
            f"&client_id={client.user_pool_client_id}&redirect_uri={encoded}&scope=openid+email+profile",
        },
    )
    launch.node.add_dependency(shared.provider.right, domain)
    access = CustomResource(
        stack,
        f"{name}-access",
        resource_type="Custom::JumpCloudApplicationAccess",
        service_token=shared.provider.token,
        service_timeout=shared.provider.timeout,
        properties={
            "Directory": DIRECTORY,
            "ApplicationId": application.ref,
            "Groups": ["portal-users", "portal-admins"],
        },
    )
    access.node.add_dependency(shared.provider.right, launch, client, domain)

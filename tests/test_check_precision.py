"""Claims about silence: no finding on our own examples, nor on ordinary apps of Cognito, IAM and Identity Center."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aws_cdk import App, Duration, Environment, SecretValue, Stack, Stage
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sso as sso
from aws_cdk.aws_cognito_identitypool import (
    IdentityPool,
    IdentityPoolAuthenticationProviders,
    UserPoolAuthenticationProvider,
)

from saml_connectors.checks import Finding
from saml_connectors.checks.report import Report, check
from saml_connectors.metadata import assemble
from saml_connectors.spec import load
from stacks.assembly import add_stacks

pytestmark = pytest.mark.synth

NOW = datetime(2026, 11, 22, tzinfo=UTC)
IDP = "https://idp.example.com/saml2"
ACCOUNT, REGION = "111122223333", "eu-west-1"


def make_certificate() -> str:
    """A certificate that is valid at `NOW`: DER in base64."""
    from base64 import b64encode  # noqa: PLC0415 - used here alone

    from cryptography import x509  # noqa: PLC0415 - likewise
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - likewise
    from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: PLC0415 - likewise

    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.not_valid_before(NOW - timedelta(days=9)).not_valid_after(NOW + timedelta(days=900))
    made = builder.serial_number(x509.random_serial_number()).sign(key, hashes.SHA256())
    return b64encode(made.public_bytes(serialization.Encoding.DER)).decode()


DOCUMENT = assemble(entity_id=IDP, sso_url=IDP, certificates=[make_certificate()])


def pool_of(stack: Stack) -> cognito.UserPool:
    """A pool as the CDK's guide makes one: sign-in by e-mail, standard and custom attributes."""
    return cognito.UserPool(
        stack,
        "Pool",
        sign_in_aliases=cognito.SignInAliases(username=True, email=True),
        standard_attributes=cognito.StandardAttributes(
            email=cognito.StandardAttribute(required=True, mutable=True),
            fullname=cognito.StandardAttribute(required=False, mutable=True),
        ),
        custom_attributes={"department": cognito.StringAttribute(min_len=1, max_len=64, mutable=True)},
    )


def saml_of(stack: Stack, pool: cognito.IUserPool, *, file: bool = True) -> cognito.UserPoolIdentityProviderSaml:
    """A SAML provider of a pool, with its metadata in the template or at a URL."""
    metadata = (
        cognito.UserPoolIdentityProviderSamlMetadata.file(DOCUMENT)
        if file
        else cognito.UserPoolIdentityProviderSamlMetadata.url(f"{IDP}/metadata.xml")
    )
    return cognito.UserPoolIdentityProviderSaml(
        stack,
        "Saml",
        user_pool=pool,
        metadata=metadata,
        identifiers=["acme.example"],
        idp_signout=True,
        attribute_mapping=cognito.AttributeMapping(
            email=cognito.ProviderAttribute.other("email"), fullname=cognito.ProviderAttribute.other("name")
        ),
    )


def client_of(stack: Stack, pool: cognito.IUserPool, *names: str) -> cognito.UserPoolClient:
    """A client of the authorization code flow that offers the providers *names*."""
    providers = [cognito.UserPoolClientIdentityProvider.custom(name) for name in names]
    return cognito.UserPoolClient(
        stack,
        "Client",
        user_pool=pool,
        generate_secret=True,
        supported_identity_providers=providers or None,
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(authorization_code_grant=True),
            scopes=[cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL],
            callback_urls=["https://app.acme.example/callback"],
            logout_urls=["https://app.acme.example/"],
        ),
        prevent_user_existence_errors=True,
    )


def pool_without_saml(app: App) -> None:
    """A pool with a domain, a client and a resource server, and people who sign up themselves."""
    stack = Stack(app, "Plain")
    pool = cognito.UserPool(stack, "Pool", self_sign_up_enabled=True)
    pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix="acme-plain"))
    scope = cognito.ResourceServerScope(scope_name="read", scope_description="reads")
    server = pool.add_resource_server("Orders", identifier="orders", scopes=[scope])
    flows = cognito.OAuthFlows(client_credentials=True)
    scopes = [cognito.OAuthScope.resource_server(server, scope)]
    pool.add_client("Job", generate_secret=True, o_auth=cognito.OAuthSettings(flows=flows, scopes=scopes))
    pool.add_client("App", auth_flows=cognito.AuthFlow(user_srp=True))
    pool.add_client("Web")


def pool_with_social_providers(app: App) -> None:
    """Google, Facebook and an OIDC provider; none of them is SAML."""
    stack = Stack(app, "Social")
    pool = pool_of(stack)
    secret = SecretValue.secrets_manager("google")
    google = cognito.UserPoolIdentityProviderGoogle(
        stack, "Google", user_pool=pool, client_id="x", client_secret_value=secret
    )
    oidc = cognito.UserPoolIdentityProviderOidc(
        stack, "Oidc", user_pool=pool, client_id="x", client_secret="unused", issuer_url="https://login.example"
    )
    client = client_of(stack, pool)
    client.node.add_dependency(google, oidc)


def pool_with_saml(app: App) -> None:
    """The whole of it: pool, domain, provider with its document, client that waits for it."""
    stack = Stack(app, "Saml")
    pool = pool_of(stack)
    pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix="acme-saml"))
    provider = saml_of(stack, pool)
    client_of(stack, pool, provider.provider_name).node.add_dependency(provider)


def pool_with_saml_by_url(app: App) -> None:
    """The same by URL, and the client takes whatever providers the pool has."""
    stack = Stack(app, "Url", env=Environment(account=ACCOUNT, region=REGION))
    pool = pool_of(stack)
    pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix="acme-url"))
    provider = saml_of(stack, pool, file=False)
    pool.register_identity_provider(provider)
    client_of(stack, pool).node.add_dependency(provider)


def saml_in_an_imported_pool(app: App) -> None:
    """A pool that somebody else made: what it declares is not known."""
    stack = Stack(app, "Imported")
    pool = cognito.UserPool.from_user_pool_id(stack, "Pool", f"{REGION}_AbCdEfGhI")
    provider = saml_of(stack, pool)
    client_of(stack, pool, provider.provider_name).node.add_dependency(provider)


def client_in_another_stack(app: App) -> None:
    """Pool and provider in one stack, the client in another, each in two stages."""
    for name in ("Test", "Prod"):
        stage = Stage(app, name, env=Environment(account=ACCOUNT, region=REGION))
        first, second = Stack(stage, "Pool"), Stack(stage, "App")
        pool = pool_of(first)
        prefix = f"acme-{name.lower()}"
        pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix=prefix))
        provider = saml_of(first, pool)
        client_of(second, pool, provider.provider_name)
        second.add_dependency(first)


def console_role(app: App) -> None:
    """A SAML provider, a role for the console and one for the command line, as the guide of IAM has them."""
    stack = Stack(app, "Console")
    provider = iam.SamlProvider(stack, "Provider", metadata_document=iam.SamlMetadataDocument.from_xml(DOCUMENT))
    iam.Role(
        stack,
        "Console",
        assumed_by=iam.SamlConsolePrincipal(provider),
        managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name("ReadOnlyAccess")],
    )
    audience = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    principal = iam.SamlPrincipal(provider, audience)
    role = iam.Role(stack, "Tools", assumed_by=principal, max_session_duration=Duration.hours(4))
    bucket = s3.Bucket(stack, "Bucket")
    bucket.grant_read(role)
    iam.Role(stack, "Tagged", assumed_by=iam.SessionTagsPrincipal(iam.SamlConsolePrincipal(provider)))


def roles_without_saml(app: App) -> None:
    """Services, accounts, OIDC: nothing that the rules are about, administrators included."""
    stack = Stack(app, "Roles")
    iam.Role(stack, "Service", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    admin = iam.Role(stack, "Admin", assumed_by=iam.AccountRootPrincipal())
    admin.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name("AdministratorAccess"))
    admin.add_to_policy(iam.PolicyStatement(actions=["iam:PassRole", "sts:AssumeRole"], resources=["*"]))
    issuer = "token.actions.githubusercontent.com"
    oidc = iam.OpenIdConnectProvider(stack, "Oidc", url=f"https://{issuer}", client_ids=["sts.amazonaws.com"])
    condition = {"StringLike": {f"{issuer}:sub": "repo:acme/app:*"}}
    iam.Role(stack, "Deploy", assumed_by=iam.OpenIdConnectPrincipal(oidc, condition))
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    lambda_.Function(stack, "Function", runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handler", code=code)


def identity_pool_with_saml(app: App) -> None:
    """An identity pool for a user pool's client and a SAML provider of IAM, with rules for roles."""
    stack = Stack(app, "Identity")
    pool = pool_of(stack)
    client = pool.add_client("Client", auth_flows=cognito.AuthFlow(user_srp=True))
    provider = iam.SamlProvider(
        stack, "Provider", name="Acme", metadata_document=iam.SamlMetadataDocument.from_xml(DOCUMENT)
    )
    IdentityPool(
        stack,
        "Identities",
        authentication_providers=IdentityPoolAuthenticationProviders(
            user_pools=[UserPoolAuthenticationProvider(user_pool=pool, user_pool_client=client)],
            saml_providers=[provider],
        ),
    )


def identity_center(app: App) -> None:
    """Permission sets of each sort, assigned to a group, and attributes for access control."""
    stack = Stack(app, "Access")
    instance = "arn:aws:sso:::instance/ssoins-1234567890abcdef"
    group = "12345678-1234-1234-1234-1234567890ab"
    allow = {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}
    reader = sso.CfnPermissionSet(
        stack,
        "Reader",
        instance_arn=instance,
        name="ReadOnly",
        session_duration="PT8H",
        managed_policies=["arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"],
    )
    sso.CfnPermissionSet(
        stack,
        "Lister",
        instance_arn=instance,
        name="Lister",
        inline_policy={"Version": "2012-10-17", "Statement": [allow]},
        relay_state_type="https://console.aws.amazon.com/s3/",
    )
    for target in (ACCOUNT, "444455556666"):
        sso.CfnAssignment(
            stack,
            f"Assignment{target}",
            instance_arn=instance,
            permission_set_arn=reader.attr_permission_set_arn,
            principal_id=group,
            principal_type="GROUP",
            target_id=target,
            target_type="AWS_ACCOUNT",
        )
    attribute = sso.CfnInstanceAccessControlAttributeConfiguration.AccessControlAttributeProperty(
        key="CostCenter",
        value=sso.CfnInstanceAccessControlAttributeConfiguration.AccessControlAttributeValueProperty(
            source=["${path:enterprise.costCenter}"]
        ),
    )
    sso.CfnInstanceAccessControlAttributeConfiguration(
        stack, "Attributes", instance_arn=instance, access_control_attributes=[attribute]
    )


WITHOUT_SAML = [pool_without_saml, pool_with_social_providers, roles_without_saml]
WITH_SAML = [
    pool_with_saml,
    pool_with_saml_by_url,
    saml_in_an_imported_pool,
    client_in_another_stack,
    console_role,
    identity_pool_with_saml,
    identity_center,
]


def judged(app: App) -> Report:
    """What `check` finds in the assembly."""
    return check([app.synth().directory], now=NOW)


def told(findings: tuple[Finding, ...]) -> list[str]:
    """What would make somebody look."""
    return [str(each) for each in findings if each.level != "note"]


@pytest.mark.parametrize("make", WITHOUT_SAML, ids=lambda make: make.__name__)
def test_an_app_without_saml_is_silent(make: Callable[[App], None], new_app: Callable[..., App]) -> None:
    """Not even a note: what is not federation is none of our business."""
    app = new_app()
    make(app)
    report = judged(app)
    assert [str(each) for each in report.told] == []
    assert "no SAML" in report.summary()


@pytest.mark.parametrize("make", WITH_SAML, ids=lambda make: make.__name__)
def test_an_ordinary_app_has_no_finding(make: Callable[[App], None], new_app: Callable[..., App]) -> None:
    """Neither error nor warning where nothing is wrong, whatever is not known; and it is seen to have SAML."""
    app = new_app()
    make(app)
    report = judged(app)
    assert told(report.findings) == []
    assert report.federated


@pytest.mark.parametrize("folder", ["connectors", "tests/specs"])
def test_our_own_connectors_have_no_finding(folder: str, project: Path, new_app: Callable[..., App]) -> None:
    """Every kind, everything that a spec can say."""
    app = new_app()
    add_stacks(app, load([project / folder]).raise_if_any())
    assert told(judged(app).findings) == []


def a_client_that_waits_for_nothing(app: App) -> None:
    """The provider is named by a text, so nothing says that it is made first."""
    stack = Stack(app, "Saml")
    pool = pool_of(stack)
    pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix="acme-saml"))
    cognito.CfnUserPoolIdentityProvider(
        stack,
        "Provider",
        user_pool_id=pool.user_pool_id,
        provider_name="Acme",
        provider_type="SAML",
        provider_details={"MetadataFile": DOCUMENT},
        attribute_mapping={"email": "email"},
    )
    client_of(stack, pool, "Acme")


def a_role_without_an_audience(app: App) -> None:
    """`SamlPrincipal` adds no audience of its own."""
    stack = Stack(app, "Console")
    provider = iam.SamlProvider(stack, "Provider", metadata_document=iam.SamlMetadataDocument.from_xml(DOCUMENT))
    iam.Role(stack, "Tools", assumed_by=iam.SamlPrincipal(provider, {}))


def a_mapped_attribute_that_cannot_change(app: App) -> None:
    """The second sign-in fails: Cognito writes mapped attributes at each."""
    stack = Stack(app, "Saml")
    pool = cognito.UserPool(
        stack, "Pool", custom_attributes={"department": cognito.StringAttribute(mutable=False)}, sign_in_aliases=None
    )
    cognito.UserPoolIdentityProviderSaml(
        stack,
        "Provider",
        user_pool=pool,
        metadata=cognito.UserPoolIdentityProviderSamlMetadata.file(DOCUMENT),
        attribute_mapping=cognito.AttributeMapping(
            custom={"custom:department": cognito.ProviderAttribute.other("department")}
        ),
    )


TRAPS = {
    "client-provider-no-dependency": a_client_that_waits_for_nothing,
    "trust-no-audience": a_role_without_an_audience,
    "attribute-immutable": a_mapped_attribute_that_cannot_change,
}


@pytest.mark.parametrize("code", TRAPS)
def test_true_traps_of_the_cdk_s_own_constructs_are_found(code: str, new_app: Callable[..., App]) -> None:
    """What the CDK lets pass, and the deployment or the second sign-in would not."""
    app = new_app()
    TRAPS[code](app)
    assert code in {each.code for each in judged(app).findings if each.level != "note"}


POOL_AND_CLIENT = """
Resources:
  Pool: {Type: AWS::Cognito::UserPool}
  Client:
    Type: AWS::Cognito::UserPoolClient
    Properties: {UserPoolId: !Ref Pool, AllowedOAuthFlows: [implicit], CallbackURLs: ["http://app.example"]}
"""
"""Not how anybody should do it, but no federation."""


def test_a_template_that_somebody_brings_is_silent(tmp_path: Path) -> None:
    """Templates of other services, by hand and with macros, whatever is unknown in them."""
    texts = [
        "Resources: {Topic: {Type: AWS::SNS::Topic}}",
        "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function}}",
        "Resources: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://b/k}}}",
        "Resources: {Q: {Type: AWS::SQS::Queue, Properties: !If [A, !Ref B, {C: !GetAtt D.E}]}}",
        json.dumps({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}}}),
        POOL_AND_CLIENT,
    ]
    files = []
    for number, text in enumerate(texts):
        files.append(str(tmp_path / f"{number}.yaml"))
        Path(files[-1]).write_text(text)
    command = [str(Path(sys.executable).with_name("saml-connectors")), "check", "--strict", *files]
    said = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    assert (said.returncode, said.stdout) == (0, "")
    assert said.stderr == f"{len(texts)} templates: no SAML in them, no findings\n"

"""App clients and resource servers of a connector's user pool.

Not here: which identity provider they use (`cognito.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito

from saml_connectors.user_pool import L2_KEYWORDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from saml_connectors.spec.app_client import AppClient
    from saml_connectors.spec.cognito import CognitoUserPoolSpec

_VERIFIED = ("email_verified", "phone_number_verified")
"""Attributes that Cognito lets no app client write (Cognito's API, CreateUserPoolClient)."""

_OWN_PEOPLE = "COGNITO"


def add_resource_servers(
    scope: Construct, spec: CognitoUserPoolSpec, pool: cognito.IUserPool
) -> dict[str, cognito.UserPoolResourceServer]:
    """The resource servers of the spec, by identifier."""
    return {
        server.identifier: cognito.UserPoolResourceServer(
            scope,
            f"ResourceServer{index}",
            user_pool=pool,
            identifier=server.identifier,
            user_pool_resource_server_name=server.name,
            scopes=[
                cognito.ResourceServerScope(scope_name=name, scope_description=description)
                for name, description in server.scopes.items()
            ],
        )
        for index, server in enumerate(spec.resource_servers)
    }


def add_app_clients(
    scope: Construct,
    spec: CognitoUserPoolSpec,
    pool: cognito.IUserPool,
    provider: cognito.UserPoolIdentityProviderSaml,
    servers: Mapping[str, cognito.UserPoolResourceServer],
) -> dict[str, cognito.UserPoolClient]:
    """The app clients of the spec, by name; each waits for the identity provider and for the scopes it asks for."""
    provider_name = provider.provider_name
    clients: dict[str, cognito.UserPoolClient] = {}
    attributes = [*spec.user_pool.attributes, *([spec.user_pool.groups.stored_in] if spec.user_pool.groups else [])]
    readable = _attributes(tuple(attributes))
    writable = _attributes(tuple(name for name in attributes if name not in _VERIFIED))
    for client in spec.app_clients:
        construct = cognito.UserPoolClient(
            scope,
            f"Client-{client.name}",
            user_pool=pool,
            user_pool_client_name=client.name,
            generate_secret=client.secret,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            auth_flows=None if _OWN_PEOPLE in client.other_identity_providers else _refresh_only(),
            access_token_validity=_minutes(client.access_token_minutes),
            id_token_validity=_minutes(client.id_token_minutes),
            refresh_token_validity=_minutes(client.refresh_token_minutes),
            supported_identity_providers=_providers(client, provider_name),
            read_attributes=readable,
            write_attributes=writable,
            o_auth=cognito.OAuthSettings(
                flows=_flows(client),
                scopes=[_scope(name) for name in client.scopes],
                callback_urls=list(client.callback_urls) or None,
                logout_urls=list(client.logout_urls) or None,
            ),
        )
        used = {name.rsplit("/", 1)[0] for name in client.resource_scopes}
        waits = [server for identifier, server in servers.items() if identifier in used]
        if waits:
            construct.node.add_dependency(*waits)
        clients[client.name] = construct
    return clients


def _providers(client: AppClient, saml: str) -> list[cognito.UserPoolClientIdentityProvider]:
    # The name is the provider's Ref: CloudFormation makes the provider first, and the client after it.
    names = [saml, *client.other_identity_providers] if client.interactive else list(client.other_identity_providers)
    return [cognito.UserPoolClientIdentityProvider.custom(name) for name in names]


def _flows(client: AppClient) -> cognito.OAuthFlows:
    return cognito.OAuthFlows(
        authorization_code_grant="code" in client.flows,
        implicit_code_grant="implicit" in client.flows,
        client_credentials="client_credentials" in client.flows,
    )


# Each of these is a call to the CDK's Node process, gives a value that never changes, and is asked for by every client.
@lru_cache(maxsize=256)
def _scope(name: str) -> cognito.OAuthScope:
    return cognito.OAuthScope.custom(name)


@lru_cache(maxsize=256)
def _minutes(minutes: int) -> Duration:
    return Duration.minutes(minutes)


@lru_cache(maxsize=1)
def _refresh_only() -> cognito.AuthFlow:
    """No sign-in by password through Cognito's API.

    Left out, Cognito allows it, to a client without the provider COGNITO too; and the access token of such a sign-in
    lets a person write every attribute that the client may write, groups among them.
    """
    return cognito.AuthFlow(user_srp=False)


@lru_cache(maxsize=256)
def _attributes(names: tuple[str, ...]) -> cognito.ClientAttributes:
    """Exactly these attributes; left out, Cognito's documents disagree on which a client may write."""
    custom = [name.removeprefix("custom:") for name in names if name.startswith("custom:")]
    standard = {L2_KEYWORDS.get(name, name): True for name in names if not name.startswith("custom:")}
    attributes = cognito.ClientAttributes()
    if standard:
        attributes = attributes.with_standard_attributes(**standard)
    return attributes.with_custom_attributes(*custom) if custom else attributes

"""People sign in to applications through a Cognito user pool that trusts the directory: both sides of it.

Not here: the pool and its app clients one by one (`user_pool.py`, `app_clients.py`), and the application in the
directory (`application.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from saml_connectors.app_clients import add_app_clients, add_resource_servers
from saml_connectors.application import JumpCloudApplication
from saml_connectors.connector_outputs import tell_cognito
from saml_connectors.endpoints import UserPoolEndpoints
from saml_connectors.given_metadata import read_given
from saml_connectors.problems import Problem, SpecError
from saml_connectors.user_pool import GroupsTrigger, add_domain, define_user_pool, domain_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import aws_secretsmanager as secretsmanager

    from saml_connectors.spec.app_client import AppClient
    from saml_connectors.spec.cognito import CognitoUserPoolSpec


class CognitoConnector(Construct):
    """Sign in to applications with people of the directory, through a Cognito user pool.

    Defines the user pool (or uses yours), its domain, the SAML identity provider with its attribute mapping, the app
    clients, a trigger that puts groups into `cognito:groups`, and the application in the directory, in an order that
    one deployment can follow: the directory learns of the pool first, the pool of the directory's certificate next,
    the tile of the app client then, and people see the tile last.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.  Changing it replaces pool and application.
        spec: What to connect.
        user_pool: A pool of the app, instead of the one that the spec describes.  Its schema must have the attributes
            that the spec maps.  Default: a new pool, or the one whose id the spec names.
        user_pool_domain: The domain of *user_pool*, where the app defines that too; the spec's `domain` says its
            name.  Default: the domain is defined here.
        credentials: The secret that holds the directory's credential, where the app defines it.  Default: the one
            that the spec names.

    Raises:
        SpecError: the metadata document of the spec is refused, or *user_pool* cannot do what the spec asks for.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        spec: CognitoUserPoolSpec,
        user_pool: cognito.IUserPool | None = None,
        user_pool_domain: cognito.UserPoolDomain | None = None,
        credentials: secretsmanager.ISecret | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.spec = spec
        self.user_pool = self._user_pool(user_pool)
        """The user pool: yours, or the one that was defined."""
        self.domain = user_pool_domain or add_domain(self, spec.user_pool, self.user_pool)
        """The pool's domain, or nothing where an existing pool has its own."""
        stack = Stack.of(self)
        region = stack.region
        self.endpoints = UserPoolEndpoints(
            host=domain_host(stack, spec.user_pool.domain, region),
            user_pool_id=self.user_pool.user_pool_id,
            region=region,
        )
        """Every URL of the pool: sign-in, sign-out, ACS, issuer."""
        self.application = self._application(credentials)
        """The application in the directory, or nothing where the spec brings its own metadata."""
        self.identity_provider = self._identity_provider()
        """The pool's SAML identity provider."""
        self.clients: Mapping[str, cognito.UserPoolClient] = add_app_clients(
            self, spec, self.user_pool, self.identity_provider, add_resource_servers(self, spec, self.user_pool)
        )
        """The app clients by name."""
        self._client_ids = {name: client.user_pool_client_id for name, client in self.clients.items()}
        if self.application is not None:
            self._open_and_bind(self.application)

    def sign_in_url(self, app_client: str, *, callback_url: str | None = None, identifier: str | None = None) -> str:
        """The link that begins sign-in at Cognito and goes straight to the IdP: for bookmarks and buttons.

        Args:
            app_client: Name of an app client of the spec.
            callback_url: One of its callback URLs.  Default: the first.
            identifier: Choose the IdP by this identifier (`idp_identifier`).  Default: by its name.

        Raises:
            SpecError: the app client or the callback URL is not in the spec.
        """
        client = self._client(app_client)
        if callback_url is not None and callback_url not in client.callback_urls:
            rule = f"must be a callback URL of app client '{app_client}'"
            fix = f"there are {', '.join(client.callback_urls)}"
            problem = Problem(code="callback-unknown", field="callback_url", rule=rule, given=callback_url, fix=fix)
            raise SpecError([problem], self.spec.name)
        return self.endpoints.bookmark_url(
            client_id=self._client_ids[app_client],
            redirect_uri=callback_url or client.callback_urls[0],
            scopes=client.scopes,
            identity_provider=None if identifier else self.spec.user_pool.provider_name,
            idp_identifier=identifier,
            response_type="code" if "code" in client.flows else "token",
        )

    def sign_out_url(self, app_client: str, *, logout_url: str | None = None) -> str:
        """The link that signs people out of the pool, and returns them to *logout_url* or the client's first."""
        client = self._client(app_client)
        target = logout_url or next(iter(client.logout_urls), None)
        return self.endpoints.logout_url(client_id=self._client_ids[app_client], logout_uri=target)

    def add_outputs(self, prefix: str = "") -> None:
        """Tell pool, endpoints, application, certificates and app clients as outputs of the stack.

        Args:
            prefix: What the outputs' names begin with, for a stack with several connectors.  Default: nothing.
        """
        tell_cognito(self, prefix)

    def _client(self, name: str) -> AppClient:
        for client in self.spec.app_clients:
            if client.name == name and client.interactive:
                return client
        known = [client.name for client in self.spec.app_clients if client.interactive]
        problem = Problem(
            code="app-client-unknown",
            field="app_client",
            rule="must be an app client that people sign in with",
            given=f'"{name}"',
            fix=f"there are {', '.join(known)}",
        )
        raise SpecError([problem], self.spec.name)

    def _user_pool(self, given: cognito.IUserPool | None) -> cognito.IUserPool:
        spec = self.spec.user_pool
        if given is None and spec.id is not None:
            return cognito.UserPool.from_user_pool_id(self, "UserPool", spec.id)
        pool = given if given is not None else define_user_pool(self, self.spec)
        if spec.groups is not None and spec.groups.to == "cognito:groups":
            if not isinstance(pool, cognito.UserPool):
                problem = Problem(
                    code="groups-need-trigger",
                    field="user_pool.groups.to",
                    rule="must be a custom attribute for a pool that the app only refers to",
                    fix=f"write to: {spec.groups.attribute}, or pass the UserPool construct itself",
                )
                raise SpecError([problem], self.spec.name)
            GroupsTrigger(self, "GroupsTrigger", user_pool=pool, attribute=spec.groups.stored_in)
        return pool

    def _application(self, credentials: secretsmanager.ISecret | None) -> JumpCloudApplication | None:
        spec = self.spec
        if spec.directory is None or spec.application is None:
            return None
        attributes = spec.user_pool.attributes
        application = JumpCloudApplication(
            self,
            "Application",
            directory=spec.directory,
            application=spec.application,
            template=spec.template,
            sp_entity_id=self.endpoints.sp_entity_id,
            acs_url=self.endpoints.acs_url,
            user_attributes={
                each.claim or _bare(name): each.from_ for name, each in attributes.items() if each.from_ is not None
            },
            constant_attributes={
                each.claim or _bare(name): each.constant
                for name, each in attributes.items()
                if each.constant is not None
            }
            or None,
            groups_attribute=spec.user_pool.groups.claim if spec.user_pool.groups else None,
            credentials=credentials,
        )
        if self.domain is not None:
            # The directory is told of the ACS URL only once the domain behind it is there.
            application.node.add_dependency(self.domain)
        return application

    @property
    def _adopted(self) -> bool:
        return self.spec.application is not None and self.spec.application.adopt is not None

    def _identity_provider(self) -> cognito.UserPoolIdentityProviderSaml:
        pool = self.spec.user_pool
        mapping = {
            name: each.claim or (_bare(name) if self.application is not None else each.from_ or _bare(name))
            for name, each in pool.attributes.items()
        }
        if pool.groups is not None:
            mapping[pool.groups.stored_in] = pool.groups.claim
        provider = cognito.UserPoolIdentityProviderSaml(
            self,
            "IdentityProvider",
            user_pool=self.user_pool,
            name=pool.provider_name,
            metadata=self._metadata(),
            identifiers=list(pool.identifiers) or None,
            # The L2 writes the names under `custom` as they are, whatever they are: it adds no prefix.
            attribute_mapping=cognito.AttributeMapping(
                custom={name: _sent_as(claim) for name, claim in mapping.items()}
            ),
            request_signing_algorithm=cognito.SigningAlgorithm.RSA_SHA256 if pool.sign_requests else None,
        )
        resource = provider.node.default_child
        assert isinstance(resource, cognito.CfnUserPoolIdentityProvider)  # the L2 wraps exactly one
        if self._adopted:  # one that was there before can be imported, and is not deleted with the stack
            resource.apply_removal_policy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE)
        # CloudFormation's schema has texts here, not booleans, which is what the L2 would write.
        for detail, value in (
            ("IDPSignout", pool.sign_out),
            ("IDPInit", pool.idp_initiated),
            ("EncryptedResponses", pool.encrypt_responses),
        ):
            # Said even where it is off: whether Cognito resets a detail that an update leaves out is not documented.
            resource.add_property_override(f"ProviderDetails.{detail}", "true" if value else "false")
        return provider

    def _metadata(self) -> cognito.UserPoolIdentityProviderSamlMetadata:
        source = self.spec.metadata
        if self.application is not None:
            return cognito.UserPoolIdentityProviderSamlMetadata.file(self.application.metadata_xml)
        assert source is not None  # a spec has a directory or metadata
        if source.url is not None:
            return cognito.UserPoolIdentityProviderSamlMetadata.url(source.url)
        return cognito.UserPoolIdentityProviderSamlMetadata.file(read_given(source, self.spec.name, "cognito"))

    def _open_and_bind(self, application: JumpCloudApplication) -> None:
        client = self.spec.launch_client
        relay_state = self.spec.application.default_relay_state if self.spec.application else None
        login_url = None
        adopted = self._adopted  # then what the tile opens stays as it was found, unless the spec chooses it
        if client is not None and self.spec.user_pool.idp_initiated and not adopted:
            relay_state = relay_state or self.endpoints.idp_initiated_relay_state(
                identity_provider=self.spec.user_pool.provider_name,
                client_id=self._client_ids[client.name],
                redirect_uri=client.callback_urls[0],
                scopes=client.scopes,
            )
        elif client is not None:
            login_url = client.login_url or (None if adopted else self.sign_in_url(client.name))
        application.sign(self.identity_provider)
        if login_url or relay_state or adopted:
            application.open_with(login_url=login_url, default_relay_state=relay_state)
        application.bind_groups(*self.clients.values())


@lru_cache(maxsize=256)
def _sent_as(claim: str) -> cognito.ProviderAttribute:
    return cognito.ProviderAttribute.other(claim)  # a call to the CDK's Node process, the same for every connector


def _bare(attribute: str) -> str:
    return attribute.removeprefix("custom:")

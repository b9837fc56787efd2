"""Kind `cognito-user-pool`: people sign in to applications through a Cognito user pool that trusts the directory.

Not here: its parts, which have files of their own.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from saml_connectors.problems import Problem
from saml_connectors.spec import watch as watching
from saml_connectors.spec.app_client import ADMIN_SCOPE, AppClient, ResourceServer
from saml_connectors.spec.attribute import CUSTOM_PREFIX, GROUPS_CLAIM
from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.directory import Directory, SamlApplication
from saml_connectors.spec.findings import field_path, shown, visible
from saml_connectors.spec.metadata_source import MetadataSource
from saml_connectors.spec.user_pool import UserPool
from saml_connectors.spec.values import repeated
from saml_connectors.spec.watch import Watch

COGNITO_TEMPLATE = "amazoncognitouserpools"
"""Name of JumpCloud's catalogue template "Amazon Cognito User Pools"."""


class CognitoUserPoolSpec(ConnectorSpec):
    """Sign in to applications through a Cognito user pool, with people of the directory or of any other SAML IdP."""

    kind: Literal["cognito-user-pool"] = "cognito-user-pool"
    """Kind of the connector."""

    directory: Directory | None = None
    """The directory in which the application is made.  Left out, together with *application*, where *metadata* is
    given."""

    application: SamlApplication | None = None
    """The application that is made in the directory."""

    metadata: MetadataSource | None = None
    """Metadata of another SAML IdP; then nothing is registered anywhere.  Default: the directory's application."""

    user_pool: UserPool
    """The user pool that trusts it."""

    resource_servers: tuple[ResourceServer, ...] = ()
    """APIs of yours whose scopes app clients may ask for.  Default: none."""

    app_clients: tuple[AppClient, ...]
    """The applications that sign people in through the pool: at least one."""

    watch: Watch | None = None
    """Alarms for certificates and credentials that end, and for what was changed by hand in the directory.
    Default: nothing is watched."""

    rests_on: ClassVar = watching.RESTS_ON

    def rules(self) -> list[Problem]:
        """What does not go together among directory, user pool and app clients."""
        return [
            *watching.rules(self.watch, directory=self.directory, metadata=self.metadata, region=self.aws.region),
            *self._source_rules(),
            *self._client_rules(),
            *self._scope_rules(),
            *self._idp_initiated_rules(),
            *self._unsupported_rules(),
            *self._region_rules(),
            *self._groups_rules(),
            *self._claim_rules(),
        ]

    def _source_rules(self) -> list[Problem]:
        found: list[Problem] = []
        if self.metadata is not None:
            found.extend(
                Problem(
                    code="metadata-and-directory",
                    field=name,
                    rule="must be left out where metadata is given: nothing is registered in a directory then",
                )
                for name in ("directory", "application")
                if getattr(self, name) is not None
            )
            found.extend(
                Problem(
                    code="constant-without-directory",
                    field=field_path(("user_pool", "attributes", name, "constant")),
                    rule="must be left out where metadata is given: only the IdP itself can send a constant",
                )
                for name, attribute in self.user_pool.attributes.items()
                if attribute.constant is not None
            )
        else:
            found.extend(
                Problem(
                    code="directory-missing",
                    field=name,
                    rule="must be given, or metadata of another SAML IdP instead of directory and application",
                )
                for name in ("directory", "application")
                if getattr(self, name) is None
            )
        if self.application is not None and self.application.name_id.format == "transient":
            found.append(
                Problem(
                    code="name-id-transient",
                    field="application.name_id.format",
                    rule="must not be transient: Cognito would make a new user at each sign-in",
                    fix="write persistent",
                )
            )
        return found

    def _client_rules(self) -> list[Problem]:
        found: list[Problem] = []
        if not self.app_clients:
            found.append(
                Problem(code="app-clients-missing", field="app_clients", rule="must have at least one app client")
            )
        found.extend(
            Problem(
                code="app-client-twice",
                field=f"app_clients[{index}].name",
                rule="must be unique in the connector",
                given=shown(name),
            )
            for index, name in repeated(client.name for client in self.app_clients)
        )
        return found

    def _scope_rules(self) -> list[Problem]:
        known = {f"{server.identifier}/{scope}" for server in self.resource_servers for scope in server.scopes}
        if self.user_pool.id is not None:
            return []  # an existing pool may have resource servers that this spec does not know
        return [
            Problem(
                code="scope-undeclared",
                field=f"app_clients[{index}].scopes",
                rule="must be a scope of a resource server in resource_servers",
                given=f'"{scope}"',
                fix=f"those declared are {', '.join(sorted(known))}" if known else "declare it in resource_servers",
            )
            for index, client in enumerate(self.app_clients)
            for scope in client.resource_scopes
            if scope not in known
        ]

    def _idp_initiated_rules(self) -> list[Problem]:
        if not self.user_pool.idp_initiated:
            return []
        found = [
            Problem(
                code="idp-initiated-with-cognito",
                field=f"app_clients[{index}].other_identity_providers",
                rule="must be empty where user_pool.idp_initiated is true: Cognito then allows SAML IdPs only",
                given=", ".join(client.other_identity_providers),
                fix="make a second app client for them, in another pool, or leave idp_initiated out",
            )
            for index, client in enumerate(self.app_clients)
            if client.other_identity_providers
        ]
        if self.launch_client and self.launch_client.login_url:
            index = self.app_clients.index(self.launch_client)
            found.append(
                Problem(
                    code="idp-initiated-login-url",
                    field=f"app_clients[{index}].login_url",
                    rule="must be left out where user_pool.idp_initiated is true: the tile posts an assertion instead",
                )
            )
        return found

    def _unsupported_rules(self) -> list[Problem]:
        if self.application is None:
            return []
        found: list[Problem] = []
        if self.user_pool.encrypt_responses:
            found.append(
                Problem(
                    code="encryption-unsupported",
                    field="user_pool.encrypt_responses",
                    rule="must be false for a JumpCloud application, whose API has no setting for encrypted assertions",
                    fix="leave it out; assertions are signed, and travel over TLS",
                )
            )
        if self.user_pool.sign_out:
            found.append(
                Problem(
                    code="sign-out-unsupported",
                    field="user_pool.sign_out",
                    rule="must be false for a JumpCloud application, whose API tells no address for single logout",
                    fix="leave it out; people sign out of the pool, and of the directory in its portal",
                )
            )
        return found

    def _region_rules(self) -> list[Problem]:
        region, pool = self.aws.region, self.user_pool.id
        if region is None or pool is None or pool.rsplit("_", 1)[0] == region:
            return []
        return [
            Problem(
                code="user-pool-region",
                field="user_pool.id",
                rule=f"must be a pool in {region}, where aws.region says that the connector is deployed",
                given=f'"{pool}"',
            )
        ]

    def _groups_rules(self) -> list[Problem]:
        if self.user_pool.groups is None:
            return []
        own_people = [
            Problem(
                code="groups-own-people",
                field=f"app_clients[{index}].other_identity_providers",
                rule="must not have COGNITO where groups go to a custom attribute, which people of the pool may write",
                fix='send the groups to "cognito:groups", whose trigger takes them from the directory only',
            )
            for index, client in enumerate(self.app_clients)
            if "COGNITO" in client.other_identity_providers and self.user_pool.groups.to != GROUPS_CLAIM
        ]
        return own_people + [
            Problem(
                code="scope-writes-groups",
                field=f"app_clients[{index}].scopes",
                rule=f"must not have {ADMIN_SCOPE} where the pool keeps groups: people could write groups of their own",
                fix="leave the scope out, or leave user_pool.groups out",
            )
            for index, client in enumerate(self.app_clients)
            if ADMIN_SCOPE in client.scopes
        ]

    def _claim_rules(self) -> list[Problem]:
        """An application sends one value under one name; with somebody else's metadata, their IdP decides."""
        pool, found = self.user_pool, []
        carried: dict[str, tuple[str, tuple[str | None, str | None] | None]] = {}
        if self.metadata is not None:
            return []
        if pool.groups is not None:
            carried[pool.groups.claim] = ("groups", None)
        for name, each in pool.attributes.items():
            claim, source = each.claim or name.removeprefix(CUSTOM_PREFIX), (each.from_, each.constant)
            other, value = carried.setdefault(claim, (name, source))
            if value != source:
                what = "groups carries it" if value is None else f"{visible(other)} carries it, from another property"
                path = ("user_pool", "attributes", name, *(("claim",) if each.claim is not None else ()))
                found.append(
                    Problem(
                        code="claim-twice",
                        field=field_path(path),
                        rule=f"must have a claim of its own: {what}, and only one of the two would be sent",
                        given=shown(claim),
                        fix="write another claim for one of them",
                    )
                )
        return found

    @property
    def launch_client(self) -> AppClient | None:
        """The app client that the portal's tile opens: the first that people sign in with."""
        return next((client for client in self.app_clients if client.interactive), None)

    @property
    def template(self) -> str:
        """Name of the catalogue template that the application is made from."""
        chosen = self.application.template if self.application else None
        return chosen or COGNITO_TEMPLATE

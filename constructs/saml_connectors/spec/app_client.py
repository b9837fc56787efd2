"""App clients of a user pool: what an application may ask of it, and where people are sent back to.

Not here: the pool itself.
"""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import Count, Flag, SpecModel, refuse
from saml_connectors.spec.values import LOOPBACK_HOSTS, ConnectorName, HttpsUrl, Text, spelled, split_url

MAX_URLS = 100
"""Callback or sign-out URLs of one app client (Cognito, quotas)."""

MAX_URL_LENGTH = 1024
"""Characters of one URL (Cognito's API, `RedirectUrlType`)."""

MAX_SCOPES = 50
"""Scopes of one app client (Cognito's API, `ScopeListType`)."""

OPENID_SCOPES = ("openid", "email", "phone", "profile")
ADMIN_SCOPE = "aws.cognito.signin.user.admin"

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,256}")
_RESOURCE_SERVER = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,256}")
_RESOURCE_SCOPE = re.compile(r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,256}")


def _return_url(value: str) -> str:
    """A callback or sign-out URL by Cognito's rules: https, http on this machine, or an app's own scheme."""
    if len(value) > MAX_URL_LENGTH:
        raise refuse(
            "callback-length", f"must be at most {MAX_URL_LENGTH} characters", given=f"{len(value)} characters"
        )
    parts = split_url(value, "callback-url")
    host = parts.hostname
    if "#" in value:
        raise refuse("callback-fragment", "must not have a fragment", fix=f"write {value.split('#', 1)[0]}")
    if "://" not in value or not _SCHEME.fullmatch(parts.scheme):
        raise refuse("callback-url", "must be an absolute URL, such as https://app.example.com/callback")
    if parts.scheme.lower() in {"javascript", "data", "vbscript", "file", "blob"}:
        raise refuse("callback-url", "must not be a scheme that a browser runs or reads itself")
    if parts.scheme == "http" and host not in LOOPBACK_HOSTS:
        raise refuse(
            "callback-https",
            "must be https; http is for localhost, 127.0.0.1 and [::1] only",
            fix=f"write https{value[len('http') :]}",
        )
    if parts.scheme in {"http", "https"} and not host:
        raise refuse("callback-url", "must name a host")
    if parts.scheme in {"http", "https"} and "*" in parts.netloc:
        raise refuse(
            "callback-wildcard",
            "must name one host, without *: Cognito compares the whole URL, letter by letter",
            fix="write each URL",
        )
    return value


def _scope(value: str) -> str:
    if not _SCOPE.fullmatch(value):
        raise refuse("scope-name", "must be 1 to 256 printable ASCII characters without space, quote or backslash")
    if value not in {*OPENID_SCOPES, ADMIN_SCOPE} and "/" not in value:
        raise refuse(
            "scope-unknown",
            f"must be one of {', '.join(OPENID_SCOPES)}, {ADMIN_SCOPE}, or <resource server>/<scope>",
        )
    return value


def _server_identifier(value: str) -> str:
    if not _RESOURCE_SERVER.fullmatch(value):
        raise refuse("resource-server", "must be 1 to 256 printable ASCII characters without space, quote or backslash")
    return value


def _scope_name(value: str) -> str:
    if not _RESOURCE_SCOPE.fullmatch(value):
        raise refuse(
            "resource-scope", "must be 1 to 256 printable ASCII characters without space, slash, quote or backslash"
        )
    return value


ReturnUrl = Annotated[str, AfterValidator(_return_url), Field(examples=["https://portal.example.com/callback"])]
Scope = Annotated[str, AfterValidator(_scope), spelled(_SCOPE, "openid")]


class ResourceServer(SpecModel):
    """An API of yours whose scopes app clients may ask for."""

    identifier: Annotated[str, AfterValidator(_server_identifier), spelled(_RESOURCE_SERVER, "https://api.example.com")]
    """Identifier, usually the API's URL; scopes are written `<identifier>/<scope>`."""

    name: Text | None = None
    """Name that people see in the console.  Default: the identifier."""

    scopes: Annotated[
        dict[Annotated[str, AfterValidator(_scope_name), spelled(_RESOURCE_SCOPE)], Text],
        Field(examples=[{"read": "Read orders"}]),
    ]
    """Scopes and their descriptions."""


class AppClient(SpecModel):
    """One application that signs people in through the user pool."""

    name: Annotated[ConnectorName, Field(examples=["web"])]
    """Name of the app client, unique in the connector."""

    callback_urls: Annotated[tuple[ReturnUrl, ...], Field(examples=[["https://portal.example.com/callback"]])] = ()
    """Where people return to after sign-in: https, http on this machine, or an app's own scheme; no fragment.  Default:
    nowhere, which only `client_credentials` allows."""

    logout_urls: Annotated[tuple[ReturnUrl, ...], Field(examples=[["https://portal.example.com/"]])] = ()
    """Where people return to after sign-out.  Default: nowhere; `/logout` then only goes to the sign-in page."""

    flows: Annotated[tuple[Literal["code", "implicit", "client_credentials"], ...], Field(examples=[["code"]])] = (
        "code",
    )
    """OAuth 2.0 grants.  `client_credentials` goes alone, with a secret and scopes of a resource server.  Default: the
    authorization code grant only; public clients should use it with PKCE (S256), which needs no setting here."""

    scopes: Annotated[tuple[Scope, ...], Field(examples=[["openid", "email"]])] = ("openid", "email", "profile")
    """Scopes that the client may ask for.  Default: `openid`, `email` and `profile`."""

    secret: Flag = False
    """Whether Cognito makes a client secret, for a server that can keep one.  It cannot be changed later: another
    value replaces the app client.  Default: a public client, without a secret."""

    other_identity_providers: Annotated[tuple[Text, ...], Field(examples=[["COGNITO"]])] = ()
    """Further ways to sign in: `COGNITO` for people of the pool itself, or names of other IdPs of the pool.  Default:
    the connector's SAML IdP is the only one."""

    access_token_minutes: Count = 60
    """Life of access tokens: 5 to 1,440 minutes, and not longer than that of refresh tokens.  Default: 60."""

    id_token_minutes: Count = 60
    """Life of ID tokens: 5 to 1,440 minutes, and not longer than that of refresh tokens.  Default: 60."""

    refresh_token_minutes: Count = 43_200
    """Life of refresh tokens: 60 to 5,256,000 minutes (10 years).  They outlive the directory's session.  Default:
    43,200 minutes (30 days)."""

    login_url: HttpsUrl | None = None
    """The application's own address that starts a sign-in, if it has one; the portal's tile opens it.  Default:
    Cognito's authorize endpoint with this connector's IdP, for the first callback URL."""

    def rules(self) -> list[Problem]:
        """What Cognito refuses between flows, scopes, URLs and lifetimes."""
        return [*self._flow_rules(), *self._scope_rules(), *self._url_rules(), *self._lifetime_rules()]

    def _flow_rules(self) -> list[Problem]:
        found: list[Problem] = []
        machine = "client_credentials" in self.flows
        if not self.flows:
            found.append(Problem(code="flows-missing", field="flows", rule="must name at least one flow"))
        if machine and len(self.flows) > 1:
            found.append(
                Problem(
                    code="flows-exclusive",
                    field="flows",
                    rule="must have client_credentials alone",
                    given=", ".join(self.flows),
                    fix="make a second app client for it",
                )
            )
        if machine and not self.secret:
            found.append(
                Problem(
                    code="flow-needs-secret",
                    field="secret",
                    rule="must be true for client_credentials",
                    given="false",
                    fix="set secret: true",
                )
            )
        if not machine and self.flows and not self.callback_urls:
            found.append(
                Problem(
                    code="callback-missing",
                    field="callback_urls",
                    rule=f"must have at least one URL for the flow {self.flows[0]}",
                )
            )
        return found

    def _scope_rules(self) -> list[Problem]:
        found: list[Problem] = []
        needing = [scope for scope in self.scopes if scope in {"email", "phone", "profile"}]
        if needing and "openid" not in self.scopes:
            found.append(
                Problem(
                    code="scope-openid",
                    field="scopes",
                    rule=f"must have openid beside {', '.join(needing)}",
                    given=", ".join(self.scopes),
                    fix="add openid",
                )
            )
        if self.flows and not self.scopes:
            found.append(Problem(code="scopes-missing", field="scopes", rule="must name at least one scope"))
        if self.flows == ("client_credentials",) and any("/" not in scope for scope in self.scopes):
            found.append(
                Problem(
                    code="scope-for-machines",
                    field="scopes",
                    rule="must be scopes of a resource server for client_credentials",
                    given=", ".join(self.scopes),
                )
            )
        if len(self.scopes) > MAX_SCOPES:
            found.append(
                Problem(
                    code="scope-count",
                    field="scopes",
                    rule=f"must be at most {MAX_SCOPES} scopes",
                    given=str(len(self.scopes)),
                )
            )
        return found

    def _url_rules(self) -> list[Problem]:
        return [
            Problem(
                code="callback-count",
                field=name,
                rule=f"must be at most {MAX_URLS} URLs",
                given=str(len(getattr(self, name))),
            )
            for name in ("callback_urls", "logout_urls")
            if len(getattr(self, name)) > MAX_URLS
        ]

    def _lifetime_rules(self) -> list[Problem]:
        bounds = {
            "access_token_minutes": (5, 1_440),
            "id_token_minutes": (5, 1_440),
            "refresh_token_minutes": (60, 5_256_000),
        }
        found = [
            Problem(
                code="token-lifetime",
                field=name,
                rule=f"must be from {low:,} to {high:,} minutes",
                given=shown(getattr(self, name)),
            )
            for name, (low, high) in bounds.items()
            if not low <= getattr(self, name) <= high
        ]
        return found or [
            Problem(
                code="token-lifetime",
                field=name,
                rule="must not be longer than refresh_token_minutes",
                given=shown(getattr(self, name)),
                fix=f"write at most {self.refresh_token_minutes}",
            )
            for name in ("access_token_minutes", "id_token_minutes")
            if getattr(self, name) > self.refresh_token_minutes
        ]

    @property
    def interactive(self) -> bool:
        """Whether people sign in with it, rather than machines."""
        return "client_credentials" not in self.flows

    @property
    def resource_scopes(self) -> tuple[str, ...]:
        """Its scopes that belong to resource servers."""
        return tuple(scope for scope in self.scopes if "/" in scope)

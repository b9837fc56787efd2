"""The addresses of a Cognito user pool: domain, SAML and OAuth endpoints, the link and the RelayState of a tile.

Not here: whether a redirect URI or a name is allowed (the spec judges that), and anything that calls an address.

Any part may be a CDK token, a placeholder such as `${Token[TOKEN.12]}` that CloudFormation fills in at deploy time.
Tokens go into an address as they are; everything else is percent-encoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import quote, quote_plus

from saml_connectors.problems import Problem, SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ResponseType = Literal["code", "token"]

_TOKEN: Final = re.compile(r"(\$\{Token\[[a-zA-Z0-9:._-]*\]\})")

_PARTITION_OF_PREFIX: Final = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}

_DOMAIN_LABEL: Final = {"aws": "auth", "aws-us-gov": "auth-fips"}
"""The label between prefix and region, where the form of a prefix domain is known."""

_API_SUFFIX: Final = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-eusc": "amazonaws.eu"}
"""The suffix of `cognito-idp.<region>`, in the partitions whose endpoints AWS lists for it."""


def has_token(text: str) -> bool:
    """Whether *text* holds a CDK token, so that its value is known at deploy time only."""
    return _TOKEN.search(text) is not None


def partition_of(region: str) -> str:
    """The partition that *region* is in, by the region's name.

    Args:
        region: As in `eu-central-1`.  A CDK token says nothing about itself, and is taken for commercial, as the
            CDK's own `base_url` does.
    """
    for prefix, partition in _PARTITION_OF_PREFIX.items():
        if region.startswith(prefix):
            return partition
    return "aws"


def cognito_domain(prefix: str, *, region: str, partition: str | None = None) -> str:
    """The host of a user pool's prefix domain: `<prefix>.auth.<region>.amazoncognito.com`.

    Args:
        prefix: The domain prefix.
        region: The user pool's region.
        partition: Its partition.  Default: that of the region (a region that is a token: `aws`).

    Raises:
        SpecError: Where the partition has no user pools, or the form of its prefix domains is not known.
    """
    given = partition or partition_of(region)
    _refuse_without_cognito(given)
    label = _DOMAIN_LABEL.get(given)
    if label is None:
        raise _refusal(
            f"the domain {prefix!r}",
            "partition-domain-unknown",
            "a prefix domain needs a partition whose hosted-domain suffix is known: aws or aws-us-gov",
            given=given,
            fix="use a custom domain there",
        )
    return f"{prefix}.{label}.{region}.amazoncognito.com"


@dataclass(frozen=True, slots=True)
class UserPoolEndpoints:
    """Every address of one user pool, from its host, its id and its region."""

    host: str
    """The domain's host, without a scheme: `cognito_domain(…)`, or a custom domain."""

    user_pool_id: str
    region: str

    @property
    def sp_entity_id(self) -> str:
        """What the IdP knows the user pool by: the assertion's audience."""
        return f"urn:amazon:cognito:sp:{self.user_pool_id}"

    @property
    def acs_url(self) -> str:
        """Where the IdP posts its response: the assertion's recipient."""
        return f"https://{self.host}/saml2/idpresponse"

    @property
    def saml_logout_url(self) -> str:
        """Where the IdP posts its logout response.  It answers POST only."""
        return f"https://{self.host}/saml2/logout"

    @property
    def token_url(self) -> str:
        """Where an application exchanges a code for tokens."""
        return f"https://{self.host}/oauth2/token"

    @property
    def user_info_url(self) -> str:
        """Where an access token is exchanged for the person's attributes."""
        return f"https://{self.host}/oauth2/userInfo"

    @property
    def revoke_url(self) -> str:
        """Where a refresh token is revoked."""
        return f"https://{self.host}/oauth2/revoke"

    @property
    def issuer(self) -> str:
        """The `iss` of the pool's tokens; `SpecError` where AWS lists no Cognito endpoints for the partition."""
        partition = partition_of(self.region)
        _refuse_without_cognito(partition)
        suffix = _API_SUFFIX.get(partition)
        if suffix is None:
            rule = f"the issuer of tokens is known in the partitions {', '.join(_API_SUFFIX)} only"
            raise _refusal(f"user pool {self.user_pool_id!r}", "partition-issuer-unknown", rule, given=partition)
        return f"https://cognito-idp.{self.region}.{suffix}/{self.user_pool_id}"

    @property
    def jwks_url(self) -> str:
        """The keys that the pool signs its tokens with."""
        return f"{self.issuer}/.well-known/jwks.json"

    @property
    def discovery_url(self) -> str:
        """The pool's OpenID Connect discovery document."""
        return f"{self.issuer}/.well-known/openid-configuration"

    def authorize_url(
        self,
        *,
        client_id: str,
        redirect_uri: str,
        scopes: Sequence[str] = (),
        identity_provider: str | None = None,
        idp_identifier: str | None = None,
        response_type: ResponseType = "code",
        state: str | None = None,
        nonce: str | None = None,
        code_challenge: str | None = None,
    ) -> str:
        """Where sign-in starts.

        Args:
            client_id: The app client.
            redirect_uri: One of its callback URLs, to the letter.
            scopes: In this order.  Default: all that the app client may have.
            identity_provider: Provider name to go to at once.  Default: the person chooses on the sign-in page.
            idp_identifier: One of a provider's identifiers, instead of its name.
            response_type: `code`, or `token` for the implicit grant.
            state: Comes back with the code.  Default: none.
            nonce: Comes back in the ID token.  Default: none.
            code_challenge: PKCE's, made by S256, the one method Cognito takes.  Default: no PKCE.

        Raises:
            SpecError: Where a provider is named both ways.
        """
        if identity_provider is not None and idp_identifier is not None:
            rule = "at most one of identity_provider and idp_identifier may be given"
            raise _refusal("the sign-in address", "provider-or-identifier", rule, given="both")
        return self._url(
            "/oauth2/authorize",
            ("response_type", response_type),
            ("identity_provider", identity_provider),
            ("idp_identifier", idp_identifier),
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("scope", " ".join(scopes) or None),
            ("state", state),
            ("nonce", nonce),
            ("code_challenge_method", None if code_challenge is None else "S256"),
            ("code_challenge", code_challenge),
        )

    def bookmark_url(
        self,
        *,
        client_id: str,
        redirect_uri: str,
        scopes: Sequence[str] = (),
        identity_provider: str | None = None,
        idp_identifier: str | None = None,
        response_type: ResponseType = "code",
        state: str | None = None,
    ) -> str:
        """What a tile opens: `authorize_url` with the provider named, so that no sign-in page is shown.

        The application behind it gets a code for a sign-in that it did not start, so it has neither a nonce nor a
        PKCE verifier for it; one that insists on them is opened at its own sign-in address instead.
        Exactly one of *identity_provider* and *idp_identifier* is given.
        """
        if identity_provider is None and idp_identifier is None:
            rule = "exactly one of identity_provider and idp_identifier must be given"
            raise _refusal("the tile's address", "provider-or-identifier", rule, given="none")
        return self.authorize_url(
            client_id=client_id,
            redirect_uri=redirect_uri,
            scopes=scopes,
            identity_provider=identity_provider,
            idp_identifier=idp_identifier,
            response_type=response_type,
            state=state,
        )

    def login_url(
        self,
        *,
        client_id: str,
        redirect_uri: str,
        scopes: Sequence[str] = (),
        response_type: ResponseType = "code",
        state: str | None = None,
    ) -> str:
        """The user pool's own sign-in page, where the person chooses how to sign in."""
        return self._url(
            "/login",
            ("response_type", response_type),
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("scope", " ".join(scopes) or None),
            ("state", state),
        )

    def logout_url(self, *, client_id: str, logout_uri: str | None = None, redirect_uri: str | None = None) -> str:
        """Ends the session at Cognito, then goes on: to a sign-out URL, or to sign in again.

        Exactly one is given: *logout_uri*, one of the app client's sign-out URLs to the letter, or *redirect_uri*, one
        of its callback URLs, where the person comes out signed in again.
        """
        if (logout_uri is None) == (redirect_uri is None):
            given = "none" if logout_uri is None else "both"
            rule = "exactly one of logout_uri and redirect_uri must be given"
            raise _refusal("the sign-out address", "logout-target", rule, given=given)
        return self._url(
            "/logout",
            ("client_id", client_id),
            ("logout_uri", logout_uri),
            ("redirect_uri", redirect_uri),
            ("response_type", None if redirect_uri is None else "code"),
        )

    def idp_initiated_relay_state(
        self, *, identity_provider: str, client_id: str, redirect_uri: str, scopes: Sequence[str] = ()
    ) -> str:
        """The RelayState that tells Cognito where a sign-in leads that the IdP started.

        It is what the directory holds as Default RelayState; the directory encodes it once more when it posts it.
        """
        return _query(
            ("identity_provider", identity_provider),
            ("client_id", client_id),
            ("redirect_uri", redirect_uri),
            ("response_type", "code"),
            ("scope", " ".join(scopes) or None),
        )

    def _url(self, path: str, *parameters: tuple[str, str | None]) -> str:
        return f"https://{self.host}{path}?{_query(*parameters)}"


def _query(*parameters: tuple[str, str | None]) -> str:
    return "&".join(
        f"{name}={_encoded(value, quote_plus if name == 'scope' else quote)}"
        for name, value in parameters
        if value is not None
    )


def _encoded(value: str, encode: Callable[..., str]) -> str:
    """*value* percent-encoded, its tokens as they are."""
    return "".join(part if has_token(part) else encode(part, safe="") for part in _TOKEN.split(value))


def _refuse_without_cognito(partition: str) -> None:
    if partition == "aws-cn":
        rule = "a user pool needs a partition that has Cognito user pools"
        fix = "deploy it in a region outside China"
        raise _refusal("the user pool", "partition-without-cognito", rule, given=partition, fix=fix)


def _refusal(what: str, code: str, rule: str, *, given: str, fix: str | None = None) -> SpecError:
    return SpecError([Problem(code=code, rule=rule, given=given, fix=fix)], what)

"""A user pool with an IdP and app clients on a running local AWS, and a browser's way through it; for tests only."""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt

from sandbox.aws.forged_idp import ForgedIdp, Statement, form_field
from sandbox.aws.xml_parsing import parse_xml

if TYPE_CHECKING:
    from sandbox.aws.process import LocalAws

CALLBACK: Final = "https://app.example.com/callback"
SIGNED_OUT: Final = "https://app.example.com/signed-out"
MAPPING: Final = {
    "email": "mail",
    "preferred_username": "mail",
    "custom:groups": "memberOf",
    "custom:hidden": "mail",
}
CLAIMS: Final = {"mail": ["ada@example.com"], "memberOf": ["Admins", "Domain Users"], "unmapped": ["x"]}


@dataclass(frozen=True, kw_only=True)
class Site:
    """A user pool with its domain, its IdP and its app clients, on a running local AWS."""

    aws: LocalAws
    idp: ForgedIdp
    pool: str
    client: str
    secret: str
    other_client: str
    initiated_client: str

    @property
    def acs_url(self) -> str:
        """Where responses are for, by its name on AWS."""
        return "https://portal-test.auth.us-east-1.amazoncognito.com/saml2/idpresponse"

    def get(self, path: str, **query: str) -> httpx.Response:
        """What a browser on this machine gets, without following redirects."""
        return httpx.get(f"{self.aws.endpoint_url}{path}", params=query, trust_env=False)

    def authorize(self, **changes: str) -> httpx.Response:
        """A sign-in begun by the app; an empty parameter is left out."""
        query = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": CALLBACK,
            "identity_provider": "Forged",
            "state": "s/1 2",
            **changes,
        }
        return self.get("/oauth2/authorize", **{name: value for name, value in query.items() if value})

    def begin(self, **changes: str) -> tuple[str, Statement]:
        """RelayState, and a statement that answers the request rightly."""
        location = urlsplit(self.authorize(**changes).headers["location"])
        query = parse_qs(location.query)
        request = parse_xml(zlib.decompress(base64.b64decode(query["SAMLRequest"][0]), -15))
        statement = Statement(
            audience=f"urn:amazon:cognito:sp:{self.pool}",
            acs_url=self.acs_url,
            request_id=request.get("ID"),
            attributes=CLAIMS,
        )
        return query["RelayState"][0], statement

    def post(self, relay_state: str, statement: Statement, idp: ForgedIdp | None = None) -> httpx.Response:
        """The IdP's form, as the browser posts it."""
        form = {"SAMLResponse": form_field((idp or self.idp).response(statement)), "RelayState": relay_state}
        return httpx.post(f"{self.aws.endpoint_url}/saml2/idpresponse", data=form, trust_env=False)

    def token(self, **changes: str) -> httpx.Response:
        """What the token endpoint says; an empty parameter is left out."""
        form = {"client_id": self.client, "client_secret": self.secret, "redirect_uri": CALLBACK, **changes}
        form = {name: value for name, value in form.items() if value}
        return httpx.post(f"{self.aws.endpoint_url}/oauth2/token", data=form, trust_env=False)

    def code(self, **changes: object) -> str:
        """An authorization code for a sign-in whose statement has *changes*."""
        relay_state, statement = self.begin()
        return landed(self.post(relay_state, replace(statement, **changes)))["code"]  # type: ignore[arg-type]  # fields

    def tokens(self, **changes: object) -> dict[str, Any]:
        """The tokens of a sign-in whose statement has *changes*."""
        answer = self.token(grant_type="authorization_code", code=self.code(**changes))
        assert answer.is_success, answer.text
        return dict(answer.json())

    def claims(self, token: str, audience: str | None = None) -> dict[str, Any]:
        """What a token says, after its signature was checked against the pool's keys."""
        keys = self.get(f"/{self.pool}/.well-known/jwks.json").json()["keys"]
        key_id = jwt.get_unverified_header(token)["kid"]
        key = jwt.PyJWK(next(one for one in keys if one["kid"] == key_id))
        options = {"verify_aud": audience is not None}
        return dict(jwt.decode(token, key, algorithms=["RS256"], audience=audience, options=options))  # type: ignore[arg-type]  # its own type of dict


def landed(response: httpx.Response) -> dict[str, str]:
    """The parameters with which the browser lands at the app."""
    assert response.has_redirect_location, response.text
    location = response.headers["location"]
    assert location.startswith(CALLBACK), location
    parts = urlsplit(location)
    return {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}


def make_site(aws: LocalAws) -> Site:
    """A new pool with its IdP and app clients on *aws*."""
    idp = ForgedIdp()
    cognito = aws.client("cognito-idp")
    schema = [
        {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True},
        *({"Name": name, "AttributeDataType": "String", "Mutable": True} for name in ("groups", "hidden")),
    ]
    pool = cognito.create_user_pool(PoolName="portal", Schema=schema)["UserPool"]["Id"]
    cognito.create_user_pool_domain(UserPoolId=pool, Domain="portal-test")
    for name, more in (
        ("Forged", {}),
        ("Starting", {"IDPInit": "true"}),
        ("Signing", {"RequestSigningAlgorithm": "rsa-sha256"}),
    ):
        cognito.create_identity_provider(
            UserPoolId=pool,
            ProviderName=name,
            ProviderType="SAML",
            ProviderDetails={"MetadataFile": idp.metadata(), **more},
            AttributeMapping=MAPPING,
            IdpIdentifiers=[f"{name.lower()}.example.com"],
        )
    settings: dict[str, Any] = {
        "UserPoolId": pool,
        "CallbackURLs": [CALLBACK],
        "LogoutURLs": [SIGNED_OUT],
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["openid", "email"],
        "AllowedOAuthFlowsUserPoolClient": True,
        "WriteAttributes": ["email", "preferred_username", "custom:groups"],
    }

    def client(**more: Any) -> dict[str, Any]:
        return dict(cognito.create_user_pool_client(**{**settings, **more})["UserPoolClient"])

    main = client(ClientName="main", GenerateSecret=True, SupportedIdentityProviders=["Forged", "Signing"])
    other = client(ClientName="other", SupportedIdentityProviders=["Starting"], AllowedOAuthFlows=["code", "implicit"])
    initiated = client(ClientName="initiated", SupportedIdentityProviders=["Starting", "Forged"])
    return Site(
        aws=aws,
        idp=idp,
        pool=pool,
        client=main["ClientId"],
        secret=main["ClientSecret"],
        other_client=other["ClientId"],
        initiated_client=initiated["ClientId"],
    )

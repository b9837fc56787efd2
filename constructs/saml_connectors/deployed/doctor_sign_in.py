"""Check-up of the way from an app client to the IdP: what Cognito asks the IdP, and whether the application fits that.

One request to the pool's authorize endpoint, whose redirect is read and not followed.  Nobody is signed in.
Where a local AWS stands in for AWS (AWS_ENDPOINT_URL), and nobody resolves the pool's domain, the request goes to it.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections.abc import Sequence
from html import unescape
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from saml_connectors.cloudformation import Resource
from saml_connectors.deployed.checkup import Checkup
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.doctor_directory import Seen
from saml_connectors.metadata.document import read
from saml_connectors.problems import SpecError
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.errors import ProviderError
from saml_connectors.provider.jumpcloud.live import Live
from saml_connectors.provider.jumpcloud.plan import only_acs_url
from saml_connectors.provider.jumpcloud.transport import Request, Response, is_no_such_host

SECONDS = 20.0
LONGEST_REQUEST = 64 * 1024
"""Bytes of a request after it is inflated."""

_REDIRECT = 3
_HTML = {"Accept": "text/html"}
_SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_FIELD = re.compile(r'name="SAMLRequest"[^>]*\bvalue="([^"]+)"|\bvalue="([^"]+)"[^>]*name="SAMLRequest"')
_ACTION = re.compile(r'<form[^>]*\baction="([^"]+)"', re.IGNORECASE)
_ACS_PATH = "/saml2/idpresponse"
_AUTHORIZE = "/oauth2/authorize"
_ENDPOINT = "AWS_ENDPOINT_URL"
_SERVES_NOTHING = frozenset({403, 404, 405, 501})
"""What a local AWS answers that has no hosted domains."""

_SAME = "deploy a change to the application, or put its setting back in the Admin Portal"


class Asked(NamedTuple):
    """What Cognito asks the IdP."""

    address: str
    """Where the request goes."""

    issuer: str
    acs_url: str


class _NotServedError(Exception):
    """A local AWS stands in for AWS, and does not serve the pool's domain, whose name nobody resolves."""


def look(here: Deployment, seen: Sequence[Seen], checkup: Checkup) -> None:
    """Begin a sign-in to each app client that offers an identity provider of the stack."""
    for provider in here.of_type("AWS::Cognito::UserPoolIdentityProvider"):
        name, pool = provider.text("ProviderName"), provider.text("UserPoolId")
        if provider.text("ProviderType") != "SAML" or name is None:
            continue
        fits = [each for each in seen if (each.resource.text(contract.SP_ENTITY_ID) or "").endswith(f":{pool}")]
        for client in here.of_type("AWS::Cognito::UserPoolClient"):
            if client.text("UserPoolId") == pool and name in (client.items("SupportedIdentityProviders") or ()):
                _client(client, name, fits[0] if fits else None, here, checkup)


def _client(client: Resource, provider: str, application: Seen | None, here: Deployment, checkup: Checkup) -> None:
    of = client.logical_id
    callbacks, flows = client.items("CallbackURLs") or [], client.items("AllowedOAuthFlows") or []
    kinds = [each for each in ("code", "implicit") if each in flows]
    if not callbacks or not kinds:
        checkup.skipped("sign-in", of, "nobody signs in to this app client in a browser")
        return
    acs = application.resource.text(contract.ACS_URL) if application is not None else None
    if application is None or acs is None or not acs.endswith(_ACS_PATH):
        checkup.unknown("sign-in", of, "the address of the pool's domain is not known")
        return
    scopes = [str(each) for each in client.items("AllowedOAuthScopes") or ["openid"]]
    query = {
        "response_type": "code" if kinds[0] == "code" else "token",
        "identity_provider": provider,
        "client_id": here.physical_id(client).rpartition("|")[2],
        "redirect_uri": str(callbacks[0]),
        "scope": " ".join(scopes),
        "state": "saml-connectors-doctor",
    }
    base = acs.removesuffix(_ACS_PATH)
    with checkup.step("sign-in", of):
        try:
            asked = _asked(base, f"{_AUTHORIZE}?{urlencode(query, quote_via=quote)}", here)
        except _NotServedError as error:
            checkup.unknown("sign-in", of, str(error), f"run it without {_ENDPOINT} to look at AWS itself")
            return
        except ProviderError as error:
            advice = "check the pool's domain and its DNS record, and that this machine can reach it"
            checkup.wrong("sign-in", of, f"{base} does not answer: {error.cause}", advice)
            return
        if isinstance(asked, str):
            advice = "look at the app client: its identity providers, callback URLs, flows and scopes"
            checkup.wrong("sign-in", of, f"Cognito does not send people to the IdP: {asked}", advice)
            return
        checkup.ok("sign-in", of, f"Cognito sends people to {asked.address}")
        if application.live is None:
            checkup.skipped("request", of, "the application is gone, or cannot be read")
        else:
            _compare(asked, application.live, of, checkup)


def _compare(asked: Asked, live: Live, of: str, checkup: Checkup) -> None:
    """Whether the application takes what Cognito asks."""
    for step, asks, says, what in (
        ("request-destination", asked.address, live.sso_url, "SSO URL"),
        ("request-issuer", asked.issuer, str(live.config_value("spEntityId") or ""), "SP entity ID"),
        ("request-acs", asked.acs_url, only_acs_url(str(live.config_value("acsUrl") or "")), "ACS URL"),
    ):
        wrong = (
            None if asks == says else f"the {what} is {asks} in the request, and {says or 'empty'} in the application"
        )
        checkup.judge(step, of, f"the {what} is {asks} on both sides", wrong, _SAME)


def _exchanged(base: str, target: str, here: Deployment) -> Response:
    """The answer of the pool's domain, or of the local AWS that stands in for it: it serves them by path and client.

    Raises:
        ProviderError: The domain does not answer.
        _NotServedError: There is none, and no local AWS that serves it.
    """
    exchange, local = here.world.transport.exchange, here.world.environment.get(_ENDPOINT, "").rstrip("/")
    try:
        return exchange(Request("GET", f"{base}{target}", _HTML), Deadline(SECONDS))
    except ProviderError as error:
        if not local or not is_no_such_host(error):
            raise
    why = f"{_ENDPOINT} is set: nobody resolves the name of {base}, and the local AWS "
    try:
        answer = exchange(Request("GET", f"{local}{target}", _HTML), Deadline(SECONDS))
    except ProviderError as error:
        raise _NotServedError(f"{why}does not answer for it: {error.cause}") from None
    if answer.status in _SERVES_NOTHING:
        raise _NotServedError(f"{why}does not serve it (it answers with status {answer.status})")
    return answer


def _asked(base: str, target: str, here: Deployment) -> Asked | str:
    """What a redirect to the IdP asks; or why there is none.

    Raises:
        ProviderError: The pool's domain does not answer.
        _NotServedError: A local AWS has no such domain.
    """
    answer = _exchanged(base, target, here)
    if answer.status // 100 == _REDIRECT:
        location = answer.headers.get("location", "")
        query = parse_qs(urlsplit(location).query)
        if "SAMLRequest" in query:
            return _request(location.partition("?")[0], query["SAMLRequest"][0], inflate=True)
        problem = query.get("error_description") or query.get("error")
        return problem[0] if problem else f"it redirects to {location.partition('?')[0]}"
    page = answer.body.decode("utf-8", "replace")
    found, action = _FIELD.search(page), _ACTION.search(page)
    if found is None or action is None:
        return f"it answers with status {answer.status}"
    return _request(unescape(action[1]), unescape(found[1] or found[2]), inflate=False)


def _request(address: str, text: str, *, inflate: bool) -> Asked | str:
    """An AuthnRequest, by the binding HTTP-Redirect or HTTP-POST."""
    try:
        octets = base64.b64decode(text, validate=True)
        if inflate:
            inflating = zlib.decompressobj(-15)
            octets = inflating.decompress(octets, LONGEST_REQUEST)
        root = read(octets).root
    except (binascii.Error, ValueError, zlib.error, SpecError):
        return "what it sends on is no SAML request"
    if root.name != f"{_SAMLP}:AuthnRequest":
        return "what it sends on is no AuthnRequest"
    issuers = root.children(f"{_SAML}:Issuer")
    issuer = issuers[0].text if issuers else ""
    return Asked(address, issuer, root.attribute("AssertionConsumerServiceURL") or "")

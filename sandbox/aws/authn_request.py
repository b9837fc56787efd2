"""The AuthnRequest that Cognito sends by the HTTP-Redirect binding; where it comes back is not decided here."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from lxml import etree

from sandbox.aws.signing_keys import RSA_SHA256, sign
from sandbox.aws.xml_parsing import HTTP_POST, SAML, SAMLP

if TYPE_CHECKING:
    from datetime import datetime

_PREFIXES: Final = {"saml2p": SAMLP.strip("{}"), "saml2": SAML.strip("{}")}


def service_provider(pool_id: str) -> str:
    """The entity ID of a user pool, which is also the audience of assertions for it."""
    return f"urn:amazon:cognito:sp:{pool_id}"


def redirect_to_idp(
    *, request_id: str, pool_id: str, acs_url: str, sso_url: str, relay_state: str, now: datetime, signed: bool
) -> str:
    """The URL that carries the request: deflated, and signed where the provider asks for it."""
    request = etree.Element(
        f"{SAMLP}AuthnRequest",
        attrib={
            "ID": request_id,
            "Version": "2.0",
            "IssueInstant": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Destination": sso_url,
            "AssertionConsumerServiceURL": acs_url,
            "ProtocolBinding": HTTP_POST,
        },
        nsmap=_PREFIXES,
    )
    etree.SubElement(request, f"{SAML}Issuer").text = service_provider(pool_id)
    deflate = zlib.compressobj(wbits=-15)
    body = deflate.compress(etree.tostring(request)) + deflate.flush()
    query = urlencode({"SAMLRequest": base64.b64encode(body).decode(), "RelayState": relay_state})
    if signed:
        query += "&" + urlencode({"SigAlg": RSA_SHA256})
        query += "&" + urlencode({"Signature": sign(pool_id, query)})
    return f"{sso_url}{'&' if '?' in sso_url else '?'}{query}"

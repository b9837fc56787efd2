"""The AuthnRequests that the access portal sends to the external IdP, and the memory of what was asked and used."""

from __future__ import annotations

import base64
import secrets
import threading
import zlib
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from lxml import etree

from sandbox.aws.identity_center.instances import Instance
from sandbox.aws.xml_parsing import HTTP_POST, SAML, SAMLP

LONGEST_SIGN_IN: Final = timedelta(minutes=15)
"""How long somebody may take at the IdP."""

_PREFIXES: Final = {"saml2p": SAMLP.strip("{}"), "saml2": SAML.strip("{}")}


def authn_request(instance: Instance, request_id: str, destination: str, now: datetime) -> bytes:
    """The request: who asks, and where the response shall go."""
    root = etree.Element(
        f"{SAMLP}AuthnRequest",
        attrib={
            "ID": request_id,
            "Version": "2.0",
            "IssueInstant": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Destination": destination,
            "AssertionConsumerServiceURL": instance.acs_url,
            "ProtocolBinding": HTTP_POST,
        },
        nsmap=_PREFIXES,
    )
    etree.SubElement(root, f"{SAML}Issuer").text = instance.sp_entity_id
    return etree.tostring(root)


def redirect_url(request: bytes, destination: str, relay_state: str) -> str:
    """The URL that carries *request* by the HTTP-Redirect binding; Identity Center does not sign it."""
    deflate = zlib.compressobj(wbits=-15)
    body = deflate.compress(request) + deflate.flush()
    query = urlencode({"SAMLRequest": base64.b64encode(body).decode(), "RelayState": relay_state})
    return f"{destination}{'&' if '?' in destination else '?'}{query}"


class SignInRequests:
    """Requests without an answer yet, and assertions that have been used."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pending: dict[tuple[str, str], datetime] = {}
        self._used: dict[tuple[str, str], datetime] = {}

    def begin(self, acs_id: str, now: datetime) -> str:
        """A new request's ID."""
        request_id = f"_{secrets.token_hex(16)}"
        with self._lock:
            self._pending = {one: end for one, end in self._pending.items() if end > now}
            self._pending[acs_id, request_id] = now + LONGEST_SIGN_IN
        return request_id

    def is_pending(self, acs_id: str, request_id: str, now: datetime) -> bool:
        """Whether the request was made, has no answer, and is not too old."""
        with self._lock:
            return self._pending.get((acs_id, request_id), now) > now

    def use(self, acs_id: str, request_id: str | None, assertion_id: str, until: datetime, now: datetime) -> bool:
        """Whether request and assertion are used for the first time; both are used up then."""
        with self._lock:
            self._used = {one: end for one, end in self._used.items() if end > now}
            if (acs_id, assertion_id) in self._used:
                return False
            if request_id is not None and self._pending.pop((acs_id, request_id), now) <= now:
                return False
            self._used[acs_id, assertion_id] = until
        return True

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._pending.clear()
            self._used.clear()

"""One HTTP exchange with the service that holds the pull request: JSON goes out, JSON comes back.

No redirect is followed, because the token would go along; nothing is tried again (`publishing.py`).  Proxies and
certificates are those of the environment.
"""

from __future__ import annotations

import http.client
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from saml_connectors.problems import Problem
from saml_connectors.pull_request.refusals import NotCommented, Refused, Unanswered

SECONDS = 30.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that a token may go to without TLS: a test's, never a service's."""

_LARGEST = 32 * 1024 * 1024
"""A page of 100 comments is at most 26 MiB."""

_LATER = frozenset({408, 429, 500, 502, 503, 504})
_FORBIDDEN = 403
_LONGEST_SAID = 200


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None


class Exchange:
    """Requests to one API.

    Args:
        base: The API's base, without a slash at the end.
        headers: What every request carries, the token among it.
        ca_file: Certificates to trust beside the machine's own.  Default: none.
    """

    def __init__(self, base: str, headers: Mapping[str, str], *, ca_file: str | None = None) -> None:
        parts = urlsplit(base)
        loopback = parts.hostname in LOOPBACK
        if (
            not parts.hostname
            or parts.username
            or not (parts.scheme == "https" or (parts.scheme == "http" and loopback))
        ):
            rule = "must be an https address: a token goes there"
            raise NotCommented(Problem(code="comment-api", rule=rule, given=f"{parts.scheme}://{parts.hostname}"))
        self._base = base.rstrip("/")
        self._host = parts.hostname
        self._headers = {"Content-Type": "application/json", **headers}
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({} if loopback else None),
            urllib.request.HTTPSHandler(context=_trust(ca_file)),
            _NoRedirect(),
        )

    def __call__(self, method: str, path: str, payload: Mapping[str, str] | None = None) -> Any:
        """What the service answers, as data; None where it answers nothing.

        Raises:
            Unanswered: Trying again may help.
            Refused: It will not.
        """
        data = None if payload is None else json.dumps(payload).encode()
        request = urllib.request.Request(f"{self._base}{path}", data, self._headers, method=method)  # noqa: S310 - https, or this machine
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                text = answer.read(_LARGEST + 1)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error) from None
        except urllib.error.URLError as error:
            reason = error.reason
            if isinstance(reason, ssl.SSLCertVerificationError):
                raise NotCommented(self._untrusted(reason)) from None
            raise Unanswered(f"{self._host} could not be reached ({type(reason).__name__})") from None
        except (OSError, http.client.HTTPException) as error:
            raise Unanswered(f"the connection to {self._host} broke ({type(error).__name__})") from None
        if not text:
            return None
        try:
            return json.loads(text)
        except ValueError:
            raise Unanswered(f"{self._host} answered with something else than JSON") from None

    def _untrusted(self, error: ssl.SSLCertVerificationError) -> Problem:
        rule = f"must have a certificate that this machine trusts, but: {error.verify_message}"
        fix = "name your own certificate authority in SSL_CERT_FILE"
        return Problem(code="comment-unreachable", rule=rule, given=self._host, fix=fix)


def _trust(ca_file: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_file:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError):
            rule = "must be a file of certificates that can be read"
            raise NotCommented(Problem(code="comment-unreachable", rule=rule, given=ca_file)) from None
    return context


def _refusal(error: urllib.error.HTTPError) -> Exception:
    """What an answer that is no success means: later, or no."""
    later = error.code in _LATER or (error.code == _FORBIDDEN and _limited(error))
    if later:
        wait = error.headers.get("Retry-After", "")
        return Unanswered(f"the service answered {error.code}", float(wait) if wait.isdecimal() else None)
    return Refused(error.code, _said(error))


def _limited(error: urllib.error.HTTPError) -> bool:
    """GitHub says 403 for a limit of requests too, and shows by a header that it is one."""
    return "Retry-After" in error.headers or error.headers.get("X-RateLimit-Remaining") == "0"


def _said(error: urllib.error.HTTPError) -> str:
    """The service's own words, short, on one line."""
    try:
        data = json.loads(error.read(_LARGEST))
    except (OSError, ValueError, http.client.HTTPException):
        return str(error.reason)
    said = data.get("message") or data.get("error") if isinstance(data, dict) else None
    text = said if isinstance(said, str) else json.dumps(said) if said else str(error.reason)
    return "".join(one if one.isprintable() else " " for one in text)[:_LONGEST_SAID]

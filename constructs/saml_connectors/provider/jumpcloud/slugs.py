"""The last part of an application's SSO IdP URL: derived, so that it proves who made the application, or chosen.

Not here: what a slug that is already taken means (`creation.py`).
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlsplit, urlunsplit

LONGEST = 63
DIGEST_DIGITS = 10
CHOSEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,62}")
"""What an author may choose: it stays one path segment, as it is."""

_UNFIT = re.compile(r"[^a-z0-9]+")


def derived(*, stack_id: str, logical_id: str, api_url: str, org_id: str | None, template: str) -> str:
    """The slug of a resource that names none: readable, and like no other's.

    The readable part is the stack's name, because neither it nor anything in the hash changes with a label.
    """
    proof = "|".join((stack_id, logical_id, api_url, org_id or "", template))
    digest = hashlib.sha256(proof.encode()).hexdigest()[:DIGEST_DIGITS]
    parts = stack_id.split("/")
    name = parts[1] if len(parts) > 1 else logical_id
    readable = _UNFIT.sub("-", name.lower()).strip("-")[: LONGEST - DIGEST_DIGITS - 1].rstrip("-")
    return f"{readable or 'app'}-{digest}"


def of(sso_url: str) -> str:
    """The slug in an SSO IdP URL, or in a bare slug."""
    return sso_url.partition("#")[0].partition("?")[0].rpartition("/")[2]


def placed(slug: str, *, template_url: str, api_url: str) -> str:
    """The SSO IdP URL for *slug*: the template's own with its last part replaced, which holds in every region.

    Args:
        slug: The last part.
        template_url: `ssoUrl` of the template; may be empty or a bare slug.
        api_url: The directory's ApiUrl: of JumpCloud's first region the SSO host is known.

    Returns:
        The URL; or the bare slug where the host is not known, which the directory completes.
    """
    parts = urlsplit(template_url)
    if parts.scheme in {"http", "https"} and parts.netloc:
        folder = parts.path.rpartition("/")[0] or "/saml2"
        return urlunsplit((parts.scheme, parts.netloc, f"{folder}/{slug}", "", ""))
    if urlsplit(api_url).hostname == "console.jumpcloud.com":
        return f"https://sso.jumpcloud.com/saml2/{slug}"
    return slug

"""Whether an application, as read back, is what was asked for, and the facts about it that the stack builds on.

Not here: what is done when it is not (`creation.py`, `lifecycle.py`).
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from . import certificate, contract
from .desired import plain_in_xml
from .errors import ApplicationError
from .key_pair import Trusted
from .live import IDP_CERTIFICATE, IDP_ENTITY_ID, timestamp
from .plan import differences, identity_differences, managed
from .transport import LOOPBACK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .desired import Application
    from .live import Live


def facts(desired: Application, live: Live, doing: str) -> dict[str, str]:
    """The attributes of the resource, for `Fn::GetAtt`, after everything about *live* was checked.

    Raises:
        ApplicationError: With everything that is not as it should be.
    """
    problems = [f"{part} is not the one asked for" for part in identity_differences(desired, live)]
    kept = differences(managed(desired, live), live)
    if kept:
        problems.append(f"the directory did not keep {', '.join(sorted(kept))}")
    found = {contract.APPLICATION_ID: live.id, contract.SSO_URL: live.sso_url}
    if not desired.is_bookmark:
        found, more = saml_facts(live)
        problems += more
    if problems:
        raise ApplicationError(
            doing,
            f"{live}, read back, is not as it should be: {', '.join(problems)}",
            "look at the application in the directory's console; if the setting cannot be kept there, leave it out",
        )
    return found


def saml_facts(live: Live) -> tuple[dict[str, str], list[str]]:
    """What metadata is built from, and what keeps it from being built."""
    problems = _address_problems(live.sso_url)
    found = {contract.APPLICATION_ID: live.id, contract.SSO_URL: live.sso_url}
    entity_id = live.config_value(IDP_ENTITY_ID)
    found[contract.IDP_ENTITY_ID] = entity_id if isinstance(entity_id, str) and entity_id else live.sso_url
    if not plain_in_xml(found[contract.IDP_ENTITY_ID]):
        problems.append("its IdP entity ID holds a character that may not stand in XML as it is")
    try:
        found[contract.CERTIFICATE] = certificate_of(live)
    except ValueError as error:
        problems.append(f"its IdP certificate cannot be used: {error}")
    found[contract.CERTIFICATE_EXPIRES_AT] = _utc(live.certificate_expires_at)
    return found, problems


def certificate_of(live: Live) -> str:
    """The application's IdP certificate: DER in base64, one line.

    Raises:
        ValueError: There is none, or it cannot be read.
    """
    value = live.config_value(IDP_CERTIFICATE)
    if not isinstance(value, str) or not value.strip():
        raise ValueError("there is none")
    return certificate.one_line(value)


def fingerprint_of(live: Live) -> str:
    """The fingerprint of the certificate that an application signs with; empty where it cannot be read."""
    try:
        return Trusted(certificate_of(live)).fingerprint
    except ValueError:
        return ""


def _address_problems(sso_url: str) -> list[str]:
    problems = []
    try:
        parts = urlsplit(sso_url)
        scheme, host = parts.scheme, parts.hostname
    except ValueError:
        scheme, host = "", None
    if not host or not (scheme == "https" or (scheme == "http" and host in LOOPBACK)):
        problems.append(f"its SSO IdP URL {sso_url!r} is no absolute https address")
    if not plain_in_xml(sso_url):
        problems.append("its SSO IdP URL holds a character that may not stand in XML as it is")
    return problems


def _utc(value: str) -> str:
    """A time as ISO 8601 in UTC; empty where the directory told none that can be read."""
    seconds = timestamp(value)
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

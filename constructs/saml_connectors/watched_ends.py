"""What of a connector ends on a day that is known when the stack is synthesized or deployed, and what to do about it.

Not here: what only the directory knows (`watched_resources.py`), and the alarms themselves (`connector_watch.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from saml_connectors import metadata
from saml_connectors.given_metadata import read_given
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Sequence

    from saml_connectors.application import JumpCloudApplication
    from saml_connectors.spec.directory import Directory
    from saml_connectors.spec.metadata_source import MetadataSource

CREDENTIAL: Final = "credential"
"""The directory's credential."""

CERTIFICATE: Final = "certificate-{}"
"""A certificate that the spec names."""

SHOWN_CERTIFICATES: Final = 5
"""Certificates of a metadata document that an alarm's description tells one by one."""


class Ending(NamedTuple):
    """Something that ends, with the alarm for it."""

    alarm_id: str
    what: str
    at: str
    """A day, or a time with its time zone; may be a reference that the deployment resolves."""

    description: str


def credential(name: str, directory: Directory | None) -> list[Ending]:
    """The directory's credential, where the spec says when it ends."""
    if directory is None or directory.credentials_expire is None:
        return []
    day = directory.credentials_expire
    description = (
        f"The directory's credential of connector {name!r} ends on {day}. Then no deployment works, and nothing is "
        "watched; people sign in all the same. Make another one, put it into the secret, set "
        "directory.credentials_expire, and deploy."
    )
    return [Ending("CredentialAlarm", CREDENTIAL, day, description)]


def given(name: str, source: MetadataSource | None, service: metadata.Service) -> list[Ending]:
    """The certificates of a metadata document; those of a URL are not known to anybody but Cognito.

    Raises:
        SpecError: The document cannot be read, or is refused.
    """
    if source is None or source.url is not None:
        return []
    certificates = metadata.parse(read_given(source, name, service)).certificates
    told = [f"{each.sha256[:16]} on {each.not_after:%Y-%m-%d}" for each in certificates[:SHOWN_CERTIFICATES]]
    more = len(certificates) - len(told)
    ends = ", ".join([*told, *([f"and {more} more"] if more > 0 else [])])
    description = (
        f"A certificate in the metadata of connector {name!r} ends soon ({ends}). Take the IdP's new metadata before "
        "it signs with another certificate, and deploy; leave out certificates that it signs with no more."
    )
    return [
        Ending("MetadataAlarm", contract.WHAT_IDP, f"{each.not_after:%Y-%m-%dT%H:%M:%SZ}", description)
        for each in certificates
    ]


def rotated(name: str, applications: Sequence[JumpCloudApplication]) -> list[Ending]:
    """The certificates that the spec names; of applications that share one, it is told once."""
    found: dict[str, Ending] = {}
    for application in applications:
        for each in application.certificates:
            description = (
                f"Certificate {each.name!r} of connector {name!r} ends soon. If it signs, rotate: put another one in "
                "second place of application.certificates, then in first (docs/certificates.md). If it does not sign "
                "any more, leave it out."
            )
            alarm_id, what = f"Certificate-{each.name}-Alarm", CERTIFICATE.format(each.name)
            found[each.expires_at] = Ending(alarm_id, what, each.expires_at, description)
    return list(found.values())

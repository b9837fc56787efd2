"""The addresses of AWS's own sign-in for SAML: ACS URL, entity ID and console, by partition and region.

Not here: Cognito's addresses (`endpoints.py`), and which of these a connector uses (its spec says so).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GLOBAL: Final = "global"
"""Stands for the sign-in endpoint without a region in its name, which AWS runs in us-east-1."""

ROLE_ATTRIBUTES: Final = "https://aws.amazon.com/SAML/Attributes/"
"""What the names of all SAML attributes begin with that AWS reads (IAM user guide, SAML assertions)."""

ROLE: Final = f"{ROLE_ATTRIBUTES}Role"
ROLE_SESSION_NAME: Final = f"{ROLE_ATTRIBUTES}RoleSessionName"
SESSION_DURATION: Final = f"{ROLE_ATTRIBUTES}SessionDuration"
SOURCE_IDENTITY: Final = f"{ROLE_ATTRIBUTES}SourceIdentity"
TRANSITIVE_TAG_KEYS: Final = f"{ROLE_ATTRIBUTES}TransitiveTagKeys"


def principal_tag(key: str) -> str:
    """Name of the SAML attribute that carries the session tag *key*."""
    return f"{ROLE_ATTRIBUTES}PrincipalTag:{key}"


@dataclass(frozen=True, slots=True)
class SignIn:
    """AWS's sign-in in one partition."""

    host: str
    """Host of the global endpoint."""

    sp_entity_id: str
    """Entity ID of AWS as a service provider: the assertion's audience."""

    console_host: str
    """Host of the console; a region's console has the region before it."""

    pages: tuple[str, ...]
    """Domains in which consoles are: those of services too that have one of their own, as Quick has."""

    regional: bool = False
    """Whether endpoints of single regions are documented."""

    def acs_url(self, region: str = GLOBAL) -> str:
        """Where the IdP posts its response: the assertion's recipient, and `SAML:aud` in a trust policy."""
        return f"https://{self.host}/saml" if region == GLOBAL else f"https://{region}.{self.host}/saml"

    def provider_acs_url(self, provider_uuid: str, region: str = GLOBAL) -> str:
        """The same, for one SAML provider alone; encrypted assertions need it."""
        return f"{self.acs_url(region)}/acs/{provider_uuid}"

    def opens_console(self, host: str) -> bool:
        """Whether *host* is one that a sign-in may go on to."""
        return any(host == domain or host.endswith(f".{domain}") for domain in self.pages)


SIGN_IN: Final = {
    "aws": SignIn(
        host="signin.aws.amazon.com",
        sp_entity_id="urn:amazon:webservices",
        console_host="console.aws.amazon.com",
        pages=("aws.amazon.com",),
        regional=True,
    ),
    "aws-us-gov": SignIn(
        host="signin.amazonaws-us-gov.com",
        sp_entity_id="urn:amazon:webservices:govcloud",
        console_host="console.amazonaws-us-gov.com",
        pages=("amazonaws-us-gov.com", "aws.amazon.com"),
    ),
    "aws-cn": SignIn(
        host="signin.amazonaws.cn",
        sp_entity_id="urn:amazon:webservices:cn-north-1",
        console_host="console.amazonaws.cn",
        pages=("amazonaws.cn",),
        regional=True,
    ),
}
"""Sign-in by partition, where host and entity ID are known (IAM user guide and its Chinese edition, SAML relying party;
the entity IDs outside `aws` from configurations that people published)."""

"""IAM Identity Center as a SAML service provider: what its console shows, because no API tells it.

Not here: the instance's ids (`identity_center.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from saml_connectors.problems import Problem, SpecError
from saml_connectors.spec.connector import REGION
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import SpecModel, refuse
from saml_connectors.spec.values import FileBesideSpec, spelled

_HOST = rf"https://{REGION.pattern}\.signin\.(?:aws\.amazon\.com|amazonaws\.cn|amazonaws-us-gov\.com)"
_ENTITY_ID = re.compile(_HOST + r"/platform/saml/[A-Za-z0-9-]{4,64}")
_ACS_URL = re.compile(_HOST + r"/platform/saml/acs/[A-Za-z0-9-]{4,64}")
_REGION = re.compile(rf"https://({REGION.pattern})\.")
_CONSOLE = "from the Identity Center console: Settings, Identity source, Manage authentication"


def _entity_id(value: str) -> str:
    if not _ENTITY_ID.fullmatch(value):
        raise refuse(
            "identity-center-entity-id",
            "must be Identity Center's issuer URL, https://REGION.signin.aws.amazon.com/platform/saml/ID",
            fix=_meant(value, _ENTITY_ID, _ACS_URL, "acs_url"),
        )
    return value


def _acs_url(value: str) -> str:
    if not _ACS_URL.fullmatch(value):
        raise refuse(
            "identity-center-acs-url",
            "must be Identity Center's ACS URL, https://REGION.signin.aws.amazon.com/platform/saml/acs/ID",
            fix=_meant(value, _ACS_URL, _ENTITY_ID, "entity_id"),
        )
    return value


def _meant(value: str, own: re.Pattern[str], other: re.Pattern[str], name: str) -> str:
    """The way out: what was probably meant, or where the right value stands."""
    if other.fullmatch(value):
        return f"this is the value of {name}"
    near = re.sub(r"^http:", "https:", value.strip().rstrip("/"))
    return f"write {near}" if own.fullmatch(near) else f"copy it {_CONSOLE}"


class ServiceProvider(SpecModel):
    """Entity ID and ACS URL of Identity Center: its metadata file, or the two values."""

    metadata_file: FileBesideSpec | None = None
    """Path of the service provider's metadata, as the Identity Center console exports it, relative to the spec's
    file."""

    entity_id: (
        Annotated[
            str,
            AfterValidator(_entity_id),
            spelled(_ENTITY_ID, "https://eu-west-1.signin.aws.amazon.com/platform/saml/d-9067654321"),
        ]
        | None
    ) = None
    """Issuer URL, where there is no file."""

    acs_url: (
        Annotated[
            str,
            AfterValidator(_acs_url),
            spelled(
                _ACS_URL,
                "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/b1f2c3d4-1111-2222-3333-444455556666",
            ),
        ]
        | None
    ) = None
    """ACS URL, where there is no file."""

    def rules(self) -> Iterator[Problem]:
        """A file, or both values."""
        values = [name for name in ("entity_id", "acs_url") if getattr(self, name) is not None]
        if (self.metadata_file is None) == (len(values) < 2):  # noqa: PLR2004 - both values
            given = " and ".join([*(["metadata_file"] if self.metadata_file else []), *values]) or "none"
            rule = "must have either metadata_file, or both entity_id and acs_url"
            yield Problem(code="service-provider-source", rule=rule, given=given)
        elif self.metadata_file is not None and values:
            rule = "must be left out where metadata_file says it"
            yield from (Problem(code="service-provider-source", field=name, rule=rule) for name in values)

    @property
    def region(self) -> str | None:
        """Region in the entity ID; none where a file tells it."""
        found = _REGION.match(self.entity_id or "")
        return found[1] if found else None

    def read(self) -> tuple[str, str]:
        """Entity ID and ACS URL.

        Raises:
            SpecError: the file cannot be read, is not an SP's metadata, or not Identity Center's.
        """
        if self.metadata_file is None:
            assert self.entity_id is not None
            assert self.acs_url is not None  # a service provider has a file, or both
            return self.entity_id, self.acs_url
        # Imported where a document is read, because the command line must start fast.
        from saml_connectors.metadata.document import MAX_BYTES  # noqa: PLC0415
        from saml_connectors.metadata.service_provider import WHAT, parse_sp  # noqa: PLC0415

        try:
            with Path(self.metadata_file).open("rb") as stream:
                document = stream.read(2 * MAX_BYTES + 1)
        except (OSError, ValueError) as error:
            cause = (getattr(error, "strerror", None) or "it cannot").lower()
            rule = f"must be a file that can be read, but {cause}"
            raise SpecError(
                [Problem(code="metadata-unreadable", rule=rule, given=shown(self.metadata_file))], WHAT
            ) from None
        told = parse_sp(document)
        acs_url = next((url for url in told.acs_urls if _ACS_URL.fullmatch(url)), None)
        if not _ENTITY_ID.fullmatch(told.entity_id) or acs_url is None:
            problem = Problem(
                code="metadata-other-service",
                rule="must be the metadata of IAM Identity Center, with entity ID and ACS URL of its own",
                given=shown(told.entity_id),
                fix=f"export it {_CONSOLE}",
            )
            raise SpecError([problem], WHAT)
        return told.entity_id, acs_url

"""Where the metadata of somebody else's SAML IdP comes from: a file, a URL, or the spec itself.

Not here: what metadata must hold (`saml_connectors.metadata`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from saml_connectors.problems import Problem
from saml_connectors.spec.model import SpecModel
from saml_connectors.spec.values import FileBesideSpec, HttpsUrl, Text


class MetadataSource(SpecModel):
    """The SAML metadata of an IdP that the directory's API does not manage; then nothing is registered anywhere."""

    file: FileBesideSpec | None = None
    """Path of the metadata document, relative to the spec's file."""

    url: HttpsUrl | None = None
    """URL of the metadata document, for Cognito only: IAM reads no URL.  Cognito reads it at deployment and again at
    least every six hours, so a new certificate needs no deployment.  It is not read when the app is synthesized."""

    xml: Text | None = None
    """The metadata document itself."""

    def rules(self) -> Iterator[Problem]:
        """Exactly one source."""
        given = [name for name in ("file", "url", "xml") if getattr(self, name) is not None]
        if len(given) != 1:
            rule = "must have exactly one of file, url and xml"
            yield Problem(code="metadata-source", rule=rule, given=" and ".join(given) or "none")

    @classmethod
    def from_file(cls, path: str | Path) -> MetadataSource:
        """Metadata in a file."""
        return cls(file=str(path))

    @classmethod
    def from_url(cls, url: str) -> MetadataSource:
        """Metadata that Cognito reads from a URL."""
        return cls(url=url)

    @classmethod
    def from_xml(cls, xml: str) -> MetadataSource:
        """Metadata as text."""
        return cls(xml=xml)

    def __repr_args__(self) -> Any:
        """File and URL as they are; of the document, only its length."""
        for name in ("file", "url"):
            if getattr(self, name) is not None:
                yield name, getattr(self, name)
        if self.xml is not None:
            yield "xml", f"{len(self.xml)} characters"

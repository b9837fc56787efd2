"""The metadata of SAML IdPs in a template, each judged once for the service that it is given to.

What a template puts together of pieces that only the deployment knows, such as an application's certificate, is judged
as far as it is known.  Not here: which problem is which rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from saml_connectors import metadata
from saml_connectors.checks.known_values import parts
from saml_connectors.checks.user_pools import PROVIDER, is_saml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from saml_connectors.cloudformation import Resource, Template
    from saml_connectors.cloudformation.intrinsics import Part
    from saml_connectors.problems import Problem

SAML_PROVIDER = "AWS::IAM::SAMLProvider"
EXPIRING_WITHIN = timedelta(days=30)

_GAP = "\ue000"
"""Stands where a piece is not known; a character that no document has."""

_GAP_SHOWN = ("\ue000", "\\ue000")
_UNKNOWN_CERTIFICATE = re.compile(rf"<(?P<tag>(?:[\w.-]+:)?X509Certificate)\s*>[^<{_GAP}]*{_GAP}[^<]*</(?P=tag)\s*>")
_ATTRIBUTE = re.compile(r'"[^"<]*"|\'[^\'<]*\'')
_OF_A_WHOLE = frozenset({"metadata-not-xml", "metadata-too-short"})
"""Problems that are certain only where every piece is known."""

_OF_ALL_CERTIFICATES = frozenset(
    {
        "metadata-no-certificate",
        "metadata-certificate-expired",
        "metadata-certificate-not-yet-valid",
        "metadata-certificate-expiring",
    }
)
"""Problems that are certain only where every certificate is known."""


@dataclass(frozen=True, eq=False)
class Given:
    """One metadata document of a template, or what stands in its place."""

    resource: Resource
    path: tuple[str, ...]
    """Below the resource's properties."""

    service: metadata.Service
    parts: tuple[Part, ...]

    @property
    def place(self) -> str:
        """The path, as findings tell it."""
        return ".".join(("Properties", *self.path))

    @property
    def text(self) -> str | None:
        """The document, where all of it is known."""
        return str(self.parts[0]) if len(self.parts) == 1 and isinstance(self.parts[0], str) else None


class Documents:
    """The metadata documents of a template.

    Args:
        template: The template.
    """

    def __init__(self, template: Template) -> None:
        self.given = tuple(_given(template))
        self._judged: dict[datetime, list[tuple[Given, list[Problem]]]] = {}

    def judged(self, now: datetime) -> list[tuple[Given, list[Problem]]]:
        """Each document with its problems at a time."""
        if now not in self._judged:
            self._judged[now] = [(each, _problems(each, now)) for each in self.given]
        return self._judged[now]


def _given(template: Template) -> Iterator[Given]:
    for provider in template.of_type(PROVIDER):
        path = ("ProviderDetails", "MetadataFile")
        if is_saml(provider) and (found := parts(provider.get(*path))):
            yield Given(provider, path, "cognito", found)
    for provider in template.of_type(SAML_PROVIDER):
        path_at_iam = ("SamlMetadataDocument",)
        if found := parts(provider.get(*path_at_iam)):
            yield Given(provider, path_at_iam, "iam", found)


def _problems(given: Given, now: datetime) -> list[Problem]:
    if given.text is not None:
        return metadata.check(given.text, now=now, service=given.service, expiring_within=EXPIRING_WITHIN)
    text = _with_gaps(given.parts)
    text, unknown_certificates = _UNKNOWN_CERTIFICATE.subn("", text)
    found = metadata.check(text, now=now, service=given.service, expiring_within=EXPIRING_WITHIN)
    if _GAP in _ATTRIBUTE.sub("", text):  # what is not known may be elements, any of them
        return [problem for problem in found if problem.code == "metadata-doctype"]
    uncertain = _OF_A_WHOLE | (_OF_ALL_CERTIFICATES if unknown_certificates else frozenset())
    return [
        problem
        for problem in found
        if problem.code not in uncertain and not any(gap in (problem.given or "") for gap in _GAP_SHOWN)
    ]


def _with_gaps(pieces: Sequence[Part]) -> str:
    return "".join(piece if isinstance(piece, str) else _GAP for piece in pieces)

"""What is worth saying of a spec that is right in itself: of the metadata document that it names, and warnings.

Not here: what makes a spec wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from saml_connectors.problems import Problem, SpecError
from saml_connectors.spec.app_client import AppClient
from saml_connectors.spec.cognito import CognitoUserPoolSpec
from saml_connectors.spec.connector import ConnectorSpec
from saml_connectors.spec.directory import Tile
from saml_connectors.spec.findings import Located, shown
from saml_connectors.spec.iam import IamSpec
from saml_connectors.spec.iam_advice import advise
from saml_connectors.spec.identity_center import IdentityCenterSpec
from saml_connectors.spec.identity_center_rules import considered
from saml_connectors.spec.metadata_source import MetadataSource
from saml_connectors.spec.person_property import misspelt_sources
from saml_connectors.spec.service_provider import ServiceProvider

if TYPE_CHECKING:
    from saml_connectors.metadata import Service


def consider(spec: ConnectorSpec, now: datetime | None) -> Iterator[Located]:
    """What is worth saying of *spec*; certificates are judged by the time *now*."""
    if getattr(spec, "metadata", None) is None:  # with somebody else's, their IdP names the attributes
        yield from misspelt_sources(spec)
    if isinstance(spec, CognitoUserPoolSpec):
        if spec.metadata is not None:
            yield from _metadata(spec.metadata, now, "cognito")
        for index, client in enumerate(spec.app_clients):
            yield from _client(index, client)
    if isinstance(spec, IamSpec):
        if spec.metadata is not None:
            yield from _metadata(spec.metadata, now, "iam")
        yield from advise(spec)
        return  # who sees its tile follows from groups
    if isinstance(spec, IdentityCenterSpec):
        yield from _service_provider(spec.service_provider)
        yield from considered(spec)
    application = getattr(spec, "application", None)
    if isinstance(application, Tile) and not application.groups:
        problem = Problem(
            code="groups-none",
            level="warning",
            field="application.groups",
            rule="names no group, so nobody sees the application",
            fix="name the groups whose members may use it",
        )
        yield ("application", "groups"), problem


def _client(index: int, client: AppClient) -> Iterator[Located]:
    if "implicit" in client.flows:
        problem = Problem(
            code="flow-implicit",
            level="warning",
            field=f"app_clients[{index}].flows",
            rule="shows tokens to the browser's history and to every script of the page",
            fix="use code with PKCE",
        )
        yield ("app_clients", index, "flows"), problem


def _service_provider(source: ServiceProvider) -> Iterator[Located]:
    """What is wrong with the metadata file that the service provider's values are read from."""
    if source.metadata_file is None:
        return
    try:
        source.read()
    except SpecError as error:
        for problem in error.problems:
            yield ("service_provider", "metadata_file"), problem.at(field="service_provider.metadata_file")


def _metadata(source: MetadataSource, now: datetime | None, service: Service) -> Iterator[Located]:
    if source.url is not None:
        return  # read by Cognito at deployment, not here
    # Imported where a document is read, because the command line must start fast.
    from saml_connectors import metadata  # noqa: PLC0415

    place = "xml" if source.file is None else "file"
    try:
        document = source.xml or "" if source.file is None else _beginning(source.file)
    except (OSError, ValueError) as error:
        cause = (getattr(error, "strerror", None) or "it cannot").lower()
        rule = f"must be a file that can be read, but {cause}"
        problem = Problem(code="metadata-unreadable", field="metadata.file", rule=rule, given=shown(source.file))
        yield ("metadata", "file"), problem
        return
    for problem in metadata.check(document, now=now, service=service):
        yield ("metadata", place), problem.at(field=f"metadata.{place}")


def _beginning(file: str) -> bytes:
    """The file, or more of it than is read as metadata."""
    from saml_connectors.metadata.document import MAX_BYTES  # noqa: PLC0415 - likewise

    with Path(file).open("rb") as stream:
        return stream.read(2 * MAX_BYTES + 1)

"""The metadata document that a spec names: read and checked when the app is synthesized.

Not here: the rules for it (`metadata/`).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from saml_connectors import metadata
from saml_connectors.problems import Problem, SpecError, raise_if_any

if TYPE_CHECKING:
    from saml_connectors.spec.metadata_source import MetadataSource


def read_given(source: MetadataSource, connector: str, service: metadata.Service) -> str:
    """The document in the file or the text of *source*.

    Validity dates are left to `saml-connectors validate`: the same input always gives the same template.

    Raises:
        SpecError: it cannot be read, or is refused.
    """
    what = f"the metadata of '{connector}'"
    document = source.xml or "" if source.file is None else _read(source.file, what)
    raise_if_any(metadata.check(document, now=None, service=service), what)
    return document


def _read(file: str, what: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        cause = (getattr(error, "strerror", None) or "it is not UTF-8").lower()
        rule = f"must be a file that can be read, but {cause}"
        problem = Problem(code="metadata-unreadable", field="metadata.file", rule=rule, given=f'"{file}"')
        raise SpecError([problem], what) from None

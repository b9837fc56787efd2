"""Templates to review: the examples as they were last looked at, changed as a test wants, and reviews of them.

A pytest plugin: a test file names it in `pytest_plugins`.  Not here: claims.  Without Node: the examples' templates are
those that `tests/test_snapshots.py` holds.
"""

from __future__ import annotations

import copy
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from saml_connectors.cloudformation import Assembly, Template
from saml_connectors.review import Review, markdown, review
from saml_connectors.review.values import shown

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SNAPSHOTS = Path(__file__).parent / "__snapshots__" / "test_snapshots"
PREFIX = "saml-connector-"

Data = dict[str, dict[str, Any]]
"""Templates by the name of their stack."""


@cache
def _examples() -> dict[str, str]:
    names = ("portal", "portal-bookmark", "console", "workforce", "workforce-access")
    return {
        f"{PREFIX}{name}": (SNAPSHOTS / f"test_example_template_is_as_reviewed[{name}][{name}].json").read_text("utf-8")
        for name in names
    }


def assembly_of(data: Mapping[str, Mapping[str, Any]], **more: str) -> Assembly:
    """Templates as if they had been read from a cloud assembly."""
    return Assembly(
        tuple(
            Template(
                each,
                name=name,
                file=f"cdk.out/{name}.template.json",
                text=json.dumps(each, indent=1),
                stack_name=name,
                **more,  # type: ignore[arg-type]  # region and account are texts
            )
            for name, each in sorted(data.items())
        )
    )


@pytest.fixture
def examples() -> Callable[..., Data]:
    """The templates of the examples, or of those named: a copy that a test may change."""

    def load(*names: str) -> Data:
        return {
            name: json.loads(text)
            for name, text in _examples().items()
            if not names or name.removeprefix(PREFIX) in names
        }

    return load


@pytest.fixture
def reviewed() -> Callable[..., Review]:
    """Reviews templates, against others where they are given."""

    def make(new: Data, base: Data | None = None, *, now: datetime = NOW, **more: str) -> Review:
        before = None if base is None else assembly_of(base, **more)
        return review(assembly_of(new, **more), before, now=now)

    return make


@pytest.fixture
def changed(examples: Callable[..., Data], reviewed: Callable[..., Review]) -> Callable[..., Review]:
    """Reviews an example against itself after a change: *change* gets the resources of its first template."""

    def make(name: str, change: Callable[[dict[str, Any]], object], *, back: bool = False) -> Review:
        base = examples(name)
        new = copy.deepcopy(base)
        change(next(iter(new.values()))["Resources"])
        return reviewed(base, new) if back else reviewed(new, base)

    return make


@pytest.fixture
def sentences() -> Callable[[Review], list[str]]:
    """What a review tells of changes, with their risk: names stand in single quotes."""

    def tell(found: Review) -> list[str]:
        return [
            f"{change.risk.told}: {change.phrase.written(lambda name: repr(shown(name)), None)}"
            for _, change in found.gravest
        ]

    return tell


@pytest.fixture
def page() -> Callable[[Review], str]:
    """A review as Markdown."""
    return markdown


@pytest.fixture
def of_type() -> Callable[[Mapping[str, Any], str], dict[str, Any]]:
    """The properties of the first resource of a type."""

    def find(resources: Mapping[str, Any], kind: str) -> dict[str, Any]:
        return next(each["Properties"] for each in resources.values() if each["Type"] == kind)

    return find


@pytest.fixture
def make_certificate() -> Callable[..., str]:
    """A certificate that is made for the test: DER in base64."""

    def make(common_name: str = "idp.example.com", days: int = 400) -> str:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])
        built = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(days=10))
            .not_valid_after(NOW + timedelta(days=days))
            .sign(key, hashes.SHA256())
        )
        return b64encode(built.public_bytes(serialization.Encoding.DER)).decode()

    return make

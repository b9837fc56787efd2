"""The example templates of the rules (`docs/rules/`), with documents and certificates made for the moment of the test.

A pytest plugin: a test file names it in `pytest_plugins`, and asks for `rule_example`, `rule_time`, `make_metadata`,
`example_template` or `user_pool_template`.  Not here: claims.  No network, no clock: examples are judged at `NOW`.

In an example, a text that is exactly `@metadata(<kind>)@` or `@certificate(<kind>)@` stands for what is made here.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from saml_connectors.cloudformation import Assembly, Template
from saml_connectors.cloudformation.document import load, parse
from saml_connectors.metadata import assemble

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[1] / "docs" / "rules"
TEMPLATES = Path(__file__).parent / "templates"
URL = "https://idp.example.com/saml2"
PLACEHOLDER = re.compile(r"@(metadata|certificate)\(([a-z0-9-]+)\)@")
SHA256_WITH_RSA, SHA1_WITH_RSA = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010105")

Outcome = Literal["fails", "passes"]

LIVES = {
    "valid": (-100, 1000),
    "other": (-50, 2000),
    "expired": (-1000, -3),
    "soon": (-1000, 10),
    "not-yet": (5, 1000),
    "weak": (-100, 1000),
    "sha1": (-100, 1000),
    "small": (-100, 1000),
    "long": (-100, 1000),
}
"""Kinds of certificates: the days from `NOW` at which each begins and ends."""


@cache
def _key(bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, bits)


@cache
def _small_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@cache
def certificate(kind: str) -> str:
    """A self-signed certificate of one of the kinds in `LIVES`: DER in base64, one line."""
    begins, ends = LIVES[kind]
    key = _small_key() if kind == "small" else _key(1024 if kind == "weak" else 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "idp.example.com")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1 + list(LIVES).index(kind)).not_valid_before(NOW + timedelta(days=begins))
    if kind == "long":
        names = [x509.DNSName(f"sign-in-{number}.people-and-partners.acme.example") for number in range(100)]
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    made = builder.not_valid_after(NOW + timedelta(days=ends)).sign(key, hashes.SHA256())
    der = made.public_bytes(serialization.Encoding.DER)
    if kind == "sha1":  # cryptography no longer signs with it, so the algorithm's name is changed in what it signed
        der = der.replace(SHA256_WITH_RSA, SHA1_WITH_RSA)
    return b64encode(der).decode()


def _idp(*kinds: str, url: str = URL) -> str:
    return assemble(entity_id=url, sso_url=url, certificates=[certificate(kind) for kind in kinds])


def _without(text: str, start: str, end: str) -> str:
    """*text* less what stands from *start* to *end*."""
    first = text.index(start)
    return text[:first] + text[text.index(end, first) + len(end) :]


def _sp_only() -> str:
    acs = "https://acme.auth.eu-central-1.amazoncognito.com/saml2/idpresponse"
    return (
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" '
        'entityID="urn:amazon:cognito:sp:eu-central-1_AbCdEfGhI">\n'
        '<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">\n'
        '<md:AssertionConsumerService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
        f'Location="{acs}" index="0" isDefault="true"/>\n'
        "</md:SPSSODescriptor>\n</md:EntityDescriptor>\n"
    )


def _bomb() -> str:
    lines = ['<!ENTITY e0 "ha">', *(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))]
    return f"<!DOCTYPE md:EntityDescriptor [{''.join(lines)}]>\n" + _body().replace("idp.example.com/saml2", "&e11;", 1)


def _body() -> str:
    """A good document without its XML declaration."""
    return _idp("valid").split("\n", 1)[1]


def _ended() -> str:
    return _idp("valid").replace(" entityID=", f' validUntil="{NOW - timedelta(days=2):%Y-%m-%dT%H:%M:%SZ}" entityID=')


DOCUMENTS: dict[str, Callable[[], str]] = {
    "valid": lambda: _idp("valid"),
    "two": lambda: _idp("soon", "valid"),
    "one-of-two-expired": lambda: _idp("expired", "valid"),
    "expired": lambda: _idp("expired"),
    "soon": lambda: _idp("soon"),
    "not-yet": lambda: _idp("not-yet"),
    "weak": lambda: _idp("weak"),
    "sha1": lambda: _idp("sha1"),
    "ended": _ended,
    "sp-only": _sp_only,
    "no-certificate": lambda: _without(_idp("valid"), "<md:KeyDescriptor", "</md:KeyDescriptor>"),
    "bad-certificate": lambda: _idp("valid").replace(certificate("valid"), "bm90IGEgY2VydGlmaWNhdGU=" * 40),
    "no-redirect": lambda: _without(
        _idp("valid"), '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"', "/>"
    ),
    "no-sign-on": lambda: _without(_idp("valid"), "<md:SingleSignOnService", "\n</md:IDPSSODescriptor>").replace(
        "\n</md:EntityDescriptor>", "\n</md:IDPSSODescriptor>\n</md:EntityDescriptor>"
    ),
    "no-entity-id": lambda: _idp("valid").replace(f'entityID="{URL}"', 'entityID=""'),
    "several": lambda: (
        f'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">{_body()}</md:EntitiesDescriptor>'
    ),
    "doctype": lambda: f"<!DOCTYPE md:EntityDescriptor>\n{_body()}",
    "bomb": _bomb,
    "external": lambda: (
        '<!DOCTYPE md:EntityDescriptor [<!ENTITY secret SYSTEM "file:///etc/passwd">]>\n'
        + _body().replace(URL, "&secret;", 1)
    ),
    "huge": lambda: _idp("valid") + " " * (10 << 20),
    "too-long": lambda: _idp("valid") + "\n" * 131_072,
    "not-xml": lambda: "Please download the metadata from the admin console first.\n" * 20,
    "short": lambda: _without(
        _idp("small"), '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"', "/>"
    ).replace('<?xml version="1.0" encoding="UTF-8"?>\n', ""),
    "http": lambda: _idp("valid", url="http://idp.example.com/saml2"),
    "other-issuer": lambda: _idp("other", url="https://login.elsewhere.example/saml2"),
    "http-logout": lambda: _idp("valid").replace(
        "</md:KeyDescriptor>\n",
        '</md:KeyDescriptor>\n<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" '
        'Location="http://idp.example.com/saml2/logout"/>\n',
    ),
    "long-certificate": lambda: _idp("long"),
    "latin-1": lambda: _idp("valid").replace('encoding="UTF-8"', 'encoding="ISO-8859-1"'),
}
"""Kinds of metadata documents, and what makes each."""


@cache
def metadata(kind: str) -> str:
    """A metadata document of one of the kinds in `DOCUMENTS`."""
    return DOCUMENTS[kind]()


def _filled(value: Any) -> Any:
    """*value* with documents and certificates in the place of what stands for them."""
    if isinstance(value, dict):
        return {key: _filled(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each) for each in value]
    match = PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    return (metadata if match[1] == "metadata" else certificate)(match[2])


def _example(code: str, outcome: Outcome) -> Assembly:
    path = EXAMPLES / f"{code}.{outcome}.yaml"
    data, text = load(path, path.name)
    return Assembly((Template(_filled(data), name=path.name, file=path.name, text=text),))


@pytest.fixture(scope="session")
def rule_example() -> Callable[[str, Outcome], Assembly]:
    """Reads the example of a rule by its code."""
    return _example


@pytest.fixture(scope="session")
def rule_time() -> datetime:
    """The time that examples are judged at."""
    return NOW


@pytest.fixture(scope="session")
def make_metadata() -> Callable[[str], str]:
    """Makes a metadata document of a kind."""
    return metadata


@pytest.fixture(scope="session")
def example_template() -> Callable[..., Assembly]:
    """Makes an assembly of YAML written in a test, with the same placeholders; further arguments are a template's."""

    def make(*texts: str, **more: Any) -> Assembly:
        templates = [
            Template(_filled(parse(text)), **({"name": f"stack-{index}", "file": f"{index}.yaml", "text": text} | more))
            for index, text in enumerate(texts)
        ]
        return Assembly(tuple(templates))

    return make


def _changed(changes: Mapping[str, str], **more_of_it: Any) -> Assembly:
    data, _ = load(TEMPLATES / "user_pool.yaml", "user_pool.yaml")
    more, _ = load(TEMPLATES / "more_resources.yaml", "more_resources.yaml")
    for path, text in changes.items():
        *way, last = path.split(".")
        place = data
        for step in way:
            place = place.setdefault(step, {})
        if text == "(gone)":
            place.pop(last)
        else:
            place[last] = more["Resources"][last] if text == "(added)" else parse(f"value: {text}")["value"]
    return Assembly((Template(data, name="portal", file="user_pool.yaml", **more_of_it),))


@pytest.fixture(scope="session")
def user_pool_template() -> Callable[..., Assembly]:
    """Makes a template of a user pool with changes: values in YAML by their paths, or `(gone)` and `(added)`.

    Further arguments are the template's.
    """
    return _changed

"""Claims about the rules of metadata beside their examples: pieces that nobody knows yet, and hostile documents."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from saml_connectors.checks import Finding, judge
from saml_connectors.cloudformation import Assembly, Template

pytest_plugins = ["tests.rule_examples_fixtures"]

CERTIFICATE = re.compile(r"(?<=<ds:X509Certificate>)[^<]+")
REF = {"Fn::GetAtt": ["Application", "Certificate"]}
Find = Callable[[Any], dict[str, list[Finding]]]


@pytest.fixture
def find(rule_time: datetime) -> Find:
    """Judges a document at Cognito and at IAM."""

    def run(document: Any) -> dict[str, list[Finding]]:
        details = {"MetadataFile": document}
        idp = {"UserPoolId": "eu-central-1_AbCdEfGhI", "ProviderName": "JumpCloud", "ProviderType": "SAML"}
        resources = {
            "Application": {"Type": "Custom::Application"},
            "Cognito": {
                "Type": "AWS::Cognito::UserPoolIdentityProvider",
                "Properties": idp | {"ProviderDetails": details},
            },
            "Iam": {"Type": "AWS::IAM::SAMLProvider", "Properties": {"SamlMetadataDocument": document}},
        }
        assembly = Assembly((Template({"Resources": resources}, name="idp", file="idp.json"),))
        found: dict[str, list[Finding]] = {"Cognito": [], "Iam": []}
        for finding in judge(assembly, now=rule_time):
            found[finding.resource].append(finding)
        return found

    return run


def codes(found: dict[str, list[Finding]]) -> tuple[list[str], list[str]]:
    """Codes at Cognito and at IAM, as often as they are told."""
    cognito, iam = ([finding.code for finding in found[name]] for name in ("Cognito", "Iam"))
    return cognito, iam


def in_pieces(text: str, *unknown: str) -> dict[str, Any]:
    """*text* as a template puts it together, with a reference in the place of each of *unknown*."""
    pieces: list[Any] = [text]
    for each in unknown:
        pieces = [
            part
            for piece in pieces
            for part in (split_by(piece, each) if isinstance(piece, str) else [piece])
            if part != ""
        ]
    return {"Fn::Join": ["", pieces]}


def split_by(text: str, unknown: str) -> list[Any]:
    """The pieces of *text* around each *unknown*."""
    found: list[Any] = []
    for piece in text.split(unknown):
        found += [REF, piece]
    assert len(found) > 2, f"{unknown[:40]} is not there"
    return found[1:]


def certificate_in(text: str, index: int = 0) -> str:
    """The certificate at a place of a document."""
    return str(CERTIFICATE.findall(text)[index])


def test_document_of_unknown_pieces_is_no_finding(find: Find, make_metadata: Callable[[str], str]) -> None:
    """What our own template assembles of the application's attributes is right as far as it is known."""
    text = make_metadata("valid")
    assert codes(find(in_pieces(text, certificate_in(text), "https://idp.example.com/saml2"))) == ([], [])


@pytest.mark.parametrize(
    "document",
    [{"Ref": "Document"}, "{{resolve:ssm:/idp/metadata}}", REF, {"Fn::Join": ["", [REF, "<not", REF]]}, {"Ref": "X"}],
    ids=["parameter", "dynamic reference", "attribute", "fragments", "nothing"],
)
def test_unknown_document_is_no_finding(document: Any, find: Find) -> None:
    """A document that only the deployment knows is not judged."""
    assert codes(find(document)) == ([], [])


@pytest.mark.parametrize("kind", ["expired", "soon", "not-yet"])
def test_lapsed_certificate_beside_an_unknown_one_is_no_finding(
    kind: str, find: Find, make_metadata: Callable[[str], str]
) -> None:
    """The unknown certificate may be the one that holds."""
    text, other = make_metadata(kind), make_metadata("valid")
    both = text.replace("<md:KeyDescriptor", f"{key(other)}\n<md:KeyDescriptor", 1)
    assert codes(find(in_pieces(both, certificate_in(other)))) == ([], [])


def key(text: str) -> str:
    """The first KeyDescriptor of a document."""
    match = re.search(r"<md:KeyDescriptor.*?</md:KeyDescriptor>", text, re.DOTALL)
    assert match is not None
    return match[0]


def test_weak_key_beside_an_unknown_certificate_is_found(find: Find, make_metadata: Callable[[str], str]) -> None:
    """A key that is trusted is weak whatever else is trusted."""
    text = make_metadata("weak").replace("<md:KeyDescriptor", f"{key(make_metadata('valid'))}\n<md:KeyDescriptor", 1)
    found = codes(find(in_pieces(text, certificate_in(make_metadata("valid")))))
    assert found == (["metadata-key-weak"], ["metadata-key-weak"])


@pytest.mark.parametrize(
    ("kind", "cognito", "iam"),
    [
        ("doctype", ["metadata-doctype"], ["metadata-doctype"]),
        ("no-redirect", ["metadata-no-redirect"], []),
        ("http-logout", ["metadata-http-logout-url"], ["metadata-http-logout-url"]),
        ("latin-1", [], ["metadata-encoding"]),
        ("too-long", ["metadata-too-large"], []),
        ("no-sign-on", ["metadata-no-sign-on-service"], ["metadata-no-sign-on-service"]),
    ],
)
def test_what_is_known_beside_an_unknown_certificate_is_judged(
    kind: str, cognito: list[str], iam: list[str], find: Find, make_metadata: Callable[[str], str]
) -> None:
    """One piece that is not known does not hide what is wrong with the others."""
    text = make_metadata(kind)
    assert codes(find(in_pieces(text, certificate_in(text)))) == (cognito, iam)


@pytest.mark.parametrize(
    ("kind", "unknown"),
    [
        ("no-redirect", "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"),
        ("http", "http://idp.example.com"),
    ],
)
def test_problem_of_an_unknown_address_is_not_told(
    kind: str, unknown: str, find: Find, make_metadata: Callable[[str], str]
) -> None:
    """What would be wrong with the piece that is not known is not said."""
    assert codes(find(in_pieces(make_metadata(kind), unknown))) == ([], [])


@pytest.mark.parametrize("kind", ["no-certificate", "no-sign-on", "no-redirect", "short", "expired"])
def test_unknown_elements_may_be_what_is_missing(kind: str, find: Find, make_metadata: Callable[[str], str]) -> None:
    """Where a whole element may come from the deployment, nothing is missing."""
    text = make_metadata(kind).replace("</md:IDPSSODescriptor>", "(elements)</md:IDPSSODescriptor>")
    assert codes(find(in_pieces(text, "(elements)"))) == ([], [])


def test_doctype_beside_unknown_elements_is_found(find: Find, make_metadata: Callable[[str], str]) -> None:
    """A DOCTYPE stands before everything else, and is there whatever follows."""
    text = make_metadata("doctype").replace("</md:IDPSSODescriptor>", "(elements)</md:IDPSSODescriptor>")
    assert codes(find(in_pieces(text, "(elements)"))) == (["metadata-doctype"], ["metadata-doctype"])


def test_document_that_is_too_short_in_pieces_is_no_finding(find: Find, make_metadata: Callable[[str], str]) -> None:
    """Nobody knows how long the rest is."""
    text = make_metadata("short")
    assert codes(find(in_pieces(text, "https://idp.example.com/saml2"))) == ([], [])


@pytest.mark.parametrize("kind", ["bomb", "external", "huge"])
def test_hostile_document_is_a_finding_at_once(kind: str, find: Find, make_metadata: Callable[[str], str]) -> None:
    """Entities are not expanded, files are not opened, and ten megabytes are not read."""
    document = make_metadata(kind)
    begin = time.perf_counter()
    found = codes(find(document))
    took = time.perf_counter() - begin
    expected = ["metadata-too-large"] if kind == "huge" else ["metadata-doctype"]
    assert found == (expected, expected)
    assert took < 2


def test_ten_megabytes_with_unknown_pieces_are_a_finding_at_once(
    find: Find, make_metadata: Callable[[str], str]
) -> None:
    """A piece that is not known does not open a slower way."""
    text = make_metadata("huge")
    begin = time.perf_counter()
    found = codes(find(in_pieces(text, certificate_in(text))))
    assert time.perf_counter() - begin < 2
    assert found == (["metadata-too-large"], ["metadata-too-large"])


@pytest.mark.parametrize(
    ("kind", "cognito", "iam"),
    [
        ("two", [], []),
        ("one-of-two-expired", ["metadata-certificate-old"], ["metadata-certificate-old"]),
        ("ended", ["metadata-expired"], ["metadata-expired-iam"]),
        ("expired", ["metadata-expired"], ["metadata-expired-iam"]),
        ("not-yet", ["metadata-not-yet-valid"], ["metadata-not-yet-valid-iam"]),
        ("no-redirect", ["metadata-no-redirect"], []),
        ("http", ["metadata-http-url"], ["metadata-http-url"]),
        ("short", [], ["metadata-too-short"]),
        ("bad-certificate", ["metadata-certificate-unreadable"], ["metadata-certificate-unreadable"]),
    ],
)
def test_each_service_has_its_own_judgement(
    kind: str, cognito: list[str], iam: list[str], find: Find, make_metadata: Callable[[str], str]
) -> None:
    """Cognito refuses what IAM ignores, and the other way round; a problem is told once, however often it is there."""
    assert codes(find(make_metadata(kind))) == (cognito, iam)


def test_byte_order_mark_is_found_for_iam(find: Find, make_metadata: Callable[[str], str]) -> None:
    """IAM does not read past it; Cognito does."""
    assert codes(find("\ufeff" + make_metadata("valid"))) == ([], ["metadata-encoding"])


@pytest.mark.parametrize("kind", ["expired", "weak", "soon", "sha1", "bad-certificate"])
def test_certificate_is_never_shown(kind: str, find: Find, make_metadata: Callable[[str], str]) -> None:
    """Findings tell dates and fingerprints, not bodies."""
    text = make_metadata(kind)
    found = find(text)
    told = " ".join(str(finding.to_json()) for name in found for finding in found[name])
    assert told
    assert certificate_in(text)[:40] not in told


def test_finding_names_resource_place_value_and_way_out(find: Find, make_metadata: Callable[[str], str]) -> None:
    """A reader knows where to look, what is there, and what to do."""
    (finding,) = find(make_metadata("expired"))["Cognito"]
    assert finding.path == "Properties.ProviderDetails.MetadataFile"
    assert "2026-11-19" in finding.message
    assert finding.fix.startswith("renew it")


@pytest.mark.parametrize("document", [17, [], {"a": "b"}, None, True], ids=str)
def test_document_of_another_type_does_not_stop_the_check(document: Any, find: Find) -> None:
    """Whatever stands there, the other resources are judged."""
    assert isinstance(find(document), dict)

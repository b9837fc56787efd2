"""Claims about the check of metadata: every finding, its level for each service, and no finding where all is well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from saml_connectors.metadata import Service, assemble, check, parse
from saml_connectors.problems import Problem, SpecError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ENTITY_ID = "https://sso.example.com/saml2/portal"
DAY = timedelta(days=1)
SHA256_WITH_RSA = bytes.fromhex("2a864886f70d01010b")
SHA1_WITH_RSA = bytes.fromhex("2a864886f70d010105")
TOKEN = "${Token[TOKEN.12]}"

MakeCertificate = Callable[..., str]


def with_certificates(*certificates: str) -> str:
    """A good document with these certificates."""
    return assemble(entity_id=ENTITY_ID, sso_url=ENTITY_ID, certificates=certificates)


def codes(problems: list[Problem]) -> dict[str, str]:
    """Each code, with its level."""
    return {problem.code: problem.level for problem in problems}


def found(xml: str | bytes, service: Service = "cognito") -> dict[str, str]:
    """What the check finds, at the time of these tests."""
    return codes(check(xml, now=NOW, service=service))


# --- what the check finds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["cognito", "iam"])
def test_a_good_document_has_no_findings(good: str, service: Service) -> None:
    """A check that always finds something is not read."""
    assert check(good, now=NOW, service=service) == []


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("", "metadata-not-xml"),
        ("   \n", "metadata-not-xml"),
        ("<a><b></a>", "metadata-not-xml"),
        ("<md:EntityDescriptor/>", "metadata-not-xml"),
        ("\ud800", "metadata-not-xml"),
        (b"\xff", "metadata-not-xml"),
        (b"\xff\xfe<", "metadata-not-xml"),
        ('{"message": "Unauthorized"}', "metadata-not-xml"),
        ("<!DOCTYPE html><html></html>", "metadata-doctype"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "metadata-doctype"),
        ('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "metadata-doctype"),
        ("<html/>", "metadata-not-saml"),
        ("<EntityDescriptor entityID='a'/>", "metadata-not-saml"),
        ("<a>" * 100 + "</a>" * 100, "metadata-too-large"),
        ("<a>" + "<b/>" * 50_000 + "</a>", "metadata-too-large"),
        ("<a>" + " " * (1 << 20) + "</a>", "metadata-too-large"),
        (b"<a>" + b" " * (10 << 20) + b"</a>", "metadata-too-large"),
        ("<a:a xmlns:a='" + "x" * 5_000 + "'/>", "metadata-too-large"),
    ],
)
def test_what_is_no_metadata_document_is_one_finding(xml: str | bytes, expected: str) -> None:
    """The first thing that is wrong is said, not a dozen that follow from it."""
    assert found(xml) == {expected: "error"}
    with pytest.raises(SpecError, match=expected):
        parse(xml)


def test_a_web_page_saved_as_metadata_is_told_as_one() -> None:
    """The commonest mistake: the address of the metadata asked for a sign-in first."""
    (problem,) = check("<!doctype html><title>Sign in</title>", now=NOW, service="cognito")
    assert "web page" in problem.message


def mutated(good: str, old: str, new: str) -> str:
    """The document with one thing changed, which must be there."""
    assert old in good
    return good.replace(old, new)


@pytest.mark.parametrize(
    ("old", "new", "cognito", "iam"),
    [
        (
            f'entityID="{ENTITY_ID}"',
            'entityID=" "',
            {"metadata-no-entity-id": "error"},
            {"metadata-no-entity-id": "error"},
        ),
        ("IDPSSODescriptor", "SPSSODescriptor", {"metadata-is-sp": "error"}, {"metadata-is-sp": "error"}),
        ("IDPSSODescriptor", "PDPDescriptor", {"metadata-not-saml": "error"}, {"metadata-not-saml": "error"}),
        (
            "md:EntityDescriptor",
            "md:EntitiesDescriptor",
            {"metadata-several-entities": "error"},
            {"metadata-several-entities": "error"},
        ),
        ("SAML:2.0:protocol", "SAML:1.1:protocol", {"metadata-not-saml": "error"}, {"metadata-not-saml": "error"}),
        ("X509Certificate>", "X509SKI>", {"metadata-no-certificate": "error"}, {"metadata-no-certificate": "error"}),
        (
            "X509Certificate>MII",
            "X509Certificate>?II",
            {"metadata-certificate-unreadable": "error"},
            {"metadata-certificate-unreadable": "error"},
        ),
        (
            "X509Certificate>MII",
            "X509Certificate>-----BEGIN CERTIFICATE-----MII",
            {"metadata-certificate-unreadable": "error"},
            {"metadata-certificate-unreadable": "error"},
        ),
        ("HTTP-Redirect", "HTTP-Artifact", {"metadata-no-redirect-binding": "error"}, {}),
        (
            "SingleSignOnService",
            "ArtifactResolutionService",
            {"metadata-no-sign-on-service": "error"},
            {"metadata-no-sign-on-service": "error"},
        ),
        ('Location="https:', 'Location="http:', {"metadata-http-url": "error"}, {"metadata-http-url": "error"}),
        ('Location="https://', 'Location="', {"metadata-http-url": "error"}, {"metadata-http-url": "error"}),
        (
            'Location="https://sso.example.com',
            'Location="https://[',
            {"metadata-http-url": "error"},
            {"metadata-http-url": "error"},
        ),
        ('Location="https://sso.example.com', 'Location="http://127.0.0.1:8300', {}, {}),
        ('Location="https://sso.example.com', 'Location="http://[::1]:8300', {}, {}),
        (
            "entityID=",
            'validUntil="2026-11-21T11:59:59Z" entityID=',
            {"metadata-valid-until-passed": "error"},
            {"metadata-valid-until-passed": "warning"},
        ),
        (
            "<md:IDPSSODescriptor",
            '<md:IDPSSODescriptor validUntil="2026-11-21T11:59:59"',
            {"metadata-valid-until-passed": "error"},
            {"metadata-valid-until-passed": "warning"},
        ),
        ("entityID=", 'validUntil="2026-11-21T12:00:01Z" entityID=', {}, {}),
        (
            "entityID=",
            'validUntil="tomorrow" entityID=',
            {"metadata-valid-until-unreadable": "warning"},
            {"metadata-valid-until-unreadable": "warning"},
        ),
        ("<?xml", "\ufeff<?xml", {}, {"metadata-bom": "error"}),
        ("UTF-8", "UTF-16", {"metadata-encoding": "warning"}, {"metadata-encoding": "error"}),
        (
            "</md:EntityDescriptor>",
            "<!--" + " " * 131_072 + "--></md:EntityDescriptor>",
            {"metadata-too-long": "error"},
            {},
        ),
    ],
)
def test_each_fault_is_found_for_the_service_that_it_hurts(
    good: str, old: str, new: str, cognito: dict[str, str], iam: dict[str, str]
) -> None:
    """One fault, one code, at the level that the service gives it."""
    document = mutated(good, old, new)
    assert found(document, "cognito") == cognito
    assert found(document, "iam") == iam


def test_a_document_too_short_for_iam_is_found(certificate: Callable[..., str]) -> None:
    """CloudFormation refuses it at deploy; the check before."""
    short = with_certificates(certificate())
    assert len(short) > 1000
    shorter = (
        "".join(short.splitlines()[1:])
        .replace(ENTITY_ID, "https://a.b")
        .replace('WantAuthnRequestsSigned="false" ', "")
    )
    shorter = shorter[: shorter.index("<ds:X509Certificate>") + 20] + shorter[shorter.index("</ds:X509Certificate>") :]
    assert "metadata-too-short" in found(shorter, "iam")
    assert "metadata-too-short" not in found(shorter, "cognito")


@pytest.mark.parametrize(
    ("lives", "cognito", "iam"),
    [
        ([(-9, -1)], {"metadata-certificate-expired": "error"}, {"metadata-certificate-expired": "warning"}),
        (
            [(1, 900)],
            {"metadata-certificate-not-yet-valid": "error"},
            {"metadata-certificate-not-yet-valid": "warning"},
        ),
        ([(-9, 59)], {"metadata-certificate-expiring": "warning"}, {"metadata-certificate-expiring": "warning"}),
        ([(-9, 60)], {}, {}),
        (
            [(-9, -1), (-5, 900)],
            {"metadata-certificate-expired": "warning"},
            {"metadata-certificate-expired": "warning"},
        ),
        ([(-9, 5), (-5, 900)], {}, {}),
        (
            [(-9, 5), (4, 900)],
            {"metadata-certificate-not-yet-valid": "warning"},
            {"metadata-certificate-not-yet-valid": "warning"},
        ),
        (
            [(-9, 5), (6, 900)],
            {"metadata-certificate-not-yet-valid": "warning", "metadata-certificate-expiring": "warning"},
            {"metadata-certificate-not-yet-valid": "warning", "metadata-certificate-expiring": "warning"},
        ),
        ([(-9, -2), (-9, -1)], {"metadata-certificate-expired": "error"}, {"metadata-certificate-expired": "warning"}),
    ],
)
def test_certificates_are_judged_together_by_the_time_that_is_given(
    lives: list[tuple[int, int]], cognito: dict[str, str], iam: dict[str, str], certificate: Callable[..., str]
) -> None:
    """An old certificate beside a good one is a rotation under way, not a fault."""
    document = with_certificates(*(certificate(begins=begin * DAY, ends=end * DAY) for begin, end in lives))
    assert found(document, "cognito") == cognito
    assert found(document, "iam") == iam


def test_how_soon_is_soon_is_the_callers_choice(certificate: Callable[..., str]) -> None:
    """A nightly job wants a longer warning than a pull request."""
    document = with_certificates(certificate(ends=90 * DAY))
    assert found(document) == {}
    late = check(document, now=NOW, service="cognito", expiring_within=timedelta(days=91))
    assert codes(late) == {"metadata-certificate-expiring": "warning"}
    assert "90 days: until 2027-02-19" in late[0].message


@pytest.mark.parametrize(
    ("kind", "claims_sha1", "expected"),
    [
        ("rsa-1024", False, {"metadata-certificate-weak": "error"}),
        ("p-192", False, {"metadata-certificate-weak": "error"}),
        ("dsa-2048", False, {"metadata-certificate-weak": "error"}),
        ("rsa-2048", True, {"metadata-certificate-weak": "warning"}),
        ("ed25519", False, {}),
    ],
)
def test_a_weak_key_is_an_error_and_a_weak_signature_a_warning(
    kind: str, claims_sha1: bool, expected: dict[str, str], certificate: Callable[..., str]
) -> None:
    """Who breaks the key signs in as anybody; nobody verifies the signature on a certificate trusted as it is."""
    assert found(with_certificates(certificate(kind, claims_sha1=claims_sha1))) == expected


def test_a_certificate_too_long_for_cognito_is_found_for_cognito_alone(certificate: Callable[..., str]) -> None:
    """Cognito bounds a certificate, IAM does not."""
    document = with_certificates(certificate(host_names=200))
    assert found(document, "cognito") == {"metadata-certificate-too-long": "error"}
    assert found(document, "iam") == {}


def test_all_faults_are_told_at_once(
    good: str,
    certificate: Callable[..., str],
) -> None:
    """Nobody wants to export metadata once per fault."""
    document = with_certificates(certificate(begins=-9 * DAY, ends=-DAY), "AAAA")
    document = (
        document.replace("HTTP-Redirect", "SOAP").replace("https:", "http:").replace(f'entityID="{ENTITY_ID}"', "")
    )
    assert set(found(document)) == {
        "metadata-no-redirect-binding",
        "metadata-http-url",
        "metadata-certificate-expired",
        "metadata-certificate-unreadable",
    } | ({"metadata-no-entity-id"} if "entityID" not in document else set())


def test_a_finding_says_where_it_is(certificate: Callable[..., str]) -> None:
    """With several certificates a person must know which."""
    problems = check(with_certificates(certificate(), "AAAA"), now=NOW, service="cognito")
    assert [(problem.code, problem.field) for problem in problems] == [
        ("metadata-certificate-unreadable", "certificates[1]")
    ]


def test_a_time_without_a_zone_is_the_callers_mistake(good: str) -> None:
    """It would be compared with certificates' times in UTC."""
    with pytest.raises(ValueError, match="time zone"):
        check(good, now=NOW.replace(tzinfo=None), service="cognito")

"""Whether an AWS service takes a metadata document, and for how long sign-in by it will work.

Not here: the clock (the time is an argument), and what only a sign-in shows: that the IdP has the certificate's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import urlsplit

from saml_connectors.metadata.document import Document, read
from saml_connectors.metadata.entity import HTTP_REDIRECT, IdpMetadata, Location, describe
from saml_connectors.problems import Level, Problem, SpecError

if TYPE_CHECKING:
    from saml_connectors.metadata.certificate import Certificate

Service = Literal["cognito", "iam"]

_COGNITO_MAX_LENGTH: Final = 131_072
_COGNITO_MAX_CERTIFICATE: Final = 4_096
_IAM_MIN_LENGTH: Final = 1_000

_MIN_KEY_SIZE: Final = {"RSA": 2048, "EC": 256, "DSA": 1 << 30}
"""The least size in bits of a key that is not weak, by its kind; no DSA key is long enough."""

_WEAK_HASHES: Final = ("md5", "sha1")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def check(
    xml: str | bytes, *, now: datetime | None, service: Service, expiring_within: timedelta = timedelta(days=60)
) -> list[Problem]:
    """Everything that is wrong with *xml* for *service*, or will be soon; nothing where all is well.

    It raises for nothing that *xml* may hold.

    Args:
        xml: The document.
        now: The time to judge by, with its time zone.  None: dates are not judged, so that the answer never changes.
        service: `cognito` for a user pool, `iam` for an IAM SAML provider.  IAM ignores the end of a certificate and
            of a document: what stops sign-in at Cognito is a warning there.
        expiring_within: How long before its end a certificate is warned of.
    """
    if now is not None and now.tzinfo is None:
        raise ValueError("cannot judge metadata by a time without a time zone")
    try:
        document = read(xml)
    except SpecError as error:
        return list(error.problems)
    metadata, problems = describe(document)
    if metadata is None:
        return problems
    lapse: Level = "error" if service == "cognito" else "warning"
    return [
        *problems,
        *_form(document, service),
        *_locations(metadata, service),
        *(_life(metadata, now, expiring_within, lapse) if now is not None else ()),
        *(
            problem.at(field=f"certificates[{index}]")
            for index, certificate in enumerate(metadata.certificates)
            for problem in _strength(certificate, service)
        ),
    ]


def _form(document: Document, service: Service) -> list[Problem]:
    found: list[Problem] = []
    length = len(document.text)
    if service == "iam" and document.byte_order_mark:
        rule = "must not begin with a byte order mark: IAM does not read past it"
        found.append(Problem(code="metadata-bom", rule=rule, fix="save it as UTF-8 without one"))
    if document.other_encoding is not None:
        found.append(
            Problem(
                code="metadata-encoding",
                rule="must be UTF-8, and declare no other encoding, because AWS is sent UTF-8",
                given=document.other_encoding,
                fix="save it as UTF-8",
                level="error" if service == "iam" else "warning",
            )
        )
    if service == "iam" and length < _IAM_MIN_LENGTH:
        rule = f"must be at least {_IAM_MIN_LENGTH} characters long for IAM"
        found.append(Problem(code="metadata-too-short", rule=rule, given=f"{length}"))
    if service == "cognito" and length > _COGNITO_MAX_LENGTH:
        rule = f"must be at most {_COGNITO_MAX_LENGTH} characters long for Cognito"
        fix = "give its URL instead, or leave out what is not the IdP's"
        found.append(Problem(code="metadata-too-long", rule=rule, given=f"{length}", fix=fix))
    return found


def _locations(metadata: IdpMetadata, service: Service) -> list[Problem]:
    found: list[Problem] = []
    if not metadata.single_sign_on_services:
        rule = "must hold a SingleSignOnService: the address where people sign in"
        found.append(Problem(code="metadata-no-sign-on-service", rule=rule))
    elif service == "cognito" and metadata.sso_url(HTTP_REDIRECT) is None:
        found.append(
            Problem(
                code="metadata-no-redirect-binding",
                rule="must hold a SingleSignOnService with the binding HTTP-Redirect, the one that Cognito uses",
                given=", ".join(one.binding.rsplit(":", 1)[-1] for one in metadata.single_sign_on_services)[:200],
                fix="tick Declare Redirect Endpoint in the directory's application and export the metadata again",
            )
        )
    services: tuple[tuple[str, tuple[Location, ...], Level], ...] = (
        ("single_sign_on_services", metadata.single_sign_on_services, "error"),
        ("single_logout_services", metadata.single_logout_services, "warning"),
    )
    for field, locations, level in services:
        for index, location in enumerate(locations):
            if not _is_secure(location.url):
                rule = "must be an absolute https address (http only to this machine)"
                given = repr(location.url[:200])
                where = f"{field}[{index}]"
                found.append(Problem(code="metadata-http-url", rule=rule, given=given, level=level, field=where))
    return found


def _is_secure(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


@dataclass(frozen=True, slots=True)
class _Lapse:
    """How a certificate that does not hold now is told."""

    code: str
    rule: str
    given: str
    fix: str


def _life(metadata: IdpMetadata, now: datetime, expiring_within: timedelta, lapse: Level) -> list[Problem]:
    found: list[Problem] = []
    if metadata.valid_until is not None and metadata.valid_until <= now:
        rule = "must not be past its validUntil"
        given = f"{metadata.valid_until:%Y-%m-%d}"
        fix = "export the metadata again"
        found.append(Problem(code="metadata-valid-until-passed", rule=rule, given=given, fix=fix, level=lapse))
    valid = [one for one in metadata.certificates if one.not_before <= now < one.not_after]
    for index, certificate in enumerate(metadata.certificates):
        what = _lapse(certificate, now)
        if what is not None:
            found.append(
                Problem(
                    code=what.code,
                    rule=what.rule,
                    given=what.given,
                    fix=None if valid else what.fix,
                    level="warning" if valid else lapse,
                    field=f"certificates[{index}]",
                )
            )
    if valid:
        end = _end_of_cover(valid, metadata.certificates)
        if end - now < expiring_within:
            rule = f"the signing certificates must be good for {expiring_within.days} days more"
            days = max((end - now).days, 0)
            given = f"{days} days: until {end:%Y-%m-%d}"
            fix = "renew the certificate in the directory, and update the metadata before the old one ends"
            found.append(
                Problem(code="metadata-certificate-expiring", rule=rule, given=given, fix=fix, level="warning")
            )
    return found


def _lapse(certificate: Certificate, now: datetime) -> _Lapse | None:
    if certificate.not_after <= now:
        return _Lapse(
            "metadata-certificate-expired",
            "the signing certificate must not have expired",
            f"one that ended on {certificate.not_after:%Y-%m-%d} (sha256 {certificate.sha256[:16]}…)",
            "renew it in the directory and export the metadata again",
        )
    if certificate.not_before > now:
        return _Lapse(
            "metadata-certificate-not-yet-valid",
            "the signing certificate must be valid already",
            f"one that begins on {certificate.not_before:%Y-%m-%d} (sha256 {certificate.sha256[:16]}…)",
            "keep the certificate before it in the metadata until then",
        )
    return None


def _end_of_cover(valid: list[Certificate], certificates: tuple[Certificate, ...]) -> datetime:
    """Until when one certificate or another holds without a gap, one that follows in time included."""
    end = max(one.not_after for one in valid)
    for following in sorted(certificates, key=lambda one: one.not_before):
        if following.not_before <= end:
            end = max(end, following.not_after)
    return end


def _strength(certificate: Certificate, service: Service) -> list[Problem]:
    found: list[Problem] = []
    fix = "make a new certificate with RSA of 2048 bits or more, and SHA-256"
    least = _MIN_KEY_SIZE.get(certificate.key_type)
    if least is not None and certificate.key_size < least:
        rule = "the signing key must be RSA of 2048 bits or more, or EC of 256 or more"
        given = f"{certificate.key_type} of {certificate.key_size} bits"
        found.append(Problem(code="metadata-certificate-weak", rule=rule, given=given, fix=fix))
    if certificate.signature_hash in _WEAK_HASHES:
        # A warning: nobody verifies the signature on a certificate that is trusted as it stands.
        rule = "the certificate should be signed with SHA-256 or better"
        given = certificate.signature_hash
        found.append(Problem(code="metadata-certificate-weak", rule=rule, given=given, fix=fix, level="warning"))
    if service == "cognito" and len(certificate.text) > _COGNITO_MAX_CERTIFICATE:
        rule = f"a certificate must be at most {_COGNITO_MAX_CERTIFICATE} characters of base64 for Cognito"
        given = f"{len(certificate.text)}"
        found.append(Problem(code="metadata-certificate-too-long", rule=rule, given=given, fix=fix))
    return found

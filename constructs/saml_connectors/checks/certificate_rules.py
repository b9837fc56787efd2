"""Rules over the certificates in metadata documents: that an IdP signs with one that holds now, and for long enough.

Not here: the documents around them (`metadata_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.metadata_rules import COGNITO_GUIDE, IAM_GUIDE, SAML_METADATA, problems_of
from saml_connectors.checks.rule import Rule

if TYPE_CHECKING:
    from saml_connectors.problems import Problem

_EXPIRED = ("metadata-certificate-expired", "metadata-valid-until-passed")
_RENEW = "renew the certificate in the directory, and export the metadata again"
_KEY_SIZES = "NIST SP 800-131A, Transitioning the use of cryptographic algorithms and key lengths"


def _alone(problem: Problem) -> bool:
    """Whether no other certificate of the document holds: only then is there something to be done at once."""
    return problem.fix is not None


RULES: tuple[Rule, ...] = (
    Rule(
        code="metadata-no-certificate",
        level="error",
        what="The metadata holds the certificate that the IdP signs with.",
        why="Nobody could tell the IdP's assertions from anybody else's, so AWS refuses the document.",
        fix="activate the application's certificate in the directory, and export the metadata again",
        source=SAML_METADATA,
        find=problems_of("metadata-no-certificate"),
    ),
    Rule(
        code="metadata-certificate-unreadable",
        level="error",
        what="Each signing certificate is X.509: DER in base64, without header and footer.",
        why="AWS cannot read it, and refuses the document.",
        fix="give the document as the IdP exports it",
        source=SAML_METADATA,
        find=problems_of("metadata-certificate-unreadable"),
    ),
    Rule(
        code="metadata-certificate-too-long",
        level="error",
        what="A certificate is at most 4,096 characters of base64 at Cognito.",
        why="Cognito refuses longer ones.",
        fix="let the IdP make a certificate without large extensions, with RSA of 2048 bits",
        source=COGNITO_GUIDE,
        find=problems_of("metadata-certificate-too-long", services=("cognito",)),
    ),
    Rule(
        code="metadata-expired",
        level="error",
        what="Metadata for Cognito, and its signing certificate, have not expired.",
        why="Cognito refuses them at the deployment, and nobody signs in.",
        fix=_RENEW,
        source=COGNITO_GUIDE,
        find=problems_of(*_EXPIRED, services=("cognito",), only=_alone),
    ),
    Rule(
        code="metadata-expired-iam",
        level="warning",
        what="Metadata for IAM, and its signing certificate, have not expired.",
        why="IAM ignores that they have; the IdP may not, and then signs with another certificate that IAM does not "
        "know.",
        fix=_RENEW,
        source=IAM_GUIDE,
        find=problems_of(*_EXPIRED, services=("iam",), only=_alone),
    ),
    Rule(
        code="metadata-certificate-old",
        level="note",
        what="Metadata keeps no expired certificate beside one that holds.",
        why="The change of certificates is over; what remains would still be trusted where dates are ignored.",
        fix="export the metadata again once the directory signs with the new certificate only",
        source=IAM_GUIDE,
        find=problems_of("metadata-certificate-expired", only=lambda problem: not _alone(problem)),
    ),
    Rule(
        code="metadata-expiring",
        level="warning",
        what="The signing certificates hold for 30 days more, or the one that follows is there already.",
        why="On that day sign-in ends, for everybody at once.",
        fix="renew the certificate in the directory, and give the document with both before the old one ends",
        source=COGNITO_GUIDE,
        find=problems_of("metadata-certificate-expiring"),
    ),
    Rule(
        code="metadata-not-yet-valid",
        level="error",
        what="A signing certificate in metadata for Cognito is valid already.",
        why="Cognito verifies no assertion by it before that day.",
        fix="keep the certificate before it in the metadata until then",
        source=COGNITO_GUIDE,
        find=problems_of("metadata-certificate-not-yet-valid", services=("cognito",), only=_alone),
    ),
    Rule(
        code="metadata-not-yet-valid-iam",
        level="warning",
        what="A signing certificate in metadata for IAM is valid already.",
        why="IAM ignores the date; an IdP that does not use the certificate yet signs with another one, which IAM does "
        "not know.",
        fix="keep the certificate before it in the metadata until then",
        source=IAM_GUIDE,
        find=problems_of("metadata-certificate-not-yet-valid", services=("iam",), only=_alone),
    ),
    Rule(
        code="metadata-key-weak",
        level="error",
        what="The IdP signs with RSA of 2048 bits or more, or EC of 256 or more.",
        why="Whoever finds a short key out signs in as anybody.",
        fix="make a new certificate with RSA of 2048 bits or more, and SHA-256",
        source=_KEY_SIZES,
        find=problems_of("metadata-certificate-weak", only=lambda problem: problem.level == "error"),
    ),
    Rule(
        code="metadata-certificate-sha1",
        level="warning",
        what="The certificate is signed with SHA-256 or better.",
        why="SHA-1 and MD5 are broken. AWS trusts the certificate as it stands, and so does not refuse it, but an IdP "
        "that makes such certificates is likely to sign assertions so too.",
        fix="make a new certificate with SHA-256",
        source=_KEY_SIZES,
        find=problems_of("metadata-certificate-weak", only=lambda problem: problem.level != "error"),
    ),
)

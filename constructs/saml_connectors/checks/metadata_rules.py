"""Rules over the metadata documents that a template gives to Cognito and IAM: whether the service takes them.

Not here: certificates' lives and strength (`certificate_rules.py`), addresses of documents (`metadata_url_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.checks.metadata_documents import Documents
from saml_connectors.checks.rule import Hit, Rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.cloudformation import Template
    from saml_connectors.metadata import Service
    from saml_connectors.problems import Problem

COGNITO_GUIDE = "Amazon Cognito developer guide, SAML identity providers: things to know"
IAM_GUIDE = "IAM user guide, Create a SAML identity provider in IAM"
SAML_METADATA = "OASIS, Metadata for SAML 2.0 (saml-metadata-2.0-os)"
BOTH: tuple[Service, ...] = ("cognito", "iam")

_EXPORT_AGAIN = "export the metadata of the IdP's application again, and give that document"


def problems_of(
    *codes: str, services: tuple[Service, ...] = BOTH, only: Callable[[Problem], bool] | None = None
) -> Callable[[Template, Context], Iterable[Hit]]:
    """Finds documents with problems of these codes.

    Args:
        codes: Codes of problems of metadata.
        services: The services at which they count.
        only: Which of them count.  Default: all.
    """

    def find(template: Template, context: Context) -> Iterator[Hit]:
        for given, problems in template.keep(Documents).judged(context.now):
            if given.service not in services:
                continue
            told: dict[str, Problem] = {}
            for problem in problems:
                if problem.code in codes and (only is None or only(problem)):
                    told.setdefault(_sentence(problem), problem)
            for sentence, problem in told.items():
                yield Hit(resource=given.resource, path=given.place, message=sentence, fix=problem.fix)

    return find


def _sentence(problem: Problem) -> str:
    rule = f"the metadata {problem.rule}" if problem.rule.startswith("must") else problem.rule
    return rule if problem.given is None else f"{rule}, got {problem.given}"


RULES: tuple[Rule, ...] = (
    Rule(
        code="metadata-not-xml",
        level="error",
        what="The metadata is well-formed XML.",
        why="Cognito and IAM cannot read anything else, and the deployment fails; an address or the name of a file is "
        "not followed where the document itself is asked for.",
        fix=_EXPORT_AGAIN,
        source=SAML_METADATA,
        find=problems_of("metadata-not-xml"),
    ),
    Rule(
        code="metadata-doctype",
        level="error",
        what="The metadata has no DOCTYPE.",
        why="Documents with one are refused, because entities that it declares can be used to read files or to exhaust "
        "memory.",
        fix="remove the DOCTYPE: metadata needs none",
        source=SAML_METADATA,
        find=problems_of("metadata-doctype"),
    ),
    Rule(
        code="metadata-is-sp",
        level="error",
        what="The metadata is that of the IdP, not that of a service provider.",
        why="A service provider's document tells neither where people sign in nor who signs assertions, so the "
        "deployment fails.",
        fix="export the metadata of the directory's application, not that of AWS",
        source=SAML_METADATA,
        find=problems_of("metadata-is-sp"),
    ),
    Rule(
        code="metadata-not-saml",
        level="error",
        what="The metadata is one EntityDescriptor of a SAML 2.0 IdP, with its entity ID.",
        why="AWS reads exactly one IdP from it; anything else is refused at the deployment.",
        fix=_EXPORT_AGAIN,
        source=SAML_METADATA,
        find=problems_of("metadata-not-saml", "metadata-several-entities", "metadata-no-entity-id"),
    ),
    Rule(
        code="metadata-no-sign-on-service",
        level="error",
        what="The metadata holds a SingleSignOnService.",
        why="It is the address where people sign in; without one nobody is sent there.",
        fix=_EXPORT_AGAIN,
        source=SAML_METADATA,
        find=problems_of("metadata-no-sign-on-service"),
    ),
    Rule(
        code="metadata-no-redirect",
        level="error",
        what="Metadata for Cognito holds a SingleSignOnService with the binding HTTP-Redirect.",
        why="Cognito sends authentication requests by HTTP-Redirect, and finds no address for them.",
        fix="tick Declare Redirect Endpoint in the directory's application, and export the metadata again",
        source=COGNITO_GUIDE,
        find=problems_of("metadata-no-redirect-binding", services=("cognito",)),
    ),
    Rule(
        code="metadata-http-url",
        level="error",
        what="People sign in at an https address.",
        why="Over http, whoever is on the way reads passwords and takes over sessions.",
        fix="use the https address of the IdP",
        source=SAML_METADATA,
        find=problems_of("metadata-http-url", only=lambda problem: problem.level == "error"),
    ),
    Rule(
        code="metadata-http-logout-url",
        level="warning",
        what="Sign-out messages go to an https address.",
        why="Over http, whoever is on the way reads who signs out, and can keep the message back.",
        fix="use the https address of the IdP, or leave the SingleLogoutService out",
        source=SAML_METADATA,
        find=problems_of("metadata-http-url", only=lambda problem: problem.level != "error"),
    ),
    Rule(
        code="metadata-too-short",
        level="error",
        what="Metadata for IAM is at least 1,000 characters long.",
        why="IAM refuses shorter documents, so the deployment fails.",
        fix="give the document that the IdP exports, whole",
        source="IAM API reference, CreateSAMLProvider",
        find=problems_of("metadata-too-short", services=("iam",)),
    ),
    Rule(
        code="metadata-too-large",
        level="error",
        what="The metadata is not larger than the service takes: 131,072 characters at Cognito.",
        why="The deployment fails.",
        fix="give its URL to Cognito instead, or leave out what is not the IdP's",
        source="Amazon Cognito API reference, CreateIdentityProvider",
        find=problems_of("metadata-too-large", "metadata-too-long"),
    ),
    Rule(
        code="metadata-encoding",
        level="error",
        what="Metadata for IAM is UTF-8 without a byte order mark.",
        why="IAM is sent UTF-8, and refuses a document that declares another encoding or begins with a mark.",
        fix="save it as UTF-8, and declare no other encoding",
        source=IAM_GUIDE,
        find=problems_of("metadata-encoding", "metadata-bom", services=("iam",)),
    ),
)

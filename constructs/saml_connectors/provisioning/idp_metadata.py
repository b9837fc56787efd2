"""The IdP metadata to upload in the Identity Center console, from the outputs of a connector's stack.

Not here: reading the outputs from AWS (`aws.py`), and how a document is assembled (`metadata/`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from saml_connectors.metadata import assemble
from saml_connectors.metadata.certificate import read_certificate
from saml_connectors.problems import Problem, SpecError
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.spec.findings import shown, visible

SSO_URL, ENTITY_ID, CERTIFICATE = "SsoUrl", "IdpEntityId", "Certificate"
OUTPUTS = (SSO_URL, ENTITY_ID, CERTIFICATE)
"""The outputs that the document is made of."""

MAX_CERTIFICATE = 2500
"""Characters of a certificate that Identity Center takes (its quotas)."""


def outputs_of_file(file: str, stack: str) -> dict[str, str]:
    """The outputs of one stack in a file that `cdk deploy --outputs-file` wrote.

    Raises:
        Trouble: The file cannot be read, or does not tell of the stack.
    """
    try:
        document: Any = json.loads(Path(file).read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        cause = getattr(error, "strerror", None) or "it holds no JSON"
        rule = f"must be a file that cdk deploy --outputs-file wrote, but {visible(cause)}"
        raise Trouble(Problem(code="outputs-file", file=file, rule=rule)) from None
    found = document.get(stack) if isinstance(document, dict) else None
    if not isinstance(found, dict):
        known = ", ".join(map(str, document)) if isinstance(document, dict) and document else "no stack"
        rule = f"must hold the outputs of stack {shown(stack)}, and holds those of {visible(known[:200])}"
        fix = "name the stack as CloudFormation does, or deploy it with --outputs-file"
        raise Trouble(Problem(code="outputs-file", file=file, rule=rule, fix=fix))
    return {str(name): str(value) for name, value in found.items()}


def idp_metadata(outputs: Mapping[str, str], stack: str) -> str:
    """The document.

    Raises:
        Trouble: An output is missing, or holds no certificate.
    """
    lacking = [name for name in OUTPUTS if not outputs.get(name)]
    if lacking:
        rule = f"must have the outputs {', '.join(OUTPUTS)}, and stack {shown(stack)} lacks {', '.join(lacking)}"
        fix = (
            "a connector of kind identity-center has these; in a stack of your own call add_outputs() on it, and deploy"
        )
        raise Trouble(Problem(code="stack-outputs", rule=rule, fix=fix))
    _certificate_of(outputs, stack)
    return assemble(
        entity_id=outputs[ENTITY_ID], sso_url=outputs[SSO_URL], certificates=["".join(outputs[CERTIFICATE].split())]
    )


def concerns(outputs: Mapping[str, str], now: datetime) -> list[Problem]:
    """What the console may say to the document, judged at *now*."""
    certificate = read_certificate(outputs[CERTIFICATE])
    found = []
    if certificate.not_after <= now:
        found.append(
            Problem(
                code="metadata-certificate-expired",
                level="warning",
                field=CERTIFICATE,
                rule="is over, and AWS does not accept what it signs",
                given=f"{certificate.not_after:%Y-%m-%d}",
                fix="renew it in the directory, then deploy again",
            )
        )
    if len(certificate.text) > MAX_CERTIFICATE:
        found.append(
            Problem(
                code="metadata-certificate-long",
                level="warning",
                field=CERTIFICATE,
                rule=f"should be at most {MAX_CERTIFICATE:,} characters: Identity Center takes no longer one",
                given=f"{len(certificate.text):,}",
            )
        )
    return found


def _certificate_of(outputs: Mapping[str, str], stack: str) -> None:
    try:
        read_certificate(outputs[CERTIFICATE])
    except SpecError as error:
        rule = f"must hold a certificate in its output {CERTIFICATE}: {error.problems[0].message}"
        problem = Problem(code="stack-outputs", rule=rule, fix=f"deploy stack {stack} again")
        raise Trouble(problem) from None

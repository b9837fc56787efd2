"""IAM policies where a spec holds or names them: managed ones by name or ARN, and documents.

Not here: what is wrong with a document (`policy_document.py`), and how many policies there may be.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator

from saml_connectors.spec import policy_document
from saml_connectors.spec.model import refuse, refuse_all
from saml_connectors.spec.values import spelled

EXAMPLE_POLICY = {"Statement": [{"Effect": "Allow", "Action": "logs:GetLogEvents", "Resource": "*"}]}
"""A policy that is right."""

_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?:aws|\d{12}):policy/[A-Za-z0-9_+=,.@/-]{1,512}")
_AWS_NAME = re.compile(r"(?:[A-Za-z0-9_+=,.@-]+/)?[A-Za-z0-9_+=,.@-]{1,128}")
_MANAGED = re.compile(f"{_ARN.pattern}|{_AWS_NAME.pattern}")
_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]{1,128}")
_OF_AWS = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/")


def check_policy(value: dict[str, Any]) -> dict[str, Any]:
    """The policy document *value*, with its version; what IAM would refuse in it is told element by element."""
    found = list(policy_document.faults(value))
    if found:
        raise refuse_all(found)
    return {"Version": policy_document.VERSION, **value}


def same_policy(name: str) -> str:
    """A managed policy's name, the same for the name and for the ARN of one of AWS's own."""
    return _OF_AWS.sub("", name)


def _managed_policy(value: str) -> str:
    if not _MANAGED.fullmatch(value):
        raise refuse(
            "managed-policy",
            "must be the ARN of a managed policy, or the name of one of AWS's own, such as ReadOnlyAccess",
        )
    return value


def _policy_arn(value: str) -> str:
    if not _ARN.fullmatch(value):
        raise refuse(
            "policy-arn", "must be the ARN of a managed policy, such as arn:aws:iam::111122223333:policy/limit"
        )
    return value


def _policy_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise refuse("policy-name", "must be 1 to 128 letters, digits, or any of _+=,.@-")
    return value


ManagedPolicy = Annotated[str, AfterValidator(_managed_policy), spelled(_MANAGED, "ReadOnlyAccess")]
"""ARN of a managed policy, or the name of one of AWS's own."""

PolicyArn = Annotated[str, AfterValidator(_policy_arn), spelled(_ARN, "arn:aws:iam::111122223333:policy/limit")]
"""ARN of a managed policy."""

PolicyName = Annotated[str, AfterValidator(_policy_name), spelled(_NAME, "read-logs")]
"""Name of a policy."""

"""AWS through boto3, which is loaded when it is needed: clients, the content of a secret, the outputs of a stack.

Not here: the identity store (`identity_store.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import Any

from saml_connectors.problems import Problem
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.spec.findings import shown

EXTRA = "cdk-saml-connectors[aws]"
CONNECT_SECONDS, READ_SECONDS = 10, 30
ATTEMPTS = 10
"""How often one call is made before it counts as failed; botocore spaces them by what AWS's throttle lets through."""

REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""Environment variables that name a region; boto3 itself knows the second only."""

SIGN_IN = "sign in to AWS, or set AWS_PROFILE to a profile that is"
_NO_CREDENTIAL = (
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "TokenRetrievalError",
    "SSOTokenLoadError",
    "UnauthorizedSSOTokenError",
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException"})
_STALE = frozenset({"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"})
_THROTTLED = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException"})


def client(service: str, region: str | None) -> Any:
    """A boto3 client of *service*, in *region* or in the environment's.

    Raises:
        Trouble: boto3 is not installed, or no region is known.
    """
    try:
        boto3 = import_module("boto3")
    except ModuleNotFoundError:
        problem = Problem(
            code="boto3-missing",
            rule="must be installed to read from AWS, and boto3 is not",
            fix=f'pip install "{EXTRA}"',
        )
        raise Trouble(problem) from None
    config = import_module("botocore.config").Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "adaptive", "total_max_attempts": ATTEMPTS},
    )
    with telling_of_aws(f"opening {service}"):
        session = boto3.session.Session()
        found = region or next(filter(None, map(os.environ.get, REGION_VARIABLES)), None) or session.region_name
        if not found:
            raise import_module("botocore.exceptions").NoRegionError
        return session.client(service, region_name=found, config=config)


@contextmanager
def telling_of_aws(doing: str, *, field: str = "aws", **known: tuple[str, str]) -> Iterator[None]:
    """Turn an error of boto3's into one for who runs a command.

    Args:
        doing: What is being done, and to which thing.
        field: The field of the spec that it is done for.
        **known: For an error's code, cause and way out.
    """
    try:
        yield
    except Trouble:
        raise
    except Exception as error:
        problem = _told(doing, error, known)
        if problem is None:
            raise
        raise Trouble(problem.at(field=field)) from None


def read_secret(secrets: Any, secret: str, *, field: str, forms: str) -> str:
    """The text of one secret.

    Args:
        secrets: A client of Secrets Manager.
        secret: Its name or ARN.
        field: The field of the spec that names it.
        forms: What it should hold.
    """
    doing = f"reading the secret {shown(secret)}"
    with telling_of_aws(
        doing,
        field=field,
        ResourceNotFoundException=("there is no such secret in this region, or it has no value", f"make it: {forms}"),
        InvalidRequestException=("it is marked for deletion", f"restore it, or name another in {field}"),
        DecryptionFailure=("its KMS key may not be used", "allow kms:Decrypt on it"),
    ):
        answer: Mapping[str, Any] = secrets.get_secret_value(SecretId=secret)
    text = answer.get("SecretString")
    if not isinstance(text, str) or not text.strip():
        what = "empty" if isinstance(text, str) else "binary"
        rule = f"must name a secret that holds text, but {shown(secret)} is {what}"
        raise Trouble(Problem(code="secret-content", field=field, rule=rule, fix=forms))
    return text


def region_of(secret: str) -> str | None:
    """The region that a secret's ARN names; None for a name."""
    parts = secret.split(":")
    return parts[3] or None if parts[0] == "arn" and len(parts) > 3 else None  # noqa: PLR2004 - arn:p:s:region


def formation_of(make: Callable[[str, str | None], Any], region: str | None) -> Any:
    """A client of CloudFormation for a command that takes `--region`, which is what to give where none is known.

    Raises:
        Trouble: As of *make*, which makes it.
    """
    try:
        return make("cloudformation", region)
    except Trouble as trouble:
        if trouble.problem.code != "aws-region":
            raise
        raise Trouble(replace(trouble.problem, fix="give --region, or set AWS_REGION")) from None


def stack_outputs(formation: Any, stack: str) -> dict[str, str]:
    """The outputs of one stack, as CloudFormation tells them."""
    cause, fix = "there is no such stack in this account and region", "deploy it, or name another; check AWS_REGION"
    with telling_of_aws(f"reading the outputs of stack {shown(stack)}", ValidationError=(cause, fix)):
        answer = formation.describe_stacks(StackName=stack)
    return {each["OutputKey"]: each["OutputValue"] for each in answer["Stacks"][0].get("Outputs", [])}


def _told(doing: str, error: Exception, known: Mapping[str, tuple[str, str]]) -> Problem | None:
    """What an error of botocore's says; None where it is none."""
    exceptions = import_module("botocore.exceptions")
    failed = f"must answer, but {doing} failed"
    if isinstance(error, exceptions.ClientError):
        return _refused(failed, error.response.get("Error", {}), getattr(error, "operation_name", ""), known)
    if isinstance(error, exceptions.NoRegionError):
        rule = f"{failed}: no region is known"
        return Problem(code="aws-region", rule=rule, fix="write aws.region, or set AWS_REGION")
    if isinstance(error, tuple(getattr(exceptions, name) for name in _NO_CREDENTIAL)):
        rule = f"{failed}: there is no usable credential ({type(error).__name__})"
        return Problem(code="aws-credentials", rule=rule, fix=SIGN_IN)
    if isinstance(error, exceptions.BotoCoreError):
        rule = f"{failed}: AWS did not answer ({type(error).__name__})"
        return Problem(code="aws-unreachable", rule=rule, fix="check the network and the region; run it again")
    return None


def _refused(failed: str, told: Mapping[str, Any], operation: str, known: Mapping[str, tuple[str, str]]) -> Problem:
    answer = str(told.get("Code", "")) or "an error"
    if answer in known:
        cause, fix = known[answer]
        return Problem(code="aws-missing", rule=f"{failed}: {cause}", fix=fix)
    if answer in _STALE:
        rule = f"{failed}: the credential is over or unknown ({answer})"
        return Problem(code="aws-credentials", rule=rule, fix=SIGN_IN)
    if answer in _THROTTLED:
        rule = f"{failed}: AWS refused it {ATTEMPTS} times as too much at once"
        return Problem(code="aws-throttled", rule=rule, fix="wait some minutes, then run it again")
    if answer in _DENIED:
        rule = f"{failed}: the credential may not do that ({answer})"
        return Problem(code="aws-refused", rule=rule, fix=f"allow {operation or 'the call'}")
    fix = "check the region, and the ids in the spec"
    return Problem(code="aws-refused", rule=f"{failed}: AWS answered {answer}", fix=fix)

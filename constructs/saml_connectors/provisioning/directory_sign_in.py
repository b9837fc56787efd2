"""Signing in to the directory as who runs a command: the credential, and what each call to the directory then needs.

Not here: what is asked of the directory, and the secret in AWS that may hold the credential (`aws.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from saml_connectors.problems import Problem
from saml_connectors.provider.jumpcloud.credentials import FORMS, ServiceAccount, hold_to_its_hosts, parse
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.desired import DirectoryRef
from saml_connectors.provider.jumpcloud.journal import Journal, Redactor
from saml_connectors.provider.jumpcloud.retry import Caller
from saml_connectors.provider.jumpcloud.transport import Transport
from saml_connectors.provisioning.trouble import Trouble, telling_of_the_directory
from saml_connectors.spec.directory import Directory

KEY_VARIABLE = "JUMPCLOUD_API_KEY"
"""Environment variable that holds the directory's credential where no secret of AWS is read."""

READING_SECONDS = 1800.0


class SignedIn(NamedTuple):
    """What the provider's client of a directory is made of."""

    ref: DirectoryRef
    headers: Mapping[str, str]
    caller: Caller
    deadline: Deadline


def key_in(environment: Mapping[str, str], when: str) -> str:
    """The credential in `JUMPCLOUD_API_KEY`.

    Args:
        environment: The environment's variables.
        when: Why it is needed there, as in "where AWS is left out".

    Raises:
        Trouble: It is not there.
    """
    text = environment.get(KEY_VARIABLE, "")
    if not text.strip():
        rule = f"must be in the environment variable {KEY_VARIABLE} {when}"
        raise Trouble(Problem(code="directory-credential", field="directory.credentials", rule=rule, fix=FORMS))
    return text


def sign_in(told: Directory, text: str, transport: Transport, sleep: Callable[[float], None]) -> SignedIn:
    """Sign in to the directory that *told* describes, with the credential in *text*.

    Raises:
        Trouble: The credential is none, or is refused.
    """
    ref = DirectoryRef(told.api_base, told.credentials, told.token_endpoint, told.org_id)
    return sign_in_to(ref, text, transport, sleep)


def sign_in_to(ref: DirectoryRef, text: str, transport: Transport, sleep: Callable[[float], None]) -> SignedIn:
    """Sign in to the directory that *ref* names, as `sign_in` does."""
    redactor = Redactor()
    caller = Caller(transport, silent(redactor), sleep=sleep)
    deadline = Deadline(READING_SECONDS)
    with telling_of_the_directory():
        credential = parse(text, ref.secret, redactor)
        hold_to_its_hosts(credential, text, ref)
    if not isinstance(credential, ServiceAccount):
        return SignedIn(ref, credential.headers(ref.org_id), caller, deadline)
    if ref.token_url is None:
        rule = "must be given beside api_url, because the secret holds a service account"
        raise Trouble(Problem(code="directory-credential", field="directory.token_url", rule=rule))
    with telling_of_the_directory():
        token = credential.sign_in(ref.token_url, caller, deadline, redactor)
    return SignedIn(ref, token.headers(ref.org_id), caller, deadline)


def silent(redactor: Redactor) -> Journal:
    """A log that nobody reads: a command prints its findings only."""
    return Journal(redactor, write=lambda _line: None)

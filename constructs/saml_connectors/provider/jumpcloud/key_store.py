"""Where key pairs come from and where they stay: KMS makes them, Secrets Manager keeps them; called at run time only.

Not here: what a pair is (`key_pair.py`), and the directory's credential (`credentials.py`).
"""

from __future__ import annotations

import time
from importlib import import_module
from random import random

from .credentials import RIGHT_WAITS_SECONDS, region_of
from .errors import KeyPairError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, Protocol

    from .deadline import Deadline

    class KeyStore(Protocol):
        """What the work needs of it; a test has one of its own."""

        def read(self, secret: str, deadline: Deadline) -> str | None:
            """What the secret keeps; None where it keeps nothing."""

        def keep(self, secret: str, text: str, deadline: Deadline, *, version: str | None = None) -> bool:
            """Keep *text*; False where *version* was kept before, with another text that stays."""

        def new_private_key(self, key: str, deadline: Deadline) -> bytes:
            """A new RSA private key, PKCS#8 in DER, made by the KMS key of this ARN."""


KEY_SPEC = "RSA_3072"
_DENIED = frozenset({"AccessDeniedException", "AccessDenied"})
_BUSY = frozenset(
    {"ThrottlingException", "LimitExceededException", "DependencyTimeoutException", "KMSInternalException"}
)
_BUSY_WAITS_SECONDS = (2.0, 4.0, 8.0, 16.0)
"""KMS makes no more than a key pair of this kind in two seconds for a whole account, and a list has up to three."""

_NOTHING, _THERE_ALREADY = "ResourceNotFoundException", "ResourceExistsException"


class AwsKeyStore:
    """KMS and Secrets Manager.

    Args:
        sleep: Waits before a call that was denied is made again: the right may have been given a moment ago.  And
            before one that came too soon after another.
        chance: A number from 0 up to 1, so that functions that came at once do not come back at once.
    """

    def __init__(self, sleep: Callable[[float], None] = time.sleep, chance: Callable[[], float] = random) -> None:
        self._sleep = sleep
        self._chance = chance

    def read(self, secret: str, deadline: Deadline) -> str | None:
        """What the secret keeps; None where it keeps nothing, or is not there."""
        doing = f"reading the key pair in secret {secret!r}"
        answer = self._secret(doing, secret, "get_secret_value", deadline, {})
        if answer is None:
            return None
        text = answer.get("SecretString")
        if not isinstance(text, str):
            raise KeyPairError(doing, "the secret is binary", "store a text")
        return text or None

    def keep(self, secret: str, text: str, deadline: Deadline, *, version: str | None = None) -> bool:
        """Keep *text*; False where *version* was kept before, with another text that stays."""
        doing = f"keeping the key pair in secret {secret!r}"
        given = {"SecretString": text} | ({"ClientRequestToken": version} if version else {})
        answer = self._secret(doing, secret, "put_secret_value", deadline, given)
        if answer is None:
            raise KeyPairError(doing, "there is no such secret", "deploy again: the stack makes it")
        return bool(answer)

    def new_private_key(self, key: str, deadline: Deadline) -> bytes:
        """A new RSA private key, PKCS#8 in DER, made by the KMS key of this ARN."""
        doing = f"making a key pair with KMS key {key!r}"
        given = {"KeyId": key, "KeyPairSpec": KEY_SPEC}
        operation = "generate_data_key_pair"
        answer = self._call(doing, deadline, service="kms", arn=key, operation=operation, given=given)
        made = (answer or {}).get("PrivateKeyPlaintext")
        if not isinstance(made, bytes):
            raise KeyPairError(doing, "KMS answered without a private key", "deploy again")
        return made

    def _secret(
        self, doing: str, secret: str, operation: str, deadline: Deadline, given: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        given = {"SecretId": secret, **given}
        return self._call(doing, deadline, service="secretsmanager", arn=secret, operation=operation, given=given)

    def _call(
        self, doing: str, deadline: Deadline, *, service: str, arn: str, operation: str, given: Mapping[str, Any]
    ) -> Mapping[str, Any] | None:
        """One call; None where what it is about is not there, an empty answer where it was done before."""
        deadline.require(doing)
        boto3 = import_module("boto3")
        config = import_module("botocore.config").Config
        exceptions = import_module("botocore.exceptions")
        patience = max(1.0, min(20.0, deadline.remaining() / 3))
        client = boto3.client(
            service,
            region_name=region_of(arn),
            config=config(connect_timeout=patience, read_timeout=patience, retries={"total_max_attempts": 3}),
        )
        rights, turns = iter(RIGHT_WAITS_SECONDS), iter(_BUSY_WAITS_SECONDS)
        while True:
            try:
                answer: Mapping[str, Any] = getattr(client, operation)(**given)
            except exceptions.ClientError as error:
                code = str(error.response.get("Error", {}).get("Code", ""))
                if code == _NOTHING and service == "secretsmanager":
                    return None
                if code == _THERE_ALREADY:
                    return {}
                waits: Iterator[float] = rights if code in _DENIED else turns if code in _BUSY else iter(())
                wait = next(waits, None)
                if wait is None or wait >= deadline.remaining():
                    raise _refused(doing, service, operation, code) from None
                self._sleep(wait if code in _DENIED else wait * (1 + self._chance() / 2))
            except exceptions.BotoCoreError as error:
                fix = f"check that the function can reach {service} (in a VPC it needs an endpoint or a NAT gateway)"
                raise KeyPairError(doing, f"{service} did not answer ({type(error).__name__})", fix) from None
            else:
                return answer


def _refused(doing: str, service: str, operation: str, code: str) -> KeyPairError:
    if code in {*_DENIED, "DecryptionFailure", "EncryptionFailure"}:
        action = "".join(part.capitalize() for part in operation.split("_"))
        fix = f"allow the function {service}:{action} on it"
        if service == "secretsmanager":
            besides = "kms:GenerateDataKey and kms:Decrypt" if action == "PutSecretValue" else "kms:Decrypt"
            fix += f", and {besides} on a key of its own"
        return KeyPairError(doing, f"the function may not do it ({code})", fix)
    if code == "InvalidRequestException":
        return KeyPairError(doing, "the secret is marked for deletion", "restore it, or name another one")
    return KeyPairError(doing, f"{service} answered {code or 'an error'}", "deploy again")

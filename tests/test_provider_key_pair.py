"""Key pairs in secrets: which forms they may have, what is refused, and that nothing repeats a private key."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import boto3  # type: ignore[import-untyped] # it has no type hints
import pytest
from botocore.exceptions import ConnectTimeoutError  # type: ignore[import-untyped] # it has no type hints
from botocore.stub import Stubber  # type: ignore[import-untyped] # it has no type hints
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from saml_connectors.provider.jumpcloud import key_pair
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.errors import DeadlineExceeded, KeyPairError
from saml_connectors.provider.jumpcloud.journal import Redactor
from saml_connectors.provider.jumpcloud.key_store import AwsKeyStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.signing_fixtures import Pems

pytest_plugins = ["tests.signing_fixtures"]

NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)
ARN = "arn:aws:secretsmanager:eu-west-3:123456789012:secret:signing-AbCdEf"
KMS = "arn:aws:kms:eu-west-3:123456789012:key/0b6a1c70-0000-0000-0000-000000000000"


def secret(certificate: Any, private_key: Any) -> str:
    """What a secret keeps."""
    return json.dumps({"certificate": certificate, "private_key": private_key})


def test_a_pair_is_sent_as_base64_of_its_pem(pems: type[Pems]) -> None:
    """Both parts; line ends and space around them do not count."""
    key = pems.key_of()
    certificate, private_key = pems.certificate_of(key, NOW), pems.pem_of(key)
    for change in (lambda text: text, lambda text: text.replace("\n", "\r\n"), lambda text: f"\n  {text}  \n"):
        pair = key_pair.read(secret(change(certificate), change(private_key)), "name", Redactor())
        assert [base64.b64decode(each).decode() for each in pair.as_stored()] == [certificate, private_key]
        assert pair.trusted.fingerprint == pems.fingerprint_of(certificate)
        assert pair.trusted.expires == NOW + dt.timedelta(days=1000)
        assert "PRIVATE" not in repr(pair)


def test_what_is_no_pair_is_refused_without_repeating_any_of_it(pems: type[Pems]) -> None:
    """The sentence names the secret, what is wrong, and a way out."""
    key, other, curve = pems.key_of(), pems.key_of(), ec.generate_private_key(ec.SECP256R1())
    certificate, private_key = pems.certificate_of(key, NOW), pems.pem_of(key)
    lines = private_key.splitlines()
    damaged = "\n".join([lines[0], *lines[1:10], "?" * 64, *lines[11:]])
    short = "\n".join([*lines[:10], lines[-1]])
    weak = pems.key_of(1024)
    cases = {
        "it is no JSON object": [private_key, "", "[]", '"x"', secret(certificate, private_key)[:-1]],
        "has no private_key": [json.dumps({"certificate": certificate}), secret(certificate, 5), secret("", " ")],
        "has no certificate": [json.dumps({"private_key": private_key}), secret(None, private_key)],
        "its certificate cannot be used": [
            secret("not one", private_key),
            secret(certificate + certificate, private_key),
            secret(private_key, private_key),
            secret(certificate[:900], private_key),
        ],
        "its private_key has a passphrase": [
            secret(certificate, pems.pem_of(key, passphrase=b"x")),
            secret(certificate, pems.pem_of(key, old=True, passphrase=b"x")),
        ],
        "its private_key is no RSA key in PEM": [
            secret(certificate, "not one"),
            secret(certificate, certificate),
            secret(certificate, pems.pem_of(curve, old=True)),
        ],
        "its private_key cannot be used: it is no RSA key": [secret(certificate, pems.pem_of(curve))],
        "its private_key cannot be used": [secret(certificate, each) for each in (damaged, short, private_key * 2)],
        "the private key is another certificate's": [secret(certificate, pems.pem_of(other))],
        "the certificate's key is none of RSA": [secret(pems.certificate_of(curve, NOW), private_key)],
        "the certificate's key has 1,024 bits": [secret(pems.certificate_of(weak, NOW), pems.pem_of(weak))],
    }
    for told, texts in cases.items():
        for text in texts:
            redactor = Redactor()
            with pytest.raises(KeyPairError) as caught:
                key_pair.read(text, "prod/signing", redactor)
            assert told in str(caught.value)
            assert "'prod/signing'" in str(caught.value)
            assert not [line for line in [*lines[1:-1], damaged, short] if line in str(caught.value)]


def test_a_private_key_that_does_not_sign_is_refused(pems: type[Pems]) -> None:
    """It has the certificate's public key, and another exponent."""
    key = pems.key_of()
    encoded = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    exponent = key.private_numbers().d.to_bytes(256, "big")
    at = encoded.index(exponent)
    wrong = encoded[: at + 255] + bytes([encoded[at + 255] ^ 2]) + encoded[at + 256 :]
    pem = f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(wrong).decode()}\n-----END PRIVATE KEY-----\n"
    with pytest.raises(KeyPairError, match="does not verify with its own public key"):
        key_pair.read(secret(pems.certificate_of(key, NOW), pem), "name", Redactor())


def test_a_pair_that_is_made_can_be_read(pems: type[Pems]) -> None:
    """Its certificate begins a day ago and lasts three years; no two have the same number."""
    numbers = set()
    for _ in range(2):
        encoded = pems.key_of(3072).private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        text = key_pair.make(encoded, "Acme portal " * 10, NOW.timestamp(), Redactor())
        pair = key_pair.read(text, "name", Redactor())
        found = x509.load_pem_x509_certificate(json.loads(text)["certificate"].encode())
        numbers.add(found.serial_number)
        assert (pair.begins, pair.trusted.expires) == (NOW - dt.timedelta(days=1), NOW + dt.timedelta(days=1094))
        assert len(pair.trusted.line) < 2000
    assert len(numbers) == 2


def test_no_form_of_a_private_key_gets_into_the_log(pems: type[Pems]) -> None:
    """PEM, its lines, as JSON, as base64, as it is sent, and what was made of a key of KMS."""
    key, redactor = pems.key_of(), Redactor()
    pem = pems.pem_of(key)
    pair = key_pair.read(secret(pems.certificate_of(key, NOW), pem), "name", redactor)
    secret_lines = [line for line in pem.splitlines()[11:-1] if len(line) >= key_pair.SHORTEST_HIDDEN]
    for form in (
        pem,
        json.dumps(pem),
        pem.replace("\n", ""),
        pem.replace("\n", " "),
        pair.as_stored()[1],
        *secret_lines,
    ):
        cleaned = redactor.clean(f"a {form} b")
        assert not [line for line in secret_lines if line in cleaned]
        assert pair.as_stored()[1] not in cleaned
    encoded = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    redactor = Redactor()
    key_pair.make(encoded, "x", NOW.timestamp(), redactor)
    assert redactor.clean(f"a {base64.b64encode(encoded).decode()} b") == "a [hidden] b"


@pytest.mark.parametrize("begin", [31, 900, 1_500])
def test_a_piece_of_a_private_key_is_hidden_too(pems: type[Pems], begin: int) -> None:
    """A directory that repeats what it was sent cuts it: where, nobody knows; ids of the log stay."""
    pem = pems.pem_of(pems.key_of())
    text = json.dumps({"certificate": pems.certificate_of(pems.key_of(), NOW), "private_key": pem})
    redactor = Redactor()
    with pytest.raises(KeyPairError):
        key_pair.read(text, "s", redactor)
    sent = base64.b64encode(pem.encode()).decode()
    for form in (sent, pem.replace("\n", " "), pem, json.dumps(pem)):
        piece = form[begin : begin + 200]
        cleaned = redactor.clean(f"400: '{piece}…' of DirectoryPortalApplicationResource5F3A1234 is too long")
        assert not [piece[at : at + 24] for at in range(176) if piece[at : at + 24] in cleaned]
        assert "DirectoryPortalApplicationResource5F3A1234" in cleaned


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """The answers of AWS to whatever client is made; it is asked for in the region of the ARN."""
    client: dict[str, Any] = {
        name: boto3.client(name, region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
        for name in ("secretsmanager", "kms")
    }
    stubs = {name: Stubber(each) for name, each in client.items()}

    def make(service: str, *, region_name: str, config: Any) -> Any:
        assert region_name == "eu-west-3"
        assert config.read_timeout <= 20
        return client[service]

    monkeypatch.setattr(boto3, "client", make)
    for stub in stubs.values():
        stub.activate()
    yield stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()


def test_a_secret_is_read_kept_and_told_apart_from_nothing(aws: Any) -> None:
    """No secret, and one without a value yet, are nothing; a version that is there already stays."""
    store, deadline, secrets = AwsKeyStore(), Deadline(60), aws["secretsmanager"]
    secrets.add_response("get_secret_value", {"SecretString": "text"}, {"SecretId": ARN})
    assert store.read(ARN, deadline) == "text"
    secrets.add_client_error("get_secret_value", "ResourceNotFoundException")
    assert store.read(ARN, deadline) is None
    kept = {"SecretId": ARN, "SecretString": "text", "ClientRequestToken": "v" * 32}
    secrets.add_response("put_secret_value", {"ARN": ARN}, kept)
    assert store.keep(ARN, "text", deadline, version="v" * 32)
    secrets.add_client_error("put_secret_value", "ResourceExistsException")
    assert not store.keep(ARN, "other", deadline, version="v" * 32)
    secrets.add_client_error("put_secret_value", "ResourceNotFoundException")
    with pytest.raises(KeyPairError, match="there is no such secret"):
        store.keep(ARN, "text", deadline)


def test_a_key_is_made_by_kms(aws: Any) -> None:
    """RSA of 3,072 bits; the plain text is the key."""
    answer = {"PrivateKeyPlaintext": b"key"}
    aws["kms"].add_response("generate_data_key_pair", answer, {"KeyId": KMS, "KeyPairSpec": "RSA_3072"})
    assert AwsKeyStore().new_private_key(KMS, Deadline(60)) == b"key"
    aws["kms"].add_response("generate_data_key_pair", {}, {"KeyId": KMS, "KeyPairSpec": "RSA_3072"})
    with pytest.raises(KeyPairError, match="without a private key"):
        AwsKeyStore().new_private_key(KMS, Deadline(60))


def test_a_right_that_was_just_given_is_waited_for(aws: Any) -> None:
    """IAM takes some seconds; then the error names the action."""
    slept: list[float] = []
    store = AwsKeyStore(sleep=slept.append)
    aws["kms"].add_client_error("generate_data_key_pair", "AccessDeniedException")
    aws["kms"].add_response("generate_data_key_pair", {"PrivateKeyPlaintext": b"key"})
    assert store.new_private_key(KMS, Deadline(60)) == b"key"
    assert len(slept) == 1
    for _ in range(5):
        aws["kms"].add_client_error("generate_data_key_pair", "AccessDeniedException")
    with pytest.raises(KeyPairError, match="allow the function kms:GenerateDataKeyPair on it"):
        store.new_private_key(KMS, Deadline(60))


def test_a_turn_that_other_key_pairs_take_is_waited_for(aws: Any) -> None:
    """KMS makes one in two seconds for a whole account: those of one list, made at once, wait for each other."""
    slept: list[float] = []
    store = AwsKeyStore(sleep=slept.append, chance=lambda: 0.5)
    for _ in range(3):
        aws["kms"].add_client_error("generate_data_key_pair", "ThrottlingException")
    aws["kms"].add_response("generate_data_key_pair", {"PrivateKeyPlaintext": b"key"})
    assert store.new_private_key(KMS, Deadline(60)) == b"key"
    assert slept == [2.5, 5.0, 10.0]
    for _ in range(5):
        aws["kms"].add_client_error("generate_data_key_pair", "ThrottlingException")
    with pytest.raises(KeyPairError, match="kms answered ThrottlingException; deploy again"):
        store.new_private_key(KMS, Deadline(60))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("InvalidRequestException", "marked for deletion"),
        ("DecryptionFailure", "allow the function secretsmanager:GetSecretValue"),
        ("InternalServiceError", "secretsmanager answered InternalServiceError"),
    ],
)
def test_what_aws_answers_is_told(aws: Any, code: str, told: str) -> None:
    """By its code, and never with what it says."""
    aws["secretsmanager"].add_client_error("get_secret_value", code, service_message="s3cret")
    with pytest.raises(KeyPairError, match=told) as caught:
        AwsKeyStore().read(ARN, Deadline(60))
    assert "s3cret" not in str(caught.value)


def test_aws_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """And without time left nobody is asked."""

    class Silent:
        def get_secret_value(self, **_: str) -> None:
            raise ConnectTimeoutError(endpoint_url="https://secretsmanager")

    monkeypatch.setattr(boto3, "client", lambda *_, **__: Silent())
    with pytest.raises(KeyPairError, match=r"secretsmanager did not answer \(ConnectTimeoutError\)"):
        AwsKeyStore().read(ARN, Deadline(60))
    with pytest.raises(DeadlineExceeded):
        AwsKeyStore().read(ARN, Deadline(0))


def test_a_binary_secret_is_told(aws: Any) -> None:
    """It is no pair."""
    aws["secretsmanager"].add_response("get_secret_value", {"SecretBinary": b"x"})
    with pytest.raises(KeyPairError, match="the secret is binary"):
        AwsKeyStore().read(ARN, Deadline(60))

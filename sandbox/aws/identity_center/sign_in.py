"""Who a response of the external IdP signs in to Identity Center, and the sessions of roles that they may have.

What pages show is `portal_pages.py`'s, what may be asked over HTTP `portal.py`'s.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from sandbox.aws.federated_sessions import FederatedSession, assume, find_provider
from sandbox.aws.federation_refusal import FederationRefusedError
from sandbox.aws.identity_center import assignments, permission_sets
from sandbox.aws.identity_center.access_attributes import session_tags
from sandbox.aws.identity_center.directory_records import User
from sandbox.aws.identity_center.instances import Instance
from sandbox.aws.identity_center.permission_records import Assignment
from sandbox.aws.identity_center.provisioning import RECIPIENT, provider_arn
from sandbox.aws.identity_center.refusals import IdentityCenterError
from sandbox.aws.identity_center.sign_in_requests import SignInRequests
from sandbox.aws.saml_claims import PRINCIPAL_TAG, ROLE, SESSION_NAME, read_claims
from sandbox.aws.saml_federation import Federated
from sandbox.aws.saml_verification import Expected, SamlResponseRefusedError, VerifiedAssertion, verify_response
from sandbox.aws.xml_parsing import NotXmlError, parse_xml

LONGEST_RESPONSE = 100_000
"""Characters of a SAML response in base64."""


class SignInRefusedError(ValueError):
    """Nobody is signed in, or not to what they asked for; `code` is stable, the sentence says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """Somebody in the access portal, and what the IdP said of them."""

    store_id: str
    user_id: str
    attributes: dict[str, tuple[str, ...]]


def sign_in(instance: Instance, encoded: str, requests: SignInRequests, now: datetime) -> SignedIn:
    """Whom the response signs in.

    Raises:
        SignInRefusedError: It signs nobody in.
    """
    if instance.idp is None:
        raise SignInRefusedError("no-external-idp", "the identity source is not an external IdP; change it first")
    request_id = _answered(encoded)
    if request_id is not None and not requests.is_pending(instance.acs_id, request_id, now):
        raise SignInRefusedError("wrong-in-response-to", "the response answers no request of this access portal")
    expected = Expected(
        issuer=instance.idp.entity_id,
        certificates=instance.idp.certificates,
        audience=instance.sp_entity_id,
        acs_url=instance.acs_url,
        request_id=request_id,
        now=now,
    )
    try:
        assertion = verify_response(encoded, expected)
    except SamlResponseRefusedError as refusal:
        raise SignInRefusedError(refusal.code, str(refusal)) from None
    if not requests.use(instance.acs_id, request_id, assertion.id, assertion.not_on_or_after, now):
        raise SignInRefusedError("replayed", "the response has been used already")
    user = _user(instance, assertion)
    return SignedIn(store_id=instance.store.store_id, user_id=user.id, attributes=assertion.attributes)


def current_user(instance: Instance, signed_in: SignedIn) -> User:
    """The user who is signed in, as long as there is one who may be.

    Raises:
        SignInRefusedError: The user was removed or disabled meanwhile.
    """
    return _allowed(instance.store.users.get(signed_in.user_id), "somebody who was signed in")


def open_role(instance: Instance, signed_in: SignedIn, wanted: tuple[str, str], now: datetime) -> FederatedSession:
    """A session with a permission set.

    Args:
        instance: The instance.
        signed_in: Who asks.
        wanted: The account, and the permission set's ARN.
        now: The time.

    Raises:
        SignInRefusedError: The user is not assigned it, or something about the session is not as AWS takes it.
    """
    user = current_user(instance, signed_in)
    assigned = {(one.account, one.permission_set): one for one in assignments.of_user(instance, user)}
    if wanted not in assigned:
        raise SignInRefusedError("no-access", f"{user.user_name} is not assigned this permission set in {wanted[0]}")
    try:
        return _session(instance, user, assigned[wanted], signed_in, now)
    except (FederationRefusedError, IdentityCenterError) as refusal:
        raise SignInRefusedError("session-refused", str(refusal)) from None


def _answered(encoded: str) -> str | None:
    """ID of the request that a response says it answers, unverified: only good for finding out what to expect."""
    if len(encoded) > LONGEST_RESPONSE:
        raise SignInRefusedError(
            "too-long", f"the response has {len(encoded)} characters, more than {LONGEST_RESPONSE}"
        )
    try:
        return parse_xml(base64.b64decode("".join(encoded.split()), validate=True)).get("InResponseTo")
    except (binascii.Error, NotXmlError):
        raise SignInRefusedError("not-xml", "the response is not base64 of XML") from None


def _user(instance: Instance, assertion: VerifiedAssertion) -> User:
    return _allowed(instance.store.user_named(assertion.name_id), assertion.name_id)


def _allowed(user: User | None, name: str) -> User:
    if user is None:
        raise SignInRefusedError(
            "unknown-user",
            f"{name} is no user of Identity Center: the NameID has to be the user name that SCIM brought",
        )
    if not user.active:
        raise SignInRefusedError("disabled-user", f"{user.user_name} is disabled in Identity Center")
    return user


def _session(
    instance: Instance, user: User, assignment: Assignment, signed_in: SignedIn, now: datetime
) -> FederatedSession:
    """What Identity Center's own SAML provider in the account vouches for, as an IAM SAML provider would."""
    permission_set = permission_sets.find(instance, assignment.permission_set)
    role, provider = permission_set.roles[assignment.account], provider_arn(instance, assignment.account)
    tags = session_tags(instance.access_attributes, user, signed_in.attributes)
    told = {
        ROLE: (f"{role},{provider}",),
        SESSION_NAME: (user.user_name,),
        **{f"{PRINCIPAL_TAG}{key}": values for key, values in tags.items()},
    }
    federated = Federated(
        provider=find_provider(provider),
        recipient=RECIPIENT,
        subject=user.user_name,
        subject_type="persistent",
        claims=read_claims(told),
        session_not_on_or_after=None,
    )
    seconds = permission_sets.session_seconds(permission_set.session_duration)
    return assume(federated, role, seconds=seconds, now=now)

"""The user-pool profile of a person whom an IdP vouches for: made at the first sign-in, updated at each later one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from sandbox.aws.attribute_mapping import (
    AttributesRefusedError,
    flatten,
    map_attributes,
    read_schema,
    writable_attributes,
)
from sandbox.aws.seams import cognito

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sandbox.aws.saml_verification import VerifiedAssertion
    from sandbox.aws.sign_in_memory import SignIn

LONGEST_USERNAME: Final = 128


def profile_for(sign_in: SignIn, pool: dict[str, Any], client: dict[str, Any], assertion: VerifiedAssertion) -> str:
    """Store what the assertion says of the person, and return the username.

    Raises:
        AttributesRefusedError: The attributes, a trigger or the profile's state forbid the sign-in.
    """
    provider = pool["_identity_providers"][sign_in.provider]
    claims = _through_inbound_federation(sign_in, assertion)
    schema = read_schema(pool.get("SchemaAttributes") or [])
    writable = writable_attributes(schema, client.get("WriteAttributes") or [])
    username = _username(pool, sign_in.provider, assertion.name_id)
    linked = cognito.linked_username(pool, sign_in.provider, assertion.name_id, {})
    user = pool["_users"].get(linked or username)
    stored = cognito.attributes_to_dict(user["Attributes"]) if user else None
    written = map_attributes(claims, provider.get("AttributeMapping") or {}, schema, writable, stored=stored)
    if user is None:
        return _new_profile(sign_in, pool, username, assertion.name_id, written)
    if not user.get("Enabled", True):
        raise AttributesRefusedError("User is not enabled.")
    cognito.merge_attributes(user, written, cognito.now())
    return str(user["Username"])


def _through_inbound_federation(sign_in: SignIn, assertion: VerifiedAssertion) -> Mapping[str, Sequence[str]]:
    """The claims as the pool's inbound-federation trigger would have them: all its answer, or all as they came."""
    said = {"samlResponse": {name: flatten(values) for name, values in assertion.attributes.items() if values}}
    try:
        answer = cognito.inbound_federation(
            sign_in.pool_id, sign_in.client_id, assertion.name_id, sign_in.provider, "SAML", said
        )
    except cognito.InboundFederationRejected as error:
        raise AttributesRefusedError(f"InboundFederation failed with error {error}.") from None
    return {name: (value,) for name, value in answer.items()} if answer else assertion.attributes


def _username(pool: dict[str, Any], provider: str, name_id: str) -> str:
    username = f"{provider}_{name_id}"
    if len(username) > LONGEST_USERNAME:
        raise AttributesRefusedError(f"Invalid username: longer than {LONGEST_USERNAME} characters.")
    case_sensitive = (pool.get("UsernameConfiguration") or {}).get("CaseSensitive", True)
    return username.lower() if str(case_sensitive).lower() == "false" else username


def _new_profile(sign_in: SignIn, pool: dict[str, Any], username: str, name_id: str, written: dict[str, str]) -> str:
    try:
        verified = cognito.pre_sign_up(sign_in.pool_id, sign_in.client_id, username, written)
    except cognito.PreSignUpRejected as error:
        raise AttributesRefusedError(f"PreSignUp failed with error {error}.") from None
    linked = cognito.linked_username(pool, sign_in.provider, name_id, written)
    now = cognito.now()
    if linked:
        cognito.merge_attributes(pool["_users"][linked], written, now)
        return str(linked)
    for switch, attribute in (("autoVerifyEmail", "email"), ("autoVerifyPhone", "phone_number")):
        if verified[switch] and attribute in written:
            written[f"{attribute}_verified"] = "true"
    user = {
        "Username": username,
        "Attributes": cognito.attributes_to_list({**written, "sub": str(uuid4())}),
        "UserCreateDate": now,
        "UserLastModifiedDate": now,
        "Enabled": True,
        "UserStatus": "EXTERNAL_PROVIDER",
        "MFAOptions": [],
        "_password": "",
        "_groups": [],
        "_tokens": [],
    }
    pool["_users"][username] = user
    pool["EstimatedNumberOfUsers"] = len(pool["_users"])
    cognito.start_profile(pool, sign_in.pool_id, user, sign_in.provider, name_id)
    return username

"""What an assertion for AWS says in its attributes: roles, session name, duration, tags.

Pure; whose word it is, and whether the roles exist, is not judged here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandbox.aws.federation_refusal import FederationRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX: Final = "https://aws.amazon.com/SAML/Attributes/"
ROLE: Final = f"{PREFIX}Role"
SESSION_NAME: Final = f"{PREFIX}RoleSessionName"
SESSION_DURATION: Final = f"{PREFIX}SessionDuration"
PRINCIPAL_TAG: Final = f"{PREFIX}PrincipalTag:"
TRANSITIVE_TAG_KEYS: Final = f"{PREFIX}TransitiveTagKeys"
SOURCE_IDENTITY: Final = f"{PREFIX}SourceIdentity"

SHORTEST_SESSION, LONGEST_SESSION = 900, 43_200
"""Seconds that a session may last."""

MOST_TAGS, LONGEST_TAG_KEY, LONGEST_TAG_VALUE = 50, 128, 256

_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/[\w+=,.@/-]{1,576}", re.ASCII)
_PROVIDER_ARN = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):saml-provider/[\w.-]{1,128}", re.ASCII)
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_MARKS: Final = frozenset("_.:/=+-@")
"""What a tag may hold beside letters, digits and spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RolePair:
    """A role that the IdP offers, and the SAML provider by which it may be assumed; both are ARNs."""

    role: str
    provider: str

    @property
    def account(self) -> str:
        """Account id of the role."""
        return self.role.split(":")[4]


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsClaims:
    """What the assertion says beside who the person is."""

    roles: tuple[RolePair, ...]
    session_name: str
    session_duration: int | None
    """Seconds that a session in the console shall last; None where the assertion does not say."""

    session_tags: dict[str, str]
    transitive_tag_keys: tuple[str, ...]
    source_identity: str | None


def read_claims(attributes: Mapping[str, tuple[str, ...]]) -> AwsClaims:
    """The claims in *attributes*, each checked for its form.

    Raises:
        FederationRefusedError: one is missing, or not as AWS takes it.
    """
    roles = role_pairs(attributes.get(ROLE, ()))
    if not roles:
        raise FederationRefusedError(
            "InvalidIdentityToken", f"the assertion has no value of the attribute {ROLE}", no_role=True
        )
    tags = _tags(attributes)
    return AwsClaims(
        roles=roles,
        session_name=_session_name(attributes),
        session_duration=_session_duration(attributes),
        session_tags=tags,
        transitive_tag_keys=_transitive(attributes, tags),
        source_identity=_source_identity(attributes),
    )


def role_pairs(values: tuple[str, ...]) -> tuple[RolePair, ...]:
    """The pairs in the values of the attribute Role, each once; role and provider may come in either order."""
    return tuple(dict.fromkeys(_role_pair(value) for value in values))


def _role_pair(value: str) -> RolePair:
    # A role's name may hold a comma, so the value is cut where the second ARN begins.
    first, _, rest = value.partition(",arn:")
    second = f"arn:{rest}"
    role, provider = (second, first) if ":saml-provider/" in first else (first, second)
    if not _ROLE_ARN.fullmatch(role) or not _PROVIDER_ARN.fullmatch(provider):
        raise _invalid(f"the value {value!r} of the attribute Role is not the ARNs of a role and a SAML provider")
    return RolePair(role=role, provider=provider)


def _session_name(attributes: Mapping[str, tuple[str, ...]]) -> str:
    values = attributes.get(SESSION_NAME, ())
    if not values:
        raise _invalid("RoleSessionName is required in AuthnResponse")
    if len(values) != 1:
        raise _invalid(f"RoleSessionName has {len(values)} values, not one")
    if not _NAME.fullmatch(values[0]):
        raise _invalid(f"RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{{2,64}}, not {values[0]!r}")
    return values[0]


def _session_duration(attributes: Mapping[str, tuple[str, ...]]) -> int | None:
    values = attributes.get(SESSION_DURATION, ())
    if not values:
        return None
    well_formed = len(values) == 1 and re.fullmatch(r"[0-9]{1,6}", values[0])
    if not well_formed or not SHORTEST_SESSION <= int(values[0]) <= LONGEST_SESSION:
        raise _invalid(
            f"SessionDuration must be one number from {SHORTEST_SESSION} to {LONGEST_SESSION}, not {', '.join(values)}"
        )
    return int(values[0])


def _tags(attributes: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    found = {
        name.removeprefix(PRINCIPAL_TAG): values
        for name, values in attributes.items()
        if name.startswith(PRINCIPAL_TAG)
    }
    if len(found) > MOST_TAGS:
        raise _invalid(f"there are {len(found)} session tags, and AWS takes at most {MOST_TAGS}")
    if len({key.lower() for key in found}) < len(found):
        raise _invalid("two session tags have keys that differ in case only, which AWS takes for one")
    for key, values in found.items():
        if len(values) != 1:
            raise _invalid(f"the session tag {key} has {len(values)} values, not one")
        if not 1 <= len(key) <= LONGEST_TAG_KEY or not _is_tag_text(key) or key.lower().startswith("aws:"):
            raise _invalid(f"{key!r} is not a key of a session tag: 1 to {LONGEST_TAG_KEY} characters, not aws: first")
        if len(values[0]) > LONGEST_TAG_VALUE or not _is_tag_text(values[0]):
            raise _invalid(
                f"the value of the session tag {key} is not one: at most {LONGEST_TAG_VALUE} characters, "
                "letters, digits, spaces and _.:/=+-@"
            )
    return {key: values[0] for key, values in found.items()}


def _is_tag_text(text: str) -> bool:
    return all(each in _MARKS or unicodedata.category(each)[0] in "LZN" for each in text)


def _transitive(attributes: Mapping[str, tuple[str, ...]], tags: Mapping[str, str]) -> tuple[str, ...]:
    keys = attributes.get(TRANSITIVE_TAG_KEYS, ())
    known = {key.lower() for key in tags}
    for key in keys:
        if key.lower() not in known:
            raise _invalid(f"TransitiveTagKeys names {key}, which is no session tag of the assertion")
    return keys


def _source_identity(attributes: Mapping[str, tuple[str, ...]]) -> str | None:
    values = attributes.get(SOURCE_IDENTITY, ())
    if not values:
        return None
    if len(values) != 1 or not _NAME.fullmatch(values[0]) or values[0].lower().startswith("aws:"):
        raise _invalid('Source Identity must be one value that matches [a-zA-Z_0-9+=,.@-]{2,64}, not beginning "aws:"')
    return values[0]


def _invalid(sentence: str) -> FederationRefusedError:
    return FederationRefusedError("InvalidIdentityToken", sentence)

"""What a session in AWS is called and tagged: what the assertion says of the person beside the roles.

Not here: how long it lasts, which is the role's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from saml_connectors.problems import Problem
from saml_connectors.spec.findings import shown
from saml_connectors.spec.model import SpecModel, refuse
from saml_connectors.spec.sourced import Sourced, one_source
from saml_connectors.spec.tag import TagKey, TagValue, tag_rules
from saml_connectors.spec.values import Text, repeated

_SHARED = "may have spaces, and is not one person's alone"

NOT_A_SESSION_NAME = {
    "displayname": "has spaces",
    **dict.fromkeys(("firstname", "middlename", "lastname"), _SHARED),
    **dict.fromkeys(("company", "costcenter", "department", "description", "location", "manager"), _SHARED),
    **dict.fromkeys(("employeetype", "jobtitle"), _SHARED),
    **dict.fromkeys(("addresses", "phonenumber", "phonenumbers"), "has characters that no session name may have"),
}
"""Directory properties that cannot name a session, and why: AWS takes 2 to 64 letters, digits and `_+=,.@-` only."""


def _names_person(value: str) -> str:
    why = NOT_A_SESSION_NAME.get(value.lower().replace("_", "").replace(" ", ""))
    if why is not None:
        raise refuse(
            "session-name-source",
            f"must be a property with 2 to 64 letters, digits or _+=,.@- that is one person's alone; this one {why}",
            fix="use email or username",
        )
    return value


PersonName = Annotated[Text, AfterValidator(_names_person), Field(examples=["email"])]
"""Directory property that says who somebody is, in characters that a session's name may have."""


class SessionTag(Sourced):
    """Where a session tag comes from; a text alone is the directory property."""

    from_: Annotated[Text | None, Field(alias="from", examples=["department"])] = None
    """Directory property that becomes its value, at most 256 characters."""

    constant: TagValue | None = None
    """The same value for everybody."""

    def rules(self) -> Iterator[Problem]:
        """Exactly one source."""
        rule = "must have exactly one of from and constant"
        yield from one_source(self.from_, self.constant, code="attribute-source", rule=rule)


class Session(SpecModel):
    """What AWS knows of the person in a session."""

    name_from: PersonName = "email"
    """Directory property that becomes `RoleSessionName`, as logs show it.  Default: `email`."""

    source_identity_from: PersonName | None = None
    """Directory property that becomes `SourceIdentity`, which stays the same when a role assumes another.  Default:
    none."""

    tags: dict[TagKey, SessionTag] = {}
    """Session tags (`PrincipalTag`) that policies can ask for as `aws:PrincipalTag/<key>`: key to directory property,
    or to a constant; at most 50.  Every role of the provider then has to allow `sts:TagSession`.  Default: none."""

    transitive_tags: tuple[TagKey, ...] = ()
    """Keys of *tags* that stay when a role assumes another.  Default: none."""

    rests_on: ClassVar = {"transitive-tag-unknown": ("tags",)}

    def rules(self) -> Iterator[Problem]:
        """How many tags, and which of them."""
        yield from tag_rules(self.tags, "tags")
        for index, key in repeated(self.transitive_tags):
            rule = "must be named once"
            yield Problem(code="transitive-tag-twice", field=f"transitive_tags[{index}]", rule=rule, given=shown(key))
        for index, key in enumerate(self.transitive_tags):
            if key not in self.tags:
                yield Problem(
                    code="transitive-tag-unknown",
                    field=f"transitive_tags[{index}]",
                    rule="must be a key of tags",
                    given=shown(key),
                    fix=f"there are {', '.join(self.tags)}" if self.tags else "write it under tags first",
                )

"""Rules of sessions: names, tags and lengths that the directory sends, and what a role must allow for them.

Not here: trust policies that need no directory beside them (`trust_rules.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

from saml_connectors.aws_sign_in import (
    ROLE_SESSION_NAME,
    SESSION_DURATION,
    SOURCE_IDENTITY,
    TRANSITIVE_TAG_KEYS,
)
from saml_connectors.checks.known_values import known, text_of
from saml_connectors.checks.registrations import Application, Sent, applications, offering
from saml_connectors.checks.rule import Context, Hit, Rule
from saml_connectors.checks.saml_trusts import ASSUME_WITH_SAML, TRUST_POLICY, Trust, saml_trusts
from saml_connectors.checks.spec_values import SpecValue
from saml_connectors.cloudformation import Template
from saml_connectors.spec.aws_session import PersonName
from saml_connectors.spec.findings import shown
from saml_connectors.spec.role import LONGEST_SESSION, SHORTEST_MAXIMUM, SHORTEST_SESSION
from saml_connectors.spec.tag import MAX_TAGS, TagKey, TagValue

_TAG, _SET_IDENTITY = "sts:TagSession", "sts:SetSourceIdentity"
_REQUEST_TAG, _IDENTITY_KEY = "aws:requesttag/", "sts:sourceidentity"
_PERSON, _TAG_KEY, _TAG_VALUE = SpecValue(PersonName), SpecValue(TagKey), SpecValue(TagValue)


def _for_aws(template: Template) -> list[Application]:
    return [one for one in applications(template) if one.is_for_aws]


def _senders(trust: Trust) -> list[Application]:
    """The applications that offer a role."""
    return [application for application in offering(trust.role) if application.is_for_aws]


def _no_tags(template: Template, _: Context) -> Iterator[Hit]:
    for trust in saml_trusts(template):
        if trust.lets(_TAG):
            continue
        sent = [key for each in _senders(trust) for key in each.tags]
        asked = [] if sent else _asked(trust, _REQUEST_TAG)
        if sent or asked:
            keys = ", ".join(shown(key) for key in dict.fromkeys([*sent, *asked]))
            why = "the directory sends the tags" if sent else "its own condition asks for the tags"
            message = f"{why} {keys}, and the role does not allow {_TAG}"
            yield Hit(resource=trust.role, path=f"Properties.{TRUST_POLICY}", message=message)


def _no_identity(template: Template, _: Context) -> Iterator[Hit]:
    for trust in saml_trusts(template):
        if trust.lets(_SET_IDENTITY):
            continue
        sent = any(each.of(SOURCE_IDENTITY) for each in _senders(trust))
        if sent or _asked(trust, _IDENTITY_KEY):
            why = "the directory sends" if sent else "its own condition asks for"
            message = f"{why} a source identity, and the role does not allow {_SET_IDENTITY}"
            yield Hit(resource=trust.role, path=f"Properties.{TRUST_POLICY}", message=message)


def _asked(trust: Trust, beginning: str) -> list[str]:
    """What the condition on sign-in asks for, of the keys that begin so; what it only forbids is left out."""
    return [
        test.named[len(beginning) :]
        for one in trust.federated
        if one.actions is not None and one.may(ASSUME_WITH_SAML)
        for test in one.tests or ()
        if test.key.startswith(beginning) and not (test.is_negated or test.is_optional or test.bare == "null")
    ]


def _transitive(template: Template, _: Context) -> Iterator[Hit]:
    for application in _for_aws(template):
        keys = {key.lower() for key in application.tags}
        for one in application.of(TRANSITIVE_TAG_KEYS) if application.sent is not None else ():
            key = known(one.value) if one.is_constant else None
            if key is not None and key.lower() not in keys:
                message = f"{shown(key)} is to stay when a role assumes another, and is no session tag"
                yield Hit(resource=application.resource, path=one.path, message=message)


def _tags(template: Template, _: Context) -> Iterator[Hit]:
    for application in _for_aws(template):
        if len(application.tags) > MAX_TAGS:
            message = f"{len(application.tags)} session tags are sent, and {MAX_TAGS} are the most"
            yield Hit(resource=application.resource, message=message)
        for key, one in application.tags.items():
            rule = _TAG_KEY.broken(key)
            if rule is not None:
                message = f"the key {shown(key)} of a session tag {rule}"
                yield Hit(resource=application.resource, path=one.path, message=message)
            value = known(one.value) if one.is_constant else None
            rule = _TAG_VALUE.broken(value) if value is not None else None
            if rule is not None:
                message = f"the value of the session tag {shown(key)} {rule}"
                yield Hit(resource=application.resource, path=one.path, message=message)


def _durations(template: Template, _: Context) -> Iterator[Hit]:
    for application, one, text in _known_durations(template):
        if not text.isdecimal() or not SHORTEST_SESSION <= int(text[:9]) <= LONGEST_SESSION:
            message = f"the session is to last {shown(text)}, not {SHORTEST_SESSION:,} to {LONGEST_SESSION:,} seconds"
            yield Hit(resource=application.resource, path=one.path, message=message)


def _long_sessions(template: Template, _: Context) -> Iterator[Hit]:
    for application, one, text in _known_durations(template):
        for trust in application.roles if text.isdecimal() else ():
            role = trust.role
            most = text_of(role, "MaxSessionDuration") if role.has("MaxSessionDuration") else str(SHORTEST_MAXIMUM)
            if most is not None and most.isdecimal() and int(text[:9]) > int(most[:9]):
                message = f"the session is to last {text} seconds, and {role.logical_id} allows {most}"
                fix = f"write MaxSessionDuration: {text} at {role.logical_id}, or a shorter SessionDuration"
                yield Hit(resource=application.resource, path=one.path, message=message, fix=fix)


def _known_durations(template: Template) -> Iterator[tuple[Application, Sent, str]]:
    for application in _for_aws(template):
        for one in application.of(SESSION_DURATION):
            text = known(one.value) if one.is_constant else None
            if text is not None:
                yield application, one, text.strip()


def _maxima(template: Template, _: Context) -> Iterator[Hit]:
    for trust in saml_trusts(template):
        text = text_of(trust.role, "MaxSessionDuration")
        if text is not None and not (text.isdecimal() and SHORTEST_MAXIMUM <= int(text[:9]) <= LONGEST_SESSION):
            message = f"sessions may last {shown(text)} at most, not {SHORTEST_MAXIMUM:,} to {LONGEST_SESSION:,}"
            yield Hit(resource=trust.role, path="Properties.MaxSessionDuration", message=f"{message} seconds")


def _nameless(template: Template, _: Context) -> Iterator[Hit]:
    for application in _for_aws(template):
        if application.is_complete and not application.of(ROLE_SESSION_NAME):
            message = "the attribute RoleSessionName is not sent"
            yield Hit(resource=application.resource, message=message)


def _names(template: Template, _: Context) -> Iterator[Hit]:
    for application in _for_aws(template):
        for one in application.of(ROLE_SESSION_NAME):
            text = known(one.value)
            if one.is_constant and text is not None:
                message = f"everybody's session is called {shown(text)}"
                yield Hit(resource=application.resource, path=one.path, message=message)
            elif text is not None and (rule := _PERSON.broken(text)) is not None:
                message = f"sessions are called by the directory property {shown(text)}, which {rule}"
                yield Hit(resource=application.resource, path=one.path, message=message)


_GUIDE = "IAM User Guide, Configure SAML assertions for the authentication response"

RULES: tuple[Rule, ...] = (
    Rule(
        code="trust-no-tag-session",
        level="error",
        what=f"A role whose people are sent session tags allows {_TAG}.",
        why="AWS refuses the whole sign-in where tags are sent and not allowed.",
        fix=f"add {_TAG} to the actions of the same statement",
        source="IAM User Guide, Pass session tags in AWS STS",
        find=_no_tags,
    ),
    Rule(
        code="trust-no-source-identity",
        level="error",
        what=f"A role whose people are sent a source identity allows {_SET_IDENTITY}.",
        why="AWS refuses the whole sign-in where a source identity is sent and not allowed.",
        fix=f"add {_SET_IDENTITY} to the actions of the same statement",
        source="IAM User Guide, Monitor and control actions taken with assumed roles",
        find=_no_identity,
    ),
    Rule(
        code="transitive-tag-unknown",
        level="warning",
        what="Tags that stay when a role assumes another are session tags.",
        why="What is not sent as PrincipalTag cannot stay: policies of the next role that ask for it deny.",
        fix="send the tag as PrincipalTag:<key> too, or leave the key out",
        source=_GUIDE,
        find=_transitive,
    ),
    Rule(
        code="session-tag",
        level="error",
        what=f"Session tags are at most {MAX_TAGS}, with keys and values as AWS takes them.",
        why="AWS refuses the whole sign-in of whoever is sent others.",
        fix="write letters, digits, spaces and _.:/=+-@ only, and keys that do not begin with aws:",
        source="STS API, Tag",
        find=_tags,
    ),
    Rule(
        code="session-duration",
        level="error",
        what=f"A session in the console lasts {SHORTEST_SESSION:,} to {LONGEST_SESSION:,} seconds.",
        why="AWS refuses the sign-in where SessionDuration is anything else.",
        fix="write a number of seconds, such as 28800",
        source=_GUIDE,
        find=_durations,
    ),
    Rule(
        code="session-duration-above-role",
        level="error",
        what="A session is not to last longer than the role allows.",
        why="AWS refuses the sign-in in that role: “exceeds the MaxSessionDuration set for this role”.",
        fix="raise MaxSessionDuration of the role, or write a shorter SessionDuration",
        source="STS API, AssumeRoleWithSAML",
        find=_long_sessions,
    ),
    Rule(
        code="max-session-duration",
        level="error",
        what=f"The longest session of a role is {SHORTEST_MAXIMUM:,} to {LONGEST_SESSION:,} seconds.",
        why="IAM refuses the role, and the deployment fails.",
        fix="write a number of seconds, such as 28800",
        source="CloudFormation, AWS::IAM::Role",
        find=_maxima,
    ),
    Rule(
        code="session-name-missing",
        level="error",
        what="An application for sign-in to AWS sends RoleSessionName.",
        why="AWS refuses every assertion without it.",
        fix="send https://aws.amazon.com/SAML/Attributes/RoleSessionName from the property email",
        source=_GUIDE,
        find=_nameless,
    ),
    Rule(
        code="session-name-source",
        level="warning",
        what="RoleSessionName is one person's alone, in characters that a session's name may have.",
        why="CloudTrail cannot tell who did what; and AWS refuses names with spaces or more than 64 characters.",
        fix="send the property email or username",
        source=_GUIDE,
        find=_names,
    ),
)

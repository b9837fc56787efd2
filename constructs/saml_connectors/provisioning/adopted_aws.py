"""What an application made by hand for AWS's own sign-in says of connectors of kind `iam` and `identity-center`.

Not here: what all kinds have (`adopted_spec.py`), and roles' policies, which no directory knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from saml_connectors import aws_sign_in
from saml_connectors.aws_sign_in import SIGN_IN
from saml_connectors.provisioning.adopted_draft import LOGIN_URL, Draft, Row, as_mapping, repeated_names
from saml_connectors.spec.access_attribute import ACCESS_CONTROL
from saml_connectors.spec.plain import fill_in

_ROLE_VALUE = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):role(?P<path>/|/.*/)(?P<role>[^/,]+),"
    r"arn:(?P=partition):iam::(?P=account):saml-provider/(?P<provider>[^/,]+)"
)
_STORE = re.compile(r"d-[0-9a-f]{10}")
_TAG = aws_sign_in.principal_tag("")
_PORTAL = "change it in the Admin Portal, or write the spec by hand and let it make another application"


def add_iam(draft: Draft) -> None:
    """Add what only kind `iam` has: roles from the constant attributes, the session from both kinds of attributes."""
    roles = [_role(draft, value) for name, value in draft.found.constant_rows() if name == aws_sign_in.ROLE]
    if not roles:
        what = "must send its roles as constant attributes, each with a role's ARN, a comma and the provider's"
        draft.unfit(what, "none", _PORTAL)
    for name in ("partition", "provider"):
        if len({role[name] for role in roles}) > 1:
            draft.unfit(f"must name one {name} in all of its Role values", f"{roles[1][name]}", _PORTAL)
    partition, provider = roles[0]["partition"], roles[0]["provider"]
    accounts = list(dict.fromkeys(role["account"] for role in roles))
    draft.data["aws"] = {"account": accounts[0]}
    if partition != "aws":
        draft.data["partition"] = partition
    draft.data["provider"] = {"name": provider, **_endpoint(draft, partition)}
    draft.data["roles"] = _roles(draft, roles, accounts)
    seen = list(draft.found.groups) or [fill_in("groups whose people may assume it; binding them is a change")]
    draft.data["groups"] = {name: list(seen) for name in draft.data["roles"]}
    if len(accounts) > 1:
        draft.data["other_accounts"] = {"ids": accounts[1:], "deployed_by": "stacks"}
        draft.note("aws.account: any of the accounts may be the connector's own; the others are under other_accounts")
    _session(draft)
    draft.note("roles: taken for existing ones, which the stack does not change: their policies stay what they are")


def _role(draft: Draft, value: str) -> dict[str, str]:
    told = _ROLE_VALUE.fullmatch(value)
    if told is None:
        what = "must have Role values of a role's ARN, a comma, and the ARN of a SAML provider in the same account"
        draft.unfit(what, value, "write it so in the Admin Portal, in this order, then run it again")
    return told.groupdict()


def _roles(draft: Draft, found: list[dict[str, str]], accounts: list[str]) -> dict[str, Any]:
    roles: dict[str, Any] = {}
    seconds = dict(draft.found.constant_rows()).get(aws_sign_in.SESSION_DURATION)
    for each in found:
        role = roles.setdefault(each["role"], {"existing": True, "path": each["path"], "accounts": []})
        if each["account"] in role["accounts"] or role["path"] != each["path"]:
            what = "must name each role once in an account, and with one path"
            draft.unfit(what, each["role"], _PORTAL)
        role["accounts"].append(each["account"])
    for role in roles.values():
        if role["path"] == "/":
            del role["path"]
        if len(role["accounts"]) == len(accounts):
            del role["accounts"]
        if seconds is not None:
            role["session_duration"] = _number(draft, seconds)
    return roles


def _number(draft: Draft, seconds: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{2,4}", seconds):
        draft.unfit("must have a SessionDuration in whole seconds", seconds, _PORTAL)
    return int(seconds)


def _endpoint(draft: Draft, partition: str) -> dict[str, Any]:
    """Where it posts to; sets the sign-in regions where that is another endpoint than the global one."""
    entity_id, acs_url = draft.found.entity_id, draft.found.acs_url
    sign_in = SIGN_IN.get(partition)
    if sign_in is None or entity_id != sign_in.sp_entity_id:
        expected = sign_in.sp_entity_id if sign_in else ", ".join(each.sp_entity_id for each in SIGN_IN.values())
        draft.unfit(f"must have the SP entity ID {expected}", entity_id, "put it right in the Admin Portal")
    pattern = rf"https://(?:([a-z0-9-]+)\.)?{re.escape(sign_in.host)}/saml(/acs/[^/?#]+)?"
    told = re.fullmatch(pattern, acs_url)
    if told is None:
        what = f"must have one ACS URL, that of AWS's sign-in, such as {sign_in.acs_url()}"
        draft.unfit(what, acs_url, "put it right in the Admin Portal")
    if told[1] is not None:
        draft.data["sign_in_regions"] = [told[1]]
    if told[2] is None:
        return {}
    draft.note(f"ACS URL {acs_url}: belongs to one provider, which has to be imported before the first deployment")
    return {"acs": "provider"}


def _session(draft: Draft) -> None:
    users, constants = draft.found.user_rows(), draft.found.constant_rows()
    names = [value for name, value in users if name == aws_sign_in.ROLE_SESSION_NAME]
    if len(names) != 1:
        what = "must carry RoleSessionName once, as a user attribute: everybody's sessions have a name of their own"
        fix = "map it to email in the Admin Portal, and remove the constant of that name, then run it again"
        draft.unfit(what, "a constant" if not names else f"{len(names)} of them", fix)
    session: dict[str, Any] = {"name_from": names[0]}
    users = [row for row in users if row[0] != aws_sign_in.ROLE_SESSION_NAME]
    sources = [value for name, value in users if name == aws_sign_in.SOURCE_IDENTITY]
    if sources:
        session["source_identity_from"] = sources[0]
        users.remove((aws_sign_in.SOURCE_IDENTITY, sources[0]))
    constants = [row for row in constants if row[0] != aws_sign_in.ROLE]
    duration = next((row for row in constants if row[0] == aws_sign_in.SESSION_DURATION), None)
    if duration is not None:
        constants.remove(duration)
    transitive = [value for name, value in constants if name == aws_sign_in.TRANSITIVE_TAG_KEYS]
    constants = [row for row in constants if row[0] != aws_sign_in.TRANSITIVE_TAG_KEYS]
    from_people, fixed = (_split(draft, rows) for rows in (users, constants))
    if set(from_people[0]) & set(fixed[0]):
        draft.unfit(
            "must have one source for each session tag", ", ".join(set(from_people[0]) & set(fixed[0])), _PORTAL
        )
    tags: dict[str, Any] = dict(from_people[0]) | {key: {"constant": value} for key, value in fixed[0].items()}
    if tags:
        session["tags"] = tags
    if transitive:
        session["transitive_tags"] = transitive
    draft.data["session"] = session
    if from_people[1]:
        draft.data["attributes"] = from_people[1]
    if fixed[1]:
        draft.application["constant_attributes"] = fixed[1]


def _split(draft: Draft, rows: Iterable[Row]) -> tuple[dict[str, str], dict[str, str]]:
    """The session tags by key, and everything else by name."""
    listed = list(rows)
    mapping = as_mapping(listed)
    if mapping is None:
        what = "must have a name and a value in each attribute, and each name once"
        draft.unfit(what, ", ".join(repeated_names(listed)) or "an empty one", _PORTAL)
    tags = {name.removeprefix(_TAG): value for name, value in mapping.items() if name.startswith(_TAG)}
    return tags, {name: value for name, value in mapping.items() if not name.startswith(_TAG)}


def add_identity_center(draft: Draft) -> None:
    """Add what only kind `identity-center` has."""
    found = draft.found
    draft.data["service_provider"] = {"entity_id": found.entity_id, "acs_url": found.acs_url}
    region = re.match(r"https://([a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\.", found.entity_id)
    if region is not None:
        draft.data["aws"] = {"region": region[1]}
    instance = {
        "arn": fill_in("ARN of the instance, as its settings show it"),
        "identity_store_id": _store(draft) or fill_in("id of the identity store, such as d-9067654321"),
    }
    if found.text(LOGIN_URL):
        instance["access_portal_url"] = found.text(LOGIN_URL)
    draft.data["instance"] = instance
    rows = as_mapping(found.user_rows())
    if rows is not None and all(name.startswith(ACCESS_CONTROL) for name in rows):
        if rows:
            draft.data["attributes"] = {name.removeprefix(ACCESS_CONTROL): source for name, source in rows.items()}
            draft.note("attributes: the stack turns access control by them on for the instance, if it is not on yet")
    else:
        draft.note("user attributes: left as found: some are not for access control, or two have one name")
    draft.note("permission sets, assignments and provisioning: not in the directory; they stay as they are in AWS")


def _store(draft: Draft) -> str | None:
    """The identity store's id, which begins the portal's address and ends newer entity IDs."""
    try:
        host = urlsplit(draft.found.text(LOGIN_URL)).hostname or ""
    except ValueError:
        host = ""
    portal = host.partition(".")[0] if host.endswith(".awsapps.com") else ""
    told = [each for each in (draft.found.entity_id.rpartition("/")[2], portal) if _STORE.fullmatch(each)]
    return told[0] if told else None


def is_iam(entity_id: str, acs_url: str) -> bool:
    """Whether these are AWS's own sign-in's."""
    hosts = tuple(each.host for each in SIGN_IN.values())
    try:
        parts = urlsplit(acs_url)
        host = parts.hostname or ""
    except ValueError:
        return False
    at_sign_in = any(host == each or host.endswith(f".{each}") for each in hosts)
    return entity_id in {each.sp_entity_id for each in SIGN_IN.values()} or (
        at_sign_in and (parts.path == "/saml" or parts.path.startswith("/saml/"))
    )


def is_identity_center(entity_id: str, acs_url: str) -> bool:
    """Whether these are those of IAM Identity Center."""
    return any("/platform/saml/" in value and "signin." in value for value in (entity_id, acs_url))

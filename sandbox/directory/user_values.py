"""What the body of a PUT says of a person: judged, and only what it says; all else stays as it is.

Read-only parts of a person may be sent, and are ignored.  Not here: HTTP, and the people themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.directory.answers import BAD_REQUEST, refusal
from sandbox.directory.people import ACTIVATED, SUSPENDED

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXTS = {
    "email": "email",
    "username": "username",
    "firstname": "first_name",
    "middlename": "middle_name",
    "lastname": "last_name",
    "displayname": "chosen_display_name",
    "company": "company",
    "costCenter": "cost_center",
    "department": "department",
    "description": "description",
    "employeeIdentifier": "employee_identifier",
    "employeeType": "employee_type",
    "jobTitle": "job_title",
    "location": "location",
    "password": "password",
}
"""The API's name of each text, and the one it has in `people.User`."""

PHONE_PARTS = ("type", "number")
ADDRESS_PARTS = (
    "type",
    "streetAddress",
    "extendedAddress",
    "poBox",
    "locality",
    "region",
    "postalCode",
    "country",
)
REQUIRED = ("email", "username", "password")
MAX_TEXT = 1024
MAX_IDENTIFIER = 256


def user_values(body: Mapping[str, Any], *, state: str) -> dict[str, Any]:
    """Every field of a person that *body* sets, by the name that it has in `people.User`; *state* is theirs so far."""
    values: dict[str, Any] = {}
    for key, name in TEXTS.items():
        if key in body:
            values[name] = _text(key, body[key])
    for key, name, parts in (
        ("phoneNumbers", "phone_numbers", PHONE_PARTS),
        ("addresses", "addresses", ADDRESS_PARTS),
    ):
        if key in body:
            values[name] = _rows(key, body[key], parts)
    if "attributes" in body:
        rows = _rows("attributes", body["attributes"], ("name", "value"))
        values["attributes"] = {row["name"]: row.get("value", "") for row in rows if row.get("name")}
    return values | {"state": _state(body, state)}


def _state(body: Mapping[str, Any], state: str) -> str:
    """The state that *body* asks for; `suspended` says the same in an older way, and `state` wins."""
    if "state" in body:
        if body["state"] not in {ACTIVATED, SUSPENDED}:
            raise refusal(BAD_REQUEST, f"state must be one of {ACTIVATED}, {SUSPENDED}")
        return str(body["state"])
    suspended = body.get("suspended", state == SUSPENDED)
    if not isinstance(suspended, bool):
        raise refusal(BAD_REQUEST, "suspended must be a boolean")
    if suspended:
        return SUSPENDED
    return ACTIVATED if state == SUSPENDED else state


def _text(key: str, value: Any) -> str:
    if value is None and key not in REQUIRED:
        return ""
    longest = MAX_IDENTIFIER if key == "employeeIdentifier" else MAX_TEXT
    if not isinstance(value, str) or len(value) > longest:
        raise refusal(BAD_REQUEST, f"{key} must be a string of at most {longest} characters")
    if key in REQUIRED and not value.strip():
        raise refusal(BAD_REQUEST, f"{key} is required")
    if key == "email" and (value.count("@") != 1 or value != value.strip() or value[0] == "@" or value[-1] == "@"):
        raise refusal(BAD_REQUEST, "email must be an e-mail address")
    return value


def _rows(key: str, value: Any, parts: tuple[str, ...]) -> list[dict[str, str]]:
    """A list of objects of texts; parts that a person does not have, as an id that was read, are dropped."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise refusal(BAD_REQUEST, f"{key} must be an array of objects")
    return [{part: _text(f"{key}.{part}", row[part]) for part in parts if part in row} for row in value]

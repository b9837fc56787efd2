"""Application, template and group as the directory tells them: loosely read, because null comes where text should be.

Not here: what is wanted of them (`desired.py`), and how the two differ (`plan.py`).
"""

from __future__ import annotations

import re
from datetime import datetime

from . import slugs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

APPLICATION_ID = re.compile(r"[0-9a-fA-F]{24}")
IDP_CERTIFICATE = "idpCertificate"
IDP_ENTITY_ID = "idpEntityId"
NOT_DYNAMIC = frozenset({"STATIC", "NOTSET", ""})


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def timestamp(value: Any) -> float | None:
    """An ISO 8601 time as seconds since 1970; None where it is none."""
    try:
        return datetime.fromisoformat(_text(value)).timestamp()
    except (ValueError, OverflowError):
        return None


class Live:
    """One application, as read."""

    __slots__ = ("body",)

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

    @property
    def id(self) -> str:
        """Its id: `_id`, or `id` where that is missing."""
        return _text(self.body.get("_id")) or _text(self.body.get("id"))

    @property
    def template(self) -> str:
        """The name of the template that it was made from."""
        return _text(self.body.get("name"))

    @property
    def label(self) -> str:
        """What administrators see it as."""
        return _text(self.body.get("displayLabel"))

    @property
    def sso_url(self) -> str:
        """Its SSO IdP URL; of a bookmark, what it opens."""
        return _text(self.body.get("ssoUrl"))

    @property
    def slug(self) -> str:
        """The last part of its SSO IdP URL."""
        return slugs.of(self.sso_url)

    @property
    def active(self) -> bool:
        """Whether it signs people in.  One that does not say so is told apart by `says_active`."""
        return self.body.get("active") is True

    @property
    def says_active(self) -> bool:
        """Whether it says anything about it: a bookmark may not."""
        return "active" in self.body

    @property
    def created(self) -> float | None:
        """When it was made, by the directory's clock, as seconds since 1970."""
        return timestamp(self.body.get("created"))

    @property
    def config(self) -> dict[str, Any]:
        """Its SAML settings: an entry with a `value` for each key."""
        return _object(self.body.get("config"))

    @property
    def certificate_expires_at(self) -> str:
        """End of its certificate's life, as told; empty where it is not."""
        return _text(_object(self.body.get("sso")).get("idpCertExpirationAt"))

    def config_value(self, key: str) -> Any:
        """The value of one setting; None where there is none."""
        return _object(self.config.get(key)).get("value")

    def value_at(self, path: str) -> Any:
        """What stands at `displayLabel`, `sso.hidden` or `config.acsUrl`; None where nothing does."""
        head, _, key = path.partition(".")
        if head == "config":
            return self.config_value(key)
        return _object(self.body.get(head)).get(key) if key else self.body.get(head)

    def __str__(self) -> str:
        return f"application {self.label!r} ({self.id})"


class LiveGroup:
    """One user group, as read."""

    __slots__ = ("body",)

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

    @property
    def id(self) -> str:
        """Its id."""
        return _text(self.body.get("id"))

    @property
    def name(self) -> str:
        """What people know it by."""
        return _text(self.body.get("name"))

    @property
    def attributes(self) -> dict[str, Any]:
        """What its members inherit, and what it is provisioned with elsewhere."""
        return _object(self.body.get("attributes"))

    @property
    def is_dynamic(self) -> bool:
        """Whether a rule makes its members, who inherit nothing then.  One whose method was never set is static."""
        query = _object(self.body.get("memberQuery"))
        has_rule = any(part for name, part in query.items() if name != "queryType")
        return has_rule or _text(self.body.get("membershipMethod")) not in NOT_DYNAMIC

    def __str__(self) -> str:
        return f"group {self.name!r} ({self.id})"


class Template:
    """One entry of the directory's catalogue, as read."""

    __slots__ = ("body",)

    def __init__(self, body: dict[str, Any]) -> None:
        self.body = body

    @property
    def name(self) -> str:
        """What it is known by; it never changes."""
        return _text(self.body.get("name"))

    @property
    def display_name(self) -> str:
        """What people read; it does change."""
        return _text(self.body.get("displayName"))

    @property
    def sso_url(self) -> str:
        """Its own SSO IdP URL, which tells the region's SSO host; may be empty."""
        return _text(self.body.get("ssoUrl"))

    @property
    def sso_type(self) -> str:
        """`saml`, `oidc`, …; empty where it is not told."""
        return _text(_object(self.body.get("sso")).get("type"))

    @property
    def config(self) -> dict[str, Any]:
        """Its settings with their defaults; empty where the catalogue does not tell them."""
        return _object(self.body.get("config"))

    def default(self, key: str) -> Any:
        """The default of one setting; None where there is none."""
        return _object(self.config.get(key)).get("value")

"""A spec in the making for an application that was made by hand: what is known, what is not, what is left as found.

Not here: what is known of which kind of connector (`adopted_cognito.py`, `adopted_aws.py`, `adopted_spec.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from saml_connectors.problems import Problem
from saml_connectors.provider.jumpcloud import plan
from saml_connectors.provider.jumpcloud.desired import (
    ACS_URL,
    CONFIG_FLAGS,
    CONFIG_TEXTS,
    CONSTANT_ATTRIBUTES,
    DATABASE_ATTRIBUTES,
    LAUNCH_TEXTS,
)
from saml_connectors.provider.jumpcloud.live import Live
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.spec.findings import shown

SUBJECT_FIELD, NAME_ID_FORMAT = CONFIG_TEXTS["SubjectField"], CONFIG_TEXTS["NameIdFormat"]
SIGNATURE_ALGORITHM, SP_ENTITY_ID = CONFIG_TEXTS["SignatureAlgorithm"], CONFIG_TEXTS["SpEntityId"]
SIGN_ASSERTION, SIGN_RESPONSE = CONFIG_FLAGS["SignAssertion"], CONFIG_FLAGS["SignResponse"]
LOGIN_URL, RELAY_STATE = LAUNCH_TEXTS["LoginUrl"], LAUNCH_TEXTS["DefaultRelayState"]

Row = tuple[str, str]
"""Name of a SAML attribute, and the directory property or the constant that it carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An application as the directory tells it, and who sees it."""

    live: Live
    groups: tuple[str, ...] = ()
    """Names of the groups bound to it that no other group has."""

    shared_names: tuple[str, ...] = ()
    """Names of groups bound to it that several groups have, so that none can be chosen by name."""

    def text(self, key: str) -> str:
        """A setting that is a text; empty where there is none."""
        value = self.live.config_value(key)
        return value if isinstance(value, str) else ""

    @property
    def entity_id(self) -> str:
        """Entity ID of the service provider."""
        return self.text(SP_ENTITY_ID)

    @property
    def acs_url(self) -> str:
        """Where the response is posted; a list as it is where there are several."""
        return plan.only_acs_url(self.text(ACS_URL))

    def has(self, *keys: str) -> bool:
        """Whether the application's template has all of these settings."""
        return all(key in self.live.config for key in keys)

    def user_rows(self) -> list[Row]:
        """The attributes that carry properties of people."""
        return self._rows(DATABASE_ATTRIBUTES)

    def constant_rows(self) -> list[Row]:
        """The attributes with the same value for everybody."""
        return self._rows(CONSTANT_ATTRIBUTES)

    def _rows(self, key: str) -> list[Row]:
        value = self.live.config_value(key)
        rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
        return [(str(row.get("name") or ""), str(row.get("value") or "")) for row in rows]


@dataclass(slots=True)
class Draft:
    """The spec so far."""

    found: Found

    data: dict[str, Any] = field(default_factory=dict)
    """As it will be written."""

    application: dict[str, Any] = field(default_factory=dict)
    """Its part `application`."""

    notes: list[str] = field(default_factory=list)
    """What its author should know: what stays as it was found, and what to look at."""

    def unfit(self, what: str, given: str, fix: str) -> NoReturn:
        """Say that a connector of this kind could not leave the application as it is.

        Raises:
            Trouble: Always.
        """
        raise Trouble(Problem(code="adopt-unfit", field="application", rule=what, given=shown(given), fix=fix))

    def note(self, text: str) -> None:
        """Remember something that the author should know."""
        self.notes.append(text)


def as_mapping(rows: Iterable[Row]) -> dict[str, str] | None:
    """The rows by name; nothing where a mapping could not hold them all."""
    listed = list(rows)
    if not all(name.strip() and value.strip() for name, value in listed) or repeated_names(listed):
        return None
    return dict(listed)


def repeated_names(rows: Iterable[Row]) -> list[str]:
    """Names that more than one row has."""
    return [name for name, count in Counter(name for name, _ in rows).items() if count > 1]

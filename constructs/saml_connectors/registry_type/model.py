"""An application as the registry tells it: the properties of the schema, read from what the directory has. Pure.

Only what the schema names is told, and where what was given means the same, it is told as it was given: so nothing
differs where nothing has changed.  Not here: the way there (`wanted.py`).
"""

from __future__ import annotations

from saml_connectors.provider.jumpcloud import certificate, contract, plan
from saml_connectors.provider.jumpcloud.desired import (
    CONFIG_FLAGS,
    CONFIG_TEXTS,
    CONSTANT_ATTRIBUTES,
    DATABASE_ATTRIBUTES,
    GROUPS_ATTRIBUTE_NAME,
    INCLUDE_GROUPS,
    SP_CERTIFICATE,
)
from saml_connectors.provider.jumpcloud.verify import saml_facts

from . import tags

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from saml_connectors.provider.jumpcloud.live import Live

TAGS, ACTIVE, KEY, VALUE = "Tags", "Active", "Key", "Value"
READ_ONLY = (contract.APPLICATION_ID, contract.CERTIFICATE, contract.CERTIFICATE_EXPIRES_AT)
CREATE_ONLY = (contract.SSO_URL, contract.TEMPLATE)
ROWS = {
    contract.USER_ATTRIBUTES: (DATABASE_ATTRIBUTES, contract.SOURCE),
    contract.CONSTANT_ATTRIBUTES: (CONSTANT_ATTRIBUTES, contract.VALUE),
}
PLAIN = (
    contract.DISPLAY_LABEL,
    contract.VISIBLE,
    contract.IDP_ENTITY_ID,
    *CONFIG_TEXTS,
    *CONFIG_FLAGS,
    contract.SP_CERTIFICATE,
    *ROWS,
    contract.GROUPS_ATTRIBUTE,
)
"""Properties that mean here what they mean in the custom resource."""

WRITABLE = (*CREATE_ONLY, *PLAIN, contract.DESCRIPTION, TAGS, ACTIVE)


def is_one(live: Live) -> bool:
    """Whether the type has it: a SAML application, which an SSO URL of its own names."""
    return live.template != contract.BOOKMARK_TEMPLATE and "://" in live.sso_url


def identifiers(live: Live) -> dict[str, Any]:
    """What a list tells of it."""
    return {contract.SSO_URL: live.sso_url, contract.APPLICATION_ID: live.id}


def model_of(live: Live, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """All that the schema names of *live*; as it was *given*, where that means the same."""
    text, tagged = tags.split(live.body.get("description") or "")
    facts, _ = saml_facts(live)
    found: dict[str, Any] = {
        **identifiers(live),
        contract.TEMPLATE: live.template,
        contract.DISPLAY_LABEL: live.label,
        contract.DESCRIPTION: text,
        contract.IDP_ENTITY_ID: facts[contract.IDP_ENTITY_ID],
        contract.CERTIFICATE: facts.get(contract.CERTIFICATE),
        contract.CERTIFICATE_EXPIRES_AT: facts.get(contract.CERTIFICATE_EXPIRES_AT),
        **{name: _setting(live, key) for name, key in CONFIG_TEXTS.items()},
        contract.SP_CERTIFICATE: _certificate(live.config_value(SP_CERTIFICATE)),
    }
    if live.config_value(INCLUDE_GROUPS) is True:
        found[contract.GROUPS_ATTRIBUTE] = live.config_value(GROUPS_ATTRIBUTE_NAME)
    told = {name: value for name, value in found.items() if value not in (None, "")}
    told |= {contract.VISIBLE: live.value_at(plan.HIDDEN) is not True, ACTIVE: live.active}
    told |= {name: flag for name, key in CONFIG_FLAGS.items() if isinstance(flag := _setting(live, key), bool)}
    told |= {name: _rows(live, key, second) for name, (key, second) in ROWS.items() if key in live.config}
    told[TAGS] = [{KEY: key, VALUE: value} for key, value in tagged.items()]
    for name in given or {}:
        if name in told and given is not None and _means_the_same(name, given[name], told[name]):
            told[name] = given[name]
    return told


def _setting(live: Live, key: str) -> Any:
    """A setting's value; where the template does not have it, the one that it is taken to be."""
    if key not in live.config and key in plan.ASSUMED:
        return plan.ASSUMED[key]
    value = live.config_value(key)
    return plan.only_acs_url(value) if key == CONFIG_TEXTS[contract.ACS_URL] and isinstance(value, str) else value


def _certificate(value: Any) -> Any:
    try:
        return certificate.one_line(value) if isinstance(value, str) and value else None
    except ValueError:
        return value


def _rows(live: Live, key: str, second: str) -> list[dict[str, str]]:
    value = live.config_value(key)
    rows = [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
    return [{contract.NAME: str(row.get("name") or ""), second: str(row.get("value") or "")} for row in rows]


def _means_the_same(name: str, given: Any, told: Any) -> bool:
    if isinstance(told, bool):
        return str(given).lower() == str(told).lower()
    if isinstance(told, list):
        return isinstance(given, list) and _sorted(given) == _sorted(told)
    if name == contract.SP_CERTIFICATE:
        return bool(_certificate(given) == told)
    return given == told or (name == contract.ACS_URL and isinstance(given, str) and plan.only_acs_url(given) == told)


def _sorted(rows: Iterable[Any]) -> list[Any]:
    return sorted(sorted(row.items()) if isinstance(row, dict) else [("", str(row))] for row in rows)

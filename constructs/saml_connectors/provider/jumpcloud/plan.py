"""Pure: desired and live state in, a plan out: none, create, update of named fields, or replace.

Only managed fields are compared; what was set by hand beside them stays.  No request is made here, no clock is read.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import NamedTuple

from . import certificate
from .desired import ACS_URL, CONFIG_FLAGS, CONSTANT_ATTRIBUTES, DATABASE_ATTRIBUTES, INCLUDE_GROUPS, SP_CERTIFICATE
from .live import IDP_ENTITY_ID

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .desired import Application
    from .live import Live, Template

NONE, CREATE, UPDATE, REPLACE = "none", "create", "update", "replace"

ACTIVE, LABEL, DESCRIPTION, HIDDEN = "active", "displayLabel", "description", "sso.hidden"
CONFIG = "config."

ASSUMED = MappingProxyType({"declareRedirectEndpoint": True, "signAssertion": True, "signatureAlgorithm": "RSA-SHA256"})
"""Settings that a template need not have, with the one value for which it need not.

The first only changes the metadata that the directory exports, which nobody reads here.  Without the others it signs as
it does by default: a service provider refuses an assertion that is not signed, and it offers no other algorithm.
"""

_FLAGS = frozenset({HIDDEN, ACTIVE, INCLUDE_GROUPS, *CONFIG_FLAGS.values()})


class Plan(NamedTuple):
    """What is to be done.

    Attributes:
        kind: `none`, `create`, `update` or `replace`.
        changes: For an update: path of each field, and its new value.
        reasons: For a replacement: which parts of the identity differ.
    """

    kind: str
    changes: Mapping[str, Any] = MappingProxyType({})
    reasons: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """What changes, by name, for the log: never a value."""
        return self.reasons or tuple(sorted(self.changes))


def plan(desired: Application, live: Live | None, cleared: Mapping[str, Any] | None = None) -> Plan:
    """Decide what brings *live* to *desired*.

    Args:
        desired: What is wanted.
        live: What is there; None where there is nothing.
        cleared: Fields that were managed before and are not any more, with the value that each goes back to.
    """
    if live is None:
        return Plan(CREATE)
    reasons = identity_differences(desired, live)
    if reasons:
        return Plan(REPLACE, reasons=reasons)
    changes = differences({**(cleared or {}), **managed(desired, live)}, live)
    return Plan(UPDATE, changes) if changes else Plan(NONE)


def identity_differences(desired: Application, live: Live) -> tuple[str, ...]:
    """Which parts of the identity differ; none: it is the same application."""
    found = []
    if live.template != desired.template:
        found.append("template")
    if desired.is_bookmark:
        if live.sso_url != desired.bookmark_url:
            found.append("bookmark URL")
    elif live.slug != desired.slug:
        found.append("slug")
    return tuple(found)


def managed(desired: Application, live: Live) -> dict[str, Any]:
    """Every field that this resource looks after, by path, with the value that it should have."""
    fields = settings(desired)
    if not desired.is_bookmark and (desired.idp_entity_id or desired.adopt is None):
        fields[CONFIG + IDP_ENTITY_ID] = desired.idp_entity_id or live.sso_url
    if desired.is_bookmark and not live.says_active:
        del fields[ACTIVE]
    for key in assumed(desired.config, live.config):
        del fields[CONFIG + key]
    return fields


def assumed(config: Mapping[str, Any], known: Iterable[str]) -> tuple[str, ...]:
    """Which settings of *config* are not among the *known* ones, and are taken to be so: never verified."""
    known = frozenset(known)
    return tuple(sorted(key for key in ASSUMED.keys() - known if key in config and config[key] == ASSUMED[key]))


def settings(desired: Application) -> dict[str, Any]:
    """The managed fields that do not depend on what the directory answers."""
    fields: dict[str, Any] = {ACTIVE: True, LABEL: desired.label, HIDDEN: not desired.visible}
    if desired.description is not None:
        fields[DESCRIPTION] = desired.description
    fields.update({CONFIG + key: value for key, value in desired.config.items()})
    return fields


def released(desired: Application, old: Application) -> tuple[str, ...]:
    """The fields that *old* managed and *desired* does not: they are reset, not left behind."""
    return tuple(sorted(settings(old).keys() - settings(desired).keys()))


def reset_values(paths: tuple[str, ...], template: Template | None) -> dict[str, Any]:
    """What released fields go back to: the template's default where it tells one, else nothing."""
    values: dict[str, Any] = {}
    for path in paths:
        key = path.removeprefix(CONFIG)
        default = template.default(key) if template and path.startswith(CONFIG) else None
        values[path] = _nothing(key) if default is None else default
    return values


def differences(wanted: Mapping[str, Any], live: Live) -> dict[str, Any]:
    """Those of the *wanted* fields that *live* does not have so."""
    return {path: value for path, value in wanted.items() if not same(path, value, live.value_at(path))}


def same(path: str, wanted: Any, found: Any) -> bool:
    """Whether two values of a field mean the same: null, empty and absent do, and so do lists in another order."""
    return bool(_normal(path, wanted) == _normal(path, found))


def _nothing(key: str) -> Any:
    if key in {DATABASE_ATTRIBUTES, CONSTANT_ATTRIBUTES}:
        return []
    return False if key in _FLAGS else ""


def _normal(path: str, value: Any) -> Any:
    key = path.removeprefix(CONFIG)
    if value is None:
        value = _nothing(key)
    if key in {DATABASE_ATTRIBUTES, CONSTANT_ATTRIBUTES} and isinstance(value, list):
        return sorted(
            (str(item.get("name") or ""), str(item.get("value") or "")) if isinstance(item, dict) else ("", str(item))
            for item in value
        )
    if key == SP_CERTIFICATE and isinstance(value, str) and value:
        try:
            return certificate.one_line(value)
        except ValueError:
            return value
    if key == ACS_URL and isinstance(value, str):
        return only_acs_url(value)
    return value


def only_acs_url(value: str) -> str:
    """*value*, or the one URL where it is a JSON list of ACS URLs; a list of several as it is."""
    if not value.lstrip().startswith("["):
        return value
    try:
        entries = json.loads(value)
    except ValueError:
        return value
    urls = [str(entry.get("url")) for entry in entries if isinstance(entry, dict)]
    return urls[0] if len(urls) == 1 else value

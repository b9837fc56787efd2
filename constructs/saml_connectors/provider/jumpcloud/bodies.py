"""The bodies that are sent to the directory for an application: whole for a create, merged into the live one after.

Pure.  Not here: when they are sent (`creation.py`, `lifecycle.py`).
"""

from __future__ import annotations

from copy import deepcopy

from . import slugs
from .errors import ApplicationError
from .live import IDP_ENTITY_ID
from .plan import CONFIG, assumed, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .desired import Application
    from .live import Live, Template


def for_create(desired: Application, template: Template | None) -> dict[str, Any]:
    """The body of POST: managed fields and nothing else; all other settings take the template's defaults.

    No certificate and no key, which the directory makes itself, and never an empty text, on which it fails.

    Raises:
        ApplicationError: The template does not know a setting that is needed.
    """
    if desired.is_bookmark or template is None:
        return _bookmark(desired)
    sso_url = slugs.placed(desired.slug, template_url=template.sso_url, api_url=desired.directory.api_url)
    config = {key: value for key, value in desired.config.items() if value != ""}
    if desired.idp_entity_id or "://" in sso_url:
        config[IDP_ENTITY_ID] = desired.idp_entity_id or sso_url
    if template.config:
        doing = f"creating {desired} from template {template.name!r}"
        config = known_settings(config, template.config, doing)
    body: dict[str, Any] = {
        "active": True,
        "name": desired.template,
        "displayName": template.display_name or desired.template,
        "displayLabel": desired.label,
        "ssoUrl": sso_url,
        "sso": {"type": "saml", "hidden": not desired.visible},
        "config": {key: {"value": value} for key, value in config.items()},
    }
    return body | ({"description": desired.description} if desired.description else {})


def _bookmark(desired: Application) -> dict[str, Any]:
    body: dict[str, Any] = {
        "active": True,
        "name": desired.template,
        "displayName": desired.label,
        "displayLabel": desired.label,
        "ssoUrl": desired.bookmark_url,
        "config": {},
    }
    body |= {"description": desired.description} if desired.description else {}
    return body | ({} if desired.visible else {"sso": {"hidden": True}})


def merged(live: Live, changes: Mapping[str, Any], doing: str) -> dict[str, Any]:
    """The body of PUT: everything as it was read, certificate and key too, with *changes* in it.

    Raises:
        ApplicationError: The application does not know a setting that is to be changed.
    """
    known_settings(
        {path.removeprefix(CONFIG): value for path, value in changes.items() if path.startswith(CONFIG)},
        live.config,
        doing,
    )
    body = deepcopy(live.body)
    for path, value in changes.items():
        head, _, key = path.partition(".")
        if not key:
            body[head] = value
            continue
        part = body.get(head)
        if not isinstance(part, dict):
            part = body[head] = {}
        if head == "config":
            entry = part.get(key)
            part[key] = {**(entry if isinstance(entry, dict) else {}), "value": value}
        else:
            part[key] = value
    return body


def known_settings(config: Mapping[str, Any], known: Iterable[str], doing: str) -> dict[str, Any]:
    """*config* less what is unknown and not needed: its absence means the same, or it is so anyway (`plan.ASSUMED`).

    Raises:
        ApplicationError: A setting that is needed is not among the *known* ones.
    """
    known = list(known)
    needless = {*known, *assumed(config, known)}
    unknown = [key for key, value in config.items() if key not in needless and not same(CONFIG + key, value, None)]
    if unknown:
        raise ApplicationError(
            doing,
            f"it has no setting {', '.join(sorted(unknown))}; it has {', '.join(sorted(known)) or 'none'}",
            "leave out the property that needs it, or use `template: saml2`, which has every setting",
        )
    return {key: value for key, value in config.items() if key in known}

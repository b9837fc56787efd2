"""What an assertion says about a person: NameID and attributes, as the application's settings ask for them.

Pure lookups in the directory; not here: the XML (`saml_response`).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sandbox.directory.applications import Application
    from sandbox.directory.people import User
    from sandbox.directory.state import Directory


def name_id(directory: Directory, application: Application, user: User) -> str | None:
    """The NameID: the property that `subjectField` names, an e-mail address where the template does not ask."""
    return property_of(directory, application, user, str(application.config.get("subjectField") or "email"))


def attributes_of(directory: Directory, application: Application, user: User) -> list[tuple[str, list[str]]]:
    """Name and values of each attribute: of the person, constant ones, and the groups; empty ones are left out."""
    gathered: dict[str, list[str]] = {}
    for row in application.config.get("databaseAttributes") or []:
        value = property_of(directory, application, user, str(row["value"]))
        if value:
            gathered.setdefault(str(row["name"]), []).append(value)
    for row in application.config.get("constantAttributes") or []:
        gathered.setdefault(str(row["name"]), []).append(str(row["value"]))
    groups = [group.name for group in directory.bound_groups(application, user)]
    name = application.config.get("groupsAttributeName")
    if application.config.get("includeGroups") and name and groups:
        gathered.setdefault(str(name), []).extend(groups)
    return list(gathered.items())


def property_of(directory: Directory, application: Application, user: User, name: str) -> str | None:
    """A property by name: built in, else the person's own attribute, else one that a group hands down.

    Of the groups that connect the person to the application, the one added most recently wins; where none does, because
    the person is bound directly, of all the person's groups.  Dynamic groups hand nothing down.
    """
    built_in = user.property(name)
    if built_in is not None:
        return built_in
    if name in user.attributes:
        return user.attributes[name]
    groups = directory.connecting_groups(application, user) or directory.groups_of(user)
    inherited = [group.attributes[name] for group in groups if name in group.attributes and not group.is_dynamic]
    return _text(inherited[-1]) if inherited else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)

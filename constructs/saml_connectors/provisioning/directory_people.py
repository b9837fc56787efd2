"""The directory as it is: people, the groups bound to an application, their members; paged, counted, streamed.

Built on the provider's client: its transport, retries and sentences.  Not here: anything that writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from saml_connectors.problems import Problem
from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.desired import DirectoryRef
from saml_connectors.provider.jumpcloud.directory import PAGE, Directory
from saml_connectors.provider.jumpcloud.errors import NotFound
from saml_connectors.provider.jumpcloud.live import LiveGroup
from saml_connectors.provider.jumpcloud.retry import Caller
from saml_connectors.provisioning.people import Group, Person, State
from saml_connectors.provisioning.trouble import Trouble, telling_of_the_directory
from saml_connectors.spec.person_property import BUILT_IN

NAMED = ("email", "username", "firstname", "lastname", "displayname", "state", "suspended", "phoneNumbers")
"""Properties of people that are always read."""

_CANONICAL = {name.lower(): name for name in BUILT_IN}


class DirectoryPeople(Directory):
    """One directory, seen as what an application provisions.

    Args:
        ref: Where it is.
        headers: What proves the right to call.
        caller: Makes the calls.
        deadline: Until when.
        application_id: The application whose groups are provisioned.
        group_names: Groups that are looked at even where they are not bound.
        properties: Properties of people that are looked at beside their names.
    """

    def __init__(
        self,
        ref: DirectoryRef,
        headers: Mapping[str, str],
        caller: Caller,
        deadline: Deadline,
        *,
        application_id: str,
        group_names: Iterable[str],
        properties: Iterable[str],
    ) -> None:
        super().__init__(ref, headers, caller, deadline)
        self._application_id = application_id
        self._group_names = frozenset(group_names)
        self._properties = tuple(dict.fromkeys(properties))

    def groups(self) -> list[Group]:  # type: ignore[override] # of another record: what is compared, not what is written
        """Groups that are bound to the application, and those of the names that were given."""
        with telling_of_the_directory():
            try:
                bound = self.bound_groups(self._application_id)
            except NotFound:
                raise Trouble(_no_application(self._application_id)) from None
            listed = [each for each in self.listed_groups() if each.id in bound or each.name in self._group_names]
            return [self._group(each, bound=each.id in bound) for each in listed]

    def members(self, group_id: str) -> Iterator[str]:
        """Ids of the people in one group."""
        path = f"/v2/usergroups/{quote(group_id, '')}/members"
        doing = f"listing the members of group {group_id}"
        for each in self._all(path, doing, scope="groups.readonly", query=[]):
            to = each.get("to")
            if isinstance(to, dict) and to.get("type", "user") == "user":
                yield str(to.get("id"))

    def people(self) -> Iterator[Person]:
        """Everybody."""
        custom = any(name.lower() not in _CANONICAL for name in self._properties)
        asked = dict.fromkeys(
            [*NAMED, *(_CANONICAL[name.lower()] for name in self._properties if name.lower() in _CANONICAL)]
        )
        fields = " ".join([*asked, *(["attributes"] if custom else [])])
        query = [("fields", fields), ("sort", "_id")]
        for each in self._all("/systemusers", "listing the people", scope="users.readonly", query=query):
            yield self._person(each)

    def _all(self, path: str, doing: str, *, scope: str, query: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        """Every item of a list that may be long, one page in memory at a time."""
        skip, before = 0, 0
        while True:
            where = [("limit", str(PAGE)), ("skip", str(skip)), *query]
            with telling_of_the_directory():
                payload, total = self._exchange("GET", path, doing, scope=scope, query=where)
                items = self._results(payload, doing)
            if total is not None and total < before:
                raise Trouble(_changed(doing))
            before = total or 0
            skip += len(items)
            yield from items
            if not items and total is not None and skip < total:
                raise Trouble(_changed(doing))
            if not items or (len(items) < PAGE if total is None else skip >= total):
                return

    def _group(self, listed: LiveGroup, *, bound: bool) -> Group:
        """One group.  What its members inherit is asked for where it matters: a list does not tell of dynamic ones."""
        custom = [name for name in self._properties if name.lower() not in _CANONICAL and name in listed.attributes]
        whole = self.group(listed.id) if custom else None
        handed = whole.attributes if whole is not None and not whole.is_dynamic else {}
        inherited = {name: value for name in custom if (value := _text(handed.get(name)))}
        return Group(id=listed.id, name=listed.name, bound=bound, inherited=inherited)

    def _person(self, told: Mapping[str, Any]) -> Person:
        phones = told.get("phoneNumbers")
        numbers = [each for each in phones if isinstance(each, dict)] if isinstance(phones, list) else []
        return Person(
            id=_text(told.get("_id")) or _text(told.get("id")),
            email=_text(told.get("email")),
            username=_text(told.get("username")),
            first_name=_text(told.get("firstname")),
            last_name=_text(told.get("lastname")),
            display_name=_text(told.get("displayname")),
            state=_state(told),
            phones=tuple(_text(each.get("type")) for each in numbers if _text(each.get("number"))),
            values={name: value for name in self._properties if (value := _property(told, name))},
        )


def _property(told: Mapping[str, Any], name: str) -> str:
    """A property by name: one that everybody has, or one of the person's own custom attributes."""
    built_in = _CANONICAL.get(name.lower())
    if built_in is not None:
        return _text(told.get(built_in))
    custom = told.get("attributes")
    own = [each for each in custom if isinstance(each, dict)] if isinstance(custom, list) else []
    return next((_text(each.get("value")) for each in own if each.get("name") == name), "")


def _state(told: Mapping[str, Any]) -> State:
    if told.get("suspended") is True or told.get("state") == "SUSPENDED":
        return "SUSPENDED"
    return "STAGED" if told.get("state") == "STAGED" else "ACTIVATED"


def _text(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _no_application(application_id: str) -> Problem:
    return Problem(
        code="directory-application",
        field="application",
        rule=f"must be in the directory, and there is no application {application_id}",
        fix="deploy the connector, or name another with --application",
    )


def _changed(doing: str) -> Problem:
    rule = f"must hold still, but somebody was removed while {doing}, so that others may have been missed"
    return Problem(code="directory-changed", field="directory", rule=rule, fix="run it again")

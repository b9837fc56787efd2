"""JumpCloud's admin API, requests and answers by name: templates, applications, groups, associations; paging.

Not here: retries (`retry.py`), what an error says (`answers.py`), and what any of it is called for.
"""

from __future__ import annotations

import json
import re
from urllib.parse import quote, urlencode, urlsplit

from .answers import payload_or_error
from .audit import Audit
from .errors import AnswerLost, Conflict, NotFound
from .live import APPLICATION_ID, Live, LiveGroup, Template
from .retry import http_date
from .transport import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from .deadline import Deadline
    from .desired import DirectoryRef
    from .retry import Caller

PAGE = 100
"""The most that the API gives at once."""

MAX_PAGES = 200
WORD = re.compile(r"[a-z0-9]{4,}")
_GROUP = "user_group"


class Directory:
    """One directory, with a credential for it, during one invocation.

    Args:
        ref: Where it is.
        headers: What proves the right to call.
        caller: Makes the calls.
        deadline: Until when.
    """

    def __init__(self, ref: DirectoryRef, headers: Mapping[str, str], caller: Caller, deadline: Deadline) -> None:
        self.ref = ref
        self.caller = caller
        self.deadline = deadline
        self.now: float | None = None
        """The directory's own clock when it last answered, as seconds since 1970."""
        self._audit = Audit(caller)
        self._headers = {**headers, "Accept": "application/json", "User-Agent": "cdk-saml-connectors"}
        self._host = urlsplit(ref.api_url).netloc

    # --- templates ---

    def template(self, name: str) -> Template | None:
        """The catalogue's entry of exactly this name."""
        doing = f"looking up template {name!r}"
        query = [("filter[0]", f"name:$eq:{name}"), ("limit", str(PAGE))]
        answer = self._send("GET", "/application-templates", doing, scope="applicationtemplates.readonly", query=query)
        found = [Template(item) for item in self._results(answer, doing)]
        return next((template for template in found if template.name == name), None)

    def templates_like(self, name: str) -> list[str]:
        """Names of catalogue entries that share a word with *name*, the best ones first."""
        doing = f"looking for templates like {name!r}"
        own = name.lower()
        words = set(WORD.findall(own))
        ranked: list[tuple[int, str]] = []
        for item in self._pages("/application-templates", doing, scope="applicationtemplates.readonly"):
            template = Template(item)
            text = f"{template.name} {template.display_name}".lower()
            score = sum(word in text for word in words) + sum(word in own for word in set(WORD.findall(text)))
            if score and template.name:
                ranked.append((-score, f"{template.name} ({template.display_name})"))
        return [shown for _, shown in sorted(ranked)]

    # --- applications ---

    def applications(self, skip: int = 0) -> Iterator[Live]:
        """Every application but the first *skip*.  Not filtered: whether `ssoUrl` can be is not documented."""
        for item in self._pages("/applications", "listing applications", scope="applications.readonly", skip=skip):
            yield Live(item)

    def application(self, application_id: str) -> Live | None:
        """One application; None where there is none of this id."""
        doing = f"reading application {application_id}"
        try:
            body = self._send("GET", f"/applications/{quote(application_id, '')}", doing, scope="applications.readonly")
        except NotFound:
            return None
        if not isinstance(body, dict) or Live(body).id != application_id:
            raise self._strange(doing)
        return Live(body)

    def create_application(self, body: Mapping[str, Any], doing: str) -> str:
        """Send POST, once; only one that was certainly not carried out is sent again.

        Returns:
            The id of the new application.
        """
        made = self._send("POST", "/applications", doing, scope="applications.create", body=body, repeatable=False)
        made_id = Live(made).id if isinstance(made, dict) else ""
        if not APPLICATION_ID.fullmatch(made_id):
            raise self._strange(doing)
        return made_id

    def replace_application(self, application_id: str, body: Mapping[str, Any], doing: str) -> None:
        """Send PUT: what is not in *body* is reset, and the certificate made anew where it is left out."""
        path = f"/applications/{quote(application_id, '')}"
        self._send("PUT", path, doing, scope="applications.update", body=body)

    def delete_application(self, application_id: str) -> bool:
        """Send DELETE; False where it was gone already."""
        doing = f"deleting application {application_id}"
        path = f"/applications/{quote(application_id, '')}"
        try:
            self._send("DELETE", path, doing, scope="applications.delete")
        except NotFound:
            return False
        return True

    # --- groups ---

    def groups_named(self, name: str) -> list[dict[str, str]]:
        """Groups of exactly this name, as the filter finds them."""
        doing = f"looking up group {name!r}"
        query = [("filter", f"name:eq:{name}")]
        return [
            group
            for group in map(_group, self._pages("/v2/usergroups", doing, scope="groups.readonly", query=query))
            if group["name"] == name
        ]

    def groups(self) -> list[dict[str, str]]:
        """All groups: `id` and `name` of each."""
        return [_group(item) for item in self._pages("/v2/usergroups", "listing groups", scope="groups.readonly")]

    def listed_groups(self) -> Iterator[LiveGroup]:
        """All groups as a list tells them: with their attributes, but not how their members come about."""
        for item in self._pages("/v2/usergroups", "listing groups", scope="groups.readonly"):
            yield LiveGroup(item)

    def group(self, group_id: str) -> LiveGroup | None:
        """One group; None where there is none of this id."""
        doing = f"reading group {group_id}"
        try:
            body = self._send("GET", f"/v2/usergroups/{quote(group_id, '')}", doing, scope="groups.readonly")
        except NotFound:
            return None
        if not isinstance(body, dict) or LiveGroup(body).id != group_id or not _is_object(body.get("attributes")):
            raise self._strange(doing)
        return LiveGroup(body)

    def replace_group(self, group_id: str, body: Mapping[str, Any], doing: str) -> LiveGroup | None:
        """Send PUT, once: what is not in *body* is reset.  The group as the answer tells it, where it does.

        Raises:
            AnswerLost: It may have been done; only who reads the group again may send it again, because others write
                groups too.
        """
        path = f"/v2/usergroups/{quote(group_id, '')}"
        answer = self._send("PUT", path, doing, scope="groups", body=body, repeatable=False)
        return LiveGroup(answer) if isinstance(answer, dict) and LiveGroup(answer).id == group_id else None

    # --- associations ---

    def bound_groups(self, application_id: str) -> set[str]:
        """The ids of the groups that are bound to an application.

        Raises:
            NotFound: There is no such application.
        """
        doing = f"listing the groups bound to application {application_id}"
        path = f"/v2/applications/{quote(application_id, '')}/associations"
        bound = set()
        for item in self._pages(path, doing, scope="associations.applications.readonly", query=[("targets", _GROUP)]):
            to = item.get("to")
            if isinstance(to, dict) and to.get("type", _GROUP) == _GROUP:
                bound.add(str(to.get("id")))
        return bound

    def bind(self, application_id: str, group: Mapping[str, str]) -> bool:
        """Bind a group; False where it was bound already."""
        try:
            self._associate("add", application_id, group["id"], f"binding group {group['name']!r}")
        except Conflict:
            return False
        return True

    def unbind(self, application_id: str, group: Mapping[str, str]) -> bool:
        """Unbind a group; False where it was not bound, or the application is gone."""
        try:
            self._associate("remove", application_id, group["id"], f"unbinding group {group['name']!r}")
        except NotFound:
            return False
        return True

    def _associate(self, op: str, application_id: str, group_id: str, doing: str) -> None:
        """Change one association.  Twice is the same as once, but for the status of the second answer."""
        self._send(
            "POST",
            f"/v2/applications/{quote(application_id, '')}/associations",
            f"{doing} for application {application_id}",
            scope="associations.applications",
            body={"op": op, "type": _GROUP, "id": group_id},
        )

    # --- calls ---

    def _pages(
        self, path: str, doing: str, *, scope: str, query: list[tuple[str, str]] | None = None, skip: int = 0
    ) -> Iterator[dict[str, Any]]:
        """Every item of a list, by pages of 100, sorted so that none is missed between two pages."""
        sort = [] if path.endswith("/associations") else [("sort", "name" if path.startswith("/v2/") else "_id")]
        seen: set[str] = set()
        for _ in range(MAX_PAGES):
            where = [*(query or []), ("limit", str(PAGE)), ("skip", str(skip)), *sort]
            payload, total = self._exchange("GET", path, doing, scope=scope, query=where)
            items = self._results(payload, doing)
            skip += len(items)
            for item in items:
                key = json.dumps(item.get("_id") or item.get("id") or item, sort_keys=True)
                if key not in seen:
                    seen.add(key)
                    yield item
            if not items or (len(items) < PAGE if total is None else skip >= total):
                return
        raise AnswerLost(doing, f"the list has more than {skip} entries", "report it as an issue of this library")

    def _results(self, payload: Any, doing: str) -> list[dict[str, Any]]:
        """The items of a list: v1 wraps them in an object, v2 does not."""
        items = payload.get("results") if isinstance(payload, dict) else payload
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise self._strange(doing)
        return items

    def _strange(self, doing: str) -> AnswerLost:
        return AnswerLost(
            doing, f"{self._host} answered with JSON of another shape than documented", "check the directory's ApiUrl"
        )

    def _send(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        scope: str,
        query: list[tuple[str, str]] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
    ) -> Any:
        """Make one call; its JSON, or an error."""
        return self._exchange(method, path, doing, scope=scope, query=query, body=body, repeatable=repeatable)[0]

    def _exchange(
        self,
        method: str,
        path: str,
        doing: str,
        *,
        scope: str,
        query: list[tuple[str, str]] | None = None,
        body: Mapping[str, Any] | None = None,
        repeatable: bool = True,
    ) -> tuple[Any, int | None]:
        """Make one call; its JSON, and how long the whole list is, where that is told."""
        url = f"{self.ref.api_url}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")
        headers = dict(self._headers)
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        request = Request(method, url, headers, data)
        with self._audit.of(request, body, doing) as audited:
            answer = self.caller.call(request, self.deadline, doing, repeatable=repeatable)
            said_now = http_date(answer.headers.get("date", ""))
            self.now = self.now if said_now is None else said_now
            payload = payload_or_error(answer, doing, host=self._host, scope=scope)
            audited.answered(payload)
        told = payload.get("totalCount") if isinstance(payload, dict) else answer.headers.get("x-total-count")
        return payload, int(str(told)) if str(told).isdecimal() else None


def _is_object(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _group(item: Mapping[str, Any]) -> dict[str, str]:
    return {"id": str(item.get("id") or ""), "name": str(item.get("name") or "")}

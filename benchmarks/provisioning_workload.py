"""An organization as large as asked for: a directory and an identity store in memory, which count calls.

They answer in pages of 100 as the real ones do: JumpCloud by `limit` and `skip`, the identity store by `NextToken`.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from saml_connectors.provider.jumpcloud.deadline import Deadline
from saml_connectors.provider.jumpcloud.desired import DirectoryRef
from saml_connectors.provider.jumpcloud.journal import Journal, Redactor
from saml_connectors.provider.jumpcloud.retry import Caller
from saml_connectors.provider.jumpcloud.transport import Request, Response, Transport
from saml_connectors.provisioning.directory_people import DirectoryPeople
from saml_connectors.provisioning.identity_store import IdentityStore
from saml_connectors.spec.identity_center import IdentityCenterSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

API_KEY = "made-up-key"
APPLICATION = "a" * 24
API_URL = "https://directory.acme.example/api"
PAGE = 100
STORE = "d-9067654321"


@dataclass(slots=True)
class Organization:
    """Who is where.  Everything may be changed by who tests."""

    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the directory says of each person, by id."""

    groups: dict[str, str] = field(default_factory=dict)
    """The directory's groups: name by id."""

    group_attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    """Ids of people by the group's id."""

    bound: list[str] = field(default_factory=list)
    """Ids of the groups that are bound to the application."""

    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the identity store says of each user, by its own id."""

    store_groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    store_members: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, people: int, groups: int, *, memberships: int = 1) -> Organization:
        """*people* in *groups*, each in *memberships* of them, all bound, the store as SCIM would leave it."""
        made = cls()
        for number in range(groups):
            made.add_group(f"group-{number:04}")
        ids = list(made.groups)
        for number in range(people):
            chosen = [ids[(number + step) % groups] for step in range(memberships)] if groups else []
            made.add_person(f"person-{number:05}", chosen)
        made.synchronize()
        return made

    def add_group(self, name: str, *, bound: bool = True) -> str:
        """A group, empty; its id."""
        group_id = f"{len(self.groups) + 1:024x}"
        self.groups[group_id] = name
        self.members[group_id] = []
        if bound:
            self.bound.append(group_id)
        return group_id

    def add_person(self, name: str, groups: Sequence[str] = (), **more: Any) -> str:
        """A person in *groups* about whom nothing is wrong, but for what *more* says; the id."""
        person_id = f"{len(self.people) + 0xF00000:024x}"
        self.people[person_id] = {
            "_id": person_id,
            "email": f"{name}@acme.example",
            "username": f"{name}@acme.example",
            "firstname": "Ada",
            "lastname": "Lovelace",
            "displayname": "Ada Lovelace",
            "state": "ACTIVATED",
            "suspended": False,
            "phoneNumbers": [{"type": "work", "number": "555 0100"}],
            "costCenter": "4711",
            "attributes": [],
            **more,
        }
        for group_id in groups:
            self.members[group_id].append(person_id)
        return person_id

    def synchronize(self) -> None:
        """Bring the store to what the directory's provisioning would make of it."""
        wanted = {each: None for group_id in self.bound for each in self.members[group_id]}
        self.users, self.store_groups, self.store_members = {}, {}, {}
        for person_id in wanted:
            self.users[user_id(person_id)] = user_of(self.people[person_id])
        for group_id in self.bound:
            group = {"GroupId": user_id(group_id), "DisplayName": self.groups[group_id]}
            self.store_groups[user_id(group_id)] = group | _external(group_id)
            self.store_members[user_id(group_id)] = [user_id(each) for each in self.members[group_id]]


def user_id(directory_id: str) -> str:
    """The store's id of what the directory knows by *directory_id*."""
    return f"{directory_id[:8]}-{directory_id[8:12]}-4{directory_id[13:16]}-8{directory_id[16:19]}-{directory_id[12:]}"


def user_of(person: dict[str, Any]) -> dict[str, Any]:
    """A person as the store tells it."""
    return {
        "UserId": user_id(person["_id"]),
        "UserName": person["email"],
        "Name": {"GivenName": person["firstname"], "FamilyName": person["lastname"]},
        "DisplayName": person["displayname"],
        "Emails": [{"Value": person["email"], "Type": "work", "Primary": True}],
        "UserStatus": "ENABLED" if person["state"] == "ACTIVATED" and not person["suspended"] else "DISABLED",
    } | _external(person["_id"])


def _external(directory_id: str) -> dict[str, Any]:
    return {"ExternalIds": [{"Issuer": "https://scim.example.com/", "Id": directory_id}]}


class DirectoryApi:
    """The directory's API, at the seam that carries requests."""

    def __init__(self, organization: Organization) -> None:
        self.organization = organization
        self.calls: Counter[str] = Counter()
        """Calls by the last part of their path."""

        self.queries: list[dict[str, list[str]]] = []
        self.status = 200

    def exchange(self, request: Request, _deadline: Deadline) -> Response:
        """Answer one request."""
        parts = urlsplit(request.url)
        path = [unquote(each) for each in parts.path.removeprefix("/api").strip("/").split("/")]
        query = parse_qs(parts.query)
        self.calls[path[-1]] += 1
        self.queries.append(query)
        if self.status != 200 or request.headers.get("x-api-key") != API_KEY:  # noqa: PLR2004 - OK
            return Response(self.status if self.status != 200 else 401, {}, b'{"message": "Unauthorized"}')  # noqa: PLR2004
        return self._answer(path, query)

    def _answer(self, path: list[str], query: dict[str, list[str]]) -> Response:
        told = self.organization
        match path:
            case ["systemusers"]:
                found = sorted(told.people)
                page = [told.people[each] for each in _page(found, query)]
                asked = query["fields"][0].split()
                results = [{name: one[name] for name in ("_id", *asked) if name in one} for one in page]
                return _json({"totalCount": len(found), "results": results})
            case ["v2", "usergroups"]:
                groups = [self._group(each) for each in told.groups]
                return _listed(groups, query)
            case ["v2", "usergroups", group_id]:
                return _json(self._group(group_id) | told.group_attributes.get(f"{group_id}/detail", {}))
            case ["v2", "usergroups", group_id, "members"]:
                return _listed([{"to": {"type": "user", "id": each}} for each in told.members[group_id]], query)
            case ["v2", "applications", application, "associations"] if application == APPLICATION:
                return _listed([{"to": {"type": "user_group", "id": each}} for each in told.bound], query)
            case _:
                return Response(404, {}, b'{"message": "Not Found"}')

    def _group(self, group_id: str) -> dict[str, Any]:
        attributes = self.organization.group_attributes.get(group_id)
        name = self.organization.groups[group_id]
        return {"id": group_id, "type": "user_group", "name": name, "attributes": attributes}


def _page(items: Sequence[Any], query: dict[str, list[str]]) -> Sequence[Any]:
    skip = int(query["skip"][0])
    return items[skip : skip + min(PAGE, int(query["limit"][0]))]


def _listed(items: Sequence[Any], query: dict[str, list[str]]) -> Response:
    return _json(_page(items, query), {"x-total-count": str(len(items))})


def _json(payload: Any, headers: dict[str, str] | None = None) -> Response:
    return Response(200, headers or {}, json.dumps(payload).encode())


class Aws:
    """The four AWS services that the commands read, as their boto3 clients answer."""

    def __init__(self, organization: Organization, *, secrets: dict[str, str] | None = None) -> None:
        self.organization = organization
        self.secrets = {"jumpcloud/api-key": API_KEY} | (secrets or {})
        self.outputs: dict[str, dict[str, str]] = {"saml-connector-aws": {"ApplicationId": APPLICATION}}
        self.calls: Counter[str] = Counter()
        self.regions: set[str | None] = set()
        self.errors: dict[str, Exception] = {}
        """What a call raises instead of answering."""

    def client(self, _service: str, region: str | None) -> Any:
        """In place of boto3's."""
        self.regions.add(region)
        return self

    def list_users(self, **asked: Any) -> dict[str, Any]:
        """ListUsers."""
        return self._list("list_users", "Users", list(self.organization.users.values()), asked)

    def list_groups(self, **asked: Any) -> dict[str, Any]:
        """ListGroups."""
        return self._list("list_groups", "Groups", list(self.organization.store_groups.values()), asked)

    def list_group_memberships(self, **asked: Any) -> dict[str, Any]:
        """ListGroupMemberships."""
        members = self.organization.store_members[asked["GroupId"]]
        items = [{"MembershipId": each, "MemberId": {"UserId": each}} for each in members]
        return self._list("list_group_memberships", "GroupMemberships", items, asked)

    def get_secret_value(self, **asked: Any) -> dict[str, Any]:
        """GetSecretValue."""
        self._begin("get_secret_value")
        return {"SecretString": self.secrets[asked["SecretId"]]}

    def describe_stacks(self, **asked: Any) -> dict[str, Any]:
        """DescribeStacks."""
        self._begin("describe_stacks")
        outputs = self.outputs[asked["StackName"]]
        return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]}]}

    def _begin(self, call: str) -> None:
        self.calls[call] += 1
        if call in self.errors:
            raise self.errors[call]

    def _list(self, call: str, key: str, items: Sequence[Any], asked: dict[str, Any]) -> dict[str, Any]:
        self._begin(call)
        if asked["IdentityStoreId"] != STORE or not 1 <= asked["MaxResults"] <= PAGE:
            raise ValueError(f"the identity store would refuse {asked}")
        start = int(asked.get("NextToken", "0"))
        end = start + asked["MaxResults"]
        more = {"NextToken": str(end)} if end < len(items) else {}
        return {key: json.loads(json.dumps(items[start:end])), **more}  # new objects each time, as boto3's are


def spec_of(groups: Sequence[str], **more: Any) -> IdentityCenterSpec:
    """A connector whose application is bound to *groups*."""
    address = "https://eu-west-1.signin.aws.amazon.com/platform/saml"
    return IdentityCenterSpec(
        **{
            "name": "aws",
            "aws": {"region": "eu-west-1"},
            "directory": {"credentials": "jumpcloud/api-key", "api_url": API_URL},
            "application": {"display_label": "AWS", "groups": tuple(groups)},
            "service_provider": {"entity_id": f"{address}/{STORE}", "acs_url": f"{address}/acs/1111-2222"},
            "instance": {"arn": "arn:aws:sso:::instance/ssoins-1234567890abcdef", "identity_store_id": STORE},
            **more,
        }
    )


def both_sides(spec: IdentityCenterSpec, api: Transport, aws: Aws) -> tuple[DirectoryPeople, IdentityStore]:
    """The two sides as the commands open them, but on what is in memory; nothing is waited for."""
    caller = Caller(api, Journal(Redactor(), write=lambda _line: None), sleep=lambda _seconds: None)
    directory = DirectoryPeople(
        DirectoryRef(API_URL, "jumpcloud/api-key"),
        {"x-api-key": API_KEY},
        caller,
        Deadline(600),
        application_id=APPLICATION,
        group_names=spec.application.groups,
        properties=[each.from_ for each in spec.attributes.values() if each.from_ is not None],
    )
    paths = [each.path for each in spec.attributes.values() if each.path is not None]
    return directory, IdentityStore(aws, STORE, paths=paths)

"""CloudFormation playing one stack of a connector: deployments, rollbacks, cleanup, and what it then believes.

Lambda runs a killed function again; a person continues a rollback or a delete that failed.  Events may be troubled, one
after another.  Not here: what people do in the console, and what is asserted (`test_provider_histories.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.trouble_fixtures import TroubledStage
    from tests.troubles import Trouble

ROLE = "https://aws.amazon.com/SAML/Attributes/Role"
APPLICATION, ATTRIBUTES, LAUNCH, ACCESS = "Application", "Attributes", "Launch", "Access"
TYPES = {
    APPLICATION: contract.APPLICATION,
    ATTRIBUTES: contract.GROUP_ATTRIBUTES,
    LAUNCH: contract.LAUNCH,
    ACCESS: contract.ACCESS,
}
"""Type of each resource, in the order in which they are made."""

MADE_UP_ID = "Portal-Prod-Resource5F3A-1QX4Z9T0ABCDE"


class Spec(NamedTuple):
    """What an author wants; a reviewer sees its difference."""

    label: str = "Portal"
    description: str | None = None
    template: str = "amazoncognitouserpools"
    slug: str | None = None
    acs: str = "https://a.example/acs"
    roles: tuple[str, ...] = ()
    on_removal: str = "delete"
    login: str | None = "https://a.example/login"
    relay_state: str | None = None
    groups: tuple[str, ...] | None = ("portal-users",)
    rows: tuple[tuple[str, str, str], ...] | None = None


class Disturbance(NamedTuple):
    """What goes wrong in one event's first run."""

    disturb: Callable[[int], Trouble | None]
    for_good: bool = False


@dataclass
class Resource:
    """What CloudFormation believes of one."""

    physical_id: str
    properties: dict[str, Any]


@dataclass
class Deployed:
    """What came of a deployment."""

    done: bool
    touched: set[str] = field(default_factory=set)
    """The resources that were told of it, and brought to where they are."""

    failed: dict[str, Any] | None = None
    """The answer that it failed with; None where none came."""


class History:
    """One stack, from its making to its deletion, over and over.

    Args:
        stage: The provider, and the directory.
    """

    def __init__(self, stage: TroubledStage) -> None:
        self.stage = stage
        self.spec: Spec | None = None
        self.resources: dict[str, Resource] = {}
        self.events = 0
        self._troubles: Iterator[Disturbance | None] = iter(())

    @property
    def application_id(self) -> str | None:
        """What CloudFormation believes that the application is called."""
        made = self.resources.get(APPLICATION)
        return made.physical_id if made else None

    def deploy(self, spec: Spec | None, troubles: list[Disturbance | None]) -> Deployed:
        """Bring the stack to *spec*; None deletes it.  What fails is rolled back."""
        self._troubles = iter(troubles)
        before = self.spec
        if spec is None:
            self._remove(list(reversed(self.resources)))
            self.spec = None
            return Deployed(done=True)
        touched: set[str] = set()
        made: list[str] = []
        replaced: list[tuple[str, Resource]] = []
        for name in TYPES:
            wanted = self._properties(name, spec)
            has = self.resources.get(name)
            if wanted is None or (has is not None and has.properties == wanted):
                continue
            answer = self._send("Update" if has else "Create", name, wanted, has)
            if answer is None or answer["Status"] != "SUCCESS":
                self._roll_back(
                    before=before,
                    failed=name,
                    wanted=wanted,
                    answer=answer,
                    touched=touched,
                    made=made,
                    replaced=replaced,
                )
                return Deployed(done=False, touched=touched, failed=answer)
            touched.add(name)
            if has is None:
                made.append(name)
            elif has.physical_id != answer["PhysicalResourceId"]:
                replaced.append((name, has))
            self.resources[name] = Resource(answer["PhysicalResourceId"], wanted)
        for name, old in reversed(replaced):
            self._delete(name, old)
        self._remove([name for name in reversed(list(self.resources)) if self._properties(name, spec) is None])
        self.spec = spec
        return Deployed(done=True, touched=touched)

    def _roll_back(
        self,
        *,
        before: Spec | None,
        failed: str,
        wanted: dict[str, Any],
        answer: dict[str, Any] | None,
        touched: set[str],
        made: list[str],
        replaced: list[tuple[str, Resource]],
    ) -> None:
        """Updates go back in the order in which they were made; then what was made is deleted."""
        gone: list[tuple[str, Resource]] = []
        if failed not in self.resources:
            gone.append((failed, Resource(answer["PhysicalResourceId"] if answer else MADE_UP_ID, wanted)))
        for name in TYPES:
            has = self.resources.get(name)
            old = self._properties(name, before) if before else None
            if has is None or name in made or old is None:
                continue
            if has.properties == old and name != failed:
                continue
            tried = wanted if name == failed else has.properties
            back = self._until_done("Update", name, old, Resource(has.physical_id, tried))
            touched.add(name)
            if back["PhysicalResourceId"] != has.physical_id:
                gone.append((name, has))
            self.resources[name] = Resource(back["PhysicalResourceId"], old)
        gone += [(name, self.resources.pop(name)) for name in made]
        for name, resource in sorted(gone, key=lambda each: list(TYPES).index(each[0]), reverse=True):
            self._delete(name, resource)
        for name, resource in replaced:
            if name == APPLICATION and resource.physical_id in self.stage.directory.applications:
                assert self.resources[name].physical_id == resource.physical_id, "a rollback returns to what was there"

    def _remove(self, names: list[str]) -> None:
        for name in names:
            self._delete(name, self.resources[name])
            del self.resources[name]

    def _delete(self, name: str, resource: Resource) -> None:
        self._until_done("Delete", name, resource.properties, resource)

    def _until_done(self, kind: str, name: str, properties: dict[str, Any], has: Resource) -> dict[str, Any]:
        """A delete or a rollback: a person tries it again, with the directory working, if it failed."""
        answer = self._send(kind, name, properties, has)
        if answer is None or answer["Status"] != "SUCCESS":
            answer = self._send(kind, name, properties, has, calm=True)
        assert answer is not None
        assert answer["Status"] == "SUCCESS", answer["Reason"]
        return answer

    def _send(
        self, kind: str, name: str, properties: dict[str, Any], has: Resource | None, *, calm: bool = False
    ) -> dict[str, Any] | None:
        self.events += 1
        more: dict[str, Any] = {"ResourceType": TYPES[name], "LogicalResourceId": name}
        if has is not None:
            more["PhysicalResourceId"] = has.physical_id
        if kind == "Update" and has is not None:
            more["OldResourceProperties"] = has.properties
        event = self.stage.event(kind, properties, **more)
        trouble = None if calm else next(self._troubles, None)
        if trouble is None:
            return self.stage.deliver(event)
        return self.stage.deliver(event, trouble.disturb, for_good=trouble.for_good)

    def _properties(self, name: str, spec: Spec | None) -> dict[str, Any] | None:
        """What a resource is told, as the template says; None where it is not in the stack."""
        if spec is None:
            return None
        stage, directory = self.stage, {"Directory": self.stage.directory_property()}
        if name == APPLICATION:
            rows = [{"Name": ROLE, "Value": role} for role in spec.roles]
            return stage.properties(
                DisplayLabel=spec.label,
                Description=spec.description,
                Template=spec.template,
                Slug=spec.slug,
                AcsUrl=spec.acs,
                ConstantAttributes=rows or None,
                RequiredGroups=list(spec.groups or ()),
                OnRemoval=spec.on_removal,
            )
        if name == ATTRIBUTES:
            return None if spec.rows is None else stage.group_attributes(*spec.rows)
        directory |= {"ApplicationId": self.application_id}  # type: ignore[dict-item] # an object, as CloudFormation has it
        if name == ACCESS:
            return None if spec.groups is None else {**directory, "Groups": list(spec.groups)}
        opened = {"LoginUrl": spec.login, "DefaultRelayState": spec.relay_state}
        given = {key: value for key, value in opened.items() if value is not None}
        return {**directory, **given} if given else None

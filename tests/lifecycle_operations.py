"""Every lifecycle operation of every resource type, ready to be disturbed: the one place where a new one is added.

`prepare` brings the directory to where the operation begins, on a stage without trouble, and says what CloudFormation
believes (`before`) and what it wants (`after`).  Without `before` the operation is a create, without `after` a delete,
with both an update, which replaces where another physical id comes of it.
Not here: what goes wrong (`trouble_fixtures.py`), and what is asserted (`test_provider_every_call.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from saml_connectors.provider.jumpcloud import contract
from tests.signing_operations import SIGNING_OPERATIONS
from tests.stated_operations import Believed, Operation, Prepared

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.provider_fixtures import Stage

ROLE = "https://aws.amazon.com/SAML/Attributes/Role"


def _made(stage: Stage, resource_type: str, properties: dict[str, Any]) -> Believed:
    about = Operation("", resource_type, lambda _stage: Prepared()).about
    return Believed(str(stage.created(properties, **about)["PhysicalResourceId"]), properties)


def _application(stage: Stage, **changes: Any) -> Believed:
    """An application, with what a person has set on it by hand beside it."""
    made = _made(stage, contract.APPLICATION, stage.properties(**changes))
    live = stage.directory.applications[made.physical_id]
    live.color, live.beta = "#005466", True
    live.config["idpInitUrl"] = "https://by-hand.example/login"
    return made


def _creating(**changes: Any) -> Callable[[Stage], Prepared]:
    return lambda stage: Prepared(after=stage.properties(**changes))


def _updating(before: dict[str, Any], after: dict[str, Any]) -> Callable[[Stage], Prepared]:
    return lambda stage: Prepared(_application(stage, **before), stage.properties(**{**before, **after}))


def _handing_over(stage: Stage) -> Prepared:
    """A role comes while one group leaves and another joins."""
    old = {"ConstantAttributes": [{"Name": ROLE, "Value": "Reader"}], "RequiredGroups": ["portal-users"]}
    made = _application(stage, **old)
    stage.directory.associations[made.physical_id, "user_group", stage.directory.group("portal-users").id] = {}
    new = {"ConstantAttributes": [{"Name": ROLE, "Value": "Admin"}], "RequiredGroups": ["portal-admins"]}
    return Prepared(made, stage.properties(**new))


def _deleting(**changes: Any) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        made = _application(stage, **changes)
        stage.directory.associations[made.physical_id, "user_group", stage.directory.group("finance").id] = {}
        return Prepared(made)

    return prepare


def _creating_again(stage: Stage) -> Prepared:
    """Where a removal, long ago, has only deactivated it."""
    made = _application(stage, OnRemoval="deactivate")
    stage.delete(made.physical_id, made.properties)
    stage.time.now += 7 * 24 * 3600
    return Prepared(after=made.properties)


def _bookmark(stage: Stage) -> Prepared:
    return Prepared(after=stage.bookmark())


def _of_launch(stage: Stage, application: str, **opened: str) -> dict[str, Any]:
    return {"Directory": stage.directory_property(), "ApplicationId": application, **opened}


def _of_access(stage: Stage, application: str, *groups: str) -> dict[str, Any]:
    return {"Directory": stage.directory_property(), "ApplicationId": application, "Groups": list(groups)}


OPENED = {"LoginUrl": "https://portal.example/sign-in", "AcsUrl": "https://late.example/acs"}


def _launch(before: dict[str, str] | None, after: dict[str, str] | None) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        application = _application(stage, AcsUrl=None).physical_id
        stage.directory.applications[application].config["idpInitUrl"] = ""
        made = None
        if before is not None:
            made = _made(stage, contract.LAUNCH, _of_launch(stage, application, **before))
        return Prepared(made, None if after is None else _of_launch(stage, application, **after))

    return prepare


def _moved_launch(stage: Stage) -> Prepared:
    """The application was replaced: the launch follows."""
    first, second = _application(stage, AcsUrl=None), _application(stage, AcsUrl=None, Slug="second")
    stage.directory.applications[second.physical_id].config["idpInitUrl"] = ""
    made = _made(stage, contract.LAUNCH, _of_launch(stage, first.physical_id, **OPENED))
    return Prepared(made, _of_launch(stage, second.physical_id, **OPENED))


def _access(before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        application = _application(stage).physical_id
        stage.directory.associations[application, "user_group", stage.directory.group("finance").id] = {}
        made = None
        if before is not None:
            made = _made(stage, contract.ACCESS, _of_access(stage, application, *before))
        return Prepared(made, None if after is None else _of_access(stage, application, *after))

    return prepare


def _moved_access(stage: Stage) -> Prepared:
    """The application was replaced: the groups follow."""
    first, second = _application(stage), _application(stage, Slug="second")
    stage.directory.associations[second.physical_id, "user_group", stage.directory.group("finance").id] = {}
    made = _made(stage, contract.ACCESS, _of_access(stage, first.physical_id, USERS, ADMINS))
    return Prepared(made, _of_access(stage, second.physical_id, USERS, ADMINS))


def _attributes(
    before: tuple[tuple[str, str, str], ...] | None, after: tuple[tuple[str, str, str], ...] | None
) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        for name in ("portal-users", "finance"):
            stage.directory.group(name).attributes["byHand"] = {"kept": [1, None]}
            stage.directory.group(name).description = "by hand"
        made = None
        if before is not None:
            made = _made(stage, contract.GROUP_ATTRIBUTES, stage.group_attributes(*before))
        return Prepared(made, None if after is None else stage.group_attributes(*after))

    return prepare


def _lookup(*, again: bool) -> Callable[[Stage], Prepared]:
    def prepare(stage: Stage) -> Prepared:
        _application(stage, Slug="looked-up")
        wanted = {"Directory": stage.directory_property(), "Slug": "looked-up"}
        made = _made(stage, contract.LOOKUP, wanted) if again else None
        return Prepared(made, {**wanted, "Revision": "2"} if again else wanted)

    return prepare


ROWS = (("portal-users", "role", "a"), ("portal-users", "gone", "b"), ("finance", "role", "a"))
OTHER_ROWS = (("portal-users", "role", "c"), ("portal-admins", "role", "c"))
USERS, ADMINS = "portal-users", "portal-admins"

OPERATIONS = (
    Operation("application create", contract.APPLICATION, _creating()),
    Operation(
        "application create with a chosen slug", contract.APPLICATION, _creating(Slug="chosen"), proves_nothing=True
    ),
    Operation("application create again", contract.APPLICATION, _creating_again),
    Operation("bookmark create", contract.APPLICATION, _bookmark, proves_nothing=True),
    Operation(
        "application update", contract.APPLICATION, _updating({}, {"DisplayLabel": "New", "AcsUrl": "https://n"})
    ),
    Operation("application update giving fields up", contract.APPLICATION, _updating({}, {"Description": None})),
    Operation("application update of roles and groups", contract.APPLICATION, _handing_over),
    Operation("application replace", contract.APPLICATION, _updating({}, {"Template": "saml2"}), replaces=True),
    Operation(
        "application replace by slug",
        contract.APPLICATION,
        _updating({}, {"Slug": "other"}),
        replaces=True,
        proves_nothing=True,
    ),
    Operation("application delete", contract.APPLICATION, _deleting()),
    Operation("application deactivate", contract.APPLICATION, _deleting(OnRemoval="deactivate")),
    Operation("launch create", contract.LAUNCH, _launch(None, OPENED)),
    Operation("launch update", contract.LAUNCH, _launch(OPENED, {"DefaultRelayState": "https://portal.example/"})),
    Operation("launch replace", contract.LAUNCH, _moved_launch, replaces=True),
    Operation("launch delete", contract.LAUNCH, _launch(OPENED, None)),
    Operation("access create", contract.ACCESS, _access(None, (USERS, ADMINS))),
    Operation("access update", contract.ACCESS, _access((USERS,), (ADMINS,))),
    Operation("access replace", contract.ACCESS, _moved_access, replaces=True),
    Operation("access delete", contract.ACCESS, _access((USERS, ADMINS), None)),
    Operation("group attributes create", contract.GROUP_ATTRIBUTES, _attributes(None, ROWS)),
    Operation("group attributes update", contract.GROUP_ATTRIBUTES, _attributes(ROWS, OTHER_ROWS)),
    Operation("group attributes delete", contract.GROUP_ATTRIBUTES, _attributes(ROWS, None)),
    Operation("lookup create", contract.LOOKUP, _lookup(again=False)),
    Operation("lookup update", contract.LOOKUP, _lookup(again=True)),
    *SIGNING_OPERATIONS,
)

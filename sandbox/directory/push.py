"""One pass over what an application should be provisioned with: what differs from last time is sent, users first.

Not here: when a pass is made (`provisioning`), and what a request looks like (`scim_client`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sandbox.directory.push_records import Key, Memory, SentGroup, SentUser, Wanted, WantedGroup, WantedUser
from sandbox.directory.scim_client import BAD_REQUEST, NOT_FOUND, ScimClient, ScimError
from sandbox.directory.scim_resources import group_resource, member_changes, rename

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

State = Literal["provisioned", "retrying", "failed", "skipped", "removed"]
Outcome = tuple[State, str]
"""What became of it, and a remark."""

REMOVED = "removed"
"""What stands for a person or group that should not be there, where others have their content."""


@dataclass(frozen=True, slots=True)
class Task:
    """One person or group that may have to be sent."""

    key: Key
    name: str
    target: Callable[[], Any]
    """What should be there."""

    sent: Callable[[], Any]
    """What was sent last, as *target* would say it."""

    work: Callable[[], Outcome]


class Push:
    """One pass.

    Args:
        client: The service provider.
        memory: What it has been sent; kept up to date.
        target: What it should have.
        report: Told what became of each person and group that was looked at: key, name, state, remark.
        may_go_on: Asked before each one.
    """

    def __init__(
        self,
        client: ScimClient,
        memory: Memory,
        target: Wanted,
        *,
        report: Callable[[Key, str, State, str], None],
        may_go_on: Callable[[], bool],
    ) -> None:
        self._client = client
        self._memory = memory
        self._wanted = target
        self._report = report
        self._may_go_on = may_go_on

    def run(self) -> list[ScimError]:
        """Send what differs; what failed, where it is worth trying again."""
        self._tell_who_is_left_out()
        if self._wanted.groups is None:
            self._memory.groups.clear()
        failures: list[ScimError] = []
        for task in self._tasks():
            if not self._may_go_on():
                break
            stopped = next((error for error in failures if error.concerns_all), None)
            failure = self._attempt(task, stopped)
            if failure is not None:
                failures.append(failure)
        return [error for error in failures if error.is_transient]

    def _tell_who_is_left_out(self) -> None:
        for user_id, user in self._wanted.users.items():
            if user.failed:
                self._report(("user", user_id), user.name, "failed", user.failed)
            elif user.skipped:
                self._report(("user", user_id), user.name, "skipped", user.skipped)

    def _attempt(self, task: Task, stopped: ScimError | None) -> ScimError | None:
        """Do *task* where it is needed, unless something *stopped* all; how it failed."""
        target = task.target()
        if target in (task.sent(), self._memory.refused.get(task.key)):
            return None
        try:
            if stopped is not None:
                raise stopped
            state, remark = task.work()
        except ScimError as error:
            self._report(task.key, task.name, "retrying" if error.is_transient else "failed", str(error))
            if not error.is_transient and not error.concerns_all:
                self._memory.refused[task.key] = target
            return error
        self._memory.refused.pop(task.key, None)
        self._report(task.key, task.name, state, remark)
        return None

    def _tasks(self) -> Iterator[Task]:
        """Users before the groups that hold them; removals last."""
        memory, groups = self._memory, self._wanted.groups or {}
        for user_id, user in self._wanted.users.items():
            if not user.skipped and not user.failed:
                yield self._user_task(user_id, user)
        for group_id, group in groups.items():
            yield self._group_task(group_id, group)
        for group_id in [each for each in memory.groups if each not in groups]:
            yield self._removed_group_task(group_id, memory.groups[group_id])
        for user_id in [each for each in memory.users if each not in self._wanted.users]:
            yield self._removed_user_task(user_id, memory.users[user_id])

    # --- people -----------------------------------------------------------------------------------------------------

    def _user_task(self, user_id: str, user: WantedUser) -> Task:
        def sent() -> Any:
            last = self._memory.users.get(user_id)
            return last.resource if last else None

        return Task(("user", user_id), user.name, lambda: user.resource, sent, lambda: self._send_user(user_id, user))

    def _send_user(self, user_id: str, user: WantedUser) -> Outcome:
        last = self._memory.users.get(user_id)
        scim_id = last.scim_id if last else None
        if scim_id is not None:
            try:
                self._client.replace("Users", scim_id, user.resource)
            except ScimError as error:
                if error.status != NOT_FOUND:
                    raise
                self._forget_member(scim_id)
                scim_id = None  # somebody deleted it there
            else:
                return self._sent_user(user_id, user, scim_id)
        scim_id = self._client.find("Users", "userName", user.resource["userName"])
        if scim_id is None:
            scim_id = self._client.find("Users", "externalId", user_id)  # renamed since
        if scim_id is not None:
            held = [known for known, other in self._memory.users.items() if other.scim_id == scim_id]
            if held not in ([], [user_id]):
                raise ScimError("another person of the directory has the same user name", status=BAD_REQUEST)
            self._client.replace("Users", scim_id, user.resource)
        elif user.resource["active"]:
            scim_id = self._client.create("Users", user.resource)
        return self._sent_user(user_id, user, scim_id)

    def _sent_user(self, user_id: str, user: WantedUser, scim_id: str | None) -> Outcome:
        self._memory.users[user_id] = SentUser(user.name, scim_id, user.resource)
        if scim_id is None:
            return "skipped", "is suspended, and was never provisioned"
        return "provisioned", "" if user.resource["active"] else "suspended: not active there"

    def _removed_user_task(self, user_id: str, last: SentUser) -> Task:
        def work() -> Outcome:
            if last.scim_id is not None:
                self._client.delete("Users", last.scim_id)
                self._forget_member(last.scim_id)
            del self._memory.users[user_id]
            return "removed", ""

        return Task(("user", user_id), last.name, lambda: REMOVED, lambda: None, work)

    def _forget_member(self, scim_id: str) -> None:
        """A user that is gone is in no group any more."""
        for group in self._memory.groups.values():
            group.members.discard(scim_id)

    # --- groups -----------------------------------------------------------------------------------------------------

    def _group_task(self, group_id: str, group: WantedGroup) -> Task:
        def target() -> Any:
            return group.name, self._members(group)

        def sent() -> Any:
            last = self._memory.groups.get(group_id)
            return (last.name, last.members) if last else None

        return Task(("user_group", group_id), group.name, target, sent, lambda: self._send_group(group_id, group))

    def _members(self, group: WantedGroup) -> set[str]:
        """The SCIM ids of those members who are there."""
        known = (self._memory.users.get(member) for member in group.members)
        return {user.scim_id for user in known if user is not None and user.scim_id is not None}

    def _send_group(self, group_id: str, group: WantedGroup) -> Outcome:
        last = self._memory.groups.get(group_id)
        if last is not None:
            try:
                return self._change_group(last, group)
            except ScimError as error:
                if error.status != NOT_FOUND:
                    raise
                del self._memory.groups[group_id]  # somebody deleted it there
        scim_id = self._client.find("Groups", "displayName", group.name)
        if scim_id in {other.scim_id for other in self._memory.groups.values()}:
            raise ScimError("another group that may use the application has the same name", status=BAD_REQUEST)
        if scim_id is None:
            scim_id = self._client.create("Groups", group_resource(group_id, group.name))
        self._memory.groups[group_id] = SentGroup(group.name, scim_id)
        return self._change_group(self._memory.groups[group_id], group)

    def _change_group(self, last: SentGroup, group: WantedGroup) -> Outcome:
        """Name and members as they should be; what was done is remembered step by step."""
        if last.name != group.name:
            self._client.patch("Groups", last.scim_id, rename(group.name))
            last.name = group.name
        members = self._members(group)
        for some, changes in member_changes("remove", last.members - members):
            self._client.patch("Groups", last.scim_id, changes)
            last.members.difference_update(some)
        for some, changes in member_changes("add", members - last.members):
            self._client.patch("Groups", last.scim_id, changes)
            last.members.update(some)
        return "provisioned", f"{len(members)} member{'' if len(members) == 1 else 's'}"

    def _removed_group_task(self, group_id: str, last: SentGroup) -> Task:
        def work() -> Outcome:
            self._client.delete("Groups", last.scim_id)
            del self._memory.groups[group_id]
            return "removed", ""

        return Task(("user_group", group_id), last.name, lambda: REMOVED, lambda: None, work)

"""Read-merge-write of groups: the API has no PATCH and no version, and others write groups at the same time.

So a PUT is never repeated blindly: what it would undo is read first.  And what was written is read back a moment later,
when whoever had read the group before has written it too; what they overwrote is merged in again.
Not here: what is to be written (`group_plan.py`).
"""

from __future__ import annotations

from . import group_plan
from .errors import AnswerLost, GroupError, NotFound

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .directory import Directory
    from .group_plan import Edit
    from .live import LiveGroup
    from .session import Session

PUTS = 5
"""How often one write of one group is tried."""

ROUNDS = 4
"""How often what was written is read back, before one who always overwrites it counts as the stronger."""

SETTLE_SECONDS = 2.0
"""How long a read-merge-write of somebody else, as quick as this one, may still be under way."""


class GroupWriter:
    """Writes groups of one directory.

    Args:
        directory: Where they are.
        session: The invocation.
    """

    def __init__(self, directory: Directory, session: Session) -> None:
        self._directory = directory
        self._session = session

    def write(self, edit: Edit, live: LiveGroup | None = None) -> None:
        """Make *edit* in *live*, the group as just read; None: it is read first.  Where nothing differs, do nothing.

        Raises:
            GroupError: It may not be made, or the directory changed more than that.
            DirectoryError: The directory did not do it.
        """
        doing = f"setting attributes of {edit}"
        for attempt in range(1, PUTS + 1):
            live = live or self._directory.group(edit.group_id)
            if live is None:
                raise_if_needed(edit, doing)
                return
            raise_if_any(group_plan.problems(edit, live), doing)
            after = group_plan.edited(edit, live.attributes)
            changes = group_plan.steps(live.attributes, after)
            if not changes:
                return
            try:
                self._put(edit, live, after, doing)
            except AnswerLost as error:
                self._session.journal.note("WARNING", "answer lost, reading what came of it", cause=error.cause)
                live = None
                if attempt == PUTS or not self._session.caller.pause(attempt, self._session.deadline):
                    raise
            else:
                self._note(edit, live, after)
                return

    def settle(self, edits: Sequence[Edit]) -> None:
        """Wait until others' writes are done, read back, and make again what they have overwritten.

        Raises:
            GroupError: Some of it is lost again and again.
        """
        doing = "setting attributes of groups"
        for _ in range(ROUNDS):
            if not edits:
                return
            self._session.caller.wait(SETTLE_SECONDS, self._session.deadline)
            read = [(edit, self._directory.group(edit.group_id)) for edit in edits]
            for edit, live in read:
                if live is None:
                    raise_if_needed(edit, doing)
            edits = [edit for edit, live in read if live and self._is_lost(edit, live)]
            if edits:
                groups = [edit.group_name for edit in edits]
                self._session.journal.note("WARNING", "overwritten by somebody else, writing again", groups=groups)
            for edit in edits:
                self.write(edit)
        raise GroupError(
            doing,
            f"the directory accepted, but does not keep the attributes of {', '.join(map(str, edits))}",
            "look at the group in the directory's console, and who else keeps writing it; then deploy again",
        )

    @staticmethod
    def _is_lost(edit: Edit, live: LiveGroup) -> bool:
        return group_plan.edited(edit, live.attributes) != live.attributes

    def _put(self, edit: Edit, live: LiveGroup, after: dict[str, object], doing: str) -> None:
        body = group_plan.body(live, after)
        try:
            answered = self._directory.replace_group(edit.group_id, body, doing)
        except NotFound:
            raise_if_needed(edit, doing)
            return
        lost = group_plan.not_kept(body, answered) if answered else []
        if lost:
            raise GroupError(
                doing,
                f"the directory did not keep {', '.join(lost)}",
                "look at the group in the directory's console, and put right there what is not as it was",
            )

    def _note(self, edit: Edit, live: LiveGroup, after: dict[str, object]) -> None:
        """Which of the attributes in question there were, and which there are: names alone."""
        ours = edit.wanted.keys() | edit.leaving.keys()
        self._session.journal.note(
            "INFO",
            "group attributes written",
            group=edit.group_name,
            group_id=edit.group_id,
            before=sorted(ours & live.attributes.keys()),
            after=sorted(ours & after.keys()),
            changed=[
                name for name, step in group_plan.steps(live.attributes, after).items() if step == group_plan.CHANGED
            ],
        )


def raise_if_needed(edit: Edit, doing: str) -> None:
    """A group that is gone is a fault only where it is to have attributes."""
    if edit.wanted:
        cause = f"{edit} was removed in the directory at the same time"
        raise GroupError(doing, cause, "deploy again, without the group or after making it anew")


def raise_if_any(problems: Iterable[tuple[str, str]], doing: str) -> None:
    """Raise one error with all *problems*, and each way out once."""
    told = list(problems)
    if told:
        causes, fixes = dict.fromkeys(cause for cause, _ in told), dict.fromkeys(fix for _, fix in told)
        raise GroupError(doing, "; ".join(causes), "; ".join(fixes))

"""Brings an application into being: found again where it is this resource's already, else made, verified, or undone.

A lost answer to POST is never met by another POST before the list has shown that nothing came of the first.
Not here: changing an application that is there (`merge_write.py`), and taking it away (`lifecycle.py`).
"""

from __future__ import annotations

from . import bodies, ownership, plan, switching
from .errors import (
    AnswerLost,
    ApplicationError,
    DirectoryError,
    KeyPairError,
    OwnershipError,
    ProviderError,
    Refused,
    Unreachable,
)
from .groups import GroupIndex
from .merge_write import write_changes
from .session import LEFT_BEHIND, MAYBE_MADE, Outcome
from .verify import facts, fingerprint_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from .desired import Application
    from .directory import Directory
    from .journal import Journal
    from .key_pair import KeyPair
    from .live import Live, Template
    from .session import Session

MAX_POSTS = 2
SHOWN_TEMPLATES = 8
ADOPT = "adopt"
"""The plan's name in the log where an application was found again."""


def note_assumed(desired: Application, known: Iterable[str], journal: Journal) -> None:
    """Say in the log which settings could not be set, and so cannot be verified."""
    taken = plan.assumed(desired.config, known)
    if taken:
        journal.note("WARNING", "settings that the template does not have are taken to be so", settings=list(taken))


class Creation:
    """One attempt to bring one application into being.

    Args:
        desired: What is wanted.
        directory: Where.
        session: The invocation.
        request_id: CloudFormation's id of the request, for the physical id of an outcome that nobody knows.
        replacing: The application that it replaces, which stays; None where there is none.
    """

    def __init__(
        self,
        desired: Application,
        directory: Directory,
        session: Session,
        *,
        request_id: str,
        replacing: Live | None = None,
    ) -> None:
        self._desired = desired
        self._directory = directory
        self._session = session
        self._maybe = f"{MAYBE_MADE}{request_id}"
        self._replacing = replacing
        self._doing = f"creating {desired}"
        self._before: frozenset[str] = frozenset()
        self._made: str | None = None
        self._pair: KeyPair | None = None
        self._no_pair: KeyPairError | None = None

    def run(self) -> Outcome:
        """Check everything that can be checked first, then find or make the application, and verify it."""
        template = self._template()
        self._pair, self._no_pair = self._read_pair()
        body = bodies.for_create(self._desired, template)
        GroupIndex(self._directory).exactly_one_each(self._desired.required_groups, self._doing)
        if template is not None and template.config:
            note_assumed(self._desired, template.config, self._session.journal)
        found = self._find()
        if found is not None:
            # Only CloudFormation knows whether an earlier answer got through: so it, not this, removes it on failure.
            # One that a removal had only deactivated is named by nothing: its delete looks, and deactivates it again.
            self._session.made = found.id if found.active else self._maybe
            return Outcome(found.id, ADOPT, data=self._converge(found.id))
        if self._no_pair is not None:
            raise self._no_pair
        try:
            made = self._make(body)
            return Outcome(made, plan.CREATE, data=self._converge(made))
        except Exception as error:
            self._undo(error)
            raise

    def _read_pair(self) -> tuple[KeyPair | None, KeyPairError | None]:
        """The pair to sign with, or why there is none: one that signs with it already, as in a rollback, needs none."""
        try:
            return switching.pair_of(self._desired.signing, self._session), None
        except KeyPairError as error:
            return None, error

    def _template(self) -> Template | None:
        """The template; None for a bookmark, which the catalogue need not list."""
        name = self._desired.template
        if self._desired.is_bookmark:
            return None
        template = self._directory.template(name)
        if template is None:
            try:
                like = self._directory.templates_like(name)[:SHOWN_TEMPLATES]
            except DirectoryError:
                like = []
            fix = f"set Template to one that it has, such as {', '.join(like)}" if like else "correct Template"
            raise ApplicationError(self._doing, f"the directory has no template {name!r}", fix)
        if template.sso_type not in {"", "saml"}:
            cause = f"template {name!r} is for {template.sso_type!r}, not for SAML"
            raise ApplicationError(self._doing, cause, "use a template for SAML")
        return template

    def _find(self) -> Live | None:
        """The application where this one belongs, if it is this resource's.

        Raises:
            OwnershipError: It is somebody else's.
        """
        desired, directory = self._desired, self._directory
        there = ownership.in_its_place(desired, directory)
        self._before = frozenset(live.id for live in there)
        if ownership.proves_ownership(desired):
            if len(there) > 1:
                twins = [live.id for live in there]
                self._session.journal.note("WARNING", "several applications have this slug", applications=twins)
            return there[0] if there else None
        for candidate in there:
            live = directory.application(candidate.id)
            if live is None or not ownership.looks_like_own(desired, live):
                continue
            if self._may_be_rollback() or ownership.is_recent(live, directory):
                return live
        if there and not desired.is_bookmark:
            raise self._taken(there[0])
        return None

    def _may_be_rollback(self) -> bool:
        """Whether what is replaced is so new that it may be a replacement itself, now rolled back.

        The former application is then asked for again: as old as it is, still there, and equal in every field.
        """
        replacing = self._replacing
        return replacing is not None and ownership.is_recent(replacing, self._directory, ownership.ROLLBACK_SECONDS)

    def _taken(self, other: Live) -> OwnershipError:
        if self._replacing is not None and other.id == self._replacing.id:
            return OwnershipError(
                self._doing,
                f"the slug {self._desired.slug!r} is still that of {other}, which goes only after the new one works",
                "choose another slug, or leave Slug out so that each gets its own",
            )
        return OwnershipError(
            self._doing,
            f"the slug {self._desired.slug!r} belongs to {other}, which this resource did not make",
            "choose another slug, leave Slug out, or remove that application in the directory",
        )

    def _make(self, body: Mapping[str, Any]) -> str:
        """Send POST; returns the id of what came of it."""
        lost = False
        attempt = 0
        while True:
            attempt += 1
            self._note(self._maybe)
            try:
                made = self._directory.create_application(body, self._doing)
            except (Refused, Unreachable):
                if not lost:
                    self._note(None)
                raise
            except AnswerLost as error:
                lost = True
                self._session.journal.note("WARNING", "answer lost, looking for what came of it", cause=error.cause)
                found = self._came_of_it()
                if found:
                    made = found[0].id
                elif attempt < MAX_POSTS and self._session.caller.pause(attempt, self._session.deadline):
                    continue
                else:
                    raise
            self._note(made)
            if lost:
                self._remove_twins(made)
            return made

    def _note(self, made: str | None) -> None:
        """Remember what there is to undo, here and for the answer."""
        self._made = made
        self._session.made = made if made in {None, self._maybe} else f"{LEFT_BEHIND}{made}"

    def _came_of_it(self) -> list[Live]:
        """What has appeared in this application's place since it was looked at before POST."""
        return [
            live
            for live in ownership.in_its_place(self._desired, self._directory)
            if live.id not in self._before
            and live.template == self._desired.template
            and (ownership.proves_ownership(self._desired) or live.label == self._desired.label)
        ]

    def _remove_twins(self, kept: str) -> None:
        """Remove what a lost POST has made all the same, late."""
        for live in self._came_of_it():
            if live.id != kept:
                self._directory.delete_application(live.id)

    def _converge(self, application_id: str) -> dict[str, str]:
        """Read it back, write what POST could not set, and verify all of it."""
        live = self._directory.application(application_id)
        if live is None:
            cause = f"application {application_id} is not there when it is read back"
            raise ApplicationError(self._doing, cause, "deploy again")
        if self._no_pair is not None and fingerprint_of(live) != self._desired.signing.fingerprint:
            raise self._no_pair
        step = plan.plan(self._desired, live)
        if step.kind == plan.UPDATE:
            live = write_changes(self._directory, live, step.changes, f"{self._doing} ({live.id})")
        if self._pair is not None and fingerprint_of(live) != self._pair.trusted.fingerprint:
            live = switching.switch(self._directory, live, self._pair, self._session, f"{self._doing} ({live.id})")
        return facts(self._desired, live, self._doing)

    def _undo(self, error: Exception) -> None:
        """Remove what was made; where that fails too, say so in the error."""
        if self._made is None:
            return
        self._session.deadline.open_reserve()
        try:
            left = [self._made] if self._made != self._maybe else [live.id for live in self._came_of_it()]
            for application_id in left:
                self._directory.delete_application(application_id)
        except ProviderError as also:
            self._session.journal.note("ERROR", "clean-up failed", application=self._made, cause=str(also))
            if isinstance(error, ProviderError):
                what = f"application {self._made}" if self._made != self._maybe else f"the slug {self._desired.slug!r}"
                error.fix += f"; cleaning up failed too ({also.cause}): look for {what} in the directory"
            return
        self._note(None)
        self._session.journal.note("INFO", "cleaned up", applications=left)

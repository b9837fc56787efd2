"""Brings an application into being under an SSO URL that somebody chose: it is this request's, or nobody is given it.

A chosen SSO URL proves nothing, and the directory lets two applications have the same.  So what is posted carries a
mark of its request as its description until everything else is right: by it a function that is run again, after it was
killed, finds what it made.  And of two requests that make the same one at a time, only the first to be made stays.
"""

from __future__ import annotations

import hashlib

from saml_connectors.provider.jumpcloud import contract, ownership
from saml_connectors.provider.jumpcloud.creation import Creation
from saml_connectors.provider.jumpcloud.errors import OwnershipError, PropertyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from saml_connectors.provider.jumpcloud.desired import Application
    from saml_connectors.provider.jumpcloud.directory import Directory
    from saml_connectors.provider.jumpcloud.live import Live
    from saml_connectors.provider.jumpcloud.session import Outcome, Session

MARK_DIGITS = 16


def mark_of(token: str) -> str:
    """What an application has as its description while the request with this *token* makes it."""
    digest = hashlib.sha256(token.encode()).hexdigest()[:MARK_DIGITS]
    return f"Being made by CloudFormation, request {digest}"


class Claim(Creation):
    """One attempt to bring one application into being, under *sso_url* alone.

    Args:
        desired: What is wanted; its description is never None, so that the mark is written over.
        sso_url: The SSO IdP URL that it must get.
        directory: Where.
        session: The invocation.
        token: The same for every try of the request.
    """

    def __init__(
        self, desired: Application, sso_url: str, directory: Directory, session: Session, *, token: str
    ) -> None:
        super().__init__(desired, directory, session, request_id=token)
        self._sso_url = sso_url
        self._mark = mark_of(token)
        self._found_own = False

    def run(self) -> Outcome:
        """As any other creation; but what an earlier try of the same request made is undone on failure, too."""
        try:
            return super().run()
        except Exception as error:
            if self._found_own:
                self._undo(error)
            raise

    def _find(self) -> Live | None:
        """What an earlier try of this request made.

        Raises:
            OwnershipError: There is an application, and it is not that.
        """
        there = ownership.in_its_place(self._desired, self._directory)
        self._before = frozenset(live.id for live in there)
        own = [live for live in there if self._is_marked(live)]
        if own:
            self._found_own = True
            self._note(own[0].id)
            return own[0]
        if there:
            raise self._taken(there[0])
        return None

    def _make(self, body: Mapping[str, Any]) -> str:
        if "://" in body["ssoUrl"] and body["ssoUrl"] != self._sso_url:
            raise self._elsewhere(body["ssoUrl"])
        return super()._make({**body, "description": self._mark})

    def _converge(self, application_id: str) -> dict[str, str]:
        there = ownership.in_its_place(self._desired, self._directory)
        if there and there[0].id != application_id and not self._is_marked(there[0]):
            raise self._taken(there[0])
        facts = super()._converge(application_id)
        if facts[contract.SSO_URL] != self._sso_url:
            raise self._elsewhere(facts[contract.SSO_URL])
        return facts

    def _came_of_it(self) -> list[Live]:
        return [live for live in super()._came_of_it() if self._is_marked(live)]

    def _is_marked(self, listed: Live) -> bool:
        live = self._directory.application(listed.id)  # a list need not tell every setting
        return live is not None and live.body.get("description") == self._mark

    def _elsewhere(self, sso_url: str) -> PropertyError:
        return PropertyError(
            self._doing,
            f"SsoUrl is {self._sso_url!r}, but in this directory an application of this slug has {sso_url!r}",
            "give that one",
        )

    def _taken(self, other: Live) -> OwnershipError:
        return OwnershipError(
            self._doing,
            f"the SSO URL {self._sso_url!r} is that of {other}, which this request did not make",
            "choose another SsoUrl; or import that application, or remove it in the directory",
        )

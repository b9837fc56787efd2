"""The AWS access portal as a person sees it after signing in, and the way from there to a session.

Not here: how the person gets there (`person.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

from sandbox.aws_session import AwsSession, SignInPage
from sandbox.person_error import PersonError


class AccessPortalError(PersonError):
    """The portal has no such choice, or refuses it; `code` is the portal's own, or `not-offered`."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class PermissionSetOffer:
    """One permission set in one account."""

    account: str
    permission_set: str
    """Name."""

    form: dict[str, str] = field(repr=False)
    """What the button sends; it holds the session in the portal."""

    action: str


class PortalPage(HTMLParser):
    """A page of the access portal: its named fields, and what it offers."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.offers: list[PermissionSetOffer] = []
        self._action = ""
        self._form: dict[str, str] = {}
        self._field = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, or a field of it."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._action, self._form = given.get("action", ""), {}
        elif tag == "input" and "name" in given:
            self._form[given["name"]] = given.get("value", "")
        elif "data-field" in given:
            self._field = given["data-field"]
            self.fields[self._field] = ""

    def handle_endtag(self, tag: str) -> None:
        """End a field, or a form."""
        self._field = ""
        if tag == "form" and "permission-set" in self._form:
            name, account = self.fields["permission-set"], self._form["account"]
            self.offers.append(PermissionSetOffer(account, name, dict(self._form), self._action))

    def handle_data(self, data: str) -> None:
        """Add to the field that the text is in."""
        if self._field:
            self.fields[self._field] += data


@dataclass(frozen=True, slots=True)
class AccessPortal:
    """The portal with somebody signed in."""

    user_name: str
    offers: tuple[PermissionSetOffer, ...]
    _post: Callable[[str, dict[str, str]], str] = field(repr=False)
    """Sends a form of the portal, and gives the page that follows."""

    @property
    def accounts(self) -> dict[str, tuple[str, ...]]:
        """Names of the permission sets offered, by account."""
        accounts = sorted({one.account for one in self.offers})
        return {each: tuple(one.permission_set for one in self.offers if one.account == each) for each in accounts}

    def choose(self, account: str, permission_set: str) -> AwsSession:
        """Open a permission set, by name, in an account.

        Raises:
            AccessPortalError: It is not offered, or not any more.
        """
        for one in self.offers:
            if (one.account, one.permission_set) == (account, permission_set):
                page = SignInPage(self._post(one.action, one.form))
                session = page.session([])
                if session is None:
                    raise AccessPortalError(
                        page.fields.get("code", "no-portal"),
                        f"opening {permission_set} in {account} for {self.user_name}: {page.fields.get('refusal')}",
                    )
                return session
        raise AccessPortalError(
            "not-offered",
            f"opening {permission_set} in {account} for {self.user_name}: it is not offered, only {self.accounts}",
        )

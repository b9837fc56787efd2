"""A person with a browser, without the browser: follows links and forms until the application is reached.

Not here: looking at pages (the browser test does).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from sandbox.access_portal import AccessPortal, PortalPage
from sandbox.aws_session import AwsSession, SignInPage
from sandbox.person_error import PersonError

__all__ = ["LONGEST_WAY", "Person", "PersonError"]

LONGEST_WAY = 20
"""Pages and redirects after which nobody goes on."""

_SENT_ON = frozenset({"password", "SAMLRequest", "SAMLResponse"})
"""Fields of the forms that somebody sends on without thinking."""


@dataclass(slots=True)
class _Form:
    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    has_choice: bool = False
    """Whether somebody has to choose: such a form is not sent by itself."""


class _Page(HTMLParser):
    """Forms, links and texts of one page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(given.get("action", ""), given.get("method", "get").lower()))
        elif tag == "input" and self.forms and "name" in given:
            if given.get("type") == "radio":
                self.forms[-1].has_choice = True
            else:
                self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in {"script", "style"}:
            self._silent += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style"}:
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._silent:
            self.text.append(" ".join(data.split()))


class Person:
    """Somebody who can sign in to the directory.

    Args:
        login: E-mail address.
        password: Password in the directory.
    """

    def __init__(self, login: str, password: str) -> None:
        self.login = login
        self._password = password
        self._http = httpx.Client(timeout=30, follow_redirects=False, trust_env=False)

    def close(self) -> None:
        """Close the browser."""
        self._http.close()

    def tiles(self, portal_url: str) -> list[str]:
        """Sign in to the portal; gives the links of the tiles that are shown."""
        page = _Page(self._arrive(f"{portal_url}/", until="").text)
        return [urljoin(f"{portal_url}/", link) for link in page.links if link.startswith("/launch/")]

    def open(self, url: str, *, until: str) -> dict[str, str]:
        """Open *url* and go on, signing in where asked, until a redirect to *until*; gives what is in its query.

        Raises:
            PersonError: a page has no way on.
        """
        return dict(parse_qsl(urlsplit(str(self._arrive(url, until=until).headers["location"])).query))

    def sign_in_to_aws(self, url: str, *, role: str | None = None) -> AwsSession:
        """Open a tile that leads to AWS, sign in where asked, and choose a role.

        Args:
            url: The tile's launch link.
            role: Name or ARN of the role.  Default: the only one that is offered.

        Raises:
            PersonError: AWS turns the person away, or the role is not among those offered.
        """
        response = self._arrive(url, until="", refused_too=True)
        page, offered = SignInPage(response.text), []
        if page.roles:
            offered, choice = page.roles, _Page(response.text).forms[0]
            response = self._post(response, choice, {page.role_field: self._choose(role, offered)})
            page = SignInPage(response.text)
        session = page.session(offered)
        if session is None:
            problem = page.fields.get("refusal") or f"{' '.join(_Page(response.text).text)[:300]} is not AWS's sign-in"
            raise PersonError(f"signing {self.login} in to AWS: {problem}")
        if role is not None:
            self._choose(role, list(session.roles))
        return session

    def open_access_portal(self, url: str) -> AccessPortal:
        """Open the AWS access portal, or a tile that leads to it, and sign in where asked.

        Args:
            url: The portal's address on this machine, or a tile's launch link.

        Raises:
            PersonError: Identity Center turns the person away.
        """
        response = self._arrive(url, until="", refused_too=True)
        page = PortalPage(response.text)
        if "user-name" not in page.fields:
            text = " ".join(_Page(response.text).text)[:300]
            problem = page.fields.get("refusal") or f"{text} is not the access portal"
            raise PersonError(f"signing {self.login} in to the AWS access portal: {problem}")

        def post(action: str, fields: dict[str, str]) -> str:
            return self._post(response, _Form(action), fields).text

        return AccessPortal(page.fields["user-name"], tuple(page.offers), post)

    def _choose(self, role: str | None, offered: list[str]) -> str:
        fitting = [arn for arn in offered if role is None or role in (arn, arn.rpartition("/")[2])]
        if len(fitting) == 1:
            return fitting[0]
        asked = "several roles are offered" if role is None else f"{len(fitting)} of the roles offered are {role}"
        raise PersonError(f"signing {self.login} in to AWS: {asked}; choose one of {', '.join(offered)} by its ARN")

    def _post(self, response: httpx.Response, form: _Form, more: dict[str, str]) -> httpx.Response:
        return self._http.post(
            urljoin(str(response.url), form.action),
            data=form.fields | more,
            headers={"Origin": _origin(str(response.url))},
        )

    def _arrive(self, url: str, *, until: str, refused_too: bool = False) -> httpx.Response:
        response = self._http.get(url)
        for _ in range(LONGEST_WAY):
            if response.is_redirect:
                target = urljoin(str(response.url), response.headers["location"])
                if until and target.split("?", 1)[0] == until:
                    return response
                response = self._http.get(target)
                continue
            page = _Page(response.text)
            form = next(
                (each for each in page.forms if not each.has_choice and _SENT_ON.intersection(each.fields)),
                None,
            )
            if form is None:
                if not until and (response.is_success or refused_too):
                    return response
                raise PersonError(
                    f"{self.login} got stuck at {response.url.copy_with(query=None)} ({response.status_code}): "
                    f"{' '.join(page.text)[:300]}"
                )
            typed = {"login": self.login, "password": self._password} if "password" in form.fields else {}
            response = self._post(response, form, typed)
        raise PersonError(f"{self.login} got lost after {LONGEST_WAY} pages on the way from {url.split('?', 1)[0]}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

"""A person with a browser, without the browser: follows links and forms until the application is reached.

Not here: looking at pages (the browser test does).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

LONGEST_WAY = 20
"""Pages and redirects after which nobody goes on."""


class PersonError(RuntimeError):
    """The person got stuck: a page with no way on, or an error page."""


@dataclass(slots=True)
class _Form:
    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)


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

    def _arrive(self, url: str, *, until: str) -> httpx.Response:
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
                (each for each in page.forms if "password" in each.fields or "SAMLResponse" in each.fields), None
            )
            if form is None:
                if not until and response.is_success:
                    return response
                raise PersonError(
                    f"{self.login} got stuck at {response.url.copy_with(query=None)} ({response.status_code}): "
                    f"{' '.join(page.text)[:300]}"
                )
            if "password" in form.fields:
                form.fields |= {"login": self.login, "password": self._password}
            response = self._http.post(
                urljoin(str(response.url), form.action),
                data=form.fields,
                headers={"Origin": _origin(str(response.url))},
            )
        raise PersonError(f"{self.login} got lost after {LONGEST_WAY} pages on the way from {url.split('?', 1)[0]}")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

"""Rules over where app clients send people back to: callback and sign-out URLs.

Not here: which scopes and flows they come back with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from saml_connectors.checks.app_client_rules import API, clients
from saml_connectors.checks.known_values import each_known, known, listed, parts, text_of
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.spec_values import SpecValue
from saml_connectors.spec.app_client import MAX_URLS, ReturnUrl
from saml_connectors.spec.values import repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.cloudformation import Resource, Template

_CALLBACKS = "CallbackURLs"
_LISTS = (_CALLBACKS, "LogoutURLs")
_DEFAULT = "DefaultRedirectURI"
_RETURN_URL = SpecValue(ReturnUrl)
_OF_THE_CDK = frozenset({"https://example.com", "https://example.com/"})
_WILD_HOST = re.compile(r"https?://([^/?#@]*\*[^/?#@]*)")


def _urls(template: Template) -> Iterator[tuple[Resource, str, str]]:
    """Each URL that is known, with its app client and path."""
    for _pool, client in clients(template):
        for name in _LISTS:
            for index, url in each_known(client, name):
                yield client, f"Properties.{name}[{index}]", url


def _scheme(url: str) -> str:
    try:
        return urlsplit(url).scheme
    except ValueError:
        return ""


def _http(template: Template, _: Context) -> Iterator[Hit]:
    for client, path, url in _urls(template):
        if "#" not in url and _scheme(url) == "http":
            broken = _RETURN_URL.broken(url)
            if broken is not None:
                yield Hit(resource=client, path=path, message=f"the URL {broken}, got {url[:200]!r}")


def _invalid(template: Template, _: Context) -> Iterator[Hit]:
    for client, path, url in _urls(template):
        if "#" not in url and _scheme(url) != "http":
            broken = _RETURN_URL.broken(_WILD_HOST.sub(lambda found: found[0].replace("*", "x"), url))
            if broken is not None:
                given = "" if "@" in url else f", got {url[:200]!r}"  # a password may stand before it
                yield Hit(resource=client, path=path, message=f"the URL {broken}{given}")


def _fragment(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, client in clients(template):
        for name in _LISTS:
            for index, item in enumerate(client.items(name) or ()):
                if any(isinstance(part, str) and "#" in part for part in parts(item)):
                    url = known(item)
                    fix = f"write {url.split('#', 1)[0]}" if url and "@" not in url else None
                    message = "the URL has a fragment" + (f", got {url[:200]!r}" if fix and url else "")
                    yield Hit(resource=client, path=f"Properties.{name}[{index}]", message=message, fix=fix)


def _wildcard(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, client in clients(template):
        for name in _LISTS:
            for index, item in enumerate(client.items(name) or ()):
                begins = next(iter(parts(item)), None)
                found = _WILD_HOST.match(begins) if isinstance(begins, str) else None
                if found is not None:
                    message = f"the host has a *, which is a letter like any other: {found[1][:200]!r}"
                    yield Hit(resource=client, path=f"Properties.{name}[{index}]", message=message)


def _count(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, client in clients(template):
        for name in _LISTS:
            count = len(client.items(name) or ())
            if count > MAX_URLS:
                message = f"{name} has {count} URLs, and Cognito takes at most {MAX_URLS}"
                yield Hit(resource=client, path=f"Properties.{name}", message=message)


def _twice(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, client in clients(template):
        for name in _LISTS:
            urls = dict(each_known(client, name))
            places = list(urls)
            for place, url in repeated(urls.values()):
                path = f"Properties.{name}[{places[place]}]"
                yield Hit(resource=client, path=path, message=f"the URL is there twice: {url[:200]!r}")


def _example(template: Template, _: Context) -> Iterator[Hit]:
    for client, path, url in _urls(template):
        if path.startswith(f"Properties.{_CALLBACKS}[") and url in _OF_THE_CDK:
            message = f"people are sent to {url} after sign-in, where nobody waits for them"
            yield Hit(resource=client, path=path, message=message)


def _default(template: Template, _: Context) -> Iterator[Hit]:
    for _pool, client in clients(template):
        default, callbacks = text_of(client, _DEFAULT), listed(client, _CALLBACKS)
        if default is not None and callbacks is not None and default not in callbacks:
            message = f"{_DEFAULT} is none of the {_CALLBACKS}: {default[:200]!r}"
            yield Hit(resource=client, path=f"Properties.{_DEFAULT}", message=message)


RULES: tuple[Rule, ...] = (
    Rule(
        code="client-url-http",
        level="error",
        what="Callback and sign-out URLs are https; http is for this machine only: localhost, 127.0.0.1 and [::1].",
        why="Cognito refuses them: whoever is on the way would read codes and tokens.",
        fix="write https",
        source=API,
        find=_http,
    ),
    Rule(
        code="client-url-invalid",
        level="error",
        what="Callback and sign-out URLs are absolute, of at most 1,024 characters, without user name and password.",
        why="Cognito refuses others, or sends people to where the application is not.",
        fix="write the whole URL, as in https://app.example.com/callback, or an app's own scheme, as in myapp://callback",
        source=API,
        find=_invalid,
    ),
    Rule(
        code="client-url-fragment",
        level="error",
        what="Callback and sign-out URLs have no fragment.",
        why="Cognito refuses them, and browsers do not send what stands after #.",
        fix="leave out # and what follows",
        source=API,
        find=_fragment,
    ),
    Rule(
        code="client-url-wildcard",
        level="error",
        what="Callback and sign-out URLs have no * in their host.",
        why="Cognito compares the whole URL, letter by letter: it never matches, and people get an error page.",
        fix="write the URL of each host",
        source=API,
        find=_wildcard,
    ),
    Rule(
        code="client-url-count",
        level="error",
        what="An app client has at most 100 callback URLs, and 100 sign-out URLs.",
        why="Cognito refuses more, and the deployment fails.",
        fix="make an app client for each application",
        source="Amazon Cognito developer guide, Quotas in Amazon Cognito",
        find=_count,
    ),
    Rule(
        code="client-url-twice",
        level="warning",
        what="No callback or sign-out URL is there twice.",
        why="One of them was probably meant to be another.",
        fix="remove one, or correct it",
        source=API,
        find=_twice,
    ),
    Rule(
        code="client-url-example",
        level="warning",
        what="No callback URL is https://example.com, the one that the CDK writes where none is given.",
        why="Codes and tokens of your people go to somebody else's site, and sign-in to your application fails.",
        fix="give the application's own callback URL (callback_urls in the CDK)",
        source="https://docs.aws.amazon.com/cdk/api/v2/python/aws_cdk.aws_cognito/OAuthSettings.html",
        find=_example,
    ),
    Rule(
        code="client-default-redirect",
        level="error",
        what="DefaultRedirectURI is one of the callback URLs.",
        why="Cognito refuses another, and the deployment fails.",
        fix="add it to CallbackURLs, or write one of them",
        source=API,
        find=_default,
    ),
)

"""Rules over where a template says that metadata is to be found: a document, or its URL.

Not here: what a document holds (`metadata_rules.py`); nothing is fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from saml_connectors.checks.known_values import parts, text_of
from saml_connectors.checks.metadata_documents import SAML_PROVIDER
from saml_connectors.checks.metadata_rules import COGNITO_GUIDE
from saml_connectors.checks.rule import Hit, Rule
from saml_connectors.checks.user_pools import PROVIDER, is_saml
from saml_connectors.spec.shape import nearest
from saml_connectors.spec.values import LOOPBACK_HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.checks.rule import Context
    from saml_connectors.cloudformation import Resource, Template

_FILE, _URL = "MetadataFile", "MetadataURL"
_PATH = ("ProviderDetails", _URL)
_PLACE = ".".join(("Properties", *_PATH))
_PORTS = {"http": 80, "https": 443}


def _missing(template: Template, _: Context) -> Iterator[Hit]:
    for provider in template.of_type(PROVIDER):
        details = provider.get("ProviderDetails")
        given = {} if details is None else details
        if is_saml(provider) and isinstance(given, dict) and not {_FILE, _URL} & given.keys():
            names = [str(name) for name in given if nearest(str(name), (_FILE, _URL))]
            close = f"; {names[0]!r} is no name that Cognito knows" if names else ""
            message = f"the SAML provider has neither {_FILE} nor {_URL}{close}"
            yield Hit(resource=provider, path="Properties.ProviderDetails", message=message)
    for provider in template.of_type(SAML_PROVIDER):
        if not provider.has("SamlMetadataDocument"):
            message = "the SAML provider has no SamlMetadataDocument"
            yield Hit(resource=provider, path="Properties.SamlMetadataDocument", message=message)


def _urls(template: Template) -> Iterator[tuple[Resource, str, SplitResult | None]]:
    """Each URL of metadata that is known, and its parts; None where it has none."""
    for provider in template.of_type(PROVIDER):
        url = text_of(provider, *_PATH) if is_saml(provider) else None
        if url is not None:
            yield provider, url, _split(url)


def _split(url: str) -> SplitResult | None:
    try:
        found = urlsplit(url)
        _ = found.port
    except ValueError:
        return None
    usable = found.scheme in _PORTS and found.hostname and url.isprintable() and " " not in url
    return found if usable else None


def _no_url(template: Template, _: Context) -> Iterator[Hit]:
    for provider, url, split in _urls(template):
        if split is None:
            yield Hit(
                resource=provider, path=_PLACE, message=f"{_URL} must be an absolute https URL, got {url[:200]!r}"
            )


def _plain_http(template: Template, _: Context) -> Iterator[Hit]:
    for provider in template.of_type(PROVIDER):
        first = parts(provider.get(*_PATH))[:1] if is_saml(provider) else ()
        begin = first[0] if first and isinstance(first[0], str) else ""
        split = _split(text_of(provider, *_PATH) or "")
        local = split is not None and split.hostname in LOOPBACK_HOSTS
        if begin.lower().startswith("http://") and not local:
            yield Hit(resource=provider, path=_PLACE, message=f"{_URL} must be https, got {begin[:200]!r}")


def _port(template: Template, _: Context) -> Iterator[Hit]:
    for provider, url, split in _urls(template):
        if split is None or split.hostname in LOOPBACK_HOSTS:
            continue
        if split.port not in {None, _PORTS[split.scheme]}:
            message = f"Cognito reads metadata on the ports 80 (http) and 443 (https) only, got {url[:200]!r}"
            yield Hit(resource=provider, path=_PLACE, message=message)


RULES: tuple[Rule, ...] = (
    Rule(
        code="metadata-missing",
        level="error",
        what="A SAML provider has its IdP's metadata: a document, or at Cognito a document or its URL.",
        why="The service refuses a provider without one, and the deployment fails.",
        fix="give MetadataFile or MetadataURL to Cognito, SamlMetadataDocument to IAM",
        source="Amazon Cognito API reference, CreateIdentityProvider",
        find=_missing,
    ),
    Rule(
        code="metadata-url-invalid",
        level="error",
        what="MetadataURL is an absolute URL.",
        why="Cognito cannot fetch the document, and the deployment fails.",
        fix="give the address at which the IdP publishes its metadata, or the document itself as MetadataFile",
        source=COGNITO_GUIDE,
        find=_no_url,
    ),
    Rule(
        code="metadata-url-http",
        level="error",
        what="MetadataURL is https.",
        why="Cognito fetches the document again and again; over http, whoever is on the way puts their own certificate "
        "into it, and signs in as anybody.",
        fix="use the https address, or give the document itself as MetadataFile",
        source=COGNITO_GUIDE,
        find=_plain_http,
    ),
    Rule(
        code="metadata-url-port",
        level="error",
        what="MetadataURL names no port but 80 for http and 443 for https.",
        why="Cognito fetches from no other, so the deployment fails.",
        fix="publish the document on port 443, or give it as MetadataFile",
        source=COGNITO_GUIDE,
        find=_port,
    ),
)

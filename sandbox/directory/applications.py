"""Applications as JumpCloud keeps them, and its rules for making and replacing one.

Pure: the directory's state, the clock and a new signing pair are arguments.  Not here: HTTP, and who may use what.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

from sandbox.directory.answers import UNAVAILABLE, Refused, invalid
from sandbox.directory.certificates import SigningPair, decoded_certificate, decoded_private_key, encoded
from sandbox.directory.people import instant

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sandbox.directory.catalogue import Template

MAX_DESCRIPTION = 256
SSO_PATH = "/saml2/"
_COLORS = frozenset(
    [
        "#202D38",
        "#005466",
        "#3E8696",
        "#006CAC",
        "#0617AC",
        "#7C6ADA",
        "#D5779D",
        "#9E2F00",
        "#FFB000",
        "#58C469",
        "#57C49F",
        "#FF6C03",
    ]
)


@dataclass(slots=True, kw_only=True)
class Application:
    """One application of the directory."""

    id: str
    template: Template
    organization: str
    created: datetime
    sso_url: str
    config: dict[str, Any]
    """Value by key; the private key is not in it."""

    display_name: str = ""
    display_label: str = ""
    description: str = ""
    active: bool = False
    beta: bool = False
    color: str | None = None
    hidden: bool = False
    database_attributes: list[Any] = field(default_factory=list)
    private_key: str | None = None
    certificate_updated: datetime | None = None
    private_key_updated: datetime | None = None
    metadata_broken: bool = False
    """Once a certificate was stored that is not base64 of PEM, the export never works again."""

    @property
    def slug(self) -> str | None:
        """The last part of the SSO IdP URL; a bookmark has none."""
        if self.template.sso_type != "saml":
            return None
        return unquote(urlsplit(self.sso_url).path.rpartition("/")[2])

    @property
    def title(self) -> str:
        """What the portal calls it."""
        return self.display_label or self.display_name

    def document(self) -> dict[str, Any]:
        """The application as the API answers it; the private key always reads back empty."""
        values = self.config | ({"idpPrivateKey": ""} if "idpPrivateKey" in self.config else {})
        sso: dict[str, Any] = {"jit": False, "beta": False, "type": self.template.sso_type, "hidden": self.hidden}
        certificate = decoded_certificate(str(self.config.get("idpCertificate") or ""))
        if certificate is not None:
            sso["idpCertExpirationAt"] = instant(certificate.not_valid_after_utc)
        if self.certificate_updated is not None:
            sso["idpCertificateUpdatedAt"] = instant(self.certificate_updated)
        if self.private_key_updated is not None:
            sso["idpPrivateKeyUpdatedAt"] = instant(self.private_key_updated)
        return {
            "_id": self.id,
            "id": self.id,
            "active": self.active,
            "name": self.template.name,
            "displayName": self.display_name,
            "displayLabel": self.display_label,
            "description": self.description,
            "beta": self.beta,
            "color": self.color,
            "organization": self.organization,
            "logo": self.template.document()["logo"],
            "ssoUrl": self.sso_url,
            "learnMore": self.template.learn_more,
            "config": self.template.config(values),
            "databaseAttributes": self.database_attributes,
            "created": instant(self.created),
            "sso": sso,
        }


def needs_pair(template: Template, body: Mapping[str, Any]) -> bool:
    """Whether *body* leaves it to the directory to make a certificate: not sent, or sent empty."""
    return template.sso_type == "saml" and not _sent(body).get("idpCertificate")


def sso_url_for(template: Template, given: object, sso_url: str) -> str:
    """The SSO IdP URL that *given* stands for: a bare slug or a full URL; a bookmark's is its target, as it is."""
    if not isinstance(given, str) or not given.strip():
        raise invalid("The IdP URL is required")
    if template.sso_type == "bookmark":
        return given
    slug = unquote(urlsplit(given.rstrip("/")).path.rpartition("/")[2]) if "://" in given else given.strip().strip("/")
    if not slug or "/" in slug:
        raise invalid("The IdP URL is invalid")
    return f"{sso_url}{SSO_PATH}{quote(slug, safe='')}"


def create(
    template: Template,
    body: Mapping[str, Any],
    *,
    application_id: str,
    organization: str,
    sso_url: str,
    now: datetime,
    pair: SigningPair | None,
) -> Application:
    """A new application from *body*; *pair* is what it gets where `needs_pair`."""
    url = sso_url_for(template, body.get("ssoUrl"), sso_url)
    if not isinstance(body.get("config"), dict):
        raise invalid("config is required")
    for key, value in _sent(body).items():
        entry = template.entries.get(key)
        if entry is not None and entry.required and value == "":
            raise Refused(UNAVAILABLE, {"message": "Service Unavailable"})
    application = Application(
        id=application_id, template=template, organization=organization, created=now, sso_url=url, config={}
    )
    _fill(application, body, now=now, pair=pair)
    return application


def replace(application: Application, body: Mapping[str, Any], *, now: datetime, pair: SigningPair | None) -> None:
    """Replace everything in *application* by *body*, resetting what it does not say; its `ssoUrl` stays."""
    if not isinstance(body.get("ssoUrl"), str) or not body["ssoUrl"].strip():
        raise invalid("The IdP URL is required")
    if body.get("name", application.template.name) != application.template.name:
        raise invalid("The application's name cannot be changed")
    _fill(application, body, now=now, pair=pair)


def _fill(application: Application, body: Mapping[str, Any], *, now: datetime, pair: SigningPair | None) -> None:
    template = application.template
    config = _config(template, body)
    sso = body.get("sso") if isinstance(body.get("sso"), dict) else {}
    label = _text(body, "displayLabel", template.display_name)
    name = _text(body, "displayName", template.display_name)
    description = _text(body, "description", "")
    if len(description) > MAX_DESCRIPTION:
        raise invalid(f"description must be at most {MAX_DESCRIPTION} characters")
    color = body.get("color") or None
    if color is not None and color not in _COLORS:
        raise invalid("color is not one of the colors of the portal")
    attributes = body.get("databaseAttributes") or []
    if not isinstance(attributes, list):
        raise invalid("databaseAttributes must be an array")
    keys = _keys(application, config, pair=pair) if template.sso_type == "saml" else None
    # Nothing is refused below this line, so a refused replacement changes nothing.
    application.display_label, application.display_name, application.description = label, name, description
    application.active, application.beta = body.get("active") is True, body.get("beta") is True
    application.hidden = isinstance(sso, dict) and sso.get("hidden") is True
    application.color, application.database_attributes = color, attributes
    if keys is not None:
        certificate, private_key = keys
        if certificate != application.config.get("idpCertificate"):
            application.certificate_updated = now
        if private_key != application.private_key:
            application.private_key_updated = now
        config["idpCertificate"], application.private_key = certificate, private_key
        application.metadata_broken = application.metadata_broken or decoded_certificate(certificate) is None
    application.config = config


def _keys(application: Application, config: Mapping[str, Any], *, pair: SigningPair | None) -> tuple[str, str | None]:
    """Certificate (as the API carries it) and private key that *application* has from now on."""
    certificate, key = config.get("idpCertificate"), config.get("idpPrivateKey")
    if not certificate:
        if pair is None:
            raise ValueError("a certificate was left out, and no new pair was given")
        return encoded(pair.certificate), pair.private_key
    if key:
        private_key = decoded_private_key(str(key))
        if private_key is None:
            raise invalid("config.idpPrivateKey.value is not a private key")
        return str(certificate), private_key
    same = certificate == application.config.get("idpCertificate")
    return str(certificate), application.private_key if same else None


def _config(template: Template, body: Mapping[str, Any]) -> dict[str, Any]:
    """Template defaults with what was sent on top; keys that the template lacks are dropped."""
    config = template.defaults()
    for key, value in _sent(body).items():
        entry = template.entries.get(key)
        if entry is None:
            continue
        if entry.type == "bool" and not isinstance(value, bool):
            raise invalid(f"config.{key}.value must be a boolean")
        if entry.type == "attributes":
            value = _attributes(key, value)  # noqa: PLW2901 - the value, put right
        if entry.type in {"text", "file", "select"} and value is not None and not isinstance(value, str):
            raise invalid(f"config.{key}.value must be a string")
        config[key] = value
    return config


def _sent(body: Mapping[str, Any]) -> dict[str, Any]:
    """The values in the body's `config`; an entry without `value` counts as not sent."""
    config = body.get("config")
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise invalid("config must be an object")
    values: dict[str, Any] = {}
    for key, entry in config.items():
        if key == "authClaimConfiguration" and isinstance(entry, dict):
            values[key] = entry
            continue
        if not isinstance(entry, dict):
            raise invalid(f"config.{key} must be an object with a value")
        if "value" in entry:
            values[key] = entry["value"]
    return values


def _attributes(key: str, value: object) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise invalid(f"config.{key}.value must be an array")
    rows: list[dict[str, Any]] = []
    for row in value:
        if not isinstance(row, dict) or not isinstance(row.get("name"), str) or not isinstance(row.get("value"), str):
            raise invalid(f"config.{key}.value must hold objects with name and value")
        rows.append({"readOnly": False, "required": False, "visible": True} | row)
    return rows


def _text(body: Mapping[str, Any], key: str, default: str) -> str:
    value = body.get(key)
    if value is None:
        return default
    if not isinstance(value, str):
        raise invalid(f"{key} must be a string")
    return value

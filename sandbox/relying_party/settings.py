"""What the portal is told at its start: one JSON file with the addresses of the user pool and its app client.

Not here: any default for an address.  Cognito's are not derivable from one another in the sandbox.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path


class SettingsError(ValueError):
    """The settings cannot be used; the sentence says which and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The app client, as the portal knows it."""

    client_id: str
    authorize_url: str
    token_url: str
    logout_url: str
    """Cognito's `/logout`; what its query lacks of `client_id` and `logout_uri` is added."""

    issuer: str
    jwks_url: str
    redirect_uri: str
    """The portal's own callback URL, to the letter as the app client has it."""

    identity_provider: str
    """The provider's name in the user pool: sign-in goes there at once."""

    client_secret: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    title: str = "Acme portal"
    directory: str = "JumpCloud"
    """What the button calls the place where people sign in."""

    @property
    def home_url(self) -> str:
        """The portal's first page, where sign-out leads to."""
        parts = urlsplit(self.redirect_uri)
        return f"{parts.scheme}://{parts.netloc}/"

    @property
    def callback_path(self) -> str:
        """The path of the callback URL."""
        return urlsplit(self.redirect_uri).path or "/"


_URLS = ("authorize_url", "token_url", "logout_url", "issuer", "jwks_url", "redirect_uri")


def read_settings(file: Path) -> Settings:
    """The settings in *file*.

    Raises:
        SettingsError: Where it cannot be read, or a setting is missing, unknown, or of the wrong kind.
    """
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"cannot read the portal's settings - {file} - {error.strerror}") from None
    except ValueError as error:
        raise SettingsError(f"cannot read the portal's settings - {file} - not JSON: {error}") from None
    if not isinstance(given, dict):
        raise SettingsError(f"cannot read the portal's settings - {file} - must be a JSON object")
    try:
        return settings_from(given)
    except SettingsError as error:
        raise SettingsError(f"cannot read the portal's settings - {file} - {error}") from None


def settings_from(given: dict[str, Any]) -> Settings:
    """The settings that a JSON object holds; `SettingsError` names every one that is wrong."""
    known = {one.name: one for one in fields(Settings)}
    wrong = [f"{name} is unknown" for name in given if name not in known]
    wrong += [f"{name} is missing" for name, one in known.items() if one.default is MISSING and name not in given]
    for name in known.keys() & given.keys() - {"scopes"}:
        value = given[name]
        if not isinstance(value, str) and not (name == "client_secret" and value is None):
            wrong.append(f"{name} must be text")
        elif name in _URLS and urlsplit(value).scheme not in ("http", "https"):
            wrong.append(f"{name} must be an http or https address")
    scopes = given.get("scopes", ["openid"])
    if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes) or "openid" not in scopes:
        wrong.append("scopes must be a list of texts, openid among them")
    if wrong:
        raise SettingsError("; ".join(sorted(wrong)))
    return Settings(**{**given, **({"scopes": tuple(scopes)} if "scopes" in given else {})})

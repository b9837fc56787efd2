"""A session in AWS as a person has it after signing in by SAML, and the sign-in site's pages as they are read.

Not here: how the person gets there (`person.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsSession:
    """Temporary credentials, whose they are, and where the console would open."""

    roles: tuple[str, ...]
    """ARNs of the roles that were offered; one where there was nothing to choose."""

    role_arn: str
    account: str
    session_name: str
    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    destination: str

    def client(self, service: str, endpoint_url: str, region: str) -> Any:
        """A boto3 client of *service* with these credentials, whatever settings this machine has."""
        import boto3  # type: ignore[import-untyped]  # noqa: PLC0415 - slow, and only some callers want a client
        from botocore.config import Config  # type: ignore[import-untyped]  # noqa: PLC0415 - likewise

        session = boto3.session.Session(
            aws_access_key_id=self.access_key_id,
            aws_secret_access_key=self.secret_access_key,
            aws_session_token=self.session_token,
            region_name=region,
        )
        configuration = Config(proxies={}, retries={"total_max_attempts": 1}, ignore_configured_endpoint_urls=True)
        return session.client(service, endpoint_url=endpoint_url, config=configuration)


class SignInPage(HTMLParser):
    """A page of the sign-in site: its named fields, and the roles to choose from."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.roles: list[str] = []
        self.role_field = ""
        self._within: list[str | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a field or a role."""
        given = {name: value or "" for name, value in attrs}
        if tag == "input":
            if given.get("type") == "radio":
                self.role_field = given.get("name", "")
                self.roles.append(given.get("value", ""))
        elif tag not in {"meta", "link", "br"}:
            self._within.append(given.get("data-field"))

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - the page is this project's own, and well-formed
        """Leave an element."""
        if self._within:
            self._within.pop()

    def handle_data(self, data: str) -> None:
        """Add to the field that the text is in."""
        name = next((one for one in reversed(self._within) if one), None)
        if name:
            self.fields[name] = self.fields.get(name, "") + data

    def session(self, offered: list[str]) -> AwsSession | None:
        """The session that the page shows, if it shows one.

        Args:
            offered: The roles of the chooser that came before; empty where none came.
        """
        found = self.fields
        if "AWS_ACCESS_KEY_ID" not in found:
            return None
        return AwsSession(
            roles=tuple(offered or [found["role-arn"]]),
            role_arn=found["role-arn"],
            account=found["account"],
            session_name=found["session-name"],
            access_key_id=found["AWS_ACCESS_KEY_ID"],
            secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
            session_token=found["AWS_SESSION_TOKEN"],
            destination=found["destination"],
        )

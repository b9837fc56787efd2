"""From an application that was made by hand to the spec whose first deployment changes nothing of it.

Pure.  What the application says becomes the spec; what it cannot say is to be filled in, never guessed; what a spec
cannot say is left out (`adopted_settled.py`) and so stays as it was found.  Not here: reading the directory
(`adoption.py`), and what only one kind has (`adopted_cognito.py`, `adopted_aws.py`).
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from saml_connectors.problems import Problem
from saml_connectors.provider.jumpcloud import certificate
from saml_connectors.provider.jumpcloud.desired import INCLUDE_GROUPS, SP_CERTIFICATE
from saml_connectors.provider.jumpcloud.live import IDP_ENTITY_ID
from saml_connectors.provisioning import adopted_aws, adopted_cognito
from saml_connectors.provisioning.adopted_draft import (
    LOGIN_URL,
    NAME_ID_FORMAT,
    RELAY_STATE,
    SIGN_ASSERTION,
    SIGN_RESPONSE,
    SIGNATURE_ALGORITHM,
    SUBJECT_FIELD,
    Draft,
    Found,
    as_mapping,
)
from saml_connectors.provisioning.adopted_settled import settle
from saml_connectors.provisioning.trouble import Trouble
from saml_connectors.spec.cognito import COGNITO_TEMPLATE
from saml_connectors.spec.directory import NameId
from saml_connectors.spec.findings import shown
from saml_connectors.spec.iam import IAM_TEMPLATE
from saml_connectors.spec.identity_center import IDENTITY_CENTER_TEMPLATE
from saml_connectors.spec.writing import write_yaml

COGNITO, IAM, IDENTITY_CENTER, BOOKMARK = "cognito-user-pool", "iam", "identity-center", "bookmark"
TEMPLATES = {
    COGNITO: COGNITO_TEMPLATE,
    IAM: IAM_TEMPLATE,
    IDENTITY_CENTER: IDENTITY_CENTER_TEMPLATE,
    BOOKMARK: BOOKMARK,
}
FORMATS = {
    NameId(format=each).urn: each
    for each in ("persistent", "emailAddress", "unspecified", "unspecified-1.0", "transient")
}
RSA_SHA256 = "RSA-SHA256"
SIGNED = {(True, False): "assertion", (False, True): "response", (True, True): "both"}

_CONNECTOR_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the options say."""

    kind: str | None = None
    name: str | None = None
    directory: dict[str, Any]
    """The part `directory` of the spec."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A spec, as far as it can be known."""

    kind: str
    data: dict[str, Any]
    notes: tuple[str, ...]
    unknown: tuple[str, ...]
    """Fields that are to be filled in."""

    def yaml(self) -> str:
        """The spec as a file, with what its author should know at its head."""
        application = self.data["application"]
        head = [f"{shown(application['display_label'])} ({application['adopt']}), as it was found in the directory."]
        if self.unknown:
            head.append("To be filled in, because the directory does not know it:")
            head += [f"  - {field}" for field in self.unknown]
        if self.notes:
            head.append("To be known:")
            head += [f"  - {note}" for note in self.notes]
        return write_yaml(self.data, head)


def adopted_spec(found: Found, wish: Wish) -> Adopted:
    """The spec of *found*.

    Raises:
        Trouble: It is of no kind, or a connector of its kind could not leave it as it is.
        SpecError: A spec cannot say what it has to say of it.
    """
    live = found.live
    if live.says_active and not live.active:
        rule = "must be active: a connector's application signs people in"
        raise Trouble(_problem("adopt-inactive", rule, fix="activate it in the Admin Portal, then run it again"))
    kind = wish.kind or kind_of(found)
    draft = Draft(found)
    draft.data = {"kind": kind, "name": wish.name or _name(live.label), "aws": {}, "directory": wish.directory}
    draft.data["application"] = draft.application
    _add_tile(draft, with_groups=kind != IAM)
    if kind == BOOKMARK:
        if live.template != TEMPLATES[BOOKMARK]:
            draft.unfit("must be a bookmark", live.template, "leave --kind out")
        draft.data["url"] = live.sso_url
    else:
        _add_saml(draft, TEMPLATES[kind])
        add = {COGNITO: adopted_cognito.add, IAM: adopted_aws.add_iam}.get(kind, adopted_aws.add_identity_center)
        if kind != IAM:
            _add_constants(draft)
        add(draft)
    if not draft.data["aws"]:
        del draft.data["aws"]
    unknown = settle(draft)
    return Adopted(kind, draft.data, tuple(draft.notes), unknown)


def kind_of(found: Found) -> str:
    """The kind of connector that the application could be, by its template, entity ID and ACS URL.

    Raises:
        Trouble: It is of none.
    """
    entity_id, acs_url = found.entity_id, found.acs_url
    if found.live.template == TEMPLATES[BOOKMARK]:
        return BOOKMARK
    if entity_id.startswith("urn:amazon:cognito:sp:") or acs_url.endswith(adopted_cognito.ACS_PATH):
        return COGNITO
    if adopted_aws.is_identity_center(entity_id, acs_url):
        return IDENTITY_CENTER
    if adopted_aws.is_iam(entity_id, acs_url):
        return IAM
    told = f"template {shown(found.live.template)}, SP entity ID {shown(entity_id)}, ACS URL {shown(acs_url)}"
    rule = f"must be for Cognito, IAM, IAM Identity Center, or a bookmark, but looks like none of them: {told}"
    raise Trouble(_problem("adopt-kind", rule, fix="it is not for this library; leave it as it is"))


def _problem(code: str, rule: str, *, fix: str) -> Problem:
    return Problem(code=code, field="application", rule=rule, fix=fix)


def _name(label: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-").lstrip("0123456789-")
    return words[:_CONNECTOR_NAME].rstrip("-") or "application"


def _add_tile(draft: Draft, *, with_groups: bool) -> None:
    live, found = draft.found.live, draft.found
    draft.application["display_label"] = live.label
    description = live.value_at("description")
    if isinstance(description, str) and description.strip():
        draft.application["description"] = description
    if live.value_at("sso.hidden") is True:
        draft.application["visible"] = False
    if with_groups and found.groups:
        draft.application["groups"] = list(found.groups)
    for name in found.shared_names:
        draft.note(f"group {shown(name)}: bound, and stays so; several groups have the name, so it cannot be chosen")
    draft.application["adopt"] = live.id


def _add_saml(draft: Draft, usual_template: str) -> None:
    found, application = draft.found, draft.application
    application["slug"] = found.live.slug
    entity_id = found.text(IDP_ENTITY_ID)
    if entity_id and entity_id != found.live.sso_url:
        application["idp_entity_id"] = entity_id
    if found.live.template != usual_template:
        application["template"] = found.live.template
    _add_name_id(draft)
    _add_signature(draft)
    if found.text(RELAY_STATE):
        application["default_relay_state"] = found.text(RELAY_STATE)
    if found.text(SP_CERTIFICATE):
        application["sp_certificate"] = _pem(found.text(SP_CERTIFICATE))
    kind = draft.data["kind"]
    if found.text(LOGIN_URL) and kind == IAM:
        draft.note(f"Login URL: left as found: {shown(found.text(LOGIN_URL))}")
    if found.live.config_value(INCLUDE_GROUPS) is True and kind != COGNITO:
        draft.note("groups in assertions: left as found: they are sent")


def _add_name_id(draft: Draft) -> None:
    found = draft.found
    if not found.has(SUBJECT_FIELD, NAME_ID_FORMAT):
        return
    source, form = found.text(SUBJECT_FIELD), found.text(NAME_ID_FORMAT)
    if source and form in FORMATS:
        draft.application["name_id"] = {"from": source, "format": FORMATS[form]}
    else:
        draft.note(f"NameID: left as found: {shown(source)} as {shown(form)}")


def _add_signature(draft: Draft) -> None:
    found = draft.found
    if not found.has(SIGN_ASSERTION) and not found.has(SIGN_RESPONSE):
        return
    assertion = found.live.config_value(SIGN_ASSERTION) is True or not found.has(SIGN_ASSERTION)
    signed = SIGNED.get((assertion, found.live.config_value(SIGN_RESPONSE) is True))
    algorithm = found.text(SIGNATURE_ALGORITHM) if found.has(SIGNATURE_ALGORITHM) else RSA_SHA256
    if signed and algorithm == RSA_SHA256:
        draft.application["sign"] = signed
    else:
        draft.note(f"signature: left as found: {signed or 'nothing is signed'}, {shown(algorithm)}")


def _pem(value: str) -> str:
    """The certificate in PEM, or what stands there instead, which then is refused."""
    try:
        return base64.b64decode(certificate.as_stored(value)).decode("ascii").strip()
    except ValueError:
        return "-"


def _add_constants(draft: Draft) -> None:
    rows = draft.found.constant_rows()
    mapping = as_mapping(rows)
    if mapping:
        draft.application["constant_attributes"] = mapping
    elif rows:
        draft.note("constant attributes: left as found: one has no name or value, or two have one name")

"""What does not go together in a connector of kind `iam`: directory, application, provider, roles and groups.

Not here: the rules of single fields, which the fields own; accounts, partitions and endpoints
(`iam_place_rules.py`); and what is too large (`iam_size_rules.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from saml_connectors.aws_sign_in import ROLE_ATTRIBUTES, SIGN_IN
from saml_connectors.problems import Problem
from saml_connectors.spec import iam_place_rules, iam_size_rules, watch
from saml_connectors.spec.findings import field_path, shown
from saml_connectors.spec.identity_pool import MAX_PROVIDER_KEY
from saml_connectors.spec.values import repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from saml_connectors.spec.directory import SamlApplication
    from saml_connectors.spec.iam import IamSpec

RESTS_ON = {
    "role-unknown": ("roles",),
    "role-comma": ("application",),
    "groups-missing": ("application",),
    "certificates-many": ("groups", "roles", "carry_roles"),
    "relay-state": ("aws.region", "partition"),
    "identity-pool-encryption": ("provider.encryption.mode",),
    **iam_place_rules.RESTS_ON,
    **watch.RESTS_ON,
}
"""Codes with the other fields that the rules compare with, as in `SpecModel.rests_on`."""

_ONLY_IN_APPLICATIONS = {
    "groups": "who gets which role",
    "carry_roles": "who gets which role",
    "attributes": "what else it tells of a person",
}
"""Fields that only an application of the directory can carry out, and what the IdP itself decides otherwise."""


def rules(spec: IamSpec) -> Iterator[Problem]:
    """Everything between the fields of *spec*."""
    yield from watch.rules(spec.watch, directory=spec.directory, metadata=spec.metadata, region=spec.aws.region)
    yield from _source_rules(spec)
    if spec.application is None:
        yield from _foreign_rules(spec)
    else:
        yield from _application_rules(spec, spec.application)
        yield from _attribute_rules(spec, spec.application)
        yield from _relay_state_rules(spec, spec.application)
    yield from _role_rules(spec)
    yield from iam_place_rules.rules(spec)
    yield from iam_size_rules.rules(spec)
    yield from _identity_pool_rules(spec)


def _source_rules(spec: IamSpec) -> Iterator[Problem]:
    if spec.provider.existing:
        for name in ("directory", "application", "metadata"):
            if getattr(spec, name) is not None:
                yield Problem(
                    code="provider-existing",
                    field=name,
                    rule="must be left out where the provider is there already, with its own metadata",
                )
    elif spec.metadata is not None:
        for name in ("directory", "application"):
            if getattr(spec, name) is not None:
                rule = "must be left out where metadata is given: nothing is registered in a directory then"
                yield Problem(code="metadata-and-directory", field=name, rule=rule)
        if spec.metadata.url is not None:
            yield Problem(
                code="metadata-url-iam",
                field="metadata.url",
                rule="must be left out: IAM reads no URL",
                given=shown(spec.metadata.url),
                fix="save the document beside the spec, and name it as metadata.file",
            )
    else:
        for name in ("directory", "application"):
            if getattr(spec, name) is None:
                yield Problem(
                    code="directory-missing",
                    field=name,
                    rule="must be given, or metadata of another SAML IdP, or provider.existing",
                )


def _foreign_rules(spec: IamSpec) -> Iterator[Problem]:
    if spec.metadata is None and not spec.provider.existing:
        return
    for name, what in _ONLY_IN_APPLICATIONS.items():
        if name in spec.model_fields_set and getattr(spec, name):
            rule = f"must be left out where no application is registered: the IdP itself says {what}"
            yield Problem(code="needs-application", field=name, rule=rule)


def _application_rules(spec: IamSpec, application: SamlApplication) -> Iterator[Problem]:
    if not any(spec.groups.values()) and not spec.provider.existing and spec.metadata is None:
        yield Problem(
            code="groups-missing",
            field="groups",
            rule="must name a group for at least one role: without it there is no application",
            fix="write the groups at their roles, such as Engineer: [engineers]",
        )
    if application.groups:
        yield Problem(
            code="groups-derived",
            field="application.groups",
            rule="must be left out: who sees the tile follows from groups",
            fix="write the groups at their roles, under groups",
        )
    if application.sp_certificate is not None:
        yield Problem(
            code="sp-certificate-unused",
            field="application.sp_certificate",
            rule="must be left out: AWS sends no authentication requests, so there are no signatures to check",
        )
    if spec.provider.encryption is not None and not spec.provider.existing:
        yield Problem(
            code="encryption-unsupported",
            field="provider.encryption",
            rule="must be left out for a JumpCloud application, whose API has no setting for encrypted assertions",
            fix="leave it out; assertions are signed, and travel over TLS",
        )


def _attribute_rules(spec: IamSpec, application: SamlApplication) -> Iterator[Problem]:
    for place in (("application", "constant_attributes"), ("attributes",)):
        names = application.constant_attributes if len(place) > 1 else spec.attributes
        for name in names:
            if name.lower().startswith(ROLE_ATTRIBUTES.lower()):
                yield Problem(
                    code="attribute-reserved",
                    field=field_path((*place, name)),
                    rule="must not be one that AWS reads: roles, groups and session say what those are",
                )
    for name in spec.attributes:
        if name in application.constant_attributes:
            yield Problem(
                code="attribute-twice",
                field=field_path(("attributes", name)),
                rule="must not be one of application.constant_attributes too",
                given=shown(name),
            )


def _relay_state_rules(spec: IamSpec, application: SamlApplication) -> Iterator[Problem]:
    state = application.default_relay_state
    if state is None or spec.in_partition not in SIGN_IN:
        return
    try:
        parts = urlsplit(state)
        user = parts.username is not None or parts.password is not None
    except ValueError:
        parts, user = urlsplit(""), False
    if user:
        rule = "must not carry a user name or password"
        yield Problem(code="url-user", field="application.default_relay_state", rule=rule)
    elif parts.scheme != "https" or " " in state or not spec.sign_in.opens_console(parts.hostname or ""):
        yield Problem(
            code="relay-state",
            field="application.default_relay_state",
            rule=f"must be an https URL of an AWS console, such as https://{spec.sign_in.console_host}/",
            given=shown(state),
        )


def _role_rules(spec: IamSpec) -> Iterator[Problem]:
    if not spec.roles:
        yield Problem(code="roles-missing", field="roles", rule="must have at least one role")
    names = list(spec.roles)
    for index, _ in repeated(name.lower() for name in names):
        yield Problem(
            code="role-twice",
            field=field_path(("roles", names[index])),
            rule="must differ from the other roles in more than upper and lower case",
            given=shown(names[index]),
        )
    for name, role in spec.roles.items() if spec.application is not None else ():
        for field, value in ((("roles", name), name), (("roles", name, "path"), role.path)):
            if "," in value:
                yield Problem(
                    code="role-comma",
                    field=field_path(field),
                    rule="must have no comma: in a Role value, a comma stands between role and provider",
                    given=shown(value),
                )
    for name, groups in spec.groups.items():
        if name not in spec.roles:
            yield _unknown_role(spec, field_path(("groups", name)), name)
        for index, group in repeated(groups):
            rule = "must name each group once"
            field_of_group = f"{field_path(('groups', name))}[{index}]"
            yield Problem(code="group-twice", field=field_of_group, rule=rule, given=shown(group))


def _unknown_role(spec: IamSpec, field: str, role: str) -> Problem:
    known = ", ".join(spec.roles)
    rule, fix = "must be a role of the connector", f"there are {known}" if known else None
    return Problem(code="role-unknown", field=field, rule=rule, given=shown(role), fix=fix)


def _identity_pool_rules(spec: IamSpec) -> Iterator[Problem]:
    pool = spec.identity_pool
    if pool is None:
        return
    longest = MAX_PROVIDER_KEY - len(f"arn:{spec.in_partition}:iam::123456789012:saml-provider/")
    if len(spec.provider.name) > longest:
        yield Problem(
            code="provider-name-pool",
            field="provider.name",
            rule=f"must be at most {longest} characters where there is an identity pool, which uses the ARN as a name",
            given=shown(spec.provider.name),
        )
    if spec.provider.encryption is not None and spec.provider.encryption.mode == "required":
        yield Problem(
            code="identity-pool-encryption",
            field="identity_pool",
            rule="must be left out where assertions must be encrypted: identity pools cannot read them",
        )
    own = spec.roles_in(spec.own_account)
    for index, rule in enumerate(pool.role_rules):
        field = f"identity_pool.role_rules[{index}].role"
        if rule.role not in spec.roles:
            yield _unknown_role(spec, field, rule.role)
        elif rule.role not in own:
            yield Problem(
                code="role-rule-account",
                field=field,
                rule="must be a role that the connector's own account has: the identity pool is there",
                given=shown(rule.role),
                fix=f"write that account at the role, under {field_path(('roles', rule.role, 'accounts'))}",
            )

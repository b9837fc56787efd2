"""CloudFormation types of IAM: SAML providers, which the emulator lacks, and roles, made as strict as AWS's."""

from __future__ import annotations

import re
from typing import Any, Final

from sandbox.aws.saml_providers import ENCRYPTION, IDENTIFIER
from sandbox.aws.seams import iam, provisioners, responses

SAML_PROVIDER: Final = "AWS::IAM::SAMLProvider"
ROLE: Final = "AWS::IAM::Role"
REFUSED: Final = 400
"""The lowest HTTP status of a refusal."""

SHORTEST_MAXIMUM, LONGEST_MAXIMUM = 3_600, 43_200
"""Seconds that MaxSessionDuration may be."""

_ROLE_NAME = re.compile(r"[\w+=,.@-]{1,64}", re.ASCII)
_ROLE_PATH = re.compile(r"/(?:[\x21-\x7e]{1,510}/)?")

Created = tuple[str, dict[str, Any]]
"""Physical id, and the attributes for `Fn::GetAtt`."""


def install() -> None:
    """Register the types; the emulator's engine does replacement, clean-up and rollback by itself."""
    provisioners.handlers[SAML_PROVIDER] = {
        "create": _create_saml_provider,
        "update": _update_saml_provider,
        "delete": _delete_saml_provider,
    }
    provisioners.replacing_properties[SAML_PROVIDER] = ("Name", "AddPrivateKey", "RemovePrivateKey")
    handlers = provisioners.handlers[ROLE]
    handlers["create"] = _creating_role(handlers["create"])
    handlers["update"] = _updating_role(handlers["update"])


# --- AWS::IAM::SAMLProvider: Ref is the ARN ---------------------------------------------------------------------------


def _call(action: str, doing: str, parameters: dict[str, str]) -> None:
    status, _, body = iam.handlers[action]({key: [value] for key, value in parameters.items() if value})
    if status >= REFUSED:
        text = body.decode() if isinstance(body, bytes) else str(body)
        message = text.partition("<Message>")[2].partition("</Message>")[0] or text
        raise ValueError(f"{doing} {SAML_PROVIDER}: {message}")


def _create_saml_provider(logical_id: str, properties: dict[str, Any], stack_name: str) -> Created:
    name = properties.get("Name") or provisioners.physical_name(stack_name, logical_id, max_len=128)
    parameters = {
        "Name": name,
        "SAMLMetadataDocument": properties.get("SamlMetadataDocument", ""),
        ENCRYPTION: properties.get(ENCRYPTION, ""),
        "AddPrivateKey": properties.get("AddPrivateKey", ""),
    }
    for number, tag in enumerate(properties.get("Tags") or [], start=1):
        parameters[f"Tags.member.{number}.Key"] = tag["Key"]
        parameters[f"Tags.member.{number}.Value"] = tag["Value"]
    _call("CreateSAMLProvider", "creating", parameters)
    return _described(f"arn:aws:iam::{responses.account()}:saml-provider/{name}")


def _update_saml_provider(physical_id: str, _old: dict[str, Any], new: dict[str, Any], _stack_name: str) -> Created:
    parameters = {
        "SAMLProviderArn": physical_id,
        "SAMLMetadataDocument": new.get("SamlMetadataDocument", ""),
        ENCRYPTION: new.get(ENCRYPTION, ""),
    }
    _call("UpdateSAMLProvider", "updating", parameters)
    record = iam.saml_providers[physical_id]
    record["Tags"] = [dict(tag) for tag in new.get("Tags") or []]
    if not new.get(ENCRYPTION):
        record.pop(ENCRYPTION, None)
    return _described(physical_id)


def _delete_saml_provider(physical_id: str, _properties: dict[str, Any]) -> None:
    if physical_id in iam.saml_providers:
        _call("DeleteSAMLProvider", "deleting", {"SAMLProviderArn": physical_id})


def _described(arn: str) -> Created:
    return arn, {"Arn": arn, "SamlProviderUUID": iam.saml_providers[arn][IDENTIFIER]}


# --- AWS::IAM::Role: what the emulator takes without a word, IAM refuses; and the permissions boundary it forgets -----


def _creating_role(original: Any) -> Any:
    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Created:
        _check_role(properties)
        name = properties.get("RoleName")
        if name and name in iam.roles:
            raise ValueError(f"creating {ROLE}: Role with name {name} already exists. (EntityAlreadyExists)")
        physical_id, attributes = original(logical_id, properties, stack_name)
        iam.roles[physical_id]["PermissionsBoundary"] = properties.get("PermissionsBoundary", "")
        return physical_id, attributes

    return create


def _updating_role(original: Any) -> Any:
    def update(
        physical_id: str, old: dict[str, Any], new: dict[str, Any], stack_name: str, logical_id: str | None = None
    ) -> Created:
        _check_role(new)
        updated_id, attributes = original(physical_id, old, new, stack_name, logical_id)
        iam.roles[updated_id]["PermissionsBoundary"] = new.get("PermissionsBoundary", "")
        return updated_id, attributes

    return update


def _check_role(properties: dict[str, Any]) -> None:
    name, path = properties.get("RoleName"), str(properties.get("Path") or "/")
    if name and not _ROLE_NAME.fullmatch(str(name)):
        raise _refused(f"the name {name} may hold 1 to 64 letters, digits and _+=,.@-", "ValidationError")
    if not _ROLE_PATH.fullmatch(path):
        raise _refused(f"the path {path} has to begin and end with /", "ValidationError")
    seconds = int(properties.get("MaxSessionDuration", SHORTEST_MAXIMUM))
    if not SHORTEST_MAXIMUM <= seconds <= LONGEST_MAXIMUM:
        raise _refused(
            f"MaxSessionDuration {seconds} is not from {SHORTEST_MAXIMUM} to {LONGEST_MAXIMUM}", "ValidationError"
        )
    boundary = properties.get("PermissionsBoundary")
    for arn in [*(properties.get("ManagedPolicyArns") or []), *([boundary] if boundary else [])]:
        if not iam.policy_known(arn, responses.account()):
            aws = " on this local AWS, which knows the policies of AWS that are used most" * (":iam::aws:" in arn)
            raise _refused(f"Policy {arn} does not exist or is not attachable{aws}.", "NoSuchEntity")


def _refused(problem: str, code: str) -> ValueError:
    return ValueError(f"creating or updating {ROLE}: {problem} ({code})")

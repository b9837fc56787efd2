"""What references of a deployed stack's template stand for: physical ids, ARNs made of names, outputs, the directory.

What nobody can know without asking more stays unknown, and is told apart.  Not here: the functions themselves
(`cloudformation/`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from saml_connectors.cloudformation import Reference, Template, Text
from saml_connectors.cloudformation.deployed import Deployed
from saml_connectors.deployed.stack import DeployedStack, read_exports
from saml_connectors.provider.identity_store import contract as group_contract
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provisioning import aws
from saml_connectors.provisioning.trouble import Trouble

REF = "Ref"
_LAST_OF_SEVERAL = frozenset({"AWS::Cognito::UserPoolClient", "AWS::Cognito::UserPoolIdentityProvider"})
"""Types whose physical id may be that of the whole, as in `pool|client`, where `Ref` gives the last part."""

_OURS = frozenset(contract.TYPES)
_NOT_LIVE = frozenset({contract.CERTIFICATE, contract.CERTIFICATE_EXPIRES_AT, contract.FINGERPRINT})
"""Attributes that say what AWS was given: the directory says what is there now, which may be another one."""


class StackValues(Deployed):
    """Answers what the functions of one deployed template refer to.

    Args:
        stack: The stack.
        client: Makes a client of an AWS service in the stack's region.
        live: An attribute of one of our custom resources, as the directory tells it now: given logical id, type,
            physical id and the attribute's name; None where it cannot tell.
    """

    def __init__(
        self,
        stack: DeployedStack,
        client: Callable[[str], Any],
        live: Callable[[str, str, str, str], str | None],
    ) -> None:
        self.stack = stack
        self._client, self._live = client, live
        self._types: Mapping[str, str] = {}
        self._asked: dict[tuple[str, str], Any] = {}

    @cached_property
    def template(self) -> Template:
        """The stack's template, in which references are followed."""
        stack = self.stack
        made = Template(
            stack.template,
            name=stack.name,
            file=stack.name,
            region=stack.region,
            account=stack.account,
            stack_name=stack.name,
            deployed=self,
        )
        self._types = {name: each.type for name, each in made.resources.items()}
        return made

    @cached_property
    def told(self) -> Mapping[tuple[str, str], str]:
        """Attributes that outputs of the stack tell, as they were when it was last deployed."""
        plain = Template(self.stack.template, name=self.stack.name, file=self.stack.name)
        found = {}
        for name, value in plain.outputs.items():
            if name in self.stack.outputs and isinstance(value, Text) and len(value.parts) == 1:
                (part,) = value.parts
                if isinstance(part, Reference):
                    found[part.logical_id, part.attribute] = self.stack.outputs[name]
        return found

    def attribute(self, logical_id: str, attribute: str) -> Any:
        """From the physical id, an output, the name, or the directory, in this order."""
        physical_id = self.stack.physical_ids.get(logical_id)
        if physical_id is None:
            return None
        kind = self._types.get(logical_id, "")
        if attribute == REF:
            return physical_id.rpartition("|")[2] if kind in _LAST_OF_SEVERAL else physical_id
        if (logical_id, attribute) in self.told:
            return self.told[logical_id, attribute]
        if (logical_id, attribute) not in self._asked:
            self._asked[logical_id, attribute] = self._ask(logical_id, kind, physical_id, attribute)
        return self._asked[logical_id, attribute]

    def parameter(self, name: str) -> Any:
        """As CloudFormation resolved it; of pseudo parameters, the stack's id."""
        if name == "AWS::StackId":
            return self.stack.id
        value = self.stack.parameters.get(name)
        declared = self.stack.template.get("Parameters", {}).get(name)
        kind = str(declared.get("Type", "")) if isinstance(declared, dict) else ""
        is_list = kind == "CommaDelimitedList" or "List<" in kind
        hidden = isinstance(declared, dict) and str(declared.get("NoEcho", "")).lower() == "true"
        if value is None or hidden:
            return None
        return [each.strip() for each in value.split(",")] if is_list else value

    def export(self, name: str) -> Any:
        """As CloudFormation lists it; None where there is none, or it may not be listed."""
        return self._exports.get(name)

    @cached_property
    def _exports(self) -> Mapping[str, str]:
        try:
            return read_exports(self._client("cloudformation"))
        except Trouble:  # whoever needs it is told that it is not known
            return {}

    def _ask(self, logical_id: str, kind: str, physical_id: str, attribute: str) -> Any:
        if kind in _OURS:
            if attribute == contract.APPLICATION_ID:
                return physical_id.partition("/")[0]
            return None if attribute in _NOT_LIVE else self._live(logical_id, kind, physical_id, attribute)
        if kind == "AWS::IAM::SAMLProvider" and attribute == "SamlProviderUUID":
            return self._provider_uuid(physical_id)
        named = _ATTRIBUTES.get((kind, attribute))
        return named(self, logical_id, physical_id) if named else None

    def _provider_uuid(self, arn: str) -> str | None:
        try:
            with aws.telling_of_aws("reading the SAML provider", field="stack"):
                answer = self._client("iam").get_saml_provider(SAMLProviderArn=arn)
        except Trouble:
            return None
        found = answer.get("SAMLProviderUUID")
        return found if isinstance(found, str) else None


def _role_arn(here: StackValues, logical_id: str, name: str) -> str | None:
    role = here.template.resources[logical_id]
    path = role.text("Path") if role.has("Path") else "/"
    return None if path is None else here.stack.arn("iam", f"role{path}{name}", regional=False)


def _last(_: StackValues, __: str, physical_id: str) -> str:
    return physical_id.rpartition("|")[2]


def _named(service: str, resource: str) -> Callable[[StackValues, str, str], str]:
    return lambda here, _, name: here.stack.arn(service, f"{resource}{name}")


_ATTRIBUTES: Mapping[tuple[str, str], Callable[[StackValues, str, str], str | None]] = {
    ("AWS::IAM::Role", "Arn"): _role_arn,
    ("AWS::Lambda::Function", "Arn"): _named("lambda", "function:"),
    ("AWS::KMS::Key", "Arn"): _named("kms", "key/"),
    ("AWS::Cognito::UserPool", "Arn"): _named("cognito-idp", "userpool/"),
    ("AWS::Cognito::UserPool", "UserPoolId"): _last,
    ("AWS::Cognito::UserPoolClient", "ClientId"): _last,
    ("AWS::SSO::PermissionSet", "PermissionSetArn"): _last,
    ("AWS::SecretsManager::Secret", "Id"): _last,
    (group_contract.GROUP, group_contract.GROUP_ID): lambda _, __, physical_id: physical_id.rpartition("/")[2],
}
"""Attributes that follow from the physical id, by type of resource and attribute."""

"""Attributes that groups of the directory carry, and that their people inherit.

Not here: the applications that send them on (`application.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from constructs import Construct

from saml_connectors.directory_provider import DirectoryProvider
from saml_connectors.provider.jumpcloud import contract

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import aws_secretsmanager as secretsmanager

    from saml_connectors.spec.directory import Directory


class JumpCloudGroupAttributes(Construct):
    """Attributes of groups, each read, merged and written, so that nothing else of a group changes.

    Args:
        scope: The stack, or the construct inside it.
        construct_id: Unique within *scope*.
        directory: Whose groups they are.
        attributes: Group, attribute and value of each.  Groups must exist and must not be dynamic.
        credentials: As in `JumpCloudApplication`.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        directory: Directory,
        attributes: Iterable[tuple[str, str, str]],
        credentials: secretsmanager.ISecret | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        provider = DirectoryProvider.of(self)
        provider.resource(
            self,
            "Resource",
            contract.GROUP_ATTRIBUTES,
            provider.reach(directory, credentials),
            {
                contract.ATTRIBUTES: [
                    {contract.GROUP: group, contract.NAME: name, contract.VALUE: value}
                    for group, name, value in attributes
                ]
            },
        )

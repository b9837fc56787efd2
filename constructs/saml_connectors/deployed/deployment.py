"""A deployed connector at hand: its stack, the clients of AWS, and the directories that its resources name.

Not here: what is compared (`drift.py`), and what is tried (`doctor.py`).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from saml_connectors.cloudformation import Resource, Template
from saml_connectors.deployed.live_directory import LiveDirectory
from saml_connectors.deployed.resolved import resolved
from saml_connectors.deployed.stack import DeployedStack, read_stack
from saml_connectors.deployed.stack_values import StackValues
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.provider.jumpcloud.credentials import FORMS
from saml_connectors.provider.jumpcloud.desired import DirectoryRef, directory_ref
from saml_connectors.provider.jumpcloud.errors import ProviderError
from saml_connectors.provider.jumpcloud.live import Live
from saml_connectors.provider.jumpcloud.properties import Properties
from saml_connectors.provider.jumpcloud.verify import saml_facts
from saml_connectors.provisioning import aws
from saml_connectors.provisioning.command import World
from saml_connectors.provisioning.directory_sign_in import sign_in_to
from saml_connectors.provisioning.trouble import Trouble

_WITH_FACTS = frozenset({contract.APPLICATION, contract.LOOKUP})


class Deployment:
    """One stack, and everything that is needed to look at what it deployed.

    Args:
        stack: The stack.
        world: Everything outside this process.
    """

    def __init__(self, stack: DeployedStack, world: World) -> None:
        self.stack, self.world = stack, world
        self._clients: dict[tuple[str, str], Any] = {}
        self._directories: dict[DirectoryRef, LiveDirectory] = {}
        self._secrets: dict[str, str] = {}
        self.values = StackValues(stack, self.client, self._live_attribute)

    @classmethod
    def read(cls, name: str, region: str | None, world: World, *, changing: bool = False) -> Deployment:
        """The deployment of the stack called *name*; *changing*: also while it is being changed.

        Raises:
            Trouble: It cannot be read.
        """
        return cls(read_stack(aws.formation_of(world.client, region), name, changing=changing), world)

    @cached_property
    def template(self) -> Template:
        """The stack's template, in which references are followed as far as anybody knows."""
        return self.values.template

    def client(self, service: str, region: str | None = None) -> Any:
        """A client of an AWS service, in the stack's region or in another."""
        key = (service, region or self.stack.region)
        if key not in self._clients:
            self._clients[key] = self.world.client(*key)
        return self._clients[key]

    def of_type(self, *types: str) -> list[Resource]:
        """The resources of these types that are deployed."""
        there = self.stack.physical_ids
        return [each for each in self.template.of_type(*types) if each.logical_id in there]

    def physical_id(self, resource: Resource) -> str:
        """Its physical id."""
        return self.stack.physical_ids[resource.logical_id]

    def application_id(self, resource: Resource) -> str:
        """The id in the directory of the application that a resource is about, by its physical id."""
        return self.physical_id(resource).partition("/")[0]

    def ref(self, resource: Resource) -> DirectoryRef:
        """The directory that one of our custom resources names.

        Raises:
            PropertyError: It names none, or its parts are not known.
        """
        read = Properties(resolved(resource)[0], resource.type, resource.logical_id)
        found = directory_ref(read)
        read.raise_if_wrong()
        return found

    def credential(self, ref: DirectoryRef) -> str:
        """The text of the secret that holds a directory's credential.

        Raises:
            Trouble: It cannot be read.
        """
        if ref.secret not in self._secrets:
            client = self.client("secretsmanager", aws.region_of(ref.secret))
            self._secrets[ref.secret] = aws.read_secret(client, ref.secret, field="directory.credentials", forms=FORMS)
        return self._secrets[ref.secret]

    def directory(self, ref: DirectoryRef) -> LiveDirectory:
        """A directory, signed in to.

        Raises:
            Trouble: The credential cannot be read, or is none.
        """
        if ref not in self._directories:
            signed_in = sign_in_to(ref, self.credential(ref), self.world.transport, self.world.sleep)
            self._directories[ref] = LiveDirectory(*signed_in)
        return self._directories[ref]

    def live(self, resource: Resource) -> Live | None:
        """The application that a resource is about, as it is now; None where it is gone.

        Raises:
            Trouble: The directory cannot be signed in to.
            ProviderError: It cannot be read.
        """
        return self.directory(self.ref(resource)).application(self.application_id(resource))

    def _live_attribute(self, logical_id: str, kind: str, _: str, attribute: str) -> str | None:
        """What an application says of itself now; None where it cannot be asked: whoever compares it says why."""
        if kind not in _WITH_FACTS:
            return None
        try:
            live = self.live(self.template.resources[logical_id])
        except (Trouble, ProviderError):
            return None
        return saml_facts(live)[0].get(attribute) if live is not None else None

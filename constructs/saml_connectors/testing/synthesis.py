"""Specs, constructs, stacks and apps as the templates that a deployment would get.

The CDK is imported when something is synthesized, not before.  Not here: what must hold for them (`expectation.py`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import yaml

from saml_connectors.cloudformation import Assembly, Template, read
from saml_connectors.spec import ConnectorSpec, load

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_cdk import App, Stack, Stage, assertions
    from constructs import Construct, IConstruct

    Source = IConstruct | ConnectorSpec | str | Path | Callable[[Stack], object]
    """What can be synthesized: an app, a stage, a stack or a construct in one; a connector's spec; a file or folder of
    specs; a function that adds what it likes to a stack."""


@dataclass(frozen=True)
class Synthesized:
    """What a synthesis has written."""

    folders: tuple[Path, ...]
    """The cloud assemblies: one for each app."""

    @cached_property
    def assembly(self) -> Assembly:
        """The templates as `saml-connectors check` and `review` read them."""
        return read([str(each) for each in self.folders])

    @property
    def stacks(self) -> list[str]:
        """Names of the templates' stacks."""
        return [each.name for each in self.assembly.templates]

    def template(self, stack: str | None = None) -> Template:
        """The template of a stack, with functions followed.

        Args:
            stack: Its name.  Default: the only one.
        """
        found = [each for each in self.assembly.templates if stack in {None, each.name, each.stack_name}]
        if len(found) != 1:
            what = "one stack" if stack is None else f"one stack {stack!r}"
            raise LookupError(f"there must be {what} to give a template; there are: {', '.join(self.stacks) or 'none'}")
        return found[0]

    def assertions(self, stack: str | None = None) -> assertions.Template:
        """The same for the CDK's own assertions.

        Args:
            stack: Its name.  Default: the only one.
        """
        from aws_cdk import assertions  # noqa: PLC0415 - it starts Node

        return assertions.Template.from_json(self.template(stack).data)


@dataclass(frozen=True)
class ConnectorTemplate:
    """One connector, synthesized."""

    spec: ConnectorSpec
    construct: Construct
    """The connector itself, as `CognitoConnector`."""

    template: Template
    """Its stack's template, with functions followed: `template.of_type("AWS::IAM::Role")`."""

    assertions: assertions.Template
    """The same for the CDK's own assertions: `assertions.has_resource_properties(…)`."""

    synthesized: Synthesized
    """All of its stacks, and those of what stands beside it."""


class Synth:
    """Synthesizes what it is given, each time into a folder of its own.

    Args:
        folder: Where it writes.
        app_folder: Where `cdk.json` is, and what paths of specs are relative to.
        validation: Whether the CDK validates the templates of apps that are made here, which takes a second each.
    """

    def __init__(self, folder: Path, app_folder: Path, *, validation: bool = False) -> None:
        self._folder = folder
        self._app_folder = app_folder
        self._validation = validation

    def app(self, **context: Any) -> App:
        """A new app with the context of `cdk.json` and `cdk.context.json`.

        Args:
            context: Context beside that; names as Python's are.
        """
        return self._app({**self._context, **context})

    def __call__(self, *sources: Source) -> Synthesized:
        """Synthesize all of them: constructs with their apps, the others in one new app."""
        from constructs import Construct  # noqa: PLC0415 - it starts Node

        roots: dict[int, Stage] = {}
        others: list[Any] = []
        for each in sources:
            if isinstance(each, Construct):
                root = _root(each)
                roots[id(root)] = root
            else:
                others.append(each)
        if others or not sources:
            app = self.app()
            self._add(app, others)
            roots[id(app)] = app
        return Synthesized(tuple(Path(root.synth(force=True).directory) for root in roots.values()))

    def specs(self, *sources: ConnectorSpec | str | Path) -> list[ConnectorSpec]:
        """Specs as they are, and those of files and folders.

        Raises:
            SpecError: One of them has a problem.
        """
        given = [each for each in sources if isinstance(each, ConnectorSpec)]
        paths = [self._app_folder / each for each in sources if not isinstance(each, ConnectorSpec)]
        return [*given, *(load(paths).raise_if_any() if paths else [])]

    def name_in(self, file: str | Path) -> str:
        """The connector's name in the file of a spec that has been read."""
        path = self._app_folder / file
        if path.is_dir():
            raise IsADirectoryError(f"{path} is a folder: name the file of one spec, or give the folder to synth")
        return str(yaml.safe_load(path.read_text("utf-8"))["name"])

    def _add(self, app: App, sources: list[Any]) -> None:
        from aws_cdk import Stack  # noqa: PLC0415 - it starts Node

        from saml_connectors.testing.stacks import add_stacks  # noqa: PLC0415 - likewise

        functions = [each for each in sources if callable(each)]
        specs = [each for each in sources if not callable(each)]
        wrong = [type(each).__name__ for each in specs if not isinstance(each, ConnectorSpec | str | os.PathLike)]
        if wrong:
            raise TypeError(f"cannot synthesize {', '.join(wrong)}: give constructs, specs, their files, or functions")
        add_stacks(app, self.specs(*specs))
        for number, function in enumerate(functions, start=1):
            function(Stack(app, f"stack-{number}"))

    def _app(self, context: Mapping[str, Any]) -> App:
        from aws_cdk import App  # noqa: PLC0415 - it starts Node

        outdir = mkdtemp(prefix="cdk.out-", dir=self._folder)
        return App(outdir=outdir, context=context, builtin_cloud_formation_validation=self._validation)

    @cached_property
    def _context(self) -> dict[str, Any]:
        """What the CDK's command line would give the app."""
        found: dict[str, Any] = {}
        for name, key in (("cdk.json", "context"), ("cdk.context.json", None)):
            file = self._app_folder / name
            if file.is_file():
                data = json.loads(file.read_text("utf-8"))
                found |= data if key is None else data.get(key, {})
        return found


class ConnectorTemplates:
    """Synthesizes one connector.

    Args:
        synth: What synthesizes.
    """

    def __init__(self, synth: Synth) -> None:
        self._synth = synth

    def __call__(
        self, spec: ConnectorSpec | str | Path, *, beside: tuple[ConnectorSpec | str | Path, ...] = ()
    ) -> ConnectorTemplate:
        """The connector of a spec, in a stack of its own.

        Args:
            spec: The spec, or its file.
            beside: Others of the same app, as the connector that a bookmark opens.

        Raises:
            SpecError: One of them has a problem.
        """
        from saml_connectors.testing.stacks import PREFIX, add_stacks  # noqa: PLC0415 - it starts Node

        app = self._synth.app()
        specs = self._synth.specs(spec, *beside)
        name = spec.name if isinstance(spec, ConnectorSpec) else self._synth.name_in(spec)
        construct = add_stacks(app, specs)[name]
        synthesized = self._synth(app)
        stack = f"{PREFIX}{name}"
        (wanted,) = (each for each in specs if each.name == name)
        return ConnectorTemplate(
            wanted, construct, synthesized.template(stack), synthesized.assertions(stack), synthesized
        )


def _root(construct: Construct) -> Stage:
    from aws_cdk import Stage  # noqa: PLC0415 - it starts Node

    root = construct.node.root
    if not isinstance(root, Stage):
        raise TypeError(f"{construct.node.path or 'the construct'} is in no app: put it into a stack")
    return root

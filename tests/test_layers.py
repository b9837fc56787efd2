"""Claims about the source's shape: imports point down the list in docs/architecture.md, and files stay readable."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKAGE = PROJECT / "constructs" / "saml_connectors"
FOLDERS = ["constructs", "stacks", "sandbox", "benchmarks", "registry"]
MODULES = [
    PROJECT / "app.py",
    *sorted(module for folder in FOLDERS for module in (PROJECT / folder).rglob("*.py")),
]
LONGEST = 300
NAMED_FOR_NOTHING = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}

NETWORK = {"socket", "ssl", "http", "urllib.request", "ftplib", "smtplib", "asyncio", "selectors", "boto3", "requests"}
CLOCK = {"time"}
CLOCK_CALLS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
PURE = (
    "saml_connectors.spec",
    "saml_connectors.metadata",
    "saml_connectors.endpoints",
    "saml_connectors.aws_sign_in",
)
WORDS = "saml_connectors.problems"
CONTRACTS = ("saml_connectors.provider.jumpcloud.contract", "saml_connectors.provider.identity_store.contract")
CDK = ("aws_cdk", "constructs", "jsii")

PROVISIONING = "saml_connectors.provisioning"
JUDGEMENTS = tuple(
    f"{PROVISIONING}.{name}"
    for name in ("people", "bound_groups", "access_values", "preflight", "verify", "verify_groups", "report")
)
"""Where provisioning is judged, apart from where it is read."""

TEMPLATES = tuple(f"saml_connectors.{name}" for name in ("cloudformation", "checks", "review"))
"""What reads, judges and tells synthesized templates."""

DEPLOYED = "saml_connectors.deployed"
PULL_REQUEST = "saml_connectors.pull_request"
TESTING = ("saml_connectors.testing", "saml_connectors.pytest_plugin")
COMMANDS = tuple(
    f"saml_connectors.{name}"
    for name in (
        "cli",
        "adopt_command",
        "check_command",
        "comment_command",
        "operating_commands",
        "review_command",
        "terminal",
    )
)

ALLOWED: dict[str, tuple[str, ...]] = {
    "words": (),
    "package": (WORDS, "saml_connectors.suppression", "saml_connectors.validation_plugin"),  # when they are asked for
    "pure": ("pydantic", "pydantic_core", "yaml", "xmltodict", "cryptography", WORDS, *PURE),
    "judgements": (WORDS, *PURE, *JUDGEMENTS),
    "provisioning": (WORDS, *PURE, PROVISIONING, "saml_connectors.provider.jumpcloud"),
    "templates": ("pydantic", "yaml", "cryptography", WORDS, *CONTRACTS, *PURE, *TEMPLATES),
    "deployed": (WORDS, *CONTRACTS, *PURE, *TEMPLATES, PROVISIONING, DEPLOYED, "saml_connectors.provider.jumpcloud"),
    "pull request": (WORDS, "saml_connectors.__version__", PULL_REQUEST),
    "testing": ("pytest", "yaml", *CDK, "saml_connectors"),
    "command": (
        "click",
        "saml_connectors.__version__",
        WORDS,
        *PURE,
        *TEMPLATES,
        PROVISIONING,
        DEPLOYED,
        PULL_REQUEST,
        *COMMANDS,
    ),
    "constructs": (*CDK, "saml_connectors.__version__", WORDS, *CONTRACTS, *PURE, *TEMPLATES),
    "stacks": (*CDK, "stacks", "saml_connectors"),
    "registry type": ("saml_connectors.provider.jumpcloud",),
    "provider": ("jumpcloud", "identity_store"),  # its folder is the asset's root, where these are packages
    "trigger": (),
}
"""What each layer may import besides the standard library and, where it is a folder, its own modules."""

LAMBDA = {"provider", "trigger", "registry type"}
"""Layers that run in Lambda, with nothing installed beside them."""


def name_of(module: Path) -> str:
    """The module's dotted name."""
    source = PROJECT / "constructs" if PACKAGE in module.parents else PROJECT
    return ".".join(module.relative_to(source).with_suffix("").parts).removesuffix(".__init__")


def layer_of(module: Path) -> str | None:
    """The layer that a module belongs to; none for the sandbox and the benchmarks, which may import anything."""
    name = name_of(module)
    exact = {"saml_connectors": "package", WORDS: "words", "app": "stacks"} | dict.fromkeys(COMMANDS, "command")
    if name in exact:
        return exact[name]
    folders = dict.fromkeys(JUDGEMENTS, "judgements") | {PROVISIONING: "provisioning"}
    folders |= {"saml_connectors.provider": "provider", "stacks": "stacks"}
    folders |= {"saml_connectors.registry_type": "registry type", DEPLOYED: "deployed"}
    folders |= dict.fromkeys(TEMPLATES, "templates")
    folders |= dict.fromkeys(("saml_connectors.pre_token", "saml_connectors.watch"), "trigger")
    folders |= {PULL_REQUEST: "pull request"} | dict.fromkeys(TESTING, "testing")
    folders |= dict.fromkeys(PURE, "pure") | {"saml_connectors": "constructs"}
    return next((layer for prefix, layer in folders.items() if is_in(name, prefix)), None)


def is_in(name: str, prefix: str) -> bool:
    """Whether *name* is *prefix*, or in it."""
    return name == prefix or name.startswith(f"{prefix}.")


def imports_of(tree: ast.AST, name: str = "", *, is_package: bool = False) -> Iterator[str]:
    """Everything that a module imports, inside functions and for types alone too."""
    package = name if is_package else name.rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            source = ".".join(part for part in (above, node.module) if part)
            yield from (f"{source}.{alias.name}" for alias in node.names)


@cache
def tree_of(module: Path) -> ast.Module:
    """The module's syntax."""
    return ast.parse(module.read_text())


@cache
def found_in(module: Path) -> tuple[str, ...]:
    """What a module imports."""
    return tuple(imports_of(tree_of(module), name_of(module), is_package=module.name == "__init__.py"))


LAYERED = [module for module in MODULES if layer_of(module)]


def ids(module: Path) -> str:
    """The module's path, for the names of tests."""
    return str(module.relative_to(PROJECT))


@pytest.mark.parametrize("module", LAYERED, ids=ids)
def test_imports_point_down(module: Path) -> None:
    """A layer imports what docs/architecture.md allows it, and nothing above it."""
    layer = layer_of(module)
    assert layer
    own = ".".join(name_of(module).split(".")[: 2 if layer in {"provider", "trigger", "registry type"} else 0])
    siblings = ("saml_connectors",) if layer == "constructs" else ()
    for name in found_in(module):
        if name.split(".")[0] in sys.stdlib_module_names or any(is_in(name, each) for each in ALLOWED[layer]):
            continue
        if own and is_in(name, own):
            continue
        sibling = PACKAGE.joinpath(*name.split(".")[1:2]).with_suffix(".py")
        assert siblings, f"{ids(module)} imports {name}"
        assert is_in(name, "saml_connectors"), f"{ids(module)} imports {name}"
        assert sibling.exists(), f"{ids(module)} imports {name}"
        assert layer_of(sibling) == "constructs", f"{ids(module)} imports {name}"


REACHING = [each for each in LAYERED if layer_of(each) == "provider" or name_of(each) == f"{PULL_REQUEST}.exchange"]
"""The directory's client, and the one module that speaks to GitHub and GitLab."""


@pytest.mark.parametrize("module", [each for each in LAYERED if each not in REACHING], ids=ids)
def test_nothing_that_synthesizes_reaches_the_network(module: Path) -> None:
    """A spec is checked, and an app synthesized, offline and without a credential."""
    assert not [name for name in found_in(module) for each in NETWORK if is_in(name, each)]


@pytest.mark.parametrize(
    "module",
    [each for each in LAYERED if layer_of(each) in {"pure", "judgements", "templates", "constructs", "stacks"}],
    ids=ids,
)
def test_nothing_that_synthesizes_reads_the_clock(module: Path) -> None:
    """The same input gives the same answer tomorrow: the time is an argument, and has a default in the plugin alone."""
    assert not [name for name in found_in(module) if name.split(".")[0] in CLOCK]
    asked = ["datetime.now"] if name_of(module) == "saml_connectors.validation_plugin" else []
    assert list(clock_calls(tree_of(module))) == asked


def clock_calls(tree: ast.AST) -> Iterator[str]:
    """Calls that ask what time it is."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)) if (owner, name) in CLOCK_CALLS:
                yield f"{owner}.{name}"
            case _:
                pass


@pytest.mark.parametrize("module", [each for each in LAYERED if layer_of(each) in LAMBDA], ids=ids)
def test_lambda_functions_stand_alone(module: Path) -> None:
    """Their folders are assets: standard library and their own modules, boto3 only when something is called."""
    at_import = [node for node in tree_of(module).body if isinstance(node, ast.Import | ast.ImportFrom)]
    top = list(imports_of(ast.Module(body=list(at_import), type_ignores=[]), name_of(module)))
    assert not [name for name in top if name.split(".")[0] in {"boto3", "botocore"}]
    assert not [node for node in at_import if isinstance(node, ast.ImportFrom) and node.module == "saml_connectors"]


def test_nothing_but_the_command_imports_provisioning() -> None:
    """What is synthesized needs no directory and no AWS; what reads them stands apart."""
    for module in LAYERED:
        if layer_of(module) not in {"command", "deployed", "judgements", "provisioning"}:
            assert not [name for name in found_in(module) if is_in(name, PROVISIONING)]


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_contract_holds_names_and_nothing_else(name: str) -> None:
    """The one file that both sides share imports nothing that either side lacks."""
    contract = PACKAGE.parent.joinpath(*name.split(".")).with_suffix(".py")
    assert {name.split(".")[0] for name in found_in(contract)} <= {"__future__", "typing"}
    kinds = {type(node) for node in tree_of(contract).body}
    assert kinds <= {ast.AnnAssign, ast.Assign, ast.Expr, ast.ImportFrom}


def test_nothing_imports_the_sandbox_or_the_tests() -> None:
    """They stand beside the product, not in it; benchmarks may start the sandbox."""
    for module in LAYERED:
        assert not [
            name for name in found_in(module) if name.split(".")[0] in {"sandbox", "tests", "benchmarks", "registry"}
        ]


def test_modules_of_the_library_import_one_another_in_no_circle() -> None:
    """Otherwise the order in which they are imported would decide whether they can be."""
    names = {name_of(module): module for module in MODULES if PACKAGE in module.parents}
    below = {
        name: {each for found in at_import(module) for each in (found, found.rpartition(".")[0]) if each in names}
        for name, module in names.items()
    }
    done: set[str] = set()
    for name in names:
        walk(name, below, done, ())
    assert done == set(names)


def at_import(module: Path) -> list[str]:
    """What a module imports when it is imported itself: not in functions, and not for types alone."""
    body = [node for node in tree_of(module).body if isinstance(node, ast.Import | ast.ImportFrom)]
    return list(
        imports_of(
            ast.Module(body=list(body), type_ignores=[]), name_of(module), is_package=module.name == "__init__.py"
        )
    )


def walk(name: str, below: dict[str, set[str]], done: set[str], above: tuple[str, ...]) -> None:
    """Fail where *name* is found below itself."""
    assert name not in above, " -> ".join((*above, name))
    if name in done:
        return
    for each in below[name] - {name}:
        if not is_in(name, each):  # a package is imported before its modules anyway
            walk(each, below, done, (*above, name))
    done.add(name)


def test_the_source_root_is_no_package() -> None:
    """An `__init__.py` in constructs/ would shadow the package `constructs` of the CDK."""
    assert not (PROJECT / "constructs" / "__init__.py").exists()
    assert not (PROJECT / "tests" / "__init__.py").exists()


@pytest.mark.parametrize("module", MODULES, ids=ids)
def test_every_module_says_in_one_line_what_it_is(module: Path) -> None:
    """The first line of its docstring: a sentence on one line."""
    first = (ast.get_docstring(tree_of(module)) or "").partition("\n")[0]
    assert re.fullmatch(r"\S.{14,}[.:?]", first), first


@pytest.mark.parametrize("module", MODULES, ids=ids)
def test_every_module_is_short_and_named_for_what_it_does(module: Path) -> None:
    """Three hundred lines can be read at once; `utils` can hold anything."""
    assert len(module.read_text().splitlines()) <= LONGEST
    assert not NAMED_FOR_NOTHING & {part.removesuffix(".py") for part in module.relative_to(PROJECT).parts}


def test_the_guards_above_bite() -> None:
    """Each way of importing or asking the time is seen by what looks for it."""
    code = "import a.b\nfrom c import d\ndef f():\n    from . import g\n    from ..h import i\n"
    found = list(imports_of(ast.parse(f"{code}if TYPE_CHECKING:\n    import j"), "p.q.r"))
    assert sorted(found) == ["a.b", "c.d", "j", "p.h.i", "p.q.g"]
    assert list(clock_calls(ast.parse("x = datetime.now(UTC)"))) == ["datetime.now"]
    with pytest.raises(AssertionError, match="a -> b -> a"):
        walk("a", {"a": {"b"}, "b": {"a"}}, set(), ())
    layers = {layer_of(module) for module in LAYERED}
    assert layers == set(ALLOWED)

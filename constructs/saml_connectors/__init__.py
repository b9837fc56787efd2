"""SAML sign-in between a JumpCloud-style directory and AWS, both sides from one typed spec.

Importing this package does not import the CDK: specs, checks and the command line start without Node.  Constructs are
in modules of their own: `saml_connectors.cognito`, `saml_connectors.bookmark`, `saml_connectors.application`.
`FederationChecks` and `suppress` are for CDK apps, and import it when they are asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from saml_connectors.problems import Problem, SpecError

if TYPE_CHECKING:
    from saml_connectors.suppression import suppress
    from saml_connectors.validation_plugin import FederationChecks

__version__ = "0.1.0"

__all__ = ["FederationChecks", "Problem", "SpecError", "__version__", "suppress"]

_FOR_APPS = {
    "FederationChecks": "saml_connectors.validation_plugin",
    "suppress": "saml_connectors.suppression",
}


def __getattr__(name: str) -> Any:
    """What needs the CDK, imported when it is asked for."""
    if name in _FOR_APPS:
        return getattr(import_module(_FOR_APPS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names."""
    return __all__

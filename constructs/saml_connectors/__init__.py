"""SAML sign-in between a JumpCloud-style directory and AWS, both sides from one typed spec.

Importing this package does not import the CDK: specs, checks and the command line start without Node.  Constructs are
in modules of their own: `saml_connectors.cognito`, `saml_connectors.bookmark`, `saml_connectors.application`.
"""

from saml_connectors.problems import Problem, SpecError

__version__ = "0.1.0"

__all__ = ["Problem", "SpecError", "__version__"]

"""The CDK app: every spec in connectors/ becomes a stack.  No logic, no network; what is written knows no clock.

Context (`cdk synth -c name=value`):
    connectors: folder or file of specs.  Default: `connectors`.
    directory-api-url: base of the directory's API, in place of JumpCloud's: the sandbox sets it.
"""

from __future__ import annotations

import sys

from aws_cdk import App, Validations

from saml_connectors import FederationChecks, SpecError
from saml_connectors.spec import load, with_directory_api
from stacks.assembly import add_stacks

app = App()
try:
    specs = load([app.node.try_get_context("connectors") or "connectors"]).raise_if_any()
    api_url = app.node.try_get_context("directory-api-url")
    add_stacks(app, [with_directory_api(spec, api_url) for spec in specs] if api_url else specs)
except SpecError as error:
    sys.exit(str(error))
Validations.of(app).add_plugins(FederationChecks())  # what `saml-connectors check` finds, in the CDK's own report
app.synth()

"""What tests of your own stacks are made of; `pytest_plugin.py` hands it out as fixtures.

Importing this imports neither pytest nor the CDK: both are imported by what needs them.
"""

from saml_connectors.testing.expectation import CheckConnectors
from saml_connectors.testing.synthesis import ConnectorTemplate, ConnectorTemplates, Synth, Synthesized

__all__ = ["CheckConnectors", "ConnectorTemplate", "ConnectorTemplates", "Synth", "Synthesized"]

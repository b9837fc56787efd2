"""The pytest plugin: fixtures for tests of your own stacks.

Loading it imports neither the CDK nor anything that judges: fixtures do, when a test asks for one.  Not here: what the
fixtures give (`testing/`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from saml_connectors.testing import CheckConnectors, ConnectorTemplates, Synth

_FOLDER, _VALIDATION = "saml_connectors_app", "saml_connectors_validation"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The settings of a pytest configuration file."""
    folder = "Folder of cdk.json, that paths of specs are relative to; from pytest's root folder. Default: that folder"
    parser.addini(_FOLDER, folder, default="")
    validation = "Whether the CDK validates what the fixtures synthesize, a second each. Default: false"
    parser.addini(_VALIDATION, validation, type="bool", default=False)


def _folder(config: pytest.Config) -> Path:
    return config.rootpath / str(config.getini(_FOLDER))


@pytest.fixture(scope="session")
def synth(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Synth:
    """Synthesizes apps, stacks, constructs, and connectors by their specs, into folders of the test run."""
    from saml_connectors.testing import Synth  # noqa: PLC0415 - pytest starts as fast as without this plugin

    folder = tmp_path_factory.mktemp("saml-connectors")
    return Synth(folder, _folder(pytestconfig), validation=bool(pytestconfig.getini(_VALIDATION)))


@pytest.fixture(scope="session")
def connector_template(synth: Synth) -> ConnectorTemplates:
    """Synthesizes the connector of one spec, for the CDK's assertions and for ours."""
    from saml_connectors.testing import ConnectorTemplates  # noqa: PLC0415 - as above

    return ConnectorTemplates(synth)


@pytest.fixture(scope="session")
def check_connectors(synth: Synth, pytestconfig: pytest.Config) -> CheckConnectors:
    """Fails the test where `saml-connectors check` finds an error."""
    from saml_connectors.testing import CheckConnectors  # noqa: PLC0415 - as above

    return CheckConnectors(synth, _folder(pytestconfig))

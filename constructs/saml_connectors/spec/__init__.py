"""The typed connector spec: what to connect, as frozen data that YAML and Python share."""

from saml_connectors.spec.app_client import AppClient, ResourceServer
from saml_connectors.spec.attribute import Attribute, Groups
from saml_connectors.spec.bookmark import BookmarkSpec, SignInLink
from saml_connectors.spec.cognito import CognitoUserPoolSpec
from saml_connectors.spec.connector import ConnectorSpec, Environment
from saml_connectors.spec.directory import Directory, NameId, SamlApplication, Tile
from saml_connectors.spec.loading import KINDS, Loaded, load, load_one, parse, with_directory_api
from saml_connectors.spec.metadata_source import MetadataSource
from saml_connectors.spec.user_pool import Domain, UserPool

__all__ = [
    "KINDS",
    "AppClient",
    "Attribute",
    "BookmarkSpec",
    "CognitoUserPoolSpec",
    "ConnectorSpec",
    "Directory",
    "Domain",
    "Environment",
    "Groups",
    "Loaded",
    "MetadataSource",
    "NameId",
    "ResourceServer",
    "SamlApplication",
    "SignInLink",
    "Tile",
    "UserPool",
    "load",
    "load_one",
    "parse",
    "with_directory_api",
]

"""The typed connector spec: what to connect, as frozen data that YAML and Python share."""

from saml_connectors.spec.access_attribute import AccessAttribute
from saml_connectors.spec.accounts import OtherAccounts
from saml_connectors.spec.app_client import AppClient, ResourceServer
from saml_connectors.spec.attribute import Attribute, Groups
from saml_connectors.spec.aws_session import Session, SessionTag
from saml_connectors.spec.bookmark import BookmarkSpec, SignInLink
from saml_connectors.spec.cognito import CognitoUserPoolSpec
from saml_connectors.spec.connector import ConnectorSpec, Environment
from saml_connectors.spec.directory import Directory, NameId, SamlApplication, Tile
from saml_connectors.spec.iam import IamSpec
from saml_connectors.spec.identity_center import IdentityCenterSpec, Instance
from saml_connectors.spec.identity_pool import IdentityPool, RoleRule
from saml_connectors.spec.loading import KINDS, Loaded, load, load_one, parse, with_directory_api
from saml_connectors.spec.metadata_source import MetadataSource
from saml_connectors.spec.permission_set import Assignment, CustomerManagedPolicy, PermissionSet
from saml_connectors.spec.role import Role
from saml_connectors.spec.saml_provider import Encryption, SamlProvider
from saml_connectors.spec.scim import Scim
from saml_connectors.spec.service_provider import ServiceProvider
from saml_connectors.spec.user_pool import Domain, UserPool

__all__ = [
    "KINDS",
    "AccessAttribute",
    "AppClient",
    "Assignment",
    "Attribute",
    "BookmarkSpec",
    "CognitoUserPoolSpec",
    "ConnectorSpec",
    "CustomerManagedPolicy",
    "Directory",
    "Domain",
    "Encryption",
    "Environment",
    "Groups",
    "IamSpec",
    "IdentityCenterSpec",
    "IdentityPool",
    "Instance",
    "Loaded",
    "MetadataSource",
    "NameId",
    "OtherAccounts",
    "PermissionSet",
    "ResourceServer",
    "Role",
    "RoleRule",
    "SamlApplication",
    "SamlProvider",
    "Scim",
    "ServiceProvider",
    "Session",
    "SessionTag",
    "SignInLink",
    "Tile",
    "UserPool",
    "load",
    "load_one",
    "parse",
    "with_directory_api",
]

"""The names that constructs and provider share: resource types, property names, attribute names.

Nothing else is shared between the two sides, so that neither can drift from the other.  A property or an attribute
is added here, then on both sides; none is ever renamed, because stacks in the field hold the old name.
"""

from __future__ import annotations

from typing import Final

# --- resource types -------------------------------------------------------------------------------------------------

APPLICATION: Final = "Custom::JumpCloudApplication"
"""One application in the directory: its settings, its attributes, its certificate."""

LAUNCH: Final = "Custom::JumpCloudApplicationLaunch"
"""What an application opens: Login URL and Default RelayState, known only after the app client exists."""

ACCESS: Final = "Custom::JumpCloudApplicationAccess"
"""Which groups see an application: bound last, so that nobody sees a tile that does not work yet."""

GROUP_ATTRIBUTES: Final = "Custom::JumpCloudGroupAttributes"
"""Directory attributes that groups carry and their members inherit: AWS IAM roles, one attribute each."""

LOOKUP: Final = "Custom::JumpCloudApplicationLookup"
"""An application that another stack registered, found by its slug; read only."""

SIGNING_CERTIFICATE: Final = "Custom::JumpCloudSigningCertificate"
"""A certificate that AWS trusts: one of a key pair that a secret keeps, or a copy of the directory's own."""

APPLICATION_SIGNING: Final = "Custom::JumpCloudApplicationSigning"
"""Which certificate an application signs with: switched last, once AWS trusts it."""

# --- properties that every type has ---------------------------------------------------------------------------------

DIRECTORY: Final = "Directory"
"""Which directory, and how to reach it: an object of the four names below."""

API_URL: Final = "ApiUrl"
"""Base of the v1 API, without a trailing slash: `https://console.jumpcloud.com/api`."""

TOKEN_URL: Final = "TokenUrl"  # noqa: S105 - the address of the OAuth token endpoint, not a token
"""OAuth token endpoint for service accounts: `https://admin-oauth.id.jumpcloud.com/oauth2/token`."""

CREDENTIALS_SECRET: Final = "CredentialsSecret"  # noqa: S105 - the name or ARN of a secret, never its content
"""Name or ARN of the Secrets Manager secret that holds the credential."""

ORG_ID: Final = "OrgId"
"""Organization id, 24 hexadecimal digits; only multi-tenant administrators need it.  Optional."""

# --- properties of an application -----------------------------------------------------------------------------------

TEMPLATE: Final = "Template"
"""Name of the catalogue template: `amazoncognitouserpools`, `aws`, `aws-sso`, `saml2`, `bookmark`."""

DISPLAY_LABEL: Final = "DisplayLabel"
DESCRIPTION: Final = "Description"
VISIBLE: Final = "Visible"
"""Whether the tile is shown in the portal (the API's `sso.hidden`, turned round)."""

SLUG: Final = "Slug"
"""Last part of the SSO IdP URL, when the author chose it.  Left out: derived from stack, resource and directory."""

BOOKMARK_URL: Final = "BookmarkUrl"
"""What a bookmark opens.  Only, and always, with the template `bookmark`."""

IDP_ENTITY_ID: Final = "IdpEntityId"
"""IdP entity ID, when the author chose it.  Left out: the application's SSO IdP URL, which is unique."""

SP_ENTITY_ID: Final = "SpEntityId"
ACS_URL: Final = "AcsUrl"
SP_CERTIFICATE: Final = "SpCertificate"
SUBJECT_FIELD: Final = "SubjectField"
"""Directory property that becomes the NameID."""

NAME_ID_FORMAT: Final = "NameIdFormat"
SIGNATURE_ALGORITHM: Final = "SignatureAlgorithm"
SIGN_ASSERTION: Final = "SignAssertion"
SIGN_RESPONSE: Final = "SignResponse"
DECLARE_REDIRECT_ENDPOINT: Final = "DeclareRedirectEndpoint"
USER_ATTRIBUTES: Final = "UserAttributes"
"""List of `{Name: <SAML attribute>, Source: <directory property>}`."""

CONSTANT_ATTRIBUTES: Final = "ConstantAttributes"
"""List of `{Name: <SAML attribute>, Value: <constant>}`."""

GROUPS_ATTRIBUTE: Final = "GroupsAttribute"
"""Name of the SAML attribute that carries the groups.  Left out: no group attribute is sent."""

REQUIRED_GROUPS: Final = "RequiredGroups"
"""Names of groups that must exist, exactly once each, before anything is made."""

ADOPT: Final = "Adopt"
"""Id of an application made by hand that is taken over as it is: nothing is written when that happens, and it is never
deleted.  Needs `Slug`, except for a bookmark."""

ON_REMOVAL: Final = "OnRemoval"
ON_REMOVAL_DELETE: Final = "delete"
ON_REMOVAL_DEACTIVATE: Final = "deactivate"

NAME: Final = "Name"
SOURCE: Final = "Source"
VALUE: Final = "Value"

BOOKMARK_TEMPLATE: Final = "bookmark"

# --- properties of certificates, and of what signs with them ---------------------------------------------------------

TRUSTED_CERTIFICATES: Final = "TrustedCertificates"
"""Property of an application, of its signing, and of the copy of its original certificate: list of `{Name: <of the
author>, Fingerprint: <SHA-256, 64 hexadecimal digits>}`.  AWS trusts them all.  For an application the fingerprint of
the original certificate is `original`: it is not known before the application is there."""

SIGNING_NAME: Final = "SigningCertificate"
"""Name of the one of them that the application signs with."""

SIGNING_SECRET: Final = "SigningSecret"  # noqa: S105 - the ARN of a secret, never its content
"""Name or ARN of the secret that keeps its key pair.  Left out for the original certificate."""

ORIGINAL: Final = "original"
"""Name of the certificate that the directory made with the application; its private key never leaves the directory."""

PAIR_SECRET: Final = "Secret"  # noqa: S105 - the ARN of a secret, never its content
"""Name or ARN of the secret that keeps a key pair: `{"certificate": PEM, "private_key": PEM}`; or the original
certificate, without a private key."""

KEY_ID: Final = "KeyId"
"""ARN of the KMS key that makes the pair.  Left out: the secret holds one of the author's own."""

SUBJECT: Final = "Subject"
"""Common name of a certificate that is made."""

FINGERPRINT: Final = "Fingerprint"
"""SHA-256 of a certificate, 64 hexadecimal digits.  Attribute of a signing certificate; of an application's signing,
that of what it signs with."""

# --- properties of launch and access --------------------------------------------------------------------------------

APPLICATION_ID: Final = "ApplicationId"
"""Property of launch and access; attribute of an application and of a lookup."""

LOGIN_URL: Final = "LoginUrl"
"""What an application opens.  A launch takes `AcsUrl` too, where the ACS URL is known only after the AWS side exists:
application or launch names it, never both."""

ADOPTED: Final = "Adopted"
"""Whether the application was made by hand: a first deployment then only compares, and a delete changes nothing."""

DEFAULT_RELAY_STATE: Final = "DefaultRelayState"
GROUPS: Final = "Groups"

# --- properties of group attributes ---------------------------------------------------------------------------------

ATTRIBUTES: Final = "Attributes"
"""List of `{Group: <name of a static group>, Name: <JumpCloud attribute name>, Value: <its value>}`."""

REVISION: Final = "Revision"
"""Property of a lookup: says nothing, but another one makes CloudFormation ask again."""

GROUP: Final = "Group"

# --- attributes of an application and of a lookup, for Fn::GetAtt ---------------------------------------------------

SSO_URL: Final = "SsoUrl"
CERTIFICATE: Final = "Certificate"
"""The IdP's signing certificate: DER in base64, one line, without PEM's header and footer."""

CERTIFICATE_EXPIRES_AT: Final = "CertificateExpiresAt"
"""End of the certificate's life, ISO 8601 in UTC; empty where the directory does not tell."""

# --- the watch: an event that EventBridge sends, without a ResponseURL ----------------------------------------------

WATCH: Final = "Watch"
"""Its one key: an object of the names below.  It asks for a look, never for a change."""

CONNECTOR: Final = "Connector"
"""Name of the connector; a dimension of each metric too."""

STACK_ID: Final = "StackId"
RESOURCES: Final = "Resources"
"""List of objects: `ResourceType`, `LogicalId`, `PhysicalId`, `Properties`, and `Trusted` where AWS was given the
certificate itself."""

RESOURCE_TYPE: Final = "ResourceType"
LOGICAL_ID: Final = "LogicalId"
PHYSICAL_ID: Final = "PhysicalId"
PROPERTIES: Final = "Properties"
TRUSTED: Final = "Trusted"
PART: Final = "Part"
"""Of an application whose attributes do not fit into one event: `Properties` are then the directory and some rows of
one list.  A number: how many rows the whole list has; 0 where another part says it."""

USER_POOL: Final = "UserPool"
"""An object of `UserPoolId` and `SpCertificate`: a pool whose certificate the application pins, and the pinned one."""

USER_POOL_ID: Final = "UserPoolId"

METRICS: Final = "SamlConnectors"
"""Namespace of the metrics: the only one that the functions may write."""

DAYS_LEFT: Final = "DaysUntilExpiry"
DRIFTED_FIELDS: Final = "DriftedFields"
STALE_PIN: Final = "StalePin"
"""1 where a user pool has another certificate than the application pins, else 0."""

WHAT: Final = "What"
"""Dimension of `DaysUntilExpiry`: what ends."""

WHAT_IDP: Final = "idp-certificate"
WHAT_SP: Final = "sp-certificate"

TYPES: Final = (APPLICATION, LAUNCH, ACCESS, GROUP_ATTRIBUTES, LOOKUP, SIGNING_CERTIFICATE, APPLICATION_SIGNING)

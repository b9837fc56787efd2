"""Settings of applications that somebody made by hand, as the Admin Portal sets them.

Not here: claims, and making them (`adoption_fixtures.py`).
"""

from __future__ import annotations

from typing import Any

POOL = "eu-central-1_AbCdEf123"
HOST = "acme.auth.eu-central-1.amazoncognito.com"
PROVIDER = "arn:aws:iam::111122223333:saml-provider/JumpCloud"
ROLE = "https://aws.amazon.com/SAML/Attributes/"

COGNITO = {"spEntityId": f"urn:amazon:cognito:sp:{POOL}", "acsUrl": f"https://{HOST}/saml2/idpresponse"}
IAM: dict[str, Any] = {
    "spEntityId": "urn:amazon:webservices",
    "acsUrl": "https://signin.aws.amazon.com/saml",
    "constantAttributes": [{"name": f"{ROLE}Role", "value": f"arn:aws:iam::111122223333:role/Engineer,{PROVIDER}"}],
    "databaseAttributes": [{"name": f"{ROLE}RoleSessionName", "value": "email"}],
}
IDENTITY_CENTER = {
    "spEntityId": "https://eu-west-1.signin.aws.amazon.com/platform/saml/d-9067654321",
    "acsUrl": "https://eu-west-1.signin.aws.amazon.com/platform/saml/acs/b1f2c3d4-1111-2222-3333-444455556666",
    "idpInitUrl": "https://acme.awsapps.com/start",
}

CLAIM = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"
SIGN_IN = (
    f"https://{HOST}/oauth2/authorize?response_type=code&identity_provider=JumpCloud&client_id=4f5c2"
    "&redirect_uri=https%3A%2F%2Fportal.acme.example%2Fcallback&scope=openid+email"
)


def rows(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    """Attributes as the directory keeps them."""
    return [{"name": name, "value": value} for name, value in pairs]

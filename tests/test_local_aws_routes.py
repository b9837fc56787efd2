"""Which of AWS's host names a browser in the sandbox reaches on this machine: sign-in sites and user pool domains."""

from __future__ import annotations

import pytest

from sandbox.directory.destinations import routed
from sandbox.session import AWS_SIGN_IN_HOSTS, COGNITO_HOSTS

LOCAL = "http://127.0.0.1:4566"
ROUTES = [(COGNITO_HOSTS, LOCAL), (AWS_SIGN_IN_HOSTS, LOCAL)]


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://signin.aws.amazon.com/saml", "/saml"),
        ("https://signin.aws.amazon.com/saml/acs/SAMLSPABCDEFGH12345678", "/saml/acs/SAMLSPABCDEFGH12345678"),
        ("https://eu-central-1.signin.aws.amazon.com/saml", "/saml"),
        ("https://signin.amazonaws-us-gov.com/saml", "/saml"),
        ("https://signin.amazonaws.cn/saml", "/saml"),
        ("https://portal.auth.eu-central-1.amazoncognito.com/saml2/idpresponse", "/saml2/idpresponse"),
    ],
)
def test_aws_sign_in_is_on_this_machine(url: str, path: str) -> None:
    """The path stays, the host is the local AWS."""
    assert routed(url, ROUTES) == LOCAL + path


@pytest.mark.parametrize(
    "url",
    [
        "https://signin.aws.amazon.com.evil.test/saml",
        "https://evil.signin.aws.amazon.com/saml",
        "http://signin.aws.amazon.com/saml",
        "https://console.aws.amazon.com/",
    ],
)
def test_other_hosts_stay_what_they_are(url: str) -> None:
    """Nothing else is taken for AWS's sign-in site."""
    assert routed(url, ROUTES) == url

"""An IdP's metadata document from its parts, for a template that CloudFormation completes.

Not here: judging the parts.  Most are CDK tokens, whose values only a deploy knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from saml_connectors.metadata.document import WHAT
from saml_connectors.metadata.entity import DS, HTTP_POST, HTTP_REDIRECT, MD, SAML_2
from saml_connectors.problems import Problem, SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_QUOTES: Final = _IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def assemble(
    *,
    entity_id: str,
    sso_url: str,
    certificates: Sequence[str],
    name_id_format: str | None = None,
    want_authn_requests_signed: bool = False,
) -> str:
    """The metadata document of an IdP, the same for the same parts, one element a line.

    A literal is XML-escaped.  A CDK token holds no character that XML escapes, and so goes in as it is; what it
    stands for is not escaped by anybody, and must not need it: an address without `&`, a certificate in base64.

    Args:
        entity_id: The IdP's entity ID.
        sso_url: Its SSO address, which answers both HTTP-POST and HTTP-Redirect.
        certificates: Its signing certificates: each DER in base64, without PEM's header and footer.
        name_id_format: The NameID format it sends.  Default: not said.
        want_authn_requests_signed: Whether it insists on signed requests.

    Raises:
        SpecError: Without a certificate: `metadata-no-certificate`.
    """
    if not certificates:
        rule = "must hold a signing certificate"
        raise SpecError([Problem(code="metadata-no-certificate", rule=rule, given="none")], WHAT)
    signed = "true" if want_authn_requests_signed else "false"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<md:EntityDescriptor xmlns:md="{MD}" xmlns:ds="{DS}" entityID={_attribute(entity_id)}>',
        f'<md:IDPSSODescriptor WantAuthnRequestsSigned="{signed}" protocolSupportEnumeration="{SAML_2}">',
    ]
    for certificate in certificates:
        lines += [
            '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>',
            f"<ds:X509Certificate>{certificate.translate(_IN_TEXT)}</ds:X509Certificate>",
            "</ds:X509Data></ds:KeyInfo></md:KeyDescriptor>",
        ]
    if name_id_format is not None:
        lines.append(f"<md:NameIDFormat>{name_id_format.translate(_IN_TEXT)}</md:NameIDFormat>")
    location = _attribute(sso_url)
    lines += [
        f'<md:SingleSignOnService Binding="{HTTP_POST}" Location={location}/>',
        f'<md:SingleSignOnService Binding="{HTTP_REDIRECT}" Location={location}/>',
        "</md:IDPSSODescriptor>",
        "</md:EntityDescriptor>",
    ]
    return "\n".join(lines)


def _attribute(value: str) -> str:
    return f'"{value.translate(_IN_QUOTES)}"'

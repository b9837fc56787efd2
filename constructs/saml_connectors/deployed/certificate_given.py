"""Which certificate AWS was given when a stack was last deployed, as outputs of the stack tell it, and which signs now.

The directory says only what is there now, so what AWS was given is known by an output, or not at all.  Not here: what
AWS itself tells (`doctor_trust.py`).
"""

from __future__ import annotations

from saml_connectors.cloudformation import Resource
from saml_connectors.deployed.deployment import Deployment
from saml_connectors.deployed.resolved import NotKnown
from saml_connectors.provider.jumpcloud import contract, plan, shown
from saml_connectors.provider.jumpcloud.differences import Difference
from saml_connectors.provider.jumpcloud.live import IDP_CERTIFICATE, Live
from saml_connectors.provider.jumpcloud.verify import fingerprint_of, saml_facts

CERTIFICATE = plan.CONFIG + IDP_CERTIFICATE


def signature(fingerprint: str) -> str:
    """A certificate, by its fingerprint."""
    return f"SHA-256 {fingerprint}" if fingerprint else "one that cannot be read"


def certificate_told(resource: Resource, here: Deployment) -> str | None:
    """The certificate itself, DER in base64, where an output tells it."""
    return here.values.told.get((resource.logical_id, contract.CERTIFICATE))


def certificate_differs(resource: Resource, live: Live, here: Deployment) -> Difference | NotKnown | None:
    """Whether an application signs with another certificate than AWS was given: by the certificate, or by its end."""
    signs = fingerprint_of(live)
    line = certificate_told(resource, here)
    if line is not None:
        given = shown.fingerprint(line)
        return None if signs == given else Difference(CERTIFICATE, signature(given), signature(signs))
    end = here.values.told.get((resource.logical_id, contract.CERTIFICATE_EXPIRES_AT))
    if end is None:
        why = "no output of the stack tells which certificate AWS was given; `saml-connectors doctor` asks AWS"
        return NotKnown(resource.logical_id, CERTIFICATE, why)
    ends = saml_facts(live)[0][contract.CERTIFICATE_EXPIRES_AT]
    if ends == end:
        return None
    return Difference(CERTIFICATE, f"one that ends {end}", f"one that ends {ends} ({signature(signs)})")

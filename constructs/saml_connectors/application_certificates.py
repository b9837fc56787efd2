"""What one application signs with, and which certificates AWS trusts for it.

Not here: the key pairs, which several applications may share (`signing_certificates.py`), and the application itself
(`application.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from saml_connectors.directory_provider import DirectoryProvider
from saml_connectors.provider.jumpcloud import contract
from saml_connectors.signing_certificates import OriginalCertificate, SigningCertificates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct, IDependable

    from saml_connectors.signing_certificates import SigningCertificate
    from saml_connectors.spec.directory import SamlApplication


class ApplicationCertificates:
    """The certificates of one application, as its children `Certificates`, `OriginalCertificate` and `Signing`.

    Args:
        scope: The application.
        application: What the spec says of it.
        shared: The certificates of the connector, where several applications share them.  Default: its own.
    """

    def __init__(self, scope: Construct, application: SamlApplication, shared: SigningCertificates | None) -> None:
        self._scope = scope
        self._shared = shared
        if shared is None and application.certificates:
            self._shared = SigningCertificates(
                scope, "Certificates", certificates=application.certificates, subject=application.display_label
            )
        self._original: OriginalCertificate | None = None
        self._directory: Mapping[str, str] = {}
        self._application_id = ""
        self._switch: tuple[IDependable, ...] = ()

    @property
    def properties(self) -> dict[str, object]:
        """What the application is told, so that it refuses a change after which nobody could sign in."""
        return {} if self._shared is None else self._shared.told(contract.ORIGINAL)

    @property
    def rights(self) -> tuple[IDependable, ...]:
        """The function's right to read the pair that the application is made with."""
        return () if self._shared is None else self._shared.right

    @property
    def trusted(self) -> Sequence[SigningCertificate]:
        """Those that AWS trusts; none where the spec names none, and it trusts what the application signs with."""
        named = () if self._shared is None else tuple(self._shared.named.values())
        return named if self._original is None else (self._original, *named)

    @property
    def first(self) -> SigningCertificate | None:
        """The one that signs; none where the spec names none."""
        return next((each for each in self.trusted if self._shared and each.name == self._shared.first), None)

    @property
    def switch(self) -> tuple[IDependable, ...]:
        """What else writes the application waits for this: two writes at once would undo each other."""
        return self._switch

    def registered(self, directory: Mapping[str, str], application_id: str) -> None:
        """The application is there: keep a copy of its original certificate, where AWS trusts that."""
        self._directory, self._application_id = directory, application_id
        if self._shared is not None and self._shared.has_original:
            self._original = OriginalCertificate(
                self._scope,
                "OriginalCertificate",
                directory=directory,
                application_id=application_id,
                named=self._shared,
            )

    def sign(self, after: Sequence[IDependable]) -> None:
        """Let the application sign with the first, once *after*, which trusts them all, is deployed."""
        if self._shared is None:
            return
        signing = DirectoryProvider.of(self._scope).resource(
            self._scope,
            "Signing",
            contract.APPLICATION_SIGNING,
            self._directory,
            {
                contract.APPLICATION_ID: self._application_id,
                **self._shared.told(self._original.fingerprint if self._original else ""),
            },
            after=(*self._shared.right, *after),
        )
        self._switch = (signing,)

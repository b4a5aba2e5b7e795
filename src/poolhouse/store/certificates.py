"""The certificates with which pools sign SAML requests: one each."""

from poolhouse.domain.keys import StoredCertificate
from poolhouse.store.documents import Documents
from poolhouse.store.engine import Link
from poolhouse.store.tables import certificates

_CERTIFICATES = Documents(certificates, StoredCertificate)


class Certificates:
    """Certificates by pool."""

    def __init__(self, link: Link) -> None:
        self._link = link

    def get(self, pool_id: str) -> StoredCertificate | None:
        """Return the pool's certificate, whether or not its year is over."""
        return _CERTIFICATES.get(self._link, pool_id=pool_id)

    def add(self, certificate: StoredCertificate) -> None:
        """Store a pool's first certificate.

        Raises:
            Conflict: there is one.
        """
        _CERTIFICATES.add(self._link, certificate, {"pool_id": certificate.pool_id})

    def save(self, certificate: StoredCertificate) -> StoredCertificate:
        """Store a later certificate.

        Raises:
            StaleRow: it has changed since it was read.
        """
        return _CERTIFICATES.save(self._link, certificate, {"pool_id": certificate.pool_id})

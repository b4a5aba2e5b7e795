"""A pool's certificate for SAML: made at its first need, and each year anew."""

from contextlib import suppress

from poolhouse.domain.keys import StoredCertificate
from poolhouse.flows.call import AnyCall
from poolhouse.keys import certificates
from poolhouse.store import Conflict, StaleRow

_YEAR_SECONDS = 365 * 86400.0


def current(call: AnyCall, pool_id: str) -> StoredCertificate:
    """Return the certificate of an existing pool. Of several processes that make one at once, one does."""
    while True:
        stored, now = call.store.peek(lambda tx: tx.certificates.get(pool_id)), call.clock.now()
        if stored and now < stored.issued + _YEAR_SECONDS:
            return stored
        with suppress(Conflict, StaleRow):
            _make(call, pool_id, stored, now)


def _make(call: AnyCall, pool_id: str, stored: StoredCertificate | None, now: float) -> None:
    with call.services.signing.gate:
        if stored:
            made = certificates.renewed(call.vault, call.entropy, stored, now)
        else:
            made = certificates.new_certificate(call.vault, call.entropy, pool_id, now)
    call.store.write(lambda tx: tx.certificates.save(made) if stored else tx.certificates.add(made))

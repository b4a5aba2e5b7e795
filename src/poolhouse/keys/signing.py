"""The keys that sign a pool's tokens: two RSA keys, one for ID tokens and one for access tokens.

They are made at a pool's first need, stored sealed, and kept in memory once opened. The header of a token is
exactly `{"kid": …, "alg": "RS256"}` (digest «sign-in» §3.1).

`rotate` puts new keys in their place. A new key is published before it signs and the old one until its last
token has expired, so that nobody who asks for the JWKS again upon an unknown `kid` refuses a good token. Who
signs when is in the rows; each process reads them again once they are two seconds old, and goes by the clock.
What `remove` takes away, because somebody else may have it, therefore counts for nothing two seconds later.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import (
    CompactSignature,
    JWSRegistry,
    extract_compact,
    serialize_compact,
    validate_compact,
)

from poolhouse.domain.keys import StoredKey
from poolhouse.keys.gate import Gate
from poolhouse.keys.vault import Vault
from poolhouse.store import Conflict, Store, Tx
from poolhouse.world import Clock, Entropy

USES = ("id", "access")
_ALGORITHM = "RS256"
_REGISTRY = JWSRegistry(algorithms=[_ALGORITHM])
_KID_BYTES = 32
_FRESH_SECONDS = 2.0
SHORTEST_NOTICE = 60.0
"""How long a new key is published at least before it signs, in seconds: by then each process has read it,
also where clocks differ by a little."""
LAST_TOKENS = 86400 + 3600.0
"""How long after its time as a signer a key may be asked for, in seconds: tokens live for a day at most."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token of the right form whose signature nobody has checked yet: trust nothing in it."""

    kid: str
    claims: Mapping[str, Any]
    signature: CompactSignature


@dataclass(frozen=True, slots=True)
class _PoolKeys:
    """A pool's keys, opened.

    Attributes:
        keys: of each use in the order in which they sign, those that no longer do included.
        opened: kid → the key.
        checking: (use, kid) → the key, whether it signs yet, still or no more.
        loaded: seconds since the epoch.
    """

    keys: Sequence[StoredKey]
    opened: Mapping[str, RSAKey]
    checking: Mapping[tuple[str, str], RSAKey]
    jwks: Mapping[str, Any]
    loaded: float

    def signer(self, use: str, now: float) -> str:
        """Return the kid of the key that signs now."""
        return next(key.kid for key in self.keys if key.use == use and key.signs(now))


def parse(token: str) -> Unverified | None:
    """Return what a token says, or None where it has not the form of ours.

    The header must be ours to the letter: `alg` other than RS256, `jwk`, `jku`, `crit` or any other member is
    refused before a key is looked for (RFC 8725 §3.1).
    """
    try:
        signature = extract_compact(token.encode("ascii"), registry=_REGISTRY)
        header, claims = signature.headers(), msgspec.json.decode(signature.payload)
    except (JoseError, msgspec.MsgspecError, ValueError, TypeError, AttributeError, RecursionError):
        return None
    kid = header.get("kid")
    if not isinstance(kid, str) or header != {"kid": kid, "alg": _ALGORITHM} or not isinstance(claims, dict):
        return None
    return Unverified(kid, claims, signature)


class SigningKeys:
    """Signs tokens, checks their signatures, and shows the public keys."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, entropy: Entropy, gate: Gate) -> None:
        """Take what it works with.

        Args:
            store: keeps the keys.
            vault: seals them.
            clock: dates them.
            entropy: names them.
            gate: what signing waits at, making a key, and SRP's powers. Their own: they take a fraction of
                the time of a password's hash and must not queue behind one.
        """
        self._store = store
        self._vault = vault
        self._clock = clock
        self._entropy = entropy
        self.gate = gate
        self._making = Lock()
        self._reading = Lock()
        self._pools: dict[str, _PoolKeys] = {}

    def sign(self, pool_id: str, use: str, claims: Mapping[str, Any]) -> str:
        """Return `claims` as a signed token.

        Args:
            pool_id: an existing pool; its keys are made if it has none.
            use: `id` or `access`.
            claims: in the order they are to have.
        """
        keys = self._keys(pool_id)
        kid = keys.signer(use, self._clock.now())
        key = keys.opened[kid]
        payload = msgspec.json.encode(claims)
        with self.gate:
            return serialize_compact({"kid": kid, "alg": _ALGORITHM}, payload, key, registry=_REGISTRY)

    def verified(self, token: Unverified, pool_id: str, use: str) -> bool:
        """Tell whether this pool's key for this use signed the token.

        Makes no keys: a pool that has none signed nothing.
        """
        key = self._verifier(pool_id, use, token.kid)
        return key is not None and validate_compact(token.signature, key, registry=_REGISTRY)

    def jwks(self, pool_id: str) -> Mapping[str, Any]:
        """Return the public keys of an existing pool in the form of `jwks.json`."""
        return self._keys(pool_id).jwks

    def has(self, pool_id: str, use: str, kid: str) -> bool:
        """Tell whether a key that has signed tokens for this use still counts."""
        return self._verifier(pool_id, use, kid) is not None

    def _verifier(self, pool_id: str, use: str, kid: str) -> RSAKey | None:
        # A kid made up by an attacker must not cost a statement each time.
        return (self._known(pool_id) or self._load(pool_id)).checking.get((use, kid))

    def _known(self, pool_id: str) -> _PoolKeys | None:
        """Return a pool's keys as they were two seconds ago at most; None where there were none."""
        known = self._pools.get(pool_id)
        if known is None or not known.keys:
            return None
        if self._clock.now() < known.loaded + _FRESH_SECONDS:
            return known
        # One thread reads them again; those that come meanwhile go on with what there is.
        if not self._reading.acquire(blocking=False):
            return known
        try:
            return self._load(pool_id)
        finally:
            self._reading.release()

    def _keys(self, pool_id: str) -> _PoolKeys:
        if known := self._known(pool_id):
            return known
        with self._making:
            known = self._known(pool_id) or self._load(pool_id)
            return known if known.keys else self._make(pool_id)

    def _load(self, pool_id: str) -> _PoolKeys:
        now = self._clock.now()  # before reading: what was stored meanwhile is looked for that much sooner
        stored = self._store.read(lambda tx: tx.signing_keys.list(pool_id))
        known = self._pools.get(pool_id)
        before = known.opened if known else {}
        opened = {key.kid: before.get(key.kid) or self._open(key) for key in stored}
        keys = _PoolKeys(
            keys=sorted(stored, key=lambda key: key.retired or math.inf),
            opened=opened,
            checking={(key.use, key.kid): opened[key.kid] for key in stored},
            jwks={"keys": [dict(key.public_jwk) for key in stored]},
            loaded=now,
        )
        self._pools[pool_id] = keys
        return keys

    def _make(self, pool_id: str) -> _PoolKeys:
        new = []
        for use in USES:
            with self.gate:
                new.append(new_key(self._vault, self._entropy, pool_id, use, self._clock.now()))

        def work(tx: Tx) -> None:
            for key in new:
                tx.signing_keys.add(key)

        with suppress(Conflict):  # another process was first: its keys it is
            self._store.write(work)
        return self._load(pool_id)

    def _open(self, key: StoredKey) -> RSAKey:
        # Checking a key's numbers takes 27 ms; these are our own, and the vault vouches for every byte.
        pkcs8 = self._vault.open(_place(key.pool_id, key.kid), key.sealed_private)
        private = load_der_private_key(pkcs8, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(private, RSAPrivateKey):
            raise TypeError(f"signing key {key.kid} is not an RSA key")
        return RSAKey.import_key(private)


def new_key(vault: Vault, entropy: Entropy, pool_id: str, use: str, now: float) -> StoredKey:
    """Make a key, ready to be stored. Takes a tenth of a second.

    Args:
        vault: seals the private half.
        entropy: names it.
        pool_id: whose tokens it signs.
        use: `id` or `access`.
        now: seconds since the epoch.
    """
    private = generate_private_key(public_exponent=65537, key_size=2048)
    kid = base64.b64encode(entropy.bytes(_KID_BYTES)).decode()
    pkcs8 = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = RSAKey.import_key(private.public_key()).as_dict()
    return StoredKey(
        pool_id=pool_id,
        kid=kid,
        use=use,
        sealed_private=vault.seal(_place(pool_id, kid), pkcs8),
        public_jwk={
            "alg": _ALGORITHM,
            "e": public["e"],
            "kid": kid,
            "kty": "RSA",
            "n": public["n"],
            "use": "sig",
        },
        created=now,
    )


def remove(store: Store, vault: Vault, entropy: Entropy, pool_id: str, kid: str, *, now: float) -> bool:
    """Take a signing key away at once, with every token that it signed; tell whether there was such a key.

    Where none would follow it another is made, which signs as soon as it has to: no later than any key that
    is left retires.

    Args:
        store: keeps the keys.
        vault: seals them.
        entropy: names them.
        pool_id: an existing pool.
        kid: the key's id, as the JWKS shows it.
        now: seconds since the epoch.
    """
    spare = {use: new_key(vault, entropy, pool_id, use, now) for use in USES}

    def work(tx: Tx) -> bool:
        found = next((key for key in tx.signing_keys.list(pool_id) if key.kid == kid), None)
        if found is None:
            return False
        tx.signing_keys.remove(found)
        if not found.retired:
            tx.signing_keys.add(spare[found.use])
        return True

    return store.write(work)


def rotate(
    store: Store, vault: Vault, entropy: Entropy, pool_id: str, *, now: float, notice: float
) -> float | None:
    """Give a pool new signing keys; return when they begin to sign, in seconds since the epoch.

    Args:
        store: keeps the keys.
        vault: seals them.
        entropy: names them.
        pool_id: an existing pool.
        now: seconds since the epoch.
        notice: how long they are published before, in seconds.

    Returns:
        None where keys are waiting for their time already: nothing is changed then.
    """
    new = [new_key(vault, entropy, pool_id, use, now) for use in USES]
    at = now + notice

    def work(tx: Tx) -> float | None:
        stored = tx.signing_keys.list(pool_id)
        if any(key.retired > now for key in stored):
            return None
        for key in stored:
            if not key.retired:
                tx.signing_keys.retire(key, at)
        for key in new:
            tx.signing_keys.add(key)
        return at if stored else now

    return store.write(work)


def _place(pool_id: str, kid: str) -> str:
    return f"signing_keys/{pool_id}/{kid}/private"

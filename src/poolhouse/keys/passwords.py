"""Passwords: made into what is stored, and checked.

A stored password is its SRP verifier, sealed because a bare one is a weak hash, beside an Argon2id hash. The
hash checks plain passwords. With `--dev` there is no hash and the verifier checks, in a fraction of a
millisecond instead of fifteen.
"""

import base64
import hmac
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError

from poolhouse import settings
from poolhouse.domain import srp
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import Credential, User
from poolhouse.keys.compromised import CompromisedPasswords
from poolhouse.keys.cores import Cores
from poolhouse.keys.foreign_hashes import matches as matches_foreign
from poolhouse.keys.vault import Vault

_SALT_BYTES = 16
_HASH_BYTES = 32
_SRP_HISTORY = "srp"
_IMPORTED_HISTORY = "imported"


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A password made ready to be stored; made before the transaction that stores it."""

    salt: bytes
    sealed_verifier: bytes
    hash: str

    def credential(
        self, now: float, *, temporary: bool = False, previous: Credential | None = None, history: int = 0
    ) -> Credential:
        """Return what is stored.

        Args:
            now: the time in seconds since the epoch.
            temporary: whether an administrator set it and the user must choose another.
            previous: the credential that it replaces.
            history: the pool's `PasswordHistorySize`; the current password is one of them (digest «users»
                §3.8), a temporary one is not.
        """
        earlier: tuple[str, ...] = ()
        if previous:
            kept = () if previous.temporary else (_history_entry(previous),)
            earlier = (*kept, *previous.history)[: max(0, history - 1)]
        return Credential(
            salt=self.salt,
            sealed_verifier=self.sealed_verifier,
            hash=self.hash,
            temporary=temporary,
            set_at=now,
            history=earlier,
            version=previous.version if previous else 0,
        )


class Passwords:
    """Makes and checks passwords, a few at a time.

    Attributes:
        compromised: the operator's list of passwords that others know.
    """

    def __init__(
        self, vault: Vault, hashing: Executor, cost: settings.Passwords, *, hashed: bool = True
    ) -> None:
        """Take what it works with.

        Args:
            vault: seals the verifiers.
            hashing: runs the hashes (`hashing_threads`); it is shut down by `close`.
            cost: Argon2id's, and the list's path.
            hashed: False where the sealed verifier alone checks (`--dev`).
        """
        self.compromised = CompromisedPasswords(cost.compromised)
        self._vault = vault
        self._hashing = hashing
        self._hashed = hashed
        self._hasher = PasswordHasher(
            time_cost=cost.passes,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            hash_len=_HASH_BYTES,
            salt_len=_SALT_BYTES,
            type=Type.ID,
        )
        self._dummy = (
            f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p={cost.lanes}"
            f"${_unpadded(bytes(_SALT_BYTES))}${_unpadded(bytes(_HASH_BYTES))}"
        )

    def close(self) -> None:
        """Stop the threads that hash."""
        self._hashing.shutdown()

    def make(self, pool: Pool, user_id: str, password: str, salt: bytes) -> NewPassword:
        """Make a password ready to be stored. Takes as long as a sign-in: no transaction is open.

        Args:
            pool: the user's.
            user_id: the username as stored, `USER_ID_FOR_SRP`.
            password: as sent, byte for byte.
            salt: 16 random bytes, SRP's; Argon2id draws its own, since this one is shown to whoever asks.
        """
        verifier = srp.verifier(pool.srp_name, user_id, password, salt)
        return NewPassword(
            salt=salt,
            sealed_verifier=seal_verifier(self._vault, _place(pool.id, user_id), verifier),
            hash=self._hash(password) if self._hashed else "",
        )

    def verify(self, pool: Pool, user: User | None, credential: Credential | None, password: str) -> bool:
        """Tell whether `password` is the user's.

        The same work is done for a user that is not there, or that has no password: the time says nothing.

        Args:
            pool: where the user is, or would be.
            user: None where there is none.
            credential: None where the user has no password.
            password: as sent.
        """
        if credential and credential.imported:
            matches = self._matches_imported(credential.imported, password)
        elif self._hashed and (credential is None or credential.hash):
            matches = self._matches_hash(credential.hash if credential else self._dummy, password)
        elif user is None or credential is None:
            matches = srp.verifier(pool.srp_name, "", password, bytes(srp.SALT_BYTES)) == 0
        else:
            matches = self._matches_verifier(
                pool, user.username, password, credential.salt, credential.sealed_verifier
            )
        return matches and user is not None and credential is not None

    def verifier(self, pool: Pool, user: User, credential: Credential) -> int:
        """Return the user's SRP verifier, opened.

        Raises:
            Unsealable: it was sealed with a key that the ring has no more.
        """
        return self._open_verifier(pool, user.username, credential.sealed_verifier)

    def used_before(
        self, pool: Pool, user: User, credential: Credential | None, password: str, history: int
    ) -> bool:
        """Tell whether `password` is one of the user's last, for `PasswordHistoryPolicyViolationException`.

        Args:
            pool: the user's.
            user: whose history.
            credential: None where the user has no password yet.
            password: the candidate.
            history: the pool's `PasswordHistorySize`: the current password and the `history - 1` before it.
        """
        if credential is None:
            return False
        current = () if credential.temporary else (_history_entry(credential),)
        entries = (*current, *credential.history)[:history]
        return any(self._matches_entry(pool, user.username, password, entry) for entry in entries)

    def _matches_entry(self, pool: Pool, user_id: str, password: str, entry: str) -> bool:
        kind, _, rest = entry.partition(":")
        if kind == _IMPORTED_HISTORY:
            return self._matches_imported(rest, password)
        if kind != _SRP_HISTORY:
            return self._matches_hash(entry, password)
        salt, sealed = (base64.b64decode(part) for part in rest.split(":"))
        return self._matches_verifier(pool, user_id, password, salt, sealed)

    def _hash(self, password: str) -> str:
        return self._hashing.submit(self._hasher.hash, password).result()

    def _matches_hash(self, stored: str, password: str) -> bool:
        try:
            return self._hashing.submit(self._hasher.verify, stored, password).result()
        except VerifyMismatchError:
            return False

    def _matches_imported(self, imported: str, password: str) -> bool:
        algorithm, _, text = imported.partition(":")
        return self._hashing.submit(matches_foreign, algorithm, text, password).result()

    def _matches_verifier(self, pool: Pool, user_id: str, password: str, salt: bytes, sealed: bytes) -> bool:
        stored = self._open_verifier(pool, user_id, sealed)
        given = srp.verifier(pool.srp_name, user_id, password, salt)
        return hmac.compare_digest(srp.to_bytes(stored), srp.to_bytes(given))

    def _open_verifier(self, pool: Pool, user_id: str, sealed: bytes) -> int:
        return open_verifier(self._vault, _place(pool.id, user_id), sealed)


def hashing_threads(count: int, cores: Cores) -> Executor:
    """Return threads that hash passwords away from the interpreter's core, first come, first served.

    A hash takes many megabytes, which the C library keeps for the thread that had them. In threads of their
    own they are kept once, and not for each thread that runs requests.

    Args:
        count: how many hash at a time.
        cores: what they leave.
    """
    return ThreadPoolExecutor(count, "hashing", initializer=cores.leave)


def seal_verifier(vault: Vault, place: str, verifier: int) -> bytes:
    """Return an SRP verifier sealed for where it is stored; all are of one length."""
    return vault.seal(place, srp.to_bytes(verifier))


def open_verifier(vault: Vault, place: str, sealed: bytes) -> int:
    """Return an SRP verifier, opened.

    Raises:
        Unsealable: it was sealed with a key that the ring has no more.
    """
    return int.from_bytes(vault.open(place, sealed), "big")


def _place(pool_id: str, user_id: str) -> str:
    return f"credentials/{pool_id}/{user_id}/verifier"


def _history_entry(credential: Credential) -> str:
    """Return a password as the history keeps it: its hash, or `srp:salt:verifier` where it has none.

    That of somebody who was imported is `imported:algorithm:hash`.
    """
    if credential.imported:
        return f"{_IMPORTED_HISTORY}:{credential.imported}"
    if credential.hash:
        return credential.hash
    salt, sealed = (base64.b64encode(part).decode() for part in (credential.salt, credential.sealed_verifier))
    return f"{_SRP_HISTORY}:{salt}:{sealed}"


def _unpadded(value: bytes) -> str:
    return base64.b64encode(value).decode().rstrip("=")

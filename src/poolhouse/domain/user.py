"""A user of a pool, and what proves their password."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """`UserStatusType` of the API model; the transitions are digest «users» §3.6."""

    UNCONFIRMED = "UNCONFIRMED"
    CONFIRMED = "CONFIRMED"
    FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"  # noqa: S105 (a status, not a password)
    RESET_REQUIRED = "RESET_REQUIRED"
    EXTERNAL_PROVIDER = "EXTERNAL_PROVIDER"


@dataclass(frozen=True, slots=True)
class Mfa:
    """A user's second factors.

    Attributes:
        enabled: those that the user turned on: `SMS_MFA`, `SOFTWARE_TOKEN_MFA`, `EMAIL_OTP`.
        preferred: the one that is asked for, or "".
        software_token: whether an authenticator app is registered; its seed is stored apart.
        passkeys: whether a passkey counts as a second factor too (`WebAuthnMfaSettings`).
    """

    enabled: tuple[str, ...] = ()
    preferred: str = ""
    software_token: bool = False
    passkeys: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """A user as stored: one document beside narrow search rows.

    Attributes:
        attributes: every stored attribute but `sub`, values as strings ("true"/"false" for booleans).
        pending: attribute name → value that waits for its verification code (digest «users» §2.5).
        created, modified: seconds since the epoch.
        identifier: in a pool where an address is the username, which attribute this user's is (`email` or
            `phone_number`); "" in other pools. The other address is an ordinary attribute.
        mfa: the user's second factors.
        grouped: whether they may be in groups: from the first until they leave the last.
        version: raised by each save; a save of a stale version is run again.
    """

    pool_id: str
    sub: str
    username: str
    status: Status
    enabled: bool
    created: float
    modified: float
    attributes: Mapping[str, str] = field(default_factory=dict)
    pending: Mapping[str, str] = field(default_factory=dict)
    identifier: str = ""
    mfa: Mfa = Mfa()
    grouped: bool = False
    version: int = 0


@dataclass(frozen=True, slots=True)
class Credential:
    """What proves a user's password.

    Attributes:
        salt: 16 bytes, the SRP salt.
        sealed_verifier: the SRP verifier, sealed by the vault (a bare verifier is a weak hash).
        hash: the Argon2id hash in PHC form; empty where the sealed verifier itself checks (`--dev`).
        temporary: set by an administrator; the user must choose another.
        set_at: seconds since the epoch.
        history: earlier hashes or verifiers, newest first, for `PasswordHistorySize`.
        imported: the hash that the user was imported with, behind its `PasswordHashingAlgorithm` and a colon,
            until the first sign-in, which puts a credential of ours in its place; "" in those. It has no
            verifier, so that SRP proves nothing.
    """

    salt: bytes
    sealed_verifier: bytes
    hash: str
    temporary: bool
    set_at: float
    history: tuple[str, ...] = ()
    imported: str = ""
    version: int = 0

"""Verification codes: what one is for, how long it lives, where it is sent."""

from dataclasses import dataclass
from enum import StrEnum


class CodePurpose(StrEnum):
    """What a stored code proves. One code per user and purpose is outstanding at a time."""

    SIGN_UP = "sign_up"
    VERIFY_EMAIL = "verify:email"
    VERIFY_PHONE = "verify:phone_number"
    UPDATE_EMAIL = "update:email"
    UPDATE_PHONE = "update:phone_number"
    FORGOT_PASSWORD = "forgot_password"  # noqa: S105 (a purpose, not a password)


LIFE_SECONDS = dict.fromkeys(CodePurpose, 24 * 3600) | {CodePurpose.FORGOT_PASSWORD: 3600}


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was sent, as stored: never the digits themselves.

    Attributes:
        mac: keyed digest of the digits (the vault's key), so that a stolen table gives no codes away.
        attribute: the attribute the message went to.
        value: the address it went to; for an update, the pending value it stands for.
        expires: seconds since the epoch.
    """

    pool_id: str
    sub: str
    purpose: CodePurpose
    mac: bytes
    attribute: str
    value: str
    expires: float
    version: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a message goes: a row of `CodeDeliveryDetails` before masking.

    Attributes:
        medium: `EMAIL` or `SMS`.
        attribute: `email` or `phone_number`.
        destination: the address in full.
    """

    medium: str
    attribute: str
    destination: str


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """A message that a committed transaction owes; the row goes when it is delivered.

    Attributes:
        id: random.
        sub: the user, or "" where there is none.
        client_id: the app client, or "" for an administrator's request.
        source: suffix of the trigger source: `SignUp`, `ResendCode`, `ForgotPassword`,
            `UpdateUserAttribute`, `VerifyUserAttribute`, `AdminCreateUser`, `Authentication`,
            `AccountTakeOverNotification`.
        sealed_code: the code or temporary password, or what a notification tells, sealed by the vault.
        expires: after this the message is worthless and dropped; not_before: when to try (again).
            Both in seconds since the epoch.
    """

    pool_id: str
    id: str
    sub: str
    client_id: str
    source: str
    delivery: Delivery
    sealed_code: bytes
    created: float
    expires: float
    not_before: float
    attempts: int = 0
    version: int = 0

"""Authentication events: what a pool with threat protection remembers of its users' sign-ins, and the like.

One sign-in is one event, however many requests it takes: each step continues it (digest «sign-in» §4.8).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from poolhouse.domain.challenges import State
from poolhouse.domain.lockout import WRONG
from poolhouse.errors import (
    AliasExistsException,
    CodeMismatchException,
    ExpiredCodeException,
    NotAuthorizedException,
    PasswordResetRequiredException,
    ResourceNotFoundException,
    ServiceError,
    UserLambdaValidationException,
    UserNotConfirmedException,
    UserNotFoundException,
)

KEPT_SECONDS = 2 * 365 * 86400.0
"""How long events are kept, as the service keeps them."""
NOBODYS_SECONDS = 86400.0
"""How long those are kept that are written for names which are nobody's, so that it takes as long."""

FAMILIAR, DENIED = 1, -1
PASSWORD, MFA = "Password", "Mfa"
SUCCESS, FAILURE = "Success", "Failure"
VALID, INVALID = "Valid", "Invalid"
BLOCK = "Block"

CHALLENGES: Mapping[State, str] = {
    State.PASSWORD: PASSWORD,
    State.PASSWORD_VERIFIER: PASSWORD,
    State.SMS_MFA: MFA,
    State.EMAIL_MFA: MFA,
    State.SOFTWARE_TOKEN_MFA: MFA,
}
"""The challenges that events tell of, by the state that waits for the answer. The service names no others."""

_FAILED = (
    AliasExistsException,
    CodeMismatchException,
    ExpiredCodeException,
    NotAuthorizedException,
    PasswordResetRequiredException,
    ResourceNotFoundException,  # of a device
    UserLambdaValidationException,
    UserNotConfirmedException,
    UserNotFoundException,
)


class Kind(StrEnum):
    """`EventType`."""

    SIGN_IN = "SignIn"
    SIGN_UP = "SignUp"
    FORGOT_PASSWORD = "ForgotPassword"  # noqa: S105 (an event)
    PASSWORD_CHANGE = "PasswordChange"  # noqa: S105
    RESEND_CODE = "ResendCode"


class Response(StrEnum):
    """`EventResponse`: how the event stands."""

    PASS = "Pass"  # noqa: S105
    FAIL = "Fail"
    IN_PROGRESS = "InProgress"


@dataclass(frozen=True, slots=True)
class Risk:
    """`EventRisk`.

    Attributes:
        decision: `NoRisk`, `AccountTakeover` or `Block`.
        level: `Low`, `Medium`, `High`; "" where none was found.
        compromised: whether the password is in the list of compromised ones.
    """

    decision: str = "NoRisk"
    level: str = ""
    compromised: bool = False


NO_RISK = Risk()


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody says of an event.

    Attributes:
        value: `Valid` or `Invalid`.
        provider: who says so: `Admin` or `User`.
        at: seconds since the epoch.
    """

    value: str
    provider: str
    at: float


@dataclass(frozen=True, slots=True)
class AuthEvent:
    """An event as stored.

    Attributes:
        sub: the user's; a made-up one for events of nobody, which nothing lists.
        id: of a sign-in, the `event_id` of the tokens that come of it.
        created: when it began, in seconds since the epoch.
        expires: when it may be forgotten.
        client_id: the app client; "" where none had a part.
        ip: the address that it came from, as far as this server knows.
        device: what it came from, such as `Chrome 125, Windows 10`, or "".
        challenges: the challenges that were answered, and how: `Success` or `Failure`.
        request_id: of the request that told of it last.
        exported: whether the pool then sent such events to a log destination.
    """

    pool_id: str
    sub: str
    id: str
    kind: Kind
    created: float
    expires: float
    response: Response
    client_id: str = ""
    ip: str = ""
    device: str = ""
    challenges: tuple[tuple[str, str], ...] = ()
    risk: Risk = NO_RISK
    feedback: Feedback | None = None
    request_id: str = ""
    exported: bool = False
    version: int = 0

    @property
    def standing(self) -> int:
        """What it says of where it came from: `FAMILIAR`, `DENIED` or, as most failures do, nothing (0).

        A sign-in that ended well is the user's, unless somebody denies it; feedback says so of any event.
        """
        if self.feedback:
            return FAMILIAR if self.feedback.value == VALID else DENIED
        return FAMILIAR if self.kind is Kind.SIGN_IN and self.response is Response.PASS else 0


def continued(before: AuthEvent, step: AuthEvent) -> AuthEvent:
    """Return an event after one more step: what was learnt stays, and what is new is added."""
    return replace(
        before,
        response=step.response,
        ip=step.ip,
        device=step.device,
        challenges=before.challenges + step.challenges,
        request_id=step.request_id,
        exported=step.exported,
        risk=before.risk if step.risk == NO_RISK else step.risk,
    )


def failed(error: ServiceError) -> bool:
    """Tell whether a refusal fails the event, rather than asks for something else."""
    return isinstance(error, _FAILED)


def missed(error: ServiceError) -> bool:
    """Tell whether a refusal says that what was answered is wrong."""
    if isinstance(error, NotAuthorizedException):
        return error.message == WRONG
    return isinstance(error, CodeMismatchException | ExpiredCodeException)

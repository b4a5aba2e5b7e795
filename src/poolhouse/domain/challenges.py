"""The sign-in state table: whatever affects which challenge follows which lives here, and nowhere else.

A sign-in is a walk through states. Each state but the first and the last is a challenge that waits for its
answer, under the name that the service gives it. `ROWS` are all the steps there are; `advance` takes the
first that fits, and what fits none is refused. To add a factor: its state, its event, rows and answers
(digest «sign-in» §2.7 and §2.8).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from poolhouse.errors import InvalidParameterException, NotAuthorizedException

INVALID_SESSION = "Invalid session for the user."


class State(StrEnum):
    """Where a sign-in stands."""

    START = "START"
    PASSWORD_VERIFIER = "PASSWORD_VERIFIER"  # noqa: S105 (a challenge, not a password)
    CUSTOM_CHALLENGE = "CUSTOM_CHALLENGE"
    NEW_PASSWORD_REQUIRED = "NEW_PASSWORD_REQUIRED"  # noqa: S105
    SELECT_CHALLENGE = "SELECT_CHALLENGE"
    PASSWORD = "PASSWORD"  # noqa: S105
    PASSWORD_SRP = "PASSWORD_SRP"  # noqa: S105
    EMAIL_OTP = "EMAIL_OTP"
    SMS_OTP = "SMS_OTP"
    WEB_AUTHN = "WEB_AUTHN"
    SELECT_MFA_TYPE = "SELECT_MFA_TYPE"
    SOFTWARE_TOKEN_MFA = "SOFTWARE_TOKEN_MFA"  # noqa: S105
    SMS_MFA = "SMS_MFA"
    EMAIL_MFA = "EMAIL_MFA"
    MFA_SETUP = "MFA_SETUP"
    TOKEN_SET_UP = "TOKEN_SET_UP"  # noqa: S105
    DEVICE_SRP_AUTH = "DEVICE_SRP_AUTH"
    DEVICE_PASSWORD_VERIFIER = "DEVICE_PASSWORD_VERIFIER"  # noqa: S105
    SIGNED_IN = "SIGNED_IN"

    @property
    def challenge(self) -> str:
        """The `ChallengeName`: two states may wait for answers to challenges of one name."""
        return _CHALLENGES.get(self, self)


_CHALLENGES: Mapping[str, str] = {"EMAIL_MFA": "EMAIL_OTP", "TOKEN_SET_UP": "MFA_SETUP"}


class Event(StrEnum):
    """What happened. The last three are what the DefineAuthChallenge trigger decides."""

    CHOICE_LEFT = "choice left"
    PASSWORD_CHOSEN = "password chosen"  # noqa: S105
    SRP_CHOSEN = "SRP chosen"
    EMAIL_CHOSEN = "code by e-mail chosen"
    SMS_CHOSEN = "code by SMS chosen"
    PASSKEY_CHOSEN = "passkey chosen"
    CODE_PROVEN = "code proven"
    PASSKEY_PROVEN = "passkey proven"
    SIGN_UP_PROVEN = "sign-up proven"
    SRP_BEGUN = "SRP begun"
    PASSWORD_PROVEN = "password proven"  # noqa: S105
    NEW_PASSWORD_SET = "new password set"  # noqa: S105
    TOKEN_CHOSEN = "authenticator app chosen"  # noqa: S105
    SMS_MFA_CHOSEN = "SMS chosen"
    EMAIL_MFA_CHOSEN = "e-mail chosen"
    SECOND_PROVEN = "second factor proven"
    TOKEN_VERIFIED = "authenticator app verified"  # noqa: S105
    PHONE_GIVEN = "phone number given"
    EMAIL_GIVEN = "e-mail address given"
    DEVICE_SRP_BEGUN = "device SRP begun"
    DEVICE_PROVEN = "device proven"
    SRP_WANTED = "SRP wanted"
    CHALLENGE_WANTED = "custom challenge wanted"
    TOKENS_GRANTED = "tokens granted"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the next step depends on.

    Attributes:
        must_change_password: the password is an administrator's, for one sign-in.
        custom: the sign-in is CUSTOM_AUTH, where a proven password is for the trigger to weigh.
        offered: the factors that the user may choose from: first ones (USER_AUTH), or second ones.
        second: the challenge of the second factor that is owed; None where none is.
        seconds: the factors that satisfy it, by the states that wait for them.
        passkey_is_two: whether a passkey of the user's counts as a second factor, too.
        device: a remembered device is named that stands in for second factors.
    """

    must_change_password: bool = False
    custom: bool = False
    offered: tuple[str, ...] = ()
    second: State | None = None
    seconds: tuple[State, ...] = ()
    passkey_is_two: bool = False
    device: bool = False


@dataclass(frozen=True, slots=True)
class When:
    """A condition of a step.

    Attributes:
        says: in words, for the page that is drawn from this table; none where nothing is asked.
    """

    says: tuple[str, ...]
    holds: Callable[[Facts], bool]

    def __and__(self, other: "When") -> "When":
        """Return the condition that both hold."""
        says = dict.fromkeys((*self.says, *other.says))
        return When(tuple(says), lambda facts: self.holds(facts) and other.holds(facts))


_ALWAYS = When((), lambda _: True)
_PLAIN = When(("not CUSTOM_AUTH",), lambda facts: not facts.custom)
_CUSTOM = When(("CUSTOM_AUTH",), lambda facts: facts.custom)
_MUST_CHANGE = When(("the password is temporary",), lambda facts: facts.must_change_password)
_MUST_NOT_CHANGE = When(("the password is not temporary",), lambda facts: not facts.must_change_password)
_DEVICE = When(("a remembered device stands in",), lambda facts: facts.device)
_NO_SECOND = When(("no second factor is owed",), lambda facts: facts.second is None)
_PASSKEY_SUFFICES = When(
    ("no second factor is owed, or the passkey counts as two",),
    lambda facts: facts.second is None or facts.passkey_is_two,
)


def _second(state: State) -> When:
    return When((f"{state} is owed",), lambda facts: facts.second is state)


def _held(state: State) -> When:
    """Return that a second factor still is one that the user has: factors may change while a code travels."""
    return When(
        ("it still is a factor of the user's, or none is owed",),
        lambda facts: facts.second is None or state in facts.seconds,
    )


def _offered(state: State) -> When:
    return _PLAIN & When((f"{state} is offered",), lambda facts: state in facts.offered)


@dataclass(frozen=True, slots=True)
class Row:
    """One step: in state `at`, `event` leads to state `to` if `when` holds."""

    at: State
    event: Event
    to: State
    when: When = _ALWAYS


CHOSEN: Mapping[str, Event] = {
    State.PASSWORD_SRP: Event.SRP_CHOSEN,
    State.PASSWORD: Event.PASSWORD_CHOSEN,
    State.EMAIL_OTP: Event.EMAIL_CHOSEN,
    State.SMS_OTP: Event.SMS_CHOSEN,
    State.WEB_AUTHN: Event.PASSKEY_CHOSEN,
}
"""What choosing a first factor is, by its name, in the order of the offer (digest «sign-in» §2.10)."""


SECOND: Mapping[State, Event] = {
    State.SMS_MFA: Event.SMS_MFA_CHOSEN,
    State.SOFTWARE_TOKEN_MFA: Event.TOKEN_CHOSEN,
    State.EMAIL_MFA: Event.EMAIL_MFA_CHOSEN,
}
"""The second factors, and what choosing each is."""


def _choices() -> Iterator[Row]:
    """Yield the rows of USER_AUTH's choice: a preference that is not offered leaves the choice open."""
    yield Row(State.START, Event.CHOICE_LEFT, State.SELECT_CHALLENGE, _PLAIN)
    for name, chosen in CHOSEN.items():
        state = State(name)
        yield Row(State.START, chosen, state, _offered(state))
        yield Row(State.START, chosen, State.SELECT_CHALLENGE, _PLAIN)
        yield Row(State.SELECT_CHALLENGE, chosen, state, _offered(state))


def _owed(at: State, event: Event, when: When = _ALWAYS) -> Iterator[Row]:
    """Yield what follows a proof: whatever is owed, in its order, then tokens (digest «sign-in» §2.8)."""
    if event in (Event.PASSWORD_PROVEN, Event.TOKENS_GRANTED):
        yield Row(at, event, State.NEW_PASSWORD_REQUIRED, when & _MUST_CHANGE)
    yield Row(at, event, State.DEVICE_SRP_AUTH, when & _DEVICE)
    if event is not Event.TOKENS_GRANTED:
        for state in (*SECOND, State.SELECT_MFA_TYPE, State.MFA_SETUP):
            yield Row(at, event, state, when & _PLAIN & _second(state))
    yield Row(at, event, State.SIGNED_IN, when)


def _second_factors() -> Iterator[Row]:
    """Yield the steps of second factors: chosen, set up, proven (digest «sign-in» §4.1)."""
    for state, chosen in SECOND.items():
        yield Row(State.SELECT_MFA_TYPE, chosen, state, _offered(state) & _held(state))
    for event, to, factor in (
        (Event.TOKEN_VERIFIED, State.TOKEN_SET_UP, State.SOFTWARE_TOKEN_MFA),
        (Event.PHONE_GIVEN, State.SMS_MFA, State.SMS_MFA),
        (Event.EMAIL_GIVEN, State.EMAIL_MFA, State.EMAIL_MFA),
    ):
        yield Row(State.MFA_SETUP, event, to, _second(State.MFA_SETUP) & _offered(factor))
    for state in SECOND:
        yield Row(state, Event.SECOND_PROVEN, State.SIGNED_IN, _held(state))
    yield Row(State.TOKEN_SET_UP, Event.SECOND_PROVEN, State.SIGNED_IN, _held(State.SOFTWARE_TOKEN_MFA))


ROWS = (
    *_choices(),
    Row(State.START, Event.SRP_BEGUN, State.PASSWORD_VERIFIER, _PLAIN),
    Row(State.PASSWORD_SRP, Event.SRP_BEGUN, State.PASSWORD_VERIFIER, _PLAIN),
    *_owed(State.START, Event.PASSWORD_PROVEN, _PLAIN),
    *_owed(State.PASSWORD, Event.PASSWORD_PROVEN, _PLAIN),
    *_owed(State.PASSWORD_VERIFIER, Event.PASSWORD_PROVEN, _PLAIN),
    *_owed(State.NEW_PASSWORD_REQUIRED, Event.NEW_PASSWORD_SET),
    *_owed(State.START, Event.SIGN_UP_PROVEN, _PLAIN & _MUST_NOT_CHANGE),
    Row(State.EMAIL_OTP, Event.CODE_PROVEN, State.SIGNED_IN, _PLAIN & _MUST_NOT_CHANGE & _NO_SECOND),
    Row(State.SMS_OTP, Event.CODE_PROVEN, State.SIGNED_IN, _PLAIN & _MUST_NOT_CHANGE & _NO_SECOND),
    Row(
        State.WEB_AUTHN, Event.PASSKEY_PROVEN, State.SIGNED_IN, _PLAIN & _MUST_NOT_CHANGE & _PASSKEY_SUFFICES
    ),
    *_second_factors(),
    Row(State.DEVICE_SRP_AUTH, Event.DEVICE_SRP_BEGUN, State.DEVICE_PASSWORD_VERIFIER),
    Row(State.DEVICE_PASSWORD_VERIFIER, Event.DEVICE_PROVEN, State.SIGNED_IN),
    Row(State.START, Event.SRP_WANTED, State.PASSWORD_VERIFIER, _CUSTOM),
    Row(State.START, Event.CHALLENGE_WANTED, State.CUSTOM_CHALLENGE, _CUSTOM),
    Row(State.PASSWORD_VERIFIER, Event.CHALLENGE_WANTED, State.CUSTOM_CHALLENGE, _CUSTOM),
    Row(State.CUSTOM_CHALLENGE, Event.CHALLENGE_WANTED, State.CUSTOM_CHALLENGE, _CUSTOM),
    *_owed(State.START, Event.TOKENS_GRANTED, _CUSTOM),
    *_owed(State.PASSWORD_VERIFIER, Event.TOKENS_GRANTED, _CUSTOM),
    *_owed(State.CUSTOM_CHALLENGE, Event.TOKENS_GRANTED, _CUSTOM),
)

_CLAIM = ("USERNAME", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP")
ANSWERS: Mapping[State, tuple[str, ...]] = {
    State.PASSWORD_VERIFIER: _CLAIM,
    State.DEVICE_SRP_AUTH: ("USERNAME", "DEVICE_KEY", "SRP_A"),
    State.DEVICE_PASSWORD_VERIFIER: (*_CLAIM, "DEVICE_KEY"),
    State.CUSTOM_CHALLENGE: ("USERNAME", "ANSWER"),
    State.NEW_PASSWORD_REQUIRED: ("USERNAME", "NEW_PASSWORD"),
    State.SELECT_CHALLENGE: ("USERNAME", "ANSWER"),
    State.PASSWORD: ("USERNAME", "PASSWORD"),
    State.PASSWORD_SRP: ("USERNAME", "SRP_A"),
    State.EMAIL_OTP: ("USERNAME", "EMAIL_OTP_CODE"),
    State.SMS_OTP: ("USERNAME", "SMS_OTP_CODE"),
    State.WEB_AUTHN: ("USERNAME", "CREDENTIAL"),
    State.SELECT_MFA_TYPE: ("USERNAME", "ANSWER"),
    State.SOFTWARE_TOKEN_MFA: ("USERNAME", "SOFTWARE_TOKEN_MFA_CODE"),
    State.SMS_MFA: ("USERNAME", "SMS_MFA_CODE"),
    State.EMAIL_MFA: ("USERNAME", "EMAIL_OTP_CODE"),
    State.MFA_SETUP: ("USERNAME",),
    State.TOKEN_SET_UP: ("USERNAME",),
}
"""What the answer to each challenge must carry."""


def advance(at: State, event: Event, facts: Facts) -> State:
    """Return the state that follows.

    Raises:
        NotAuthorizedException: no row allows the event here.
    """
    for row in ROWS:
        if row.at is at and row.event is event and row.when.holds(facts):
            return row.to
    raise NotAuthorizedException(INVALID_SESSION)


def answered(name: str, answers: Mapping[str, str]) -> State:
    """Return the challenge that an answer is for, once it carries what it must.

    Where two states wait for answers to one name, the first is returned; the session knows which it is.

    Raises:
        InvalidParameterException: something is missing.
        NotAuthorizedException: this server asks no such challenge, so none can be answered.
    """
    state = next((state for state in ANSWERS if state.challenge == name), None)
    if state is None:
        raise NotAuthorizedException(INVALID_SESSION)
    require(answers, *ANSWERS[state])
    return state


def require(given: Mapping[str, str], *names: str) -> None:
    """Check that parameters are there.

    Raises:
        InvalidParameterException: one is not; the message names the first.
    """
    for name in names:
        if name not in given:
            raise InvalidParameterException(f"Missing required parameter {name}")


@dataclass(frozen=True, slots=True)
class Flow:
    """A way to begin.

    Attributes:
        name: the `AuthFlow`, in its newer form.
        allowed_by: the value of `ExplicitAuthFlows` that opens it.
        needs: parameters that must be there.
        public, admin: whether InitiateAuth and AdminInitiateAuth take it.
        refusal: what InitiateAuth says when the client does not allow it.
    """

    name: str
    allowed_by: str
    needs: tuple[str, ...]
    public: bool = True
    admin: bool = True
    refusal: str = "Auth flow not enabled for this client"


USER_SRP_AUTH = Flow(
    "USER_SRP_AUTH",
    "ALLOW_USER_SRP_AUTH",
    ("USERNAME", "SRP_A"),
    refusal="USER_SRP_AUTH is not enabled for the client.",
)
USER_PASSWORD_AUTH = Flow(
    "USER_PASSWORD_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    ("USERNAME", "PASSWORD"),
    admin=False,
    refusal="USER_PASSWORD_AUTH flow not enabled for this client",
)
ADMIN_USER_PASSWORD_AUTH = Flow(
    "ADMIN_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", ("USERNAME", "PASSWORD"), public=False
)
CUSTOM_AUTH = Flow(
    "CUSTOM_AUTH",
    "ALLOW_CUSTOM_AUTH",
    ("USERNAME",),
    refusal="CUSTOM_AUTH is not enabled for the client.",
)
USER_AUTH = Flow("USER_AUTH", "ALLOW_USER_AUTH", (), refusal="USER_AUTH is not enabled for the client.")
REFRESH_TOKEN_AUTH = Flow("REFRESH_TOKEN_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", ("REFRESH_TOKEN",))

_FLOWS: Mapping[str, Flow] = {
    "USER_SRP_AUTH": USER_SRP_AUTH,
    "USER_PASSWORD_AUTH": USER_PASSWORD_AUTH,
    "ADMIN_USER_PASSWORD_AUTH": ADMIN_USER_PASSWORD_AUTH,
    "ADMIN_NO_SRP_AUTH": ADMIN_USER_PASSWORD_AUTH,
    "CUSTOM_AUTH": CUSTOM_AUTH,
    "USER_AUTH": USER_AUTH,
    "REFRESH_TOKEN_AUTH": REFRESH_TOKEN_AUTH,
    "REFRESH_TOKEN": REFRESH_TOKEN_AUTH,
}


def begin(name: str, allowed: frozenset[str], parameters: Mapping[str, str], *, admin: bool) -> Flow:
    """Return the flow that a client asks for, once it may and brings what the flow needs.

    Args:
        name: `AuthFlow` as sent.
        allowed: the client's `ExplicitAuthFlows`.
        parameters: `AuthParameters`.
        admin: whether AdminInitiateAuth asks.

    Raises:
        InvalidParameterException: there is no such flow here, the client may not use it, or a parameter is
            missing (digest «sign-in» §2.2).
    """
    flow = _FLOWS.get(name)
    if flow is None or not (flow.admin if admin else flow.public):
        raise InvalidParameterException("Initiate Auth method not supported.")
    if flow.allowed_by not in allowed:
        raise InvalidParameterException("Auth flow not enabled for this client" if admin else flow.refusal)
    require(parameters, *flow.needs)
    return flow

"""A sign-in on its way: what every kind of sign-in shares, from admission to tokens.

What follows when something is proven is `owed.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from poolhouse.access.caller import IamCaller
from poolhouse.domain.auth_events import BLOCK, Risk
from poolhouse.domain.challenges import State
from poolhouse.domain.client import Client
from poolhouse.domain.devices import Bound, Device, group_key, new_key
from poolhouse.domain.pool import Pool
from poolhouse.domain.risk import HIGH
from poolhouse.domain.user import User
from poolhouse.errors import NotAuthorizedException, UserNotFoundException
from poolhouse.flows import proof, threats, tokens
from poolhouse.flows.auth_events import Story
from poolhouse.flows.call import AnyCall
from poolhouse.flows.pending import Pending, seal_session
from poolhouse.flows.proof import Subject
from poolhouse.triggers import events
from poolhouse.triggers import invoke as triggers

UNKNOWN = "User does not exist."
_LONGEST_NAME = 2048
"""Longer names are nobody's, and would be carried to and fro."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """What the client must answer next.

    Attributes:
        session: None where the parameters carry the state.
        available: the first factors that the user has, where there is a choice.
    """

    name: str
    parameters: Mapping[str, str]
    session: str | None = None
    available: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The end of a sign-in.

    Attributes:
        user: who is signed in.
        tokens: None where the sign-in is a page's, which ends with an authorization instead.
        new_device: the key that is offered to a device which is not known, or "".
        device_group: what the SRP of the pool's devices takes for the pool's name, or "".
        event_id: of the sign-in's event, or "".
    """

    user: User
    tokens: tokens.Tokens | None
    new_device: str = ""
    device_group: str = ""
    event_id: str = ""


Outcome = Challenge | SignedIn


@dataclass(frozen=True, slots=True)
class Attempt:
    """One step of a sign-in: the request, and what reaches the triggers.

    Attributes:
        validation_data: ClientMetadata of the request that begins, for PreAuthentication and UserMigration.
        client_metadata: ClientMetadata of an answer, for all other triggers.
        device_key: DEVICE_KEY of this very request or answer.
        wants_tokens: whether it ends with tokens; a page's does not, and knows no devices.
        story: what is told of this step; None where the pool records no events.
    """

    call: AnyCall
    pool: Pool
    client: Client
    validation_data: Mapping[str, str] | None = None
    client_metadata: Mapping[str, str] | None = None
    device_key: str | None = None
    wants_tokens: bool = True
    story: Story | None = None

    @property
    def goes_straight_to_tokens(self) -> bool:
        """Whether nothing comes between a password that suffices and tokens: no device, risk or trigger."""
        asked = ("PostAuthentication", "PreTokenGeneration")
        return self.wants_tokens and not (
            self.pool.remembers_devices
            or threats.intervenes(self.pool, self.client)
            or any(triggers.configured(self.pool, name) for name in asked)
        )

    @property
    def event_id(self) -> str:
        """The id of the sign-in's event, or ""."""
        return self.story.event_id if self.story else ""

    def fire(
        self, family: str, user_name: str, request: Mapping[str, object], response: Mapping[str, object]
    ) -> Mapping[str, object] | None:
        """Call a trigger of the pool, if there is one, and return its answer."""
        return self.call.services.triggers.fire(
            self.pool,
            family,
            f"{family}_Authentication",
            user_name=user_name,
            client_id=self.client.id,
            request=request,
            response=response,
            user_agent=self.call.user_agent,
        )


def find(attempt: Attempt, typed: str) -> Subject:
    """Return whom a typed name stands for: it is their sign-in.

    Raises:
        NotAuthorizedException: the pool takes no requests from the address.
    """
    subject = proof.find(attempt.call, attempt.pool, typed)
    if attempt.story:
        attempt.story.sub = subject.sub
        _refuse_address(attempt, attempt.story)
    return subject


def resume(attempt: Attempt, waiting: Pending) -> None:
    """Go on with a sign-in: the request answers what waits.

    Raises:
        NotAuthorizedException: as `find`.
    """
    if attempt.story:
        attempt.story.resume(waiting)
        _refuse_address(attempt, attempt.story)


def _refuse_address(attempt: Attempt, story: Story) -> None:
    try:
        threats.refuse_address(attempt.call, attempt.pool, attempt.client)
    except NotAuthorizedException:
        story.risk = Risk(BLOCK, HIGH)
        raise


def admit(attempt: Attempt, subject: Subject, typed: str) -> None:
    """Let a known user go on, or one that must not be known to be none.

    Raises:
        UserNotFoundException: there is no such user, and the client may know.
        UserLambdaValidationException: the PreAuthentication trigger refuses.
    """
    hides = attempt.client.hides_users
    if subject.user is None and not hides:
        raise UserNotFoundException(UNKNOWN)
    request = events.pre_authentication(
        shown(attempt, subject),
        attempt.validation_data,
        user_not_found=subject.user is None if hides else None,
    )
    attempt.fire("PreAuthentication", subject.user.username if subject.user else typed, request, {})


def shown(attempt: Attempt, subject: Subject) -> dict[str, str]:
    """Return `userAttributes` as triggers see them; nobody has none."""
    return events.user_attributes(attempt.pool, subject.user) if subject.user else {}


def pending(attempt: Attempt, state: State, subject: Subject, typed: str) -> Pending:
    """Return what a new challenge remembers.

    Args:
        attempt: the request.
        state: the challenge.
        subject: who is asked.
        typed: the name that the sign-in began with.
    """
    now = attempt.call.clock.now()
    return Pending(
        id=attempt.call.entropy.uuid(),
        state=state,
        pool_id=attempt.pool.id,
        client_id=attempt.client.id,
        sub=subject.sub,
        username=subject.username,
        typed=typed[:_LONGEST_NAME],
        begun=now,
        expires=now + attempt.client.auth_session_seconds,
        event_id=attempt.event_id,
    )


def ask_srp(
    attempt: Attempt,
    state: State,
    subject: Subject,
    typed: str,
    client_public: int,
    *,
    past: Sequence[tuple[str, bool, str | None]] = (),
    session: bool = False,
) -> Challenge:
    """Ask for PASSWORD_VERIFIER.

    Args:
        attempt: the request.
        state: that challenge.
        subject: whose password it is.
        typed: the name that the sign-in began with.
        client_public: A.
        past: the challenges of a custom sign-in so far.
        session: whether the flow's clients expect a `Session`; it is the block once more.
    """
    call = attempt.call
    waiting = replace(pending(attempt, state, subject, typed), past=tuple(past), custom=bool(past))
    password = proof.password_of(call, attempt.pool, subject)
    waiting, parameters = proof.begin_srp(call, waiting, password, client_public)
    parameters |= {"USERNAME": subject.username, "USER_ID_FOR_SRP": subject.username}
    return Challenge(state, parameters, seal_session(call, waiting) if session else None)


def finish(
    attempt: Attempt,
    user: User,
    source: str,
    known: Device | None = None,
    begun: tokens.Begun | None = None,
) -> SignedIn:
    """End, with tokens where they are wanted, once PostAuthentication has let them pass.

    Args:
        attempt: the request.
        user: who is signed in.
        source: `triggerSource` of PreTokenGeneration.
        known: the device that they named.
        begun: what was stored with the last proof, if it was.
    """
    call, pool = attempt.call, attempt.pool
    device = _bound(attempt, known)
    offered = device.key if not device.confirmed else ""
    request = events.post_authentication(
        events.user_attributes(pool, user), attempt.client_metadata, new_device_used=bool(offered)
    )
    attempt.fire("PostAuthentication", user.username, request, {})
    if not attempt.wants_tokens:
        return SignedIn(user, None, event_id=attempt.event_id)
    issued = tokens.issue(
        call,
        pool,
        attempt.client,
        user,
        source=source,
        client_metadata=attempt.client_metadata,
        device=device,
        begun=begun,
        event_id=attempt.event_id,
    )
    return SignedIn(user, issued, offered, group_key(proof.seed(call, pool)) if offered else "")


def _bound(attempt: Attempt, known: Device | None) -> Bound:
    """Return the device that the tokens are for: the one that was named, or one that is offered.

    An administrator's sign-in is no device's (digest «sign-in» §2.1), but it may name one.
    """
    call, pool = attempt.call, attempt.pool
    if known:
        return Bound(known.key, confirmed=True)
    if not (pool.remembers_devices and attempt.wants_tokens) or isinstance(call.caller, IamCaller):
        return Bound()
    return Bound(new_key(pool.region, call.entropy.uuid()))

"""Recording authentication events in pools with threat protection (digest «sign-in» §4.8).

All that is recorded comes through `record`. No answer leaves before its event is stored: a sign-in's steps
are recorded when they have been decided, other events in the unit of work that they tell of. A pool without
threat protection has no `Story` and pays no statement.

Names that are nobody's are recorded too, where nothing lists them: else the time it takes would tell them
from users.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from poolhouse.domain import auth_events
from poolhouse.domain import logs as log_rules
from poolhouse.domain.auth_events import (
    BLOCK,
    CHALLENGES,
    FAILURE,
    KEPT_SECONDS,
    NO_RISK,
    NOBODYS_SECONDS,
    SUCCESS,
    AuthEvent,
    Kind,
    Response,
    Risk,
)
from poolhouse.domain.challenges import State
from poolhouse.domain.client import Client
from poolhouse.domain.codes import OutboxEntry
from poolhouse.domain.pool import Pool
from poolhouse.domain.user import User
from poolhouse.errors import ServiceError
from poolhouse.flows import logs, sessions, threats
from poolhouse.flows.call import AnyCall
from poolhouse.flows.delivery import after_the_answer, deliver_now
from poolhouse.flows.pending import Pending
from poolhouse.flows.verification import HOUR
from poolhouse.store import Tx

_NOTICES, _MOST_NOTICES = "Notification", 5
"""Mails about risks to a user in an hour: whoever knows the password sends no more."""


@dataclass(slots=True)
class Story:
    """What one request tells of a sign-in; it is told once the request is decided.

    Attributes:
        event_id: of the event, which all steps of the sign-in continue.
        sub: whose sign-in; "" while nobody knows.
        answered: the challenge that the request answers, as events name it, until it is met.
        challenges: what was answered, and how.
        risk: what was found.
        notice: the mail that is owed for it, and to whom.
    """

    event_id: str
    sub: str = ""
    answered: str = ""
    challenges: tuple[tuple[str, str], ...] = ()
    risk: Risk = NO_RISK
    notice: tuple[User, OutboxEntry] | None = None

    def resume(self, waiting: Pending) -> None:
        """Go on with the sign-in that a sealed state is of."""
        self.event_id = waiting.event_id or self.event_id
        self.sub = waiting.sub
        self.answers(waiting.state)

    def answers(self, state: State) -> None:
        """Note which challenge is answered."""
        self.answered = CHALLENGES.get(state, "")

    def met(self) -> None:
        """Note that the challenge is met."""
        self._note(SUCCESS)

    def missed(self) -> None:
        """Note that the answer is wrong."""
        self._note(FAILURE)

    def _note(self, how: str) -> None:
        if self.answered:
            self.challenges += ((self.answered, how),)
        self.answered = ""


def story(call: AnyCall, pool: Pool) -> Story | None:
    """Return the story of a request of a sign-in; None where the pool records none."""
    return None if pool.threat_protection == "OFF" else Story(call.entropy.uuid())


def tell(
    call: AnyCall,
    pool: Pool,
    client: Client,
    told: Story,
    *,
    refusal: ServiceError | None,
    ends: bool = False,
) -> None:
    """Record a step of a sign-in, once it is decided.

    Args:
        call: the request.
        pool: the client's.
        client: which they sign in to.
        told: what happened.
        refusal: what the request is answered with, if with an error.
        ends: whether it ends with the user signed in.
    """
    if not told.sub:
        return  # it was refused before anybody was asked for
    response = Response.PASS if ends else Response.IN_PROGRESS
    if refusal and auth_events.missed(refusal):
        told.missed()
    if refusal and auth_events.failed(refusal):
        response = Response.FAIL
    elif refusal:
        return  # something else is asked for, and the sign-in stands where it stood
    step = replace(
        _event(call, pool, client, told.sub, kind=Kind.SIGN_IN, response=response),
        id=told.event_id,
        challenges=told.challenges,
        risk=told.risk,
    )
    notice, window = told.notice, step.created // HOUR * HOUR

    def work(tx: Tx) -> bool:
        record(tx, step)
        if notice is None or tx.attempts.add(pool.id, step.sub, _NOTICES, window) > _MOST_NOTICES:
            return False
        tx.outbox.add(notice[1])
        return True

    if call.store.write(work) and notice:
        user, entry = notice
        after_the_answer(call, lambda: deliver_now(call, pool, user, entry, None))


@contextmanager
def failing(call: AnyCall, pool: Pool, client: Client, sub: str, kind: Kind) -> Iterator[None]:
    """Record that something failed, where it does; what goes well records itself.

    Args:
        call: the request.
        pool: the user's.
        client: the app client.
        sub: the user's, or a made-up one.
        kind: what is tried.
    """
    try:
        yield
    except ServiceError as error:
        compromised = error.message == threats.COMPROMISED
        if compromised or auth_events.failed(error):
            risk = Risk(BLOCK, compromised=True) if compromised else NO_RISK
            event = of(call, pool, client, sub, kind=kind, response=Response.FAIL, risk=risk)
            if event:
                call.store.write(lambda tx: record(tx, event))
        raise


def of(
    call: AnyCall,
    pool: Pool,
    client: Client,
    sub: str,
    *,
    kind: Kind,
    response: Response = Response.PASS,
    risk: Risk = NO_RISK,
) -> AuthEvent | None:
    """Return an event of a single request, for `record`; None where the pool records none.

    Make it before the unit of work.

    Args:
        call: the request.
        pool: the user's.
        client: the app client.
        sub: the user's, or a made-up one.
        kind: what happens.
        response: how it went.
        risk: what was found.
    """
    if pool.threat_protection == "OFF":
        return None
    return replace(_event(call, pool, client, sub, kind=kind, response=response), risk=risk)


def record(tx: Tx, step: AuthEvent | None) -> None:
    """Store an event, or what is new of one that is stored; None is nothing to store.

    Args:
        tx: the unit of work of what the event tells, or one of its own.
        step: the event; of one that goes on, what is new.
    """
    if step is None:
        return
    user = tx.users.get(step.pool_id, step.sub)
    before = tx.auth_events.get(step.pool_id, step.sub, step.id)
    if before:
        after = tx.auth_events.save(auth_events.continued(before, step))
    else:
        after = step if user else replace(step, expires=step.created + NOBODYS_SECONDS)
        tx.auth_events.add(after)
    if step.exported:
        logs.auth_event(tx, after, step.created, user)


def _event(
    call: AnyCall, pool: Pool, client: Client, sub: str, *, kind: Kind, response: Response
) -> AuthEvent:
    now = call.clock.now()
    return AuthEvent(
        pool_id=pool.id,
        sub=sub,
        id=call.entropy.uuid(),
        kind=kind,
        created=now,
        expires=now + KEPT_SECONDS,
        response=response,
        client_id=client.id,
        ip=call.client_ip,
        device=sessions.app_of(call),
        request_id=call.request_id,
        exported=log_rules.destination(pool, log_rules.USER_AUTH_EVENTS) is not None,
    )

"""Adaptive authentication: is it somebody else, and what follows from that (digest «sign-in» §4.8).

It is weighed once a first factor is proven, so that nobody learns anything from it who has not proven one;
the score itself is `domain.risk`'s. What is read for it is read in one look, before anything is issued.
"""

from dataclasses import replace

from poolhouse.domain import risk, risk_config, second_factors
from poolhouse.domain.auth_events import BLOCK, DENIED, FAMILIAR, NO_RISK, Risk
from poolhouse.domain.challenges import Event, State
from poolhouse.domain.lockout import QUIET, Lockout
from poolhouse.domain.risk import Circumstances, Reaction
from poolhouse.domain.user import User
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows import addresses, notifications, sessions
from poolhouse.flows.attempt import Attempt
from poolhouse.flows.pending import Pending
from poolhouse.flows.proof import Subject
from poolhouse.flows.threats import ENFORCED
from poolhouse.messages import notification
from poolhouse.store import Tx

_EVENTS = 50
_BEFORE_ANOTHER = (Event.PASSWORD_PROVEN, Event.SIGN_UP_PROVEN)
"""Proofs that a second factor may follow."""


def weigh(attempt: Attempt, waiting: Pending, event: Event, subject: Subject, user: User) -> bool:
    """Weigh a sign-in whose first factor was proven, and do what the configuration says.

    Args:
        attempt: the request, in a pool with threat protection.
        waiting: the state that the proof was for.
        event: what was proven.
        subject: by whom, as found before the answer was counted.
        user: the same, as they may sign in.

    Returns:
        Whether a second factor is to be asked for, whatever stands in for it.

    Raises:
        NotAuthorizedException: such sign-ins are blocked; or a second factor is required, and there is none
            to ask for.
    """
    story, pool = attempt.story, attempt.pool
    mode = pool.custom_threat_protection if waiting.custom else pool.threat_protection
    skipped = risk_config.skips_address(pool, attempt.client, attempt.call.client_ip)
    if story is None or mode == "OFF" or skipped:
        return False
    level = risk.level(risk.points(_circumstances(attempt, subject, user)))
    if not level:
        return False
    found = risk.reaction(risk_config.effective(pool, attempt.client), level)
    if mode != ENFORCED:
        found = Reaction()
    asks = found.wants_second_factor and _can_be_asked(attempt, waiting, event, user)
    satisfied = event is Event.PASSKEY_PROVEN and second_factors.passkey_is_two(pool, user)
    blocks = found.action == "BLOCK" or (found.action == "MFA_REQUIRED" and not (asks or satisfied))
    story.risk = replace(
        _decision(found, blocks=blocks, asks=asks), level=level, compromised=story.risk.compromised
    )
    if found.notify:
        kind = notification.BLOCKED if blocks else notification.ASKED if asks else notification.NOTED
        entry = notifications.owe(attempt.call, attempt.client, user, story.event_id, kind)
        story.notice = (user, entry) if entry else None
    if blocks:
        raise NotAuthorizedException("Unable to login because of security reasons.")
    return asks


def _decision(found: Reaction, *, blocks: bool, asks: bool) -> Risk:
    if blocks:
        return Risk(BLOCK)
    return Risk("AccountTakeover") if asks or found.notify else NO_RISK


def _can_be_asked(attempt: Attempt, waiting: Pending, event: Event, user: User) -> bool:
    """Tell whether the user has a second factor to be asked for; nobody sets one up on this occasion."""
    if waiting.custom or event not in _BEFORE_ANOTHER:
        return False
    second = second_factors.owed(attempt.pool, user, required=True)
    return second is not None and second.state is not State.MFA_SETUP


def _circumstances(attempt: Attempt, subject: Subject, user: User) -> Circumstances:
    call, pool = attempt.call, attempt.pool
    address = addresses.counted(call, attempt.client)
    now = call.clock.now()

    def work(tx: Tx) -> Circumstances:
        guesses = tx.attempts.lockout(pool.id, address) if address else None
        return Circumstances(
            ip=call.client_ip,
            device=sessions.app_of(call),
            familiar=tx.auth_events.of_standing(pool.id, user.sub, FAMILIAR, _EVENTS),
            denied=tx.auth_events.of_standing(pool.id, user.sub, DENIED, _EVENTS),
            user_failures=_recent(subject.lockout, now),
            address_failures=_recent(guesses, now),
        )

    return call.store.read(work)


def _recent(failures: Lockout | None, now: float) -> int:
    return failures.failures if failures and now < failures.last_failure + QUIET else 0

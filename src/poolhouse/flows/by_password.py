"""The first factor is a password, sent plainly or proven by SRP: in flows of its own, and in USER_AUTH."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from poolhouse.domain import challenges, standing
from poolhouse.domain.auth_events import BLOCK, Risk
from poolhouse.domain.challenges import Event, Facts, State
from poolhouse.domain.risk_config import SIGN_IN
from poolhouse.domain.srp import SALT_BYTES
from poolhouse.domain.user import Status
from poolhouse.errors import (
    NotAuthorizedException,
    UserNotFoundException,
)
from poolhouse.flows import custom_auth, devices, migration, passwords, proof, threats
from poolhouse.flows.attempt import UNKNOWN, Attempt, Challenge, Outcome, admit, ask_srp, find, resume
from poolhouse.flows.attempt import pending as remember
from poolhouse.flows.named import check_hash, names
from poolhouse.flows.owed import password_answered
from poolhouse.flows.pending import Pending, open_block, refuse_expired
from poolhouse.flows.proof import WRONG, Subject
from poolhouse.store import Tx


def begin_srp(attempt: Attempt, parameters: Mapping[str, str]) -> Challenge:
    """Begin USER_SRP_AUTH."""
    typed = parameters["USERNAME"]
    client_public = proof.parse_public(parameters["SRP_A"])
    subject = find(attempt, typed)
    proof.refuse_locked(attempt.call, subject)
    admit(attempt, subject, typed)
    state = challenges.advance(State.START, Event.SRP_BEGUN, Facts())
    return ask_srp(attempt, state, subject, typed, client_public)


def begin_plain(attempt: Attempt, parameters: Mapping[str, str]) -> Outcome:
    """Begin USER_PASSWORD_AUTH or ADMIN_USER_PASSWORD_AUTH."""
    typed, password = parameters["USERNAME"], parameters["PASSWORD"]
    subject = find(attempt, typed)
    subject, migrated = take_over(attempt, subject, typed, password)
    admit(attempt, subject, typed)
    begun = remember(attempt, State.START, subject, typed)
    return prove(attempt, begun, subject, parameters, migrated=migrated)


def take_over(attempt: Attempt, subject: Subject, typed: str, password: str) -> tuple[Subject, bool]:
    """Return who signs in with a plain password: somebody unknown may have been taken over from elsewhere.

    Returns:
        The subject, and whether they were taken over just now, which proves the password.

    Raises:
        NotAuthorizedException: there were too many wrong passwords.
        UserNotFoundException: UserMigration knows nobody, and the client may know.
    """
    call, pool = attempt.call, attempt.pool
    proof.refuse_locked(call, subject)
    if subject.user is not None or not migration.configured(pool):
        return subject, False
    migrated = _migrate(attempt, subject, typed, password)
    return find(attempt, typed), migrated


def prove(
    attempt: Attempt,
    waiting: Pending,
    subject: Subject,
    given: Mapping[str, str],
    *,
    migrated: bool = False,
    spend: Pending | None = None,
) -> Outcome:
    """Check a plain password, and go on.

    Args:
        attempt: the request.
        waiting: where the sign-in stands.
        subject: who it should be.
        given: the parameters, or the answer, with `PASSWORD`.
        migrated: whether the password is proven already (`take_over`).
        spend: what a right password uses up.

    Raises:
        NotAuthorizedException: the password is wrong, or there were too many such.
        PasswordResetRequiredException: it is void, or compromised.
    """
    call, pool = attempt.call, attempt.pool
    if attempt.story:
        attempt.story.answers(State.PASSWORD)
    _refuse_reset(attempt, subject, proven=migrated)
    # Looked up right or wrong: until an answer is counted, the time it takes must not tell which it is.
    risk = threats.password_risk(call, pool, attempt.client, given["PASSWORD"], SIGN_IN)
    right = migrated or proof.password_is_right(call, pool, subject, given["PASSWORD"])
    if right:
        devices.named(call, pool, subject.user, attempt.device_key)  # refused before anything is used up
        subject = _adopt(attempt, subject, given["PASSWORD"])
        _weigh_compromised(attempt, subject, risk, spend)
    return password_answered(attempt, waiting, subject, right=right, spend=spend)


def _weigh_compromised(attempt: Attempt, subject: Subject, risk: Risk, spend: Pending | None) -> None:
    """Note that a right password is compromised; where such are blocked, it is void from now on.

    It is the right password's alone: who could void others' by guessing from the list would keep them out. A
    temporary one is about to be replaced anyway.

    Raises:
        PasswordResetRequiredException: so it is.
        NotAuthorizedException: the answer comes during a lock, or its state was spent before.
    """
    if not attempt.story or not risk.compromised or subject.user is None:
        return
    if subject.user.status is not Status.CONFIRMED or not subject.user.enabled:
        return
    attempt.story.risk = risk
    if risk.decision != BLOCK:
        return
    call, pool, now = attempt.call, attempt.pool, attempt.call.clock.now()

    def void(tx: Tx) -> None:
        user = tx.users.get(pool.id, subject.sub)
        if user and user.status is Status.CONFIRMED:
            tx.users.save(replace(user, status=Status.RESET_REQUIRED, modified=now))

    proof.count(call, pool, subject, right=True, spend=spend, then=void)
    attempt.story.met()
    standing.refuse_reset(replace(subject.user, status=Status.RESET_REQUIRED))


def _adopt(attempt: Attempt, subject: Subject, password: str) -> Subject:
    """Put a credential of ours in the place of a hash that came with an import (digest «users» §6.5)."""
    user, imported = subject.user, subject.credential
    if user is None or imported is None or not imported.imported:
        return subject
    call = attempt.call
    made = call.services.passwords.make(attempt.pool, user.username, password, call.entropy.bytes(SALT_BYTES))
    adopted = made.credential(imported.set_at, previous=imported)
    with suppress(passwords.Overtaken):  # another password was set meanwhile, or another sign-in was quicker
        call.store.write(lambda tx: passwords.store(tx, user, adopted))
    return replace(subject, credential=adopted)


def _migrate(attempt: Attempt, nobody: Subject, typed: str, password: str) -> bool:
    """Ask the UserMigration trigger for an unknown user; guesses through it count towards the lock-out."""
    call, pool, client = attempt.call, attempt.pool, attempt.client
    if migration.migrate(
        call, pool, client, typed=typed, password=password, validation_data=attempt.validation_data
    ):
        return True
    if not client.hides_users:
        proof.count(call, pool, nobody, right=False, refusal=UserNotFoundException(UNKNOWN))
    return False


def _refuse_reset(attempt: Attempt, subject: Subject, *, proven: bool) -> None:
    """Send a user whose password is void to recovery, whatever password came.

    A client that must not know who exists learns it of a right password alone.

    Raises:
        PasswordResetRequiredException: so it is.
    """
    if subject.user and (proven or not attempt.client.hides_users):
        standing.refuse_reset(subject.user)


def answer_verifier(attempt: Attempt, answers: Mapping[str, str], _: str | None) -> Outcome:
    """Take the answer to PASSWORD_VERIFIER, in whichever flow it was asked."""
    call, pool = attempt.call, attempt.pool
    state = open_block(call, attempt.client, State.PASSWORD_VERIFIER, answers["PASSWORD_CLAIM_SECRET_BLOCK"])
    check_hash(attempt, answers, state)
    if state is None or not names(attempt, answers["USERNAME"], state):
        raise NotAuthorizedException(WRONG)
    refuse_expired(call, state)
    resume(attempt, state)
    subject = proof.again(call, pool, state)
    proof.refuse_locked(call, subject)
    _refuse_reset(attempt, subject, proven=False)
    right = proof.claim_is_right(call, proof.password_of(call, pool, subject), state, answers)
    if right:
        devices.named(call, pool, subject.user, attempt.device_key)  # refused before anything is used up
    if not state.custom:
        return password_answered(attempt, state, subject, right=right, spend=state)
    proof.count(call, pool, subject, right=right, spend=state)
    return custom_auth.password_proven(attempt, subject, state)

"""Signing in: begin, answer challenges, end with tokens. Free of the wire; operations and pages come here.

`start` and `answer` return a `Challenge` or `SignedIn`, or raise the service's error. `domain.challenges`
decides what follows what; each state that is a challenge has a function in `_ANSWER` that takes its answer.
Whether somebody exists is hidden here (PreventUserExistenceErrors).
"""

from collections.abc import Callable, Mapping

from poolhouse.domain import challenges
from poolhouse.domain.challenges import Event, Facts, State
from poolhouse.domain.srp import SECRET_BYTES
from poolhouse.domain.user import Status
from poolhouse.errors import (
    CodeMismatchException,
    InvalidUserPoolConfigurationException,
    NotAuthorizedException,
    PasswordResetRequiredException,
    ResourceNotFoundException,
    UserNotFoundException,
)
from poolhouse.flows import custom_auth, migration, new_password, proof, tokens
from poolhouse.flows.attempt import UNKNOWN, Attempt, Challenge, Outcome, SignedIn, admit, finish, proven
from poolhouse.flows.attempt import pending as remember
from poolhouse.flows.lookup import check_sign_in_hash, find_user
from poolhouse.flows.pending import Pending, open_block, open_session, refuse_expired, seal_block
from poolhouse.flows.proof import WRONG, Subject


def start(attempt: Attempt, flow: str, parameters: Mapping[str, str], *, admin: bool) -> Outcome:
    """Begin a sign-in.

    Args:
        attempt: the request.
        flow: `AuthFlow`.
        parameters: `AuthParameters`, without nulls.
        admin: whether AdminInitiateAuth begins it.

    Raises:
        ServiceError: the table of digest «sign-in» §2.2.
    """
    begun = challenges.begin(flow, attempt.client.auth_flows, parameters, admin=admin)
    if begun is challenges.REFRESH_TOKEN_AUTH:
        return _refresh(attempt, parameters)
    names = [parameters["USERNAME"]]
    check_sign_in_hash(attempt.call, attempt.client, names, parameters.get("SECRET_HASH"))
    if begun is challenges.CUSTOM_AUTH:
        return custom_auth.begin(attempt, parameters)
    if attempt.pool.mfa == "ON":
        # Second factors are not built yet, and tokens without one would be a lie.
        raise InvalidUserPoolConfigurationException("User pool requires multi-factor authentication.")
    if begun is challenges.USER_SRP_AUTH:
        return _start_srp(attempt, parameters)
    return _start_password(attempt, parameters)


def answer(attempt: Attempt, challenge: str, answers: Mapping[str, str], session: str | None) -> Outcome:
    """Take the answer to a challenge.

    Args:
        attempt: the request.
        challenge: `ChallengeName`.
        answers: `ChallengeResponses`, without nulls.
        session: `Session`, where the challenge came with one.

    Raises:
        ServiceError: digest «sign-in» §2.6 and §2.7.
    """
    state = challenges.answered(challenge, answers)
    return _ANSWER[state](attempt, answers, session)


def _refresh(attempt: Attempt, parameters: Mapping[str, str]) -> SignedIn:
    """Refresh tokens; the secret hash covers the stored username, not an alias (digest «sign-in» §2.5)."""
    call, pool, client = attempt.call, attempt.pool, attempt.client
    grant = tokens.find(call, pool, client, parameters["REFRESH_TOKEN"])
    check_sign_in_hash(
        call,
        client,
        [grant.user.username, grant.user.sub],
        parameters.get("SECRET_HASH"),
        wrong=f"SecretHash does not match for the client: {client.id}",
    )
    return SignedIn(tokens.refresh(call, pool, client, grant))


def _start_srp(attempt: Attempt, parameters: Mapping[str, str]) -> Challenge:
    call, pool, typed = attempt.call, attempt.pool, parameters["USERNAME"]
    client_public = proof.parse_public(parameters["SRP_A"])
    subject = proof.find(call, pool, typed)
    proof.refuse_locked(call, subject)
    admit(attempt, subject, typed)
    state = challenges.advance(State.START, Event.SRP_BEGUN, Facts())
    secret = call.entropy.bytes(SECRET_BYTES)
    block = seal_block(call, remember(attempt, state, subject, typed, (f"{client_public:x}", secret)))
    return Challenge(state, proof.srp_parameters(call, pool, subject, secret) | {"SECRET_BLOCK": block})


def _start_password(attempt: Attempt, parameters: Mapping[str, str]) -> Outcome:
    call, pool = attempt.call, attempt.pool
    typed, password = parameters["USERNAME"], parameters["PASSWORD"]
    subject = proof.find(call, pool, typed)
    proof.refuse_locked(call, subject)
    migrated = False
    if subject.user is None and migration.configured(pool):
        migrated = _migrate(attempt, subject, typed, password)
        subject = proof.find(call, pool, typed)
    admit(attempt, subject, typed)
    _refuse_reset(attempt, subject, proven=migrated)
    right = migrated or proof.password_is_right(call, pool, subject, password)
    if right:
        _refuse_device(attempt, parameters)
    proof.count(call, pool, subject, right=right)
    return proven(attempt, State.START, Event.PASSWORD_PROVEN, subject, typed)


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
    reset = subject.user is not None and subject.user.status is Status.RESET_REQUIRED
    if reset and (proven or not attempt.client.hides_users):
        raise PasswordResetRequiredException("Password reset required for the user")


def _refuse_device(attempt: Attempt, given: Mapping[str, str]) -> None:
    """Refuse a remembered device: none is remembered yet, and clients then go on without.

    Raises:
        ResourceNotFoundException: a key came, in a pool that remembers devices.
    """
    if given.get("DEVICE_KEY") and attempt.pool.config.get("DeviceConfiguration"):
        raise ResourceNotFoundException("Device does not exist.")


def _answer_password_verifier(attempt: Attempt, answers: Mapping[str, str], _: str | None) -> Outcome:
    call, pool = attempt.call, attempt.pool
    state = open_block(call, attempt.client, answers["PASSWORD_CLAIM_SECRET_BLOCK"])
    _check_hash(attempt, answers, state)
    if state is None or not _names(attempt, answers["USERNAME"], state):
        raise NotAuthorizedException(WRONG)
    refuse_expired(call, state)
    subject = proof.again(call, pool, state)
    proof.refuse_locked(call, subject)
    _refuse_reset(attempt, subject, proven=False)
    right = proof.claim_is_right(call, pool, subject, state, answers)
    if right:
        _refuse_device(attempt, answers)
    proof.count(call, pool, subject, right=right, spend=state)
    if state.custom:
        return custom_auth.password_proven(attempt, subject, state)
    return proven(attempt, state.state, Event.PASSWORD_PROVEN, subject, state.typed)


def _answer_new_password(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    state = open_session(attempt.call, attempt.client, State.NEW_PASSWORD_REQUIRED, session)
    _check_named(attempt, answers, state)
    user = new_password.choose(attempt.call, attempt.pool, attempt.client, state, answers)
    challenges.advance(state.state, Event.NEW_PASSWORD_SET, Facts())
    return finish(attempt, user, "TokenGeneration_NewPasswordChallenge")


def _answer_custom(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Outcome:
    state = open_session(attempt.call, attempt.client, State.CUSTOM_CHALLENGE, session)
    _check_named(attempt, answers, state)
    return custom_auth.answered(attempt, state, answers["ANSWER"])


def _check_named(attempt: Attempt, answers: Mapping[str, str], state: Pending) -> None:
    """Check that an answer names the session's user, and its SECRET_HASH."""
    _check_hash(attempt, answers, state)
    if not _names(attempt, answers["USERNAME"], state):
        raise CodeMismatchException("Invalid code or auth state for the user.")


def _names(attempt: Attempt, sent: str, state: Pending) -> bool:
    """Tell whether an answer's USERNAME names the user whose sign-in it answers."""
    if sent in (state.username, state.typed, state.sub):
        return True
    user = attempt.call.store.read(lambda tx: find_user(tx, attempt.pool, sent))
    return user is not None and user.sub == state.sub


def _check_hash(attempt: Attempt, answers: Mapping[str, str], state: Pending | None) -> None:
    """Check SECRET_HASH over the USERNAME sent, or over another name of the same user."""
    names = [answers["USERNAME"], *((state.username, state.sub) if state else ())]
    check_sign_in_hash(attempt.call, attempt.client, names, answers.get("SECRET_HASH"))


_ANSWER: Mapping[State, Callable[[Attempt, Mapping[str, str], str | None], Outcome]] = {
    State.PASSWORD_VERIFIER: _answer_password_verifier,
    State.CUSTOM_CHALLENGE: _answer_custom,
    State.NEW_PASSWORD_REQUIRED: _answer_new_password,
}

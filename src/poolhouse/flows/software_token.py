"""Authenticator apps: registered, verified, and asked for a code at sign-in (digest «sign-in» §4.3).

A seed is sealed wherever it lies: in the store, and in the session of a sign-in that sets the app up.
"""

from dataclasses import replace

from msgspec import structs

from poolhouse.domain import challenges, mfa_config, second_factors, totp
from poolhouse.domain.challenges import INVALID_SESSION, Event, Facts, State
from poolhouse.domain.pool import Pool
from poolhouse.domain.second_factors import CHALLENGE, SOFTWARE_TOKEN_MFA
from poolhouse.domain.totp import SoftwareToken
from poolhouse.domain.user import User
from poolhouse.errors import (
    CodeMismatchException,
    EnableSoftwareTokenMFAException,
    ExpiredCodeException,
    NotAuthorizedException,
    SoftwareTokenMFANotFoundException,
)
from poolhouse.flows import proof, regions
from poolhouse.flows.attempt import Attempt
from poolhouse.flows.call import AnyCall, UserCall
from poolhouse.flows.lookup import require_client, require_user_by_sub
from poolhouse.flows.pending import Pending, open_bare_session, seal_session
from poolhouse.flows.proof import Subject
from poolhouse.store import Tx

USED = "Your software token has already been used once."


def associate(call: UserCall) -> str:
    """Begin to register an app for a signed-in user: the one there is stays good until this one is verified.

    Returns:
        The secret code.

    Raises:
        SoftwareTokenMFANotFoundException: the pool has no authenticator apps.
    """
    pool, sub = call.caller.pool, call.caller.user.sub
    _require_apps(pool)
    seed = call.entropy.bytes(totp.SEED_BYTES)
    sealed = call.vault.seal(_place(pool.id, sub), seed)

    def work(tx: Tx) -> None:
        held = tx.software_tokens.get(pool.id, sub) or SoftwareToken()
        tx.software_tokens.put(pool.id, sub, replace(held, sealed_candidate=sealed))

    call.store.write(work)
    return totp.secret_code(seed)


def verify(call: UserCall, code: str, name: str) -> None:
    """Register the app that a signed-in user began with, by its first code; it replaces an earlier one.

    Raises:
        SoftwareTokenMFANotFoundException: the pool has no authenticator apps, or none was begun with.
        EnableSoftwareTokenMFAException: the code is wrong.
    """
    pool, sub, now = call.caller.pool, call.caller.user.sub, call.clock.now()
    _require_apps(pool)

    def work(tx: Tx) -> None:
        user, held = require_user_by_sub(tx, pool, sub), tx.software_tokens.get(pool.id, sub)
        if held is None or not held.sealed_candidate:
            raise SoftwareTokenMFANotFoundException("User has not set up software token mfa")
        step = _first_step(call.vault.open(_place(pool.id, sub), held.sealed_candidate), code, now)
        made = SoftwareToken(held.sealed_candidate, name, step, version=held.version)
        tx.software_tokens.put(pool.id, sub, made)
        tx.users.save(replace(user, mfa=replace(user.mfa, software_token=True), modified=now))

    call.store.write(work)


def associate_in_sign_in(call: AnyCall, session: str) -> tuple[str, str]:
    """Begin to register an app in a sign-in that waits for MFA_SETUP. Nothing is stored.

    Returns:
        The secret code, and the session that carries the seed.

    Raises:
        NotAuthorizedException: the session is none of MFA_SETUP, or too old.
        SoftwareTokenMFANotFoundException: the pool has no authenticator apps.
    """
    waiting = open_bare_session(call, State.MFA_SETUP, session)
    pool, client = require_client(call, waiting.client_id)
    regions.refuse_secondary(call.settings, call.region, pool)
    _require_apps(pool)
    seed = call.entropy.bytes(totp.SEED_BYTES)
    # Whoever begins again and again gains no time by it. The id stays: of all that begin one can end.
    expires = waiting.expires if waiting.seed else call.clock.now() + client.auth_session_seconds
    return totp.secret_code(seed), seal_session(call, structs.replace(waiting, seed=seed, expires=expires))


def verify_in_sign_in(call: AnyCall, session: str, code: str, name: str) -> str:
    """Register the app that a sign-in began with, by its first code.

    Returns:
        The session that answers MFA_SETUP.

    Raises:
        NotAuthorizedException: the session is none of AssociateSoftwareToken's, used, or too old; or a second
            factor was set up meanwhile.
        SoftwareTokenMFANotFoundException: the pool has no authenticator apps.
        EnableSoftwareTokenMFAException: the code is wrong; the session lives on.
    """
    waiting = open_bare_session(call, State.MFA_SETUP, session)
    pool, client = require_client(call, waiting.client_id)
    regions.refuse_secondary(call.settings, call.region, pool)
    _require_apps(pool)
    if not waiting.seed:
        raise NotAuthorizedException(INVALID_SESSION)
    now, following_id = call.clock.now(), call.entropy.uuid()
    step = _first_step(waiting.seed, code, now)
    made = SoftwareToken(call.vault.seal(_place(pool.id, waiting.sub), waiting.seed), name, step)

    def work(tx: Tx) -> State:
        # Sessions of the same id live at most so much longer than this one.
        if not tx.spent.spend(pool.id, waiting.id, waiting.expires + client.auth_session_seconds):
            raise proof.spent()
        user = require_user_by_sub(tx, pool, waiting.sub)
        state = challenges.advance(waiting.state, Event.TOKEN_VERIFIED, _setting_up(pool, user))
        tx.software_tokens.put(pool.id, user.sub, made)
        mfa = second_factors.set_up(replace(user.mfa, software_token=True), SOFTWARE_TOKEN_MFA)
        tx.users.save(replace(user, mfa=mfa, modified=now))
        return state

    state = call.store.write(work)
    expires = now + client.auth_session_seconds
    following = structs.replace(waiting, id=following_id, state=state, seed=b"", expires=expires)
    return seal_session(call, following)


def check(attempt: Attempt, waiting: Pending, code: str) -> Subject:
    """Take the code of SOFTWARE_TOKEN_MFA. It counts once, whoever brings it and to whichever process.

    Returns:
        The user as stored now.

    Raises:
        CodeMismatchException: it is wrong; the session lives on.
        ExpiredCodeException: it, or a later one, counted before; the session lives on.
        NotAuthorizedException: there were too many wrong ones, or the session was used before.
    """
    call, now = attempt.call, attempt.call.clock.now()

    def work(tx: Tx) -> bool:
        token = tx.software_tokens.get(waiting.pool_id, waiting.sub)
        step = _matching_step(call, waiting, token, code, now)
        if not proof.weigh(tx, waiting, now, right=step is not None) or token is None or step is None:
            return False
        if step <= token.last_step:
            raise ExpiredCodeException(USED)
        tx.software_tokens.put(waiting.pool_id, waiting.sub, replace(token, last_step=step))
        return True

    if not call.store.write(work):
        raise CodeMismatchException("Invalid code received for user")
    return proof.again(call, attempt.pool, waiting)


def delete(tx: Tx, user: User, now: float) -> None:
    """Take a user's app away, and with it what is still to be verified."""
    tx.software_tokens.delete(user.pool_id, user.sub)
    mfa = second_factors.without_software_token(user.mfa)
    tx.users.save(replace(user, mfa=mfa, modified=now))


def _matching_step(
    call: AnyCall, waiting: Pending, token: SoftwareToken | None, code: str, now: float
) -> int | None:
    if token is None or not token.sealed_seed:
        return None
    seed = call.vault.open(_place(waiting.pool_id, waiting.sub), token.sealed_seed)
    return totp.matching_step(seed, code, now)


def _first_step(seed: bytes, code: str, now: float) -> int:
    """Return the step of the code that proves a new app; that one has counted."""
    step = totp.matching_step(seed, code, now)
    if step is None:
        raise EnableSoftwareTokenMFAException("Code mismatch")
    return step


def _setting_up(pool: Pool, user: User) -> Facts:
    owed = second_factors.owed(pool, user)
    if owed is None:
        return Facts()
    return Facts(second=owed.state, offered=tuple(CHALLENGE[factor] for factor in owed.choices))


def _require_apps(pool: Pool) -> None:
    if not mfa_config.totp_enabled(pool.config):
        raise SoftwareTokenMFANotFoundException("Software Token MFA has not been enabled by the userPool")


def _place(pool_id: str, sub: str) -> str:
    return f"software_tokens/{pool_id}/{sub}/seed"

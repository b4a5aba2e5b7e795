"""A remembered device proves itself by SRP, in the place of a second factor (digest «sign-in» §2.8, §4.7).

DEVICE_SRP_AUTH comes with a `Session`, which says that the first factor was met. pycognito hands none back:
for it the challenge is kept with the device as well, and found again by the `SRP_A` that proved the password.
That number is random, and nobody but the client and the server has seen it.
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace

from msgspec import structs

from poolhouse.domain import challenges
from poolhouse.domain.challenges import INVALID_SESSION, Event, Facts, State
from poolhouse.domain.devices import Device, group_key
from poolhouse.domain.pool import Pool
from poolhouse.domain.srp import to_bytes
from poolhouse.domain.user import User
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows import devices, proof
from poolhouse.flows.attempt import Attempt, Challenge, resume
from poolhouse.flows.named import check_hash, names, open_named
from poolhouse.flows.pending import (
    Pending,
    open_block,
    open_kept,
    refuse_expired,
    seal_kept,
    seal_session,
)
from poolhouse.flows.proof import WRONG, Secret, Subject
from poolhouse.keys.passwords import open_verifier
from poolhouse.store import Tx


def stands_in(pool: Pool, device: Device | None) -> bool:
    """Tell whether a device may take the place of a second factor."""
    if device is None or not pool.device_replaces_mfa:
        return False
    return device.remembered and bool(device.sealed_verifier)


def ask(attempt: Attempt, user: User, waiting: Pending, client_public: bytes) -> Challenge:
    """Ask for DEVICE_SRP_AUTH.

    Args:
        attempt: the request.
        user: whose device it is.
        waiting: that challenge.
        client_public: A of the password's proof; empty where it was not proven by SRP.
    """
    call = attempt.call
    waiting = structs.replace(waiting, client_public=client_public)
    if client_public:
        kept = seal_kept(call, _place(waiting), waiting)

        def work(tx: Tx) -> None:
            tx.devices.save(replace(devices.require(tx, user, waiting.device_key), waiting=kept))

        call.store.write(work)
    return Challenge(waiting.state, {}, seal_session(call, waiting))


def begin(attempt: Attempt, answers: Mapping[str, str], session: str | None) -> Challenge:
    """Take the answer to DEVICE_SRP_AUTH, and ask for DEVICE_PASSWORD_VERIFIER.

    Raises:
        InvalidParameterException: `SRP_A` is no number between 0 and N.
        NotAuthorizedException: the session is not good; or there is none, and nothing is kept for this A.
        ResourceNotFoundException: the device is not the one that was named, or is remembered no more.
    """
    client_public = proof.parse_public(answers["SRP_A"])
    if session:
        waiting = open_named(attempt, State.DEVICE_SRP_AUTH, answers, session)
    else:
        waiting = _kept(attempt, answers, to_bytes(client_public))
    state = challenges.advance(waiting.state, Event.DEVICE_SRP_BEGUN, Facts())
    subject = proof.again(attempt.call, attempt.pool, waiting)
    secret = _secret(attempt, subject, waiting, answers)
    waiting, parameters = proof.begin_srp(
        attempt.call, structs.replace(waiting, state=state), secret, client_public
    )
    return Challenge(state, parameters | {"USERNAME": subject.username, "DEVICE_KEY": waiting.device_key})


def check(attempt: Attempt, answers: Mapping[str, str]) -> tuple[Pending, Subject]:
    """Take the answer to DEVICE_PASSWORD_VERIFIER; a right one uses up the sign-in's state.

    Returns:
        The challenge, and the user as stored now.

    Raises:
        InvalidParameterException: the time stamp is not of the clients' form.
        NotAuthorizedException: the claim is wrong, or there were too many such; or the state was used before.
        ResourceNotFoundException: the device is not the one that was named, or is remembered no more.
    """
    call, block = attempt.call, answers["PASSWORD_CLAIM_SECRET_BLOCK"]
    waiting = open_block(call, attempt.client, State.DEVICE_PASSWORD_VERIFIER, block)
    check_hash(attempt, answers, waiting)
    if waiting is None or not names(attempt, answers["USERNAME"], waiting):
        raise NotAuthorizedException(WRONG)
    refuse_expired(call, waiting)
    resume(attempt, waiting)
    subject = proof.again(call, attempt.pool, waiting)
    right = proof.claim_is_right(call, _secret(attempt, subject, waiting, answers), waiting, answers)
    now = call.clock.now()
    if not call.store.write(lambda tx: proof.weigh(tx, waiting, now, right=right)):
        raise NotAuthorizedException(WRONG)
    return waiting, subject


def _kept(attempt: Attempt, answers: Mapping[str, str], client_public: bytes) -> Pending:
    """Return the challenge of a client that hands no session back."""
    call, pool = attempt.call, attempt.pool
    subject = proof.find(call, pool, answers["USERNAME"])
    key, waiting = answers["DEVICE_KEY"], None
    device = call.store.peek(lambda tx: tx.devices.get(pool.id, subject.sub, key))
    if device:
        waiting = open_kept(call, attempt.client, _place(device), device.waiting)
    check_hash(attempt, answers, waiting)
    if waiting is None or not hmac.compare_digest(waiting.client_public, client_public):
        raise NotAuthorizedException(INVALID_SESSION)
    refuse_expired(call, waiting)
    resume(attempt, waiting)
    return waiting


def _secret(attempt: Attempt, subject: Subject, waiting: Pending, answers: Mapping[str, str]) -> Secret:
    """Return what the device must prove, as long as it may stand in."""
    call, pool = attempt.call, attempt.pool
    device = devices.named(call, pool, subject.user, waiting.device_key)
    if device is None or answers["DEVICE_KEY"] != device.key or not stands_in(pool, device):
        raise devices.missing()
    place = devices.verifier_place(pool.id, device.sub, device.key)
    verifier = open_verifier(call.vault, place, device.sealed_verifier)
    return Secret(group_key(proof.seed(call, pool)), device.key, device.salt, verifier)


def _place(of: Pending | Device) -> str:
    key = of.device_key if isinstance(of, Pending) else of.key
    return f"devices/{of.pool_id}/{of.sub}/{key}/waiting"

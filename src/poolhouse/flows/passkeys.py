"""Passkeys: registering one, and signing in with it (digest «sign-in» §4.5 and §4.6).

Nothing is stored until a challenge is answered. That of a registration is its own sealed state, which names
the user, the app client and the relying party and which is spent by the answer that succeeds; that of a
sign-in lies in the sealed session. What is verified is verified before the unit of work; what can have
changed since is looked at again inside.
"""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import msgspec

from poolhouse.domain import made_up, passkeys
from poolhouse.domain.challenges import State
from poolhouse.domain.passkeys import LIMIT, Passkey
from poolhouse.domain.pool import Pool
from poolhouse.errors import (
    InvalidParameterException,
    InvalidUserPoolConfigurationException,
    LimitExceededException,
    NotAuthorizedException,
    WebAuthnChallengeNotFoundException,
    WebAuthnClientMismatchException,
    WebAuthnConfigurationMissingException,
    WebAuthnCredentialNotSupportedException,
    WebAuthnNotEnabledException,
    WebAuthnOriginNotAllowedException,
    WebAuthnRelyingPartyMismatchException,
)
from poolhouse.flows import proof
from poolhouse.flows.attempt import Attempt, Challenge
from poolhouse.flows.call import AnyCall, UserCall
from poolhouse.flows.pending import Pending, seal_session
from poolhouse.flows.proof import WRONG, Subject
from poolhouse.keys import passkeys as authenticators
from poolhouse.keys.passkeys import Assertion, Garbled, Made, Registration, Unverified, base64url
from poolhouse.store import Conflict, Tx

_REGISTRATION = "passkey registration"
_CHALLENGE_BYTES = 32


class _Begun(msgspec.Struct, frozen=True, array_like=True):
    """A registration that waits for its authenticator: what the challenge holds, sealed."""

    id: str
    pool_id: str
    client_id: str
    sub: str
    rp_id: str
    expires: float


def begin_registration(call: UserCall) -> dict[str, Any]:
    """Return the options to make a passkey with, for the caller.

    Raises:
        WebAuthnNotEnabledException: the pool has no passkeys.
        WebAuthnConfigurationMissingException: it does not say for which relying party.
        LimitExceededException: the user has as many as one may have.
    """
    pool, user = call.caller.pool, call.caller.user
    _require_enabled(pool)
    rp_id = passkeys.relying_party(pool)
    if rp_id is None:
        raise WebAuthnConfigurationMissingException(
            "The user pool has no relying party ID and no domain to take for one."
        )
    held = call.store.peek(lambda tx: tx.passkeys.of(pool.id, user.sub))
    _require_place(held)
    begun = _Begun(
        id=call.entropy.uuid(),
        pool_id=pool.id,
        client_id=call.caller.client.id,
        sub=user.sub,
        rp_id=rp_id,
        expires=call.clock.now() + passkeys.REGISTRATION_SECONDS,
    )
    token = call.vault.seal_token(_REGISTRATION, msgspec.msgpack.encode(begun))
    challenge = base64url(base64.b64decode(token))
    return passkeys.creation_options(pool, user, rp_id=rp_id, challenge=challenge, held=held)


def complete_registration(call: UserCall, document: Any) -> None:
    """Store the passkey that an authenticator has made for the caller.

    Args:
        call: the request.
        document: RegistrationResponseJSON as sent.

    Raises:
        WebAuthnNotEnabledException: the pool has no passkeys.
        InvalidParameterException: it is no RegistrationResponseJSON.
        WebAuthnChallengeNotFoundException: its challenge is none of the user's, was used, or is too old.
        WebAuthnClientMismatchException: another app client began.
        WebAuthnOriginNotAllowedException: the page is not one of the relying party's.
        WebAuthnRelyingPartyMismatchException: the passkey is bound to another relying party than the pool's.
        WebAuthnCredentialNotSupportedException: what it should prove it does not, it is of a kind that is
            not supported, or somebody has it already.
        LimitExceededException: the user has as many as one may have.
    """
    pool, user = call.caller.pool, call.caller.user
    _require_enabled(pool)
    try:
        answer = authenticators.read_registration(document)
    except Garbled as error:
        raise InvalidParameterException("Credential is not a RegistrationResponseJSON.") from error
    begun = _begun(call, answer)
    made = _verified(pool, begun, answer)
    now = call.clock.now()

    def work(tx: Tx) -> None:
        if tx.users.get(pool.id, user.sub) is None or not tx.spent.spend(pool.id, begun.id, begun.expires):
            raise _no_challenge()
        slot = _require_place(tx.passkeys.of(pool.id, user.sub))
        tx.passkeys.add(
            Passkey(
                pool_id=pool.id,
                sub=user.sub,
                slot=slot,
                id=made.id,
                public_key=made.public_key,
                sign_count=made.sign_count,
                transports=made.transports,
                attachment=made.attachment,
                name=passkeys.friendly_name(made.aaguid),
                rp_id=begun.rp_id,
                created=now,
            )
        )

    try:
        call.store.write(work)
    except Conflict:
        raise WebAuthnCredentialNotSupportedException("The passkey is registered already.") from None


def _require_enabled(pool: Pool) -> None:
    if not passkeys.allowed(pool):
        raise WebAuthnNotEnabledException("Passkeys are not enabled for the user pool.")


def _require_place(held: list[Passkey]) -> int:
    slot = passkeys.free_slot(held)
    if slot is None:
        raise LimitExceededException(f"A user can have at most {LIMIT} passkeys.")
    return slot


def _begun(call: UserCall, answer: Registration) -> _Begun:
    """Return the registration that an answer is for, once it is the caller's."""
    token = base64.b64encode(answer.client_data.challenge).decode()
    payload = call.vault.open_token(_REGISTRATION, token)
    try:
        begun = msgspec.msgpack.decode(payload or b"", type=_Begun)
    except msgspec.DecodeError:  # none of ours, or of another version of the server
        raise _no_challenge() from None
    caller = call.caller
    if (begun.pool_id, begun.sub) != (caller.pool.id, caller.user.sub) or call.clock.now() >= begun.expires:
        raise _no_challenge()
    if begun.client_id != caller.client.id:
        raise WebAuthnClientMismatchException("The access token is of another client than at the start.")
    return begun


def _no_challenge() -> WebAuthnChallengeNotFoundException:
    return WebAuthnChallengeNotFoundException("The challenge was not found, was used, or has expired.")


def _verified(pool: Pool, begun: _Begun, answer: Registration) -> Made:
    if not _comes_from(answer.client_data, begun.rp_id):
        raise WebAuthnOriginNotAllowedException("The origin is not allowed for the relying party ID.")
    if begun.rp_id != passkeys.relying_party(pool) or answer.rp_id_hash != _sha256(begun.rp_id):
        raise WebAuthnRelyingPartyMismatchException(
            "The passkey is of another relying party ID than the user pool's."
        )
    try:
        return authenticators.verify_registration(
            answer, begun.rp_id, must_verify_user=_must_verify_user(pool)
        )
    except Unverified as error:
        raise WebAuthnCredentialNotSupportedException("The passkey is not supported.") from error


def _comes_from(client_data: authenticators.ClientData, rp_id: str) -> bool:
    """Tell whether a page of the relying party's asked, and not from inside a page of somebody else's."""
    return not client_data.embedded and passkeys.origin_is_allowed(client_data.origin, rp_id)


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _must_verify_user(pool: Pool) -> bool:
    return passkeys.user_verification(pool) == "required"


def of(call: AnyCall, pool: Pool, subject: Subject) -> list[Passkey]:
    """Return the passkeys that somebody may sign in with now; nobody has none, which takes as long to see."""
    if not passkeys.allowed(pool):
        return []
    held = call.store.peek(lambda tx: tx.passkeys.of(pool.id, subject.sub))
    return passkeys.usable(held, pool)


def ask(attempt: Attempt, subject: Subject, waiting: Pending) -> Challenge:
    """Ask for an assertion. Nobody is asked for a made-up passkey, the same each time.

    Args:
        attempt: the request.
        subject: who signs in.
        waiting: the challenge.

    Raises:
        InvalidUserPoolConfigurationException: the pool has lost its relying party.
    """
    call, pool = attempt.call, attempt.pool
    held = of(call, pool, subject)
    fiction = made_up.passkey(proof.seed(call, pool), subject.sub)
    rp_id = passkeys.relying_party(pool)
    if rp_id is None:
        raise InvalidUserPoolConfigurationException("User pool does not have a relying party ID.")
    challenge = call.entropy.bytes(_CHALLENGE_BYTES)
    options = passkeys.request_options(
        pool,
        rp_id=rp_id,
        challenge=base64url(challenge),
        seconds=attempt.client.auth_session_seconds,
        credentials=[(p.id, p.transports) for p in held] or [(base64url(fiction[0]), fiction[1])],
    )
    session = seal_session(call, msgspec.structs.replace(waiting, secret=challenge))
    parameters = {"CREDENTIAL_REQUEST_OPTIONS": json.dumps(options, separators=(",", ":"))}
    return Challenge(State.WEB_AUTHN, parameters, session, waiting.offered)


def check(attempt: Attempt, waiting: Pending, given: str) -> Subject:
    """Take an assertion. A wrong one leaves the session good and counts towards a lock of its own.

    Args:
        attempt: the request.
        waiting: the challenge that is answered.
        given: `CREDENTIAL`, an AuthenticationResponseJSON.

    Returns:
        The user as stored now.

    Raises:
        InvalidParameterException: it is no AuthenticationResponseJSON.
        NotAuthorizedException: it proves nothing, there were too many such, or the session was used before.
    """
    call, pool = attempt.call, attempt.pool
    try:
        answer = authenticators.read_assertion(given)
    except Garbled as error:
        raise InvalidParameterException("CREDENTIAL is not an AuthenticationResponseJSON.") from error
    subject = proof.again(call, pool, waiting)
    sign_count = _sign_count(attempt, subject, waiting, answer)
    now = call.clock.now()

    def work(tx: Tx) -> bool:
        held = {passkey.id: passkey for passkey in tx.passkeys.of(pool.id, waiting.sub)}
        passkey = held.get(answer.id)
        moves = passkey and sign_count is not None and passkeys.counts_on(passkey.sign_count, sign_count)
        right = proof.weigh(tx, waiting, now, right=bool(moves), counter="passkey")
        if right and passkey and sign_count:
            tx.passkeys.save(replace(passkey, sign_count=sign_count))
        return right

    if not call.store.write(work):
        raise NotAuthorizedException(WRONG)
    return proof.again(call, pool, waiting)


def _sign_count(attempt: Attempt, subject: Subject, waiting: Pending, answer: Assertion) -> int | None:
    """Return the signature counter of an assertion that proves the subject; None for any other.

    What can be verified is verified for nobody too, which takes the time that it takes for somebody.
    """
    pool = attempt.pool
    known = {passkey.id: passkey for passkey in of(attempt.call, pool, subject)}.get(answer.id)
    rp_id = passkeys.relying_party(pool) or ""
    try:
        sign_count = authenticators.verify_assertion(
            answer,
            known.public_key if known else made_up.PASSKEY,
            rp_id,
            must_verify_user=_must_verify_user(pool),
        )
    except Unverified:
        return None
    proves = (
        known is not None
        and hmac.compare_digest(answer.client_data.challenge, waiting.secret)
        and _comes_from(answer.client_data, rp_id)
        and answer.user_handle in (None, b"", subject.sub.encode())
    )
    return sign_count if proves else None

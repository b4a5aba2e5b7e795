"""What an unfinished sign-in remembers: sealed, and carried by the client as `Session` or `SECRET_BLOCK`.

Nothing is stored until an answer succeeds: any process can take the next step, and a restart loses nobody.
The answer that succeeds spends the id, so that no state works twice (digest «sign-in» §2.6).
"""

import msgspec

from poolhouse.domain.challenges import INVALID_SESSION, State, require
from poolhouse.domain.client import Client
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows.call import AnyCall

_SESSION = "sign-in session"
_BLOCK = "sign-in secret block"
_SIZES = (1152, 2304)


class Pending(msgspec.Struct, frozen=True, array_like=True):
    """A sign-in that waits for an answer.

    Attributes:
        id: random, spent by the answer that succeeds.
        state: the challenge that waits.
        sub: the user's, or that of a user that is made up.
        username: `USER_ID_FOR_SRP` of the challenge.
        typed: the name that the sign-in began with.
        begun: when the challenge was asked, or the first of a second factor's; seconds since the epoch.
        expires: seconds since the epoch.
        client_public, server_public: A and B, big-endian; empty where there is no SRP.
        secret: what the server's SRP secret was made of, or a passkey's challenge.
        past: the challenges of a custom sign-in so far: name, whether it was met, the trigger's note.
        private: what a custom challenge's verifier is told.
        note: the trigger's note on the challenge that waits.
        offered: the factors to choose from, or that were to choose from.
        code: what was sent to the user, and must come back.
        destination: the address that it was sent to.
        custom: whether the sign-in is CUSTOM_AUTH.
        setup: whether the address is to become the user's, as a second factor.
        seed: of the authenticator app that is to become the user's.
        device_key: the device that the sign-in named, and that is known; or "".
        wants_second: whether a second factor is asked for because of a risk.
        event_id: of the sign-in's event, and of the tokens that come of it; "" where none is recorded.
    """

    id: str
    state: State
    pool_id: str
    client_id: str
    sub: str
    username: str
    typed: str
    begun: float
    expires: float
    client_public: bytes = b""
    server_public: bytes = b""
    secret: bytes = b""
    past: tuple[tuple[str, bool, str | None], ...] = ()
    private: dict[str, str] = {}
    note: str | None = None
    offered: tuple[str, ...] = ()
    code: str = ""
    destination: str = ""
    custom: bool = False
    setup: bool = False
    seed: bytes = b""
    device_key: str = ""
    event_id: str = ""
    wants_second: bool = False


def seal_session(call: AnyCall, pending: Pending) -> str:
    """Return the `Session` that carries `pending`."""
    return call.vault.seal_token(_SESSION, _padded(msgspec.msgpack.encode(pending)))


def seal_block(call: AnyCall, pending: Pending) -> str:
    """Return the `SECRET_BLOCK` that carries `pending`."""
    return call.vault.seal_token(_BLOCK, _padded(msgspec.msgpack.encode(pending)))


def open_session(call: AnyCall, client: Client, state: State, session: str | None) -> Pending:
    """Return what a `Session` carries, for an answer to the challenge of `state`.

    Its own state may be another one of the same `ChallengeName`.

    Raises:
        InvalidParameterException: there is no session.
        NotAuthorizedException: it is none of ours, of another client or challenge, or too old.
    """
    require({"Session": session} if session else {}, "Session")
    pending = _open(call, client, _SESSION, session or "")
    if pending is None or pending.state.challenge != state.challenge:
        raise NotAuthorizedException(INVALID_SESSION)
    refuse_expired(call, pending)
    return pending


def open_bare_session(call: AnyCall, state: State, session: str) -> Pending:
    """Return what a `Session` carries that comes without a client, for a step in the state `state`.

    Raises:
        NotAuthorizedException: it is none of ours, in another state, or too old.
    """
    pending = _unsealed(call, _SESSION, session)
    if pending is None or pending.state is not state:
        raise NotAuthorizedException(INVALID_SESSION)
    refuse_expired(call, pending)
    return pending


def open_block(call: AnyCall, client: Client, state: State, block: str) -> Pending | None:
    """Return what a `SECRET_BLOCK` carries, for an answer to the challenge `state`.

    None where it is none of ours, or of another client or challenge.
    """
    pending = _open(call, client, _BLOCK, block)
    return pending if pending and pending.state is state else None


def seal_kept(call: AnyCall, place: str, pending: Pending) -> bytes:
    """Return `pending` sealed to be stored at a place, for clients that carry nothing."""
    return call.vault.seal(place, msgspec.msgpack.encode(pending))


def open_kept(call: AnyCall, client: Client, place: str, sealed: bytes) -> Pending | None:
    """Return what is kept at a place, or None where there is nothing, or another client's."""
    return _of(client, _decode(call.vault.open(place, sealed))) if sealed else None


def refuse_expired(call: AnyCall, pending: Pending) -> None:
    """Refuse a state whose time has run.

    Raises:
        NotAuthorizedException: it has.
    """
    if call.clock.now() >= pending.expires:
        raise NotAuthorizedException("Invalid session for the user, session is expired.")


def _padded(payload: bytes) -> bytes:
    """Pad to a common length: a short username is not to be told from a made-up one (ISO 7816-4)."""
    marked = payload + b"\x80"
    return marked.ljust(next((size for size in _SIZES if len(marked) <= size), 0), b"\0")


def _open(call: AnyCall, client: Client, purpose: str, text: str) -> Pending | None:
    return _of(client, _unsealed(call, purpose, text))


def _of(client: Client, pending: Pending | None) -> Pending | None:
    if pending is None or (pending.pool_id, pending.client_id) != (client.pool_id, client.id):
        return None
    return pending


def _unsealed(call: AnyCall, purpose: str, text: str) -> Pending | None:
    payload = call.vault.open_token(purpose, text)
    return None if payload is None else _decode(payload.rstrip(b"\0")[:-1])


def _decode(payload: bytes) -> Pending | None:
    try:
        return msgspec.msgpack.decode(payload, type=Pending)
    except msgspec.DecodeError:  # sealed by another version of the server
        return None

"""From sign-up to sign-in without asking again: the `Session` of SignUp, then of ConfirmSignUp.

Both are sealed, and stored nowhere; the second is good for one sign-in (digest «sign-in» §2.10).
"""

import msgspec

from poolhouse.domain.challenges import INVALID_SESSION
from poolhouse.domain.client import Client
from poolhouse.domain.codes import LIFE_SECONDS, CodePurpose
from poolhouse.domain.user import Status, User
from poolhouse.errors import NotAuthorizedException
from poolhouse.flows.call import AnyCall
from poolhouse.flows.proof import spent

_BEGUN = "sign-up session"
_CONFIRMED = "confirmed sign-up session"


class SignUp(msgspec.Struct, frozen=True, array_like=True):
    """Whose sign-up a session is of; `expires` in seconds since the epoch."""

    id: str
    pool_id: str
    client_id: str
    sub: str
    expires: float


def begun(call: AnyCall, client: Client, user: User) -> str | None:
    """Return SignUp's session, as long-lived as the code; None where there is no use for it."""
    if user.status is not Status.UNCONFIRMED:
        return None
    return _seal(call, client, user, _BEGUN, LIFE_SECONDS[CodePurpose.SIGN_UP])


def opened(call: AnyCall, client: Client, session: str | None) -> SignUp | None:
    """Return what ConfirmSignUp was given; None where it was given nothing, or something too old to help.

    Raises:
        NotAuthorizedException: it is none of SignUp's, or another client's.
    """
    if session is None:
        return None
    sign_up = _open(call, client, _BEGUN, session)
    return sign_up if call.clock.now() < sign_up.expires else None


def confirmed(call: AnyCall, client: Client, user: User, begun: SignUp | None) -> str | None:
    """Return ConfirmSignUp's session; None where the sign-up's own was another user's, or did not come."""
    if begun is None or begun.sub != user.sub:
        return None
    return _seal(call, client, user, _CONFIRMED, client.auth_session_seconds)


def redeem(call: AnyCall, client: Client, session: str) -> str:
    """Return the `sub` of the user whom ConfirmSignUp's session signs in, and use it up.

    Raises:
        NotAuthorizedException: it is none of ConfirmSignUp's, another client's, used, or too old.
    """
    sign_up = _open(call, client, _CONFIRMED, session)
    if call.clock.now() >= sign_up.expires:
        raise NotAuthorizedException("Invalid session for the user, session is expired.")
    if not call.store.write(lambda tx: tx.spent.spend(sign_up.pool_id, sign_up.id, sign_up.expires)):
        raise spent()
    return sign_up.sub


def _seal(call: AnyCall, client: Client, user: User, purpose: str, life: float) -> str | None:
    if "ALLOW_USER_AUTH" not in client.auth_flows:
        return None
    expires = call.clock.now() + life
    sign_up = SignUp(call.entropy.uuid(), client.pool_id, client.id, user.sub, expires)
    return call.vault.seal_token(purpose, msgspec.msgpack.encode(sign_up))


def _open(call: AnyCall, client: Client, purpose: str, session: str) -> SignUp:
    payload = call.vault.open_token(purpose, session)
    try:
        sign_up = msgspec.msgpack.decode(payload, type=SignUp) if payload else None
    except msgspec.DecodeError:  # sealed by another version of the server
        sign_up = None
    if sign_up is None or (sign_up.pool_id, sign_up.client_id) != (client.pool_id, client.id):
        raise NotAuthorizedException(INVALID_SESSION)
    return sign_up

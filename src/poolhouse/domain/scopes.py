"""Scopes: which ones a client is granted, and what they let it see (digest «sign-in» §5.4)."""

from collections.abc import Callable, Collection, Iterable

from poolhouse.domain.claims import SELF_SERVICE_SCOPE
from poolhouse.domain.client import Client
from poolhouse.domain.oauth_error import OAuthError

OPENID = "openid"

_ATTRIBUTES = {
    "email": frozenset({"email", "email_verified"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
}
_CONTACTS = frozenset().union(*_ATTRIBUTES.values())
_PROFILE = "profile"
_LIMITING = frozenset({*_ATTRIBUTES, _PROFILE})
STANDARD = frozenset({OPENID, SELF_SERVICE_SCOPE, *_LIMITING})


def granted(client: Client, custom: Collection[str], requested: str | None) -> tuple[str, ...]:
    """Return the scopes that a user may let a client have.

    Args:
        client: which asks.
        custom: the scopes of the pool's resource servers; one that is gone is left out without a word.
        requested: `scope` as sent, separated by spaces; None or empty for all that the client may have.

    Raises:
        OAuthError: `invalid_scope`: the client may not have one of them, or one of the claims of an ID token
            comes without `openid`.
    """
    asked = _asked(client, requested)
    if not client.scopes.issuperset(asked) or (_LIMITING.intersection(asked) and OPENID not in asked):
        raise OAuthError("invalid_scope", "invalid_scope")
    return tuple(scope for scope in asked if scope in STANDARD or scope in custom)


def granted_to_machine(client: Client, custom: Collection[str], requested: str | None) -> tuple[str, ...]:
    """Return the scopes of a client that asks for itself; they are those of resource servers alone.

    Arguments as for `granted`.

    Raises:
        OAuthError: `invalid_scope`: there is no such scope; `invalid_grant`: the client may not have it.
    """
    if not requested:
        return tuple(scope for scope in client.scopes_in_order if scope in custom)
    asked = _asked(client, requested)
    if any(scope not in custom for scope in asked):
        raise OAuthError("invalid_scope", "invalid_scope")
    if not client.scopes.issuperset(asked):
        raise OAuthError("invalid_grant", "invalid_scope")
    return asked


def readable(client: Client, scopes: Collection[str]) -> Callable[[str], bool]:
    """Return what tells whether an ID token and userInfo show an attribute.

    `openid` alone shows all that the client may read; `profile`, `email` and `phone` beside it limit that.
    """
    limits = _LIMITING.intersection(scopes)
    if not limits:
        return client.may_read

    def shown(attribute: str) -> bool:
        if not client.may_read(attribute):
            return False
        if attribute in _CONTACTS:
            return any(attribute in _ATTRIBUTES.get(scope, ()) for scope in limits)
        return _PROFILE in limits

    return shown


def refuse_unreadable(client: Client, scopes: Iterable[str]) -> None:
    """Refuse scopes for an address that the client may not read.

    Raises:
        OAuthError: `invalid_grant`.
    """
    addresses = {"email": "email", "phone": "phone_number"}
    if not all(client.may_read(addresses[scope]) for scope in scopes if scope in addresses):
        raise OAuthError("invalid_grant")


def _asked(client: Client, requested: str | None) -> tuple[str, ...]:
    scopes = [scope for scope in (requested or "").split(" ") if scope]
    return tuple(dict.fromkeys(scopes)) or client.scopes_in_order

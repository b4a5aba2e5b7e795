"""Access tokens: from the text in the request to a `UserCaller` (digest «users» §2.2, «sign-in» §3.5)."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from poolhouse.access.caller import UserCaller
from poolhouse.domain import standing
from poolhouse.domain.claims import SELF_SERVICE_SCOPE
from poolhouse.domain.pool import Pool
from poolhouse.errors import (
    NotAuthorizedException,
    ResourceNotFoundException,
    UserNotFoundException,
)
from poolhouse.keys.signing import SigningKeys, parse
from poolhouse.settings import Settings
from poolhouse.store import Store
from poolhouse.store.cache import ConfigCache
from poolhouse.world import Clock

NO_SCOPE = "Access Token does not have required scopes"

_REMEMBERED = 10_000
_LONGEST_REMEMBERED = 8_192


@dataclass(frozen=True, slots=True)
class Verified:
    """What a token says whose signature was checked. Whether it is still good is asked each time.

    Attributes:
        expires: seconds since the epoch.
        scopes: what it is good for.
        kid: names the key that signed it.
    """

    pool_id: str
    client_id: str
    sub: str
    event_id: str
    expires: float
    scopes: frozenset[str]
    claims: Mapping[str, Any]
    kid: str


class AccessTokens:
    """Checks access tokens. A signature is checked once, then the token is remembered."""

    def __init__(
        self, settings: Settings, store: Store, config: ConfigCache, signing: SigningKeys, clock: Clock
    ) -> None:
        """Take what it works with."""
        self._settings = settings
        self._store = store
        self._config = config
        self._signing = signing
        self._clock = clock
        self._lock = Lock()
        self._verified: OrderedDict[str, Verified] = OrderedDict()

    def authorise(self, token: str, scope: str = SELF_SERVICE_SCOPE) -> UserCaller:
        """Return whom an access token stands for.

        Args:
            token: as sent.
            scope: what it must have; operations of the API ask for the default.

        Raises:
            NotAuthorizedException: it is not an access token of ours, has expired, was revoked, lacks the
                scope, or its user is disabled.
            ResourceNotFoundException: its app client is gone.
            UserNotFoundException: its user is gone.
            UserNotConfirmedException: its user is not confirmed.
            PasswordResetRequiredException: its user must choose a new password.
        """
        verified = self.verified(token)
        if self._clock.now() >= verified.expires:
            raise NotAuthorizedException("Access Token has expired")
        pool, client = self._config.pool(verified.pool_id), self._config.client(verified.client_id)
        if pool is None:
            raise _invalid()
        found = self._store.with_family(verified.pool_id, verified.sub, verified.event_id)
        if client is None:
            raise ResourceNotFoundException(f"User pool client {verified.client_id} does not exist.")
        if found and found[1]:
            raise NotAuthorizedException("Access Token has been revoked")
        if scope not in verified.scopes:
            raise NotAuthorizedException(NO_SCOPE)
        if found is None:
            raise UserNotFoundException("User does not exist.")
        user = found[0]
        standing.check(user)
        return UserCaller(pool, client, user, verified.claims)

    def pool_of(self, token: str, scope: str) -> Pool:
        """Return the pool of an access token that has a scope: a user's, or an app client's own.

        Nothing is stored of a client's own token. So it is good only as long as the client has the scope.

        Raises:
            NotAuthorizedException: it is not an access token of ours, has expired, was revoked, or lacks the
                scope (`NO_SCOPE`).
            ServiceError: whose it is may not sign in; see `authorise`.
        """
        verified = self.verified(token)
        if verified.event_id:
            return self.authorise(token, scope).pool
        pool, client = self._config.pool(verified.pool_id), self._config.client(verified.client_id)
        if pool is None or client is None or self._clock.now() >= verified.expires:
            raise _invalid()
        if scope not in verified.scopes or scope not in client.scopes:
            raise NotAuthorizedException(NO_SCOPE)
        return pool

    def verified(self, token: str) -> Verified:
        """Return what a token says, whose signature is checked now or was before.

        Raises:
            NotAuthorizedException: it is not an access token of ours.
        """
        known = self._recall(token)
        if known is None:
            return self._verify(token)
        if not self._signing.has(known.pool_id, "access", known.kid):  # it was removed meanwhile
            raise _invalid()
        return known

    def _recall(self, token: str) -> Verified | None:
        with self._lock:
            known = self._verified.get(token)
            if known:
                self._verified.move_to_end(token)
        return known

    def _verify(self, token: str) -> Verified:
        unverified = parse(token)
        if unverified is None:
            raise _invalid()
        claims = unverified.claims
        pool_id = self._pool_of(claims.get("iss"))
        if pool_id is None or not self._signing.verified(unverified, pool_id, "access"):
            raise _invalid()
        # From here on the claims are our own words. An ID token has another key and does not come so far.
        verified = Verified(
            pool_id,
            claims["client_id"],
            claims["sub"],
            claims.get("event_id", ""),  # a client's own token has none, and no scope that is asked for
            claims["exp"],
            frozenset(str(claims.get("scope", "")).split()),
            claims,
            unverified.kid,
        )
        if len(token) <= _LONGEST_REMEMBERED and self._clock.now() < verified.expires:
            self._remember(token, verified)
        return verified

    def _remember(self, token: str, verified: Verified) -> None:
        with self._lock:
            self._verified[token] = verified
            if len(self._verified) > _REMEMBERED:
                self._verified.popitem(last=False)

    def _pool_of(self, issuer: object) -> str | None:
        """Return the existing pool of an issuer, or None."""
        pool_id = str(issuer).rpartition("/")[2]
        if issuer != self._settings.issuer(pool_id) or self._config.pool(pool_id) is None:
            return None
        return pool_id


def _invalid() -> NotAuthorizedException:
    return NotAuthorizedException("Invalid Access Token")

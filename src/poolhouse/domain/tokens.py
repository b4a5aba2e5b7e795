"""What the server remembers of a sign-in: the family of tokens that came of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenFamily:
    """All tokens of one authentication; revoking the family kills each of them at once.

    Attributes:
        id: the `event_id` claim of every token of the family (a UUID).
        origin_jti: the `origin_jti` claim, present in tokens where the client allows revocation.
        scope: space-separated scopes of the access tokens.
        auth_time, expires, revoked: seconds since the epoch; `revoked` is 0 while the family is good.
        refresh_id: identifies the refresh token that is good now (changes when tokens rotate).
        device_key: the device that signed in, or that was offered to the client to be confirmed; "" where the
            pool knows no devices.
        hosted: whether it came of the OAuth endpoints, whose tokens say a little more.
        resource: `aud` of the access tokens, or "".
        browser_session: id of the browser's session that it came of, or "".
        device_confirmed: whether that device was confirmed. From then on its key must come with the refresh
            token, and forgetting the device ends the refreshes.
        rotated_id: the refresh token that was good before it, or "".
        rotated: when that one was replaced; it stays good for the client's grace period. Seconds since the
            epoch.
    """

    pool_id: str
    id: str
    sub: str
    client_id: str
    origin_jti: str
    scope: str
    auth_time: float
    expires: float
    refresh_id: str
    rotated_id: str = ""
    rotated: float = 0
    revoked: float = 0
    device_key: str = ""
    device_confirmed: bool = False
    hosted: bool = False
    resource: str = ""
    browser_session: str = ""
    version: int = 0

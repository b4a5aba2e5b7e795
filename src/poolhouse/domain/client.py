"""An app client: which flows it may use, which attributes it may touch, how long its tokens live."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from poolhouse.domain.sessions import DEFAULT_SSO_MINUTES

UNIT_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_LEGACY_FLOWS = {
    "ADMIN_NO_SRP_AUTH": "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "CUSTOM_AUTH_FLOW_ONLY": "ALLOW_CUSTOM_AUTH",
    "USER_PASSWORD_AUTH": "ALLOW_USER_PASSWORD_AUTH",
}
CLIENT_TOKENS = "ALLOW_CLIENT_TOKEN_AUTH"
_DEFAULT_FLOWS = frozenset({"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"})
_PROFILE = frozenset(
    [
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
    ]
)
VERIFIED_FLAGS = frozenset({"email_verified", "phone_number_verified"})
OIDC_PROFILE = "oidc:profile"


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """One of a client's secrets, sealed by the vault.

    Attributes:
        id: `<client id>--<epoch>`.
        created: seconds since the epoch.
    """

    id: str
    sealed: bytes
    created: float


@dataclass(frozen=True)
class Client:
    """An app client as stored.

    Attributes:
        config: the members of CreateUserPoolClient/UpdateUserPoolClient in the wire's own form, defaults
            filled in, as DescribeUserPoolClient returns them; rules read it through the properties.
        created, modified: seconds since the epoch.
        risk: a risk configuration of its own, as in `Pool.risk`.
        sso_minutes: `SSOSession.MaxValidityMinutes`: how long it reuses a browser's session.
        dynamic: whether an application registered it for itself: `ClientType` DCR.
    """

    pool_id: str
    id: str
    name: str
    created: float
    modified: float
    config: Mapping[str, Any]
    secrets: tuple[ClientSecret, ...] = ()
    sso_minutes: int = DEFAULT_SSO_MINUTES
    dynamic: bool = False
    risk: Mapping[str, Any] | None = None
    version: int = 0

    @property
    def type(self) -> str:
        """`ClientType`."""
        return "DCR" if self.dynamic else "REGULAR"

    @cached_property
    def auth_flows(self) -> frozenset[str]:
        """`ExplicitAuthFlows` as ALLOW_ names, the default where none are set (digest «sign-in» §2.1).

        A legacy list never takes the refresh away: clients of that age could always refresh.
        """
        flows = self.config.get("ExplicitAuthFlows") or ()
        if not flows:
            return _DEFAULT_FLOWS
        if any(flow in _LEGACY_FLOWS for flow in flows):
            return frozenset(_LEGACY_FLOWS.get(flow, flow) for flow in flows) | _DEFAULT_FLOWS
        return frozenset(flows)

    @property
    def hides_users(self) -> bool:
        """Whether `PreventUserExistenceErrors` is ENABLED."""
        return bool(self.config.get("PreventUserExistenceErrors") == "ENABLED")

    @property
    def tells_addresses(self) -> bool:
        """`EnablePropagateAdditionalUserContextData`: it may tell the address of the user it calls for."""
        return bool(self.config.get("EnablePropagateAdditionalUserContextData"))

    @property
    def revocable(self) -> bool:
        """Whether `EnableTokenRevocation` is on."""
        return bool(self.config.get("EnableTokenRevocation", True))

    @cached_property
    def access_token_seconds(self) -> int:
        """Life of an access token, in seconds."""
        return self._validity("AccessToken", 1, "hours")

    @cached_property
    def id_token_seconds(self) -> int:
        """Life of an ID token, in seconds."""
        return self._validity("IdToken", 1, "hours")

    @cached_property
    def refresh_token_seconds(self) -> int:
        """Life of a refresh token, in seconds."""
        return self._validity("RefreshToken", 30, "days")

    @property
    def rotation_grace(self) -> int | None:
        """How long a rotated refresh token stays good, in seconds; None where tokens do not rotate."""
        rotation = self.config.get("RefreshTokenRotation") or {}
        return (
            int(rotation.get("RetryGracePeriodSeconds") or 0)
            if rotation.get("Feature") == "ENABLED"
            else None
        )

    @cached_property
    def scopes(self) -> frozenset[str]:
        """`AllowedOAuthScopes`."""
        return frozenset(self.scopes_in_order)

    @property
    def scopes_in_order(self) -> tuple[str, ...]:
        """`AllowedOAuthScopes`, as they were given."""
        return tuple(self.config.get("AllowedOAuthScopes") or ())

    @property
    def callback_urls(self) -> Sequence[str]:
        """`CallbackURLs`."""
        return self.config.get("CallbackURLs") or ()

    @property
    def sign_out_urls(self) -> Sequence[str]:
        """`LogoutURLs`."""
        return self.config.get("LogoutURLs") or ()

    def may_use(self, oauth_flow: str) -> bool:
        """Tell whether the client may use `code`, `implicit` or `client_credentials` at the endpoints."""
        allowed = self.config.get("AllowedOAuthFlows") or ()
        return bool(self.config.get("AllowedOAuthFlowsUserPoolClient")) and oauth_flow in allowed

    @property
    def auth_session_seconds(self) -> int:
        """Life of a challenge's session, in seconds."""
        return int(self.config.get("AuthSessionValidity") or 3) * 60

    def _validity(self, token: str, default: int, default_unit: str) -> int:
        unit = (self.config.get("TokenValidityUnits") or {}).get(token) or default_unit
        value = int(self.config.get(f"{token}Validity") or 0)
        return value * UNIT_SECONDS[unit] if value else default * UNIT_SECONDS[default_unit]

    def may_read(self, attribute: str) -> bool:
        """Tell whether GetUser and ID tokens of this client show `attribute` (digest «users» §1.5)."""
        return self._read is None or attribute in self._read

    def may_write(self, attribute: str, *, required: bool) -> bool:
        """Tell whether this client may write `attribute`.

        Args:
            attribute: its name, `custom:` prefix included.
            required: whether the pool requires it; such an attribute is writable whatever the list says.
        """
        if attribute in VERIFIED_FLAGS or attribute.startswith("dev:"):
            return False
        return required or self._write is None or attribute in self._write

    @cached_property
    def _read(self) -> frozenset[str] | None:
        return expand_names(self.config.get("ReadAttributes"))

    @cached_property
    def _write(self) -> frozenset[str] | None:
        return expand_names(self.config.get("WriteAttributes"))


def expand_names(names: Sequence[str] | None) -> frozenset[str] | None:
    """Return an attribute list with `oidc:profile` spelt out; None where there is no list (§1.5)."""
    if not names:
        return None
    given = frozenset(names)
    return given | _PROFILE if OIDC_PROFILE in given else given
